//! Recordings that are known already, and the admin who decides on them.

use cucumber::{then, when};
use serde_json::{Value, json};
use tests::eventually;
use tests::recording::Recording;

use crate::journey::Journey;
use crate::people::text;
use crate::uploading::{follow, upload};

const SEEN: &str = "query($id: ID!) { track(id: $id) { state review { state reason matched { id } decidedBy { id } } } }";
const QUEUE: &str = "{ recordingReviews { nodes { id track { title uploadedBy { username } } matched { title } similarity offsetMs overlapMs } } }";

#[when(expr = "{word} uploads a song of {int} seconds to {string}")]
async fn upload_song(journey: &mut Journey, name: String, secs: u32, title: String) {
    upload(journey, &name, &title, Recording::song(secs)).await;
}

#[when(expr = "{word} uploads the same song to {string} as a quiet MP3 that begins {int} seconds later")]
async fn upload_again(journey: &mut Journey, name: String, title: String, secs: u32) {
    let again = Recording::song(40).as_quiet_mp3(secs).await;
    upload(journey, &name, &title, again).await;
}

#[then(expr = "{word} sees the processing of {string} end with HELD, and is not told whose recording it is")]
async fn held(journey: &mut Journey, name: String, title: String) {
    let (pushed, last) = follow(journey, &title).await;
    assert_eq!(last["state"], "HELD", "{pushed:#?}");
    let seen = see(journey, &name, &title).await;
    assert_eq!(seen, json!({ "state": "HELD", "review": { "state": "PENDING", "reason": null, "matched": null, "decidedBy": null } }));
}

async fn see(journey: &Journey, name: &str, title: &str) -> Value {
    journey.person(name).ask(SEEN, json!({ "id": journey.track(title) })).await["track"].take()
}

#[when(expr = "{word} wants {string} published")]
async fn wants_published(journey: &mut Journey, name: String, title: String) {
    let publish = "mutation($id: ID!) { publishTrack(id: $id) { state } }";
    let published = journey.person(&name).ask(publish, json!({ "id": journey.track(&title) })).await;
    assert_eq!(published["publishTrack"]["state"], "HELD");
}

#[then(expr = "{string} is still HELD")]
async fn still_held(journey: &mut Journey, title: String) {
    assert_eq!(see(journey, "Ned", &title).await["state"], "HELD");
    assert_eq!(see(journey, "Ada", &title).await, Value::Null, "nobody else knows of it");
}

#[when(expr = "{word} looks into the queue")]
async fn looks(journey: &mut Journey, name: String) {
    journey.queue = journey.person(&name).ask(QUEUE, Value::Null).await["recordingReviews"]["nodes"].take();
}

#[then(expr = "he finds {string} beside {string}, {int} seconds apart")]
async fn finds(journey: &mut Journey, title: String, matched: String, secs: u32) {
    let queue = journey.queue.as_array().expect("a queue");
    let review = &queue[0];
    assert_eq!((queue.len(), &review["track"]["title"], &review["matched"]["title"]), (1, &json!(title), &json!(matched)), "{queue:#?}");
    assert_eq!(review["track"]["uploadedBy"]["username"], "eve");
    let offset = review["offsetMs"].as_f64().expect("milliseconds") / 1000.0;
    assert!((offset - f64::from(secs)).abs() < 0.3 && review["similarity"].as_f64() > Some(0.8), "{review:#}");
}

fn review(journey: &Journey) -> Value {
    journey.queue[0]["id"].clone()
}

#[when(expr = "{word} rejects {string} because {string}")]
async fn rejects(journey: &mut Journey, admin: String, title: String, reason: String) {
    looks(journey, admin.clone()).await;
    let reject = "mutation($id: ID!, $reason: String!) { rejectRecording(reviewId: $id, reason: $reason) { state track { title state } } }";
    let rejected = journey.person(&admin).ask(reject, json!({ "id": review(journey), "reason": reason })).await;
    assert_eq!(rejected["rejectRecording"], json!({ "state": "REJECTED", "track": { "title": title, "state": "REJECTED" } }));
}

#[when(expr = "{word} allows {string}")]
async fn allows(journey: &mut Journey, admin: String, title: String) {
    let allow = "mutation($id: ID!) { allowRecording(reviewId: $id) { state track { title state } } }";
    let allowed = journey.person(&admin).ask(allow, json!({ "id": review(journey) })).await;
    assert_eq!(allowed["allowRecording"], json!({ "state": "ALLOWED", "track": { "title": title, "state": "PUBLISHED" } }));
}

#[then(expr = "{word} finds {string} {word} because {string}")]
async fn told_why(journey: &mut Journey, name: String, title: String, state: String, reason: String) {
    let seen = see(journey, &name, &title).await;
    assert_eq!((text(&seen["state"]), text(&seen["review"]["reason"])), (state.as_str(), reason.as_str()));
}

#[then(expr = "{word} soon reads in the audit that {word}'s recording was {word}")]
async fn audited(journey: &mut Journey, admin: String, name: String, action: String) {
    let trail = "query($id: ID!) { auditTrail(userId: $id, first: 1) { nodes { action actor { username } after } } }";
    let id = journey.person(&name).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"].take();
    eventually("the decision is in the audit", async || {
        let line = journey.person(&admin).ask(trail, json!({ "id": id })).await["auditTrail"]["nodes"][0].take();
        (line["action"] == action.as_str() && line["actor"]["username"] == admin.to_lowercase()).then_some(())
    })
    .await;
}
