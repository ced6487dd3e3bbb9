//! A running service from a client's side.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Extension;
use axum::routing::get;
use platform::chassis::Service;
use platform::context::Task;
use platform::graphql::RequestId;
use platform::testing::TestPlatform;
use platform::{Context, Platform};
use reqwest::{Client, Response, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{Migrator, eventually, within};

pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    stop: CancellationToken,
    service: JoinHandle<std::io::Result<()>>,
}

impl Running {
    pub(crate) async fn start(service: Service) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let service = tokio::spawn(service.run(listener, stop.clone()));
        Self { address, stop, service }
    }

    async fn get(&self, path: &str) -> Response {
        // A client of its own: no connection is kept from one request to the next.
        within("an answer", Client::new().get(format!("http://{}{path}", self.address)).send()).await.expect("an answer")
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        within("the service stops", self.service).await.unwrap().unwrap();
    }
}

/// A route that tells when it is entered and answers when released.
fn slow() -> (Router, Arc<Notify>, Arc<Notify>) {
    let (entered, release) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (tell, wait) = (entered.clone(), release.clone());
    let router = Router::new().route(
        "/slow",
        get(async move || {
            tell.notify_one();
            wait.notified().await;
            "done"
        }),
    );
    (router, entered, release)
}

fn hello(platform: &Platform) -> Service {
    Service::new(platform.clone()).with_router(Router::new().route("/hello", get(async || "hello")))
}

#[tokio::test]
async fn health_and_metrics_answer() {
    for test in TestPlatform::each().await {
        let mut context = Context::new("contract");
        context.databases.push(test.platform.database::<Migrator>("contract").await.unwrap());
        let running = Running::start(hello(&test.platform).with_context(context)).await;
        for (path, text) in [("/health/live", "live\n"), ("/health/ready", "ready\n"), ("/hello", "hello")] {
            let answer = running.get(path).await;
            assert_eq!((answer.status(), answer.text().await.unwrap()), (StatusCode::OK, text.into()), "{} {path}", test.adapter);
        }
        metrics::counter!("polyphony_test_total", "adapter" => test.adapter).increment(3);
        let answer = running.get("/metrics").await;
        assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4");
        let text = answer.text().await.unwrap();
        assert!(text.contains(&format!("polyphony_test_total{{adapter=\"{}\"}} 3", test.adapter)), "{text}");
        assert_eq!(running.get("/nowhere").await.status(), StatusCode::NOT_FOUND);
        running.stop().await;
    }
}

#[tokio::test]
async fn a_service_whose_database_is_away_is_alive_but_not_ready() {
    let test = TestPlatform::postgres().await;
    let mut context = Context::new("contract");
    let database = test.platform.database::<Migrator>("contract").await.unwrap();
    context.databases.push(database.clone());
    let running = Running::start(hello(&test.platform).with_context(context)).await;
    assert_eq!(running.get("/health/ready").await.status(), StatusCode::OK);
    database.read().clone().close().await.unwrap();
    let answer = running.get("/health/ready").await;
    assert_eq!((answer.status(), answer.text().await.unwrap()), (StatusCode::SERVICE_UNAVAILABLE, "a database does not answer\n".into()));
    assert_eq!(running.get("/health/live").await.status(), StatusCode::OK);
    running.stop().await;
}

#[tokio::test]
async fn a_request_has_an_id_that_the_client_may_choose() {
    let test = TestPlatform::new().await;
    let router = Router::new().route("/id", get(async |Extension(RequestId(id)): Extension<RequestId>| id.to_string()));
    let running = Running::start(Service::new(test.platform.clone()).with_router(router)).await;
    let url = format!("http://{}/id", running.address);
    let ask = async |sent: Option<&[u8]>| {
        let mut request = Client::new().get(&url);
        if let Some(sent) = sent {
            request = request.header("x-request-id", sent);
        }
        let answer = within("an answer", request.send()).await.unwrap();
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert_eq!(answer.text().await.unwrap(), id, "the handler knows the same id");
        id
    };
    assert_eq!(ask(Some(b"My-Request_1")).await, "My-Request_1");
    assert_eq!(ask(Some("x".repeat(64).as_bytes())).await, "x".repeat(64));
    let (one, other) = (ask(None).await, ask(None).await);
    assert_ne!(one, other);
    for unsound in [b"".as_slice(), b"with space", "ü".as_bytes(), b"a{b}", b"a;b", "x".repeat(65).as_bytes()] {
        let id = ask(Some(unsound)).await;
        assert!(id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{unsound:?}: {id}");
    }
    assert!(running.get("/nowhere").await.headers().contains_key("x-request-id"));
    running.stop().await;
}

#[tokio::test]
async fn a_stop_finishes_the_request_in_flight_and_tells_others() {
    let test = TestPlatform::new().await;
    let (router, entered, release) = slow();
    let running = Running::start(hello(&test.platform).with_router(router)).await;
    let in_flight = tokio::spawn(Client::new().get(format!("http://{}/slow", running.address)).send());
    within("the request is in flight", entered.notified()).await;

    running.stop.cancel();
    eventually("readiness is refused", async || running.get("/health/ready").await.status() == StatusCode::SERVICE_UNAVAILABLE).await;
    assert_eq!(running.get("/health/ready").await.text().await.unwrap(), "draining\n");
    assert_eq!(running.get("/health/live").await.status(), StatusCode::OK);
    assert_eq!(running.get("/hello").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(!running.service.is_finished());

    release.notify_one();
    let answer = within("the answer", in_flight).await.unwrap().unwrap();
    assert_eq!((answer.status(), answer.text().await.unwrap()), (StatusCode::OK, "done".into()));
    let address = running.address;
    running.stop().await;
    let refused = Client::new().get(format!("http://{address}/hello")).send().await;
    assert!(refused.unwrap_err().is_connect());
}

#[tokio::test]
async fn a_request_that_never_ends_does_not_keep_the_service_from_stopping() {
    let test = TestPlatform::with(|config| config.drain_secs = 0).await;
    let (router, entered, _release) = slow();
    let running = Running::start(Service::new(test.platform.clone()).with_router(router)).await;
    let _in_flight = tokio::spawn(Client::new().get(format!("http://{}/slow", running.address)).send());
    within("the request is in flight", entered.notified()).await;
    running.stop().await;
}

#[tokio::test]
async fn background_work_outlives_the_requests_and_is_waited_for() {
    let test = TestPlatform::new().await;
    let (router, entered, release) = slow();
    let (stopping, finished) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let mut context = Context::new("contract");
    let (tell_stopping, tell_finished) = (stopping.clone(), finished.clone());
    context.tasks.push(Task::new("contract.task", move |stop| async move {
        stop.cancelled().await;
        tell_stopping.notify_one();
        tokio::task::yield_now().await;
        tell_finished.notify_one();
    }));
    let running = Running::start(Service::new(test.platform.clone()).with_context(context).with_router(router)).await;
    let in_flight = tokio::spawn(Client::new().get(format!("http://{}/slow", running.address)).send());
    within("the request is in flight", entered.notified()).await;
    running.stop.cancel();
    eventually("the service drains", async || running.get("/health/ready").await.status() == StatusCode::SERVICE_UNAVAILABLE).await;
    assert!(futures::FutureExt::now_or_never(stopping.notified()).is_none(), "the task was stopped before the request had ended");
    release.notify_one();
    assert_eq!(within("the answer", in_flight).await.unwrap().unwrap().status(), StatusCode::OK);
    running.stop().await;
    assert!(futures::FutureExt::now_or_never(finished.notified()).is_some(), "the task was not waited for");
}
