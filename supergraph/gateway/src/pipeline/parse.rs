//! Stage: text becomes a document, within the limits of tokens and nesting.

use hive_router::GraphQLError;
use hive_router::executor::response::graphql_error::GraphQLErrorLocation;
use hive_router::graphql_tools::static_graphql::query::Document;
use hive_router::query_planner::utils::parsing::safe_parse_operation_with_token_limit;

use super::error::{Fault, RequestError};
use super::{limits, nesting};
use crate::options::MAX_OPERATION_NESTING;

pub(crate) fn parse(query: &str, max_tokens: usize) -> Result<Document, RequestError> {
    let document = safe_parse_operation_with_token_limit(query, max_tokens).map_err(|error| {
        let text = error.to_string();
        if text.contains("Recursion limit exceeded") {
            return too_deep();
        }
        if text.contains("Token limit exceeded") {
            return limits::too_large(limits::MAX_TOKENS, max_tokens, "tokens");
        }
        let position = error.0.position;
        let mut public =
            GraphQLError::from_message_and_code(format!("syntax error in line {}, column {}", position.line, position.column), "GRAPHQL_PARSE_FAILED");
        public.locations = Some(vec![GraphQLErrorLocation { line: position.line, column: position.column }]);
        RequestError { fault: Fault::Operation, errors: vec![public] }
    })?;
    if nesting::document_deeper_than(&document, MAX_OPERATION_NESTING) {
        return Err(too_deep());
    }
    Ok(document)
}

fn too_deep() -> RequestError {
    RequestError::new(Fault::Operation, limits::MAX_DEPTH, "the operation is nested too deep")
}
