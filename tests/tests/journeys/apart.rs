//! An installation whose services are processes of their own.

use cucumber::{given, then, when};
use serde_json::{Value, json};
use tests::process::free_address;

use crate::journey::Journey;
use crate::listening::TRACK;

/// In the order of who needs whom.
const SERVICES: &[&str] = &["users", "catalog", "playback", "notifications", "recommendations", "media"];

#[given("every service is running in a process of its own")]
async fn all_apart(journey: &mut Journey) {
    start_all_but(journey, "").await;
}

/// Every service but `absent`, each in a process of its own.
pub(crate) async fn start_all_but(journey: &mut Journey, absent: &str) {
    for service in SERVICES {
        let (address, key) = (free_address(), service.to_uppercase());
        journey.installation.set(&format!("SERVICES__{key}__LISTEN"), &address.to_string());
        journey.installation.set(&format!("SERVICES__{key}__URL"), &format!("http://{address}"));
    }
    for service in SERVICES.iter().filter(|service| **service != absent) {
        start(journey, service).await;
    }
    journey.polyphony = Some(journey.installation.serve("gateway").await);
}

#[when(expr = "the service {string} is started again")]
async fn start_again(journey: &mut Journey, service: String) {
    start(journey, &service).await;
}

async fn start(journey: &mut Journey, service: &str) {
    let process = journey.installation.serve(service).await;
    journey.services.insert(service.to_owned(), process);
}

#[when(expr = "the service {string} is killed")]
async fn kill(journey: &mut Journey, service: String) {
    journey.services.remove(&service).expect("the service is running").kill().await;
}

#[then(expr = "{word} still finds {string} by {string}, without a stream and with the error {word}")]
async fn finds_partly(journey: &mut Journey, name: String, title: String, artist: String, code: String) {
    let answer = journey.person(&name).send(TRACK, json!({ "id": journey.track(&title) })).await;
    let track = &answer.data["track"];
    assert_eq!((&track["title"], &track["artist"]["name"]), (&json!(title), &json!(artist)), "{answer:#?}");
    assert_eq!(track["stream"], Value::Null);
    assert_eq!(answer.expect_error().code(), code, "{answer:#?}");
}

#[then("every service stops cleanly")]
async fn all_stop(journey: &mut Journey) {
    let gateway = journey.polyphony.take().expect("the gateway is running");
    for process in std::iter::once(gateway).chain(std::mem::take(&mut journey.services).into_values()) {
        let (status, log) = process.stop().await;
        assert!(status.success() && !log.contains("did not stop in time"), "it ended with {status}:\n{log}");
    }
}
