//! Second factors.

use cucumber::{given, then, when};
use serde_json::{Value, json};
use tests::app::App;

use crate::journey::Journey;
use crate::people::{password, text};

const SIGN_IN: &str = "mutation($input: SignInInput!) {
    signIn(input: $input) { __typename ... on SecondFactorChallenge { challenge } ... on SignInPayload { accessToken } } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) { accessToken } }";

/// What a person has of their second factor.
#[derive(Debug)]
pub(crate) struct Phone {
    app: App,
    paper: Vec<String>,
    challenge: String,
    shown: String,
}

fn phone(journey: &mut Journey) -> &mut Phone {
    journey.phone.as_mut().expect("there is a second factor")
}

#[given(expr = "{word} turns on the second factor with an app")]
async fn turn_on(journey: &mut Journey, name: String) {
    let person = journey.person(&name);
    let begin = "mutation($password: String!) { beginSecondFactor(password: $password) { uri qrCodeSvg } }";
    let setup = person.ask(begin, json!({ "password": password(&name) })).await["beginSecondFactor"].take();
    assert!(text(&setup["qrCodeSvg"]).contains("<svg"));
    let app = App::scan(text(&setup["uri"]));
    let mut phone = Phone { app, paper: Vec::new(), challenge: String::new(), shown: String::new() };
    let confirm = "mutation($code: String!) { confirmSecondFactor(code: $code) { codes } }";
    let codes = person.ask(confirm, json!({ "code": phone.app.code(0) })).await["confirmSecondFactor"]["codes"].take();
    phone.paper = codes.as_array().expect("codes").iter().map(|code| text(code).to_owned()).collect();
    journey.phone = Some(phone);
}

async fn challenge(journey: &mut Journey, name: &str) {
    let input = json!({ "input": { "login": name.to_lowercase(), "password": password(name) } });
    let answer = journey.stranger().ask(SIGN_IN, input).await["signIn"].take();
    journey.people.remove(name);
    phone(journey).challenge = answer["challenge"].as_str().unwrap_or_default().to_owned();
}

#[when(expr = "{word} signs in with the password alone")]
async fn first_factor(journey: &mut Journey, name: String) {
    challenge(journey, &name).await;
}

#[then(expr = "{word} is asked for the second factor")]
async fn asked(journey: &mut Journey, _name: String) {
    assert!(!phone(journey).challenge.is_empty());
}

async fn show(journey: &mut Journey, name: String, code: String) {
    let stranger = journey.stranger();
    let phone = phone(journey);
    phone.shown.clone_from(&code);
    let payload = stranger.ask(COMPLETE, json!({ "input": { "challenge": phone.challenge, "code": code } })).await["completeSignIn"].take();
    journey.people.insert(name, stranger.with_token(text(&payload["accessToken"])));
}

#[when(expr = "{word} shows the app's next code")]
async fn next_code(journey: &mut Journey, name: String) {
    // Each code passes once, and that of this half minute has turned the second factor on.
    let code = phone(journey).app.code(1);
    show(journey, name, code).await;
}

#[when(expr = "{word} shows the first recovery code")]
async fn recovery_code(journey: &mut Journey, name: String) {
    let code = phone(journey).paper[0].clone();
    show(journey, name, code).await;
}

#[then(expr = "{word} is signed in again")]
async fn signed_in(journey: &mut Journey, name: String) {
    assert_eq!(journey.person(&name).ask("{ viewer { username } }", Value::Null).await["viewer"]["username"], name.to_lowercase());
}

#[then("the same code does not sign anybody in")]
#[then("the first recovery code does not sign anybody in")]
async fn refused(journey: &mut Journey) {
    challenge(journey, "Ben").await;
    let stranger = journey.stranger();
    let phone = phone(journey);
    let answer = stranger.send(COMPLETE, json!({ "input": { "challenge": phone.challenge, "code": phone.shown } })).await;
    assert_eq!((answer.expect_error().code(), answer.expect_error().field()), ("BAD_USER_INPUT", Some("code")), "{answer:#?}");
}

#[then(expr = "{word} has {int} recovery codes left")]
async fn left(journey: &mut Journey, name: String, count: u64) {
    let state = journey.person(&name).ask("{ secondFactor { recoveryCodesLeft } }", Value::Null).await;
    assert_eq!(state["secondFactor"]["recoveryCodesLeft"], count);
}

#[when(expr = "somebody who holds {word}'s session changes the password without a code")]
async fn thief(journey: &mut Journey, name: String) {
    let change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }";
    let input = json!({ "input": { "currentPassword": password(&name), "newPassword": "seventeen green umbrellas" } });
    journey.answer = Some(journey.person(&name).send(change, input).await);
}

#[when(expr = "{word} turns the second factor off with the first recovery code")]
async fn turn_off(journey: &mut Journey, name: String) {
    let code = phone(journey).paper[0].clone();
    let off = "mutation($input: SecondFactorProofInput!) { turnSecondFactorOff(input: $input) }";
    let answer = journey.person(&name).ask(off, json!({ "input": { "password": password(&name), "code": code } })).await;
    assert_eq!(answer["turnSecondFactorOff"], true);
}
