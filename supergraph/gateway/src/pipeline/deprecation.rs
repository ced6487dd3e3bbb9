//! Which deprecated parts of the schema an operation uses, in its text and in its variables.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use hive_router::graphql_tools::static_graphql::schema::{Definition, Directive, Document, Field, InputValue, Type, TypeDefinition, Value as SchemaValue};
use hive_router::query_planner::ast::operation::OperationDefinition;
use hive_router::query_planner::ast::selection_item::SelectionItem;
use hive_router::query_planner::ast::selection_set::SelectionSet;
use hive_router::query_planner::ast::value::Value;
use serde::Serialize;
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _};

/// What GraphQL says when a schema gives no reason (§3.13.3).
const NO_REASON: &str = "No longer supported";

/// The deprecated parts of a schema; empty when it has none, and then looking costs nothing.
#[derive(Default)]
pub(crate) struct Deprecations {
    /// Empty when nothing is deprecated.
    types: HashMap<String, Members>,
}

/// Fields of an object, interface or input; values of an enum.
type Members = HashMap<String, Member>;

struct Member {
    /// Why it should not be used any more, when it should not.
    reason: Option<Arc<str>>,
    /// The type behind it; empty for enum values.
    kind: String,
    arguments: Members,
}

/// A deprecated part that is used: its schema coordinate (`Track.plays`, `Query.tracks(order:)`, `TrackOrder.TITLE`) and the
/// schema's reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Deprecated {
    coordinate: String,
    reason: Arc<str>,
}

pub(crate) type Found = BTreeSet<Deprecated>;

impl Deprecations {
    /// Those of `schema`.
    pub(crate) fn of(schema: &Document) -> Self {
        let types: HashMap<_, _> = schema.definitions.iter().filter_map(members).collect();
        let any = types
            .values()
            .flat_map(HashMap::values)
            .any(|member| member.reason.is_some() || member.arguments.values().any(|argument| argument.reason.is_some()));
        if any { Self { types } } else { Self::default() }
    }

    /// What the text of `operation` uses, whose root type is `root`.
    pub(super) fn in_operation(&self, root: &str, operation: &OperationDefinition) -> Found {
        let mut found = Found::new();
        if !self.types.is_empty() {
            self.selections(root, &operation.selection_set, &mut found);
        }
        found
    }

    /// What the `variables` of `operation` use.
    pub(super) fn in_variables(&self, operation: &OperationDefinition, variables: Option<&HashMap<String, sonic_rs::Value>>) -> Found {
        let mut found = Found::new();
        if self.types.is_empty() {
            return found;
        }
        for definition in operation.variable_definitions.iter().flatten() {
            if let Some(value) = variables.and_then(|variables| variables.get(&definition.name)) {
                self.json(definition.variable_type.inner_type(), value, &mut found);
            }
        }
        found
    }

    fn selections(&self, parent: &str, set: &SelectionSet, found: &mut Found) {
        for item in &set.items {
            match item {
                SelectionItem::Field(field) => {
                    let Some(member) = self.member(parent, &field.name) else { continue };
                    member.tell(|| format!("{parent}.{}", field.name), found);
                    for (name, value) in field.arguments.iter().flatten() {
                        let Some(argument) = member.arguments.get(name) else { continue };
                        argument.tell(|| format!("{parent}.{}({name}:)", field.name), found);
                        self.literal(&argument.kind, value, found);
                    }
                    self.selections(&member.kind, &field.selections, found);
                }
                SelectionItem::InlineFragment(fragment) => self.selections(&fragment.type_condition, &fragment.selections, found),
                // Normalisation has put them in.
                SelectionItem::FragmentSpread(_) => {}
            }
        }
    }

    fn literal(&self, kind: &str, value: &Value, found: &mut Found) {
        match value {
            Value::List(items) => items.iter().for_each(|item| self.literal(kind, item, found)),
            Value::Enum(name) => self.use_member(kind, name, found, |_, _| {}),
            Value::Object(fields) => {
                for (name, item) in fields {
                    self.use_member(kind, name, found, |member, found| self.literal(&member.kind, item, found));
                }
            }
            Value::Variable(_) | Value::Int(_) | Value::Float(_) | Value::String(_) | Value::Boolean(_) | Value::Null => {}
        }
    }

    fn json(&self, kind: &str, value: &sonic_rs::Value, found: &mut Found) {
        if let Some(items) = value.as_array() {
            items.iter().for_each(|item| self.json(kind, item, found));
        } else if let Some(fields) = value.as_object() {
            for (name, item) in fields {
                self.use_member(kind, name, found, |member, found| self.json(&member.kind, item, found));
            }
        } else if let Some(text) = value.as_str() {
            self.use_member(kind, text, found, |_, _| {});
        }
    }

    fn use_member(&self, kind: &str, name: &str, found: &mut Found, inside: impl FnOnce(&Member, &mut Found)) {
        if let Some(member) = self.member(kind, name) {
            member.tell(|| format!("{kind}.{name}"), found);
            inside(member, found);
        }
    }

    fn member(&self, kind: &str, name: &str) -> Option<&Member> {
        self.types.get(kind)?.get(name)
    }
}

impl Member {
    fn tell(&self, coordinate: impl FnOnce() -> String, found: &mut Found) {
        if let Some(reason) = &self.reason {
            found.insert(Deprecated { coordinate: coordinate(), reason: reason.clone() });
        }
    }
}

fn members(definition: &Definition<'static, String>) -> Option<(String, Members)> {
    let Definition::TypeDefinition(definition) = definition else { return None };
    match definition {
        TypeDefinition::Object(object) => Some((object.name.clone(), fields(&object.fields))),
        TypeDefinition::Interface(interface) => Some((interface.name.clone(), fields(&interface.fields))),
        TypeDefinition::InputObject(input) => Some((input.name.clone(), inputs(&input.fields))),
        TypeDefinition::Enum(enumeration) => {
            let values = enumeration.values.iter();
            let values = values.map(|value| (value.name.clone(), Member { reason: reason(&value.directives), kind: String::new(), arguments: Members::new() }));
            Some((enumeration.name.clone(), values.collect()))
        }
        TypeDefinition::Scalar(_) | TypeDefinition::Union(_) => None,
    }
}

fn fields(fields: &[Field]) -> Members {
    let member = |field: &Field| Member { reason: reason(&field.directives), kind: inner(&field.field_type), arguments: inputs(&field.arguments) };
    fields.iter().map(|field| (field.name.clone(), member(field))).collect()
}

fn inputs(inputs: &[InputValue]) -> Members {
    let member = |input: &InputValue| Member { reason: reason(&input.directives), kind: inner(&input.value_type), arguments: Members::new() };
    inputs.iter().map(|input| (input.name.clone(), member(input))).collect()
}

fn inner(kind: &Type) -> String {
    match kind {
        Type::NamedType(name) => name.clone(),
        Type::ListType(kind) | Type::NonNullType(kind) => inner(kind),
    }
}

fn reason(directives: &[Directive]) -> Option<Arc<str>> {
    let directive = directives.iter().find(|directive| directive.name == "deprecated")?;
    let arguments: BTreeMap<_, _> = directive.arguments.iter().map(|(name, value)| (name.as_str(), value)).collect();
    Some(match arguments.get("reason") {
        Some(SchemaValue::String(text)) => text.as_str().into(),
        _ => NO_REASON.into(),
    })
}
