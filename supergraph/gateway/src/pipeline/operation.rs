//! What a client asks: the parameters of GraphQL over HTTP, the same over WebSocket.

use std::collections::HashMap;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use sonic_rs::{JsonContainerTrait as _, JsonValueTrait as _, Value};

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
    pub(crate) variables: Option<HashMap<String, Value>>,
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
        check_nesting(json)?;
        sonic_rs::from_slice(json).map_err(|_| {
            let given = sonic_rs::from_slice::<HashMap<String, Value>>(json);
            given.map_or_else(|_| RequestError::bad_request("the body must be a JSON object"), |given| what_is_wrong(&given))
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

/// Reads one of the parameters that are objects, which an address has as JSON.
pub(crate) fn read_object<T: DeserializeOwned>(name: &str, json: &str) -> Result<Option<T>, RequestError> {
    check_nesting(json.as_bytes())?;
    sonic_rs::from_str(json).map_err(|_| {
        let given = sonic_rs::from_str(json).map(|value| HashMap::from([(name.to_owned(), value)]));
        given.map_or_else(|_| RequestError::wrong_parameter(name, "a JSON object"), |given| what_is_wrong(&given))
    })
}

fn check_nesting(json: &[u8]) -> Result<(), RequestError> {
    if json_deeper_than(json, MAX_JSON_NESTING) { Err(RequestError::bad_request("the request is nested too deep")) } else { Ok(()) }
}

/// Why parameters that could be read one by one could not be read together.
fn what_is_wrong(given: &HashMap<String, Value>) -> RequestError {
    let value = |name: &str| given.get(name).filter(|value| !value.is_null());
    if let Some(name) = ["query", "documentId", "operationName"].into_iter().find(|name| value(name).is_some_and(|value| !value.is_str())) {
        return RequestError::wrong_parameter(name, "a string");
    }
    if let Some(name) = ["variables", "extensions"].into_iter().find(|name| value(name).is_some_and(|value| !value.is_object())) {
        return RequestError::wrong_parameter(name, "an object");
    }
    let persisted = value("extensions").and_then(|extensions| extensions.as_object()?.get(&"persistedQuery"));
    if persisted.is_some_and(|persisted| !persisted.is_null() && sonic_rs::from_value::<PersistedQuery>(persisted).is_err()) {
        return RequestError::wrong_parameter("extensions.persistedQuery", "an object with `version` (a whole number) and `sha256Hash` (a string)");
    }
    RequestError::bad_request("each parameter of the request may come once: query, documentId, operationName, variables, extensions")
}
