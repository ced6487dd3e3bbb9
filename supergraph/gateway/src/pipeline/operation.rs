//! What a client asks: the parameters of GraphQL over HTTP, the same over WebSocket.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::{Fault, RequestError};
use super::nesting;
use crate::options::MAX_JSON_NESTING;

/// The parameters of one operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationRequest {
    pub(crate) query: Option<String>,
    #[serde(default)]
    pub(crate) operation_name: Option<String>,
    #[serde(default)]
    pub(crate) variables: Option<HashMap<String, sonic_rs::Value>>,
    /// Must be an object where it is sent; none of its entries has a meaning here.
    #[serde(default, rename = "extensions")]
    pub(crate) _extensions: Option<HashMap<String, IgnoredAny>>,
}

impl OperationRequest {
    /// Reads a JSON body.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        if json.trim_ascii_start().first() == Some(&b'[') {
            return Err(RequestError::bad_request("batches are not supported; send one operation a request, or alias fields of one operation"));
        }
        if nesting::json_deeper_than(json, MAX_JSON_NESTING) {
            return Err(RequestError::bad_request("the request is nested too deep"));
        }
        sonic_rs::from_slice(json).map_err(|_| {
            RequestError::bad_request(
                "the body must be a JSON object with `query`, and optionally `operationName` (a string), `variables` and `extensions` (objects)",
            )
        })
    }

    /// The operation's text, which must be there.
    pub(crate) fn take_query(&mut self) -> Result<String, RequestError> {
        match self.query.take() {
            Some(query) if !query.trim().is_empty() => Ok(query),
            _ => Err(RequestError::new(Fault::Malformed, "BAD_USER_INPUT", "`query` is missing")),
        }
    }
}
