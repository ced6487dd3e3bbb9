//! What somebody gets who asks for a copy of all that is kept of them.

use kernel::events::DataExportRequested;
use kernel::{Role, Viewer};
use object_store::ObjectStoreExt as _;
use platform::person::export_folder;
use platform::testing::TestPlatform;
use serde_json::{Value, json};

use crate::kit::{Kit, encoded_again, recording};

const REJECT: &str = "mutation($id: ID!, $reason: String!) { rejectRecording(reviewId: $id, reason: $reason) { state } }";
const REVIEW: &str = "query($id: ID!) { track(id: $id) { review { id } } }";

/// A file of the copy for `viewer`.
async fn copy(kit: &Kit, viewer: &Viewer, name: &str) -> Value {
    let platform = &kit.test.platform;
    let wish = DataExportRequested { user_id: viewer.user_id().unwrap(), export_id: platform.ids.next(), contexts: vec![catalog::NAME.into()] };
    kit.hear(&platform.events("users").wrap(&wish)).await;
    let path = format!("{}/{name}.json", export_folder(wish.export_id, catalog::NAME)).into();
    serde_json::from_slice(&platform.blobs.get(&path).await.unwrap().bytes().await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_copy_says_what_was_decided_on_a_recording_and_why_but_not_by_whom_on_every_store() {
    for test in TestPlatform::each().await {
        let kit = Kit::on(test).await;
        let (ada, eve, admin) = (kit.artist(), kit.artist(), kit.person(Role::Admin));
        let mut tracks = Vec::new();
        for (who, name, items) in [(&ada, "Ada", recording(1)), (&eve, "Eve", encoded_again(&recording(1)))] {
            let artist = kit.new_artist(who, name).await;
            let track = kit.new_track(who, &artist, None, "Dawn").await;
            let upload = kit.upload(who, &track, track.as_bytes()).await;
            kit.hear(&kit.completed_as(&track, &upload, &items)).await;
            tracks.push(track);
        }
        let held = copy(&kit, &eve, "artists").await[0]["tracks"][0]["review"].take();
        assert_eq!((&held["state"], &held["decidedAt"], &held["reason"]), (&json!("PENDING"), &Value::Null, &Value::Null), "{}", kit.test.adapter);
        let review = kit.ask(&eve, REVIEW, json!({ "id": tracks[1] })).await["track"]["review"]["id"].take();
        kit.ask(&admin, REJECT, json!({ "id": review, "reason": "It is Ada's." })).await;

        let (artists, uploads) = (copy(&kit, &eve, "artists").await, copy(&kit, &eve, "uploads").await);
        for told in [&artists[0]["tracks"][0]["review"], &uploads[0]["review"]] {
            assert_eq!((&told["state"], &told["reason"]), (&json!("REJECTED"), &json!("It is Ada's.")), "{}", kit.test.adapter);
            assert!(told["decidedAt"].is_string());
        }
        let text = format!("{artists}{uploads}");
        assert!(!text.contains(&admin.user_id().unwrap().to_string()) && !text.contains(&tracks[0]), "neither who decided nor whose it is: {text}");
        assert_eq!(copy(&kit, &ada, "artists").await[0]["tracks"][0]["review"], Value::Null);
    }
}
