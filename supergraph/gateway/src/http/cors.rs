//! Which pages may call from a browser: configuration. No cookie or other ambient credential is ever used, so any origin may
//! be allowed without giving a page more than its user typed into it.

use std::time::Duration;

use axum::http::header::{ETAG, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::rate::{RATE_LIMIT, RATE_LIMIT_POLICY};

const PREFLIGHT_KEPT: Duration = Duration::from_secs(3600);

/// Whether pages of `origin` may call.
pub(super) fn allows(allowed_origins: &[String], origin: &HeaderValue) -> bool {
    allowed_origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
}

pub(super) fn layer(allowed_origins: &[String]) -> CorsLayer {
    let origins = if allowed_origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        // Any header may be sent: what a header may do is decided where it is read. `*` would leave out Authorization.
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([ETAG, REQUEST_ID, WWW_AUTHENTICATE, RATE_LIMIT, RATE_LIMIT_POLICY, RETRY_AFTER])
        .max_age(PREFLIGHT_KEPT)
}
