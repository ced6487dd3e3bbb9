//! The number of SQL statements of a query does not grow with the rows it returns.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kernel::Viewer;
use serde_json::{Value, json};
use tracing::Instrument as _;
use tracing::span::{Attributes, Id};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::registry::LookupSpan;

use crate::kit::Kit;

const EVERYTHING: &str = "query($references: [_Any!]!) {
    artists { nodes {
        name owner { id } artwork { url }
        albums(first: 2) { nodes { title artist { name } tracks(first: 2) { nodes { title album { title } genres { slug } artist { name } } } } }
        tracks(first: 3, order: NEWEST) { nodes { title genres { name } } }
    } }
    tracks { nodes { title artist { name albums { nodes { title } } } album { title tracks { nodes { title } } } genres { slug } uploadedBy { id } } }
    _entities(representations: $references) { ... on Track { title artist { name } } }
}";

/// One for each field of `EVERYTHING` that is looked up. Fewer when two fields happen to be looked up together.
const STATEMENTS: usize = 17;

/// Counts statements under the span that the test opens; others run at the same time.
struct Statements(Arc<AtomicUsize>);

impl<S: tracing::Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Statements {
    fn on_new_span(&self, _: &Attributes<'_>, _: &Id, _: Context<'_, S>) {}

    fn on_event(&self, event: &tracing::Event<'_>, context: Context<'_, S>) {
        let counted =
            event.metadata().target() == "sqlx::query" && context.event_scope(event).is_some_and(|mut scope| scope.any(|span| span.name() == "counted"));
        if counted {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

async fn add_artist(kit: &Kit, viewer: &Viewer, name: &str) -> Vec<Value> {
    let artist = kit.new_artist(viewer, name).await;
    let create = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }";
    let mut references = Vec::new();
    for album in ["One", "Two", "Three"] {
        let album = kit.new_album(viewer, &artist, album).await;
        for title in ["Dawn", "Noon", "Dusk"] {
            let input = json!({ "artistId": artist, "albumId": album, "title": title, "genres": ["jazz", "rock"] });
            let track = kit.ask(viewer, create, json!({ "input": input })).await["createTrack"]["id"].take();
            references.push(json!({ "__typename": "Track", "id": track }));
        }
    }
    references
}

#[tokio::test]
async fn statements_do_not_grow_with_rows() {
    let counted = Arc::new(AtomicUsize::new(0));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(Statements(counted.clone()))).expect("no other test observes");
    let kit = Kit::new().await;
    let ada = kit.artist();
    let mut references = add_artist(&kit, &ada, "A").await;
    let run = async |references: &[Value]| {
        counted.store(0, Ordering::Relaxed);
        let answer = kit.ask(&ada, EVERYTHING, json!({ "references": references })).instrument(tracing::info_span!("counted")).await;
        assert!(answer["_entities"].as_array().unwrap().iter().all(|track| track["artist"]["name"].is_string()));
        (answer["tracks"]["nodes"].as_array().unwrap().len(), counted.load(Ordering::Relaxed))
    };
    // A batch is what comes together in a millisecond; on a busy machine one may fall in two, now and then.
    let least = async |references: &[Value]| {
        let (mut rows, mut least) = (0, usize::MAX);
        for _ in 0..10 {
            let statements;
            (rows, statements) = run(references).await;
            least = least.min(statements);
        }
        (rows, least)
    };
    let (few, statements) = least(&references).await;
    assert!((5..=STATEMENTS).contains(&statements), "{few} rows took {statements} statements");
    for name in ["B", "C", "D", "E"] {
        references.extend(add_artist(&kit, &ada, name).await);
    }
    let (many, statements) = least(&references).await;
    assert!(many > few, "{few} {many}");
    assert!(statements <= STATEMENTS, "{many} rows took {statements} statements");
}
