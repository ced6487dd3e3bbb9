//! Stage: do the variables fit their types? The engine's own check passes input objects on as they are, refuses numbers for ids (GraphQL
//! §3.5.5 allows them), and does not name what is wrong; a subgraph's complaint has no code. So they are walked here instead, and a wrong
//! one is named by its path.

use std::collections::{HashMap, HashSet};

use hive_router::executor::execution::plan::CoerceVariablesPayload;
use hive_router::graphql_tools::static_graphql::schema::{Definition, Document, Type, TypeDefinition};
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use hive_router::query_planner::state::supergraph_state::TypeNode;
use kernel::ErrorKind;
use platform::config::LimitsConfig;
use sonic_rs::{JsonContainerTrait as _, JsonNumberTrait as _, JsonType, JsonValueTrait as _, Value};

use super::error::{Fault, RequestError};
use crate::supergraph::Supergraph;

const TOO_MANY: &str = "MAX_VARIABLES_LIMIT";

/// The types that variables may have.
pub(crate) struct InputTypes(HashMap<String, InputType>);

enum InputType {
    Scalar,
    Enum(HashSet<String>),
    Object { fields: HashMap<String, InputField>, one_of: bool },
}

struct InputField {
    kind: TypeNode,
    has_default: bool,
}

fn kind(kind: &Type) -> TypeNode {
    match kind {
        Type::NamedType(name) => TypeNode::Named(name.clone()),
        Type::ListType(inner) => TypeNode::List(Box::new(self::kind(inner))),
        Type::NonNullType(inner) => TypeNode::NonNull(Box::new(self::kind(inner))),
    }
}

impl InputTypes {
    pub(crate) fn of(schema: &Document) -> Self {
        let types = schema.definitions.iter().filter_map(|definition| match definition {
            Definition::TypeDefinition(TypeDefinition::Scalar(scalar)) => Some((scalar.name.clone(), InputType::Scalar)),
            Definition::TypeDefinition(TypeDefinition::Enum(enumeration)) => {
                Some((enumeration.name.clone(), InputType::Enum(enumeration.values.iter().map(|value| value.name.clone()).collect())))
            }
            Definition::TypeDefinition(TypeDefinition::InputObject(input)) => {
                let fields = input
                    .fields
                    .iter()
                    .map(|field| (field.name.clone(), InputField { kind: kind(&field.value_type), has_default: field.default_value.is_some() }));
                let one_of = input.directives.iter().any(|directive| directive.name == "oneOf");
                Some((input.name.clone(), InputType::Object { fields: fields.collect(), one_of }))
            }
            Definition::TypeDefinition(_) | Definition::SchemaDefinition(_) | Definition::TypeExtension(_) | Definition::DirectiveDefinition(_) => None,
        });
        Self(types.collect())
    }

    /// Whether a value may be given for a variable of the type `name`.
    pub(crate) fn fits(&self, name: &str, value: &Value) -> Result<(), RequestError> {
        self.check(&TypeNode::Named(name.to_owned()), value, name).map_err(Into::into)
    }

    fn check(&self, kind: &TypeNode, value: &Value, path: &str) -> Result<(), Wrong> {
        match kind {
            TypeNode::NonNull(_) if value.is_null() => Err(Wrong::new(path, "must not be null")),
            TypeNode::NonNull(inner) => self.check(inner, value, path),
            _ if value.is_null() => Ok(()),
            TypeNode::List(inner) => match value.as_array() {
                Some(items) => items.iter().enumerate().try_for_each(|(index, item)| self.check(inner, item, &format!("{path}.{index}"))),
                // A lone value stands for a list of one (GraphQL §3.11).
                None => self.check(inner, value, path),
            },
            TypeNode::Named(name) => self.check_named(name, value, path),
        }
    }

    fn check_named(&self, name: &str, value: &Value, path: &str) -> Result<(), Wrong> {
        match self.0.get(name) {
            Some(InputType::Object { fields, one_of }) => self.check_object(fields, *one_of, value, path),
            Some(InputType::Enum(values)) => match value.as_str() {
                Some(text) if values.contains(text) => Ok(()),
                _ => Err(Wrong::new(path, format!("is not a value of {name}"))),
            },
            Some(InputType::Scalar) | None => check_scalar(name, value, path),
        }
    }

    fn check_object(&self, fields: &HashMap<String, InputField>, one_of: bool, value: &Value, path: &str) -> Result<(), Wrong> {
        let Some(object) = value.as_object() else { return Err(Wrong::new(path, "must be an object")) };
        for (name, item) in object {
            let Some(field) = fields.get(name) else { return Err(Wrong::new(&format!("{path}.{name}"), "is not a field of this input")) };
            self.check(&field.kind, item, &format!("{path}.{name}"))?;
        }
        if one_of && (object.len() != 1 || object.iter().any(|(_, item)| item.is_null())) {
            return Err(Wrong::new(path, "must have exactly one field"));
        }
        let missing = fields.iter().filter(|(name, field)| matches!(field.kind, TypeNode::NonNull(_)) && !field.has_default && !object.contains_key(name));
        // The smallest, so that the answer is the same each time.
        match missing.map(|(name, _)| name).min() {
            Some(name) => Err(Wrong::new(&format!("{path}.{name}"), "is required")),
            None => Ok(()),
        }
    }
}

fn check_scalar(name: &str, value: &Value, path: &str) -> Result<(), Wrong> {
    let fits = match name {
        "Int" => value.as_number().is_some_and(|number| number.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok())),
        "Float" => value.is_number(),
        "String" => value.is_str(),
        "Boolean" => value.is_boolean(),
        "ID" => value.is_str() || value.is_i64() || value.is_u64(),
        // A custom scalar: its subgraph knows.
        _ => true,
    };
    if fits { Ok(()) } else { Err(Wrong::new(path, format!("must be {}", describe(name, value)))) }
}

fn describe(name: &str, value: &Value) -> String {
    let given = match value.get_type() {
        JsonType::Null => "null",
        JsonType::Boolean => "a boolean",
        JsonType::Number => "a number that does not fit",
        JsonType::String => "a string",
        JsonType::Object => "an object",
        JsonType::Array => "a list",
    };
    format!("of type {name}, not {given}")
}

struct Wrong {
    path: String,
    message: String,
}

impl Wrong {
    fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into() }
    }
}

impl From<Wrong> for RequestError {
    fn from(wrong: Wrong) -> Self {
        // What a client calls its variable says nothing about the schema.
        let message = format!("${}: {}", wrong.path, wrong.message);
        Self::new(Fault::Operation, ErrorKind::BadUserInput.code(), message).of_field(field_of(&wrong.path))
    }
}

/// The field that a path names, as the subgraphs name it: without the variable or argument it lies in, if it lies in one.
pub(super) fn field_of(path: &str) -> &str {
    path.split_once('.').map_or(path, |(_, field)| field)
}

/// Refuses variables that are too many, before anything is done with them.
pub(crate) fn check_size(variables: &HashMap<String, Value>, limits: &LimitsConfig) -> Result<(), RequestError> {
    let refuse = |limit, what| Err(RequestError::new(Fault::Operation, TOO_MANY, format!("the request has more than {limit} {what}")));
    if variables.len() > limits.max_variables {
        return refuse(limits.max_variables, "variables");
    }
    // Nesting was limited when the request was read, so this ends.
    let mut todo: Vec<&Value> = variables.values().collect();
    let mut count = 0;
    while let Some(value) = todo.pop() {
        count += 1;
        if count > limits.max_variable_values {
            return refuse(limits.max_variable_values, "values in its variables");
        }
        if let Some(items) = value.as_array() {
            todo.extend(items.iter());
        } else if let Some(fields) = value.as_object() {
            todo.extend(fields.iter().map(|(_, value)| value));
        }
    }
    Ok(())
}

pub(super) fn coerce(
    supergraph: &Supergraph,
    normalized: &GraphQLNormalizationPayload,
    mut variables: HashMap<String, Value>,
) -> Result<CoerceVariablesPayload, RequestError> {
    let mut known = HashMap::new();
    for definition in normalized.operation_for_plan.variable_definitions.iter().flatten() {
        let (name, kind) = (&definition.name, &definition.variable_type);
        match variables.remove(name).or_else(|| definition.default_value.as_ref().map(Into::into)) {
            Some(value) => {
                supergraph.inputs.check(kind, &value, name)?;
                known.insert(name.clone(), value);
            }
            None if matches!(kind, TypeNode::NonNull(_)) => return Err(Wrong::new(name, "is required").into()),
            None => {}
        }
    }
    Ok(CoerceVariablesPayload { variables_map: (!known.is_empty()).then_some(known) })
}
