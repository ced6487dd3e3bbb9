//! The schema as clients see it, and what a new one would break for them: for the command line and the build, never for a
//! request.

mod compare;

use hive_router::executor::hooks::on_supergraph_load::{Supergraph as Planned, SupergraphOptions};
use hive_router::graphql_tools::static_graphql::schema::{Definition, Document, TypeDefinition};
use hive_router::graphql_tools::validation::rules::default_rules_validation_plan;
use hive_router::graphql_tools::validation::validate::validate;
use hive_router::query_planner::utils::parsing::{safe_parse_operation, safe_parse_schema};

use crate::supergraph::leave_out_join;

pub use compare::{Change, Severity};

/// By this a supergraph is known from a plain schema.
const SUPERGRAPH_ONLY: &str = "join__Graph";

/// A schema as clients see it.
pub struct PublicSchema {
    document: Document,
}

/// A schema or an operation cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

impl PublicSchema {
    /// The public schema of `sdl`: of a supergraph what clients may see of it; of any other schema all.
    pub fn read(sdl: &str) -> Result<Self, Unreadable> {
        let mut parsed = safe_parse_schema(sdl).map_err(|error| Unreadable(error.to_string()))?;
        leave_out_join(&mut parsed);
        let is_supergraph = parsed.definitions.iter().any(|definition| name(definition) == Some(SUPERGRAPH_ONLY));
        let mut document = if is_supergraph {
            let planned = Planned::from_document("check", parsed, SupergraphOptions::default()).map_err(|error| Unreadable(error.to_string()))?;
            Document::clone(&planned.planner.consumer_schema.document)
        } else {
            parsed
        };
        // Introspection is the specification's, not ours to change.
        document.definitions.retain(|definition| name(definition).is_none_or(|name| !name.starts_with("__")));
        Ok(Self { document })
    }

    /// As SDL.
    pub fn sdl(&self) -> String {
        let mut definitions: Vec<_> = self.document.definitions.iter().collect();
        definitions.sort_by_key(|definition| name(definition).unwrap_or_default().to_owned());
        Document { definitions: definitions.into_iter().cloned().collect() }.to_string()
    }

    /// What changes for clients when this schema takes the place of `old`, what breaks them first.
    pub fn changes_since(&self, old: &Self) -> Vec<Change> {
        compare::compare(&old.document, &self.document)
    }

    /// Why a client's operation is not valid, if it is not.
    pub fn refusal(&self, operation: &str) -> Option<String> {
        let document = match safe_parse_operation(operation) {
            Ok(document) => document,
            Err(error) => return Some(error.to_string()),
        };
        let errors = validate(&self.document, &document, &default_rules_validation_plan());
        (!errors.is_empty()).then(|| errors.into_iter().map(|error| error.message).collect::<Vec<_>>().join("; "))
    }
}

fn name<'d>(definition: &'d Definition<'static, String>) -> Option<&'d str> {
    match definition {
        Definition::TypeDefinition(definition) => Some(name_of(definition)),
        _ => None,
    }
}

fn name_of(definition: &TypeDefinition) -> &str {
    match definition {
        TypeDefinition::Scalar(scalar) => &scalar.name,
        TypeDefinition::Object(object) => &object.name,
        TypeDefinition::Interface(interface) => &interface.name,
        TypeDefinition::Union(union) => &union.name,
        TypeDefinition::Enum(enumeration) => &enumeration.name,
        TypeDefinition::InputObject(input) => &input.name,
    }
}
