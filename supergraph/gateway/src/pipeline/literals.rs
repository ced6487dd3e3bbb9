//! Are the values written into an operation's arguments of their types? The default rules ask that too, but do not tell which
//! argument is wrong, which is what a form wants to know. Variables within them are checked by the default rules.

use hive_router::graphql_tools::ast::{OperationVisitor, OperationVisitorContext};
use hive_router::graphql_tools::static_graphql::query::{Type, Value};
use hive_router::graphql_tools::static_graphql::schema::{Document, InputObjectType, TypeDefinition};
use hive_router::graphql_tools::validation::rules::{ValidationRule, ValidationVisitor};
use hive_router::graphql_tools::validation::utils::{ValidationError, ValidationErrorContext};

/// Of errors whose message begins with the path of the wrong value and a colon.
pub(super) const CODE: &str = "ArgumentsOfCorrectType";
/// Of the default rule.
pub(super) const UNNAMED: &str = "ValuesOfCorrectType";

/// The rule.
pub(super) struct ArgumentsOfCorrectType;

impl ValidationRule for ArgumentsOfCorrectType {
    fn visitor<'doc>(&self) -> ValidationVisitor<'doc> {
        Box::new(Self)
    }

    fn error_code(&self) -> &'static str {
        CODE
    }
}

impl<'doc> OperationVisitor<'doc, ValidationErrorContext> for ArgumentsOfCorrectType {
    fn enter_argument(&mut self, context: &mut OperationVisitorContext<'doc>, errors: &mut ValidationErrorContext, (name, value): &'doc (String, Value)) {
        let Some(kind) = context.current_input_type_literal() else { return };
        if let Err((path, message)) = check(context.schema, kind, value, name) {
            errors.report_error(ValidationError { locations: Vec::new(), message: format!("{path}: {message}"), error_code: CODE });
        }
    }
}

type Wrong = (String, String);

fn check(schema: &Document, kind: &Type, value: &Value, path: &str) -> Result<(), Wrong> {
    let wrong = |message: &str| Err((path.to_owned(), message.to_owned()));
    match (kind, value) {
        (_, Value::Variable(_)) => Ok(()),
        (Type::NonNullType(_), Value::Null) => wrong("must not be null"),
        (Type::NonNullType(inner), _) => check(schema, inner, value, path),
        (_, Value::Null) => Ok(()),
        (Type::ListType(inner), Value::List(items)) => {
            items.iter().enumerate().try_for_each(|(index, item)| check(schema, inner, item, &format!("{path}.{index}")))
        }
        // A lone value stands for a list of one (GraphQL §3.11).
        (Type::ListType(inner), _) => check(schema, inner, value, path),
        (Type::NamedType(name), _) => match (schema.type_by_name(name), value) {
            (Some(TypeDefinition::InputObject(input)), Value::Object(fields)) => check_object(schema, input, fields, path),
            (Some(TypeDefinition::InputObject(_)), _) => wrong("must be an object"),
            (Some(TypeDefinition::Enum(known)), Value::Enum(given)) if known.values.iter().any(|value| value.name == *given) => Ok(()),
            (Some(TypeDefinition::Enum(_)), _) => wrong(&format!("is not a value of {name}")),
            _ if fits_scalar(name, value) => Ok(()),
            _ => wrong(&format!("must be of type {name}")),
        },
    }
}

fn check_object(schema: &Document, input: &InputObjectType, fields: &[(String, Value)], path: &str) -> Result<(), Wrong> {
    for (name, value) in fields {
        let path = format!("{path}.{name}");
        match input.fields.iter().find(|field| field.name == *name) {
            Some(field) => check(schema, &field.value_type, value, &path)?,
            None => return Err((path, "is not a field of this input".to_owned())),
        }
    }
    let one_of = input.directives.iter().any(|directive| directive.name == "oneOf");
    if one_of && !matches!(fields, [(_, value)] if *value != Value::Null) {
        return Err((path.to_owned(), "must have exactly one field".to_owned()));
    }
    let missing = input.fields.iter().find(|field| field.is_required() && !fields.iter().any(|(name, _)| *name == field.name));
    missing.map_or(Ok(()), |field| Err((format!("{path}.{}", field.name), "is required".to_owned())))
}

fn fits_scalar(name: &str, value: &Value) -> bool {
    match name {
        "Int" => matches!(value, Value::Int(number) if number.as_i64().is_some_and(|number| i32::try_from(number).is_ok())),
        "Float" => matches!(value, Value::Int(_) | Value::Float(_)),
        "String" => matches!(value, Value::String(_)),
        "Boolean" => matches!(value, Value::Boolean(_)),
        "ID" => matches!(value, Value::String(_) | Value::Int(_)),
        // A custom scalar: its subgraph knows.
        _ => true,
    }
}
