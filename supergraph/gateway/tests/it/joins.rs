//! One operation, several subgraphs.

use serde_json::json;

use crate::app::{App, Reach, config};

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
async fn an_id_may_be_a_number_wherever_it_is_given() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let names = json!({ "data": { "users": [{ "name": "name of 1" }, { "name": "name of b" }], "user": { "name": "name of 5" } } });
        for (query, variables) in [
            ("{ users(ids: [1, \"b\"]) { name } user(id: 5) { name } }", json!({})),
            ("query($ids: [ID!]!, $id: ID!) { users(ids: $ids) { name } user(id: $id) { name } }", json!({ "ids": [1, "b"], "id": 5 })),
            ("query($ids: [ID!]! = [1, \"b\"], $id: ID! = 5) { users(ids: $ids) { name } user(id: $id) { name } }", json!({})),
        ] {
            assert_eq!(app.send(json!({ "query": query, "variables": variables }), None).await, names, "{reach:?} {query}");
        }
        let query = "query($id: ID!) { user(id: $id) { name } }";
        for id in [json!(1.5), json!(true), json!([1]), json!(null)] {
            let answer = app.send(json!({ "query": query, "variables": { "id": id } }), None).await;
            assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": "id" }), "{answer}");
        }
    }
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

#[tokio::test]
async fn every_kind_of_input_is_checked_and_named_as_a_variable_and_as_a_literal() {
    let app = App::start().await;
    let by_variable = async |choice: serde_json::Value, color: serde_json::Value| {
        let query = "query($choice: Choice!, $color: Color) { choose(choice: $choice, color: $color) }";
        app.send(json!({ "query": query, "variables": { "choice": choice, "color": color } }), None).await
    };
    let chosen = by_variable(json!({ "range": { "from": 1 } }), json!("RED")).await;
    assert_eq!(chosen["data"]["choose"], "Range(Range { from: 1, to: 9, step: None }) Some(Red)", "{chosen}");
    let chosen = by_variable(json!({ "colors": [["RED"], "GREEN"] }), json!(null)).await;
    assert_eq!(chosen["data"]["choose"], "Colors([[Red], [Green]]) None", "{chosen}");
    for (choice, color, field) in [
        (json!({}), json!("RED"), "choice"),
        (json!({ "name": null }), json!("RED"), "choice"),
        (json!({ "name": "a", "range": { "from": 1 } }), json!("RED"), "choice"),
        (json!({ "nmae": "a" }), json!("RED"), "nmae"),
        (json!({ "range": {} }), json!("RED"), "range.from"),
        (json!({ "range": { "from": 1, "to": null } }), json!("RED"), "range.to"),
        (json!({ "range": { "from": 1, "step": "2" } }), json!("RED"), "range.step"),
        (json!({ "colors": [["RED", "BLUE"]] }), json!("RED"), "colors.0.1"),
        (json!({ "colors": [["RED"], [null]] }), json!("RED"), "colors.1.0"),
        (json!({ "name": "a" }), json!("red"), "color"),
        (json!({ "name": "a" }), json!(1), "color"),
        (json!([{ "name": "a" }]), json!("RED"), "choice"),
    ] {
        let answer = by_variable(choice.clone(), color).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": field }), "{choice}: {answer}");
    }
    for (arguments, field) in [
        ("choice: {}", "choice"),
        ("choice: { name: null }", "choice"),
        ("choice: { name: \"a\", range: { from: 1 } }", "choice"),
        ("choice: { nmae: \"a\" }", "nmae"),
        ("choice: { range: {} }", "range.from"),
        ("choice: { range: { from: 1.5 } }", "range.from"),
        ("choice: { range: { from: 3000000000 } }", "range.from"),
        ("choice: { colors: [[RED, BLUE]] }", "colors.0.1"),
        ("choice: { name: \"a\" }, color: \"RED\"", "color"),
        ("choice: [{ name: \"a\" }]", "choice"),
        ("choice: null", "choice"),
        ("choice: \"a\"", "choice"),
    ] {
        let answer = app.query(&format!("{{ choose({arguments}) }}")).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "BAD_USER_INPUT", "field": field }), "{arguments}: {answer}");
        assert_eq!(answer["errors"].as_array().unwrap().len(), 1, "{arguments}: {answer}");
    }
    // A missing argument and one too many are mistakes of who wrote the operation, not of who filled in a form.
    assert_eq!(crate::app::code(&app.query("{ choose }").await), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(crate::app::code(&app.query("{ total(x: 1) }").await), "GRAPHQL_VALIDATION_FAILED");
    // A custom scalar is known to its subgraph only.
    for query in ["{ choose(choice: { at: \"yesterday\" }) }", "query($at: DateTime! = \"yesterday\") { choose(choice: { at: $at }) }"] {
        assert_eq!(crate::app::code(&app.query(query).await), "BAD_USER_INPUT", "{query}");
    }
}
