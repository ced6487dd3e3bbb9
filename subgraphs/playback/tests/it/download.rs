//! Files to keep.

use axum::http::StatusCode;
use axum::http::header::CONTENT_DISPOSITION;
use kernel::Viewer;
use serde_json::json;

use crate::support::{Playback, segment};

const DOWNLOADS: &str = "downloads { url expiresAt fileName mediaType bitrateBps sizeBytes }";

async fn address(playback: &Playback, id: &str) -> String {
    let entity = playback.track(&playback.listener(), id, DOWNLOADS).await.entity();
    let url = entity["downloads"][0]["url"].as_str().expect("an address");
    url.strip_prefix(&playback.platform.platform.config.public_url()).expect("an address of this installation").to_owned()
}

#[tokio::test]
async fn a_listener_is_given_the_file_to_save_under_its_name() {
    let playback = Playback::start().await;
    let id = playback.published().await.track_id.to_string();
    let mut entity = playback.track(&playback.listener(), &id, DOWNLOADS).await.entity();
    entity["downloads"][0]["url"].take();
    assert_eq!(
        entity["downloads"],
        json!([{
            "url": null,
            "expiresAt": "2026-01-01T00:05:00+00:00",
            "fileName": "Björk - Jóga.mp3",
            "mediaType": "audio/mpeg",
            "bitrateBps": 320_000,
            "sizeBytes": 1000,
        }])
    );
    let reply = playback.get(&address(&playback, &id).await).await;
    assert_eq!((reply.status, reply.body.clone()), (StatusCode::OK, segment()));
    assert_eq!(reply.header("content-type"), "audio/mpeg");
    assert_eq!(reply.header(CONTENT_DISPOSITION), "attachment; filename=\"Bj_rk - J_ga.mp3\"; filename*=UTF-8''Bj%C3%B6rk%20-%20J%C3%B3ga.mp3");
    assert_eq!(reply.header("x-content-type-options"), "nosniff");
}

#[tokio::test]
async fn a_right_to_keep_is_none_to_listen_and_the_other_way_round() {
    let playback = Playback::start().await;
    let track_id = playback.published().await.track_id;
    let download = address(&playback, &track_id.to_string()).await;
    let stream = playback.address(track_id).await;
    let folder = download.strip_suffix("downloads/mp3-320.mp3").expect("a file of the folder of downloads");
    for path in [format!("{folder}master.m3u8"), format!("{folder}aac-64/0.m4s"), format!("{folder}aac-64/0.key"), format!("{stream}downloads/mp3-320.mp3")] {
        playback.get(&path).await.assert_problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    }
    for file in ["secret.mp3", "mp3-320.mp3.stream", "..%2fmaster.m3u8", "mp3-128.mp3"] {
        playback.get(&format!("{folder}downloads/{file}")).await.assert_problem(StatusCode::NOT_FOUND, "NOT_FOUND");
    }
}

#[tokio::test]
async fn who_is_nobody_and_what_is_no_published_track_has_none() {
    let playback = Playback::start().await;
    let (published, unknown) = (playback.published().await.track_id, playback.ids().next::<kernel::id::Track>());
    playback.track(&Viewer::Anonymous, &published.to_string(), DOWNLOADS).await.assert_refused("UNAUTHENTICATED", None);
    let entity = playback.track(&playback.listener(), &unknown.to_string(), DOWNLOADS).await.entity();
    assert_eq!(entity["downloads"], json!([]));
}
