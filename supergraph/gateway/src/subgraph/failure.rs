//! A fetch that brought nothing back, as precise as if each of its fields had failed by itself: one error at each place the fetch
//! was to fill, so that a client knows which of its values are missing and which are really null.

use bytes::Bytes;
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use hive_router::executor::response::subgraph_response::SubgraphResponse;
use hive_router::graphql_tools::static_graphql::query::{
    Definition, Directive, Document, Field, OperationDefinition, Selection, SelectionSet, TypeCondition, Value,
};
use hive_router::query_planner::utils::parsing::safe_parse_operation;
use kernel::ErrorKind;
use serde::Deserialize;
use serde_json::json;
use sonic_rs::JsonValueTrait as _;

use super::failed;
use crate::pipeline::{ENTITIES, fixed_error};

/// Most errors that one failed fetch may become; a list of hundreds needs no more to be understood.
const MAX_ERRORS: usize = 100;

/// The response to `request` in which all it asked for is null because of `kind`.
pub(super) fn everywhere(kind: ErrorKind, request: &SubgraphExecutionRequest<'_>) -> SubgraphResponse<'static> {
    precise(kind, request).unwrap_or_else(|| failed(kind))
}

fn precise(kind: ErrorKind, request: &SubgraphExecutionRequest<'_>) -> Option<SubgraphResponse<'static>> {
    let document = safe_parse_operation(request.query).ok()?;
    let selections = Selections { document: &document, request };
    let mut data = serde_json::Map::new();
    let mut paths = Vec::new();
    for field in selections.fields(root(&document)?, None) {
        let key = response_key(field);
        if field.name != ENTITIES {
            paths.push(vec![json!(key)]);
            continue;
        }
        let entities = representations(field, request)?;
        for (index, entity) in entities.iter().enumerate() {
            let fields = selections.fields(&field.selection_set, Some(&entity.type_name));
            paths.extend(fields.into_iter().map(|field| vec![json!(key), json!(index), json!(response_key(field))]));
        }
        // The engine looks for the places of errors only where there are entities.
        data.insert(key.to_owned(), json!(vec![(); entities.len()]));
    }
    let error = fixed_error(kind);
    let errors = paths.into_iter().take(MAX_ERRORS);
    let errors: Vec<_> = errors.map(|path| json!({ "message": error.message, "path": path, "extensions": { "code": kind.code() } })).collect();
    let body = json!({ "data": data, "errors": errors }).to_string();
    SubgraphResponse::deserialize_from_bytes(Bytes::from(body), None).ok()
}

/// What is selected in a fetch, with its fragments put in.
struct Selections<'f> {
    document: &'f Document,
    request: &'f SubgraphExecutionRequest<'f>,
}

impl<'f> Selections<'f> {
    /// The fields that an object of `type_name` has to fill.
    fn fields(&self, set: &'f SelectionSet, type_name: Option<&str>) -> Vec<&'f Field> {
        let mut found = Vec::new();
        self.collect(set, type_name, &mut found);
        found
    }

    fn collect(&self, set: &'f SelectionSet, type_name: Option<&str>, found: &mut Vec<&'f Field>) {
        for selection in &set.items {
            match selection {
                Selection::Field(field) if field.name != "__typename" && self.included(&field.directives) => found.push(field),
                Selection::Field(_) => {}
                Selection::InlineFragment(fragment) if applies(fragment.type_condition.as_ref(), type_name) && self.included(&fragment.directives) => {
                    self.collect(&fragment.selection_set, type_name, found);
                }
                Selection::InlineFragment(_) => {}
                Selection::FragmentSpread(spread) => {
                    let fragments = self.document.definitions.iter().filter_map(|definition| match definition {
                        Definition::Fragment(fragment) if fragment.name == spread.fragment_name => Some(fragment),
                        _ => None,
                    });
                    for fragment in fragments.filter(|fragment| applies(Some(&fragment.type_condition), type_name) && self.included(&spread.directives)) {
                        self.collect(&fragment.selection_set, type_name, found);
                    }
                }
            }
        }
    }

    fn included(&self, directives: &[Directive]) -> bool {
        directives.iter().all(|directive| {
            let condition = directive.arguments.first().is_some_and(|(_, value)| match value {
                Value::Boolean(value) => *value,
                Value::Variable(name) => self.request.variables.as_ref().and_then(|variables| variables.get(name.as_str())?.as_bool()).unwrap_or_default(),
                _ => false,
            });
            match directive.name.as_str() {
                "skip" => !condition,
                "include" => condition,
                _ => true,
            }
        })
    }
}

fn applies(condition: Option<&TypeCondition>, type_name: Option<&str>) -> bool {
    match (condition, type_name) {
        (Some(TypeCondition::On(condition)), Some(type_name)) => condition == type_name,
        _ => true,
    }
}

#[derive(Deserialize)]
struct Representation {
    #[serde(rename = "__typename")]
    type_name: String,
}

fn representations(field: &Field, request: &SubgraphExecutionRequest<'_>) -> Option<Vec<Representation>> {
    let (_, value) = field.arguments.first()?;
    let Value::Variable(variable) = value else { return None };
    let (_, json) = request.raw_variable_values.as_ref()?.iter().find(|(name, _)| name == variable)?;
    serde_json::from_slice(json).ok()
}

fn root(document: &Document) -> Option<&SelectionSet> {
    document.definitions.iter().find_map(|definition| match definition {
        Definition::Operation(OperationDefinition::Query(query)) => Some(&query.selection_set),
        Definition::Operation(OperationDefinition::Mutation(mutation)) => Some(&mutation.selection_set),
        Definition::Operation(OperationDefinition::SelectionSet(set)) => Some(set),
        Definition::Operation(OperationDefinition::Subscription(_)) | Definition::Fragment(_) => None,
    })
}

/// The place of a field in the response.
fn response_key(field: &Field) -> &str {
    field.alias.as_ref().unwrap_or(&field.name)
}
