//! A started context, recordings in its blob store, and short ways to ask it.

use async_graphql::{Request as Operation, Response as Outcome, Value, Variables};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use kernel::event::EventFactory;
use kernel::events::{Download, MediaCompleted, Rendition, TrackPublished};
use kernel::id::{LadderId, TrackId, UploadId};
use kernel::{EventPayload, IdGenerator, Role, Session, Viewer};
use object_store::ObjectStoreExt as _;
use platform::Context;
use platform::consumer::Consumer;
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

pub(crate) struct Playback {
    pub(crate) platform: TestPlatform,
    pub(crate) context: Context,
    consumer: Consumer,
    pub(crate) events: EventFactory,
}

impl Playback {
    pub(crate) async fn start() -> Self {
        Self::on(TestPlatform::new().await).await
    }

    pub(crate) async fn on(platform: TestPlatform) -> Self {
        let context = playback::start(&platform.platform).await.expect("the context starts");
        let consumer = Consumer::new(playback::NAME, context.handlers.clone(), platform.platform.bus.clone());
        let events = platform.platform.events("catalog");
        Self { platform, context, consumer, events }
    }

    pub(crate) const fn ids(&self) -> &IdGenerator {
        &self.platform.platform.ids
    }

    pub(crate) const fn consumer(&self) -> &Consumer {
        &self.consumer
    }

    /// Another context tells a fact.
    pub(crate) async fn hear(&self, payload: &impl EventPayload) {
        self.consumer.dispatch(&self.events.wrap(payload)).await.expect("the event is handled");
    }

    /// A recording whose files lie in the blob store, and of which this context knows nothing yet.
    pub(crate) async fn recording(&self, track_id: TrackId) -> Recording {
        let recording = Recording { track_id, upload_id: self.ids().next(), ladder_id: self.ids().next() };
        for (file, content) in recording.files() {
            let path = format!("{}/{file}", recording.prefix()).into();
            self.platform.platform.blobs.put(&path, content.into()).await.expect("a file is put");
        }
        recording
    }

    /// A recording that may be streamed.
    pub(crate) async fn published(&self) -> Recording {
        let recording = self.recording(self.ids().next()).await;
        self.hear(&recording.completed()).await;
        self.hear(&recording.published()).await;
        recording
    }

    pub(crate) fn listener(&self) -> Viewer {
        let expires_at = self.platform.platform.clock.now() + chrono::Duration::minutes(15);
        Viewer::SignedIn(Session { user_id: self.ids().next(), session_id: self.ids().next(), role: Role::User, premium_until: None, expires_at })
    }

    pub(crate) async fn ask(&self, viewer: &Viewer, query: &str, variables: Json) -> Answer {
        let subgraph = self.context.subgraph.as_ref().expect("the context has a subgraph");
        let operation = Operation::new(query).variables(Variables::from_json(variables)).data(viewer.clone());
        Answer(subgraph.execute(operation).await)
    }

    /// `selection` of the track that a gateway refers to by `id`.
    pub(crate) async fn track(&self, viewer: &Viewer, id: &str, selection: &str) -> Answer {
        let query = format!("query($references: [_Any!]!) {{ _entities(representations: $references) {{ ... on Track {{ {selection} }} }} }}");
        self.ask(viewer, &query, json!({ "references": [{ "__typename": "Track", "id": id }] })).await
    }

    /// A fresh address of the recording's folder, from its `/media/` on, ending in a slash.
    pub(crate) async fn address(&self, track_id: TrackId) -> String {
        let entity = self.track(&self.listener(), &track_id.to_string(), "stream { url }").await.entity();
        let url = entity["stream"]["url"].as_str().expect("an address");
        let path = url.strip_prefix(&self.platform.platform.config.public_url()).expect("an address of this installation");
        path.strip_suffix("master.m3u8").expect("the address of a multivariant playlist").to_owned()
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.request(Method::GET, path, &[]).await
    }

    pub(crate) async fn request(&self, method: Method, path: &str, headers: &[(HeaderName, &str)]) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(name, *value);
        }
        let response = self.context.http.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        Reply { status: parts.status, headers: parts.headers, body: body.collect().await.expect("a body").to_bytes() }
    }
}

/// One upload of one track, and the ladder made of it.
pub(crate) struct Recording {
    pub(crate) track_id: TrackId,
    pub(crate) upload_id: UploadId,
    pub(crate) ladder_id: LadderId,
}

impl Recording {
    pub(crate) fn prefix(&self) -> String {
        format!("ladders/{}", self.ladder_id)
    }

    pub(crate) fn completed(&self) -> MediaCompleted {
        MediaCompleted {
            track_id: self.track_id,
            upload_id: self.upload_id,
            ladder_id: self.ladder_id,
            prefix: self.prefix(),
            duration_ms: 12_345,
            sample_rate_hz: 44_100,
            channels: 2,
            loudness_lufs: Some(-14.0),
            true_peak_dbtp: Some(-1.0),
            renditions: vec![rendition("aac-64", 70_000), rendition("aac-320", 330_000)],
            lossless: vec![rendition("flac", 900_000)],
            dash: true,
            downloads: vec![download()],
            log: Vec::new(),
            analysis: kernel::events::MediaAnalysis::default(),
        }
    }

    pub(crate) const fn published(&self) -> TrackPublished {
        TrackPublished { track_id: self.track_id, upload_id: self.upload_id }
    }

    pub(crate) fn master(&self) -> Bytes {
        format!("#EXTM3U\n## {}\n", self.ladder_id).into()
    }

    fn files(&self) -> [(&'static str, Bytes); 15] {
        [
            ("master.m3u8", self.master()),
            ("waveform.json", WAVEFORM.into()),
            ("waveform.svg", "<svg/>".into()),
            ("aac-64/index.m3u8", "#EXTM3U\n## aac-64\n".into()),
            ("aac-64/init.mp4", "init".into()),
            ("aac-64/0.m4s", segment()),
            ("aac-320/index.m3u8", "#EXTM3U\n## aac-320\n".into()),
            ("secret/init.mp4", "of no rendition".into()),
            ("lossless.m3u8", "#EXTM3U\n## lossless\n".into()),
            ("manifest.mpd", "<MPD/>".into()),
            ("lossless.mpd", "<MPD></MPD>".into()),
            ("flac/0.m4s", segment()),
            ("aac-64/0.key", "sixteen bytes ..".into()),
            ("downloads/mp3-320.mp3", segment()),
            ("downloads/secret.mp3", "of no download".into()),
        ]
    }
}

pub(crate) fn rendition(name: &str, bandwidth_bps: u32) -> Rendition {
    Rendition { name: name.into(), codecs: "mp4a.40.2".into(), bandwidth_bps, average_bandwidth_bps: bandwidth_bps - 5_000 }
}

pub(crate) fn download() -> Download {
    let (file, file_name) = ("mp3-320.mp3".into(), "Björk - Jóga.mp3".into());
    Download { file, file_name, media_type: "audio/mpeg".into(), bitrate_bps: 320_000, size_bytes: 1000 }
}

/// A thousand bytes, no two neighbours alike.
pub(crate) fn segment() -> Bytes {
    (0..=250).cycle().take(1000).collect::<Vec<u8>>().into()
}

/// Five points.
const WAVEFORM: &str = r#"{"version":2,"channels":1,"sample_rate":44100,"samples_per_pixel":256,"bits":8,"length":5,"data":[-1,1,-5,2,0,9,-3,3,-2,2]}"#;

#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Outcome);

impl Answer {
    /// The data, or a panic with the errors.
    pub(crate) fn data(self) -> Json {
        assert!(self.0.errors.is_empty(), "{:?}", self.0.errors);
        self.0.data.into_json().expect("data is JSON")
    }

    /// The first entity.
    pub(crate) fn entity(self) -> Json {
        self.data()["_entities"][0].clone()
    }

    pub(crate) fn assert_refused(&self, code: &str, field: Option<&str>) {
        assert_eq!(self.0.errors.len(), 1, "{:?} {:?}", self.0.errors, self.0.data);
        let extensions = self.0.errors[0].extensions.as_ref().unwrap_or_else(|| panic!("{:?} has no extensions", self.0.errors));
        let text = |name| match extensions.get(name) {
            Some(Value::String(text)) => Some(text.as_str()),
            _ => None,
        };
        assert_eq!((text("code"), text("field")), (Some(code), field), "{:?}", self.0.errors);
    }
}

#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn header(&self, name: impl axum::http::header::AsHeaderName) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("a text"))
    }

    /// A problem in JSON that nobody keeps.
    pub(crate) fn assert_problem(&self, status: StatusCode, code: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!((self.header("content-type"), self.header("cache-control")), ("application/problem+json", "no-store"));
        let problem: Json = serde_json::from_slice(&self.body).expect("a problem is JSON");
        assert_eq!((&problem["status"], &problem["code"]), (&json!(status.as_u16()), &json!(code)), "{problem}");
    }
}
