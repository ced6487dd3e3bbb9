//! Which pages may call from a browser: configuration. No cookie or other ambient credential is ever used, so any origin may
//! be allowed without giving a page more than its user typed into it.

use std::time::Duration;

use axum::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, Method};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::upload::REQUIRE_PREFLIGHT;
use crate::client;

const PREFLIGHT_KEPT: Duration = Duration::from_secs(3600);

pub(super) fn layer(allowed_origins: &[String]) -> CorsLayer {
    let origins = if allowed_origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(allowed_origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    CorsLayer::new()
        .allow_origin(origins)
        .allow_methods([Method::GET, Method::POST])
        .allow_headers(request_headers().collect::<Vec<_>>())
        .expose_headers([ETAG, REQUEST_ID, WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_KEPT)
}

fn request_headers() -> impl Iterator<Item = HeaderName> {
    [ACCEPT, AUTHORIZATION, CONTENT_TYPE, IF_NONE_MATCH, REQUEST_ID, REQUIRE_PREFLIGHT, client::TRACE]
        .into_iter()
        .chain(client::HEADERS.map(HeaderName::from_static))
}
