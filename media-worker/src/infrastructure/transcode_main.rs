//! The child that decodes a hostile file, in a process of its own with limits. It tells its parent what happens in lines of
//! JSON on standard output.
//!
//! Two bonds to the parent: it dies when its standard input ends (the parent is gone, however it went; a death signal would
//! be tied to the one thread that started it, and runtimes end threads), and what it may use and do is limited (`sandbox`).

use std::ffi::OsString;
use std::io::{self, Read as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use kernel::events::finite_if_any;
use platform::config::EmbedderConfig;
use serde::{Deserialize, Serialize};

use super::gstreamer::{Made, Transcode, transcode};
use super::sandbox::{ResourceLimits, limit_resources, limit_threads};
use crate::application::ports::TranscodeError;
use crate::domain::failure::Failure;
use crate::domain::ladder::Ladder;

/// Turns one audio file into a ladder: HLS renditions, loudness and waveform. Reports on standard output, a line of JSON each.
#[derive(Debug, Parser)]
#[command(name = "transcode")]
struct Arguments {
    /// The audio file.
    #[arg(long)]
    input: PathBuf,
    /// The folder to fill.
    #[arg(long, required_unless_present = "only_embedding")]
    output: Option<PathBuf>,
    /// Make no ladder: only hear, and tell the vector.
    #[arg(long, conflicts_with = "output")]
    only_embedding: bool,
    /// The longest recording that is accepted, in seconds.
    #[arg(long, default_value_t = 14_400)]
    max_duration_secs: u64,
    /// Memory this process may address, in bytes; unlimited when absent.
    #[arg(long)]
    max_memory_bytes: Option<u64>,
    /// Processor time this process may use, in seconds; unlimited when absent.
    #[arg(long)]
    max_cpu_secs: Option<u64>,
    /// Processors this process may use at the same time; all when absent.
    #[arg(long)]
    max_threads: Option<usize>,
    /// Make lossless renditions too when the file is lossless.
    #[arg(long)]
    lossless: bool,
    /// Make files to download too.
    #[arg(long)]
    downloads: bool,
    /// What makes recordings comparable, as in the configuration but in JSON.
    #[arg(long, value_parser = embedder)]
    embedder: Option<EmbedderConfig>,
    /// End when standard input ends.
    #[arg(long)]
    bound: bool,
}

/// What a transcoding process tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Report {
    /// It is alive and has come this far.
    Progressed {
        /// 0 to 99.
        percent: u8,
    },
    /// The folder holds the ladder.
    Completed {
        /// What is in it.
        ladder: Ladder,
    },
    /// The file was heard.
    Embedded {
        /// Where it lies among others; none for silence.
        #[serde(default, deserialize_with = "finite_if_any")]
        vector: Option<Vec<f32>>,
    },
    /// The file is at fault.
    Refused {
        /// Why.
        failure: Failure,
    },
    /// We are at fault.
    Failed {
        /// For the log.
        detail: String,
    },
}

/// The main function of a transcoding process; `arguments` are those after `transcode`. Success means that the ladder is
/// there; a file's fault is exit code 2, anything else 1.
pub fn transcode_main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(std::iter::once("transcode".into()).chain(arguments)) {
        Ok(arguments) => arguments,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 1 } else { 0 });
        }
    };
    let result = run(&arguments);
    let (report, code) = match result {
        Ok(report) => (report, 0),
        Err(TranscodeError::File(failure)) => (Report::Refused { failure }, 2),
        Err(TranscodeError::Internal(detail)) => (Report::Failed { detail }, 1),
    };
    if tell(&report).is_err() { ExitCode::FAILURE } else { ExitCode::from(code) }
}

fn run(arguments: &Arguments) -> Result<Report, TranscodeError> {
    if arguments.bound {
        std::thread::spawn(die_with_parent);
        // Whoever waits for an answer comes before whoever waits for a ladder; without the right to be polite, just go on.
        let _ = rustix::process::nice(10);
    }
    limit(arguments).map_err(|error| TranscodeError::Internal(format!("limits cannot be set: {error}")))?;
    let request = Transcode {
        input: arguments.input.clone(),
        output: arguments.output.clone(),
        max_duration_secs: arguments.max_duration_secs,
        lossless: arguments.lossless,
        downloads: arguments.downloads,
        embedder: arguments.embedder.clone().unwrap_or_default(),
    };
    let progress = &mut |percent| {
        // Nobody listening is the parent's business; it ends this process by its own means.
        let _ = tell(&Report::Progressed { percent });
    };
    Ok(match transcode(&request, progress)? {
        Made::Ladder(ladder) => Report::Completed { ladder: *ladder },
        Made::Vector(vector) => Report::Embedded { vector },
    })
}

fn embedder(json: &str) -> Result<EmbedderConfig, serde_json::Error> {
    serde_json::from_str(json)
}

fn limit(arguments: &Arguments) -> io::Result<()> {
    limit_resources(ResourceLimits { memory_bytes: arguments.max_memory_bytes, cpu_secs: arguments.max_cpu_secs })?;
    arguments.max_threads.map_or(Ok(()), limit_threads)
}

fn die_with_parent() {
    let mut byte = [0];
    while matches!(io::stdin().read(&mut byte), Ok(1..)) {}
    std::process::exit(1);
}

fn tell(report: &Report) -> io::Result<()> {
    let mut line = serde_json::to_vec(report)?;
    line.push(b'\n');
    let mut out = io::stdout().lock();
    out.write_all(&line)?;
    out.flush()
}
