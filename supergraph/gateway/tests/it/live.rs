//! graphql-transport-ws: its rules, and live operations.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::TimeDelta;
use gateway::{AuthenticationError, Authenticator, Proof};
use platform::config::{GatewayConfig, TransportConfig};
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::app::{App, Reach, config, until};
use crate::socket::{Heard, Socket};

/// Tells a change until somebody listens: when a subscription has begun is not visible from outside.
pub(crate) async fn change_until_heard(app: &App, socket: &mut Socket, id: &str) -> Value {
    let telling = async {
        loop {
            let _ = app.changes.send(id.to_owned());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::select! {
        heard = socket.expect("next") => heard,
        () = telling => unreachable!(),
    }
}

#[tokio::test]
async fn queries_and_mutations_work_over_the_socket() {
    let app = App::start().await;
    let mut socket = Socket::start(&app, Some(&app.token())).await;
    socket.subscribe("1", "{ total secret }").await;
    assert_eq!(socket.expect("next").await, json!({ "data": { "total": 42, "secret": "for members" } }));
    socket.expect("complete").await;
    socket.subscribe("1", "mutation { rename(input: { name: \"a\" }) { name } }").await;
    assert_eq!(socket.expect("next").await, json!({ "data": { "rename": { "name": "a" } } }));
    socket.expect("complete").await;
    socket.subscribe("2", "{ nonsense }").await;
    assert_eq!(socket.expect("error").await[0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    socket.send(json!({ "type": "ping", "payload": { "a": 1 } })).await;
    assert_eq!(socket.expect("pong").await, json!({ "a": 1 }));
}

#[tokio::test]
async fn live_events_are_joined_with_other_subgraphs() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let mut socket = Socket::start(&app, None).await;
        socket.subscribe("1", "subscription { trackChanged { id title plays fails owner { name email } } }").await;
        let event = change_until_heard(&app, &mut socket, "abc").await;
        let track = json!({ "id": "abc", "title": "title of abc", "plays": 3, "fails": null, "owner": { "name": "name of owner-abc", "email": null } });
        assert_eq!(event["data"]["trackChanged"], track, "{event}");
        let codes: Vec<_> = event["errors"].as_array().unwrap().iter().map(|error| error["extensions"]["code"].as_str().unwrap()).collect();
        assert!(codes.contains(&"UNAUTHENTICATED") && codes.contains(&"INTERNAL"), "{event}");
    }
}

#[tokio::test]
async fn a_live_operation_ends_with_its_source_and_takes_variables() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let mut socket = Socket::start(&app, None).await;
        let payload = json!({ "query": "subscription($n: Int!) { countdown(from: $n) }", "variables": { "n": 2 } });
        socket.send(json!({ "id": "a", "type": "subscribe", "payload": payload })).await;
        for n in [2, 1] {
            assert_eq!(socket.expect("next").await, json!({ "data": { "countdown": n } }));
        }
        socket.expect("complete").await;
    }
}

#[tokio::test]
async fn completing_ends_an_operation_and_frees_its_id() {
    let app = App::start().await;
    let mut socket = Socket::start(&app, None).await;
    socket.subscribe("1", "subscription { trackChanged(id: \"a\") { id } }").await;
    change_until_heard(&app, &mut socket, "a").await;
    socket.send(json!({ "id": "1", "type": "complete" })).await;
    socket.subscribe("1", "{ total }").await;
    loop {
        // Changes told while the subscription was still running may come first.
        let event = socket.expect("next").await;
        if event == json!({ "data": { "total": 42 } }) {
            break;
        }
    }
    until(|| app.changes.receiver_count() == 0).await;
}

#[tokio::test]
async fn guarded_live_operations_are_refused_and_panics_are_told() {
    let app = App::start().await;
    let mut socket = Socket::start(&app, None).await;
    socket.subscribe("1", "subscription { membersOnly }").await;
    assert_eq!(socket.expect("next").await["errors"][0]["extensions"]["code"], "UNAUTHENTICATED");
    socket.expect("complete").await;
    socket.subscribe("2", "subscription { livePanic }").await;
    assert_eq!(socket.expect("next").await["errors"][0]["extensions"]["code"], "INTERNAL");
    socket.expect("complete").await;

    let mut socket = Socket::start(&app, Some(&app.token())).await;
    socket.subscribe("1", "subscription { membersOnly }").await;
    assert_eq!(socket.expect("next").await, json!({ "data": { "membersOnly": 1 } }));
}

#[tokio::test]
async fn the_end_of_the_token_ends_the_connection() {
    let app = App::start().await;
    let mut socket = Socket::start(&app, Some(&app.token_of("first", TimeDelta::seconds(2)))).await;
    socket.subscribe("1", "subscription { membersOnly }").await;
    socket.expect("next").await;
    app.clock.forward(TimeDelta::seconds(3));
    assert_eq!(socket.hear().await, Heard::Closed(4403));
}

#[tokio::test]
async fn breaking_the_protocol_has_its_codes() {
    let app = App::start().await;
    let init = json!({ "type": "connection_init" });

    let mut socket = Socket::open(&app, Some("graphql-transport-ws")).await;
    socket.subscribe("1", "{ total }").await;
    assert_eq!(socket.hear().await, Heard::Closed(4401));

    let mut socket = Socket::open(&app, Some("graphql-transport-ws")).await;
    socket.send(json!({ "type": "connection_init", "payload": { "authorization": "Bearer nonsense" } })).await;
    assert_eq!(socket.hear().await, Heard::Closed(4403));

    let mut socket = Socket::start(&app, None).await;
    socket.send(init.clone()).await;
    assert_eq!(socket.hear().await, Heard::Closed(4429));

    let mut socket = Socket::start(&app, None).await;
    socket.subscribe("1", "subscription { trackChanged { id } }").await;
    socket.subscribe("1", "subscription { trackChanged { id } }").await;
    assert_eq!(socket.hear().await, Heard::Closed(4409));

    let deep = Message::text(format!(r#"{{"type":"connection_init","payload":{}"#, r#"{"a":"#.repeat(20_000)));
    for nonsense in [deep, Message::text("{"), Message::text("{}"), Message::text(r#"{"type":"subscribe","id":"1"}"#), Message::binary(vec![1, 2])] {
        let mut socket = Socket::start(&app, None).await;
        socket.send_raw(nonsense.clone()).await;
        assert_eq!(socket.hear().await, Heard::Closed(4400), "{:.80}", nonsense.to_string());
    }

    let mut socket = Socket::open(&app, None).await;
    assert_eq!(socket.hear().await, Heard::Closed(4406));
}

#[tokio::test]
async fn who_does_not_begin_is_closed_with_4408() {
    let config = config();
    let config = GatewayConfig { transport: TransportConfig { init_timeout_ms: 50, ..config.transport.clone() }, ..config };
    let app = App::start_with(Reach::InProcess, config).await;
    let mut socket = Socket::open(&app, Some("graphql-transport-ws")).await;
    assert_eq!(socket.hear().await, Heard::Closed(4408));
}

/// Fails in the way that its name says.
enum FakeAuthenticator {
    HasNoKeys,
    HasABug,
}

#[async_trait]
impl Authenticator for FakeAuthenticator {
    async fn authenticate(&self, _token: &str) -> Result<Proof, AuthenticationError> {
        match self {
            Self::HasNoKeys => Err(AuthenticationError::Unavailable(kernel::PortError::unavailable(std::io::Error::other("no keys")))),
            Self::HasABug => panic!("a bug"),
        }
    }
}

#[tokio::test]
async fn our_own_failures_have_codes_too() {
    // Worth another try, and not.
    for (authenticator, code) in [(FakeAuthenticator::HasNoKeys, 1013), (FakeAuthenticator::HasABug, 4500)] {
        let app = App::start_authenticated_by(Arc::new(authenticator)).await;
        let mut socket = Socket::open(&app, Some("graphql-transport-ws")).await;
        socket.send(json!({ "type": "connection_init", "payload": { "authorization": "Bearer token" } })).await;
        assert_eq!(socket.hear().await, Heard::Closed(code));
    }
}

#[tokio::test]
async fn a_slow_reader_is_told_and_dropped() {
    let app = App::start().await;
    let mut slow = Socket::start(&app, None).await;
    slow.subscribe("1", "subscription { flood }").await;
    // Others are not held up meanwhile.
    let mut other = Socket::start(&app, None).await;
    other.subscribe("1", "{ total }").await;
    assert_eq!(other.expect("next").await, json!({ "data": { "total": 42 } }));
    until(|| app.changes.receiver_count() == 1).await;
    until(|| app.changes.receiver_count() == 0).await;
    loop {
        match slow.hear().await {
            Heard::Message(_) => {}
            Heard::Closed(code) => {
                assert_eq!(code, 1008);
                break;
            }
        }
    }
}

#[tokio::test]
async fn a_stopping_service_says_so() {
    let app = App::start().await;
    let mut socket = Socket::start(&app, None).await;
    app.stop.cancel();
    assert_eq!(socket.hear().await, Heard::Closed(1001));
}

#[tokio::test]
async fn a_viewer_has_only_so_many_connections() {
    let mut config = config();
    config.live.max_per_viewer = 2;
    let app = App::start_with(Reach::InProcess, config).await;
    let token = app.token();
    let other = app.token();
    let first = Socket::start(&app, Some(&token)).await;
    let _second = Socket::start(&app, Some(&token)).await;
    let mut third = Socket::open(&app, Some("graphql-transport-ws")).await;
    third.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
    assert_eq!(third.hear().await, Heard::Closed(1013));
    // Others are not concerned, and who leaves makes room.
    let _other = Socket::start(&app, Some(&other)).await;
    drop(first);
    let again = async {
        loop {
            let mut socket = Socket::open(&app, Some("graphql-transport-ws")).await;
            socket.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {token}") } })).await;
            if socket.hear().await != Heard::Closed(1013) {
                break;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), again).await.expect("there is room again");
}

#[tokio::test]
async fn an_address_has_only_so_many_connections_of_the_anonymous() {
    let mut config = config();
    config.live.max_per_address = 3;
    let app = App::start_with(Reach::InProcess, config).await;
    // One that signs in is its viewer's from then on.
    let _viewer = Socket::start(&app, Some(&app.token())).await;
    let anonymous = async || {
        let mut request = format!("ws://{}/graphql", app.address).into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    let mut held = Vec::new();
    let refused = loop {
        match anonymous().await {
            Ok((socket, _)) => held.push(socket),
            Err(tokio_tungstenite::tungstenite::Error::Http(response)) => break response,
            Err(error) => panic!("{error}"),
        }
    };
    assert_eq!(held.len(), 3);
    assert_eq!((refused.status().as_u16(), refused.headers()["retry-after"].to_str().unwrap()), (429, "10"));
    assert_eq!(app.query("{ total }").await["data"]["total"], 42);
}
