//! The messages and close codes of graphql-transport-ws.

use serde::Deserialize;
use serde_json::json;
use sonic_rs::LazyValue;

use crate::lifetime::End;
use crate::options::MAX_JSON_NESTING;
use crate::pipeline::{OperationRequest, RequestError, json_deeper_than};

/// Why a connection is closed. The codes from 4400 are the protocol's; clients take 1001, 1013, 4403 and 4408 for a reason to
/// connect again, with fresh parameters, and the others for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Close {
    pub(super) code: u16,
    pub(super) reason: &'static str,
}

impl Close {
    pub(super) const fn of(end: End) -> Self {
        match end {
            End::Expired => Self::EXPIRED,
            End::Session => Self::ENDED,
            End::Key => Self::KEY_ENDED,
        }
    }

    pub(super) const GOING_AWAY: Self = Self { code: 1001, reason: "the service is stopping, connect again" };
    pub(super) const TOO_SLOW: Self = Self { code: 1008, reason: "you read too slowly" };
    pub(super) const SILENT: Self = Self { code: 1001, reason: "you have been silent too long" };
    pub(super) const INVALID_MESSAGE: Self = Self { code: 4400, reason: "not a message of graphql-transport-ws" };
    pub(super) const UNAVAILABLE: Self = Self { code: 1013, reason: "this is not available right now, try again later" };
    pub(super) const FORBIDDEN: Self = Self { code: 4403, reason: "the API key may not be used here" };
    /// Clients wait a while before they come again.
    pub(super) const TOO_MANY_ATTEMPTS: Self = Self { code: 1013, reason: "too many wrong credentials, try again later" };
    pub(super) const NOT_INITIALISED: Self = Self { code: 4401, reason: "send connection_init first" };
    pub(super) const ENDED: Self = Self { code: 4401, reason: "the session has ended" };
    pub(super) const UNAUTHENTICATED: Self = Self { code: 4403, reason: "the access token or API key is not valid" };
    pub(super) const EXPIRED: Self = Self { code: 4403, reason: "the access token or API key has expired" };
    pub(super) const KEY_ENDED: Self = Self { code: 4401, reason: "the API key opens no more" };
    pub(super) const WRONG_PROTOCOL: Self = Self { code: 4406, reason: "only graphql-transport-ws is spoken here" };
    pub(super) const INIT_TIMEOUT: Self = Self { code: 4408, reason: "connection_init did not come in time" };
    pub(super) const DUPLICATE: Self = Self { code: 4409, reason: "an operation with this id is running" };
    pub(super) const TOO_MANY_INITS: Self = Self { code: 4429, reason: "connection_init came twice" };
    pub(super) const INTERNAL: Self = Self { code: 4500, reason: "something went wrong on our side" };
    /// Clients wait a while before they come again (RFC 6455, IANA registry).
    pub(super) const TOO_MANY: Self = Self { code: 1013, reason: "you have too many live connections" };
}

/// A message of a client.
pub(super) enum Incoming {
    Init(InitPayload),
    Ping { payload: Option<String> },
    Pong,
    Subscribe { id: String, request: OperationRequest },
    Complete { id: String },
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: Option<String>,
    #[serde(borrow, default)]
    payload: Option<LazyValue<'a>>,
}

/// What a client that can set no headers says of itself, as the headers would.
#[derive(Default, Deserialize)]
pub(super) struct InitPayload {
    #[serde(default, alias = "Authorization")]
    pub(super) authorization: Option<String>,
    #[serde(default, rename = "graphql-client-name", alias = "apollographql-client-name")]
    pub(super) client_name: Option<String>,
    #[serde(default, rename = "graphql-client-version", alias = "apollographql-client-version")]
    pub(super) client_version: Option<String>,
}

impl Incoming {
    /// Reads a text message; `None` is for the close code 4400.
    pub(super) fn read(text: &str) -> Option<Self> {
        // The payload is one level down.
        if json_deeper_than(text.as_bytes(), MAX_JSON_NESTING + 1) {
            return None;
        }
        let raw: Raw<'_> = sonic_rs::from_str(text).ok()?;
        let payload = raw.payload.as_ref().map(LazyValue::as_raw_str).filter(|json| *json != "null");
        let id = raw.id.filter(|id| !id.is_empty());
        Some(match raw.kind.as_str() {
            "connection_init" => Self::Init(payload.map_or_else(|| Some(InitPayload::default()), |json| sonic_rs::from_str(json).ok())?),
            "ping" => Self::Ping { payload: payload.map(ToOwned::to_owned) },
            "pong" => Self::Pong,
            "subscribe" => {
                let request = OperationRequest::from_json(payload?.as_bytes()).ok()?;
                if !request.means_something() {
                    return None;
                }
                Self::Subscribe { id: id?, request }
            }
            "complete" => Self::Complete { id: id? },
            _ => return None,
        })
    }
}

pub(super) fn ack() -> String {
    r#"{"type":"connection_ack"}"#.to_owned()
}

pub(super) fn pong(payload: Option<&str>) -> String {
    match payload {
        Some(payload) => format!(r#"{{"type":"pong","payload":{payload}}}"#),
        None => r#"{"type":"pong"}"#.to_owned(),
    }
}

/// An answer; `body` is the JSON of a GraphQL response.
pub(super) fn next(id: &str, body: &[u8]) -> String {
    format!(r#"{{"id":{},"type":"next","payload":{}}}"#, json!(id), String::from_utf8_lossy(body))
}

pub(super) fn error(id: &str, error: &RequestError) -> String {
    format!(r#"{{"id":{},"type":"error","payload":{}}}"#, json!(id), error.list())
}

pub(super) fn complete(id: &str) -> String {
    format!(r#"{{"id":{},"type":"complete"}}"#, json!(id))
}
