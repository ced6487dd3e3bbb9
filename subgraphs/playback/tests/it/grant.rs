use axum::http::{Method, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use kernel::events::{MediaCompleted, TrackDeleted, TrackUnpublished};
use platform::testing::TestPlatform;

use crate::support::{Playback, rendition, segment};

const FILES: [&str; 3] = ["master.m3u8", "aac-64/index.m3u8", "aac-64/0.m4s"];

impl Playback {
    fn pass(&self, seconds: i64) {
        self.platform.clock.advance(Duration::seconds(seconds));
    }

    async fn assert_works(&self, address: &str) {
        for file in FILES {
            let reply = self.get(&format!("{address}{file}")).await;
            assert_eq!(reply.status, StatusCode::OK, "{file}: {reply:?}");
        }
    }

    async fn assert_refused(&self, address: &str, status: StatusCode, code: &str) {
        for file in FILES {
            self.get(&format!("{address}{file}")).await.assert_problem(status, code);
        }
    }
}

fn token(address: &str) -> &str {
    address.trim_start_matches("/media/").trim_end_matches('/')
}

#[tokio::test]
async fn an_address_ends_when_it_is_not_used() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    let prolonged = playback.address(playback.published().await.track_id).await;
    playback.pass(299);
    playback.assert_works(&prolonged).await;
    playback.pass(1);
    playback.assert_refused(&address, StatusCode::GONE, "NOT_FOUND").await;
    playback.assert_works(&prolonged).await;
    playback.pass(300);
    playback.assert_refused(&prolonged, StatusCode::GONE, "NOT_FOUND").await;
    let head = playback.request(Method::HEAD, &format!("{address}master.m3u8"), &[]).await;
    assert_eq!((head.status, head.body.len()), (StatusCode::GONE, 0));
}

#[tokio::test]
async fn use_prolongs_it() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    for number in 0..20 {
        playback.pass(200);
        let reply = playback.get(&format!("{address}aac-64/0.m4s")).await;
        assert_eq!((reply.status, reply.body), (StatusCode::OK, segment()), "use {number}");
    }
    playback.pass(300);
    playback.assert_refused(&address, StatusCode::GONE, "NOT_FOUND").await;
}

#[tokio::test]
async fn use_prolongs_it_only_to_its_most() {
    let platform = TestPlatform::with(|config| {
        config.playback.grant_secs = 300;
        config.playback.grant_max_secs = 1000;
    });
    let playback = Playback::on(platform.await).await;
    let address = playback.address(playback.published().await.track_id).await;
    for _ in 0..4 {
        playback.pass(200);
        playback.assert_works(&address).await;
    }
    playback.pass(199);
    playback.assert_works(&address).await;
    playback.pass(1);
    playback.assert_refused(&address, StatusCode::GONE, "NOT_FOUND").await;
}

#[tokio::test]
async fn what_is_refused_prolongs_nothing() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    playback.pass(250);
    for file in ["aac-96/index.m3u8", "aac-64/..%2fwaveform.json"] {
        assert_eq!(playback.get(&format!("{address}{file}")).await.status, StatusCode::NOT_FOUND);
    }
    playback.pass(50);
    playback.assert_refused(&address, StatusCode::GONE, "NOT_FOUND").await;
}

#[tokio::test]
async fn an_altered_address_is_refused() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    let token = token(&address);
    let altered = |at: usize| {
        let mut bytes = token.as_bytes().to_vec();
        bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
        String::from_utf8(bytes).expect("a text")
    };
    for false_one in [
        altered(0),
        altered(token.len() / 2),
        altered(token.len() - 1),
        token[1..].into(),
        token[..token.len() - 1].into(),
        format!("{token}A"),
        format!("{token}="),
        format!("{token}%2f..%2fx"),
        "x".into(),
        "..".into(),
        "A".repeat(4000),
    ] {
        playback.assert_refused(&format!("/media/{false_one}/"), StatusCode::FORBIDDEN, "FORBIDDEN").await;
    }
    playback.assert_works(&address).await;
}

#[tokio::test]
async fn an_address_of_another_installation_is_refused() {
    let ours = Playback::start().await;
    let theirs = Playback::on(TestPlatform::with(|config| config.internal_secret = "another secret that only tests use".into()).await).await;
    let address = theirs.address(theirs.published().await.track_id).await;
    theirs.assert_works(&address).await;
    ours.assert_refused(&address, StatusCode::FORBIDDEN, "FORBIDDEN").await;
}

#[tokio::test]
async fn an_unpublished_track_is_silent_at_once() {
    for platform in TestPlatform::each().await {
        let playback = Playback::on(platform).await;
        let (withdrawn, deleted, bystander) = (playback.published().await, playback.published().await, playback.published().await);
        let mut addresses = Vec::new();
        for recording in [&withdrawn, &deleted, &bystander] {
            let address = playback.address(recording.track_id).await;
            playback.assert_works(&address).await;
            addresses.push(address);
        }
        playback.hear(&TrackUnpublished { track_id: withdrawn.track_id }).await;
        playback.hear(&TrackDeleted { track_id: deleted.track_id }).await;
        for address in &addresses[..2] {
            playback.assert_refused(address, StatusCode::NOT_FOUND, "NOT_FOUND").await;
        }
        playback.assert_works(&addresses[2]).await;
    }
}

#[tokio::test]
async fn an_address_is_of_one_ladder_not_of_its_successors() {
    let playback = Playback::start().await;
    let first = playback.published().await;
    let track_id = first.track_id;
    let old = playback.address(track_id).await;

    let second = playback.recording(track_id).await;
    playback.hear(&second.completed()).await;
    playback.assert_works(&old).await;
    playback.hear(&second.published()).await;
    playback.assert_refused(&old, StatusCode::NOT_FOUND, "NOT_FOUND").await;
    let new = playback.address(track_id).await;
    assert_eq!(playback.get(&format!("{new}master.m3u8")).await.body, second.master());

    let again = playback.recording(track_id).await;
    playback.hear(&MediaCompleted { upload_id: second.upload_id, ..again.completed() }).await;
    playback.assert_refused(&new, StatusCode::NOT_FOUND, "NOT_FOUND").await;
    let newest = playback.address(track_id).await;
    assert_eq!(playback.get(&format!("{newest}master.m3u8")).await.body, again.master());
}

#[tokio::test]
async fn an_address_opens_no_other_track() {
    let playback = Playback::start().await;
    let (ours, theirs) = (playback.published().await, playback.recording(playback.ids().next()).await);
    let renditions = vec![rendition("secret", 64_000)];
    playback.hear(&MediaCompleted { renditions, ..theirs.completed() }).await;
    playback.hear(&theirs.published()).await;
    let (address, other) = (playback.address(ours.track_id).await, playback.address(theirs.track_id).await);

    assert_eq!(playback.get(&format!("{address}master.m3u8")).await.body, ours.master());
    assert_eq!(playback.get(&format!("{other}master.m3u8")).await.body, theirs.master());
    assert_eq!(playback.get(&format!("{other}secret/init.mp4")).await.status, StatusCode::OK);
    playback.get(&format!("{address}secret/init.mp4")).await.assert_problem(StatusCode::NOT_FOUND, "NOT_FOUND");

    // One grant, or the track and ladder of one, under the other's signature.
    let [ours, theirs] = [&address, &other].map(|address| URL_SAFE_NO_PAD.decode(token(address)).expect("a token"));
    let signature = ours.len() - 32;
    for spliced in [[&theirs[..signature], &ours[signature..]].concat(), [&ours[..16], &theirs[16..48], &ours[48..]].concat()] {
        playback.assert_refused(&format!("/media/{}/", URL_SAFE_NO_PAD.encode(spliced)), StatusCode::FORBIDDEN, "FORBIDDEN").await;
    }
}
