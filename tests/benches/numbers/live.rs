//! What a listener who only listens costs: memory a WebSocket client with one live operation, everything in one process. Once with
//! all clients sharing one upstream, as identical live operations do, and once with one upstream each.

use std::time::Duration;

use futures::stream::{FuturesUnordered, StreamExt as _};
use rustix::process::{Resource, getrlimit, setrlimit};
use serde_json::Value;
use serde_json::json;
use tests::client::{Client, Live};

use crate::seed::Seeded;
use crate::server::Server;
use crate::table::Row;
use crate::{Bench, tell};

const OPERATION: &str = "subscription($id: ID!) { trackProcessing(trackId: $id) { percent state track { id title } } }";
const CLIENTS: u32 = 2_000;
/// Connected before anything is measured: what the first clients cause to be loaded and planned is not theirs alone.
const FIRST: u32 = 200;
/// Clients that connect at the same time.
const AT_ONCE: usize = 50;
const LIMIT_KIB: f64 = 24.0;
/// What connecting leaves to be done is done by then.
const SETTLE: Duration = Duration::from_secs(2);
/// Sockets, on either side, and a few files.
const FILES: u64 = 8_192;

pub(crate) async fn measure(bench: &Bench, seeded: &Seeded) -> Vec<Row> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum.map_or(Some(FILES), |maximum| Some(maximum.min(FILES)));
    // For the server too, which inherits it.
    setrlimit(Resource::Nofile, limit).expect("a process may use its own limit");
    let mut rows = Vec::new();
    for (share, what) in [("true", "sharing one upstream"), ("false", "with an upstream each")] {
        tell(&format!("{CLIENTS} live clients, {what} …"));
        let data = bench.path(&format!("live-{share}"));
        seeded.copy(&data);
        let settings = [
            ("GATEWAY__SHARING__LIVE".to_owned(), share.to_owned()),
            ("MEDIA__WORKERS".to_owned(), "0".to_owned()),
            ("GATEWAY__LIVE__MAX_PER_VIEWER".to_owned(), "10000".to_owned()),
        ];
        let server = Server::up(&data, &settings);
        let kib = memory_a_client(&server, seeded).await;
        rows.push(Row::limit(format!("memory of one of {CLIENTS} live clients {what}, KiB"), kib, LIMIT_KIB));
        server.stop();
    }
    rows
}

async fn memory_a_client(server: &Server, seeded: &Seeded) -> f64 {
    let listener = Client::anonymous(&server.url()).with_token(&seeded.token);
    let first = connect(&listener, seeded, FIRST).await;
    tokio::time::sleep(SETTLE).await;
    let before = server.resident_mib();
    let others = connect(&listener, seeded, CLIENTS).await;
    tokio::time::sleep(SETTLE).await;
    let after = server.resident_mib();
    drop((first, others));
    (after - before) * 1024.0 / f64::from(CLIENTS)
}

/// Clients that each have heard their first answer.
async fn connect(listener: &Client, seeded: &Seeded, clients: u32) -> Vec<Live> {
    let connect = || async {
        let mut live = listener.live(OPERATION, json!({ "id": seeded.draft })).await;
        let answer = live.next().await.expect("a draft has not been processed").expect_data();
        assert_eq!(answer["trackProcessing"]["state"], Value::from("DRAFT"), "{answer}");
        live
    };
    let mut connecting = FuturesUnordered::new();
    let mut connected = Vec::new();
    for _ in 0..clients {
        if connecting.len() == AT_ONCE {
            connected.extend(connecting.next().await);
        }
        connecting.push(connect());
    }
    connected.extend(connecting.collect::<Vec<_>>().await);
    connected
}
