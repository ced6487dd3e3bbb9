//! Stage: every request has an id. The service chassis gives one; where the gateway runs without it, this does.

use axum::extract::Request;
use axum::http::HeaderValue;
use platform::graphql::RequestId;

use super::REQUEST_ID;
use crate::gateway::Gateway;

const MAX_LENGTH: usize = 64;

/// Gives `request` an id unless it has one; given, it is to be told by the answer.
pub(super) fn give(gateway: &Gateway, request: &mut Request) -> Option<HeaderValue> {
    if request.extensions().get::<RequestId>().is_some() {
        return None;
    }
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sound(id)).map(ToOwned::to_owned);
    let id = sent.unwrap_or_else(|| gateway.inner.ids.uuid().simple().to_string());
    let told = HeaderValue::from_str(&id).ok();
    request.extensions_mut().insert(RequestId(id.into()));
    told
}

/// Nothing that could break a log line or a header.
fn is_sound(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
