//! One operation, several subgraphs.

use serde_json::json;

use crate::app::App;

#[tokio::test]
async fn one_operation_joins_three_subgraphs() {
    let app = App::start().await;
    let answer = app.query("{ tracks(first: 2) { title plays owner { name } } total }").await;
    assert_eq!(
        answer,
        json!({ "data": {
            "tracks": [
                { "title": "title of 0", "plays": 1, "owner": { "name": "name of owner-0" } },
                { "title": "title of 1", "plays": 1, "owner": { "name": "name of owner-1" } },
            ],
            "total": 42,
        } })
    );
}

#[tokio::test]
async fn variables_fragments_and_names_work() {
    let app = App::start().await;
    let query = "query Other { total } query One($id: ID!, $with: Boolean!) { track(id: $id) { ...Parts } } \
                 fragment Parts on Track { named: title plays @include(if: $with) }";
    let answer = app.send(json!({ "query": query, "operationName": "One", "variables": { "id": "ab", "with": true } }), None).await;
    assert_eq!(answer, json!({ "data": { "track": { "named": "title of ab", "plays": 2 } } }));
    let answer = app.send(json!({ "query": query, "operationName": "Other", "variables": null }), None).await;
    assert_eq!(answer, json!({ "data": { "total": 42 } }));
    let answer = app.send(json!({ "query": query, "operationName": "Missing" }), None).await;
    assert!(answer["data"].is_null() && answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED", "{answer}");
}

#[tokio::test]
async fn introspection_and_type_names_are_answered() {
    let app = App::start().await;
    let answer = app.query("{ __typename __type(name: \"Track\") { fields { name } } tracks(first: 1) { __typename } }").await;
    assert_eq!(answer["data"]["__typename"], "Query", "{answer}");
    assert_eq!(answer["data"]["tracks"][0]["__typename"], "Track");
    let fields: Vec<_> = answer["data"]["__type"]["fields"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap()).collect();
    assert!(fields.contains(&"title") && fields.contains(&"plays"), "{fields:?}");
    assert!(!app.query("{ __schema { queryType { fields { name } } } }").await.to_string().contains("_entities"));
}

#[tokio::test]
async fn input_objects_reach_their_subgraph_and_wrong_ones_are_named() {
    let app = App::start().await;
    let token = app.token();
    let rename = async |input: serde_json::Value| {
        let query = "mutation($input: RenameInput!) { rename(input: $input) { name } }";
        app.send(json!({ "query": query, "variables": { "input": input } }), Some(&token)).await
    };
    assert_eq!(rename(json!({ "name": "a", "times": 2, "tags": ["x", "y"] })).await["data"]["rename"]["name"], "aax+y");
    assert_eq!(rename(json!({ "name": "a", "tags": "x" })).await["data"]["rename"]["name"], "ax");
    for (input, field) in [
        (json!({}), "name"),
        (json!({ "name": null }), "name"),
        (json!({ "name": 1 }), "name"),
        (json!({ "name": "a", "times": 3_000_000_000_u64 }), "times"),
        (json!({ "name": "a", "times": 1.5 }), "times"),
        (json!({ "name": "a", "tags": ["x", 1] }), "tags.1"),
        (json!({ "name": "a", "nmae": "b" }), "nmae"),
        (json!("a"), "input"),
        (json!(null), "input"),
    ] {
        let answer = rename(input.clone()).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": field }), "{input}: {answer}");
    }
}
