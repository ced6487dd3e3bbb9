//! Subgraphs behind HTTP answer as they do in this process.

use serde_json::json;

use crate::app::{App, Reach, config};

#[tokio::test]
async fn remote_and_in_process_answers_are_the_same() {
    let near = App::start().await;
    let far = App::start_with(Reach::Http, config()).await;
    for query in [
        "{ tracks(first: 3) { title plays owner { name email } } total }",
        "{ track(id: \"a\") { title conflicts fails owner { name } } }",
        "{ viewerId secret user(id: \"x\") { email } }",
        "mutation { rename(input: { name: \"a\", tags: [\"b\"] }) { name id } }",
        "{ user(id: 1) { id } __typename }",
    ] {
        // Internal errors tell the id, so both get the same.
        let ask = async |app: &App| {
            let request = app.client.post(app.url()).header("x-request-id", "same").json(&json!({ "query": query }));
            request.send().await.unwrap().json::<serde_json::Value>().await.unwrap()
        };
        assert_eq!(ask(&near).await, ask(&far).await, "{query}");
    }
    let token = far.token();
    let answer = far.query_as(&token, "{ viewerId secret }").await;
    assert!(answer["data"]["viewerId"].as_str().unwrap().starts_with("user_"), "{answer}");
    assert_eq!(answer["data"]["secret"], "for members");
}

#[tokio::test]
async fn a_custom_scalar_is_whatever_its_subgraph_says() {
    let query = "query($value: JSON) { echo(value: $value) tracks(first: 2) { echo(value: $value) id } }";
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        for value in [
            json!(null),
            json!(true),
            json!(-1),
            json!(u64::MAX),
            json!(1.5),
            json!("a \"b\" \u{1f3b5}\n"),
            json!([]),
            json!([1, "a", null, [{}]]),
            json!({}),
            // Names of fields are none in here, nor must they be any of the schema.
            json!({ "id": { "title": 1 }, "__typename": "User", "b b": [{ "": null }], "a": 2 }),
        ] {
            let answer = app.send(json!({ "query": query, "variables": { "value": value } }), None).await;
            let tracks = json!([{ "echo": value, "id": "0" }, { "echo": value, "id": "1" }]);
            assert_eq!(answer, json!({ "data": { "echo": value, "tracks": tracks } }), "{reach:?}");
        }
    }
}

#[tokio::test]
async fn a_subgraph_that_is_down_costs_its_fields() {
    // A port that nobody listens on: bound once, so that it is nobody else's.
    let unused = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let down = format!("http://{unused}/graphql");
    let app = App::start_over(Reach::Http, config(), Some(("plays", gateway::SubgraphTarget::http(&down).unwrap()))).await;
    let answer = app.query("{ track(id: \"a\") { title plays } }").await;
    assert_eq!(answer["data"], json!({ "track": { "title": "title of a", "plays": null } }), "{answer}");
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "UNAVAILABLE" }));
}
