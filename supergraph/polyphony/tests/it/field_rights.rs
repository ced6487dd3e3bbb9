//! `schema/rights.toml` and the supergraph say the same.

use std::collections::BTreeMap;

use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{FieldDefinition, TypeKind, TypeSystemDefinition};
use polyphony::serve::SUPERGRAPH;

const RIGHTS: &str = include_str!("../../../../schema/rights.toml");
/// Names of the specifications that a supergraph is written with.
const INTERNAL: [&str; 3] = ["join__", "link__", "requiresScopes__"];
/// What may stand in a line; scopes besides.
const WORDS: [&str; 8] = ["anyone", "signed-in", "owner", "artist", "member", "admin", "key:", "parent"];

/// Every field of the supergraph under `Type.field`.
fn fields() -> BTreeMap<String, FieldDefinition> {
    let document = parse_schema(SUPERGRAPH).expect("the supergraph is a schema");
    let mut fields = BTreeMap::new();
    for definition in document.definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let of = match definition.node.kind {
            TypeKind::Object(object) => object.fields,
            TypeKind::Interface(interface) => interface.fields,
            _ => continue,
        };
        let name = definition.node.name.node;
        if !INTERNAL.iter().any(|prefix| name.starts_with(prefix)) {
            fields.extend(of.into_iter().map(|field| (format!("{name}.{}", field.node.name), field.node)));
        }
    }
    fields
}

/// Who may use each, under the same names.
fn lines() -> BTreeMap<String, Vec<String>> {
    let list: toml::Table = RIGHTS.parse().expect("the list is TOML");
    let mut lines = BTreeMap::new();
    for (of, fields) in list {
        for (field, who) in fields.as_table().expect("a type's fields") {
            let who = who.as_array().expect("a list").iter().map(|word| word.as_str().expect("a word").to_owned()).collect();
            lines.insert(format!("{of}.{field}"), who);
        }
    }
    lines
}

#[test]
fn every_field_is_on_the_list_and_every_line_is_a_field() {
    let (fields, lines) = (fields(), lines());
    assert!(fields.len() > 200, "only {} fields were found", fields.len());
    let unlisted: Vec<_> = fields.keys().filter(|field| !lines.contains_key(*field)).collect();
    assert!(unlisted.is_empty(), "say in schema/rights.toml who may use them: {unlisted:#?}");
    let gone: Vec<_> = lines.keys().filter(|line| !fields.contains_key(*line)).collect();
    assert!(gone.is_empty(), "these lines of schema/rights.toml are no fields: {gone:#?}");
}

#[test]
fn the_list_says_what_the_directives_say() {
    let lines = lines();
    let mut wrong = Vec::new();
    for (name, field) in fields() {
        let Some(who) = lines.get(&name) else { continue };
        let has = |word: &str| who.iter().any(|part| part == word);
        let directive = |name: &str| field.directives.iter().find(|directive| directive.node.name.node == name);
        let scopes: Vec<_> = kernel::Scope::ALL.iter().map(|scope| format!("key:{scope}")).collect();
        if who.is_empty() || who.iter().any(|part| !WORDS.contains(&part.as_str()) && !scopes.contains(part)) {
            wrong.push(format!("{name} has words that mean nothing: {who:?}"));
        }
        let is_root = ["Query.", "Mutation.", "Subscription."].iter().any(|root| name.starts_with(root));
        if is_root && has("parent") {
            wrong.push(format!("{name} is no part of anything"));
        }
        let closed = directive("authenticated").is_some() || directive("requiresScopes").is_some();
        if directive("authenticated").is_some() && (has("anyone") || has("parent")) {
            wrong.push(format!("{name} is closed to who is not signed in, and its line says {who:?}"));
        }
        // The gateway spares a subgraph what it would refuse anyway. A field that answers only some, with null for the others, has no
        // directive: it hides from view and refuses nobody.
        if is_root && !closed && !has("anyone") {
            wrong.push(format!("{name} lacks @authenticated, and its line says {who:?}"));
        }
        if let Some(required) = directive("requiresScopes").and_then(|directive| directive.node.get_argument("scopes")) {
            let required = required.node.to_string();
            if !who.iter().filter_map(|part| part.strip_prefix("key:")).any(|scope| required.contains(&format!("\"{scope}\""))) {
                wrong.push(format!("{name} requires {required}, and its line says {who:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
