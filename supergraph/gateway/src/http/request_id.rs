//! Stage: every request has an id. The service chassis gives one; where the gateway runs without it, this does.

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use platform::graphql::RequestId;

use super::REQUEST_ID;
use crate::gateway::Gateway;

const MAX_LENGTH: usize = 64;

pub(super) async fn take(State(gateway): State<Gateway>, mut request: Request, next: Next) -> Response {
    if request.extensions().get::<RequestId>().is_some() {
        return next.run(request).await;
    }
    let sent = request.headers().get(REQUEST_ID).and_then(|value| value.to_str().ok()).filter(|id| is_sound(id)).map(ToOwned::to_owned);
    let id = sent.unwrap_or_else(|| gateway.inner.ids.uuid().simple().to_string());
    request.extensions_mut().insert(RequestId(id.clone()));
    let mut response = next.run(request).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

/// Nothing that could break a log line or a header.
fn is_sound(id: &str) -> bool {
    (1..=MAX_LENGTH).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
