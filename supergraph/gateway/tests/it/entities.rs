//! Entities that are kept: for whom, how long, and what makes the gateway forget them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Request, Response};
use async_trait::async_trait;
use chrono::TimeDelta;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use gateway::SubgraphTarget;
use kernel::event::EventFactory;
use kernel::events::ArtistUpdated;
use platform::subgraph::Subgraph;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Reach, SUPERGRAPH, config};
use crate::world;

/// `accounts`, and how often it was asked.
struct Counting {
    accounts: Arc<dyn Subgraph>,
    asked: AtomicUsize,
}

#[async_trait]
impl Subgraph for Counting {
    fn name(&self) -> &'static str {
        self.accounts.name()
    }

    fn sdl(&self) -> String {
        self.accounts.sdl()
    }

    async fn execute(&self, request: Request) -> Response {
        self.asked.fetch_add(1, Ordering::Relaxed);
        self.accounts.execute(request).await
    }

    fn live(&self, request: Request) -> BoxStream<'static, Response> {
        self.accounts.live(request)
    }
}

/// A gateway whose users may be kept as `hint` says.
async fn start(hint: &str) -> (App, Arc<Counting>) {
    let counting = Arc::new(Counting { accounts: world::one("accounts"), asked: AtomicUsize::new(0) });
    let sdl = SUPERGRAPH.replacen("type User @cacheControl(maxAge: 30) ", &format!("type User @cacheControl({hint}) "), 1);
    assert!(sdl.contains(hint), "the fixture says for how long users are kept");
    let app = App::start_on(&sdl, Reach::InProcess, config(), Some(("accounts", SubgraphTarget::InProcess(counting.clone())))).await;
    (app, counting)
}

async fn owners(app: &App, tracks: &[&str], token: Option<&str>) -> Vec<Value> {
    let fields: String = tracks.iter().map(|id| format!("{id}: track(id: \"{id}\") {{ owner {{ name }} }} ")).collect();
    let answer = app.send(json!({ "query": format!("{{ {fields} }}") }), token).await;
    assert!(answer.get("errors").is_none(), "{answer}");
    tracks.iter().map(|id| answer["data"][*id]["owner"]["name"].clone()).collect()
}

impl Counting {
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::Relaxed)
    }
}

#[tokio::test]
async fn an_entity_is_asked_for_once_while_its_hint_allows() {
    let (app, accounts) = start("maxAge: 60").await;
    for asked in [1, 0] {
        assert_eq!(owners(&app, &["a"], None).await, ["name of owner-a"]);
        assert_eq!(accounts.asked(), asked);
    }
    app.clock.forward(TimeDelta::seconds(61));
    owners(&app, &["a"], None).await;
    assert_eq!(accounts.asked(), 1);
}

#[tokio::test]
async fn what_is_kept_of_a_list_is_joined_with_what_is_not() {
    let (app, _) = start("maxAge: 60").await;
    let tracks = async |first: i32| {
        let answer = app.query(&format!("{{ tracks(first: {first}) {{ owner {{ name }} }} }}")).await;
        answer["data"]["tracks"].as_array().unwrap().iter().map(|track| track["owner"]["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(tracks(2).await, ["name of owner-0", "name of owner-1"]);
    assert_eq!(tracks(4).await, ["name of owner-0", "name of owner-1", "name of owner-2", "name of owner-3"]);
    assert_eq!(tracks(4).await.len(), 4);
}

#[tokio::test]
async fn a_signed_in_viewer_gets_nothing_that_is_kept_and_leaves_nothing() {
    let (app, accounts) = start("maxAge: 60").await;
    let token = app.token();
    for asked in [1, 1] {
        owners(&app, &["a"], Some(&token)).await;
        assert_eq!(accounts.asked(), asked);
    }
    owners(&app, &["a"], None).await;
    assert_eq!(accounts.asked(), 1);
    owners(&app, &["a"], Some(&token)).await;
    assert_eq!(accounts.asked(), 1);
}

#[tokio::test]
async fn nothing_is_kept_that_is_private_or_has_no_time() {
    for hint in ["maxAge: 60, scope: PRIVATE", "maxAge: 0"] {
        let (app, accounts) = start(hint).await;
        owners(&app, &["a"], None).await;
        owners(&app, &["a"], None).await;
        assert_eq!(accounts.asked(), 2, "{hint}");
    }
}

#[tokio::test]
async fn an_event_that_names_an_entity_makes_it_forgotten() {
    let (app, accounts) = start("maxAge: 60").await;
    owners(&app, &["a"], None).await;
    owners(&app, &["b"], None).await;
    accounts.asked();
    let events = EventFactory::new("library", app.clock.clone(), app.ids.clone());
    let mut event = events.wrap(&ArtistUpdated { artist_id: app.ids.next(), name: "somebody".into() });
    event.subject = "owner-a".into();
    app.gateway.clone().follow(futures::stream::iter([event]).boxed(), CancellationToken::new()).await;
    owners(&app, &["b"], None).await;
    assert_eq!(accounts.asked(), 0);
    owners(&app, &["a"], None).await;
    assert_eq!(accounts.asked(), 1);
}
