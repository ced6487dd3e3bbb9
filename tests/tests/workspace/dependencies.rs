//! `kernel ← platform ← {subgraphs, media-worker} ← supergraph ← tests`; one vendor, one crate; and none that nobody uses.

use std::collections::BTreeSet;

use crate::metadata::{Metadata, Package, files_in, root};

/// A dependency points to a lower layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Layer {
    Kernel,
    Platform,
    /// Contexts never depend on one another: they meet in events and in federation.
    Context,
    Gateway,
    /// The composition root.
    Polyphony,
    Tests,
}

fn layer(package: &Package) -> Layer {
    let manifest = package.manifest_path.to_string_lossy();
    match package.name.as_str() {
        "kernel" => Layer::Kernel,
        "platform" => Layer::Platform,
        "gateway" => Layer::Gateway,
        "polyphony" => Layer::Polyphony,
        "tests" | "fuzz" => Layer::Tests,
        "media-worker" => Layer::Context,
        _ if manifest.contains("/subgraphs/") => Layer::Context,
        name => panic!("{name} has no place in the architecture; give it one in {}", file!()),
    }
}

#[test]
fn dependencies_point_inwards() {
    let metadata = Metadata::read();
    let members: Vec<_> = metadata.members().collect();
    let mut wrong = Vec::new();
    for package in &members {
        for dependency in &package.dependencies {
            let Some(target) = members.iter().find(|member| member.name == dependency.name) else { continue };
            // A package may name itself, to have its own testing kit in its tests.
            if target.name != package.name && layer(target) >= layer(package) {
                wrong.push(format!("{} ({:?}) depends on {} ({:?})", package.name, layer(package), target.name, layer(target)));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Which of our crates may name which foreign one in its `Cargo.toml`. A technology that two crates name is one that cannot be
/// exchanged in one place.
const VENDORS: &[(&str, &[&str])] = &[
    ("gstreamer", &["media-worker"]),
    ("gstreamer-app", &["media-worker"]),
    ("ebur128", &["media-worker"]),
    ("hive-router", &["gateway"]),
    ("argon2", &["users"]),
    ("zxcvbn", &["users"]),
    ("lettre", &["notifications"]),
    ("minijinja", &["notifications"]),
    ("ed25519-dalek", &["users"]),
    ("lofty", &["polyphony", "media-worker"]),
    ("seccompiler", &["media-worker"]),
    ("aes", &["media-worker"]),
    ("cbc", &["media-worker"]),
    ("indicatif", &["polyphony"]),
    ("moka", &["platform", "gateway"]),
    ("config", &["platform"]),
    ("directories", &["platform"]),
    ("metrics-exporter-prometheus", &["platform"]),
    ("tracing-subscriber", &["platform"]),
    ("sea-orm", &["platform", "users", "catalog", "playback", "notifications", "recommendations", "media-worker"]),
    ("sea-orm-migration", &["platform", "users", "catalog", "playback", "notifications", "recommendations", "media-worker"]),
    ("object_store", &["platform", "users", "catalog", "playback", "media-worker"]),
    ("cucumber", &["tests"]),
];

#[test]
fn one_vendor_one_crate() {
    let metadata = Metadata::read();
    let mut wrong = Vec::new();
    for package in metadata.members() {
        for dependency in package.dependencies.iter().filter(|dependency| !dependency.is_for_tests()) {
            let Some((vendor, users)) = VENDORS.iter().find(|(vendor, _)| *vendor == dependency.name) else { continue };
            if !users.contains(&package.name.as_str()) {
                wrong.push(format!("{} names {vendor}, which only {users:?} may", package.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// All Rust of ours in `folders` of a package, by words.
fn words(package: &Package, folders: &[&str]) -> BTreeSet<String> {
    let folder = package.manifest_path.parent().unwrap_or_else(|| panic!("{} lies in no folder", package.name));
    let files = files_in(folder, folders);
    let texts = files.iter().filter(|file| file.ends_with(".rs")).filter_map(|file| std::fs::read_to_string(folder.join(file)).ok());
    texts.flat_map(|text| text.split(|sign: char| !sign.is_alphanumeric() && sign != '_').map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn nothing_is_built_that_nobody_uses() {
    let metadata = Metadata::read();
    let mut unused = Vec::new();
    let mut named = BTreeSet::new();
    for package in metadata.members() {
        let (own, tests) = (words(package, &["src", "build.rs"]), words(package, &["src", "tests", "benches", "examples"]));
        for dependency in &package.dependencies {
            named.insert(dependency.name.clone());
            let code = if dependency.is_for_tests() { &tests } else { &own };
            if !code.contains(&dependency.name.replace('-', "_")) {
                unused.push(format!("{} names {}, and its code does not", package.name, dependency.name));
            }
        }
    }
    let text = std::fs::read_to_string(root().join("Cargo.toml")).expect("a manifest can be read");
    let manifest: toml::Table = text.parse().expect("a manifest is TOML");
    let shared = manifest["workspace"]["dependencies"].as_table().expect("a table");
    unused.extend(shared.keys().filter(|name| !named.contains(*name)).map(|name| format!("no package takes {name} from the workspace")));
    assert!(unused.is_empty(), "{unused:#?}");
}

#[test]
fn every_package_takes_part_in_the_workspace_lints() {
    for package in Metadata::read().members() {
        let text = std::fs::read_to_string(&package.manifest_path).expect("a manifest can be read");
        let manifest: toml::Table = text.parse().expect("a manifest is TOML");
        let inherits = manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(toml::Value::as_bool);
        assert_eq!(inherits, Some(true), "{} lacks `[lints] workspace = true`", package.name);
    }
    assert!(root().join("clippy.toml").exists());
}
