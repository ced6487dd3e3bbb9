//! Which pages may call from a browser: configuration. No cookie or other ambient credential is ever used, so any origin may
//! be allowed without giving a page more than its user typed into it.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{ETAG, ORIGIN, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Method};
use axum::response::Response;
use tower::{Layer as _, ServiceExt as _, service_fn};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use super::REQUEST_ID;
use super::rate::{RATE_LIMIT, RATE_LIMIT_POLICY};

const PREFLIGHT_KEPT: Duration = Duration::from_secs(3600);
/// What caches are told of answers to nobody's page, as the layer tells them of the others.
const DEPENDS_ON: HeaderValue = HeaderValue::from_static("origin, access-control-request-method, access-control-request-headers");

/// Whether pages of `origin` may call.
pub(super) fn allows(allowed_origins: &[String], origin: &HeaderValue) -> bool {
    allowed_origins.iter().any(|allowed| allowed == "*" || allowed.as_bytes() == origin.as_bytes())
}

/// The Fetch standard's CORS protocol.
pub(super) struct Cors {
    layer: CorsLayer,
}

impl Cors {
    pub(super) fn new(allowed_origins: &[String]) -> Self {
        Self { layer: layer(allowed_origins) }
    }

    /// What `answer` makes of `request`, with what a browser asks for before it shows the answer to a page; or the answer to the
    /// question that a browser asks before.
    pub(super) async fn share<F: Future<Output = Response>>(&self, request: Request, answer: impl Fn(Request) -> F) -> Response {
        if request.headers().contains_key(ORIGIN) || request.method() == Method::OPTIONS {
            let inner = service_fn(|request| {
                let answer = answer(request);
                async { Ok::<_, Infallible>(answer.await) }
            });
            // Boxed, as all that only some requests need: it would take its room in each.
            let Ok(response) = Box::pin(self.layer.layer(inner).oneshot(request)).await;
            return response;
        }
        let mut response = answer(request).await;
        response.headers_mut().append(VARY, DEPENDS_ON);
        response
    }
}

fn layer(allowed_origins: &[String]) -> CorsLayer {
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
