//! `PUT /uploads/{uploadId}?token=…`: takes a file. Refusals are problem details (RFC 9457) with `code` and `field`.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::StreamExt as _;
use kernel::ErrorKind;
use platform::problem::Problem;
use serde::Deserialize;

use crate::application::UseCases;
use crate::application::receive_upload::{Announcement, Bytestream, ReceiveUploadError};

/// What is read of a refused body, so that its sender gets to read the refusal.
const DRAINED_BYTES: usize = 32 * 1024 * 1024;
const DRAIN_TIME: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct Address {
    #[serde(default)]
    token: String,
}

pub(super) async fn receive(
    State(use_cases): State<Arc<UseCases>>,
    Path(upload_id): Path<String>,
    Query(address): Query<Address>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let Ok(upload_id) = upload_id.parse() else { return problem(&ReceiveUploadError::NotFound) };
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let waits_for_permission = headers.contains_key(header::EXPECT);
    let announcement = Announcement {
        upload_id,
        token: address.token,
        content_length: text(header::CONTENT_LENGTH).and_then(|length| length.parse().ok()),
        content_type: text(header::CONTENT_TYPE),
    };
    let mut bytes: Bytestream = body.into_data_stream().map(|chunk| chunk.map_err(Into::into)).boxed();
    // A task of its own: when the client goes away this handler is dropped, and the upload must still be put in order.
    let task = tokio::spawn(async move {
        let received = use_cases.receive_upload.run(&announcement, &mut bytes).await;
        // Who waits for `100 Continue` has sent nothing yet, and reading would ask for it.
        if received.is_err() && !waits_for_permission {
            let _ = tokio::time::timeout(DRAIN_TIME, drain(&mut bytes)).await;
        }
        received
    });
    match task.await {
        Ok(Ok(())) => StatusCode::NO_CONTENT.into_response(),
        Ok(Err(error)) => problem(&error),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn drain(bytes: &mut Bytestream) {
    let mut drained = 0;
    while let Some(Ok(chunk)) = bytes.next().await {
        drained += chunk.len();
        if drained > DRAINED_BYTES {
            return;
        }
    }
}

fn problem(error: &ReceiveUploadError) -> Response {
    use ReceiveUploadError as E;
    let (status, kind, field) = match error {
        E::NotFound => (StatusCode::NOT_FOUND, ErrorKind::NotFound, None),
        E::WrongToken => (StatusCode::FORBIDDEN, ErrorKind::Forbidden, None),
        E::Expired => (StatusCode::GONE, ErrorKind::NotFound, None),
        E::AlreadyReceived | E::Busy => (StatusCode::CONFLICT, ErrorKind::Conflict, None),
        E::WrongMediaType { .. } => (StatusCode::UNSUPPORTED_MEDIA_TYPE, ErrorKind::BadUserInput, Some("mediaType")),
        E::NotOfMediaType { .. } => (StatusCode::UNPROCESSABLE_ENTITY, ErrorKind::BadUserInput, Some("mediaType")),
        E::TooLong { .. } => (StatusCode::PAYLOAD_TOO_LARGE, ErrorKind::BadUserInput, Some("sizeBytes")),
        E::TooShort { .. } => (StatusCode::UNPROCESSABLE_ENTITY, ErrorKind::BadUserInput, Some("sizeBytes")),
        E::WrongHash { .. } => (StatusCode::UNPROCESSABLE_ENTITY, ErrorKind::BadUserInput, Some("sha256")),
        E::Interrupted => (StatusCode::BAD_REQUEST, ErrorKind::BadUserInput, None),
        E::Port(kernel::PortError::Unavailable(_)) => (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, None),
        E::Port(_) => (StatusCode::INTERNAL_SERVER_ERROR, ErrorKind::Internal, None),
    };
    let detail = if let E::Port(source) = error {
        tracing::error!(error = source as &dyn std::error::Error, "a file cannot be taken");
        "the file cannot be taken right now, try again later".to_owned()
    } else {
        error.to_string()
    };
    Problem { status, kind, detail, field }.into_response()
}
