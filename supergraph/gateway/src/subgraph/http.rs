//! Subgraphs in other processes: pooled HTTP, the viewer as a signed token.

use std::collections::HashMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use hive_router::executor::executors::common::SubgraphExecutionRequest;
use kernel::Viewer;
use platform::chassis::{ORIGIN_ADDRESS, ORIGIN_AGENT};
use platform::telemetry;
use platform::viewer_token::{HEADER, ViewerTokenError};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Response, StatusCode};
use serde::Serialize;
use sonic_rs::{LazyValue, Value};
use url::Url;

use super::Failure;
use crate::http::REQUEST_ID;
use crate::options::{MAX_ANSWER_NESTING, Peers};
use crate::pipeline::{Scope, json_deeper_than};

const CONNECT: Duration = Duration::from_secs(3);
/// A peer that vanished without a word is noticed after this and [`CONNECT`].
const KEEP_ALIVE: Duration = Duration::from_secs(10);

/// What a proxy or a busy subgraph says instead of an answer.
const CANNOT_NOW: [StatusCode; 4] = [StatusCode::TOO_MANY_REQUESTS, StatusCode::BAD_GATEWAY, StatusCode::SERVICE_UNAVAILABLE, StatusCode::GATEWAY_TIMEOUT];

/// The client of all subgraphs.
pub(super) fn client(peers: &Peers) -> Result<Client, reqwest::Error> {
    // Two providers are linked by way of dependencies; rustls panics unless one is chosen. Whoever chose before us, stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // A subgraph's address is configuration: a redirect or a proxy from the environment would send viewer tokens elsewhere.
    let client = Client::builder()
        .connect_timeout(CONNECT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .tcp_nodelay(true)
        .http2_keep_alive_interval(KEEP_ALIVE)
        .http2_keep_alive_timeout(CONNECT);
    match peers {
        // Our services all speak HTTP/2, and one connection then carries any number of fetches.
        Peers::Polyphony(_) => client.http2_prior_knowledge().build(),
        Peers::Foreign { .. } => client.build(),
    }
}

/// A subgraph behind HTTP.
pub(super) struct HttpSubgraph {
    client: Client,
    url: Url,
    pub(super) ws_url: Url,
    peers: Peers,
}

/// The body of a fetch.
#[derive(Serialize)]
pub(super) struct Body<'a> {
    query: &'a str,
    #[serde(skip_serializing_if = "HashMap::is_empty")]
    variables: HashMap<&'a str, Variable<'a>>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Variable<'a> {
    Value(&'a Value),
    Json(LazyValue<'a>),
}

impl<'a> Body<'a> {
    /// The body of `fetch`, as JSON.
    pub(super) fn json(fetch: &'a SubgraphExecutionRequest<'_>) -> Result<String, sonic_rs::Error> {
        let mut variables: HashMap<&str, Variable<'_>> = HashMap::new();
        for (name, value) in fetch.variables.iter().flatten() {
            variables.insert(name, Variable::Value(value));
        }
        for (name, json) in fetch.raw_variable_values.iter().flatten() {
            variables.insert(name, Variable::Json(sonic_rs::from_slice(json)?));
        }
        sonic_rs::to_string(&Body { query: fetch.query, variables })
    }
}

impl HttpSubgraph {
    pub(super) const fn new(client: Client, url: Url, ws_url: Url, peers: Peers) -> Self {
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
        let mut headers = HeaderMap::clone(&scope.forwarded);
        headers.extend(telemetry::current_headers());
        if let Ok(id) = HeaderValue::from_str(&scope.request_id.0) {
            headers.insert(REQUEST_ID, id);
        }
        if let Peers::Polyphony(_) = &self.peers {
            let told =
                [(ORIGIN_ADDRESS, scope.origin.address.map(|address| address.to_string())), (ORIGIN_AGENT, scope.origin.user_agent.as_deref().map(Into::into))];
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
        let body = Body::json(fetch).map_err(|error| self.fault(&error))?;
        let token = self.token(&scope.viewer).map_err(|error| self.fault(&error))?;
        let mut request = self
            .client
            .post(self.url.clone())
            .headers(self.headers(scope))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(body);
        if let Some(token) = token {
            request = request.header(HEADER, token);
        }
        let response = request.send().await.map_err(|error| self.lost(&error))?;
        let status = response.status();
        if CANNOT_NOW.contains(&status) {
            tracing::warn!(url = %self.url, %status, "a subgraph cannot answer now");
            return Err(Failure::Unreachable);
        }
        let bytes = self.read(response, max_bytes).await?;
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

    /// The whole body, unless it is too large: then no more of it is read.
    async fn read(&self, mut response: Response, max_bytes: usize) -> Result<Bytes, Failure> {
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        let mut whole = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.lost(&error))? {
            if announced.max(whole.len() + chunk.len()) > max_bytes {
                tracing::error!(url = %self.url, max_bytes, "the answer of a subgraph is too large");
                return Err(Failure::TooLarge);
            }
            // The usual small answer is in one piece, which need not be copied.
            if announced > 0 && chunk.len() == announced {
                return Ok(chunk);
            }
            whole.reserve(announced.saturating_sub(whole.len()).max(chunk.len()));
            whole.extend_from_slice(&chunk);
        }
        Ok(whole.freeze())
    }

    /// Whether it answers at all.
    pub(super) async fn answers(&self) -> bool {
        let Ok(token) = self.token(&Viewer::Anonymous) else { return false };
        let mut request = self.client.post(self.url.clone()).header(CONTENT_TYPE, "application/json").body(r#"{"query":"{__typename}"}"#);
        if let Some(token) = token {
            request = request.header(HEADER, token);
        }
        request.send().await.is_ok_and(|response| response.status().is_success())
    }

    fn lost(&self, error: &reqwest::Error) -> Failure {
        tracing::warn!(url = %self.url, %error, "a subgraph does not answer");
        Failure::Unreachable
    }

    fn fault(&self, error: &dyn std::error::Error) -> Failure {
        tracing::error!(url = %self.url, %error, "a fetch cannot be made");
        Failure::Internal
    }
}
