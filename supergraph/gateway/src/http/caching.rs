//! Stage: what caches on the way and in the client are told of an answer (RFC 9111), and whether the client has it already.

use axum::http::header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Viewer;
use sha2::{Digest as _, Sha256};

use crate::pipeline::{CacheControl, Executed};

/// What an answer depends on besides the address: who asks and in which form. Contracts of partners differ by their key. Caches take
/// over what a 304 tells (RFC 9111 §3.2), so it says of the encoding what the whole answer says.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("authorization, x-api-key, accept, accept-encoding");
/// Bytes of a SHA-256 that tell answers of one address apart.
const TAG_BYTES: usize = 16;

/// The headers of an answer that may be kept; none for one that may not, which is then `no-store` like everything else.
pub(super) struct Told(Option<(HeaderValue, Option<HeaderValue>)>);

/// What is told of `executed`. A signed-in viewer may see more than others, so theirs is never for shared caches; only what
/// came by GET can be asked for again with an entity tag.
pub(super) fn told(executed: &Executed, viewer: &Viewer, by_get: bool) -> Told {
    Told(executed.cache.as_deref().map(|CacheControl { public, private }| {
        let control = if matches!(viewer, Viewer::Anonymous) { public } else { private };
        // It is visible ASCII.
        (control.clone(), by_get.then(|| tag(&executed.body).try_into().ok()).flatten())
    }))
}

impl Told {
    /// `whole`, or 304 when the client has it already.
    pub(super) fn answer(self, asked: &HeaderMap, whole: impl FnOnce() -> Response) -> Response {
        let Some((control, tag)) = self.0 else { return whole() };
        let known = tag.as_ref().is_some_and(|tag| has(asked, tag));
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { whole() };
        let headers = response.headers_mut();
        headers.insert(CACHE_CONTROL, control);
        headers.append(VARY, DEPENDS_ON);
        if let Some(tag) = tag {
            headers.insert(ETAG, tag);
        }
        response
    }
}

/// A weak tag: the same answer may be compressed on its way.
fn tag(body: &[u8]) -> String {
    let hash = Sha256::digest(body);
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&hash[..TAG_BYTES]))
}

/// Whether `If-None-Match` names `tag`, compared weakly (RFC 9110 §13.1.2).
pub(super) fn has(asked: &HeaderMap, tag: &HeaderValue) -> bool {
    let opaque = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
    let Ok(tag) = tag.to_str().map(opaque) else { return false };
    let values = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    values.flat_map(|value| value.split(',')).map(str::trim).any(|known| known == "*" || opaque(known) == tag)
}
