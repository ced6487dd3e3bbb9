//! `GET /media/…`: playlists, segments, keys and downloads, streamed from the blob store, to players of any page that holds the
//! address.
//!
//! A problem is answered in JSON (RFC 9457): 403 for an address this service never gave, 410 for one that has ended, 404 for a
//! track that was withdrawn and for files that no ladder has.

mod attachment;
mod byte_range;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use headers::{HeaderMapExt as _, IfNoneMatch, IfRange};
use kernel::ErrorKind;
use object_store::path::Path as BlobPath;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use platform::problem::Problem;
use tower_http::cors::{Any, CorsLayer};

use crate::application::UseCases;
use crate::application::open_media::{OpenMediaError, OpenedMedia};
use crate::domain::media_file::MediaFile;
use byte_range::Wanted;

#[derive(Clone)]
struct Media {
    use_cases: Arc<UseCases>,
    blobs: Arc<dyn ObjectStore>,
}

/// The routes of media addresses.
pub(crate) fn router(use_cases: Arc<UseCases>, blobs: Arc<dyn ObjectStore>) -> Router {
    // The token in the address is the right; a page of any origin that has it may play it.
    let cors = CorsLayer::new().allow_origin(Any).allow_methods([Method::GET, Method::HEAD]).allow_headers([RANGE, IF_NONE_MATCH, IF_RANGE]).expose_headers([
        CONTENT_DISPOSITION,
        CONTENT_LENGTH,
        CONTENT_RANGE,
        ACCEPT_RANGES,
        ETAG,
    ]);
    Router::new()
        .route("/media/{token}/{file}", get(of_ladder))
        .route("/media/{token}/downloads/{file}", get(download))
        .route("/media/{token}/{rendition}/{file}", get(of_rendition))
        .layer(cors)
        .with_state(Media { use_cases, blobs })
}

async fn of_ladder(State(media): State<Media>, Path((token, file)): Path<(String, String)>, method: Method, headers: HeaderMap) -> Response {
    media.answer(&token, MediaFile::of_ladder(&file), &method, &headers).await
}

async fn download(State(media): State<Media>, Path((token, file)): Path<(String, String)>, method: Method, headers: HeaderMap) -> Response {
    media.answer(&token, Some(MediaFile::Download(file)), &method, &headers).await
}

async fn of_rendition(
    State(media): State<Media>,
    Path((token, rendition, file)): Path<(String, String, String)>,
    method: Method,
    headers: HeaderMap,
) -> Response {
    media.answer(&token, MediaFile::of_rendition(&rendition, &file), &method, &headers).await
}

impl Media {
    /// `file` is none when the address names what no ladder has.
    async fn answer(&self, token: &str, file: Option<MediaFile>, method: &Method, headers: &HeaderMap) -> Response {
        let Some(file) = file else { return refusal(&OpenMediaError::NoSuchFile).into_response() };
        let opened = match self.use_cases.open_media.run(token, &file).await {
            Ok(opened) => opened,
            Err(error) => return refusal(&error).into_response(),
        };
        match self.send(&opened, &file, method, headers).await {
            Ok(response) => response,
            Err(object_store::Error::NotFound { .. }) => refusal(&OpenMediaError::NoSuchFile).into_response(),
            Err(error) => {
                tracing::error!(blob = opened.blob, error = &error as &dyn std::error::Error, "a media file cannot be read");
                unavailable().into_response()
            }
        }
    }

    async fn send(&self, opened: &OpenedMedia, file: &MediaFile, method: &Method, headers: &HeaderMap) -> Result<Response, object_store::Error> {
        let blob = &BlobPath::from(opened.blob.as_str());
        let meta = self.blobs.head(blob).await?;
        let tag = entity_tag(&meta);
        let mut response = Response::new(Body::empty());
        describe(&mut response, file, tag.as_ref());
        if let Some(download) = &opened.download {
            set(&mut response, CONTENT_TYPE, &download.media_type);
            set(&mut response, CONTENT_DISPOSITION, &attachment::disposition(&download.file_name));
        }
        // RFC 9110 §13.2.2: If-None-Match before Range, If-Range with Range.
        if let (Some(condition), Some(tag)) = (headers.typed_get::<IfNoneMatch>(), &tag)
            && !condition.precondition_passes(tag)
        {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return Ok(response);
        }
        let wanted = match wanted(method, headers, tag.as_ref(), meta.size) {
            Wanted::Whole => None,
            Wanted::Part(span) => Some(span),
            Wanted::Nothing => return Ok(unsatisfiable(meta.size)),
        };
        let span = wanted.clone().unwrap_or(0..meta.size);
        set(&mut response, CONTENT_LENGTH, &(span.end - span.start).to_string());
        if let Some(span) = &wanted {
            *response.status_mut() = StatusCode::PARTIAL_CONTENT;
            set(&mut response, CONTENT_RANGE, &format!("bytes {}-{}/{}", span.start, span.end - 1, meta.size));
        }
        if method != Method::HEAD {
            let options = GetOptions { range: wanted.map(GetRange::Bounded), ..GetOptions::default() };
            *response.body_mut() = Body::from_stream(self.blobs.get_opts(blob, options).await?.into_stream());
        }
        Ok(response)
    }
}

/// Range handling is defined for GET alone (RFC 9110 §14.2).
fn wanted(method: &Method, headers: &HeaderMap, tag: Option<&headers::ETag>, size: u64) -> Wanted {
    match headers.get(RANGE).and_then(|range| range.to_str().ok()) {
        Some(range) if method == Method::GET && still_has(headers, tag) => Wanted::parse(range, size),
        _ => Wanted::Whole,
    }
}

/// Whether the part that the client has already is one of this very file; a condition that cannot be understood is not met.
fn still_has(headers: &HeaderMap, tag: Option<&headers::ETag>) -> bool {
    !headers.contains_key(IF_RANGE) || headers.typed_get::<IfRange>().is_some_and(|condition| !condition.is_modified(tag, None))
}

fn entity_tag(meta: &ObjectMeta) -> Option<headers::ETag> {
    let tag = meta.e_tag.as_deref()?;
    let quoted = if tag.starts_with('"') || tag.starts_with("W/") { tag.to_owned() } else { format!("\"{tag}\"") };
    quoted.parse().ok()
}

fn describe(response: &mut Response, file: &MediaFile, tag: Option<&headers::ETag>) {
    let headers = response.headers_mut();
    if let Some(media_type) = file.media_type() {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static(file.cache_control()));
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Some(tag) = tag {
        headers.typed_insert(tag.clone());
    }
}

fn set(response: &mut Response, name: axum::http::HeaderName, value: &str) {
    // Digits, punctuation and what a ladder's maker wrote; what is no header value is left out.
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
}

fn unsatisfiable(size: u64) -> Response {
    let mut response = Problem::new(StatusCode::RANGE_NOT_SATISFIABLE, ErrorKind::BadUserInput, "the file has no such bytes").into_response();
    set(&mut response, CONTENT_RANGE, &format!("bytes */{size}"));
    response
}

fn refusal(error: &OpenMediaError) -> Problem {
    let (status, kind) = match error {
        OpenMediaError::Altered => (StatusCode::FORBIDDEN, ErrorKind::Forbidden),
        OpenMediaError::Ended => (StatusCode::GONE, ErrorKind::NotFound),
        OpenMediaError::Withdrawn | OpenMediaError::NoSuchFile => (StatusCode::NOT_FOUND, ErrorKind::NotFound),
        OpenMediaError::Port(cause) => {
            tracing::error!(error = cause as &dyn std::error::Error, "a media address cannot be checked");
            return unavailable();
        }
    };
    Problem::new(status, kind, error.to_string())
}

fn unavailable() -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, "this is not available right now, try again later")
}
