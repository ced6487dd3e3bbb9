//! Programs that name their operations instead of sending them.

use std::path::PathBuf;

use cucumber::{given, then, when};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::client::Client;
use tests::eventually;

use crate::journey::Journey;

const PROGRAM: &str = "polyphony-ios";
const ADDED: &str = "query Added { genres { slug } }";

/// What the phone has been answered last.
#[derive(Debug)]
pub(crate) struct Kept {
    status: StatusCode,
    cache_control: String,
    etag: Option<String>,
    body: Value,
}

#[given(expr = "the program {string} may use trusted operations only")]
async fn trusted_only(journey: &mut Journey, program: String) {
    assert_eq!(program, PROGRAM);
    let file = journey.installation.scratch().join("polyphony.toml");
    std::fs::write(&file, format!("[gateway.operations]\ntrusted_clients = [\"{program}\"]\n")).expect("a file can be written");
    journey.installation.set("CONFIG", &file.to_string_lossy());
}

#[given("the trusted operations are in a file")]
async fn in_a_file(journey: &mut Journey) {
    let file = manifest_file(journey);
    std::fs::write(&file, manifest().to_string()).expect("a file can be written");
    journey.installation.set("GATEWAY__OPERATIONS__MANIFEST", &file.to_string_lossy());
}

fn manifest_file(journey: &Journey) -> PathBuf {
    journey.installation.scratch().join("operations.json")
}

fn manifest() -> Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schema/persisted-operations.json");
    serde_json::from_str(&std::fs::read_to_string(file).expect("the manifest is committed")).expect("the manifest is JSON")
}

/// The id of a trusted operation.
fn id(name: &str) -> String {
    let manifest = manifest();
    let operation = manifest["operations"].as_array().expect("operations").iter().find(|operation| operation["name"] == name);
    format!("sha256:{}", operation.unwrap_or_else(|| panic!("{name} is in the manifest"))["id"].as_str().expect("an id"))
}

#[when(expr = "the phone opens the page of {string}")]
async fn opens(journey: &mut Journey, title: String) {
    open(journey, &journey.stranger(), &title, None).await;
}

#[when(expr = "the phone opens the page of {string} again")]
async fn opens_again(journey: &mut Journey, title: String) {
    // For a moment after a track is published, services that hear of it later still add to its page.
    eventually("nothing has changed since the answer before", async || {
        let etag = journey.kept.as_ref().and_then(|kept| kept.etag.clone()).expect("the answer had an entity tag");
        open(journey, &journey.stranger(), &title, Some(&etag)).await;
        journey.kept.as_ref().filter(|kept| kept.status == StatusCode::NOT_MODIFIED).map(drop)
    })
    .await;
}

#[when(expr = "{word}'s phone opens the page of {string}")]
async fn owner_opens(journey: &mut Journey, name: String, title: String) {
    open(journey, &journey.person(&name).clone(), &title, None).await;
}

async fn open(journey: &mut Journey, person: &Client, title: &str, etag: Option<&str>) {
    let (phone, variables) = (person.with_program(PROGRAM), json!({ "id": journey.track(title) }));
    let response = phone.get_id(&id("TrackPage"), &variables, etag).await;
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let (status, cache_control, etag) = (response.status(), header("cache-control").unwrap_or_default(), header("etag"));
    let text = response.text().await.expect("the answer comes to its end");
    let body = if text.is_empty() { Value::Null } else { serde_json::from_str(&text).expect("an answer is JSON") };
    journey.kept = Some(Kept { status, cache_control, etag, body });
}

#[then(expr = "it shows {string}, and the answer may be kept by everybody")]
async fn shared(journey: &mut Journey, title: String) {
    shows(journey, &title, "public, max-age=60");
}

#[then(expr = "it shows {string}, and the answer may be kept by the phone alone")]
async fn private(journey: &mut Journey, title: String) {
    shows(journey, &title, "private, max-age=60");
}

fn shows(journey: &Journey, title: &str, cache_control: &str) {
    let kept = journey.kept.as_ref().expect("the page was opened");
    assert_eq!((kept.status, &kept.body["data"]["track"]["title"]), (StatusCode::OK, &json!(title)), "{kept:#?}");
    assert_eq!((kept.cache_control.as_str(), kept.etag.is_some()), (cache_control, true));
}

#[then("it is told that nothing has changed")]
async fn unchanged(journey: &mut Journey) {
    let kept = journey.kept.as_ref().expect("the page was opened");
    assert_eq!((kept.status, &kept.body), (StatusCode::NOT_MODIFIED, &Value::Null));
}

#[when("the phone sends the text of an operation")]
async fn sends_text(journey: &mut Journey) {
    journey.answer = Some(journey.stranger().with_program(PROGRAM).send(ADDED, Value::Null).await);
}

#[when("the file of trusted operations is broken")]
async fn breaks(journey: &mut Journey) {
    std::fs::write(manifest_file(journey), "{ not whole").expect("a file can be written");
}

#[then("Polyphony says so, and the phone's operations still run")]
async fn says_so(journey: &mut Journey) {
    eventually("the broken file is told of", async || journey.polyphony().log().contains("manifest of trusted operations is broken").then_some(())).await;
    let home = journey.stranger().with_program(PROGRAM).send_id(&id("Home"), Value::Null).await.expect_data();
    assert!(home["genres"].is_array(), "{home:#}");
}

#[when("an operation is added to the file of trusted operations")]
async fn adds(journey: &mut Journey) {
    let mut manifest = manifest();
    let added = json!({ "id": hex::encode(Sha256::digest(ADDED)), "name": "Added", "type": "query", "body": ADDED });
    manifest["operations"].as_array_mut().expect("operations").push(added);
    std::fs::write(manifest_file(journey), manifest.to_string()).expect("a file can be written");
}

#[then("the phone can use it, without a restart")]
async fn uses_it(journey: &mut Journey) {
    let (phone, id) = (journey.stranger().with_program(PROGRAM), format!("sha256:{}", hex::encode(Sha256::digest(ADDED))));
    let genres = eventually("the new operation runs", async || {
        let answer = phone.send_id(&id, Value::Null).await;
        answer.errors.is_empty().then_some(answer.data)
    })
    .await;
    assert!(genres["genres"].is_array(), "{genres:#}");
}
