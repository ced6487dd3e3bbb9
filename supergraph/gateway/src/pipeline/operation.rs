//! What a client asks: the parameters of GraphQL over HTTP, the same over WebSocket.

use std::collections::HashMap;

use serde::Deserialize;

use super::error::RequestError;
use super::json_nesting::json_deeper_than;
use crate::options::MAX_JSON_NESTING;

/// The parameters of one operation.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OperationRequest {
    #[serde(default)]
    pub(crate) query: Option<String>,
    /// Names a persisted document instead of sending it.
    #[serde(default)]
    pub(crate) document_id: Option<String>,
    #[serde(default)]
    pub(crate) operation_name: Option<String>,
    #[serde(default)]
    pub(crate) variables: Option<HashMap<String, sonic_rs::Value>>,
    #[serde(default)]
    pub(crate) extensions: Option<Extensions>,
}

/// What clients ask for beyond the specification, as far as it is known here.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Extensions {
    #[serde(default)]
    pub(crate) persisted_query: Option<PersistedQuery>,
}

/// Names an operation as Apollo's clients do.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PersistedQuery {
    pub(crate) version: i64,
    pub(crate) sha256_hash: String,
}

impl OperationRequest {
    /// Reads a JSON body.
    pub(crate) fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        if json.trim_ascii_start().first() == Some(&b'[') {
            return Err(RequestError::bad_request("batches are not supported; send one operation a request, or alias fields of one operation"));
        }
        if json_deeper_than(json, MAX_JSON_NESTING) {
            return Err(RequestError::bad_request("the request is nested too deep"));
        }
        sonic_rs::from_slice(json).map_err(|_| {
            RequestError::bad_request("the body must be a JSON object with `query` or `documentId` (strings), and optionally `operationName` (a string), `variables` and `extensions` (objects)")
        })
    }

    /// The name of the operation in Apollo's way, if there is one.
    pub(crate) fn persisted_query(&self) -> Option<&PersistedQuery> {
        self.extensions.as_ref()?.persisted_query.as_ref()
    }

    /// Whether it says which operation it means.
    pub(crate) fn means_something(&self) -> bool {
        self.query.is_some() || self.document_id.is_some() || self.persisted_query().is_some()
    }
}
