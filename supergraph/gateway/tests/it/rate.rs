//! Every request is paid for, every answer says what is left, and who has nothing left is told when to come again.

use std::time::Duration;

use chrono::TimeDelta;
use kernel::{Clock as _, Scope};
use platform::api_key::KeyRights;
use platform::config::{GatewayConfig, RateConfig};
use reqwest::Response;
use serde_json::{Value, json};

use crate::app::{App, Reach, config};
use crate::socket::Socket;

async fn limited() -> App {
    let rate = RateConfig { anonymous_per_minute: 3, free_per_minute: 5, premium_per_minute: 8, cost_per_unit: 0, trusted_proxies: vec!["127.0.0.1".into()] };
    App::start_with(Reach::InProcess, GatewayConfig { rate, ..config() }).await
}

async fn ask(app: &App, headers: &[(&str, &str)], query: &str) -> Response {
    let request = app.client.post(app.url()).json(&json!({ "query": query }));
    headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
}

fn header<'r>(response: &'r Response, name: &str) -> Option<&'r str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn the_anonymous_pay_by_address_and_are_told_when_to_come_again() {
    let app = limited().await;
    for left in [2, 1, 0] {
        let response = ask(&app, &[], "{ total }").await;
        assert_eq!(response.status(), 200);
        assert_eq!(header(&response, "ratelimit-policy"), Some(r#""minute";q=3;w=60"#));
        assert_eq!(header(&response, "ratelimit"), Some(format!(r#""minute";r={left};t=60"#).as_str()));
        assert_eq!(header(&response, "retry-after"), None);
    }
    app.clock.forward(TimeDelta::seconds(10));
    let response = ask(&app, &[("accept", "application/json")], "{ total }").await;
    assert_eq!(response.status(), 429);
    assert_eq!(header(&response, "ratelimit"), Some(r#""minute";r=0;t=50"#));
    let wait: u64 = header(&response, "retry-after").unwrap().parse().unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "RATE_LIMITED", "retryAfter": wait }));
    assert!(answer.get("data").is_none());
    assert_eq!(ask(&app, &[("x-forwarded-for", "192.0.2.9")], "{ total }").await.status(), 200, "another address has its own");
    app.clock.forward(TimeDelta::from_std(Duration::from_secs(wait)).unwrap());
    assert_eq!(ask(&app, &[], "{ total }").await.status(), 200);
}

#[tokio::test]
async fn what_costs_much_counts_as_several_requests() {
    let rate = RateConfig { anonymous_per_minute: 30, free_per_minute: 30, premium_per_minute: 30, cost_per_unit: 10, trusted_proxies: Vec::new() };
    let mut config = GatewayConfig { rate, ..config() };
    config.limits.report_cost = true;
    let app = App::start_with(Reach::InProcess, config).await;
    let left = |response: &Response| header(response, "ratelimit").unwrap().split(';').find_map(|part| part.strip_prefix("r=")?.parse::<u64>().ok()).unwrap();
    assert_eq!(left(&ask(&app, &[], "{ total }").await), 29, "what costs little is one request");

    let response = ask(&app, &[], "{ tracks(first: 100) { title } }").await;
    let now = left(&response);
    let answer: Value = response.json().await.unwrap();
    let cost = answer["extensions"]["cost"]["estimated"].as_u64().unwrap();
    assert!(cost >= 100, "{answer}");
    assert_eq!(now, 29 - 1 - cost / 10);

    let refused = loop {
        let response = ask(&app, &[], "{ tracks(first: 100) { title } }").await;
        if response.status() != 200 {
            break response;
        }
    };
    assert_eq!(refused.status(), 429);
    assert!(header(&refused, "retry-after").is_some());
}

#[tokio::test]
async fn an_answer_dearer_than_its_estimate_is_charged_and_never_refused() {
    for (query, paid) in [("{ shelves { title } }", 1 + 3), ("{ tracks(first: 25) { title } }", 1 + 2), ("{ page(first: 40) { nodes { title } } }", 1 + 4)] {
        for socket in [false, true] {
            let rate = RateConfig { anonymous_per_minute: 30, free_per_minute: 30, premium_per_minute: 30, cost_per_unit: 10, trusted_proxies: Vec::new() };
            let mut config = GatewayConfig { rate, ..config() };
            config.limits.assumed_list_size = 3;
            let app = App::start_with(Reach::InProcess, config).await;
            if socket {
                let mut socket = Socket::start(&app, None).await;
                socket.subscribe("1", query).await;
                socket.expect("next").await;
                socket.expect("complete").await;
            } else {
                assert_eq!(ask(&app, &[], query).await.status(), 200);
            }
            let expected = format!(r#""minute";r={};t=60"#, 30 - paid - u64::from(socket) - 1);
            assert_eq!(header(&ask(&app, &[], "{ total }").await, "ratelimit"), Some(expected.as_str()), "{query}, by a socket: {socket}");
        }
    }

    let rate = RateConfig { anonymous_per_minute: 2, free_per_minute: 2, premium_per_minute: 2, cost_per_unit: 10, trusted_proxies: Vec::new() };
    let app = App::start_with(Reach::InProcess, GatewayConfig { rate, ..config() }).await;
    let answer = ask(&app, &[], "{ shelves { title } }").await;
    assert_eq!((answer.status().as_u16(), header(&answer, "ratelimit")), (200, Some(r#""minute";r=0;t=60"#)));
    assert_eq!(ask(&app, &[], "{ total }").await.status(), 429, "the debt is paid first");
}

#[tokio::test]
async fn people_pay_by_account_and_keys_by_minute_and_day() {
    let app = limited().await;
    let token = format!("Bearer {}", app.token());
    let response = ask(&app, &[("authorization", &token)], "{ total }").await;
    assert_eq!(header(&response, "ratelimit"), Some(r#""minute";r=4;t=60"#));
    assert_eq!(
        header(&ask(&app, &[("authorization", &token), ("x-forwarded-for", "192.0.2.9")], "{ total }").await, "ratelimit"),
        Some(r#""minute";r=3;t=60"#)
    );

    let premium = app.token_with(|claims| claims["premium_exp"] = json!((app.clock.now() + TimeDelta::minutes(1)).timestamp()));
    let premium = format!("Bearer {premium}");
    let policy = async || header(&ask(&app, &[("authorization", &premium)], "{ total }").await, "ratelimit-policy").map(ToOwned::to_owned);
    assert_eq!(policy().await.as_deref(), Some(r#""minute";q=8;w=60"#));
    app.clock.forward(TimeDelta::minutes(1));
    assert_eq!(policy().await.as_deref(), Some(r#""minute";q=5;w=60"#), "the token lives on, and premium has ended");

    let key = app.key(KeyRights { per_minute: 2, per_day: 3, ..app.rights(&[Scope::CatalogRead]) });
    let key = [("x-api-key", key.as_str())];
    assert_eq!(header(&ask(&app, &key, "{ total }").await, "ratelimit"), Some(r#""minute";r=1;t=60, "day";r=2;t=86400"#));
    assert_eq!(ask(&app, &key, "{ total }").await.status(), 200);
    assert_eq!(ask(&app, &key, "{ total }").await.status(), 429);
    app.clock.forward(TimeDelta::minutes(2));
    assert_eq!(ask(&app, &key, "{ total }").await.status(), 200);
    let response = ask(&app, &key, "{ total }").await;
    assert_eq!((response.status().as_u16(), header(&response, "ratelimit-policy")), (429, Some(r#""minute";q=2;w=60, "day";q=3;w=86400"#)));
    assert!(header(&response, "retry-after").unwrap().parse::<u64>().unwrap() > 3600, "the day is what it waits for");
}

#[tokio::test]
async fn every_answer_says_what_is_left_also_of_what_was_never_read() {
    let app = limited().await;
    let not_json = app.client.post(app.url()).header("content-type", "text/plain").body("x").send().await.unwrap();
    assert_eq!((not_json.status().as_u16(), header(&not_json, "ratelimit")), (415, Some(r#""minute";r=2;t=60"#)));
    let malformed = app.client.post(app.url()).header("content-type", "application/json").body("{").send().await.unwrap();
    assert_eq!((malformed.status().as_u16(), header(&malformed, "ratelimit")), (400, Some(r#""minute";r=1;t=60"#)));
    let invalid = ask(&app, &[], "{ nonsense }").await;
    assert_eq!((invalid.status().as_u16(), header(&invalid, "ratelimit")), (200, Some(r#""minute";r=0;t=60"#)));
    let get = app
        .client
        .get(app.url())
        .query(&[("query", "{ total }")])
        .header("origin", "https://app.example")
        .header("apollo-require-preflight", "1")
        .send()
        .await
        .unwrap();
    assert_eq!(get.status(), 429);
    let exposed = header(&get, "access-control-expose-headers").unwrap().to_ascii_lowercase();
    assert!(["ratelimit", "ratelimit-policy", "retry-after"].iter().all(|name| exposed.split(',').any(|exposed| exposed == *name)), "{exposed}");
}

#[tokio::test]
async fn guessing_credentials_is_stopped_before_anybody_is_asked() {
    let app = limited().await;
    let guess = async || {
        let key = platform::api_key::ApiKeySecret::generate(&kernel::OsRandomness);
        ask(&app, &[("x-api-key", key.as_str())], "{ total }").await.status().as_u16()
    };
    for _ in 0..60 {
        assert_eq!(guess().await, 401);
    }
    assert_eq!(guess().await, 429);
    let key = app.key(app.rights(&[]));
    let key = [("x-api-key", key.as_str())];
    assert_eq!(ask(&app, &key, "{ total }").await.status(), 429, "nor is a good key that nobody remembers");
    assert_eq!(ask(&app, &[("x-api-key", key[0].1), ("x-forwarded-for", "192.0.2.9")], "{ total }").await.status(), 200);
    assert_eq!(ask(&app, &key, "{ total }").await.status(), 200, "one that is remembered opens");
    assert_eq!(ask(&app, &[("authorization", "Bearer nonsense")], "{ total }").await.status(), 429);
}

#[tokio::test]
async fn over_a_socket_a_refusal_is_an_error_message_and_the_connection_stays() {
    let app = limited().await;
    let token = app.token();
    let mut socket = Socket::start(&app, Some(&token)).await;
    for id in ["1", "2", "3", "4", "5"] {
        socket.subscribe(id, "{ total }").await;
        assert_eq!(socket.expect("next").await["data"]["total"], 42);
        socket.expect("complete").await;
    }
    socket.subscribe("6", "{ total }").await;
    let refused = socket.expect("error").await;
    assert_eq!(refused[0]["extensions"]["code"], "RATE_LIMITED");
    let wait = refused[0]["extensions"]["retryAfter"].as_i64().unwrap();
    app.clock.forward(TimeDelta::seconds(wait));
    socket.subscribe("6", "{ total }").await;
    assert_eq!(socket.expect("next").await["data"]["total"], 42);
}
