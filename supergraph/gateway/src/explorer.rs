//! The explorer page: GraphiQL with a sign-in form, bundled in `explorer/` and served from memory, so that it works offline.

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

const PAGE: &[u8] = include_bytes!("../explorer/index.html");
const SCRIPT: &[u8] = include_bytes!("../explorer/dist/explorer.js.gz");
const STYLE: &[u8] = include_bytes!("../explorer/dist/explorer.css.gz");
const LICENCES: &[u8] = include_bytes!("../explorer/dist/licences.txt.gz");

/// Everything from here; the editor sets styles on its elements, and its fonts and images are inlined.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; \
                      connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// `GET /`.
pub(crate) async fn page() -> Response {
    let headers = [(CONTENT_TYPE, "text/html; charset=utf-8"), (CONTENT_SECURITY_POLICY, POLICY), (CACHE_CONTROL, "no-cache")];
    (headers, PAGE).into_response()
}

/// `GET /explorer/{file}`. The files are kept compressed; every browser takes them so.
pub(crate) async fn file(Path(file): Path<String>, headers: HeaderMap) -> Response {
    let (kind, body) = match file.as_str() {
        "explorer.js" => ("text/javascript; charset=utf-8", SCRIPT),
        "explorer.css" => ("text/css; charset=utf-8", STYLE),
        "licences.txt" => ("text/plain; charset=utf-8", LICENCES),
        _ => return crate::http::not_found(headers).await,
    };
    let accepts_gzip = headers.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains("gzip"));
    if !accepts_gzip {
        return (StatusCode::NOT_ACCEPTABLE, "this file is sent with gzip only\n").into_response();
    }
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    response
}
