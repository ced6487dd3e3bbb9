//! The explorer page signs in, renews and signs out by documents of its own, which no type checker sees.

use serde_json::{Value, json};
use tests::client::Client;
use tests::process::Installation;

use crate::stage::{PASSWORD, register, text};

const SOURCE: &str = include_str!("../../../supergraph/gateway/explorer/session.js");

fn document(name: &str) -> &'static str {
    SOURCE.split_once(&format!("const {name} = `")).and_then(|(_, rest)| rest.split_once('`')).expect("the page has its documents").0
}

#[tokio::test]
async fn the_endpoint_takes_what_the_explorer_sends_for_a_session() {
    let installation = Installation::default();
    let polyphony = installation.up().await;
    let nobody = Client::anonymous(polyphony.url());
    let answer = nobody.send(document("SIGN_IN"), json!({ "login": "nobody", "password": "wrong" })).await;
    assert_eq!(answer.expect_error().code(), "UNAUTHENTICATED", "{answer:#?}");

    register(&nobody, "ada").await;
    let signed_in = nobody.ask(document("SIGN_IN"), json!({ "login": "ada", "password": PASSWORD })).await;
    let renewed = nobody.ask(document("REFRESH"), json!({ "refreshToken": signed_in["signIn"]["refreshToken"] })).await;
    let renewed = &renewed["refreshSession"];
    assert!(renewed["refreshToken"] != signed_in["signIn"]["refreshToken"] && renewed["user"]["username"] == "ada", "{renewed}");
    assert!(text(&renewed["accessTokenExpiresAt"]) >= text(&signed_in["signIn"]["accessTokenExpiresAt"]), "{renewed}");
    let ada = nobody.with_token(text(&renewed["accessToken"]));
    assert_eq!(ada.ask(document("SIGN_OUT"), Value::Null).await["signOut"], true);
    let ended = nobody.send(document("REFRESH"), json!({ "refreshToken": renewed["refreshToken"] })).await;
    assert_eq!(ended.expect_error().code(), "UNAUTHENTICATED", "{ended:#?}");
}
