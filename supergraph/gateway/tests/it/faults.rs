//! A subgraph that hangs, fails, panics, flaps, or answers garbage or too much costs its own fields and nothing else, in this
//! process and in another.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use async_graphql::{Request, Response, ServerError};
use async_trait::async_trait;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use futures::stream::BoxStream;
use gateway::SubgraphTarget;
use platform::config::GatewayConfig;
use platform::subgraph::Subgraph;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Reach, code, serve, unshared};

/// What the subgraph does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mood {
    Well,
    /// Until it is released.
    Hangs,
    Panics,
    Errs,
    /// Answers with this status.
    Refuses(u16),
    /// Fails so many times, then is well.
    Flaps(usize),
    Garbage,
    Nested,
    TooLarge,
    Empty,
}

/// The subgraph `plays`.
#[derive(Clone)]
pub(crate) struct FakePlays {
    mood: Arc<Mutex<Mood>>,
    asked: Arc<AtomicUsize>,
    pub(crate) released: CancellationToken,
}

const WELL: &str = r#"{"data":{"_entities":[{"__typename":"Track","plays":3}]}}"#;

impl FakePlays {
    pub(crate) fn new(mood: Mood) -> Self {
        Self { mood: Arc::new(Mutex::new(mood)), asked: Arc::default(), released: CancellationToken::new() }
    }

    pub(crate) fn set(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }

    pub(crate) fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn ask(&self) -> Mood {
        let before = self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood {
            Mood::Flaps(times) if before >= times => Mood::Well,
            Mood::Flaps(_) => Mood::Refuses(503),
            mood => mood,
        }
    }

    pub(crate) async fn app(&self, reach: Reach, config: GatewayConfig) -> App {
        let target = match reach {
            Reach::InProcess => SubgraphTarget::InProcess(Arc::new(self.clone())),
            Reach::Http => {
                let address = serve(Router::new().route("/graphql", post(answer)).with_state(self.clone())).await;
                SubgraphTarget::http(&format!("http://{address}/graphql")).unwrap()
            }
        };
        App::start_over(Reach::InProcess, config, Some(("plays", target))).await
    }
}

async fn answer(State(plays): State<FakePlays>, body: Bytes) -> (StatusCode, Bytes) {
    let mut mood = plays.ask();
    if mood == Mood::Hangs {
        plays.released.cancelled().await;
        mood = Mood::Well;
    }
    let text: Bytes = match mood {
        Mood::Well | Mood::Flaps(_) if body.windows(6).any(|six| six == b"_entit") => WELL.into(),
        Mood::Well | Mood::Flaps(_) => r#"{"data":{"total":42}}"#.into(),
        // hyper closes the stream.
        Mood::Hangs | Mood::Panics => panic!("a bug of the other process"),
        Mood::Errs => r#"{"data":null,"errors":[{"message":"password=hunter2"}]}"#.into(),
        Mood::Refuses(status) => return (StatusCode::from_u16(status).unwrap(), "<html>no</html>".into()),
        Mood::Garbage => "\u{0}<html>".into(),
        Mood::Nested => format!(r#"{{"data":{{"_entities":{}"#, "[".repeat(500_000)).into(),
        Mood::TooLarge => format!(r#"{{"data":{{"_entities":[{{"__typename":"Track","plays":3,"x":"{}"}}]}}}}"#, "x".repeat(2_000_000)).into(),
        Mood::Empty => Bytes::new(),
    };
    (StatusCode::OK, text)
}

#[async_trait]
impl Subgraph for FakePlays {
    fn name(&self) -> &'static str {
        "plays"
    }

    fn sdl(&self) -> String {
        String::new()
    }

    async fn execute(&self, request: Request) -> Response {
        let data = |value: Value| Response::new(async_graphql::Value::from_json(value).unwrap());
        let mood = self.ask();
        if mood == Mood::Hangs {
            self.released.cancelled().await;
        }
        match mood {
            Mood::Panics => panic!("a bug of this process"),
            Mood::Errs => Response::from_errors(vec![ServerError::new("password=hunter2", None)]),
            Mood::TooLarge => data(json!({ "_entities": [{ "__typename": "Track", "plays": 3, "x": "x".repeat(2_000_000) }] })),
            _ if request.query.contains("_entities") => data(json!({ "_entities": [{ "__typename": "Track", "plays": 3 }] })),
            _ => data(json!({ "total": 42 })),
        }
    }

    fn live(&self, _: Request) -> BoxStream<'static, Response> {
        Box::pin(futures::stream::empty())
    }
}

/// Limits that tests reach soon.
fn impatient() -> GatewayConfig {
    let mut config = unshared();
    let subgraphs = &mut config.subgraphs;
    (subgraphs.timeout_ms, subgraphs.request_timeout_ms, subgraphs.max_answer_bytes) = (2_000, 60_000, 1_000_000);
    (subgraphs.retries, subgraphs.retry_pause_ms, subgraphs.breaker_min_fetches) = (0, 1, 1_000);
    config
}

const QUERY: &str = "{ track(id: \"a\") { title plays owner { name } } }";

/// All but what the subgraph would have brought.
fn without_plays() -> Value {
    json!({ "track": { "title": "title of a", "plays": null, "owner": { "name": "name of owner-a" } } })
}

#[tokio::test]
async fn each_fault_costs_its_own_fields() {
    use Mood::{Empty, Errs, Garbage, Hangs, Nested, Panics, Refuses, TooLarge};
    let near: &[(Mood, &str)] = &[(Hangs, "UNAVAILABLE"), (Panics, "INTERNAL"), (Errs, "INTERNAL"), (TooLarge, "INTERNAL")];
    let far: &[(Mood, &str)] = &[
        (Hangs, "UNAVAILABLE"),
        (Panics, "UNAVAILABLE"),
        (Errs, "INTERNAL"),
        (TooLarge, "INTERNAL"),
        (Garbage, "INTERNAL"),
        (Nested, "INTERNAL"),
        (Empty, "INTERNAL"),
        (Refuses(500), "UNAVAILABLE"),
        (Refuses(503), "UNAVAILABLE"),
        (Refuses(404), "INTERNAL"),
    ];
    for (reach, cases) in [(Reach::InProcess, near), (Reach::Http, far)] {
        let plays = FakePlays::new(Mood::Well);
        let app = plays.app(reach, impatient()).await;
        for (mood, expected) in cases {
            plays.set(*mood);
            let answer = app.query(QUERY).await;
            assert_eq!((&answer["data"], code(&answer)), (&without_plays(), *expected), "{mood:?}: {answer}");
            assert!(!answer.to_string().contains("hunter2"), "{mood:?}: {answer}");
            assert_eq!(app.query("{ user(id: 1) { name } }").await, json!({ "data": { "user": { "name": "name of 1" } } }), "{mood:?}");
            plays.set(Mood::Well);
            assert_eq!(app.query(QUERY).await["data"]["track"]["plays"], 3, "after {mood:?}");
        }
    }
}

#[tokio::test]
async fn a_query_is_tried_again_and_a_mutation_never() {
    let mut config = impatient();
    config.subgraphs.retries = 2;
    let plays = FakePlays::new(Mood::Flaps(2));
    let app = plays.app(Reach::Http, config.clone()).await;
    let answer = app.query(QUERY).await;
    assert_eq!((&answer["data"]["track"]["plays"], answer.get("errors"), plays.asked()), (&json!(3), None, 3));

    let plays = FakePlays::new(Mood::Refuses(503));
    let app = plays.app(Reach::Http, config.clone()).await;
    assert_eq!(app.query(QUERY).await["data"], without_plays());
    assert_eq!(plays.asked(), 3, "tried twice again, and not for ever");
    // What will not pass, or took all the time there is, is not tried again.
    for mood in [Mood::Refuses(404), Mood::Garbage, Mood::Hangs] {
        let before = plays.asked();
        plays.set(mood);
        assert_eq!(app.query(QUERY).await["data"], without_plays());
        assert_eq!(plays.asked() - before, 1, "{mood:?}");
    }

    let accounts = FakePlays::new(Mood::Refuses(503));
    let address = serve(Router::new().route("/graphql", post(answer_counted)).with_state(accounts.clone())).await;
    let target = SubgraphTarget::http(&format!("http://{address}/graphql")).unwrap();
    let app = App::start_over(Reach::InProcess, config, Some(("accounts", target))).await;
    let answer = app.query("mutation { slowly }").await;
    assert_eq!((code(&answer), accounts.asked()), ("UNAVAILABLE", 1));
}

async fn answer_counted(state: State<FakePlays>, body: Bytes) -> (StatusCode, Bytes) {
    answer(state, body).await
}

#[tokio::test]
async fn a_subgraph_that_fails_too_often_is_left_alone_and_tried_again() {
    for (reach, mood) in [(Reach::InProcess, Mood::Hangs), (Reach::Http, Mood::Refuses(503)), (Reach::Http, Mood::Hangs)] {
        let mut config = impatient();
        let subgraphs = &mut config.subgraphs;
        // Long for what answers at once, however busy the machine is.
        subgraphs.timeout_ms = if mood == Mood::Hangs { 20 } else { 60_000 };
        (subgraphs.breaker_min_fetches, subgraphs.breaker_pause_ms) = (4, 60_000);
        let plays = FakePlays::new(mood);
        let app = plays.app(reach, config.clone()).await;
        let fails = async |times: usize| {
            for _ in 0..times {
                let answer = app.query(QUERY).await;
                assert_eq!((&answer["data"], code(&answer)), (&without_plays(), "UNAVAILABLE"));
            }
        };
        fails(4).await;
        let asked = plays.asked();
        // Then nobody asks, nor waits.
        fails(6).await;
        assert!(asked <= 4, "{reach:?} {mood:?}");
        assert_eq!(plays.asked(), asked, "{reach:?} {mood:?}");

        config.subgraphs.timeout_ms = 500;

        config.subgraphs.breaker_pause_ms = 1;
        let plays = FakePlays::new(mood);
        let app = plays.app(reach, config).await;
        for _ in 0..6 {
            app.query(QUERY).await;
        }
        plays.set(Mood::Well);
        let well = async { while app.query(QUERY).await["data"]["track"]["plays"] != 3 {} };
        tokio::time::timeout(Duration::from_secs(20), well).await.expect("it is tried again and found well");
    }
}

#[tokio::test]
async fn panics_and_large_answers_do_not_cut_others_off() {
    let mut config = impatient();
    (config.subgraphs.breaker_min_fetches, config.subgraphs.breaker_pause_ms) = (2, 60_000);
    let plays = FakePlays::new(Mood::Panics);
    let app = plays.app(Reach::InProcess, config).await;
    for mood in [Mood::Panics, Mood::TooLarge, Mood::Panics, Mood::TooLarge] {
        plays.set(mood);
        app.query(QUERY).await;
    }
    plays.set(Mood::Well);
    assert_eq!(app.query(QUERY).await["data"]["track"]["plays"], 3);
}

#[tokio::test]
async fn one_slow_subgraph_does_not_use_up_the_gateway() {
    for reach in [Reach::InProcess, Reach::Http] {
        let mut config = impatient();
        (config.subgraphs.timeout_ms, config.subgraphs.max_concurrent, config.subgraphs.max_wait_ms) = (60_000, 3, 10);
        config.subgraphs.request_timeout_ms = 60_000;
        let plays = FakePlays::new(Mood::Hangs);
        let app = Arc::new(plays.app(reach, config).await);
        let held: Vec<_> = (0..3)
            .map(|_| {
                tokio::spawn({
                    let app = app.clone();
                    async move { app.query(QUERY).await }
                })
            })
            .collect();
        crate::app::until(|| plays.asked() == 3).await;
        // A fourth does not reach it, and is told soon.
        let answer = app.query(QUERY).await;
        assert_eq!((&answer["data"], code(&answer)), (&without_plays(), "UNAVAILABLE"));
        assert_eq!(plays.asked(), 3);
        assert_eq!(app.query("{ user(id: 1) { name } }").await["data"]["user"]["name"], "name of 1");
        // Who leaves makes room.
        plays.set(Mood::Well);
        for held in held {
            held.abort();
        }
        let well = async { while app.query(QUERY).await["data"]["track"]["plays"] != 3 {} };
        tokio::time::timeout(Duration::from_secs(20), well).await.expect("there is room again");
    }
}

#[tokio::test]
async fn a_request_waits_only_so_long_altogether() {
    for reach in [Reach::InProcess, Reach::Http] {
        let mut config = impatient();
        (config.subgraphs.timeout_ms, config.subgraphs.request_timeout_ms) = (60_000, 500);
        (config.subgraphs.breaker_min_fetches, config.subgraphs.breaker_pause_ms) = (1, 60_000);
        let plays = FakePlays::new(Mood::Hangs);
        let app = plays.app(reach, config).await;
        for _ in 0..3 {
            let answer = app.query(QUERY).await;
            assert_eq!((&answer["data"], code(&answer)), (&without_plays(), "UNAVAILABLE"));
        }
        assert_eq!(plays.asked(), 3, "the request's own impatience is no fault of the subgraph");
    }
}

/// Log lines of one thread.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn an_internal_error_tells_the_id_it_is_logged_under() {
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
    // A test has one thread, and the gateway runs on it.
    let _guard = tracing::subscriber::set_default(subscriber);
    let plays = FakePlays::new(Mood::Errs);
    let app = plays.app(Reach::InProcess, impatient()).await;
    let response = app.client.post(app.url()).header("x-request-id", "find-me-7").json(&json!({ "query": QUERY })).send().await.unwrap();
    let answer: Value = response.json().await.unwrap();
    assert_eq!(answer["errors"][0]["extensions"], json!({ "code": "INTERNAL", "requestId": "find-me-7" }));
    assert!(!answer.to_string().contains("hunter2"), "{answer}");
    let log = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    let line = log.lines().find(|line| line.contains("hunter2")).unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains("find-me-7"), "{line}");
}
