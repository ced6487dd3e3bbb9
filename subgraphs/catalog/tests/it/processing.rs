//! The media worker's reports, and those who watch.

use kernel::{Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value, json};

use crate::kit::Kit;

const TRACK: &str = "query($id: ID!) { track(id: $id) { state failureReason durationMs loudnessLufs } }";
const FOLLOW: &str =
    "subscription($id: ID!) { trackProcessing(trackId: $id) { percent remainingSecs state failureReason track { id title state durationMs } } }";

async fn uploaded(kit: &Kit, viewer: &Viewer) -> (String, String) {
    let artist = kit.new_artist(viewer, "Ada Sound").await;
    let track = kit.new_track(viewer, &artist, None, "Dawn").await;
    let upload = kit.upload(viewer, &track, b"a recording").await;
    (track, upload)
}

#[tokio::test]
async fn reports_move_the_track_once_each_on_every_store() {
    for test in TestPlatform::each().await {
        let kit = Kit::on(test).await;
        let ada = kit.artist();
        let (track, upload) = uploaded(&kit, &ada).await;
        let see = async || kit.ask(&ada, TRACK, json!({ "id": track })).await["track"].take();
        let progressed = kit.progressed(&track, &upload, 40);
        for _ in 0..2 {
            kit.hear(&progressed).await;
            assert_eq!(see().await["state"], "PROCESSING");
        }
        let completed = kit.completed(&track, &upload);
        kit.hear(&completed).await;
        let ready = json!({ "state": "READY", "failureReason": null, "durationMs": 61_000, "loudnessLufs": -14.5 });
        assert_eq!(see().await, ready, "{}", kit.test.adapter);
        // Again, late, and contradicted.
        for event in [&progressed, &completed, &kit.progressed(&track, &upload, 99), &kit.failed(&track, &upload, "too late")] {
            kit.hear(event).await;
            assert_eq!(see().await, ready, "{}", event.r#type);
        }
        // Published, then the log is replayed.
        kit.ask(&ada, "mutation($id: ID!) { publishTrack(id: $id) { id } }", json!({ "id": track })).await;
        kit.hear(&completed).await;
        assert_eq!(see().await["state"], "PUBLISHED");
    }
}

#[tokio::test]
async fn what_was_measured_is_told() {
    const MEASURES: &str = "query($id: ID!) { track(id: $id) { loudness { integratedLufs rangeLu truePeakDbtp } tempo { bpm confidence }
        key { tonic mode confidence } leadingSilenceMs trailingSilenceMs } }";
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, upload) = uploaded(&kit, &ada).await;
    let see = async || kit.ask(&ada, MEASURES, json!({ "id": track })).await["track"].take();
    let nothing = json!({ "loudness": null, "tempo": null, "key": null, "leadingSilenceMs": null, "trailingSilenceMs": null });
    assert_eq!(see().await, nothing);
    kit.hear(&kit.completed(&track, &upload)).await;
    let measured = json!({
        "loudness": { "integratedLufs": -14.5, "rangeLu": 6.5, "truePeakDbtp": -1.0 },
        "tempo": { "bpm": 128.0, "confidence": 0.75 },
        "key": { "tonic": "E_FLAT", "mode": "MINOR", "confidence": 0.5 },
        "leadingSilenceMs": 120,
        "trailingSilenceMs": 2500,
    });
    assert_eq!(see().await, measured);
    kit.upload(&ada, &track, b"another recording").await;
    assert_eq!(see().await, nothing, "the measures were of the replaced recording");
}

#[tokio::test]
async fn a_failure_has_its_reason_and_another_upload_forgets_it() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, upload) = uploaded(&kit, &ada).await;
    kit.hear(&kit.failed(&track, &upload, "This file holds no audio.")).await;
    let failed = kit.ask(&ada, TRACK, json!({ "id": track })).await["track"].take();
    assert_eq!((&failed["state"], &failed["failureReason"]), (&json!("FAILED"), &json!("This file holds no audio.")));
    let log = "query($id: ID!) { track(id: $id) { processingLog { text } } }";
    let lines = kit.ask(&ada, log, json!({ "id": track })).await["track"].take();
    assert_eq!(lines, json!({ "processingLog": [{ "text": "This file holds no audio." }] }));
    kit.upload(&ada, &track, b"another recording").await;
    assert_eq!(kit.ask(&ada, log, json!({ "id": track })).await["track"], json!({ "processingLog": [] }));
    let again = kit.ask(&ada, TRACK, json!({ "id": track })).await["track"].take();
    assert_eq!((&again["state"], &again["failureReason"]), (&json!("UPLOADED"), &Value::Null));
    kit.hear(&kit.completed(&track, &upload)).await;
    assert_eq!(kit.state(&ada, &track).await, "UPLOADED", "the failed upload is replaced");
    // Reports on what is gone do no harm.
    kit.ask(&ada, "mutation($id: ID!) { deleteTrack(id: $id) }", json!({ "id": track })).await;
    kit.hear(&kit.completed(&track, &upload)).await;
}

#[tokio::test]
async fn the_owner_watches_until_it_is_over() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, upload) = uploaded(&kit, &ada).await;
    let mut live = kit.live(&ada, FOLLOW, json!({ "id": track }));
    let mut next = async || live.next().await.map(|mut pushed| pushed["trackProcessing"].take());
    let first = next().await.unwrap();
    assert_eq!((&first["state"], &first["percent"]), (&json!("UPLOADED"), &json!(0)));
    let bus = &kit.test.platform.bus;
    // Heard before the context has written it down; others' reports and falling ones are not pushed.
    let others = kit.test.platform.ids.next::<kernel::id::Track>().to_string();
    let replaced = kit.test.platform.ids.next::<kernel::id::Upload>().to_string();
    bus.publish(&[
        kit.progressed(&track, &upload, 30),
        kit.progressed(&others, &upload, 70),
        kit.progressed(&track, &replaced, 80),
        kit.progressed(&track, &upload, 0),
        kit.progressed(&track, &upload, 60),
    ])
    .await
    .unwrap();
    for percent in [30, 60] {
        let pushed = next().await.unwrap();
        assert_eq!((&pushed["state"], &pushed["percent"], &pushed["track"]["state"]), (&json!("PROCESSING"), &json!(percent), &json!("PROCESSING")));
        assert_eq!(pushed["remainingSecs"], 100 - percent);
    }
    // The end is told once it is written down.
    let completed = kit.completed(&track, &upload);
    bus.publish(std::slice::from_ref(&completed)).await.unwrap();
    let (last, ()) = tokio::join!(next(), async {
        tokio::task::yield_now().await;
        kit.hear(&completed).await;
    });
    let last = last.unwrap();
    assert_eq!(last["track"], json!({ "id": track, "title": "Dawn", "state": "READY", "durationMs": 61_000 }));
    assert_eq!((&last["state"], &last["percent"], &last["failureReason"]), (&json!("READY"), &json!(100), &Value::Null));
    assert_eq!(last["remainingSecs"], Value::Null);
    assert_eq!(kit.state(&ada, &track).await, "READY");
    assert_eq!(next().await, None);

    // Who comes late is told how it ended.
    let mut live = kit.live(&kit.person(Role::Admin), FOLLOW, json!({ "id": track }));
    assert_eq!(live.next().await.unwrap()["trackProcessing"]["state"], "READY");
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn a_deleted_track_ends_the_watch() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, upload) = uploaded(&kit, &ada).await;
    let mut live = kit.live(&ada, FOLLOW, json!({ "id": track }));
    assert_eq!(live.next().await.unwrap()["trackProcessing"]["state"], "UPLOADED");
    kit.ask(&ada, "mutation($id: ID!) { deleteTrack(id: $id) }", json!({ "id": track })).await;
    kit.test.platform.bus.publish(&[kit.progressed(&track, &upload, 10)]).await.unwrap();
    assert_eq!(live.next().await, None);
}

#[tokio::test]
async fn nobody_else_watches() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, _) = uploaded(&kit, &ada).await;
    let nothing = kit.test.platform.ids.next::<kernel::id::Track>().to_string();
    for (viewer, id, code) in [
        (kit.artist(), track.as_str(), "FORBIDDEN"),
        (Viewer::Anonymous, &track, "UNAUTHENTICATED"),
        (ada.clone(), &nothing, "NOT_FOUND"),
        (ada, "x", "BAD_USER_INPUT"),
    ] {
        assert_eq!(kit.live(&viewer, FOLLOW, json!({ "id": id })).refusal().await, code);
    }
}

#[tokio::test]
async fn a_log_is_its_owners() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let (track, upload) = uploaded(&kit, &ada).await;
    kit.hear(&kit.completed(&track, &upload)).await;
    kit.ask(&ada, "mutation($id: ID!) { publishTrack(id: $id) { id } }", json!({ "id": track })).await;
    let log = "query($id: ID!) { track(id: $id) { processingLog { at text } } }";
    let line = json!([{ "at": "2026-01-01T00:00:00+00:00", "text": "It is ready." }]);
    for (viewer, expected) in [(ada, line.clone()), (kit.person(Role::Admin), line), (kit.person(Role::User), Value::Null)] {
        assert_eq!(kit.ask(&viewer, log, json!({ "id": track })).await["track"], json!({ "processingLog": expected }));
    }
}
