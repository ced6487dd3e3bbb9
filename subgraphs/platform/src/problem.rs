//! A refusal over plain HTTP, beside GraphQL: problem details (RFC 9457) with the codes that GraphQL answers have too.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::ErrorKind;
use serde::Serialize;

/// A refusal: `title`, `status`, `detail`, `code` and, where one is wrong, the `field`. Nobody keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// What the client can do about it.
    pub kind: ErrorKind,
    /// A sentence for the person who asked; no internals.
    pub detail: String,
    /// What of the request is wrong, as the schema names it.
    pub field: Option<&'static str>,
}

#[derive(Serialize)]
struct Document<'p> {
    title: &'static str,
    status: u16,
    detail: &'p str,
    code: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
}

impl Problem {
    /// A refusal that blames no field.
    pub fn new(status: StatusCode, kind: ErrorKind, detail: impl Into<String>) -> Self {
        Self { status, kind, detail: detail.into(), field: None }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let title = self.status.canonical_reason().unwrap_or_default();
        let document = Document { title, status: self.status.as_u16(), detail: &self.detail, code: self.kind.code(), field: self.field };
        let mut response = (self.status, Json(document)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        response
    }
}
