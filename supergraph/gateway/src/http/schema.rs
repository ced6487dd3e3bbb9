//! `GET /schema.graphql`: the API schema for tools that generate code or check operations. Configuration says for whom.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, VARY};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use platform::config::Audience;

use super::accept::Media;
use super::{answer, caching};
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{Fault, RequestError, refuse_unless};

/// Whoever keeps it asks each time whether it has changed: what one may read depends on who asks.
const KEEPING: &str = "private, no-cache";

pub(super) async fn get(gateway: &Gateway, entrance: &Entrance, headers: &HeaderMap) -> Response {
    match read(gateway, entrance, headers).await {
        Ok(response) => response,
        Err(error) => answer::refused(Media::Json, &error),
    }
}

async fn read(gateway: &Gateway, entrance: &Entrance, headers: &HeaderMap) -> Result<Response, RequestError> {
    let viewer = entrance.scope(gateway, headers).await?.viewer;
    let audience = gateway.inner.config.schema.download.unwrap_or(Audience::Nobody);
    let fault = if viewer == kernel::Viewer::Anonymous && audience != Audience::Nobody { Fault::Unauthenticated } else { Fault::Forbidden };
    refuse_unless(audience, &viewer, fault)?;

    let pipeline = gateway.pipeline(&viewer);
    let schema = pipeline.schema();
    let common = [(CACHE_CONTROL, KEEPING.parse()), (VARY, "authorization, x-api-key, accept-encoding".parse()), (ETAG, Ok(schema.etag.clone()))];
    let common: HeaderMap = common.into_iter().filter_map(|(name, value)| Some((name, value.ok()?))).collect();
    // Weakly, because proxies that compress make the tag weak.
    if caching::has(headers, &schema.etag) {
        return Ok((StatusCode::NOT_MODIFIED, common).into_response());
    }
    Ok((common, [(CONTENT_TYPE, "text/plain; charset=utf-8")], schema.sdl.clone()).into_response())
}
