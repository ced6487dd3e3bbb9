//! Bodies: compressed, too large, too slow, and over HTTP/2.

use std::io::Write as _;

use platform::config::{GatewayConfig, TransportConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::app::{App, Reach, code, config, within};

const LARGE: &str = "{ __schema { types { name fields { name } } } }";

#[tokio::test]
async fn answers_are_compressed_as_the_client_likes() {
    let app = App::start().await;
    let ask = async |encoding: &str, query: &str| {
        let request = app.client.post(app.url()).header("accept-encoding", encoding).json(&json!({ "query": query }));
        request.send().await.unwrap()
    };
    let plain = ask("identity", LARGE).await;
    assert!(plain.headers().get("content-encoding").is_none());
    let plain = plain.bytes().await.unwrap();
    for encoding in ["gzip", "br", "zstd"] {
        let answer = ask(encoding, LARGE).await;
        assert_eq!(answer.headers()["content-encoding"], encoding);
        assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
        assert!(answer.bytes().await.unwrap().len() < plain.len() / 2, "{encoding}");
        assert!(ask(encoding, "{ total }").await.headers().get("content-encoding").is_none(), "it would only grow");
    }
    let unasked = app.client.post(app.url()).json(&json!({ "query": LARGE })).send().await.unwrap();
    let depends = unasked.headers().get_all("vary").iter().any(|value| value.to_str().unwrap().contains("accept-encoding"));
    assert!(depends && unasked.headers().get("content-encoding").is_none(), "caches are told in any case");
    // Streams are not: each answer must leave at once.
    let live = json!({ "query": "subscription { flood }" });
    for accept in ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"] {
        let answer = app.client.post(app.url()).header("accept", accept).header("accept-encoding", "gzip").json(&live).send().await.unwrap();
        assert!(answer.headers().get("content-encoding").is_none(), "{accept}");
    }
}

#[tokio::test]
async fn bodies_may_be_compressed_and_are_bounded_by_what_they_become() {
    let app = App::start().await;
    let post = async |encoding: &str, body: Vec<u8>| {
        let request = app.client.post(app.url()).header("content-type", "application/json").header("content-encoding", encoding).body(body);
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap_or_default())
    };
    let gzip = |body: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(body).unwrap();
        encoder.finish().unwrap()
    };
    let (status, answer) = post("gzip", gzip(br#"{"query":"{ total }"}"#)).await;
    assert_eq!((status, answer), (200, json!({ "data": { "total": 42 } })));
    let bomb = gzip(&vec![b' '; 10 * 1024 * 1024]);
    assert!(bomb.len() < 64 * 1024, "it comes in");
    let (status, answer) = post("gzip", bomb).await;
    assert_eq!((status, code(&answer)), (413, "MAX_BODY_LIMIT"));
    let (status, answer) = post("gzip", b"not compressed at all".to_vec()).await;
    assert_eq!((status, code(&answer)), (400, "BAD_USER_INPUT"));
    assert_eq!(post("compress", b"x".to_vec()).await.0, 415);
}

#[tokio::test]
async fn a_body_that_takes_too_long_is_408() {
    let config = config();
    let config = GatewayConfig { transport: TransportConfig { body_timeout_ms: 50, ..config.transport.clone() }, ..config };
    let app = App::start_with(Reach::InProcess, config).await;
    let mut socket = TcpStream::connect(app.address).await.unwrap();
    socket.write_all(b"POST /graphql HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{\"query\":").await.unwrap();
    let mut answer = String::new();
    within(socket.read_to_string(&mut answer)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("took too long"), "{answer}");
}

/// RFC 8441: browsers do this where they reach us by HTTP/2.
#[tokio::test]
async fn a_websocket_opens_within_http_2() {
    let app = App::start().await;
    let socket = TcpStream::connect(app.address).await.unwrap();
    let (client, connection) = h2::client::handshake(socket).await.unwrap();
    tokio::spawn(connection);
    let mut client = within(client.ready()).await.unwrap();
    // The server says in its settings that it knows this; they come with the first answer at the latest.
    let (answer, _) = client.send_request(http::Request::get(format!("http://{}/", app.address)).body(()).unwrap(), true).unwrap();
    assert_eq!(within(answer).await.unwrap().status(), 200);
    assert!(client.is_extended_connect_protocol_enabled());

    let upgrade = http::Request::connect(app.url())
        .extension(h2::ext::Protocol::from_static("websocket"))
        .header("sec-websocket-version", "13")
        .header("sec-websocket-protocol", "graphql-transport-ws")
        .body(())
        .unwrap();
    let (answer, mut send) = client.send_request(upgrade, false).unwrap();
    let answer = within(answer).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["sec-websocket-protocol"].to_str().unwrap()), (200, "graphql-transport-ws"));
    let init = br#"{"type":"connection_init"}"#;
    // A text frame, whole, masked with zeros (RFC 6455 §5.2).
    let frame = [&[0x81, 0x80 | u8::try_from(init.len()).unwrap(), 0, 0, 0, 0], init.as_slice()].concat();
    send.send_data(frame.into(), false).unwrap();
    let mut body = answer.into_body();
    let mut heard = Vec::new();
    let ack = br#"{"type":"connection_ack"}"#;
    while !heard.ends_with(ack) {
        heard.extend(within(body.data()).await.expect("the stream stays open").unwrap());
    }
}
