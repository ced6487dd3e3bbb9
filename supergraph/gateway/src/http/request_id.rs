//! Stage: every request has an id. The service chassis gives one; where the gateway runs without it, this does.

use axum::extract::Request;
use axum::http::HeaderValue;
use platform::chassis;
use platform::graphql::RequestId;

use crate::gateway::Gateway;

/// Gives `request` an id unless it has one; given, it is to be told by the answer.
pub(super) fn give(gateway: &Gateway, request: &mut Request) -> Option<HeaderValue> {
    if request.extensions().get::<RequestId>().is_some() {
        return None;
    }
    let id = chassis::request_id(request.headers(), &gateway.inner.ids);
    let told = chassis::request_id_value(&id);
    request.extensions_mut().insert(id);
    told
}
