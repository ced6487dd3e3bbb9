//! What a client can notice when one schema takes the place of another. The lists are those of graphql-js'
//! `findBreakingChanges` and `findDangerousChanges`; the rules of types are variance: what comes out may only become more
//! certain, what goes in only less demanding.

use std::collections::BTreeMap;
use std::fmt;

use hive_router::graphql_tools::static_graphql::schema::{Definition, Document, EnumValue, Field, InputValue, Type, TypeDefinition};

/// How bad a change is for clients that exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Valid operations become invalid, or answers have shapes that clients cannot expect.
    Breaking,
    /// Operations stay valid, but a client may meet what it does not know.
    Dangerous,
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// How bad.
    pub severity: Severity,
    /// What, beginning with the place: `Query.track: …`. Stable, so that it can be announced by its text.
    pub text: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severity = match self.severity {
            Severity::Breaking => "breaking",
            Severity::Dangerous => "dangerous",
        };
        write!(f, "{severity}: {}", self.text)
    }
}

#[derive(Default)]
struct Found(Vec<Change>);

impl Found {
    fn breaking(&mut self, text: String) {
        self.0.push(Change { severity: Severity::Breaking, text });
    }

    fn dangerous(&mut self, text: String) {
        self.0.push(Change { severity: Severity::Dangerous, text });
    }
}

pub(super) fn compare(old: &Document, new: &Document) -> Vec<Change> {
    let (old, new) = (types(old), types(new));
    let mut found = Found::default();
    for (name, before) in old {
        match new.get(name) {
            None => found.breaking(format!("{name}: the type is gone")),
            Some(after) => type_changes(&mut found, name, before, after),
        }
    }
    found.0.sort();
    found.0
}

fn types(document: &Document) -> BTreeMap<&str, &TypeDefinition> {
    let definitions = document.definitions.iter().filter_map(|definition| match definition {
        Definition::TypeDefinition(definition) => Some((super::name_of(definition), definition)),
        _ => None,
    });
    definitions.collect()
}

fn type_changes(found: &mut Found, name: &str, before: &TypeDefinition, after: &TypeDefinition) {
    match (before, after) {
        (TypeDefinition::Scalar(_), TypeDefinition::Scalar(_)) => {}
        (TypeDefinition::Object(before), TypeDefinition::Object(after)) => {
            fields(found, name, &before.fields, &after.fields);
            members(found, name, "the interface", &before.implements_interfaces, &after.implements_interfaces);
        }
        (TypeDefinition::Interface(before), TypeDefinition::Interface(after)) => {
            fields(found, name, &before.fields, &after.fields);
            members(found, name, "the interface", &before.implements_interfaces, &after.implements_interfaces);
        }
        (TypeDefinition::Union(before), TypeDefinition::Union(after)) => members(found, name, "the member", &before.types, &after.types),
        (TypeDefinition::Enum(before), TypeDefinition::Enum(after)) => {
            let names = |values: &[EnumValue]| values.iter().map(|value| value.name.clone()).collect::<Vec<_>>();
            members(found, name, "the value", &names(&before.values), &names(&after.values));
        }
        (TypeDefinition::InputObject(before), TypeDefinition::InputObject(after)) => {
            inputs(found, &before.fields, &after.fields, |field| format!("{name}.{field}"));
        }
        _ => found.breaking(format!("{name}: it is another kind of type")),
    }
}

fn members(found: &mut Found, name: &str, what: &str, before: &[String], after: &[String]) {
    for gone in before.iter().filter(|member| !after.contains(member)) {
        found.breaking(format!("{name}: {what} {gone} is gone"));
    }
    for come in after.iter().filter(|member| !before.contains(member)) {
        found.dangerous(format!("{name}: {what} {come} is new"));
    }
}

fn fields(found: &mut Found, name: &str, before: &[Field], after: &[Field]) {
    for old in before {
        let Some(new) = after.iter().find(|field| field.name == old.name) else {
            found.breaking(format!("{name}.{}: the field is gone", old.name));
            continue;
        };
        if !out_fits(&old.field_type, &new.field_type) {
            found.breaking(format!("{name}.{}: {} becomes {}", old.name, old.field_type, new.field_type));
        }
        inputs(found, &old.arguments, &new.arguments, |argument| format!("{name}.{}({argument}:)", old.name));
    }
}

/// Arguments, and fields of input objects.
fn inputs(found: &mut Found, before: &[InputValue], after: &[InputValue], place: impl Fn(&str) -> String) {
    for old in before {
        let place = place(&old.name);
        let Some(new) = after.iter().find(|input| input.name == old.name) else {
            found.breaking(format!("{place}: it is gone"));
            continue;
        };
        if !in_fits(&old.value_type, &new.value_type) {
            found.breaking(format!("{place}: {} becomes {}", old.value_type, new.value_type));
        }
        if old.default_value.is_some() && old.default_value != new.default_value {
            found.dangerous(format!("{place}: its default changes"));
        }
    }
    for new in after.iter().filter(|input| !before.iter().any(|old| old.name == input.name)) {
        if matches!(new.value_type, Type::NonNullType(_)) && new.default_value.is_none() {
            found.breaking(format!("{}: it is new and must be given", place(&new.name)));
        } else {
            found.dangerous(format!("{}: it is new", place(&new.name)));
        }
    }
}

/// Whether who could read `before` can read `after`.
fn out_fits(before: &Type, after: &Type) -> bool {
    match (before, after) {
        (Type::NonNullType(before), Type::NonNullType(after)) => out_fits(before, after),
        (Type::NonNullType(_), _) => false,
        (_, Type::NonNullType(after)) => out_fits(before, after),
        (Type::ListType(before), Type::ListType(after)) => out_fits(before, after),
        (Type::NamedType(before), Type::NamedType(after)) => before == after,
        _ => false,
    }
}

/// Whether what was given for `before` can be given for `after`.
fn in_fits(before: &Type, after: &Type) -> bool {
    match (before, after) {
        (Type::NonNullType(before), Type::NonNullType(after)) => in_fits(before, after),
        (_, Type::NonNullType(_)) => false,
        (Type::NonNullType(before), _) => in_fits(before, after),
        (Type::ListType(before), Type::ListType(after)) => in_fits(before, after),
        (Type::NamedType(before), Type::NamedType(after)) => before == after,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use crate::public_schema::PublicSchema;

    const OLD: &str = "
        interface Node { id: ID! }
        type Query { a(x: Int, y: [Int!] = [1]): String, b: Int!, c: [Int]!, kind: Kind, some: Some, gone: Int }
        type A implements Node { id: ID! }
        type B { id: ID! }
        type Lost { id: ID }
        union Some = A | B
        enum Kind { ONE TWO }
        input In { a: Int!, b: Int }
        scalar Turns
    ";

    fn changes(from: &str, to: &str) -> Vec<String> {
        let new = OLD.replace(from, to);
        assert!(from == to || new != OLD, "{from} is not in the schema");
        let (old, new) = (PublicSchema::read(OLD).unwrap(), PublicSchema::read(&new).unwrap());
        new.changes_since(&old).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn what_takes_away_breaks() {
        for (from, to, told) in [
            ("", "", ""),
            (", gone: Int", "", "breaking: Query.gone: the field is gone"),
            ("x: Int, ", "", "breaking: Query.a(x:): it is gone"),
            ("type Lost { id: ID }", "", "breaking: Lost: the type is gone"),
            ("ONE TWO", "ONE", "breaking: Kind: the value TWO is gone"),
            ("= A | B", "= A", "breaking: Some: the member B is gone"),
            ("type A implements Node", "type A", "breaking: A: the interface Node is gone"),
            ("b: Int }", "}", "breaking: In.b: it is gone"),
            ("scalar Turns", "type Turns { a: Int }", "breaking: Turns: it is another kind of type"),
        ] {
            let expected: Vec<&str> = if told.is_empty() { vec![] } else { vec![told] };
            assert_eq!(changes(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn what_comes_out_may_become_surer_and_what_goes_in_less_demanding() {
        for (from, to, told) in [
            ("b: Int!,", "b: Int,", "breaking: Query.b: Int! becomes Int"),
            ("c: [Int]!,", "c: [Int!]!,", ""),
            ("c: [Int]!,", "c: Int!,", "breaking: Query.c: [Int]! becomes Int!"),
            ("): String", "): String!", ""),
            ("): String", "): Int", "breaking: Query.a: String becomes Int"),
            ("x: Int,", "x: Int!,", "breaking: Query.a(x:): Int becomes Int!"),
            ("y: [Int!] =", "y: [Int] =", ""),
            ("a: Int!, b: Int }", "a: Int, b: Int }", ""),
            ("b: Int }", "b: Int! }", "breaking: In.b: Int becomes Int!"),
        ] {
            let expected: Vec<&str> = if told.is_empty() { vec![] } else { vec![told] };
            assert_eq!(changes(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn what_is_added_breaks_only_when_it_must_be_given() {
        for (from, to, told) in [
            ("x: Int,", "x: Int, z: Int!,", "breaking: Query.a(z:): it is new and must be given"),
            ("x: Int,", "x: Int, z: Int! = 1,", "dangerous: Query.a(z:): it is new"),
            ("b: Int }", "b: Int, c: Int! }", "breaking: In.c: it is new and must be given"),
            ("b: Int }", "b: Int, c: Int }", "dangerous: In.c: it is new"),
            ("= [1]", "= [2]", "dangerous: Query.a(y:): its default changes"),
            ("ONE TWO", "ONE TWO THREE", "dangerous: Kind: the value THREE is new"),
            ("= A | B", "= A | B | Lost", "dangerous: Some: the member Lost is new"),
            ("type B {", "type B implements Node {", "dangerous: B: the interface Node is new"),
            ("gone: Int }", "gone: Int, more: Int }", ""),
        ] {
            let expected: Vec<&str> = if told.is_empty() { vec![] } else { vec![told] };
            assert_eq!(changes(from, to), expected, "{from} to {to}");
        }
    }

    #[test]
    fn an_operation_is_tried_against_the_schema() {
        let schema = PublicSchema::read(OLD).unwrap();
        assert_eq!(schema.refusal("{ b kind }"), None);
        assert!(schema.refusal("{ nothing }").unwrap().contains("nothing"));
        assert!(schema.refusal("{").is_some());
    }
}
