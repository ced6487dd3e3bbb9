//! Subgraphs in other processes: pooled HTTP, the viewer as a signed token.

use bytes::Bytes;
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri};
use http_body_util::Full;
use kernel::Viewer;
use platform::chassis::{ORIGIN_ADDRESS, ORIGIN_AGENT, request_id_value};
use platform::telemetry;
use platform::viewer_token::{HEADER, ViewerTokenError};
use url::Url;

use super::Failure;
use super::client::{Client, ClientError};
use crate::http::REQUEST_ID;
use crate::options::{MAX_ANSWER_NESTING, Peers};
use crate::pipeline::{Scope, json_deeper_than};

const VIEWER: HeaderName = HeaderName::from_static(HEADER);
const JSON: HeaderValue = HeaderValue::from_static("application/json");
/// As many as a request mostly has: a map that grows is copied each time.
const HEADERS: usize = 12;
/// The answer to the smallest query, generously.
const LONGEST_PROBE: usize = 64 * 1024;
/// What a proxy or a busy subgraph says instead of an answer.
const CANNOT_NOW: [StatusCode; 4] = [StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];

/// A subgraph behind HTTP.
pub(super) struct HttpSubgraph {
    client: Client,
    url: Uri,
    pub(super) ws_url: Url,
    peers: Peers,
}

/// The body of a fetch, as JSON. What the engine has as JSON already is passed on as it is.
pub(super) fn body(fetch: &SubgraphExecutionRequest<'_>) -> Result<Vec<u8>, sonic_rs::Error> {
    let raw_bytes: usize = fetch.raw_variable_values.iter().flatten().map(|(_, json)| json.len()).sum();
    let mut body = Vec::with_capacity(fetch.query.len() + raw_bytes + 64);
    body.extend_from_slice(br#"{"query":"#);
    sonic_rs::to_writer(&mut body, fetch.query)?;
    let mut opening: &[u8] = br#","variables":{"#;
    let mut begin = |body: &mut Vec<u8>, name: &str| {
        body.extend_from_slice(std::mem::replace(&mut opening, b","));
        sonic_rs::to_writer(&mut *body, name)?;
        body.push(b':');
        Ok::<(), sonic_rs::Error>(())
    };
    let values = fetch.variables.iter().flatten().filter(|(name, _)| fetch.raw_variable_values.iter().flatten().all(|(raw, _)| raw != *name));
    for (name, value) in values {
        begin(&mut body, name)?;
        sonic_rs::to_writer(&mut body, value)?;
    }
    for (name, json) in fetch.raw_variable_values.iter().flatten() {
        begin(&mut body, name)?;
        body.extend_from_slice(json);
    }
    body.extend_from_slice(if opening == b"," { b"}}" } else { b"}" });
    Ok(body)
}

impl HttpSubgraph {
    pub(super) const fn new(client: Client, url: Uri, ws_url: Url, peers: Peers) -> Self {
        Self { client, url, ws_url, peers }
    }

    /// Proves to the subgraph who the request is for, where it knows such proofs.
    pub(super) fn token(&self, viewer: &Viewer) -> Result<Option<String>, ViewerTokenError> {
        match &self.peers {
            Peers::Polyphony(tokens) => tokens.sign(viewer).map(Some),
            Peers::Foreign { .. } => Ok(None),
        }
    }

    /// The headers of every request for `scope`.
    pub(super) fn headers(&self, scope: &Scope) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(HEADERS + scope.forwarded.len());
        headers.extend((*scope.forwarded).clone());
        headers.extend(telemetry::current_headers());
        if let Some(id) = request_id_value(&scope.request_id) {
            headers.insert(REQUEST_ID, id);
        }
        if let Peers::Polyphony(_) = &self.peers {
            let address = scope.caller.known_address().map(|address| address.to_string());
            let told = [(ORIGIN_ADDRESS, address), (ORIGIN_AGENT, scope.user_agent.as_deref().map(Into::into))];
            for (name, text) in told {
                if let Some(Ok(value)) = text.map(|text| HeaderValue::from_str(&text)) {
                    headers.insert(name, value);
                }
            }
        }
        headers
    }

    /// Runs a fetch whose answer has at most `max_bytes`.
    pub(super) async fn execute(&self, fetch: &SubgraphExecutionRequest<'_>, scope: &Scope, max_bytes: usize) -> Result<Bytes, Failure> {
        let body = Bytes::from(body(fetch).map_err(|error| self.fault(&error))?);
        let token = self.token(&scope.viewer).map_err(|error| self.fault(&error))?;
        let token = token.map(HeaderValue::try_from).transpose().map_err(|error| self.fault(&error))?;
        let request = || {
            let mut headers = self.headers(scope);
            if let Some(token) = &token {
                headers.insert(VIEWER, token.clone());
            }
            self.request(headers, body.clone())
        };
        let response = self.client.send(request, max_bytes).await.map_err(|error| self.lost(&error, max_bytes))?;
        let (status, bytes) = (response.status(), response.into_body());
        if CANNOT_NOW.contains(&status) {
            tracing::warn!(url = %self.url, %status, "a subgraph cannot answer now");
            return Err(Failure::Unreachable);
        }
        if json_deeper_than(&bytes, MAX_ANSWER_NESTING) {
            tracing::error!(url = %self.url, "the answer of a subgraph is nested too deep");
            return Err(Failure::Internal);
        }
        // Whatever else the status says, a GraphQL response speaks for itself.
        if status.is_success() || bytes.first() == Some(&b'{') {
            return Ok(bytes);
        }
        tracing::error!(url = %self.url, %status, "a subgraph refused a fetch");
        Err(if status.is_server_error() { Failure::Unreachable } else { Failure::Internal })
    }

    fn request(&self, mut headers: HeaderMap, body: Bytes) -> Request<Full<Bytes>> {
        headers.insert(CONTENT_TYPE, JSON);
        headers.insert(ACCEPT, JSON);
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.url.clone();
        *request.headers_mut() = headers;
        request
    }

    /// Whether it answers at all.
    pub(super) async fn answers(&self) -> bool {
        let Ok(token) = self.token(&Viewer::Anonymous) else { return false };
        let token = token.and_then(|token| HeaderValue::try_from(token).ok());
        let headers = || token.iter().map(|token| (VIEWER, token.clone())).collect();
        let answer = self.client.send(|| self.request(headers(), Bytes::from_static(br#"{"query":"{__typename}"}"#)), LONGEST_PROBE).await;
        answer.is_ok_and(|response| response.status().is_success())
    }

    fn lost(&self, error: &ClientError, max_bytes: usize) -> Failure {
        if matches!(error, ClientError::TooLarge) {
            tracing::error!(url = %self.url, max_bytes, "the answer of a subgraph is too large");
            return Failure::TooLarge;
        }
        tracing::warn!(url = %self.url, %error, "a subgraph does not answer");
        Failure::Unreachable
    }

    fn fault(&self, error: &dyn std::error::Error) -> Failure {
        tracing::error!(url = %self.url, %error, "a fetch cannot be made");
        Failure::Internal
    }
}
