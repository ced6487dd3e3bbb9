//! Every package that comes along may be used on the terms that `deny.toml` allows.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::metadata::{Metadata, root};

#[derive(Deserialize)]
struct Policy {
    licenses: Licenses,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: BTreeSet<String>,
}

#[test]
fn every_licence_is_allowed() {
    let policy = std::fs::read_to_string(root().join("deny.toml")).expect("deny.toml can be read");
    let Licenses { allow, exceptions } = toml::from_str::<Policy>(&policy).expect("deny.toml is as expected").licenses;
    let mut refused = Vec::new();
    for package in Metadata::read().foreign() {
        let expression = package.license.as_deref().unwrap_or("none");
        let excepted = exceptions.iter().find(|exception| exception.package == package.name).map(|exception| &exception.allow);
        if !satisfies(expression, &|licence| allow.contains(licence) || excepted.is_some_and(|allow| allow.contains(licence))) {
            refused.push(format!("{}: {expression}", package.name));
        }
    }
    assert!(refused.is_empty(), "{refused:#?}");
}

/// Whether an SPDX expression can be met with allowed licences alone. `AND` binds more tightly than `OR`.
fn satisfies(expression: &str, allowed: &dyn Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    // `X WITH Y` is one term.
    let spaced = spaced.replace(" WITH ", "\u{1}");
    let words: Vec<_> = spaced.split_whitespace().map(|word| word.replace('\u{1}', " WITH ")).collect();
    let mut rest = words.as_slice();
    let met = any(&mut rest, allowed);
    met && rest.is_empty()
}

fn any(rest: &mut &[String], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = all(rest, allowed);
    while take(rest, "OR") {
        met |= all(rest, allowed);
    }
    met
}

fn all(rest: &mut &[String], allowed: &dyn Fn(&str) -> bool) -> bool {
    let mut met = term(rest, allowed);
    while take(rest, "AND") {
        met &= term(rest, allowed);
    }
    met
}

fn term(rest: &mut &[String], allowed: &dyn Fn(&str) -> bool) -> bool {
    if take(rest, "(") {
        let met = any(rest, allowed);
        return take(rest, ")") && met;
    }
    let Some((licence, after)) = rest.split_first() else { return false };
    *rest = after;
    allowed(licence)
}

fn take(rest: &mut &[String], word: &str) -> bool {
    match rest.split_first() {
        Some((first, after)) if first == word => {
            *rest = after;
            true
        }
        _ => false,
    }
}

#[test]
fn expressions_are_understood() {
    let allowed = |licence: &str| matches!(licence, "MIT" | "ISC" | "Apache-2.0 WITH LLVM-exception");
    for met in ["MIT", "GPL-3.0 OR MIT", "GPL-3.0/MIT", "MIT AND (GPL-3.0 OR ISC)", "GPL-3.0 AND Zlib OR MIT", "Apache-2.0 WITH LLVM-exception OR Zlib"] {
        assert!(satisfies(met, &allowed), "{met}");
    }
    for unmet in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT OR ISC) AND GPL-3.0", "Apache-2.0", "", "MIT AND", "(MIT"] {
        assert!(!satisfies(unmet, &allowed), "{unmet}");
    }
}
