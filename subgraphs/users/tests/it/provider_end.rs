//! Ends of accounts that are entered by providers.

use chrono::Duration;
use kernel::events::{AccountMail, MailRequested};
use kernel::{Clock as _, Viewer};
use serde_json::{Value as Json, json};

use crate::provider::{Stage, VERIFIER, subject};
use crate::support::PASSWORD;

const DELETE: &str = "mutation($password: String, $provider: FreshSignInInput, $code: String) {
    deleteAccount(password: $password, provider: $provider, code: $code) { id state dueAt } }";

#[tokio::test]
async fn an_account_without_a_password_ends_by_a_fresh_sign_in() {
    let stage = Stage::set().await;
    let ask = async |viewer: &Viewer, variables: Json| stage.users.ask(viewer, DELETE, variables).await;
    let proof = |code: &str| json!({ "provider": { "code": code, "verifier": VERIFIER } });
    let tokens = stage.sign_in(&stage.code("issuer", |_| {}).await).await.tokens("signInWithProvider");
    let viewer = tokens.viewer(&stage.users).await;

    ask(&viewer, json!({})).await.assert_refused("BAD_USER_INPUT", Some("password"));
    ask(&viewer, json!({ "password": PASSWORD })).await.assert_refused("BAD_USER_INPUT", Some("password"));
    let both = json!({ "password": PASSWORD, "provider": { "code": "x", "verifier": VERIFIER } });
    ask(&viewer, both).await.assert_refused("BAD_USER_INPUT", Some("password"));
    for code in ["", "made-up", &"a".repeat(1 << 20)] {
        ask(&viewer, proof(code)).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    }
    // Somebody else's sign-in, and one that another linked; each is used up by that.
    let stranger = stage.code("issuer", subject("stranger")).await;
    ask(&viewer, proof(&stranger)).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    let otis = stage.proved("otis").await;
    stage.link(&otis, &stage.code("issuer", subject("otis")).await).await.data();
    let linked = stage.code("issuer", subject("otis")).await;
    ask(&viewer, proof(&linked)).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    ask(&otis, proof(&linked)).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    // One that is too old, and one whose verifier is another browser's.
    let old = stage.code("issuer", |_| {}).await;
    stage.users.platform.clock.advance(Duration::minutes(2));
    ask(&viewer, proof(&old)).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    let stolen = stage.code("issuer", |_| {}).await;
    let verifier = json!({ "provider": { "code": stolen, "verifier": "a".repeat(43) } });
    ask(&viewer, verifier).await.assert_refused("BAD_USER_INPUT", Some("provider"));
    let fresh = stage.code("issuer", |_| {}).await;
    ask(&Viewer::Anonymous, proof(&fresh)).await.assert_refused("UNAUTHENTICATED", None);

    let ending = ask(&viewer, proof(&stage.code("issuer", |_| {}).await)).await.data()["deleteAccount"].take();
    assert_eq!(ending["state"], "SCHEDULED");
    let mails: Vec<MailRequested> = stage.users.told().await;
    let mail = mails.iter().find(|mail| mail.mail == AccountMail::DeletionScheduled).expect("a mail");
    assert_eq!((mail.to.as_str(), mail.ticket_id), ("nina@example.org", None));
    assert_eq!(mail.expires_at, Some(ending["dueAt"].as_str().expect("a date").parse().expect("a date")), "it says until when one can stay");
}

#[tokio::test]
async fn a_fresh_sign_in_does_not_stand_for_the_second_factor() {
    let stage = Stage::set().await;
    let nina = stage.proved("nina").await;
    stage.link(&nina, &stage.code("issuer", subject("n")).await).await.data();
    let setup = stage.users.ask(&nina, "mutation($p: String!) { beginSecondFactor(password: $p) { uri } }", json!({ "p": PASSWORD })).await.data();
    let app = totp_rs::TOTP::from_url(setup["beginSecondFactor"]["uri"].as_str().expect("an address")).expect("a secret");
    let shown = |stage: &Stage| app.generate(stage.users.platform.clock.now().timestamp().cast_unsigned());
    stage.users.ask(&nina, "mutation($c: String!) { confirmSecondFactor(code: $c) { codes } }", json!({ "c": shown(&stage) })).await.data();
    let proof = |code: String, second: Option<String>| json!({ "provider": { "code": code, "verifier": VERIFIER }, "code": second });
    let alone = proof(stage.code("issuer", subject("n")).await, None);
    stage.users.ask(&nina, DELETE, alone).await.assert_refused("BAD_USER_INPUT", Some("code"));
    stage.users.platform.clock.advance(Duration::minutes(1));
    let both = proof(stage.code("issuer", subject("n")).await, Some(shown(&stage)));
    assert_eq!(stage.users.ask(&nina, DELETE, both).await.data()["deleteAccount"]["state"], "SCHEDULED");
}
