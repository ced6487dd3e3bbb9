//! Polyphony as the client libraries see it that front ends use: each in its own script of `tests/clients`, against a whole
//! installation of its own. And as the specification sees it, by the audits of npm `graphql-http`.

use tests::node::Script;
use tests::process::{Installation, Process, free_address};

/// Nobody processes what is uploaded: a track that has got its sound stays UPLOADED.
async fn polyphony(installation: &mut Installation) -> Process {
    installation.set("MEDIA__WORKERS", "0");
    installation.up().await
}

fn endpoint(polyphony: &Process) -> String {
    format!("{}/graphql", polyphony.url())
}

async fn passes(script: &str) {
    let mut installation = Installation::default();
    let polyphony = polyphony(&mut installation).await;
    Script::start(script, &[&endpoint(&polyphony)]).await.succeeds().await;
}

#[tokio::test]
async fn every_audit_of_graphql_over_http() {
    passes("audits.mjs").await;
}

#[tokio::test]
async fn apollo_client_asks_changes_and_listens() {
    passes("apollo.mjs").await;
}

#[tokio::test]
async fn urql_asks_changes_and_listens() {
    passes("urql.mjs").await;
}

#[tokio::test]
async fn graphql_ws_asks_changes_and_listens() {
    passes("graphql-ws.mjs").await;
}

#[tokio::test]
async fn graphql_sse_asks_changes_and_listens() {
    passes("graphql-sse.mjs").await;
}

#[tokio::test]
async fn hls_js_and_dash_js_play_to_the_end_and_change_renditions() {
    let installation = Installation::default();
    let polyphony = installation.up().await;
    Script::start("players.mjs", &[&endpoint(&polyphony)]).await.succeeds().await;
}

#[tokio::test]
async fn hls_js_plays_encrypted_segments() {
    let mut installation = Installation::default();
    installation.set("MEDIA__SEGMENTS_PER_KEY", "2");
    let polyphony = installation.up().await;
    Script::start("players.mjs", &[&endpoint(&polyphony), "encrypted"]).await.succeeds().await;
}

#[tokio::test]
async fn graphql_ws_goes_on_after_a_restart() {
    let mut installation = Installation::default();
    installation.set("LISTEN", &free_address().to_string());
    let first = polyphony(&mut installation).await;
    let mut script = Script::start("graphql-ws.mjs", &[&endpoint(&first), "reconnect"]).await;
    script.says("live").await;
    let (status, log) = first.stop().await;
    assert!(status.success(), "{log}");
    let _second = polyphony(&mut installation).await;
    script.succeeds().await;
}
