//! Operations that one subgraph answers alone go a shorter way than others. Clients must not tell by anything which it was, whatever the
//! subgraph says.

use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Name, Request, Response, ServerError, Value as Said};
use async_trait::async_trait;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use gateway::SubgraphTarget;
use platform::config::Audience;
use platform::subgraph::Subgraph;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use serde_json::{Value, json};

use crate::app::{App, HandClock, Reach, remote, unshared, viewer_tokens};
use crate::world;

/// The value in this place of an answer, counted through all of its values and round again, is replaced; by nothing, it is left out.
#[derive(Debug, Clone)]
struct Slip {
    place: usize,
    said: Option<Said>,
}

/// Says what another subgraph says, with slips of the tongue.
#[derive(Clone)]
struct FakeSlips {
    honest: Arc<dyn Subgraph>,
    slips: Arc<Mutex<(Vec<Slip>, bool)>>,
}

impl FakeSlips {
    fn slip(&self, mut response: Response) -> Response {
        let (slips, errs) = &*self.slips.lock().unwrap_or_else(PoisonError::into_inner);
        for slip in slips {
            let mut places = 0;
            count(&response.data, &mut places);
            replace(&mut response.data, &mut (slip.place % places), slip.said.as_ref());
        }
        if *errs {
            response.errors.push(ServerError::new("a slip", None));
        }
        response
    }
}

fn count(said: &Said, places: &mut usize) {
    *places += 1;
    match said {
        Said::List(items) => items.iter().for_each(|item| count(item, places)),
        Said::Object(fields) => fields.values().for_each(|field| count(field, places)),
        _ => {}
    }
}

/// Replaces the value that comes after so many, or leaves it out of its object; whether that has been reached.
fn replace(said: &mut Said, left: &mut usize, by: Option<&Said>) -> bool {
    if *left == 0 {
        *said = by.cloned().unwrap_or_default();
        return true;
    }
    *left -= 1;
    match said {
        Said::List(items) => items.iter_mut().any(|item| replace(item, left, by)),
        Said::Object(fields) => {
            let names: Vec<Name> = fields.keys().cloned().collect();
            for name in names {
                if *left == 0 && by.is_none() {
                    fields.shift_remove(&name);
                    return true;
                }
                if fields.get_mut(&name).is_some_and(|field| replace(field, left, by)) {
                    return true;
                }
            }
            false
        }
        _ => false,
    }
}

#[async_trait]
impl Subgraph for FakeSlips {
    fn name(&self) -> &'static str {
        self.honest.name()
    }

    fn sdl(&self) -> String {
        self.honest.sdl()
    }

    async fn execute(&self, request: Request) -> Response {
        let response = self.honest.execute(request).await;
        self.slip(response)
    }

    fn live(&self, request: Request) -> BoxStream<'static, Response> {
        let slips = self.clone();
        self.honest.live(request).map(move |response| slips.slip(response)).boxed()
    }
}

fn slips() -> impl Strategy<Value = Vec<Slip>> {
    let said = prop_oneof![
        3 => Just(None),
        3 => Just(Some(Said::Null)),
        1 => any::<i32>().prop_map(|number| Some(number.into())),
        1 => any::<bool>().prop_map(|is| Some(is.into())),
        1 => "[a-z\"\\\\\u{e9}\n]{0,6}".prop_map(|text| Some(text.into())),
        1 => Just(Some(Said::List(vec![1.into(), Said::Null]))),
        1 => Just(Some(Said::Object([(Name::new("id"), 1.into()), (Name::new("__typename"), "Track".into())].into_iter().collect()))),
        1 => Just(Some(Said::Enum(Name::new("TITLE")))),
    ];
    proptest::collection::vec((any::<usize>(), said).prop_map(|(place, said)| Slip { place, said }), 0..4)
}

/// What one subgraph answers, and what two do.
const OPERATIONS: &[&str] = &[
    "{ track(id: 7) { title } }",
    "{ tracks(first: 3) { id title name owner { id } } kind: __typename }",
    "{ tracks(first: 2) { title ...T } more: page(first: 4) { nodes { ...T } edges { node { ...T } } } } fragment T on Track { key: id title owner { __typename } }",
    "query($yes: Boolean! = true) { tracks(first: 2) { id title @include(if: $yes) name @skip(if: $yes) } page @include(if: $yes) { nodes { id } } }",
    "query($id: ID! = 5) { track(id: $id) { title ... on Track { id } } }",
    "{ shelves { title } }",
    "{ tracks(first: 2) { title plays } }",
    "{ total track(id: 1) { title } }",
    "{ track(id: 1) { title } __type(name: \"Track\") { name } }",
    "subscription { countdown(from: 3) }",
];

/// Both ways: a gateway that tells costs has all operations run by the engine.
struct Ways {
    slips: FakeSlips,
    single: App,
    engine: App,
}

impl Ways {
    async fn start(reach: Reach) -> Self {
        let slips = FakeSlips { honest: world::one("library"), slips: Arc::default() };
        let app = async |report_cost| {
            let mut config = unshared();
            config.limits.report_cost = report_cost;
            config.diagnostics.deprecations = Some(Audience::Nobody);
            let subgraph: Arc<dyn Subgraph> = Arc::new(slips.clone());
            let target = match reach {
                Reach::InProcess => SubgraphTarget::InProcess(subgraph),
                Reach::Http => remote(subgraph, viewer_tokens(Arc::new(HandClock::default()))).await,
            };
            App::start_over(Reach::InProcess, config, Some(("library", target))).await
        };
        Self { single: app(false).await, engine: app(true).await, slips: slips.clone() }
    }

    /// The one answer, or those of a live operation, as events.
    async fn answers(app: &App, query: &str) -> Vec<String> {
        let request = app.client.post(app.url()).header("accept", "text/event-stream").header("x-request-id", "same").json(&json!({ "query": query }));
        let events = request.send().await.unwrap().text().await.unwrap();
        events.lines().filter_map(|line| line.strip_prefix("data: {")).map(|answer| format!("{{{answer}")).collect()
    }

    /// The answers to `query`, the same on both ways but for the cost.
    async fn same(&self, query: &str) -> Result<Vec<String>, TestCaseError> {
        let (singles, engines) = tokio::join!(Self::answers(&self.single, query), Self::answers(&self.engine, query));
        prop_assert!(!singles.is_empty() && singles.len() == engines.len(), "{:?}\n{:?}", singles, engines);
        for (single, engine) in singles.iter().zip(&engines) {
            let cost = engine.strip_prefix(single.strip_suffix('}').unwrap_or(single)).and_then(|rest| rest.strip_prefix(r#","extensions":{"cost":{"#));
            // A source that breaks off costs nothing.
            let broke_off = single == engine && !single.contains(r#""data""#);
            prop_assert!(cost.is_some() || broke_off, "{}\n{}", single, engine);
        }
        Ok(singles)
    }
}

/// For any slips of the subgraph at any operation.
fn any_slips(reach: Reach, cases: u32) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let ways = runtime.block_on(Ways::start(reach));
    let given = (proptest::sample::select(OPERATIONS), slips(), proptest::bool::weighted(0.2));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let outcome = runner.run(&given, |(query, slips, errs)| {
        *ways.slips.slips.lock().unwrap_or_else(PoisonError::into_inner) = (slips, errs);
        runtime.block_on(ways.same(query)).map(|_| ())
    });
    outcome.unwrap_or_else(|failed| panic!("{failed}"));
}

#[test]
fn a_single_fetch_is_answered_as_the_engine_would() {
    any_slips(Reach::InProcess, 500);
}

#[test]
fn a_single_fetch_over_http_is_answered_as_the_engine_would() {
    any_slips(Reach::Http, 150);
}

#[tokio::test]
async fn both_ways_answer_all_of_it_where_nothing_slips() {
    let ways = Ways::start(Reach::InProcess).await;
    for query in OPERATIONS {
        for answer in ways.same(query).await.unwrap() {
            let answer: Value = serde_json::from_str(&answer).unwrap();
            assert!(answer.get("errors").is_none(), "{query}: {answer}");
            assert!(answer["data"].as_object().unwrap().values().all(|field| !field.is_null()), "{query}: {answer}");
        }
    }
}
