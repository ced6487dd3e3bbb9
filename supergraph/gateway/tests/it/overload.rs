//! More requests than can be served at once.

use std::time::Duration;

use serde_json::json;

use crate::app::{App, Reach, code, unshared, until};
use crate::faults::{FakePlays, Mood};
use crate::socket::Socket;

#[tokio::test]
async fn too_much_is_refused_at_once_and_all_is_well_afterwards() {
    let mut config = unshared();
    (config.overload.max_in_flight, config.overload.retry_after_secs) = (4, 7);
    (config.subgraphs.timeout_ms, config.subgraphs.request_timeout_ms) = (600_000, 600_000);
    let plays = FakePlays::new(Mood::Hangs);
    let app = plays.app(Reach::InProcess, config).await;
    let request = |query: &str| app.client.post(app.url()).json(&json!({ "query": query })).send();
    let mut socket = Socket::start(&app, None).await;
    let slow: Vec<_> = (0..4).map(|_| tokio::spawn(request("{ total }"))).collect();
    until(|| plays.asked() == 4).await;
    // All of these are answered while the four are still running.
    for _ in 0..50 {
        let response = request("{ user(id: 1) { name } }").await.unwrap();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "7");
        assert_eq!(response.json::<serde_json::Value>().await.unwrap()["errors"][0]["extensions"], json!({ "code": "UNAVAILABLE", "retryAfter": 7 }));
    }
    socket.subscribe("1", "{ user(id: 1) { name } }").await;
    assert_eq!(socket.expect("error").await[0]["extensions"]["code"], "UNAVAILABLE");
    plays.set(Mood::Well);
    plays.released.cancel();
    for slow in slow {
        let response = slow.await.unwrap().unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.json::<serde_json::Value>().await.unwrap(), json!({ "data": { "total": 42 } }));
    }
    for _ in 0..20 {
        assert_eq!(request("{ total }").await.unwrap().status(), 200);
    }
    socket.subscribe("1", "{ total }").await;
    assert_eq!(socket.expect("next").await, json!({ "data": { "total": 42 } }));
}

#[tokio::test]
async fn live_operations_that_only_wait_hold_no_place() {
    let mut config = unshared();
    config.overload.max_in_flight = 1;
    let app = App::start_with(Reach::InProcess, config).await;
    let mut socket = Socket::start(&app, None).await;
    for n in 0..3 {
        let before = app.changes.receiver_count();
        socket.subscribe(&n.to_string(), "subscription { trackChanged { id } }").await;
        until(|| app.changes.receiver_count() > before).await;
    }
    assert_eq!(app.query("{ total }").await["data"]["total"], 42);
}

#[tokio::test]
async fn a_storm_of_requests_leaves_the_gateway_alive() {
    let mut config = unshared();
    config.overload.max_in_flight = 8;
    let app = App::start_with(Reach::InProcess, config).await;
    let storm = (0..300).map(|_| {
        let request =
            app.client.post(app.url()).timeout(Duration::from_secs(30)).json(&json!({ "query": "{ tracks(first: 20) { title plays owner { name } } }" }));
        tokio::spawn(async move { request.send().await.unwrap().status().as_u16() })
    });
    let mut statuses = std::collections::BTreeMap::<u16, usize>::new();
    for answered in storm.collect::<Vec<_>>() {
        *statuses.entry(answered.await.unwrap()).or_default() += 1;
    }
    assert!(statuses.keys().all(|status| [200, 503].contains(status)) && statuses.contains_key(&200), "{statuses:?}");
    let answer = app.query("{ total nonsense }").await;
    assert_eq!(code(&answer), "GRAPHQL_VALIDATION_FAILED");
}
