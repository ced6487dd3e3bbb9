//! Starting, stopping and killing.

use std::path::{Path, PathBuf};

use cucumber::{given, then, when};
use tests::process::{files_below, is_running};
use tests::{eventually, eventually_within};

use crate::journey::Journey;

/// How soon a killed worker's children must be gone.
const SOON: std::time::Duration = std::time::Duration::from_secs(5);

#[given("Polyphony is running")]
#[when("Polyphony is running again")]
async fn up(journey: &mut Journey) {
    journey.polyphony = Some(journey.installation.up().await);
}

#[given("Polyphony is running without a media worker")]
async fn up_without_worker(journey: &mut Journey) {
    journey.installation.set("MEDIA__WORKERS", "0");
    journey.polyphony = Some(journey.installation.up().await);
    journey.installation.set("MEDIA__WORKERS", "1");
    journey.installation.set("MEDIA__LEASE_SECS", "2");
}

#[given("a media worker is running apart")]
#[when("another media worker is started")]
async fn worker(journey: &mut Journey) {
    journey.worker = Some(journey.installation.serve("media").await);
}

#[given(expr = "media addresses live {int} seconds after their last use")]
async fn short_grants(journey: &mut Journey, secs: u32) {
    journey.installation.set("PLAYBACK__GRANT_SECS", &secs.to_string());
}

#[given(expr = "media addresses live at most {int} seconds")]
async fn bounded_grants(journey: &mut Journey, secs: u32) {
    journey.installation.set("PLAYBACK__GRANT_MAX_SECS", &secs.to_string());
}

#[when("Polyphony is asked to stop")]
async fn stop(journey: &mut Journey) {
    journey.stopped = Some(journey.polyphony.take().expect("Polyphony is running").stop().await);
}

#[then("it stops cleanly")]
async fn stopped_cleanly(journey: &mut Journey) {
    let (status, log) = journey.stopped.take().expect("it was asked to stop");
    assert!(status.success(), "it ended with {status}:\n{log}");
    assert!(!log.contains("did not stop in time"), "something had to be cut off:\n{log}");
}

#[then("the media worker stops cleanly")]
async fn worker_stops(journey: &mut Journey) {
    journey.stopped = Some(journey.worker.take().expect("a media worker is running").stop().await);
    stopped_cleanly(journey).await;
}

#[when(expr = "the media worker is killed in the middle of {string}")]
async fn kill_worker(journey: &mut Journey, title: String) {
    let live = &mut journey.processing.as_mut().expect("it is being processed").0;
    loop {
        let answer = live.next().await.unwrap_or_else(|| panic!("{title} was through before it could be interrupted")).expect_data();
        let processing = &answer["trackProcessing"];
        let percent = processing["percent"].as_f64().expect("a percentage");
        assert!(percent < 100.0, "{title} was through before it could be interrupted");
        if processing["state"] == "PROCESSING" && percent > 0.0 {
            break;
        }
    }
    let worker = journey.worker.take().expect("a media worker is running");
    journey.orphans = worker.descendants();
    assert!(!journey.orphans.is_empty(), "the worker decodes in a process of its own");
    worker.kill().await;
}

#[then("none of its processes goes on")]
async fn no_orphans(journey: &mut Journey) {
    let orphans = &journey.orphans;
    eventually_within(SOON, "the killed worker's processes end", async || orphans.iter().all(|pid| !is_running(*pid)).then_some(())).await;
}

#[then("there is exactly one ladder")]
async fn one_ladder(journey: &mut Journey) {
    let ladders = journey.blobs().join("ladders");
    eventually("what the killed worker had written is removed", async || (entries(&ladders).len() == 1).then_some(())).await;
    // As complete as any: a player is content with it.
    assert!(entries(&ladders)[0].join("master.m3u8").exists());
}

#[then("nothing temporary is left")]
async fn nothing_temporary(journey: &mut Journey) {
    let (tmp, blobs) = (journey.installation.data().join("tmp"), journey.blobs());
    eventually("what was temporary is removed", async || {
        // The blob store writes to `NAME#NUMBER` until a file is complete.
        let unfinished = files_below(&blobs).into_iter().any(|file| file.to_string_lossy().contains('#'));
        let in_work = entries(&tmp).into_iter().any(|room| !room.is_dir() || !entries(&room).is_empty());
        (!unfinished && !in_work).then_some(())
    })
    .await;
}

/// What lies in `folder`; nothing when there is none.
fn entries(folder: &Path) -> Vec<PathBuf> {
    std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.expect("a folder can be listed").path()).collect()
}

#[then("no file is kept")]
async fn no_file(journey: &mut Journey) {
    let blobs = journey.blobs();
    eventually("the refused file is removed", async || files_below(&blobs).is_empty().then_some(())).await;
}
