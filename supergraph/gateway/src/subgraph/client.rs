//! The connections to subgraphs in other processes: one pool for all of them, without proxies and redirects. A subgraph's address is
//! configuration, and either would send viewer tokens elsewhere.
//!
//! hyper's client and not reqwest's, which parses the address twice for every request and has layers for what is switched off here:
//! a fifth of what a small fetch cost.

use std::error::Error as _;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::client::legacy::{Client as HyperClient, Error};
use hyper_util::rt::{TokioExecutor, TokioTimer};

use crate::options::Peers;

const CONNECT: Duration = Duration::from_secs(3);
/// A peer that vanished without a word is noticed after this and [`CONNECT`].
const KEEP_ALIVE: Duration = Duration::from_secs(10);
/// How often a request is sent again that its peer says it has not begun.
const UNBEGUN_RETRIES: u32 = 2;

/// Sends requests to subgraphs.
#[derive(Clone)]
pub(super) struct Client(HyperClient<HttpsConnector<HttpConnector>, Full<Bytes>>);

/// The answer cannot be had.
#[derive(Debug, thiserror::Error)]
pub(super) enum ClientError {
    /// No answer began.
    #[error("no answer began: {}", causes(.0))]
    Lost(#[from] Error),
    /// It broke off.
    #[error("the answer broke off: {0}")]
    BrokeOff(#[source] hyper::Error),
    /// It has more bytes than it may.
    #[error("the answer is too large")]
    TooLarge,
}

impl Client {
    /// HTTP/2 alone to services of ours, one connection for any number of fetches; else what the peer speaks.
    pub(super) fn new(peers: &Peers) -> Self {
        // Two providers are linked by way of dependencies; rustls panics unless one is chosen. Whoever chose before us, stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT));
        let connector = HttpsConnectorBuilder::new().with_webpki_roots().https_or_http();
        let mut builder = HyperClient::builder(TokioExecutor::new());
        builder.timer(TokioTimer::new()).pool_timer(TokioTimer::new()).http2_keep_alive_interval(KEEP_ALIVE).http2_keep_alive_timeout(CONNECT);
        Self(match peers {
            Peers::Polyphony(_) => builder.http2_only(true).build(connector.enable_http2().wrap_connector(tcp)),
            Peers::Foreign { .. } => builder.build(connector.enable_all_versions().wrap_connector(tcp)),
        })
    }

    /// Sends what `request` makes, anew for each attempt, and reads its whole answer of at most `max_bytes`; more than that is not read.
    pub(super) async fn send(&self, request: impl Fn() -> Request<Full<Bytes>>, max_bytes: usize) -> Result<Response<Bytes>, ClientError> {
        let mut retries = UNBEGUN_RETRIES;
        let response = loop {
            match self.0.request(request()).await {
                Err(error) if retries > 0 && is_unbegun(&error) => retries -= 1,
                outcome => break outcome?,
            }
        };
        let (head, mut body) = response.into_parts();
        let announced = head.headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok()).unwrap_or(0);
        let mut whole = BytesMut::new();
        while let Some(frame) = body.frame().await {
            let Ok(chunk) = frame.map_err(ClientError::BrokeOff)?.into_data() else { continue };
            if announced.max(whole.len() + chunk.len()) > max_bytes {
                return Err(ClientError::TooLarge);
            }
            // The usual small answer is in one piece, which need not be copied.
            if announced > 0 && chunk.len() == announced {
                return Ok(Response::from_parts(head, chunk));
            }
            whole.reserve(announced.saturating_sub(whole.len()).max(chunk.len()));
            whole.extend_from_slice(&chunk);
        }
        Ok(Response::from_parts(head, whole.freeze()))
    }
}

/// Whether the peer says that it has not begun with the request (RFC 9113 §8.7): it closes the connection in order, or refuses the stream.
/// Even a mutation may then be sent again.
fn is_unbegun(error: &Error) -> bool {
    let causes = std::iter::successors(error.source(), |error| (**error).source());
    causes.filter_map(|cause| cause.downcast_ref::<h2::Error>()).any(|error| {
        error.is_remote()
            && (error.is_go_away() && error.reason() == Some(h2::Reason::NO_ERROR) || error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM))
    })
}

fn causes(error: &Error) -> String {
    std::iter::successors(Some(error as &dyn std::error::Error), |error| (**error).source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
