use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Request, Variables};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::{GrantId, TrackId, UploadId};
use kernel::{PortError, Viewer};
use platform::testing::TestPlatform;
use playback::application::ports::{LadderRepository, Prolongations};
use playback::application::{Ports, UseCases};
use playback::domain::grant::Lifetimes;
use playback::domain::ladder::Ladder;
use playback::infrastructure::hmac::HmacGrantTokens;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use crate::repository::ladder;
use crate::support::{Answer, Playback};

const STREAM: &str = "id stream { url pictures { waveformUrl peaksUrl spectrogramUrl } dashUrl lossless { url dashUrl renditions { name } } expiresAt mediaType durationMs \
                      renditions { name codecs bandwidthBps averageBandwidthBps } }";

#[tokio::test]
async fn a_listener_is_given_an_address_and_what_is_there() {
    for platform in TestPlatform::each().await {
        let playback = Playback::on(platform).await;
        let id = playback.published().await.track_id.to_string();
        let mut entity = playback.track(&playback.listener(), &id, STREAM).await.entity();
        let url = entity["stream"]["url"].take();
        let url = url.as_str().expect("an address");
        let begin = format!("{}/media/", playback.platform.platform.config.public_url());
        assert!(url.starts_with(&begin) && url.ends_with("/master.m3u8"), "{url}");
        let folder = url.strip_suffix("/master.m3u8").expect("checked").to_owned();
        let expected = json!({ "id": id, "stream": {
            "url": null,
            "pictures": {
                "waveformUrl": format!("{folder}/waveform.svg"),
                "peaksUrl": format!("{folder}/waveform-detail.json"),
                "spectrogramUrl": format!("{folder}/spectrogram.png"),
            },
            "dashUrl": format!("{folder}/manifest.mpd"),
            "lossless": { "url": format!("{folder}/lossless.m3u8"), "dashUrl": format!("{folder}/lossless.mpd"), "renditions": [{ "name": "flac" }] },
            "expiresAt": "2026-01-01T00:05:00+00:00",
            "mediaType": "application/vnd.apple.mpegurl",
            "durationMs": 12_345,
            "renditions": [
                { "name": "aac-64", "codecs": "mp4a.40.2", "bandwidthBps": 70_000, "averageBandwidthBps": 65_000 },
                { "name": "aac-320", "codecs": "mp4a.40.2", "bandwidthBps": 330_000, "averageBandwidthBps": 325_000 },
            ],
        } });
        assert_eq!(entity, expected);
        assert_ne!(playback.address(id.parse().expect("an id")).await, playback.address(id.parse().expect("an id")).await, "each is a right of its own");
    }
}

#[tokio::test]
async fn nobody_in_particular_learns_nothing() {
    let playback = Playback::start().await;
    let (published, unknown) = (playback.published().await.track_id, playback.ids().next());
    for id in [published, unknown] {
        playback.track(&Viewer::Anonymous, &id.to_string(), STREAM).await.assert_refused("UNAUTHENTICATED", None);
    }
}

#[tokio::test]
async fn what_cannot_be_streamed_is_null() {
    let playback = Playback::start().await;
    let draft = playback.recording(playback.ids().next()).await;
    playback.hear(&draft.completed()).await;
    let processing = playback.recording(playback.ids().next()).await;
    playback.hear(&processing.published()).await;
    for id in [draft.track_id, processing.track_id, playback.ids().next()] {
        let entity = playback.track(&playback.listener(), &id.to_string(), STREAM).await.entity();
        assert_eq!(entity, json!({ "id": id.to_string(), "stream": null }));
    }
}

#[tokio::test]
async fn what_is_no_tracks_id_is_no_track() {
    let playback = Playback::start().await;
    let published = playback.published().await;
    let bare = published.track_id.to_string().split_once('_').expect("an id has a prefix").1.to_owned();
    for id in [published.upload_id.to_string(), playback.ids().next::<kernel::id::User>().to_string(), bare, String::new(), "nonsense".into()] {
        assert_eq!(playback.track(&playback.listener(), &id, STREAM).await.entity(), json!(null), "{id}");
    }
}

#[tokio::test]
async fn the_sdl_guards_the_stream() {
    let playback = Playback::start().await;
    let sdl = playback.context.subgraph.as_ref().expect("a subgraph").sdl();
    let lines: Vec<_> = sdl.lines().filter(|line| line.trim_start().starts_with("stream:")).collect();
    assert!(lines.len() == 1 && lines[0].contains("@requiresScopes(scopes: [[\"playback:stream\"]])"), "{sdl}");
    assert!(sdl.contains(r#"type Track @key(fields: "id")"#), "{sdl}");
}

/// Has ladders, and counts how often it is asked for them.
struct FakeLadderRepository {
    ladders: Vec<Ladder>,
    lookups: AtomicUsize,
}

#[async_trait]
impl LadderRepository for FakeLadderRepository {
    async fn record(&self, _: Uuid, _: &Ladder) -> Result<(), PortError> {
        panic!("no event is told")
    }
    async fn publish(&self, _: Uuid, _: TrackId, _: UploadId) -> Result<(), PortError> {
        panic!("no event is told")
    }
    async fn withdraw(&self, _: Uuid, _: TrackId) -> Result<(), PortError> {
        panic!("no event is told")
    }
    async fn forget(&self, _: Uuid, _: TrackId) -> Result<(), PortError> {
        panic!("no event is told")
    }
    async fn streamable(&self, tracks: &[TrackId]) -> Result<Vec<Ladder>, PortError> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        Ok(self.ladders.iter().filter(|ladder| tracks.contains(&ladder.track_id)).cloned().collect())
    }
}

/// Of a service whose addresses nobody uses.
struct FakeUnwantedProlongations;

#[async_trait]
impl Prolongations for FakeUnwantedProlongations {
    async fn put(&self, _: GrantId, _: DateTime<Utc>, _: DateTime<Utc>) -> Result<(), PortError> {
        panic!("an address costs nothing until it is used")
    }
    async fn get(&self, _: GrantId) -> Result<Option<DateTime<Utc>>, PortError> {
        panic!("an address costs nothing until it is used")
    }
}

#[tokio::test]
async fn many_references_are_one_lookup_and_their_addresses_cost_no_store() {
    let playback = Playback::start().await;
    let TestPlatform { platform, .. } = &playback.platform;
    let ids = &platform.ids;
    let ladders: Vec<_> = (0..25).map(|_| ladder(ids, ids.next())).collect();
    let mut tracks: Vec<String> = ladders.iter().map(|ladder| ladder.track_id.to_string()).collect();
    tracks.push(ids.next::<kernel::id::Track>().to_string());
    let repository = Arc::new(FakeLadderRepository { ladders, lookups: AtomicUsize::new(0) });
    let ports = Ports {
        ladders: repository.clone(),
        prolongations: Arc::new(FakeUnwantedProlongations),
        tokens: Arc::new(HmacGrantTokens::new("secret")),
        blobs: platform.blobs.clone(),
        clock: platform.clock.clone(),
        ids: ids.clone(),
        lifetimes: Lifetimes::from_secs(300, 1000),
        public_url: "https://music.example".into(),
    };
    let subgraph = playback::graphql::subgraph(Arc::new(UseCases::new(&ports)));
    let references: Vec<Json> = tracks.iter().map(|id| json!({ "__typename": "Track", "id": id })).collect();
    let query = "query($references: [_Any!]!) { _entities(representations: $references) { ... on Track { id stream { url } } } }";
    let request = Request::new(query).variables(Variables::from_json(json!({ "references": references }))).data(playback.listener());
    let data = Answer(subgraph.execute(request).await).data();
    let entities = data["_entities"].as_array().expect("entities");
    assert_eq!(entities.iter().map(|entity| entity["id"].as_str().unwrap_or_default()).collect::<Vec<_>>(), tracks);
    assert!(entities[..25].iter().all(|entity| entity["stream"]["url"].as_str().is_some_and(|url| url.starts_with("https://music.example/media/"))));
    assert_eq!(entities[25]["stream"], json!(null));
    assert_eq!(repository.lookups.load(Ordering::Relaxed), 1);
}
