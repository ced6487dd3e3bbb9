//! Partners: organisations, their API keys, and the programs that have them.

use std::time::Duration;

use cucumber::{then, when};
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::{eventually, eventually_within};

use crate::journey::Journey;
use crate::people::text;

const FOUND: &str = "mutation($name: String!) { createOrganisation(input: { name: $name }) { id } }";
const MAKE: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }";
const ROTATE: &str = "mutation($id: ID!, $overlap: Int!) { rotateApiKey(id: $id, overlapSecs: $overlap) { secret } }";
const REVOKE: &str = "mutation($id: ID!) { revokeApiKey(id: $id) { revokedAt } }";
const USAGE: &str = "{ organisations { apiKeys { id lastUsedAt usage(days: 1) { requests refused } } } }";
const CATALOG: &str = "query Catalog { tracks(first: 1) { nodes { id } } }";
const PROFILE: &str = "query Profile { userByName(username: \"ada\") { id } }";
const SIGN_IN: &str = "mutation SignIn { signIn(input: { login: \"ada\", password: \"x\" }) { accessToken } }";

/// A key and what its holder keeps.
#[derive(Debug, Default)]
pub(crate) struct PartnerKey {
    id: String,
    /// Newest last.
    secrets: Vec<String>,
}

impl Journey {
    fn key(&self, name: &str) -> &PartnerKey {
        self.partners.get(name).unwrap_or_else(|| panic!("{name} has been made"))
    }

    /// A program that shows the newest secret of a key.
    fn program(&self, name: &str) -> Client {
        self.stranger().with_token(self.key(name).secrets.last().expect("a key has a secret"))
    }
}

#[when(expr = "{word} founds the organisation {string}")]
async fn found(journey: &mut Journey, person: String, name: String) {
    let made = journey.person(&person).ask(FOUND, json!({ "name": name })).await;
    journey.partners.insert(String::new(), PartnerKey { id: text(&made["createOrganisation"]["id"]).to_owned(), secrets: Vec::new() });
}

#[when(expr = "{word} makes the key {string} with the scopes {word} and {word}, for {int} requests a minute")]
async fn make(journey: &mut Journey, person: String, name: String, first: String, second: String, per_minute: u32) {
    let organisation = &journey.key("").id;
    let input = json!({ "organisationId": organisation, "name": name, "scopes": [first, second], "perMinute": per_minute, "perDay": 1000 });
    let made = journey.person(&person).ask(MAKE, json!({ "input": input })).await["createApiKey"].take();
    let key = PartnerKey { id: text(&made["apiKey"]["id"]).to_owned(), secrets: vec![text(&made["secret"]).to_owned()] };
    journey.partners.insert(name, key);
}

#[then(expr = "the key {string} opens the catalog")]
async fn opens(journey: &mut Journey, name: String) {
    journey.program(&name).ask(CATALOG, Value::Null).await;
}

#[then(expr = "the key {string} is {word} to open a profile")]
async fn no_profile(journey: &mut Journey, name: String, code: String) {
    assert_eq!(journey.program(&name).send(PROFILE, Value::Null).await.expect_error().code(), code);
}

#[then(expr = "for the key {string} there is no signing in")]
async fn no_sign_in(journey: &mut Journey, name: String) {
    assert_eq!(journey.program(&name).send(SIGN_IN, Value::Null).await.expect_error().code(), "GRAPHQL_VALIDATION_FAILED");
}

#[when(expr = "the program with the key {string} asks once more than it may")]
async fn too_often(journey: &mut Journey, name: String) {
    // Three of four are spent by now.
    let program = journey.program(&name);
    program.ask(CATALOG, Value::Null).await;
    journey.answer = Some(program.send(CATALOG, Value::Null).await);
}

#[then(expr = "it is told {word} and when to come again")]
async fn told_when(journey: &mut Journey, code: String) {
    let answer: Answer = journey.answer.take().expect("it has asked");
    let error = answer.expect_error();
    assert_eq!(error.code(), code, "{answer:#?}");
    let secs = error.extensions["retryAfter"].as_u64().expect("a number of seconds");
    assert!((1..=120).contains(&secs), "{secs}");
}

#[then(expr = "{word} sees {int} requests let in and {int} refused with the key {string}")]
async fn sees_use(journey: &mut Journey, person: String, requests: u64, refused: u64, name: String) {
    let (person, key) = (journey.person(&person), &journey.key(&name).id);
    eventually("the use is told", async || {
        let mine = person.ask(USAGE, Value::Null).await;
        let keys = mine["organisations"][0]["apiKeys"].as_array().expect("keys").clone();
        let key = keys.into_iter().find(|found| found["id"] == **key).expect("the key");
        let sum = |field: &str| key["usage"].as_array().expect("lines").iter().map(|line| line[field].as_u64().expect("a number")).sum::<u64>();
        (sum("requests") == requests && sum("refused") == refused && !key["lastUsedAt"].is_null()).then_some(())
    })
    .await;
}

#[when(expr = "{word} rotates the key {string} with an overlap of {int} seconds")]
async fn rotate(journey: &mut Journey, person: String, name: String, overlap: u32) {
    let variables = json!({ "id": journey.key(&name).id, "overlap": overlap });
    let rotated = journey.person(&person).ask(ROTATE, variables).await;
    let secret = text(&rotated["rotateApiKey"]["secret"]).to_owned();
    journey.partners.get_mut(&name).expect("it has been made").secrets.push(secret);
}

#[when(expr = "{word} revokes the key {string}")]
async fn revoke(journey: &mut Journey, person: String, name: String) {
    journey.person(&person).ask(REVOKE, json!({ "id": journey.key(&name).id })).await;
}

/// The first error's code for each secret of a key; none where there is an answer.
async fn codes(journey: &Journey, name: &str) -> Vec<Option<String>> {
    let mut codes = Vec::new();
    for secret in &journey.key(name).secrets {
        let answer = journey.stranger().with_token(secret).send(CATALOG, Value::Null).await;
        codes.push(answer.errors.first().map(|error| error.code().to_owned()));
    }
    codes
}

#[then(expr = "neither secret of the key {string} is {word}")]
async fn both_open(journey: &mut Journey, name: String, code: String) {
    // The quota is one for both, and used up: what they are told now, only somebody who is known is told.
    let codes = codes(journey, &name).await;
    assert!(codes.len() == 2 && codes.iter().all(|told| told.as_ref() != Some(&code)), "{codes:?}");
}

#[then(expr = "within {int} seconds both secrets of the key {string} are {word}")]
async fn both_closed(journey: &mut Journey, secs: u64, name: String, code: String) {
    eventually_within(Duration::from_secs(secs), "the key is refused", async || {
        codes(journey, &name).await.iter().all(|told| told.as_ref() == Some(&code)).then_some(())
    })
    .await;
}

#[when("the gateway is stopped and started again")]
async fn restart_gateway(journey: &mut Journey) {
    let (status, log) = journey.polyphony.take().expect("the gateway is running").stop().await;
    assert!(status.success(), "{log}");
    let gateway = journey.installation.serve("gateway").await;
    // Signed-in people go on where it listens now.
    for person in journey.people.values_mut() {
        *person = person.at(gateway.url());
    }
    journey.polyphony = Some(gateway);
}
