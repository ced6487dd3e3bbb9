//! Connections of peers that behave, and of peers that do not.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::routing::get;
use platform::chassis::Service;
use platform::testing::TestPlatform;
use reqwest::{Client, Version};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::chassis::Running;
use crate::support::{eventually, within};

fn hello() -> Router {
    Router::new().route("/hello", get(async || "hello"))
}

#[tokio::test]
async fn http_1_and_http_2_are_spoken_on_one_port() {
    let test = TestPlatform::new().await;
    let running = Running::start(Service::new(test.platform.clone()).with_router(hello())).await;
    let url = format!("http://{}/hello", running.address);
    for (client, version) in [(Client::builder().http1_only(), Version::HTTP_11), (Client::builder().http2_prior_knowledge(), Version::HTTP_2)] {
        let answer = within("an answer", client.build().unwrap().get(&url).send()).await.unwrap();
        assert_eq!(answer.version(), version);
        assert_eq!(answer.text().await.unwrap(), "hello");
    }
    running.stop().await;
}

#[tokio::test]
async fn a_peer_that_brings_no_request_is_cut() {
    let test = TestPlatform::with(|config| config.http.header_timeout_ms = 50).await;
    let running = Running::start(Service::new(test.platform.clone()).with_router(hello())).await;
    let half_preface: &[u8] = b"PRI * HTTP";
    for said in [b"".as_slice(), b"P", half_preface, b"GET /hello HTTP/1.1\r\nhost: a\r\nx-slow: "] {
        let mut socket = TcpStream::connect(running.address).await.unwrap();
        socket.write_all(said).await.unwrap();
        let mut rest = Vec::new();
        within("the connection is cut", socket.read_to_end(&mut rest)).await.unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
    }
    // One that was answered, and then brings nothing more.
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    socket.write_all(b"GET /hello HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    within("the idle connection is closed", socket.read_to_end(&mut rest)).await.unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&rest));
    running.stop().await;
}

#[tokio::test]
async fn a_peer_that_reads_nothing_is_cut() {
    let test = TestPlatform::with(|config| config.http.write_timeout_ms = 50).await;
    // The test, the route and each answer hold one.
    let held = Arc::new(());
    let holding = held.clone();
    let endless = get(async move || {
        let held = holding.clone();
        Body::from_stream(futures::stream::repeat_with(move || {
            let _ = &held;
            Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024])
        }))
    });
    let running = Running::start(Service::new(test.platform.clone()).with_router(Router::new().route("/endless", endless))).await;
    let before = Arc::strong_count(&held);
    let mut socket = TcpStream::connect(running.address).await.unwrap();
    socket.write_all(b"GET /endless HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
    eventually("it is being answered", async || Arc::strong_count(&held) > before).await;
    eventually("the answer is dropped", async || Arc::strong_count(&held) == before).await;
    drop(socket);
    running.stop().await;
}
