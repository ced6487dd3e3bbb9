//! Whole registrations, copies of all that is kept, and ends of accounts.

use std::time::Duration;

use cucumber::{given, then, when};
use serde_json::{Value, json};
use tests::{eventually, eventually_within};

use crate::journey::{Journey, Processing};
use crate::people::{password, text};

const EXPORTS: &str = "{ dataExports { id readyAt url parts { context state } } }";

#[given(expr = "a Polyphony in which a step of a registration may take {int} second(s)")]
async fn impatient(journey: &mut Journey, secs: u32) {
    journey.installation.set("USERS__RIGHTS__REGISTRATION_SECS", &secs.to_string());
}

#[given("nobody makes taste profiles")]
async fn without_recommendations(journey: &mut Journey) {
    // Every service but one.
    crate::apart::start_all_but(journey, "recommendations").await;
}

#[given(expr = "a Polyphony in which there are {int} seconds to think an end over")]
async fn without_grace(journey: &mut Journey, secs: u32) {
    journey.installation.set("USERS__RIGHTS__DELETION_GRACE_SECS", &secs.to_string());
    journey.polyphony = Some(journey.installation.up().await);
}

#[then(expr = "{word}'s registration is soon {word}")]
async fn registered(journey: &mut Journey, name: String, state: String) {
    let person = journey.person(&name);
    eventually(&format!("the registration of {name} is {state}"), async || {
        let seen = person.ask("{ viewer { registration { state } } }", Value::Null).await;
        (seen["viewer"]["registration"]["state"] == state.as_str()).then_some(())
    })
    .await;
}

#[when(expr = "{word} says that they like {string} and {string}")]
async fn likes(journey: &mut Journey, name: String, first: String, second: String) {
    let set = "mutation($slugs: [String!]!) { setFavouriteGenres(slugs: $slugs) { updatedAt } }";
    journey.person(&name).ask(set, json!({ "slugs": [first, second] })).await;
}

#[then(expr = "{word}'s taste is {string} and {string}")]
async fn taste(journey: &mut Journey, name: String, first: String, second: String) {
    let seen = journey.person(&name).ask("{ viewer { tasteProfile { genres { genre { name } } } } }", Value::Null).await;
    let expected = json!([{ "genre": { "name": first } }, { "genre": { "name": second } }]);
    assert_eq!(seen["viewer"]["tasteProfile"]["genres"], expected);
}

#[when(expr = "{word} asks for a copy of their data")]
async fn ask_for_copy(journey: &mut Journey, name: String) {
    let person = journey.person(&name);
    let asked = person.ask("mutation { requestDataExport { id } }", Value::Null).await;
    let progress = "subscription($id: ID!) { dataExportProgress(id: $id) { readyAt parts { context state } } }";
    let live = person.live(progress, json!({ "id": asked["requestDataExport"]["id"] })).await;
    journey.processing = Some(Processing(live));
}

#[then(expr = "{word} sees it come along until it is ready")]
async fn watch_copy(journey: &mut Journey, name: String) {
    let mut live = journey.processing.take().expect("a copy was asked for").0;
    let mut last = Value::Null;
    while let Some(told) = live.next().await {
        last = told.expect_data()["dataExportProgress"].take();
    }
    assert!(last["readyAt"].is_string() && last["parts"].as_array().expect("parts").len() == 5, "{name}: {last}");
    assert!(last["parts"].as_array().expect("parts").iter().all(|part| part["state"] == "DONE"), "{name}: {last}");
}

#[then(expr = "the copy of {word} tells of {string}, {string} and {string}")]
async fn read_copy(journey: &mut Journey, name: String, first: String, second: String, third: String) {
    let exports = journey.person(&name).ask(EXPORTS, Value::Null).await;
    let url = text(&exports["dataExports"][0]["url"]).to_owned();
    let archive = journey.stranger().get(&url).await.bytes().await.expect("an archive");
    let copy = unzip(&archive);
    for word in [first, second, third] {
        assert!(copy.contains(&word), "{word} is not in\n{copy}");
    }
}

/// All files of an archive, one after the other.
fn unzip(archive: &[u8]) -> String {
    use std::io::Read as _;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("a zip archive");
    let mut all = String::new();
    for place in 0..archive.len() {
        archive.by_index(place).expect("a file").read_to_string(&mut all).expect("text");
    }
    all
}

#[then(expr = "{word} sees no copy")]
async fn no_copy(journey: &mut Journey, name: String) {
    assert_eq!(journey.person(&name).ask(EXPORTS, Value::Null).await["dataExports"], json!([]));
}

#[when(expr = "{word} deletes their account")]
async fn delete(journey: &mut Journey, name: String) {
    let delete = "mutation($password: String!) { deleteAccount(password: $password) { id } }";
    let deleted = journey.person(&name).ask(delete, json!({ "password": password(&name) })).await;
    journey.deletion = Some(text(&deleted["deleteAccount"]["id"]).to_owned());
}

#[then("anybody who knows of the deletion sees it completed by every part of the service")]
async fn completed(journey: &mut Journey) {
    let follow = "query($id: ID) { accountDeletion(id: $id) { state parts { context state } } }";
    let (stranger, id) = (journey.stranger(), journey.deletion.clone().expect("a deletion"));
    let done = eventually_within(Duration::from_secs(30), "the deletion is complete", async || {
        let deletion = stranger.ask(follow, json!({ "id": id })).await["accountDeletion"].take();
        (deletion["state"] == "COMPLETE").then_some(deletion)
    })
    .await;
    assert!(done["parts"].as_array().expect("parts").iter().all(|part| part["state"] == "DONE"), "{done}");
}

async fn is_to_end(journey: &Journey, name: &str) -> bool {
    journey.person(name).ask("{ accountDeletion { state } }", Value::Null).await["accountDeletion"]["state"] == "SCHEDULED"
}

#[then(expr = "{word}'s account is to end")]
async fn to_end(journey: &mut Journey, name: String) {
    assert!(is_to_end(journey, &name).await);
}

#[then(expr = "{word}'s account is not to end")]
async fn not_to_end(journey: &mut Journey, name: String) {
    assert!(!is_to_end(journey, &name).await);
}

#[when(expr = "{word} keeps their account after all")]
async fn keep(journey: &mut Journey, name: String) {
    let kept = journey.person(&name).ask("mutation { cancelAccountDeletion }", Value::Null).await;
    assert_eq!(kept["cancelAccountDeletion"], true);
}
