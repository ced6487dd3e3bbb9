//! The whole in one process, subgraphs called without HTTP, beside the same four services in processes of their own. The same
//! data, the same questions; both asked in turn, so that what else the machine does falls on both.

use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::client::Client;
use tests::process::free_address;

use crate::load::{self, Requests};
use crate::seed::Seeded;
use crate::server::Server;
use crate::table::{Row, Target};
use crate::{Bench, tell};

const ROUNDS: usize = 3;
const WARM_UP: Duration = Duration::from_secs(1);
const ROUND: Duration = Duration::from_secs(4);

/// users, catalog and playback in one operation.
const THREE_SUBGRAPHS: &str = "query Track($id: ID!) { track(id: $id) { id title durationMs artist { id name } album { id title } \
    uploadedBy { id username displayName } stream { url expiresAt mediaType renditions { name codecs bandwidthBps } } } }";
/// catalog alone.
const SMALL: &str = "query Title($id: ID!) { track(id: $id) { id title } }";

/// One way to run Polyphony.
struct Arrangement {
    servers: Vec<Server>,
    address: SocketAddr,
    samples_us: Vec<u64>,
    seconds: f64,
    cpu: f64,
}

impl Arrangement {
    fn in_process(data: &Path) -> Self {
        let server = Server::up(data, &[("MEDIA__WORKERS", "0".into())]);
        Self::of(server.address, vec![server])
    }

    fn over_http(data: &Path) -> Self {
        let services = ["users", "catalog", "playback", "notifications", "recommendations"].map(|name| (name, free_address()));
        let gateway = free_address();
        let mut settings = vec![("LISTEN".to_owned(), gateway.to_string())];
        for (name, address) in services {
            let key = name.to_uppercase();
            settings.push((format!("SERVICES__{key}__LISTEN"), address.to_string()));
            settings.push((format!("SERVICES__{key}__URL"), format!("http://{address}")));
        }
        let settings: Vec<_> = settings.iter().map(|(key, value)| (key.as_str(), value.clone())).collect();
        let mut servers: Vec<_> = services.map(|(name, address)| Server::serve(name, address, data, &settings)).into();
        servers.push(Server::serve("gateway", gateway, data, &settings));
        Self::of(gateway, servers)
    }

    const fn of(address: SocketAddr, servers: Vec<Server>) -> Self {
        Self { servers, address, samples_us: Vec::new(), seconds: 0.0, cpu: 0.0 }
    }

    fn cpu_so_far(&self) -> f64 {
        self.servers.iter().map(Server::cpu).sum()
    }

    fn forget(&mut self) {
        (self.samples_us, self.seconds, self.cpu) = (Vec::new(), 0.0, 0.0);
    }

    async fn round(&mut self, requests: &Requests) {
        let (cpu, began) = (self.cpu_so_far(), Instant::now());
        let samples = load::run(self.address, requests, ROUND).await;
        self.seconds += began.elapsed().as_secs_f64();
        self.cpu += self.cpu_so_far() - cpu;
        self.samples_us.extend(samples);
    }

    fn requests(&self) -> f64 {
        f64::from(u32::try_from(self.samples_us.len()).unwrap_or(u32::MAX))
    }

    fn requests_per_second(&self) -> f64 {
        self.requests() / self.seconds
    }

    fn cpu_us_per_request(&self) -> f64 {
        self.cpu * 1e6 / self.requests()
    }

    fn percentile_ms(&mut self, percent: usize) -> f64 {
        self.samples_us.sort_unstable();
        let index = (self.samples_us.len() * percent / 100).min(self.samples_us.len() - 1);
        f64::from(u32::try_from(self.samples_us[index]).unwrap_or(u32::MAX)) / 1000.0
    }
}

pub(crate) async fn measure(bench: &Bench, seeded: &Seeded) -> Vec<Row> {
    let (one, apart) = (bench.path("one-process"), bench.path("apart"));
    seeded.copy(&one);
    seeded.copy(&apart);
    let mut one = Arrangement::in_process(&one);
    let mut apart = Arrangement::over_http(&apart);

    let mut rows = Vec::new();
    for (name, query) in [("query over three subgraphs", THREE_SUBGRAPHS), ("small query", SMALL)] {
        same_answer(&one, &apart, seeded, query).await;
        let requests = Requests::new(query, &seeded.tracks, &seeded.token);
        for arrangement in [&mut one, &mut apart] {
            arrangement.forget();
            load::run(arrangement.address, &requests, WARM_UP).await;
        }
        for round in (0..ROUNDS).take_while(|round| bench.has_time_for(*round)) {
            tell(&format!("gateway, {name}, round {} of {ROUNDS} …", round + 1));
            one.round(&requests).await;
            apart.round(&requests).await;
        }
        rows.push(Row::compare(
            format!("{name}, requests/s; subgraphs over HTTP"),
            one.requests_per_second(),
            apart.requests_per_second(),
            0,
            Some(Target::AtLeast(2.0)),
        ));
        rows.push(Row::compare("… p50, ms", one.percentile_ms(50), apart.percentile_ms(50), 2, None));
        rows.push(Row::compare("… p99, ms", one.percentile_ms(99), apart.percentile_ms(99), 2, None));
        rows.push(Row::compare("… processor time a request, µs", one.cpu_us_per_request(), apart.cpu_us_per_request(), 0, None));
    }
    for arrangement in [one, apart] {
        // The gateway first, as it was started last: it asks the others.
        arrangement.servers.into_iter().rev().for_each(Server::stop);
    }
    rows
}

/// Both must answer the same, but for where they are and when they were asked; otherwise the comparison means nothing.
async fn same_answer(one: &Arrangement, apart: &Arrangement, seeded: &Seeded, query: &str) {
    let mut answers = Vec::new();
    for arrangement in [one, apart] {
        let client = Client::anonymous(&format!("http://{}", arrangement.address)).with_token(&seeded.token);
        let mut answer = client.ask(query, json!({ "id": seeded.tracks[0] })).await;
        if let Some(stream) = answer["track"]["stream"].as_object_mut() {
            assert!(stream.remove("url").is_some_and(|url| url.is_string()) && stream.remove("expiresAt").is_some_and(|at| at.is_string()));
        }
        answers.push(answer);
    }
    assert!(answers[0]["track"]["title"].is_string(), "{:#}", answers[0]);
    assert_eq!(answers[0], answers[1], "both arrangements answer the same");
}
