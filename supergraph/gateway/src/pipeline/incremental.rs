//! Stage: `@defer` and `@stream` are refused by name. The planner has nodes for deferred parts and never makes one, so the answer
//! could only come whole, which is not what was asked for.

use hive_router::graphql_tools::static_graphql::query::{Definition, Directive, Document, OperationDefinition, Selection};

use super::error::{Fault, RequestError};

pub(super) fn refuse(document: &Document) -> Result<(), RequestError> {
    let mut todo: Vec<_> = document
        .definitions
        .iter()
        .map(|definition| match definition {
            Definition::Operation(OperationDefinition::SelectionSet(set)) => set,
            Definition::Operation(OperationDefinition::Query(query)) => &query.selection_set,
            Definition::Operation(OperationDefinition::Mutation(mutation)) => &mutation.selection_set,
            Definition::Operation(OperationDefinition::Subscription(subscription)) => &subscription.selection_set,
            Definition::Fragment(fragment) => &fragment.selection_set,
        })
        .collect();
    while let Some(set) = todo.pop() {
        for selection in &set.items {
            let found = match selection {
                Selection::Field(field) => {
                    todo.push(&field.selection_set);
                    find(&field.directives, "stream")
                }
                Selection::InlineFragment(fragment) => {
                    todo.push(&fragment.selection_set);
                    find(&fragment.directives, "defer")
                }
                Selection::FragmentSpread(spread) => find(&spread.directives, "defer"),
            };
            if let Some(name) = found {
                let message = format!("@{name} is not supported here: answers come whole; ask for what may come later in an operation of its own");
                return Err(RequestError::new(Fault::Operation, "INCREMENTAL_DELIVERY_UNSUPPORTED", message));
            }
        }
    }
    Ok(())
}

fn find(directives: &[Directive], name: &'static str) -> Option<&'static str> {
    directives.iter().any(|directive| directive.name == name).then_some(name)
}
