use kernel::Viewer;
use serde_json::json;

use crate::support::Playback;

const WAVEFORM: &str = "{ sampleRateHz samplesPerPixel bits data }";

#[tokio::test]
async fn anyone_sees_the_peaks_of_a_published_track() {
    let playback = Playback::start().await;
    let id = playback.published().await.track_id.to_string();
    let whole = json!({ "sampleRateHz": 44_100, "samplesPerPixel": 256, "bits": 8, "data": [-1, 1, -5, 2, 0, 9, -3, 3, -2, 2] });
    for arguments in ["", "(points: 5)", "(points: 2000)"] {
        let entity = playback.track(&Viewer::Anonymous, &id, &format!("waveform{arguments} {WAVEFORM}")).await.entity();
        assert_eq!(entity["waveform"], whole, "{arguments}");
    }
}

#[tokio::test]
async fn fewer_points_keep_the_extremes() {
    let playback = Playback::start().await;
    let id = playback.published().await.track_id.to_string();
    for (points, samples_per_pixel, data) in [(4, 512, json!([-5, 2, -3, 9, -2, 2])), (3, 512, json!([-5, 2, -3, 9, -2, 2])), (1, 1280, json!([-5, 9]))] {
        let entity = playback.track(&Viewer::Anonymous, &id, &format!("waveform(points: {points}) {WAVEFORM}")).await.entity();
        let expected = json!({ "sampleRateHz": 44_100, "samplesPerPixel": samples_per_pixel, "bits": 8, "data": data });
        assert_eq!(entity["waveform"], expected, "{points}");
    }
}

#[tokio::test]
async fn points_must_be_in_range() {
    let playback = Playback::start().await;
    let id = playback.published().await.track_id.to_string();
    for points in [0, -1, 2001, i32::MAX, i32::MIN] {
        let answer = playback.track(&Viewer::Anonymous, &id, &format!("waveform(points: {points}) {WAVEFORM}")).await;
        answer.assert_refused("BAD_USER_INPUT", Some("points"));
    }
}

#[tokio::test]
async fn points_must_be_in_range_of_a_draft_too() {
    let playback = Playback::start().await;
    let id = playback.ids().next::<kernel::id::Track>().to_string();
    let answer = playback.track(&Viewer::Anonymous, &id, &format!("waveform(points: 0) {WAVEFORM}")).await;
    answer.assert_refused("BAD_USER_INPUT", Some("points"));
}

#[tokio::test]
async fn a_draft_shows_nothing() {
    let playback = Playback::start().await;
    let draft = playback.recording(playback.ids().next()).await;
    playback.hear(&draft.completed()).await;
    for id in [draft.track_id, playback.ids().next()] {
        let entity = playback.track(&playback.listener(), &id.to_string(), &format!("waveform {WAVEFORM}")).await.entity();
        assert_eq!(entity["waveform"], json!(null));
    }
}

#[tokio::test]
async fn peaks_that_cannot_be_read_are_told_of_without_details() {
    let playback = Playback::start().await;
    let recording = playback.recording(playback.ids().next()).await;
    playback.hear(&kernel::events::MediaCompleted { prefix: "ladders/nowhere".into(), ..recording.completed() }).await;
    playback.hear(&recording.published()).await;
    let answer = playback.track(&playback.listener(), &recording.track_id.to_string(), &format!("waveform {WAVEFORM}")).await;
    answer.assert_refused("UNAVAILABLE", None);
    assert!(!format!("{:?}", answer.0.errors).contains("nowhere"), "{answer:?}");
}
