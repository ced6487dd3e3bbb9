//! Stage: could a page of another origin have sent this without the browser asking us first? As Apollo's CSRF prevention: what a
//! browser sends unasked ("simple" requests of the Fetch standard) is refused unless it carries a header that would have made the
//! browser ask. POST as JSON always makes it ask, so this is about GET and about forms.
//!
//! Two kinds of GET need no such header, because no foreign page can send them: those of the endpoint's own pages and of an address
//! typed in, which browsers mark by `Sec-Fetch-Site`; and those of programs that are no browser, which send none of the headers that
//! every browser adds to a foreign request. Even one that passed could only read: mutations are refused by GET, and no cookie or
//! other ambient credential is ever used.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::answer;
use super::cors;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, RequestError};

/// Apollo Client sends the first with every operation that has a name; the next two are for any other client. The last is no header
/// that a page may send unasked either (Fetch standard, "CORS-safelisted request-header").
const ASKED: [HeaderName; 4] = [
    HeaderName::from_static("x-apollo-operation-name"),
    HeaderName::from_static("apollo-require-preflight"),
    HeaderName::from_static("x-graphql-require-preflight"),
    header::AUTHORIZATION,
];
/// Content types a form may have.
const SIMPLE: [&str; 3] = ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];
const SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The refusal of a request that a page must not send so.
pub(super) fn refusal(gateway: &Gateway, request: &Request) -> Option<Response> {
    let headers = request.headers();
    if headers.contains_key(header::UPGRADE) {
        // No browser asks before a WebSocket, and none keeps a page from reading one.
        let foreign =
            headers.get(header::ORIGIN).is_some_and(|origin| !is_own(headers, origin) && !cors::allows(&gateway.inner.config.allowed_origins, origin));
        return foreign.then(|| (StatusCode::FORBIDDEN, "this origin may not connect\n").into_response());
    }
    could_be_sent_unasked(request.method(), headers).then(|| {
        let message = "a browser may have sent this for a page of another origin; add the header apollo-require-preflight with any value";
        answer::refused_early(headers, &RequestError::new(Fault::CrossSite, "CSRF_ERROR", message))
    })
}

fn could_be_sent_unasked(method: &Method, headers: &HeaderMap) -> bool {
    if ASKED.iter().any(|name| headers.get(name).is_some_and(|value| !value.is_empty())) {
        return false;
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    match *method {
        Method::GET | Method::HEAD => (essence.is_empty() || SIMPLE.iter().any(|simple| essence.eq_ignore_ascii_case(simple))) && is_of_a_foreign_page(headers),
        // The other two are not read at all.
        Method::POST => essence.eq_ignore_ascii_case("multipart/form-data"),
        _ => false,
    }
}

fn is_of_a_foreign_page(headers: &HeaderMap) -> bool {
    match headers.get(SITE).map(HeaderValue::as_bytes) {
        Some(b"same-origin" | b"none") => false,
        Some(_) => true,
        // Browsers send `Sec-Fetch-Mode` only together with `Sec-Fetch-Site`; Node.js sends it alone.
        None => [header::ORIGIN, header::REFERER].iter().any(|name| headers.contains_key(name)),
    }
}

/// Whether a page of this very endpoint asks.
fn is_own(headers: &HeaderMap, origin: &HeaderValue) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_some() && host == origin
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(method: &Method, list: &[(&'static str, &'static str)]) -> bool {
        could_be_sent_unasked(method, &list.iter().map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value))).collect())
    }

    #[test]
    fn a_foreign_page_must_make_its_browser_ask() {
        for foreign in
            [("sec-fetch-site", "cross-site"), ("sec-fetch-site", "same-site"), ("origin", "https://evil.example"), ("referer", "https://evil.example/")]
        {
            assert!(refused(&Method::GET, &[foreign]), "{foreign:?}");
            assert!(refused(&Method::GET, &[foreign, ("content-type", "Text/Plain; charset=utf-8")]), "{foreign:?}");
            assert!(!refused(&Method::GET, &[foreign, ("content-type", "application/json")]), "{foreign:?}");
            assert!(!refused(&Method::GET, &[foreign, ("apollo-require-preflight", "1")]), "{foreign:?}");
            assert!(!refused(&Method::GET, &[foreign, ("x-apollo-operation-name", "Me")]), "{foreign:?}");
            assert!(refused(&Method::GET, &[foreign, ("x-apollo-operation-name", "")]), "{foreign:?}");
        }
        assert!(refused(&Method::POST, &[("content-type", "multipart/form-data; boundary=x")]));
        assert!(!refused(&Method::POST, &[("content-type", "multipart/form-data; boundary=x"), ("apollo-require-preflight", "1")]));
    }

    #[test]
    fn own_pages_and_programs_need_no_header() {
        assert!(!refused(&Method::GET, &[]));
        assert!(!refused(&Method::GET, &[("sec-fetch-mode", "cors")]));
        assert!(!refused(&Method::GET, &[("origin", "https://app.example"), ("authorization", "Bearer x")]));
        assert!(!refused(&Method::GET, &[("sec-fetch-site", "same-origin"), ("origin", "https://own.example")]));
        assert!(!refused(&Method::GET, &[("sec-fetch-site", "none"), ("sec-fetch-mode", "navigate")]));
        assert!(!refused(&Method::POST, &[("content-type", "application/json"), ("sec-fetch-site", "cross-site")]));
        assert!(!refused(&Method::OPTIONS, &[("origin", "https://evil.example")]));
    }
}
