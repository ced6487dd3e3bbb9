//! Another supergraph in the running gateway.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use gateway::Contract;
use platform::telemetry;
use serde_json::json;
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::app::{App, PARTNER, Reach, SUPERGRAPH, code, config, until};
use crate::live::change_until_heard;
use crate::socket::Socket;

/// An app whose supergraph is a file.
struct Watched {
    app: Arc<App>,
    folder: TempDir,
    file: PathBuf,
    task: JoinHandle<()>,
}

impl Watched {
    async fn start(reach: Reach) -> Self {
        Self::start_of(reach, Contract::Whole, SUPERGRAPH).await
    }

    async fn start_of(reach: Reach, contract: Contract, sdl: &str) -> Self {
        telemetry::recorder();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("supergraph.graphql");
        std::fs::write(&file, sdl).unwrap();
        let app = Arc::new(App::start_with(reach, config()).await);
        let watch = app.gateway.watch(contract, &file).every(Duration::from_millis(5));
        let task = tokio::spawn((app.gateway.reload_task(contract, watch).run)(app.stop.clone()));
        Self { app, folder, file, task }
    }

    /// Replaces the file in one step, as deployments do.
    fn replace(&self, sdl: &str) {
        let fresh = self.folder.path().join("fresh");
        write_and_move(&fresh, &self.file, sdl);
    }

    async fn until_served(&self, total: bool) {
        let waiting = async {
            while (self.app.query("{ total }").await["data"]["total"] == 42) != total {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("the new supergraph is served");
    }
}

fn write_and_move(fresh: &Path, file: &Path, sdl: &str) {
    std::fs::write(fresh, sdl).unwrap();
    std::fs::rename(fresh, file).unwrap();
}

/// The supergraph without `Query.total`.
fn without_total() -> String {
    let lines: Vec<_> = SUPERGRAPH.lines().filter(|line| !line.trim_start().starts_with("total:")).collect();
    assert_eq!(lines.len() + 1, SUPERGRAPH.lines().count(), "the fixture has one field of this name");
    lines.join("\n")
}

fn refused() -> u64 {
    let metrics = telemetry::render_metrics();
    let line = metrics.lines().find_map(|line| line.strip_prefix("gateway_supergraph_reloads_total{outcome=\"refused\"} "));
    line.map_or(0, |count| count.parse().unwrap())
}

#[tokio::test]
async fn a_new_supergraph_is_served_without_dropping_a_request_or_a_stream() {
    for reach in [Reach::InProcess, Reach::Http] {
        let watched = Watched::start(reach).await;
        let app = &watched.app;
        let mut socket = Socket::start(app, None).await;
        socket.subscribe("1", "subscription { trackChanged { id plays } }").await;
        change_until_heard(app, &mut socket, "a").await;

        let (done, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
        let asking = tokio::spawn({
            let (app, done, asked) = (app.clone(), done.clone(), asked.clone());
            async move {
                while !done.load(Ordering::SeqCst) {
                    let answer = app.query("{ tracks(first: 1) { title plays } }").await;
                    assert_eq!(answer, json!({ "data": { "tracks": [{ "title": "title of 0", "plays": 1 }] } }));
                    asked.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        until(|| asked.load(Ordering::SeqCst) > 0).await;
        watched.replace(&without_total());
        watched.until_served(false).await;
        assert_eq!(code(&app.query("{ total }").await), "GRAPHQL_VALIDATION_FAILED");
        let before = asked.load(Ordering::SeqCst);
        until(|| asked.load(Ordering::SeqCst) > before).await;
        done.store(true, Ordering::SeqCst);
        asking.await.unwrap();

        // The stream that began before goes on, and a new one begins on the new supergraph.
        let event = change_until_heard(app, &mut socket, "abc").await;
        assert!(event["errors"].is_null(), "{event}");
        let mut later = Socket::start(app, None).await;
        later.subscribe("1", "subscription { countdown(from: 1) }").await;
        assert_eq!(later.expect("next").await, json!({ "data": { "countdown": 1 } }));
        app.stop.cancel();
        watched.task.await.unwrap();
    }
}

#[tokio::test]
async fn a_broken_file_is_refused_and_the_old_one_serves_on() {
    let watched = Watched::start(Reach::InProcess).await;
    let open = SUPERGRAPH.replacen("@link(url: \"https://specs.apollo.dev/authenticated/v0.1\", for: SECURITY)", "", 1);
    for broken in ["type Query {", "", &open] {
        let before = refused();
        watched.replace(broken);
        until(|| refused() > before).await;
        assert_eq!(watched.app.query("{ total }").await, json!({ "data": { "total": 42 } }));
    }
    std::fs::remove_file(&watched.file).unwrap();
    assert_eq!(watched.app.query("{ total }").await, json!({ "data": { "total": 42 } }));
    // What comes after a broken one is taken again.
    watched.replace(&without_total());
    watched.until_served(false).await;
    watched.replace(SUPERGRAPH);
    watched.until_served(true).await;
}

#[tokio::test]
async fn the_part_for_partners_is_followed_by_itself() {
    let watched = Watched::start_of(Reach::InProcess, Contract::Partner, PARTNER).await;
    let key = watched.app.key(watched.app.rights(&[]));
    let query = "{ tracks(first: 1) { title plays } }";
    let whole = json!({ "data": { "tracks": [{ "title": "title of 0", "plays": 1 }] } });
    assert_eq!(watched.app.query_as(key.as_str(), query).await, whole);

    let without_plays: Vec<_> = PARTNER.lines().filter(|line| !line.trim_start().starts_with("plays:")).collect();
    watched.replace(&without_plays.join("\n"));
    let refused = async {
        while watched.app.query_as(key.as_str(), query).await["errors"][0]["extensions"]["code"] != "GRAPHQL_VALIDATION_FAILED" {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), refused).await.expect("partners see less");
    assert_eq!(watched.app.query(query).await, whole, "others see what they saw");
}
