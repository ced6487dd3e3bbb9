//! Finding a track, and playing it as players do.

use std::time::{Duration, Instant};

use cucumber::{given, then, when};
use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::client::Client;
use tests::{eventually, recording};
use url::Url;

use crate::journey::Journey;
use crate::people::{register, text};
use crate::uploading::alter;

pub(crate) const TRACK: &str = "query($id: ID!) {
    track(id: $id) {
        title artist { name } album { title } uploadedBy { username displayName }
        stream { url expiresAt mediaType durationMs renditions { name codecs bandwidthBps averageBandwidthBps } }
    }
}";
const HLS: &str = "application/vnd.apple.mpegurl";
/// Encoders work in frames of 21 ms and players cut differently at their edges.
const TOLERANCE_SECS: f64 = 0.1;

#[then(expr = "one operation tells {word} that {string} is by {string} on {string}, that {word} uploaded it, and where it streams")]
async fn one_operation(journey: &mut Journey, name: String, title: String, artist: String, album: String, uploader: String) {
    let track = published(journey, &name, &title).await;
    assert_eq!(track["title"], title);
    assert_eq!(track["artist"]["name"], artist);
    assert_eq!(track["album"]["title"], album);
    assert_eq!(track["uploadedBy"], json!({ "username": uploader.to_lowercase(), "displayName": uploader }));
    let stream = &track["stream"];
    assert_eq!(stream["mediaType"], HLS);
    assert!(stream["expiresAt"].is_string(), "{stream:#}");
    for rendition in stream["renditions"].as_array().expect("renditions") {
        let (peak, average) = (rendition["bandwidthBps"].as_u64(), rendition["averageBandwidthBps"].as_u64());
        assert!(average > Some(0) && peak >= average && rendition["codecs"] == "mp4a.40.2", "{rendition:#}");
    }
    journey.address = Some(text(&stream["url"]).to_owned());
}

#[given(expr = "{word}, who registers now, has the address of {string}")]
async fn has_address(journey: &mut Journey, name: String, title: String) {
    register(journey, name.clone()).await;
    asks_for_address(journey, &name, &title).await;
}

async fn asks_for_address(journey: &mut Journey, name: &str, title: &str) {
    let address = text(&published(journey, name, title).await["stream"]["url"]).to_owned();
    assert_eq!(journey.stranger().get(&address).await.status(), StatusCode::OK);
    journey.address = Some(address);
}

/// The track, once the news that it is published has reached the service that streams it.
async fn published(journey: &Journey, name: &str, title: &str) -> Value {
    eventually("the published track has a stream", async || {
        let track = journey.person(name).ask(TRACK, json!({ "id": journey.track(title) })).await["track"].take();
        track["stream"].is_object().then_some(track)
    })
    .await
}

#[then(expr = "{word}, who registers now, can play {string} for {int} seconds")]
async fn can_play(journey: &mut Journey, name: String, title: String, secs: u32) {
    has_address(journey, name, title).await;
    plays_for(journey.address(), secs).await;
}

#[then(expr = "{word}, who asks again, can play {string} for {int} seconds")]
async fn can_play_again(journey: &mut Journey, name: String, title: String, secs: u32) {
    asks_for_address(journey, &name, &title).await;
    plays_for(journey.address(), secs).await;
}

#[then(expr = "the address offers the renditions {string}")]
async fn offers(journey: &mut Journey, names: String) {
    let playlist = journey.stranger().get(journey.address()).await.text().await.expect("a playlist");
    let mut offered: Vec<_> = uris(&playlist).into_iter().filter_map(|uri| uri.split('/').next().map(ToOwned::to_owned)).collect();
    offered.sort();
    let mut expected: Vec<_> = names.split(", ").map(ToOwned::to_owned).collect();
    expected.sort();
    assert_eq!(offered, expected, "{playlist}");
    for line in playlist.lines().filter_map(|line| line.strip_prefix("#EXT-X-STREAM-INF:")) {
        for attribute in ["CODECS=\"mp4a.40.2\"", "BANDWIDTH=", "AVERAGE-BANDWIDTH="] {
            assert!(line.split(',').any(|part| part.trim().starts_with(attribute)), "{attribute} is not in {line}");
        }
    }
}

#[then(expr = "each rendition plays for {int} seconds")]
async fn each_plays(journey: &mut Journey, secs: u32) {
    for rendition in renditions(&journey.stranger(), journey.address()).await {
        plays_for(rendition.as_str(), secs).await;
    }
}

/// As players with Media Source Extensions do it: the initialization segment, then the segments from the one on that holds the
/// wanted second. (FFmpeg 5's own HLS demuxer cannot jump in fragmented MP4, not even in what FFmpeg wrote.)
#[then(expr = "a player that jumps to second {int} hears the last {int} seconds")]
async fn jumps(journey: &mut Journey, from: u32, secs: u32) {
    let client = journey.stranger();
    for rendition in renditions(&client, journey.address()).await {
        let playlist = client.get(rendition.as_str()).await.text().await.expect("a playlist");
        let (start, rest) = segments_from(&playlist, from);
        let mut sound = Vec::new();
        for file in std::iter::once(initialization(&playlist)).chain(rest) {
            let response = client.get(rendition.join(&file).expect("an address").as_str()).await;
            sound.extend_from_slice(&response.bytes().await.expect("a segment"));
        }
        let file = journey.installation.scratch().join("rest.mp4");
        std::fs::write(&file, sound).expect("a file can be written");
        let heard = recording::play(&file.to_string_lossy()).await - (f64::from(from) - start);
        assert!((heard - f64::from(secs)).abs() < TOLERANCE_SECS, "{heard} s instead of {secs} s of {rendition}");
    }
}

/// The segments from the one on that holds second `from`, and the second that it begins with.
fn segments_from(playlist: &str, from: u32) -> (f64, Vec<String>) {
    let durations = playlist.lines().filter_map(|line| line.strip_prefix("#EXTINF:")?.split(',').next()?.parse::<f64>().ok());
    let mut segments: Vec<_> = durations.zip(uris(playlist)).collect();
    let mut start = 0.0;
    while start + segments[0].0 <= f64::from(from) {
        start += segments.remove(0).0;
    }
    (start, segments.into_iter().map(|(_, uri)| uri).collect())
}

async fn plays_for(what: &str, secs: u32) {
    let heard = recording::play(what).await;
    assert!((heard - f64::from(secs)).abs() < TOLERANCE_SECS, "{heard} s instead of {secs} s of {what}");
}

#[then(expr = "{word} can see {string} drawn")]
async fn drawn(journey: &mut Journey, name: String, title: String) {
    let pictures = "query($id: ID!) { track(id: $id) { stream { pictures { waveformUrl peaksUrl spectrogramUrl } } } }";
    let mut answer = journey.person(&name).ask(pictures, json!({ "id": journey.track(&title) })).await;
    let pictures = answer["track"]["stream"]["pictures"].take();
    let forms: [(&str, &str, &[u8]); 3] =
        [("waveformUrl", "image/svg+xml", b"<svg "), ("peaksUrl", "application/json", b"{"), ("spectrogramUrl", "image/png", b"\x89PNG\r\n")];
    for (field, media_type, beginning) in forms {
        let address = text(&pictures[field]);
        let response = journey.stranger().get(address).await;
        assert_eq!((response.status(), response.headers()["content-type"].to_str().ok()), (StatusCode::OK, Some(media_type)), "{field}");
        let etag = response.headers()["etag"].to_str().expect("a tag").to_owned();
        assert!(response.bytes().await.expect("a picture").starts_with(beginning), "{field}");
        assert_eq!(journey.stranger().get_unless(address, &etag).await.status(), StatusCode::NOT_MODIFIED, "{field}");
        let altered = alter(address, address.len() - text(&pictures[field]).rsplit('/').next().map_or(0, str::len) - 10);
        assert_eq!(journey.stranger().get(&altered).await.status(), StatusCode::FORBIDDEN, "{field}");
    }
}

const FORMS: &str = "query($id: ID!) { track(id: $id) { stream { dashUrl lossless { url } } downloads { url fileName mediaType sizeBytes } } }";

async fn forms(journey: &Journey, name: &str, title: &str) -> Value {
    let mut answer = journey.person(name).ask(FORMS, json!({ "id": journey.track(title) })).await;
    answer["track"].take()
}

#[then(expr = "{word} can play {string} without loss for {int} seconds")]
async fn without_loss(journey: &mut Journey, name: String, title: String, secs: u32) {
    plays_for(text(&forms(journey, &name, &title).await["stream"]["lossless"]["url"]), secs).await;
}

#[then(expr = "{word} is offered {string} over DASH")]
async fn over_dash(journey: &mut Journey, name: String, title: String) {
    let track = forms(journey, &name, &title).await;
    let response = journey.stranger().get(text(&track["stream"]["dashUrl"])).await;
    expect_type(&response, "application/dash+xml");
    assert_eq!(response.text().await.expect("a manifest").matches("<Representation ").count(), 4);
}

#[then(expr = "{word} can keep {string} as MP3, which plays for {int} seconds")]
async fn kept(journey: &mut Journey, name: String, title: String, secs: u32) {
    let track = forms(journey, &name, &title).await;
    let downloads = track["downloads"].as_array().expect("a list");
    assert_eq!(downloads.len(), 2, "{track:#}");
    for download in downloads {
        let response = journey.stranger().get(text(&download["url"])).await;
        expect_type(&response, "audio/mpeg");
        let disposition = response.headers()["content-disposition"].to_str().expect("a text").to_owned();
        assert!(disposition.starts_with("attachment; ") && disposition.contains(".mp3"), "{disposition}");
        let bytes = response.bytes().await.expect("a file");
        assert_eq!(Some(bytes.len() as u64), download["sizeBytes"].as_u64());
        let file = journey.installation.scratch().join("kept.mp3");
        std::fs::write(&file, bytes).expect("a file can be written");
        plays_for(&file.to_string_lossy(), secs).await;
    }
}

#[given("segments are encrypted with another key after each one")]
async fn encrypted(journey: &mut Journey) {
    journey.installation.set("MEDIA__SEGMENTS_PER_KEY", "1");
}

#[then("a key of the address is given to nobody whose address is altered")]
async fn keys_are_guarded(journey: &mut Journey) {
    let client = journey.stranger();
    let rendition = renditions(&client, journey.address()).await.into_iter().next().expect("a rendition");
    let playlist = client.get(rendition.as_str()).await.text().await.expect("a playlist");
    let keys: Vec<_> = playlist.lines().filter_map(|line| line.strip_prefix("#EXT-X-KEY:METHOD=AES-128,URI=\"")?.strip_suffix('"')).collect();
    assert!(keys.len() >= 3, "{playlist}");
    for key in keys {
        let address = rendition.join(key).expect("an address");
        let response = client.get(address.as_str()).await;
        assert_eq!(response.headers()["cache-control"], "no-store");
        assert_eq!(response.bytes().await.expect("a key").len(), 16);
        let token = address.path_segments().and_then(|mut parts| parts.nth(1)).expect("a token");
        let altered = address.as_str().replace(token, &format!("A{}", &token[1..]).chars().rev().collect::<String>());
        assert_eq!(client.get(&altered).await.status(), StatusCode::FORBIDDEN);
    }
}

#[then("the playlists and segments are served the way players and caches expect")]
async fn served_well(journey: &mut Journey) {
    let client = journey.stranger();
    expect_type(&client.get(journey.address()).await, HLS);
    for rendition in renditions(&client, journey.address()).await {
        let response = client.get(rendition.as_str()).await;
        expect_type(&response, HLS);
        let playlist = response.text().await.expect("a playlist");
        assert!(playlist.contains("#EXT-X-ENDLIST") && playlist.contains("#EXT-X-MAP:"), "{playlist}");
        for file in std::iter::once(initialization(&playlist)).chain(uris(&playlist)) {
            segment_is_served_well(&client, rendition.join(&file).expect("an address").as_str()).await;
        }
    }
}

async fn segment_is_served_well(client: &Client, url: &str) {
    let whole = client.get(url).await;
    expect_type(&whole, "audio/mp4");
    assert_eq!(header(&whole, "accept-ranges"), "bytes");
    assert!(!header(&whole, "cache-control").is_empty());
    let etag = header(&whole, "etag").to_owned();
    assert_eq!(client.get_unless(url, &etag).await.status(), StatusCode::NOT_MODIFIED);

    let bytes = whole.bytes().await.expect("a segment");
    let part = client.get_range(url, "bytes=10-19").await;
    assert_eq!(part.status(), StatusCode::PARTIAL_CONTENT);
    assert_eq!(header(&part, "content-range"), format!("bytes 10-19/{}", bytes.len()));
    assert_eq!(part.bytes().await.expect("a part"), bytes.slice(10..20));
    let beyond = client.get_range(url, &format!("bytes={}-", bytes.len())).await;
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
}

fn expect_type(response: &reqwest::Response, media_type: &str) {
    assert_eq!(response.status(), StatusCode::OK, "{}", response.url());
    assert_eq!(header(response, "content-type"), media_type, "{}", response.url());
}

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_else(|| panic!("{} has no {name}", response.url()))
}

/// The media playlists that a multivariant one names.
async fn renditions(client: &Client, address: &str) -> Vec<Url> {
    let address: Url = address.parse().expect("an address");
    let playlist = client.get(address.as_str()).await.text().await.expect("a playlist");
    uris(&playlist).iter().map(|uri| address.join(uri).expect("an address")).collect()
}

/// What a playlist lists, line by line.
fn uris(playlist: &str) -> Vec<String> {
    playlist.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(ToOwned::to_owned).collect()
}

fn initialization(playlist: &str) -> String {
    let (_, rest) = playlist.split_once("#EXT-X-MAP:URI=\"").expect("a media playlist names its initialization segment");
    rest.split('"').next().expect("a quoted name").to_owned()
}

#[when(expr = "nobody uses the address for {int} seconds")]
async fn unused(_journey: &mut Journey, secs: u64) {
    // Not waiting for anything: the time that passes is what the scenario is about.
    tokio::time::sleep(Duration::from_secs(secs)).await;
}

#[then("the address is refused")]
async fn refused(journey: &mut Journey) {
    let (client, address) = (journey.stranger(), journey.address());
    eventually("the address is refused", async || is_refused(client.get(address).await).await.then_some(())).await;
}

#[then(expr = "the address works for {int} seconds, used again and again")]
async fn works_for(journey: &mut Journey, secs: u64) {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(secs) {
        assert_eq!(journey.stranger().get(journey.address()).await.status(), StatusCode::OK, "after {:?}", began.elapsed());
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[then("it is refused in the end, used again and again")]
async fn refused_in_the_end(journey: &mut Journey) {
    refused(journey).await;
}

#[then("the address is refused with any one of its characters changed")]
async fn altered_refused(journey: &mut Journey) {
    let (client, address) = (journey.stranger(), journey.address());
    let begin = address.find("/media/").expect("a media address") + "/media/".len();
    let end = begin + address[begin..].find('/').expect("a token and a file");
    for index in begin..end {
        let altered = alter(address, index);
        assert!(is_refused(client.get(&altered).await).await, "{altered} works");
    }
    // The address itself still does.
    assert_eq!(client.get(address).await.status(), StatusCode::OK);
}

#[then(expr = "the address leads nowhere but to the files of {string}")]
async fn nowhere_else(journey: &mut Journey, _title: String) {
    let base = journey.address().strip_suffix("master.m3u8").expect("the multivariant playlist's address");
    for path in [
        "",
        "aac-64",
        "aac-64/",
        "nothing/index.m3u8",
        "aac-64/999.m4s",
        "..%2f..%2f..%2finternal-secret",
        "aac-64/..%2f..%2f..%2f..%2finternal-secret",
        "%2e%2e/%2e%2e/%2e%2e/internal-secret",
        "aac-64/%00",
        "aac-64/%ff.m4s",
    ] {
        let response = journey.stranger().get(&format!("{base}{path}")).await;
        assert!(response.status().is_client_error(), "{path}: {}", response.status());
    }
}

async fn is_refused(response: reqwest::Response) -> bool {
    let status = response.status();
    let text = response.text().await.expect("the answer comes to its end");
    let refused = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::NOT_FOUND | StatusCode::GONE);
    assert!(refused || status == StatusCode::OK, "{status} {text}");
    assert!(!(refused && text.contains("#EXTM3U")), "refused, and told all the same: {text}");
    refused
}

#[then(expr = "{word} is offered no address of {string}")]
async fn offered_none(journey: &mut Journey, name: String, title: String) {
    eventually("the stream is withdrawn", async || {
        let answer = journey.person(&name).send(TRACK, json!({ "id": journey.track(&title) })).await;
        answer.data.pointer("/track/stream/url").is_none().then_some(())
    })
    .await;
}
