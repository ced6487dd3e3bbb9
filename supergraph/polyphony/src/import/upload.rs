//! Sends a file the way the service asks for: announce its size and SHA-256, send the bytes, complete.

use std::path::Path;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncReadExt as _;
use tokio_util::io::ReaderStream;

use super::client::{Client, ClientError};
use super::cover::Cover;
use super::place::{TRACK, Track};
use super::tags::Recording;

/// Read at once while hashing and sending.
const CHUNK: usize = 256 * 1024;

/// Why a recording could not be sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The file is the reason.
    #[error("cannot be read")]
    File(#[from] std::io::Error),
    /// The endpoint is.
    #[error(transparent)]
    Client(#[from] ClientError),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Ticket {
    upload_id: String,
    url: String,
}

/// Makes the recording's file the track's sound; the track afterwards.
pub(crate) async fn send_recording(client: &Client, track_id: &str, recording: &Recording) -> Result<Track, UploadError> {
    let sha256 = hash(&recording.path).await?;
    let file_name = recording.path.file_name().unwrap_or_default().to_string_lossy();
    let input = json!({
        "trackId": track_id, "fileName": file_name, "mediaType": recording.media_type, "sizeBytes": recording.size_bytes, "sha256": sha256,
    });
    let request = "mutation ImportRequest($input: RequestTrackUploadInput!) { requestTrackUpload(input: $input) { uploadId url } }";
    let ticket: Ticket = client.run(request, "requestTrackUpload", json!({ "input": input })).await?;
    let file = tokio::fs::File::open(&recording.path).await?;
    let body = reqwest::Body::wrap_stream(ReaderStream::with_capacity(file, CHUNK));
    client.put(&ticket.url, recording.media_type, recording.size_bytes, body).await?;
    let complete = format!("mutation ImportComplete($id: ID!) {{ completeTrackUpload(uploadId: $id) {{ {TRACK} }} }}");
    Ok(client.run(&complete, "completeTrackUpload", json!({ "id": ticket.upload_id })).await?)
}

/// Makes the picture the album's cover.
pub(crate) async fn send_cover(client: &Client, album_id: &str, cover: Cover) -> Result<(), ClientError> {
    let Cover { media_type, bytes } = cover;
    let size_bytes = bytes.len() as u64;
    let input = json!({ "albumId": album_id, "mediaType": media_type, "sizeBytes": size_bytes, "sha256": hex::encode(Sha256::digest(&bytes)) });
    let request = "mutation ImportCover($input: RequestArtworkUploadInput!) { requestArtworkUpload(input: $input) { uploadId url } }";
    let ticket: Ticket = client.run(request, "requestArtworkUpload", json!({ "input": input })).await?;
    client.put(&ticket.url, media_type, size_bytes, Bytes::from(bytes).into()).await?;
    let complete = "mutation ImportCoverComplete($id: ID!) { completeArtworkUpload(uploadId: $id) { id } }";
    client.run::<Value>(complete, "completeArtworkUpload", json!({ "id": ticket.upload_id })).await?;
    Ok(())
}

async fn hash(path: &Path) -> std::io::Result<String> {
    let mut file = tokio::fs::File::open(path).await?;
    let (mut hash, mut chunk) = (Sha256::new(), vec![0; CHUNK]);
    loop {
        let read = file.read(&mut chunk).await?;
        if read == 0 {
            return Ok(hex::encode(hash.finalize()));
        }
        hash.update(&chunk[..read]);
    }
}
