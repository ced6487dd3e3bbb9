//! What `features` tells, walked through the public endpoint of whole installations of the real program. Each
//! scenario has an installation of its own; some run at the same time.
//!
//! `cargo test -p tests --test journeys -- TEXT` walks only the scenarios whose feature's or own name contains TEXT.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod apart;
mod importing;
mod journey;
mod listening;
mod mail;
mod oneself;
mod operating;
mod partners;
mod people;
mod phones;
mod providing;
mod rebuilding;
mod reviewing;
mod rights;
mod second_factor;
mod securing;
mod uploading;

// The very model that the media worker is tried with.
#[path = "../../../media-worker/tests/it/tiny_model.rs"]
mod tiny_model;

use std::path::Path;

use cucumber::{World as _, WriterExt as _, cli, writer};
use journey::Journey;

/// Each installation decodes with a core of its own; more at the same time would only make deadlines longer.
const AT_THE_SAME_TIME: usize = 3;

#[tokio::main]
async fn main() {
    // Cucumber's own command line would refuse what cargo passes on to all test programs (`--nocapture`, a filter).
    let wanted: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).map(|argument| argument.to_lowercase()).collect();
    let features = Path::new(env!("CARGO_MANIFEST_DIR")).join("../features");
    Journey::cucumber()
        .max_concurrent_scenarios(AT_THE_SAME_TIME)
        .fail_on_skipped()
        // Failures stand once more at the end, where a reader of a long log looks.
        .with_writer(writer::Basic::stdout().summarized().repeat_failed())
        // Another writer has another command line: this must come behind it.
        .with_cli(cli::Opts::<_, _, _, cli::Empty>::default())
        .after(|_, _, _, outcome, journey| Box::pin(async move { journey::explain(outcome, journey) }))
        .filter_run_and_exit(features, move |feature, _, scenario| {
            let name = format!("{} {}", feature.name, scenario.name).to_lowercase();
            wanted.iter().all(|text| name.contains(text))
        })
        .await;
}
