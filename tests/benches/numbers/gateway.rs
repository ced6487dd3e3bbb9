//! Four ways to answer the same operations on the same data, measured in turn, so that what else the machine does falls on all: our
//! gateway over HTTP subgraphs, hive-router over the same, our gateway with its subgraphs in process, and one hand-merged schema
//! without a gateway. The operations are the public benchmark's and five of ours. No answer is shared or cached anywhere.

use std::sync::Arc;
use std::time::Duration;

use kernel::viewer::{Role, Session};
use kernel::{SystemClock, Viewer};
use platform::viewer_token::{HEADER, ViewerTokens};
use serde_json::{Value, json};
use tests::process::free_address;

use crate::arrangement::{Arrangement, Figures};
use crate::child::Role as Child;
use crate::cores::Cores;
use crate::load::{self, Requests};
use crate::operations::{About, OPERATIONS, Operation};
use crate::seed::Seeded;
use crate::server::Server;
use crate::table::{Row, Target};
use crate::{Bench, hive, shop, tell};

/// Many and short, in turn: what else a shared machine does changes within seconds, and by more than what is looked for.
const ROUNDS: usize = 17;
const WARM_UP: Duration = Duration::from_millis(700);
const ROUND: Duration = Duration::from_millis(700);
/// What makes Polyphony run each operation for itself, and nothing else meanwhile.
const PLAIN: [(&str, &str); 5] = [
    ("GATEWAY__SHARING__QUERIES", "false"),
    ("GATEWAY__ENTITY_CACHE__ENABLED", "false"),
    ("MEDIA__WORKERS", "0"),
    // What no other way tells its clients.
    ("GATEWAY__LIMITS__REPORT_COST", "false"),
    ("GATEWAY__DIAGNOSTICS__DEPRECATIONS", "nobody"),
];
/// The ways, in their order everywhere.
const WAYS: [&str; 4] = ["over HTTP", "hive-router", "in process", "merged, no gateway"];

/// All rows, and the raw figures behind them.
pub(crate) async fn measure(bench: &Bench, seeded: &Seeded) -> (Vec<Row>, String) {
    let cores = Cores::divide();
    let mut rows = Vec::new();
    let mut figures = Vec::new();
    for (name, measured) in [shop_operation(bench, &cores).await].into_iter().chain(ours(bench, &cores, seeded).await) {
        rows.extend(judge(&name, &measured));
        figures.push((name, measured));
    }
    (rows, raw(&figures))
}

/// The public benchmark.
async fn shop_operation(bench: &Bench, cores: &Cores) -> (String, [Figures; 4]) {
    let child = |role: Child| cores.server(|| Server::child(&role, free_address(), &bench.path(role.name())));
    let subgraphs = child(Child::ShopSubgraphs);
    let over_http = child(Child::ShopOverHttp(subgraphs.address));
    let hive = {
        let (address, folder) = (free_address(), bench.path("shop-hive"));
        let urls = shop::SUBGRAPHS.map(|name| (name, shop::subgraph_url(subgraphs.address, name)));
        hive::configure(&folder, address, shop::SUPERGRAPH, &urls);
        cores.server(|| Server::child(&Child::Hive, address, &folder))
    };
    let (in_process, merged) = (child(Child::ShopInProcess), child(Child::ShopMerged));
    let ways = [vec![&over_http, &subgraphs], vec![&hive, &subgraphs], vec![&in_process], vec![&merged]];
    let name = "public benchmark (4 subgraphs)".to_owned();
    let asked = |_: usize| Requests::new([(shop::QUERY, Value::Null)], &[]);
    let figures = compare(bench, &name, ways, asked).await;
    (name, figures)
}

/// Our operations.
async fn ours(bench: &Bench, cores: &Cores, seeded: &Seeded) -> Vec<(String, [Figures; 4])> {
    let (one, apart, alone) = (bench.path("one-process"), bench.path("apart"), bench.path("merged"));
    for folder in [&one, &apart, &alone] {
        seeded.copy(folder);
    }

    let in_process = cores.server(|| Server::up(&one, &settings(PLAIN.map(|(key, value)| (key.to_owned(), value.to_owned())))));
    let services = ["users", "catalog", "playback", "notifications", "recommendations"].map(|name| (name, free_address()));
    let gateway = free_address();
    let addresses = services.iter().flat_map(|(name, address)| {
        let key = name.to_uppercase();
        [(format!("SERVICES__{key}__LISTEN"), address.to_string()), (format!("SERVICES__{key}__URL"), format!("http://{address}"))]
    });
    let apart_settings =
        settings(addresses.chain([("LISTEN".to_owned(), gateway.to_string())]).chain(PLAIN.map(|(key, value)| (key.to_owned(), value.to_owned()))));
    let subgraphs = services.map(|(name, address)| cores.server(|| Server::serve(name, address, &apart, &apart_settings)));
    let over_http = cores.server(|| Server::serve("gateway", gateway, &apart, &apart_settings));
    let hive = {
        let (address, folder) = (free_address(), bench.path("hive"));
        let urls = services.map(|(name, address)| (name, format!("http://{address}/graphql")));
        hive::configure(&folder, address, polyphony::serve::SUPERGRAPH, &urls);
        cores.server(|| Server::child(&Child::Hive, address, &folder))
    };
    let merged = cores.server(|| Server::child(&Child::Merged, free_address(), &alone));

    let [users, catalog, playback, ..] = &subgraphs;
    let secret = std::fs::read_to_string(apart.join("internal-secret")).expect("an installation keeps its secret in its folder");
    let tokens = ViewerTokens::new(&secret, Arc::new(SystemClock));
    let mut measured = Vec::new();
    for operation in &OPERATIONS {
        let ways = [vec![&over_http, users, catalog, playback], vec![&hive, users, catalog, playback], vec![&in_process], vec![&merged]];
        let bodies = bodies(operation, seeded);
        let asked = |way: usize| {
            // Who asks proves it to hive-router's subgraphs, and to all others, in their own way. The proof is made anew for each round.
            let proof = if way == 1 {
                (HEADER, tokens.sign(&viewer(seeded)).expect("a viewer token can be made"))
            } else {
                ("authorization", format!("Bearer {}", seeded.token))
            };
            Requests::new(bodies.iter().map(|(query, variables)| (*query, variables.clone())), &[proof])
        };
        measured.push((operation.name.to_owned(), compare(bench, operation.name, ways, asked).await));
    }
    for server in [over_http, in_process].into_iter().chain(subgraphs) {
        server.stop();
    }
    measured
}

/// Measures one operation all four ways; `asked` makes the requests of a way.
async fn compare(bench: &Bench, name: &str, ways: [Vec<&Server>; 4], asked: impl Fn(usize) -> Requests) -> [Figures; 4] {
    let mut number = 0;
    let mut arrangements = ways.map(|servers| {
        number += 1;
        Arrangement::new(WAYS[number - 1], servers)
    });
    same_answers(&arrangements, &asked).await;
    for (way, arrangement) in arrangements.iter_mut().enumerate() {
        arrangement.warm_up(&asked(way), WARM_UP).await;
    }
    for round in (0..ROUNDS).take_while(|round| bench.has_time_for(*round)) {
        tell(&format!("{name}, round {} of {ROUNDS} …", round + 1));
        // There and back: whatever comes first has no advantage.
        let mut order: Vec<_> = arrangements.iter_mut().enumerate().collect();
        if round % 2 == 1 {
            order.reverse();
        }
        for (way, arrangement) in order {
            arrangement.round(&asked(way), ROUND).await;
        }
    }
    arrangements.map(|mut arrangement| arrangement.figures())
}

/// All ways must answer the same, but for where they are and when they were asked; otherwise the comparison means nothing.
async fn same_answers(arrangements: &[Arrangement<'_>; 4], asked: &impl Fn(usize) -> Requests) {
    let mut first: Option<Value> = None;
    for (way, arrangement) in arrangements.iter().enumerate() {
        let mut answer: Value = serde_json::from_slice(&load::once(arrangement.address, &asked(way)).await).expect("an answer is JSON");
        forget_streams(&mut answer);
        match &first {
            None => first = Some(answer),
            Some(first) => assert_eq!(*first, answer, "{} answers as {} does", arrangement.name, arrangements[0].name),
        }
    }
}

/// Leaves out addresses of streams and their ends: each is made for the one who asks.
fn forget_streams(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, _| name != "url" && name != "expiresAt");
            fields.values_mut().for_each(forget_streams);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_streams),
        _ => {}
    }
}

fn bodies(operation: &Operation, seeded: &Seeded) -> Vec<(&'static str, Value)> {
    let about = |id: &String| (operation.query, json!({ "id": id }));
    match operation.about {
        About::Track => seeded.tracks.iter().map(about).collect(),
        About::Artist => vec![about(&seeded.artist)],
        About::Album => vec![about(&seeded.album)],
        About::Nothing => vec![(operation.query, Value::Null)],
    }
}

/// The artist, as the gateway would tell subgraphs of them.
fn viewer(seeded: &Seeded) -> Viewer {
    let claims = seeded.claims();
    let id = |name: &str| claims[name].as_str().expect("a claim").to_owned();
    Viewer::SignedIn(Session {
        user_id: id("sub").parse().expect("a user's id"),
        session_id: id("sid").parse().expect("a session's id"),
        role: Role::Artist,
        premium_until: None,
        expires_at: chrono::DateTime::from_timestamp(claims["exp"].as_i64().expect("a claim"), 0).expect("a time"),
    })
}

fn settings(pairs: impl IntoIterator<Item = (String, String)>) -> Vec<(String, String)> {
    pairs.into_iter().collect()
}

/// What must hold of one operation.
fn judge(name: &str, [over_http, hive, in_process, merged]: &[Figures; 4]) -> Vec<Row> {
    let row = |what: String, ours: &Figures, other: &Figures, target| {
        Row::compare(what, ours.requests_per_second(), other.requests_per_second(), 0, Some(Target::AtLeast(target))).with_ratio(ours.times(other))
    };
    vec![
        row(format!("{name}, requests/s: over HTTP; hive-router"), over_http, hive, 1.0),
        row("… in process; over HTTP".to_owned(), in_process, over_http, 2.0),
        row("… in process; one merged schema without a gateway".to_owned(), in_process, merged, 0.7),
    ]
}

/// Every figure, as a table of its own.
fn raw(measured: &[(String, [Figures; 4])]) -> String {
    let mut text = String::from(
        "| operation | answered | requests/s | p50, ms | p99, ms | processor time a request, µs | memory, MiB |\n|---|---|---:|---:|---:|---:|---:|\n",
    );
    for (name, figures) in measured {
        for (way, figures @ Figures { p50_ms, p99_ms, cpu_us, memory_mib, .. }) in WAYS.iter().zip(figures) {
            let requests_per_second = figures.requests_per_second();
            text.push_str(&format!("| {name} | {way} | {requests_per_second:.0} | {p50_ms:.2} | {p99_ms:.2} | {cpu_us:.0} | {memory_mib:.0} |\n"));
        }
    }
    text
}
