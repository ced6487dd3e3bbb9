//! The parsers of what clients send, each by itself: for property tests and fuzzing, which have no gateway around them. Whatever comes,
//! each ends with an answer, in time and memory that the input is worth; the answers here are whether it was taken.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, header};
use hive_router::query_planner::utils::parsing::safe_parse_schema;
use platform::config::{GatewayConfig, LimitsConfig};

use crate::pipeline::{InputTypes, OperationRequest, check_size, parse};
use crate::{http, operations, websocket};

/// The JSON body of a request, and whether its variables are few enough.
pub fn operation(json: &[u8], limits: &LimitsConfig) -> bool {
    OperationRequest::from_json(json).is_ok_and(|request| check_size(&request.variables.unwrap_or_default(), limits).is_ok())
}

/// The text of an operation.
pub fn document(text: &str, max_tokens: usize) -> bool {
    parse(text, max_tokens).is_ok()
}

/// A message of graphql-transport-ws.
pub fn live_message(text: &str) -> bool {
    websocket::is_message(text)
}

/// A form with files, by its content type.
pub fn form(content_type: &str, body: Vec<u8>, config: &GatewayConfig) -> bool {
    let Ok(content_type) = HeaderValue::from_str(content_type) else { return false };
    let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, content_type)]);
    futures::executor::block_on(http::read_form(&headers, Body::from(body), config.limits.max_body_bytes, &config.transport)).is_ok()
}

/// The value of an `Accept` header.
pub fn accept(value: &[u8]) -> bool {
    let Ok(value) = HeaderValue::from_bytes(value) else { return false };
    http::is_acceptable(&HeaderMap::from_iter([(header::ACCEPT, value)]))
}

/// A manifest of trusted operations; how many it holds when it is one.
pub fn manifest(json: &[u8]) -> Option<usize> {
    operations::read_manifest(json)
}

/// The input types of a schema.
pub struct Inputs(InputTypes);

impl std::fmt::Debug for Inputs {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Inputs")
    }
}

impl Inputs {
    /// Those of the schema `sdl`; none when it is no schema.
    pub fn of(sdl: &str) -> Option<Self> {
        safe_parse_schema(sdl).ok().map(|document| Self(InputTypes::of(&document)))
    }

    /// Whether a JSON text fits the type `name`; what is no JSON does not.
    pub fn take(&self, name: &str, json: &[u8]) -> bool {
        // As for a request: what is nested deeper is never walked.
        let request = [br#"{"variables":{"value":"#.as_slice(), json, b"}}"].concat();
        let Ok(OperationRequest { variables: Some(variables), .. }) = OperationRequest::from_json(&request) else { return false };
        variables.get("value").is_some_and(|value| self.0.fits(name, value).is_ok())
    }
}
