//! Which mutations have cases.

use serde_json::Value;
use tests::client::Client;
use tests::process::Installation;

use crate::stage::text;
use crate::{catalog, notifications, oneself, partners, providers, recommendations, rights, security, users};

#[tokio::test]
async fn every_mutation_has_cases() {
    let installation = Installation::default();
    let polyphony = installation.up().await;
    let offered = Client::anonymous(polyphony.url()).ask("{ __schema { mutationType { fields { name } } } }", Value::Null).await;
    let offered = offered["__schema"]["mutationType"]["fields"].as_array().expect("mutations").iter().map(|field| text(&field["name"]));

    let contexts = [
        users::COVERED,
        catalog::COVERED,
        security::COVERED,
        notifications::COVERED,
        oneself::COVERED,
        partners::COVERED,
        providers::COVERED,
        recommendations::COVERED,
        rights::COVERED,
    ];
    let covered = contexts.concat();
    let has_cases =
        |mutation: &str| covered.iter().any(|operation| operation.contains(&format!(" {mutation}(")) || operation.contains(&format!(" {mutation} ")));
    let bare: Vec<_> = offered.filter(|mutation| !has_cases(mutation)).collect();
    assert!(bare.is_empty(), "without a case of bad input: {bare:?}");
}
