//! The explorer page signs in by a document of its own, which no type checker sees.

use serde_json::json;
use tests::client::Client;
use tests::process::Installation;

const SOURCE: &str = include_str!("../../../supergraph/gateway/explorer/explorer.jsx");

#[tokio::test]
async fn the_endpoint_takes_the_explorers_sign_in_and_refuses_the_person() {
    let document = SOURCE.split_once("const SIGN_IN = `").and_then(|(_, rest)| rest.split_once('`')).expect("the page has its document").0;
    let installation = Installation::default();
    let polyphony = installation.up().await;
    let answer = Client::anonymous(polyphony.url()).send(document, json!({ "login": "nobody", "password": "wrong" })).await;
    assert_eq!(answer.expect_error().code(), "UNAUTHENTICATED", "{answer:#?}");
}
