//! The API schema as a text: what clients may use, with descriptions and deprecations, and nothing of how it is composed.

use axum::http::HeaderValue;
use bytes::Bytes;
use hive_router::graphql_tools::static_graphql::schema::{Definition, Document, TypeDefinition};
use sha2::{Digest as _, Sha256};

/// What every GraphQL service has without saying so (specification, §3.5 and §3.13).
const BUILT_IN_SCALARS: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];
const BUILT_IN_DIRECTIVES: [&str; 5] = ["deprecated", "include", "oneOf", "skip", "specifiedBy"];

/// The text, and its hash as an entity tag.
pub(crate) struct ApiSchema {
    pub(crate) sdl: Bytes,
    pub(crate) etag: HeaderValue,
}

impl ApiSchema {
    /// That of the engine's `schema`, which has introspection's own types in it.
    pub(crate) fn of(schema: &Document) -> Self {
        let definitions = schema.definitions.iter().filter(|definition| !is_built_in(definition)).cloned().map(without_introspection);
        let sdl = Document { definitions: definitions.collect() }.to_string();
        // Hexadecimal digits and quotes are always a header's value.
        let etag = HeaderValue::from_str(&format!("\"{}\"", hex::encode(Sha256::digest(&sdl)))).unwrap_or(HeaderValue::from_static("\"\""));
        Self { sdl: sdl.into(), etag }
    }
}

fn is_built_in(definition: &Definition<'static, String>) -> bool {
    match definition {
        Definition::DirectiveDefinition(directive) => BUILT_IN_DIRECTIVES.contains(&directive.name.as_str()),
        Definition::TypeDefinition(TypeDefinition::Scalar(scalar)) => BUILT_IN_SCALARS.contains(&scalar.name.as_str()),
        Definition::TypeDefinition(TypeDefinition::Object(object)) => object.name.starts_with("__"),
        Definition::TypeDefinition(TypeDefinition::Enum(enumeration)) => enumeration.name.starts_with("__"),
        Definition::TypeDefinition(_) | Definition::SchemaDefinition(_) | Definition::TypeExtension(_) => false,
    }
}

fn without_introspection(definition: Definition<'static, String>) -> Definition<'static, String> {
    match definition {
        Definition::TypeDefinition(TypeDefinition::Object(mut object)) => {
            object.fields.retain(|field| !field.name.starts_with("__"));
            Definition::TypeDefinition(TypeDefinition::Object(object))
        }
        other => other,
    }
}
