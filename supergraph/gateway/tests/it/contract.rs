//! Partners see a part of the supergraph, and to them the rest is not there.

use serde_json::json;

use crate::app::{App, code};

async fn schema(app: &App, token: Option<&str>) -> String {
    let mut request = app.client.get(format!("http://{}/schema.graphql", app.address));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap().text().await.unwrap()
}

#[tokio::test]
async fn a_partner_joins_what_is_tagged_though_its_keys_are_hidden() {
    let app = App::start().await;
    let key = app.key(app.rights(&[]));
    let answer = app.query_as(key.as_str(), "{ tracks(first: 2) { title plays } track(id: \"ab\") { __typename plays } }").await;
    assert_eq!(
        answer,
        json!({ "data": { "tracks": [{ "title": "title of 0", "plays": 1 }, { "title": "title of 1", "plays": 1 }], "track": { "__typename": "Track", "plays": 2 } } })
    );
}

#[tokio::test]
async fn what_is_not_tagged_is_not_there_for_a_partner() {
    let app = App::start().await;
    let key = app.key(app.rights(&[]));
    for query in [
        "{ total }",
        "{ user(id: 1) { name } }",
        "{ track(id: 1) { id } }",
        "{ track(id: 1) { owner { name } } }",
        "mutation { rename(input: { name: \"x\" }) { id } }",
        "subscription { countdown(from: 1) }",
    ] {
        // Somebody else has had it parsed, validated and planned before.
        app.query(query).await;
        let answer = app.query_as(key.as_str(), query).await;
        assert_eq!((code(&answer), &answer["data"]), ("GRAPHQL_VALIDATION_FAILED", &json!(null)), "{query}: {answer}");
    }
}

#[tokio::test]
async fn introspection_and_download_show_a_partner_its_part() {
    let app = App::start().await;
    let key = app.key(app.rights(&[]));
    let (all, part) = (schema(&app, None).await, schema(&app, Some(key.as_str())).await);
    for shown in ["type Track", "title: String!", "plays: Int", "enum Order"] {
        assert!(all.contains(shown) && part.contains(shown), "{shown}: {part}");
    }
    for hidden in ["type User", "type Mutation", "type Subscription", "RenameInput", "total", "secret", "owner", "mutation:", "subscription:"] {
        assert!((all.contains(hidden) || hidden.ends_with(':')) && !part.contains(hidden), "{hidden}: {part}");
    }

    let query = "{ __schema { mutationType { name } subscriptionType { name } types { name } } user: __type(name: \"User\") { name } \
                 __type(name: \"Track\") { interfaces { name } fields { name } } }";
    let answer = app.query_as(key.as_str(), query).await;
    assert_eq!(answer["data"]["__schema"]["mutationType"], json!(null), "{answer}");
    assert_eq!(answer["data"]["__schema"]["subscriptionType"], json!(null), "{answer}");
    assert_eq!(answer["data"]["user"], json!(null));
    assert_eq!(answer["data"]["__type"], json!({ "interfaces": [], "fields": [{ "name": "title" }, { "name": "plays" }] }), "{answer}");
    assert!(!answer["data"]["__schema"]["types"].to_string().contains("RenameInput"));
}
