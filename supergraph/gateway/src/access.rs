//! What the supergraph's security directives mean for people and for partners' programs, said in scopes alone.
//!
//! - `@authenticated` without scopes is for people: a partner's key is nobody's session.
//! - `@requiresScopes`, with or without the other, is for whoever has the scopes: people who are signed in have all, a key those it was made with, and a
//!   request without a credential those that the configuration names.
//! - A mutation or live operation with neither is open to everybody but partners' programs: these change and follow only what a
//!   scope opens to them.

use hive_router::graphql_tools::static_graphql::schema::{Definition, Document, TypeDefinition};
use hive_router::pipeline::authorization::metadata::{AuthorizationMetadata, AuthorizationRule, RequiredScopes, ScopeAndGroup};

/// Held by people who are signed in. The control character keeps schemas from naming it.
pub(crate) const SESSION: &str = "\u{1}session";
/// Held by everybody but partners' programs.
pub(crate) const ANYBODY: &str = "\u{1}anybody";

/// The root types whose fields are closed to partners' programs unless a scope opens them.
const CLOSED: [&str; 2] = ["Mutation", "Subscription"];

/// Rewrites the rules to want scopes and nothing else.
pub(crate) fn as_scopes(rules: &mut AuthorizationMetadata, schema: &Document) {
    let (session, anybody) = (rules.scopes.get_or_intern(SESSION), rules.scopes.get_or_intern(ANYBODY));
    let all = rules.type_rules.values_mut().chain(rules.field_rules.values_mut().flat_map(|fields| fields.values_mut()));
    for rule in all.filter(|rule| rule.authenticated) {
        rule.authenticated = false;
        // The engine has set it for every rule with scopes, too.
        rule.scopes.get_or_insert_with(|| RequiredScopes(vec![ScopeAndGroup(vec![session])]));
    }
    for (kind, field) in closed_fields(schema) {
        let rule = rules.field_rules.entry(kind.clone()).or_default().entry(field).or_default();
        if rule.is_empty() {
            *rule = AuthorizationRule { scopes: Some(RequiredScopes(vec![ScopeAndGroup(vec![anybody])])), ..AuthorizationRule::default() };
        }
        rules.type_has_any_auth.insert(kind, true);
    }
}

fn closed_fields(schema: &Document) -> impl Iterator<Item = (String, String)> {
    let objects = schema.definitions.iter().filter_map(|definition| match definition {
        Definition::TypeDefinition(TypeDefinition::Object(object)) if CLOSED.contains(&object.name.as_str()) => Some(object),
        _ => None,
    });
    objects.flat_map(|object| object.fields.iter().map(|field| (object.name.clone(), field.name.clone())))
}
