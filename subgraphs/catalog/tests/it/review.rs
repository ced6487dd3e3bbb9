//! Recordings that are known already.

use std::time::Duration;

use catalog::domain::fingerprint::Fingerprint;
use kernel::{Role, Viewer};
use platform::testing::TestPlatform;
use proptest::prelude::*;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::kit::{Kit, compressed, encoded_again, recording, text};

const QUEUE: &str = "query($state: ReviewState, $first: Int, $after: String, $last: Int, $before: String) {
    recordingReviews(state: $state, first: $first, after: $after, last: $last, before: $before) {
        nodes { id state track { id } matched { id } similarity offsetMs overlapMs decidedBy { id } }
        pageInfo { hasNextPage hasPreviousPage endCursor startCursor }
    }
}";
const TRACK: &str = "query($id: ID!) { track(id: $id) { state review { id state track { id } matched { id } reason decidedBy { id } } } }";
const ALLOW: &str = "mutation($id: ID!, $reason: String) { allowRecording(reviewId: $id, reason: $reason) { state track { state } reason } }";
const REJECT: &str = "mutation($id: ID!, $reason: String!) { rejectRecording(reviewId: $id, reason: $reason) { state track { state } decidedBy { id } } }";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { state } }";
const UNPUBLISH: &str = "mutation($id: ID!) { unpublishTrack(id: $id) { state } }";
const DELETE: &str = "mutation($id: ID!) { deleteTrack(id: $id) }";

/// An artist of `viewer`'s with a processed track that is known by `items`.
async fn processed(kit: &Kit, viewer: &Viewer, title: &str, items: &[u32]) -> String {
    let artist = kit.new_artist(viewer, title).await;
    let track = kit.new_track(viewer, &artist, None, title).await;
    process(kit, viewer, &track, items).await;
    track
}

async fn process(kit: &Kit, viewer: &Viewer, track: &str, items: &[u32]) {
    let upload = kit.upload(viewer, track, title_bytes(track, items).as_bytes()).await;
    kit.hear(&kit.completed_as(track, &upload, items)).await;
}

fn title_bytes(track: &str, items: &[u32]) -> String {
    format!("{track}{}", items[0])
}

async fn see(kit: &Kit, viewer: &Viewer, track: &str) -> Value {
    kit.ask(viewer, TRACK, json!({ "id": track })).await["track"].take()
}

async fn queue(kit: &Kit, admin: &Viewer, variables: Value) -> Value {
    kit.ask(admin, QUEUE, variables).await["recordingReviews"].take()
}

#[tokio::test]
async fn somebody_elses_recording_waits_for_an_admin_and_is_published_once_allowed_on_every_store() {
    for test in TestPlatform::each().await {
        let kit = Kit::on(test).await;
        let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
        let dawn = processed(&kit, &ada, "Dawn", &recording(1)).await;
        assert_eq!(see(&kit, &ada, &dawn).await, json!({ "state": "READY", "review": null }), "nothing was known before");
        let copy = processed(&kit, &eve, "Mine", &encoded_again(&recording(1)[162..])).await;

        let held = see(&kit, &eve, &copy).await;
        assert_eq!((&held["state"], &held["review"]["state"]), (&json!("HELD"), &json!("PENDING")), "{}", kit.test.adapter);
        assert_eq!((&held["review"]["track"]["id"], &held["review"]["matched"]), (&json!(copy), &Value::Null), "whose it is, is the admin's to know");
        let waiting = kit.ask(&eve, PUBLISH, json!({ "id": copy })).await;
        assert_eq!(waiting["publishTrack"]["state"], "HELD");
        assert!(kit.refusal(&Viewer::Anonymous, QUEUE, Value::Null).await.is("UNAUTHENTICATED", None));
        assert!(kit.refusal(&ada, QUEUE, Value::Null).await.is("FORBIDDEN", None));

        let waiting = queue(&kit, &admin, Value::Null).await["nodes"].take();
        assert_eq!(waiting.as_array().unwrap().len(), 1);
        let review = &waiting[0];
        assert_eq!((&review["track"]["id"], &review["matched"]["id"]), (&json!(copy), &json!(dawn)));
        assert!(review["similarity"].as_f64().unwrap() > 0.97, "{review}");
        assert!((review["offsetMs"].as_f64().unwrap() - 20_057.0).abs() < 200.0 && review["overlapMs"].as_f64().unwrap() > 90_000.0, "{review}");

        let allowed = kit.ask(&admin, ALLOW, json!({ "id": review["id"], "reason": "Licensed." })).await;
        assert_eq!(allowed["allowRecording"], json!({ "state": "ALLOWED", "track": { "state": "PUBLISHED" }, "reason": "Licensed." }));
        assert_eq!(kit.state(&Viewer::Anonymous, &copy).await, "PUBLISHED");
        assert_eq!(queue(&kit, &admin, Value::Null).await["nodes"], json!([]));
        let decided = queue(&kit, &admin, json!({ "state": "ALLOWED" })).await;
        assert_eq!(decided["nodes"][0]["decidedBy"]["id"], json!(admin.user_id().unwrap().to_string()));
        let seen = see(&kit, &eve, &copy).await["review"].take();
        assert_eq!((&seen["reason"], &seen["decidedBy"]), (&json!("Licensed."), &Value::Null));
        assert_eq!(see(&kit, &ada, &copy).await["review"], Value::Null, "another's review is nobody's business");
        assert!(kit.refusal(&admin, ALLOW, json!({ "id": review["id"] })).await.is("CONFLICT", Some("reviewId")), "decided is decided");
    }
}

#[tokio::test]
async fn what_is_rejected_stays_out_and_known() {
    let kit = Kit::new().await;
    let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
    let dawn = processed(&kit, &ada, "Dawn", &recording(1)).await;
    let copy = processed(&kit, &eve, "Mine", &recording(1)).await;
    let review = see(&kit, &eve, &copy).await["review"]["id"].take();
    let rejected = kit.ask(&admin, REJECT, json!({ "id": review, "reason": " It is Ada's. " })).await;
    assert_eq!(rejected["rejectRecording"]["track"]["state"], "REJECTED");
    let seen = see(&kit, &eve, &copy).await;
    assert_eq!((&seen["state"], &seen["review"]["reason"]), (&json!("REJECTED"), &json!("It is Ada's.")));
    assert!(kit.refusal(&eve, PUBLISH, json!({ "id": copy })).await.is("CONFLICT", Some("id")));
    // Ada's is gone; sending it in again, on this track or on another, is no way round.
    kit.ask(&ada, DELETE, json!({ "id": dawn })).await;
    process(&kit, &eve, &copy, &encoded_again(&recording(1))).await;
    assert_eq!(see(&kit, &eve, &copy).await["state"], "HELD");
    let again = processed(&kit, &eve, "Again", &recording(1)).await;
    assert_eq!(see(&kit, &eve, &again).await["state"], "HELD");
    // The admin thinks again.
    kit.ask(&eve, DELETE, json!({ "id": copy })).await;
    let review = see(&kit, &eve, &again).await["review"]["id"].take();
    kit.ask(&admin, REJECT, json!({ "id": review, "reason": "No." })).await;
    let allowed = kit.ask(&admin, ALLOW, json!({ "id": review })).await;
    assert_eq!(allowed["allowRecording"]["track"]["state"], "READY");
    kit.ask(&eve, PUBLISH, json!({ "id": again })).await;
}

#[tokio::test]
async fn ones_own_recording_again_is_told_and_not_held() {
    let kit = Kit::new().await;
    let (ada, admin) = (kit.artist(), kit.person(Role::Admin));
    let single = processed(&kit, &ada, "Dawn", &recording(1)).await;
    let on_album = processed(&kit, &ada, "Dawn (album)", &encoded_again(&recording(1))).await;
    let seen = see(&kit, &ada, &on_album).await;
    assert_eq!((&seen["state"], &seen["review"]["state"]), (&json!("READY"), &json!("OWN_DUPLICATE")));
    assert_eq!(seen["review"]["matched"]["id"], json!(single));
    assert_eq!(queue(&kit, &admin, Value::Null).await["nodes"], json!([]));
    assert!(kit.refusal(&admin, ALLOW, json!({ "id": seen["review"]["id"] })).await.is("CONFLICT", Some("reviewId")));
}

#[tokio::test]
async fn what_tells_nothing_passes() {
    let kit = Kit::new().await;
    for (title, items) in [("Silence", vec![627_964_279; 900]), ("Moment", recording(1)[..40].to_vec())] {
        for _ in 0..2 {
            let ada = kit.artist();
            let track = processed(&kit, &ada, title, &items).await;
            assert_eq!(see(&kit, &ada, &track).await, json!({ "state": "READY", "review": null }), "{title}");
        }
    }
    // Nor does what no fingerprint is.
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let track = kit.new_track(&ada, &artist, None, "Odd").await;
    let upload = kit.upload(&ada, &track, b"odd").await;
    let mut completed = kit.completed(&track, &upload);
    completed.data["analysis"]["fingerprint"] = "AQAA%".into();
    kit.hear(&completed).await;
    assert_eq!(kit.state(&ada, &track).await, "READY");
}

#[tokio::test]
async fn another_recording_withdraws_the_question_and_a_deleted_one_is_known_no_more() {
    let kit = Kit::new().await;
    let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
    let dawn = processed(&kit, &ada, "Dawn", &recording(1)).await;
    let copy = processed(&kit, &eve, "Mine", &recording(1)).await;
    let review = see(&kit, &eve, &copy).await["review"]["id"].take();
    process(&kit, &eve, &copy, &recording(2)).await;
    assert_eq!(see(&kit, &eve, &copy).await, json!({ "state": "READY", "review": null }));
    assert_eq!(queue(&kit, &admin, json!({ "state": "WITHDRAWN" })).await["nodes"][0]["id"], review);
    assert!(kit.refusal(&admin, REJECT, json!({ "id": review, "reason": "Late." })).await.is("CONFLICT", Some("reviewId")));
    // Neither the replaced recording nor the deleted one is known.
    kit.ask(&ada, DELETE, json!({ "id": dawn })).await;
    let third = processed(&kit, &kit.artist(), "Third", &recording(1)).await;
    assert_eq!(kit.state(&admin, &third).await, "READY");
    // A question about a deleted track is gone with it.
    let fourth = processed(&kit, &eve, "Fourth", &recording(1)).await;
    assert_eq!(queue(&kit, &admin, Value::Null).await["nodes"].as_array().unwrap().len(), 1);
    kit.ask(&eve, DELETE, json!({ "id": fourth })).await;
    assert_eq!(queue(&kit, &admin, Value::Null).await["nodes"], json!([]));
}

#[tokio::test]
async fn of_two_that_come_at_once_one_is_held_on_every_store() {
    for test in TestPlatform::each().await {
        let kit = Kit::on(test).await;
        let mut reports = Vec::new();
        let mut tracks = Vec::new();
        for n in 0..4 {
            let viewer = kit.artist();
            let artist = kit.new_artist(&viewer, "Somebody").await;
            let track = kit.new_track(&viewer, &artist, None, "Dawn").await;
            let upload = kit.upload(&viewer, &track, format!("{n}").as_bytes()).await;
            reports.push(kit.completed_as(&track, &upload, &recording(1)));
            tracks.push(track);
        }
        futures::future::join_all(reports.iter().map(|report| kit.hear(report))).await;
        let admin = kit.person(Role::Admin);
        let states = futures::future::join_all(tracks.iter().map(|track| kit.state(&admin, track))).await;
        let ready = states.iter().filter(|state| *state == "READY").count();
        assert_eq!((ready, states.iter().filter(|state| *state == "HELD").count()), (1, 3), "{states:?} {}", kit.test.adapter);
    }
}

#[tokio::test]
async fn a_wish_to_publish_can_be_taken_back() {
    let kit = Kit::new().await;
    let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
    processed(&kit, &ada, "Dawn", &recording(1)).await;
    let copy = processed(&kit, &eve, "Mine", &recording(1)).await;
    assert!(kit.refusal(&eve, UNPUBLISH, json!({ "id": copy })).await.is("CONFLICT", Some("id")));
    kit.ask(&eve, PUBLISH, json!({ "id": copy })).await;
    kit.ask(&eve, PUBLISH, json!({ "id": copy })).await;
    kit.ask(&eve, UNPUBLISH, json!({ "id": copy })).await;
    let review = see(&kit, &eve, &copy).await["review"]["id"].take();
    kit.ask(&admin, ALLOW, json!({ "id": review })).await;
    assert_eq!(kit.state(&eve, &copy).await, "READY");
}

#[tokio::test]
async fn the_queue_is_read_page_by_page_and_bad_decisions_are_refused() {
    let kit = Kit::new().await;
    let admin = kit.person(Role::Admin);
    processed(&kit, &kit.artist(), "Dawn", &recording(1)).await;
    let mut tracks = Vec::new();
    for _ in 0..3 {
        kit.test.clock.advance(chrono::TimeDelta::seconds(1));
        tracks.push(json!(processed(&kit, &kit.artist(), "Copy", &recording(1)).await));
    }
    let ids = |page: &Value| page["nodes"].as_array().unwrap().iter().map(|review| review["track"]["id"].clone()).collect::<Vec<_>>();
    let first = queue(&kit, &admin, json!({ "first": 2 })).await;
    assert_eq!((ids(&first), &first["pageInfo"]["hasNextPage"]), (tracks[..2].to_vec(), &json!(true)));
    let rest = queue(&kit, &admin, json!({ "first": 2, "after": first["pageInfo"]["endCursor"] })).await;
    assert_eq!((ids(&rest), &rest["pageInfo"]["hasNextPage"]), (tracks[2..].to_vec(), &json!(false)));
    let back = queue(&kit, &admin, json!({ "last": 1, "before": rest["pageInfo"]["startCursor"] })).await;
    assert_eq!(ids(&back), tracks[1..2]);
    assert!(kit.refusal(&admin, QUEUE, json!({ "after": "x" })).await.is("BAD_USER_INPUT", Some("after")));
    assert!(kit.refusal(&admin, QUEUE, json!({ "first": 0 })).await.is("BAD_USER_INPUT", Some("first")));

    let review = &first["nodes"][0]["id"];
    let nobodys = kit.test.platform.ids.next::<kernel::id::RecordingReview>().to_string();
    for (viewer, id, reason, code, field) in [
        (&admin, review, "  ", "BAD_USER_INPUT", Some("reason")),
        (&admin, review, &*"x".repeat(501), "BAD_USER_INPUT", Some("reason")),
        (&admin, &json!("x"), "No.", "BAD_USER_INPUT", Some("reviewId")),
        (&admin, &json!(nobodys), "No.", "NOT_FOUND", Some("reviewId")),
        (&kit.artist(), review, "No.", "FORBIDDEN", None),
        (&Viewer::Anonymous, review, "No.", "UNAUTHENTICATED", None),
    ] {
        let refusal = kit.refusal(viewer, REJECT, json!({ "id": id, "reason": reason })).await;
        assert!(refusal.is(code, field), "{reason}: {refusal:?}");
    }
    assert_eq!(queue(&kit, &admin, Value::Null).await["nodes"].as_array().unwrap().len(), 3, "nothing was decided");
}

#[tokio::test]
async fn others_hear_of_it() {
    let mut kit = Kit::new().await;
    let stop = CancellationToken::new();
    for task in std::mem::take(&mut kit.context.tasks) {
        tokio::spawn((task.run)(stop.clone()));
    }
    let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
    processed(&kit, &ada, "Dawn", &recording(1)).await;
    let copy = processed(&kit, &eve, "Mine", &recording(1)).await;
    kit.ask(&eve, PUBLISH, json!({ "id": copy })).await;
    let review = text(&see(&kit, &eve, &copy).await["review"]["id"]);
    kit.ask(&admin, ALLOW, json!({ "id": review })).await;
    let bus = &kit.test.platform.bus;
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let heard = bus.poll("test", &["track.held", "track.reviewed", "track.published"], 100).await.unwrap();
            if heard.len() == 3 {
                return heard;
            }
            bus.wait("test").await;
        }
    })
    .await
    .expect("everything is told");
    stop.cancel();
    let told: Vec<_> = heard.iter().map(|delivery| (delivery.event.r#type.as_str(), delivery.event.subject.as_str())).collect();
    assert_eq!(told, ["track.held", "track.reviewed", "track.published"].map(|kind| (kind, copy.as_str())));
    let reviewed = &heard[1].event.data;
    assert_eq!(
        (&reviewed["review_id"], &reviewed["allowed"], &reviewed["decided_by"], &reviewed["owner_id"]),
        (&json!(review), &json!(true), &json!(admin.user_id()), &json!(eve.user_id()))
    );
}

proptest! {
    #[test]
    fn every_fingerprint_survives_its_text(items in proptest::collection::vec(any::<u32>(), 1..300)) {
        prop_assert_eq!(Fingerprint::parse(&compressed(&items)), Some(Fingerprint::from_items(items)));
    }
}
