//! Runs the decoder in a process of its own: a crash, a hang or a hunger for memory there is an answer here, not an outage.

use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use async_trait::async_trait;
use platform::config::EmbedderConfig;
use rustix::process::Signal;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;

use super::transcode_main::Report;
use crate::application::ports::{TranscodeError, Transcoder};
use crate::domain::failure::Failure;
use crate::domain::ladder::Ladder;

/// A child tells that it is alive several times a second; one that is silent for so long is stuck.
const SILENCE: Duration = Duration::from_secs(60);
/// How much of a child's error output is kept for the log.
const KEPT_OUTPUT: u64 = 16 * 1024;
/// Variables the child may see. All others (secrets, database addresses) are no business of a decoder.
const ENVIRONMENT: &[&str] =
    &["PATH", "HOME", "XDG_CACHE_HOME", "TMPDIR", "LANG", "LD_LIBRARY_PATH", "GST_PLUGIN_PATH", "GST_PLUGIN_SYSTEM_PATH", "GST_REGISTRY"];
/// What allocators write before they abort: GLib's, Rust's, C++'s.
const OUT_OF_MEMORY: &[&str] = &["failed to allocate", "memory allocation of", "bad_alloc"];

/// How to start a process that calls [`transcode_main`](crate::transcode_main) with the arguments that follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TranscodeCommand {
    /// The executable.
    pub program: PathBuf,
    /// What comes before the arguments of the transcoding itself.
    pub arguments: Vec<OsString>,
}

impl TranscodeCommand {
    /// This executable, with the hidden command `transcode` that each of our executables has.
    pub fn this_executable() -> std::io::Result<Self> {
        Ok(Self { program: std::env::current_exe()?, arguments: vec!["transcode".into()] })
    }
}

/// What a child makes beside the ladder itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Lossless renditions of lossless sources.
    pub lossless: bool,
    /// Files to download.
    pub downloads: bool,
    /// The recording's vector, by this.
    pub embedder: EmbedderConfig,
}

/// What a child may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChildLimits {
    /// The longest sound, in seconds.
    pub max_duration_secs: u64,
    /// Memory it may address, in bytes.
    pub max_memory_bytes: u64,
    /// Processors it may use at the same time; 0 for all.
    pub max_threads: usize,
}

impl ChildLimits {
    /// A decode pass with all that is made of it uses about 10 % of the sound's length; a file that needs much more is built to hurt.
    const fn cpu_secs(self) -> u64 {
        60 + self.max_duration_secs / 4
    }
}

/// A [`Transcoder`] that starts a child a file.
#[derive(Debug, Clone)]
pub struct ChildProcess {
    command: TranscodeCommand,
    limits: ChildLimits,
    extras: Extras,
}

impl ChildProcess {
    /// Children by `command` under `limits`, who make `extras` too.
    pub const fn new(command: TranscodeCommand, limits: ChildLimits, extras: Extras) -> Self {
        Self { command, limits, extras }
    }

    /// A child that makes a ladder in `output`, or, without, only hears.
    fn spawn(&self, input: &Path, output: Option<&Path>) -> std::io::Result<Child> {
        let visible = ENVIRONMENT.iter().filter_map(|name| std::env::var_os(name).map(|value| (name, value)));
        let mut command = Command::new(&self.command.program);
        command
            .args(&self.command.arguments)
            .arg("--input")
            .arg(input)
            .args(["--max-duration-secs", &self.limits.max_duration_secs.to_string()])
            .args(["--max-memory-bytes", &self.limits.max_memory_bytes.to_string()])
            .args(["--max-cpu-secs", &self.limits.cpu_secs().to_string()])
            .arg("--bound")
            .env_clear()
            .envs(visible)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command.args([("--lossless", self.extras.lossless), ("--downloads", self.extras.downloads)].iter().filter(|(_, on)| *on).map(|(flag, _)| flag));
        command.arg("--embedder").arg(serde_json::to_string(&self.extras.embedder)?);
        match output {
            Some(output) => command.arg("--output").arg(output),
            None => command.arg("--only-embedding"),
        };
        if self.limits.max_threads > 0 {
            command.args(["--max-threads", &self.limits.max_threads.to_string()]);
        }
        // What a library leaves lying about goes with the attempt.
        if let Some(folder) = output.unwrap_or(input).parent().filter(|folder| folder.is_dir()) {
            command.env("TMPDIR", folder).current_dir(folder);
        }
        command.spawn()
    }
}

#[async_trait]
impl Transcoder for ChildProcess {
    async fn embed(&self, input: &Path, progress: &watch::Sender<u8>) -> Result<Option<Vec<f32>>, TranscodeError> {
        match self.run(input, None, progress).await? {
            Report::Embedded { vector } => Ok(vector),
            other => Err(internal(format!("a child that was to hear told {other:?}"))),
        }
    }

    async fn transcode(&self, input: &Path, output: &Path, progress: &watch::Sender<u8>) -> Result<Ladder, TranscodeError> {
        match self.run(input, Some(output), progress).await? {
            Report::Completed { ladder } => Ok(ladder),
            other => Err(internal(format!("a child that was to make a ladder told {other:?}"))),
        }
    }
}

impl ChildProcess {
    /// What a child that succeeded told at its end.
    async fn run(&self, input: &Path, output: Option<&Path>, progress: &watch::Sender<u8>) -> Result<Report, TranscodeError> {
        let mut child = self.spawn(input, output).map_err(|error| internal(format!("{} cannot be started: {error}", self.command.program.display())))?;
        // Held open: its end tells the child that this process is gone.
        let _bond = child.stdin.take();
        let (Some(stdout), Some(stderr)) = (child.stdout.take(), child.stderr.take()) else { return Err(internal("a child has no pipes".into())) };
        let complaints = tokio::spawn(async move {
            let mut stderr = stderr;
            let mut kept = Vec::new();
            let _ = (&mut stderr).take(KEPT_OUTPUT).read_to_end(&mut kept).await;
            let _ = tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await;
            String::from_utf8_lossy(&kept).trim().to_owned()
        });
        let mut lines = BufReader::new(stdout).lines();
        loop {
            let line = tokio::time::timeout(SILENCE, lines.next_line()).await.map_err(|_| internal(format!("silent for {} s", SILENCE.as_secs())))??;
            let Some(line) = line else { break };
            match serde_json::from_str(&line) {
                Ok(Report::Progressed { percent }) => {
                    progress.send_if_modified(|told| std::mem::replace(told, percent) != percent);
                }
                Ok(report @ (Report::Completed { .. } | Report::Embedded { .. })) => {
                    let status = child.wait().await?;
                    return if status.success() { Ok(report) } else { Err(internal(format!("completed, then ended with {status}"))) };
                }
                Ok(Report::Refused { failure }) => return Err(failure.into()),
                Ok(Report::Failed { detail }) => return Err(internal(detail)),
                // A library that prints to standard output.
                Err(_) => tracing::debug!(line, "the transcoder printed something else"),
            }
        }
        let status = child.wait().await?;
        Err(died(status, &complaints.await.unwrap_or_default()))
    }
}

/// A child that ended without a report: out of its limits, or crashed.
fn died(status: ExitStatus, complaints: &str) -> TranscodeError {
    let out_of_time = status.signal() == Some(Signal::XCPU.as_raw());
    let out_of_memory = status.signal().is_some() && OUT_OF_MEMORY.iter().any(|words| complaints.contains(words));
    if out_of_time || out_of_memory {
        return Failure::too_hungry().into();
    }
    internal(format!("the transcoder ended with {status}: {complaints}"))
}

fn internal(detail: String) -> TranscodeError {
    TranscodeError::Internal(detail)
}
