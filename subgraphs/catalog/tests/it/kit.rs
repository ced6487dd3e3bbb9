//! The context on a platform of its own, and people who use it.

use std::time::Duration;

use async_graphql::{Request, Variables};
use axum::body::Body;
use axum::http::{self, HeaderMap, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use http_body_util::BodyExt as _;
use kernel::event::EventFactory;
use kernel::events::{MediaAnalysis, MediaCompleted, MediaFailed, MediaFailure, MediaLogLine, MediaProgressed, Mode, MusicalKey, Tempo};
use kernel::loudness::LoudnessBin;
use kernel::{Clock as _, Event, EventPayload, Role, Session, Viewer};
use object_store::path::Path;
use platform::Context;
use platform::testing::TestPlatform;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::task::JoinHandle;
use tower::ServiceExt as _;

/// Long enough for a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) struct Kit {
    pub(crate) test: TestPlatform,
    pub(crate) context: Context,
}

/// What a GraphQL request answered when it was refused.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) code: String,
    pub(crate) field: Option<String>,
    pub(crate) message: String,
}

impl Refusal {
    pub(crate) fn is(&self, code: &str, field: Option<&str>) -> bool {
        self.code == code && self.field.as_deref() == field
    }
}

impl Kit {
    pub(crate) async fn new() -> Self {
        Self::on(TestPlatform::new().await).await
    }

    pub(crate) async fn on(test: TestPlatform) -> Self {
        let context = catalog::start(&test.platform).await.unwrap();
        Self { test, context }
    }

    /// Somebody signed in whom nobody else is.
    pub(crate) fn person(&self, role: Role) -> Viewer {
        let ids = &self.test.platform.ids;
        Viewer::SignedIn(Session {
            user_id: ids.next(),
            session_id: ids.next(),
            role,
            premium_until: None,
            expires_at: self.test.clock.now() + chrono::TimeDelta::minutes(15),
        })
    }

    pub(crate) fn artist(&self) -> Viewer {
        self.person(Role::Artist)
    }

    fn request(viewer: &Viewer, operation: &str, variables: Value) -> Request {
        Request::new(operation).variables(Variables::from_json(variables)).data(viewer.clone())
    }

    pub(crate) async fn execute(&self, viewer: &Viewer, operation: &str, variables: Value) -> async_graphql::Response {
        self.context.subgraph.as_ref().unwrap().execute(Self::request(viewer, operation, variables)).await
    }

    /// An operation that succeeds.
    pub(crate) async fn ask(&self, viewer: &Viewer, operation: &str, variables: Value) -> Value {
        let response = self.execute(viewer, operation, variables).await;
        assert!(response.errors.is_empty(), "{operation}: {:#?}", response.errors);
        response.data.into_json().unwrap()
    }

    /// An operation that is refused.
    pub(crate) async fn refusal(&self, viewer: &Viewer, operation: &str, variables: Value) -> Refusal {
        let response = self.execute(viewer, operation, variables.clone()).await;
        let error = response.errors.first().unwrap_or_else(|| panic!("{operation} with {variables} is accepted: {}", response.data));
        let error = serde_json::to_value(error).unwrap();
        let text = |value: &Value| value.as_str().map(ToOwned::to_owned);
        Refusal {
            code: text(&error["extensions"]["code"]).unwrap_or_default(),
            field: text(&error["extensions"]["field"]),
            message: text(&error["message"]).unwrap_or_default(),
        }
    }

    /// Each case changes `good` at one place and is refused with that code and field.
    pub(crate) async fn refuses(&self, viewer: &Viewer, operation: &str, good: &Value, cases: &[(&str, Value, &str)]) {
        for (field, value, code) in cases {
            let mut input = good.clone();
            input[field] = value.clone();
            let refusal = self.refusal(viewer, operation, json!({ "input": input })).await;
            assert!(refusal.is(code, Some(field)), "{field} = {value}: {refusal:?}");
        }
    }

    pub(crate) fn live(&self, viewer: &Viewer, operation: &str, variables: Value) -> Live {
        Live(self.context.subgraph.as_ref().unwrap().live(Self::request(viewer, operation, variables)))
    }

    pub(crate) async fn new_artist(&self, viewer: &Viewer, name: &str) -> String {
        let operation = "mutation($input: CreateArtistInput!) { createArtist(input: $input) { id } }";
        text(&self.ask(viewer, operation, json!({ "input": { "name": name } })).await["createArtist"]["id"])
    }

    pub(crate) async fn new_album(&self, viewer: &Viewer, artist: &str, title: &str) -> String {
        let operation = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }";
        text(&self.ask(viewer, operation, json!({ "input": { "artistId": artist, "title": title } })).await["createAlbum"]["id"])
    }

    pub(crate) async fn new_track(&self, viewer: &Viewer, artist: &str, album: Option<&str>, title: &str) -> String {
        let operation = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }";
        let input = json!({ "artistId": artist, "albumId": album, "title": title });
        text(&self.ask(viewer, operation, json!({ "input": input })).await["createTrack"]["id"])
    }

    pub(crate) async fn state(&self, viewer: &Viewer, track: &str) -> String {
        let found = self.ask(viewer, "query($id: ID!) { track(id: $id) { state } }", json!({ "id": track })).await;
        text(&found["track"]["state"])
    }

    pub(crate) async fn request_upload(&self, viewer: &Viewer, track: &str, file: &[u8]) -> Ticket {
        let operation = "mutation($input: RequestTrackUploadInput!) {
            requestTrackUpload(input: $input) { uploadId url method headers { name value } expiresAt }
        }";
        let input = json!({ "trackId": track, "fileName": "dawn.flac", "mediaType": "audio/flac", "sizeBytes": file.len(), "sha256": sha256(file) });
        Ticket::of(&self.ask(viewer, operation, json!({ "input": input })).await["requestTrackUpload"])
    }

    pub(crate) async fn complete(&self, viewer: &Viewer, upload: &str) -> Value {
        let operation = "mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id state uploadedBy { id } } }";
        self.ask(viewer, operation, json!({ "id": upload })).await["completeTrackUpload"].take()
    }

    /// Sends a file to the track and completes it; returns the upload.
    pub(crate) async fn upload(&self, viewer: &Viewer, track: &str, file: &[u8]) -> String {
        let ticket = self.request_upload(viewer, track, file).await;
        assert_eq!(self.put(&ticket, file.to_vec()).await.0, StatusCode::NO_CONTENT);
        self.complete(viewer, &ticket.upload_id).await;
        ticket.upload_id
    }

    /// Uploads, as if processed.
    pub(crate) async fn make_ready(&self, viewer: &Viewer, track: &str) {
        let upload = self.upload(viewer, track, track.as_bytes()).await;
        self.hear(&self.completed(track, &upload)).await;
    }

    pub(crate) async fn publish(&self, viewer: &Viewer, track: &str) {
        self.make_ready(viewer, track).await;
        self.ask(viewer, "mutation($id: ID!) { publishTrack(id: $id) { state } }", json!({ "id": track })).await;
    }

    /// Sends an HTTP request to the context's own routes.
    pub(crate) async fn http(&self, request: http::Request<Body>) -> (StatusCode, HeaderMap, Vec<u8>) {
        let response = self.context.http.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
    }

    /// Sends a file to its ticket's address.
    pub(crate) async fn put(&self, ticket: &Ticket, body: Vec<u8>) -> (StatusCode, Value) {
        self.put_body(ticket, Some(body.len()), body.into()).await
    }

    pub(crate) async fn put_body(&self, ticket: &Ticket, length: Option<usize>, body: Body) -> (StatusCode, Value) {
        let (status, _, body) = self.http(put_request(ticket, length, body)).await;
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    /// The same beside the test.
    pub(crate) fn begin_put(&self, ticket: &Ticket, length: usize, body: Body) -> JoinHandle<StatusCode> {
        let answer = self.context.http.clone().oneshot(put_request(ticket, Some(length), body));
        tokio::spawn(async move { answer.await.unwrap().status() })
    }

    /// Everything that lies in the blob store.
    pub(crate) async fn blobs(&self) -> Vec<String> {
        let listed: Vec<_> = self.test.platform.blobs.list(None::<&Path>).collect().await;
        let mut names: Vec<_> = listed.into_iter().map(|blob| blob.unwrap().location.to_string()).collect();
        // What is being written is not listed, but must not be left either.
        let mut folders = vec![self.test.platform.config.data.join("blobs")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    folders.push(entry.path());
                } else if entry.file_name().to_string_lossy().contains('#') {
                    names.push(entry.path().display().to_string());
                }
            }
        }
        names
    }

    /// The context hears an event.
    pub(crate) async fn hear(&self, event: &Event) {
        for handler in &self.context.handlers {
            handler.handle(event).await.unwrap();
        }
    }

    fn wrap<P: EventPayload>(&self, payload: &P) -> Event {
        EventFactory::new("media", self.test.platform.clock.clone(), self.test.platform.ids.clone()).wrap(payload)
    }

    pub(crate) fn progressed(&self, track: &str, upload: &str, percent: u8) -> Event {
        self.wrap(&MediaProgressed {
            track_id: track.parse().unwrap(),
            upload_id: upload.parse().unwrap(),
            percent,
            remaining_secs: Some(100 - u32::from(percent)),
        })
    }

    pub(crate) fn completed(&self, track: &str, upload: &str) -> Event {
        self.wrap(&MediaCompleted {
            track_id: track.parse().unwrap(),
            upload_id: upload.parse().unwrap(),
            ladder_id: self.test.platform.ids.next(),
            prefix: "ladders/x".into(),
            duration_ms: 61_000,
            sample_rate_hz: 44_100,
            channels: 2,
            loudness_lufs: Some(-14.5),
            true_peak_dbtp: Some(-1.0),
            renditions: Vec::new(),
            lossless: Vec::new(),
            dash: true,
            downloads: Vec::new(),
            log: vec![self.log_line("It is ready.")],
            analysis: MediaAnalysis {
                loudness_range_lu: Some(6.5),
                loudness_blocks: vec![LoudnessBin { tenths_lufs: -145, blocks: 600 }],
                leading_silence_ms: 120,
                trailing_silence_ms: 2500,
                tempo: Some(Tempo { bpm: 128.0, confidence: 0.75 }),
                key: Some(MusicalKey { tonic: 3, mode: Mode::Minor, confidence: 0.5 }),
                ..MediaAnalysis::default()
            },
        })
    }

    /// The same of a recording that is known by `items`.
    pub(crate) fn completed_as(&self, track: &str, upload: &str, items: &[u32]) -> Event {
        let mut event = self.completed(track, upload);
        event.data["analysis"]["fingerprint"] = compressed(items).into();
        event
    }

    fn log_line(&self, text: &str) -> MediaLogLine {
        MediaLogLine { at: self.test.platform.clock.now(), text: text.into() }
    }

    pub(crate) fn failed(&self, track: &str, upload: &str, reason: &str) -> Event {
        self.wrap(&MediaFailed {
            track_id: track.parse().unwrap(),
            upload_id: upload.parse().unwrap(),
            failure: MediaFailure::NotAudio,
            reason: reason.into(),
            log: vec![self.log_line(reason)],
        })
    }
}

fn put_request(ticket: &Ticket, length: Option<usize>, body: Body) -> http::Request<Body> {
    let mut request = http::Request::put(&ticket.path).header("content-type", &ticket.media_type);
    if let Some(length) = length {
        request = request.header("content-length", length);
    }
    request.body(body).unwrap()
}

/// A live operation.
pub(crate) struct Live(BoxStream<'static, async_graphql::Response>);

impl Live {
    /// What is pushed next; nothing at the end.
    pub(crate) async fn next(&mut self) -> Option<Value> {
        let response = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something is pushed")?;
        assert!(response.errors.is_empty(), "{:#?}", response.errors);
        Some(response.data.into_json().unwrap())
    }

    /// The code of the refusal that comes instead.
    pub(crate) async fn refusal(mut self) -> String {
        let response = tokio::time::timeout(PATIENCE, self.0.next()).await.expect("something is pushed").unwrap();
        text(&serde_json::to_value(&response.errors[0]).unwrap()["extensions"]["code"])
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Ticket {
    pub(crate) upload_id: String,
    /// Without scheme and host.
    pub(crate) path: String,
    pub(crate) media_type: String,
}

impl Ticket {
    pub(crate) fn of(ticket: &Value) -> Self {
        assert_eq!(ticket["method"], "PUT");
        assert_eq!(ticket["headers"][0]["name"], "Content-Type");
        let path = text(&ticket["url"]).strip_prefix("http://127.0.0.1:4000").expect("the public address").to_owned();
        Self { upload_id: text(&ticket["uploadId"]), path, media_type: text(&ticket["headers"][0]["value"]) }
    }
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}")).to_owned()
}

pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Sub-fingerprints of a recording of its own.
pub(crate) fn recording(seed: u32) -> Vec<u32> {
    let mut state = seed.wrapping_mul(2_654_435_761) | 1;
    let next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    std::iter::repeat_with(next).take(900).collect()
}

/// The same recording as if encoded again: every other item with a bit turned.
pub(crate) fn encoded_again(items: &[u32]) -> Vec<u32> {
    items.iter().zip(0_u32..).map(|(item, n)| if n.is_multiple_of(2) { item ^ 1 << (n % 32) } else { *item }).collect()
}

/// A fingerprint's text as chromaprint compresses it: the distances between the bits that change, in 3 bits each, what is above 7 in 5
/// bits behind all of them.
pub(crate) fn compressed(items: &[u32]) -> String {
    let (mut distances, mut rests) = (Vec::new(), Vec::new());
    for (place, item) in items.iter().enumerate() {
        let changed = item ^ place.checked_sub(1).map_or(0, |before| items[before]);
        let mut last = 0_u32;
        for bit in (1..=32_u32).filter(|bit| changed >> (bit - 1) & 1 == 1) {
            distances.push((bit - last).min(7));
            rests.extend((bit - last).checked_sub(7));
            last = bit;
        }
        distances.push(0);
    }
    let mut bytes = vec![1];
    bytes.extend(&u32::try_from(items.len()).unwrap().to_be_bytes()[1..]);
    for (values, width) in [(distances, 3), (rests, 5)] {
        let bits: Vec<_> = values.iter().flat_map(|value| (0..width).map(move |bit| u8::from(value >> bit & 1 == 1))).collect();
        bytes.extend(bits.chunks(8).map(|bits| bits.iter().rev().fold(0, |byte, bit| byte << 1 | bit)));
    }
    URL_SAFE_NO_PAD.encode(bytes)
}
