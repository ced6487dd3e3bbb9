//! Operations that are too much.

use serde_json::{Value, json};

use crate::app::{App, Reach, code, config};

#[tokio::test]
async fn each_limit_has_its_code_and_tells_its_number() {
    let mut config = config();
    let limits = &mut config.limits;
    (limits.max_height, limits.max_root_fields, limits.max_directives, limits.max_variables, limits.max_variable_values) = (30, 8, 3, 2, 20);
    let app = App::start_with(Reach::InProcess, config).await;
    let aliases: String = (0..6).map(|n| format!("a{n}: total ")).collect();
    let users: String = (0..4).map(|n| format!("u{n}: user(id: {n}) {{ {} }} ", "id name ".repeat(4))).collect();
    let deep = "fragment A on Track { owner { ...B } } fragment B on User { ...C } fragment C on User { id } { track(id: 1) { ...A } }";
    for (query, code, number) in [
        (format!("{{ {aliases} }}"), "MAX_ALIASES_LIMIT", "5"),
        (format!("{{ {} }}", "total ".repeat(1001)), "MAX_TOKENS_LIMIT", "1000"),
        (format!("{{ {users} }}"), "MAX_HEIGHT_LIMIT", "30"),
        (format!("{{ {} }}", "total ".repeat(9)), "MAX_ROOT_FIELDS_LIMIT", "8"),
        (format!("{{ {} }}", "total @skip(if: true) ".repeat(4)), "MAX_DIRECTIVES_LIMIT", "3"),
        (format!("{{ track(id: 1) {{ {}id{} }} }}", "owner { ".repeat(10), " }".repeat(10)), "MAX_DEPTH_LIMIT", "10"),
    ] {
        let answer = app.query(&query).await;
        assert_eq!(answer["errors"][0]["extensions"], json!({ "code": code }), "{answer}");
        assert!(answer["errors"][0]["message"].as_str().unwrap().contains(number), "{answer}");
    }
    // Introspection has no depth, and fragments are no level.
    let introspection =
        "{ __type(name: \"Track\") { fields { type { ofType { ofType { ofType { ofType { ofType { ofType { ofType { ofType { name } } } } } } } } } } } }";
    assert!(app.query(introspection).await.get("errors").is_none());
    assert!(app.query(deep).await.get("errors").is_none());
}

#[tokio::test]
async fn variables_are_limited_in_number_and_size() {
    let mut config = config();
    (config.limits.max_variables, config.limits.max_variable_values) = (2, 20);
    let app = App::start_with(Reach::InProcess, config).await;
    let users = async |count: usize, more: Value| {
        let mut variables = json!({ "ids": vec!["a"; count] });
        variables.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        app.send(json!({ "query": "query($ids: [ID!]!) { users(ids: $ids) { id } }", "variables": variables }), None).await
    };
    assert!(users(19, json!({})).await.get("errors").is_none());
    assert_eq!(code(&users(20, json!({})).await), "MAX_VARIABLES_LIMIT");
    // Those that no operation asks for count as well: they were read.
    assert!(users(1, json!({ "other": 1 })).await.get("errors").is_none());
    assert_eq!(code(&users(1, json!({ "other": 1, "more": 2 })).await), "MAX_VARIABLES_LIMIT");
    assert_eq!(code(&users(1, json!({ "other": { "a": [{ "b": vec![1; 20] }] } })).await), "MAX_VARIABLES_LIMIT");
}

#[tokio::test]
async fn what_would_overflow_a_stack_is_refused_before_anything_recurses() {
    let app = App::start().await;
    let nested = format!("{{ total(a: {}", "[".repeat(900));
    let hidden = format!("# \"\n{}", "{ a ".repeat(400));
    let in_block = format!("{{ total(a: \"\"\"x\"y\"\"\") {}", "{ a ".repeat(400));
    for query in [nested, hidden, in_block, chain(30)] {
        let answer = app.query(&query).await;
        assert_eq!(code(&answer), "MAX_DEPTH_LIMIT", "{}: {answer}", &query[..40]);
    }
    assert_eq!(code(&app.query(&bomb()).await), "MAX_HEIGHT_LIMIT");
    let response = app.client.post(app.url()).json(&json!({ "query": "{ a".repeat(100_000) })).send().await.unwrap();
    assert_eq!(response.status(), 413);
    let cycle = "fragment A on Track { owner { ...B } } fragment B on User { name ...C } fragment C on User { id ...B } { track(id: 1) { ...A } }";
    assert_eq!(code(&app.query(cycle).await), "MAX_DEPTH_LIMIT");
    assert_eq!(app.query(&chain(2)).await["data"]["__type"]["name"], "Track");
}

/// Few fragments that become 3^15 fields.
fn bomb() -> String {
    let links = (0..15).map(|n| {
        let next = format!("{{ ...F{} }}", n + 1);
        format!("fragment F{n} on __Type {{ ofType {next} interfaces {next} possibleTypes {next} }} ")
    });
    format!("{{ __type(name: \"Track\") {{ ...F0 }} }} {} fragment F15 on __Type {{ name }}", links.collect::<String>())
}

/// Introspection, which the limit of depth leaves out, nested by fragments, which the parser's limit leaves out.
fn chain(fragments: usize) -> String {
    let deep = format!("{}name{}", "ofType { ".repeat(3), " }".repeat(3));
    let links = (0..fragments).map(|n| format!("fragment F{n} on __Type {{ ofType {{ ...F{} }} {deep} }} ", n + 1));
    format!("{{ __type(name: \"Track\") {{ name ...F0 }} }} {} fragment F{fragments} on __Type {{ name }}", links.collect::<String>())
}

#[tokio::test]
async fn json_that_is_nested_too_deep_is_refused_before_it_is_parsed() {
    let app = App::start().await;
    let body = format!(r#"{{"query":"{{ total }}","variables":{{"a":{}1{}}}}}"#, "[".repeat(20_000), "]".repeat(20_000));
    let response = app.client.post(app.url()).header("content-type", "application/json").body(body).send().await.unwrap();
    assert_eq!(response.status(), 400);
    let lists: serde_json::Value = serde_json::from_str(&format!("{}{}", "[".repeat(37), "]".repeat(37))).unwrap();
    let answer = app.send(json!({ "query": "query($ids: [ID!]!) { users(ids: $ids) { id } }", "variables": { "ids": lists } }), None).await;
    assert_eq!(code(&answer), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_wide_operation_is_answered() {
    let mut config = config();
    config.limits.max_root_fields = 1000;
    let app = App::start_with(Reach::InProcess, config).await;
    let answer = app.query(&format!("{{ {} }}", "total ".repeat(990))).await;
    assert_eq!(answer, json!({ "data": { "total": 42 } }));
}
