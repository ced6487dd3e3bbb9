//! Sessions, suspension and the audit.

use std::time::Duration;

use cucumber::{given, then, when};
use kernel::{Clock as _, SystemClock};
use serde_json::{Value, json};
use tests::eventually_within;

use crate::journey::{Journey, Processing};
use crate::mail::address;
use crate::people::{password, register, text};

const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }";
const SECOND: &str = "'s second device";

fn credentials(name: &str, password: &str) -> Value {
    json!({ "input": { "login": name.to_lowercase(), "password": password } })
}

#[given(expr = "{word} has signed in on a second device")]
async fn second_device(journey: &mut Journey, name: String) {
    let stranger = journey.stranger();
    let payload = stranger.ask(SIGN_IN, credentials(&name, &password(&name))).await["signIn"].take();
    journey.people.insert(format!("{name}{SECOND}"), stranger.with_token(text(&payload["accessToken"])));
}

#[given(expr = "the second device of {word} listens to something live")]
async fn listens(journey: &mut Journey, name: String) {
    let device = journey.person(&format!("{name}{SECOND}"));
    let track = "track_01jfz9k5hqf5e8z0t4m2b7n6xr";
    let live = device.live("subscription($id: ID!) { trackProcessing(trackId: $id) { percent } }", json!({ "id": track })).await;
    journey.processing = Some(Processing(live));
}

#[then("what it listened to has ended")]
async fn live_ended(journey: &mut Journey) {
    let mut live = journey.processing.take().expect("it listened").0;
    assert_eq!(live.closed().await, 4401);
}

#[when(expr = "{word} signs the second device out")]
async fn sign_second_out(journey: &mut Journey, name: String) {
    let person = journey.person(&name);
    let sessions = person.ask("{ sessions { id current device } }", Value::Null).await["sessions"].take();
    let other = sessions.as_array().expect("sessions").iter().find(|session| session["current"] == false).expect("another device");
    person.ask("mutation($id: ID!) { revokeSession(id: $id) }", json!({ "id": other["id"] })).await;
}

#[then(expr = "the second device of {word} is refused within {int} seconds")]
async fn second_refused(journey: &mut Journey, name: String, secs: u64) {
    refused(journey, &format!("{name}{SECOND}"), secs).await;
}

#[then(expr = "every device of {word} is refused within {int} seconds")]
async fn all_refused(journey: &mut Journey, name: String, secs: u64) {
    let devices: Vec<_> = journey.people.keys().filter(|device| device.starts_with(&name)).cloned().collect();
    for device in devices {
        refused(journey, &device, secs).await;
    }
}

async fn refused(journey: &Journey, device: &str, secs: u64) {
    let client = journey.person(device);
    eventually_within(Duration::from_secs(secs), "an ended session is refused", async || {
        let answer = client.send("{ viewer { id } }", Value::Null).await;
        answer.errors.first().filter(|error| error.code() == "UNAUTHENTICATED").map(drop)
    })
    .await;
}

#[then(expr = "{word} is still signed in")]
async fn still_signed_in(journey: &mut Journey, name: String) {
    assert!(journey.person(&name).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"].is_string());
}

#[then(expr = "{word} can sign in with the password {string}")]
#[when(expr = "{word} signs in with the password {string}")]
async fn can_sign_in_with(journey: &mut Journey, name: String, password: String) {
    let stranger = journey.stranger();
    let payload = stranger.ask(SIGN_IN, credentials(&name, &password)).await["signIn"].take();
    journey.people.insert(name, stranger.with_token(text(&payload["accessToken"])));
}

#[then(expr = "{word}, who signs in, is told {word}")]
async fn told_at_sign_in(journey: &mut Journey, name: String, code: String) {
    let answer = journey.stranger().send(SIGN_IN, credentials(&name, &password(&name))).await;
    assert_eq!(answer.expect_error().code(), code, "{answer:#?}");
}

#[when(expr = "somebody wants to register as {string}")]
async fn wants_to_register(journey: &mut Journey, username: String) {
    let input = json!({ "username": username, "email": "somebody@example.org", "password": "seventeen green umbrellas" });
    let register = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
    journey.answer = Some(journey.stranger().send(register, json!({ "input": input })).await);
}

#[given(expr = "{word} registers and is made an admin")]
async fn admin(journey: &mut Journey, name: String) {
    register(journey, name.clone()).await;
    let arguments = ["account", "grant", &name.to_lowercase(), "--email", &address(&name), "--role", "admin"];
    let output = journey.installation.run(&arguments).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let password = password(&name);
    can_sign_in_with(journey, name, password).await;
}

async fn id_of(journey: &Journey, name: &str) -> Value {
    let found = journey.stranger().ask("query($name: String!) { userByName(username: $name) { id } }", json!({ "name": name })).await;
    found["userByName"]["id"].clone()
}

#[when(expr = "{word} suspends {word}")]
async fn suspend(journey: &mut Journey, admin: String, name: String) {
    let suspend = "mutation($id: ID!) { suspendUser(userId: $id, reason: \"spam\") { suspendedAt } }";
    let payload = journey.person(&admin).ask(suspend, json!({ "id": id_of(journey, &name).await })).await;
    assert!(payload["suspendUser"]["suspendedAt"].is_string());
}

#[when(expr = "{word} reinstates {word}")]
async fn reinstate(journey: &mut Journey, admin: String, name: String) {
    let reinstate = "mutation($id: ID!) { reinstateUser(userId: $id) { suspendedAt } }";
    let payload = journey.person(&admin).ask(reinstate, json!({ "id": id_of(journey, &name).await })).await;
    assert!(payload["reinstateUser"]["suspendedAt"].is_null());
}

#[when(expr = "{word}, who is sure that it is {word}, takes the second factor of {word} away")]
async fn reset_factor(journey: &mut Journey, admin: String, name: String, _same: String) {
    let reset = "mutation($input: ResetSecondFactorInput!) { resetSecondFactor(input: $input) { username } }";
    let input = json!({ "userId": id_of(journey, &name).await, "reason": "showed a passport", "password": password(&admin) });
    assert_eq!(journey.person(&admin).ask(reset, json!({ "input": input })).await["resetSecondFactor"]["username"], name.to_lowercase());
}

#[when(expr = "{word} gives {word} {int} days of premium")]
async fn give_premium(journey: &mut Journey, admin: String, name: String, days: i64) {
    let give = "mutation($id: ID!, $until: DateTime) { grantPremium(userId: $id, until: $until, reason: \"won the raffle\") { premiumUntil } }";
    let until = (SystemClock.now() + chrono::Duration::days(days)).to_rfc3339();
    let given = journey.person(&admin).ask(give, json!({ "id": id_of(journey, &name).await, "until": until })).await;
    assert!(given["grantPremium"]["premiumUntil"].is_string());
}

#[then(expr = "the token of {word} says {word}")]
async fn token_says(journey: &mut Journey, name: String, tier: String) {
    let claims = journey.person(&name).claims();
    let premium = tier == "PREMIUM";
    assert_eq!((&claims["tier"], &claims["premium"], claims["premium_exp"].is_i64()), (&json!(tier), &json!(premium), premium), "{claims}");
}

#[then(expr = "{word} reads in the audit that {word} was {word} by {word}")]
async fn reads_audit(journey: &mut Journey, admin: String, name: String, action: String, actor: String) {
    let trail = "query($id: ID!) { auditTrail(userId: $id, first: 1) { nodes { action after actor { username } user { username } } } }";
    let line = journey.person(&admin).ask(trail, json!({ "id": id_of(journey, &name).await })).await["auditTrail"]["nodes"][0].take();
    let names = [&line["user"]["username"], &line["actor"]["username"]];
    assert_eq!((text(&line["action"]), names), (action.as_str(), [&json!(name.to_lowercase()), &json!(actor.to_lowercase())]));
}
