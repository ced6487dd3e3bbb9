use axum::http::header::{ETAG, IF_NONE_MATCH, ORIGIN, RANGE};
use axum::http::{HeaderName, Method, StatusCode};

use crate::support::{Playback, segment};

const PLAYLIST: (&str, &str) = ("application/vnd.apple.mpegurl", "private, no-cache");
const MANIFEST: (&str, &str) = ("application/dash+xml", "private, no-cache");
const SOUND: (&str, &str) = ("audio/mp4", "private, max-age=3600, immutable");

#[tokio::test]
async fn each_file_is_served_as_what_it_is() {
    let playback = Playback::start().await;
    let recording = playback.published().await;
    let address = playback.address(recording.track_id).await;
    for (file, kind, content) in [
        ("master.m3u8", PLAYLIST, recording.master()),
        ("aac-64/index.m3u8", PLAYLIST, "#EXTM3U\n## aac-64\n".into()),
        ("aac-320/index.m3u8", PLAYLIST, "#EXTM3U\n## aac-320\n".into()),
        ("aac-64/init.mp4", SOUND, "init".into()),
        ("aac-64/0.m4s", SOUND, segment()),
        ("waveform.svg", ("image/svg+xml", SOUND.1), "<svg/>".into()),
        ("lossless.m3u8", PLAYLIST, "#EXTM3U\n## lossless\n".into()),
        ("manifest.mpd", MANIFEST, "<MPD/>".into()),
        ("lossless.mpd", MANIFEST, "<MPD></MPD>".into()),
        ("flac/0.m4s", SOUND, segment()),
        ("aac-64/0.key", ("application/octet-stream", "no-store"), "sixteen bytes ..".into()),
    ] {
        let reply = playback.request(Method::GET, &format!("{address}{file}"), &[(ORIGIN, "https://player.example")]).await;
        assert_eq!(reply.status, StatusCode::OK, "{file}");
        assert_eq!((reply.header("content-type"), reply.header("cache-control")), kind, "{file}");
        assert_eq!(reply.header("content-length"), content.len().to_string(), "{file}");
        assert_eq!((reply.header("accept-ranges"), reply.header("x-content-type-options")), ("bytes", "nosniff"), "{file}");
        assert_eq!(reply.header("access-control-allow-origin"), "*", "{file}");
        let tag = reply.header(ETAG);
        assert!(tag.len() > 2 && tag.starts_with('"') && tag.ends_with('"'), "{file}: {tag}");
        assert_eq!(reply.body, content, "{file}");
    }
}

#[tokio::test]
async fn a_head_tells_the_same_without_the_content() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    for file in ["master.m3u8", "aac-64/0.m4s"] {
        let path = format!("{address}{file}");
        let (get, head) = (playback.get(&path).await, playback.request(Method::HEAD, &path, &[]).await);
        assert_eq!((head.status, &head.headers), (StatusCode::OK, &get.headers), "{file}");
        assert!(head.body.is_empty(), "{file}");
    }
    let ranged = playback.request(Method::HEAD, &format!("{address}aac-64/0.m4s"), &[(RANGE, "bytes=0-9")]).await;
    assert_eq!((ranged.status, ranged.header("content-length")), (StatusCode::OK, "1000"), "a range is for GET alone");
}

#[tokio::test]
async fn a_page_of_any_origin_may_ask_for_parts() {
    let playback = Playback::start().await;
    let path = format!("{}aac-64/0.m4s", playback.address(playback.published().await.track_id).await);
    let asked = [
        (ORIGIN, "https://player.example"),
        (HeaderName::from_static("access-control-request-method"), "GET"),
        (HeaderName::from_static("access-control-request-headers"), "range"),
    ];
    let preflight = playback.request(Method::OPTIONS, &path, &asked).await;
    assert!(preflight.status.is_success(), "{preflight:?}");
    assert_eq!(preflight.header("access-control-allow-origin"), "*");
    assert!(preflight.header("access-control-allow-headers").contains("range"), "{preflight:?}");
    assert!(preflight.header("access-control-allow-methods").contains("GET"), "{preflight:?}");
    let reply = playback.request(Method::GET, &path, &[(ORIGIN, "https://player.example")]).await;
    assert!(reply.header("access-control-expose-headers").contains("content-range"), "{reply:?}");
    for method in [Method::POST, Method::PUT, Method::DELETE] {
        assert_eq!(playback.request(method, &path, &[]).await.status, StatusCode::METHOD_NOT_ALLOWED);
    }
}

#[tokio::test]
async fn what_the_player_has_is_not_sent_again() {
    let playback = Playback::start().await;
    let path = format!("{}aac-64/0.m4s", playback.address(playback.published().await.track_id).await);
    let first = playback.get(&path).await;
    let tag = first.header(ETAG);
    for condition in [tag, "*", &format!("W/{tag}"), &format!("\"other\", {tag}")] {
        for method in [Method::GET, Method::HEAD] {
            let reply = playback.request(method, &path, &[(IF_NONE_MATCH, condition), (RANGE, "bytes=0-9")]).await;
            assert_eq!((reply.status, reply.body.len()), (StatusCode::NOT_MODIFIED, 0), "{condition}");
            assert_eq!((reply.header(ETAG), reply.header("cache-control")), (tag, SOUND.1), "{condition}");
        }
    }
    let changed = playback.request(Method::GET, &path, &[(IF_NONE_MATCH, "\"other\"")]).await;
    assert_eq!((changed.status, changed.body), (StatusCode::OK, segment()));
}

#[tokio::test]
async fn a_name_that_the_ladder_has_not_is_not_found() {
    let playback = Playback::start().await;
    let address = playback.address(playback.published().await.track_id).await;
    for file in [
        "aac-96/index.m3u8",
        "AAC-64/init.mp4",
        "secret/init.mp4",
        "aac-64/999.m4s",
        "aac-320/init.mp4",
        "aac-64/waveform.json",
        "aac-64/master.m3u8",
        "aac-64/0.m4s.part",
    ] {
        playback.get(&format!("{address}{file}")).await.assert_problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    }
}

#[tokio::test]
async fn no_path_leads_out_of_a_rendition() {
    let playback = Playback::start().await;
    let recording = playback.published().await;
    let other = playback.published().await;
    let address = playback.address(recording.track_id).await;
    for file in [
        "../master.m3u8",
        "..%2fmaster.m3u8",
        "%2e%2e/master.m3u8",
        "%2e%2e%2fmaster.m3u8",
        "waveform.json",
        "aac-64/../waveform.json",
        "aac-64/..%2fwaveform.json",
        "aac-64/..%2Fmaster.m3u8",
        "aac-64/%2e%2e%2fwaveform.json",
        "aac-64/%2E%2E%2Finit.mp4",
        "aac-64/%252e%252e%252fwaveform.json",
        "aac-64/..%5cwaveform.json",
        "aac-64%2f..%2fsecret/init.mp4",
        "aac-64%2finit.mp4",
        "aac-64/%2e/init.mp4",
        "aac-64//init.mp4",
        "aac-64/init.mp4/",
        "aac-64/init.mp4%00",
        "%2fetc/passwd",
        "../../../../etc/passwd",
        &format!("..%2f{}/master.m3u8", other.ladder_id),
        &format!("..%2f..%2f{}/init.mp4", other.prefix()),
    ] {
        let reply = playback.get(&format!("{address}{file}")).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{file}: {reply:?}");
    }
    let broken = playback.get(&format!("{address}aac-64/%ff")).await;
    assert!(broken.status.is_client_error(), "{broken:?}");
}
