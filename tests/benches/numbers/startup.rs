//! From nothing to ready, and what it holds when nobody asks: everything in one process.

use std::time::Duration;

use crate::median::median;
use crate::seed::Seeded;
use crate::server::Server;
use crate::table::Row;
use crate::{Bench, tell};

const ROUNDS: usize = 5;
/// What a start leaves to be done is done by then.
const SETTLE: Duration = Duration::from_secs(3);
const READY_LIMIT_MS: f64 = 1000.0;
const MEMORY_LIMIT_MIB: f64 = 200.0;

pub(crate) fn measure(bench: &Bench, seeded: &Seeded) -> Vec<Row> {
    tell("start to ready …");
    let empty = median((0..ROUNDS).map(|round| start_ms(&bench.path(&format!("empty-{round}")))));
    let existing = median((0..ROUNDS).map(|_| start_ms(&seeded.data)));

    tell("idle memory …");
    let server = Server::up(&seeded.data, &[]);
    std::thread::sleep(SETTLE);
    let idle = server.resident_mib();
    server.stop();
    vec![
        Row::limit("start to ready on an empty folder, ms", empty, READY_LIMIT_MS),
        Row::limit("start to ready on an existing folder, ms", existing, READY_LIMIT_MS),
        Row::limit("idle memory of everything in one process, MiB", idle, MEMORY_LIMIT_MIB),
    ]
}

fn start_ms(data: &std::path::Path) -> f64 {
    let server = Server::up(data, &[]);
    let took = server.started_in.as_secs_f64() * 1000.0;
    server.stop();
    took
}
