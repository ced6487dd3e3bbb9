//! The numbers that must hold (`make bench`), each beside what it is compared with, measured in the same run.
//!
//! `cargo bench --package tests -- [gateway] [live] [ladder] [startup] [media]` measures some of them; all but `media` without a name. Needs the programs
//! of the same build beside it (`make bench` builds them). Everything listens on loopback, works on folders
//! that go with the run, and is bounded: some seven minutes in all.

#![expect(clippy::expect_used, clippy::panic, reason = "a benchmark that cannot measure must not print numbers")]

mod arrangement;
mod batch;
mod child;
mod cores;
mod gateway;
mod hive;
mod ladder;
mod live;
mod load;
mod media;
mod median;
mod merged;
mod music;
mod operations;
mod seed;
mod server;
mod shop;
mod startup;
mod table;

use std::time::{Duration, Instant};

use table::Row;

/// As Polyphony's own program has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// Rounds that would begin later than this are left out; the first round of everything is always measured.
const BUDGET: Duration = Duration::from_secs(480);

/// What a benchmark may use.
pub(crate) struct Bench {
    folder: tempfile::TempDir,
    began: Instant,
}

impl Bench {
    /// A fresh path for data of this run.
    pub(crate) fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }

    /// Whether there is time for the round `round`, counted from 0.
    pub(crate) fn has_time_for(&self, round: usize) -> bool {
        round == 0 || self.began.elapsed() < BUDGET
    }
}

/// Tells whoever waits what is being measured.
#[expect(clippy::print_stderr, reason = "progress, apart from the table")]
pub(crate) fn tell(text: &str) {
    eprintln!("{text}");
}

#[expect(clippy::print_stdout, reason = "the table is what the benchmark is for")]
fn main() {
    child::play();
    // Cargo adds flags of its own harness.
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let wants = |name: &str| wanted.is_empty() || wanted.iter().any(|wanted| wanted == name);
    if cfg!(debug_assertions) {
        tell("This is a debug build: its numbers say nothing.");
    }
    let folder = tempfile::Builder::new().prefix("polyphony-bench-").tempdir().expect("a temporary folder can be made");
    let bench = Bench { folder, began: Instant::now() };
    // One thread: the machine's processors are for what is measured.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("the asynchronous runtime starts");

    let mut rows: Vec<Row> = Vec::new();
    let mut figures = None;
    if wants("gateway") || wants("live") || wants("startup") {
        tell("seeding an installation: an artist's tracks, uploaded, processed and published …");
        let seeded = runtime.block_on(seed::seed(&bench));
        if wants("gateway") {
            let (judged, raw) = runtime.block_on(gateway::measure(&bench, &seeded));
            rows.extend(judged);
            figures = Some(raw);
        }
        if wants("live") {
            rows.extend(runtime.block_on(live::measure(&bench, &seeded)));
        }
        if wants("startup") {
            rows.extend(startup::measure(&bench, &seeded));
        }
    }
    if wants("ladder") {
        rows.extend(ladder::measure(&bench));
    }
    // By name only: minutes more.
    if wanted.iter().any(|wanted| wanted == "media") {
        rows.extend(media::measure(&bench));
    }
    println!("{}", table::render(&rows));
    if let Some(figures) = figures {
        println!("{figures}");
    }
    tell(&format!("measured in {} s", bench.began.elapsed().as_secs()));
}
