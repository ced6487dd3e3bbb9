//! Polyphony's program, started on a data folder of its own and on ports that the system picks.

use std::ffi::OsStr;
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;

use crate::eventually;

/// What `polyphony up` and `polyphony serve` print, before the address.
const ANNOUNCEMENT: &str = " listens on ";
/// How long a stop may take.
const STOP: Duration = Duration::from_secs(30);

/// The program that cargo built beside this test.
///
/// # Panics
/// When it has not been built.
pub fn program() -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own file");
    // target/<profile>/deps/<test>
    let program = test.ancestors().nth(2).expect("a test lies in target/<profile>/deps").join("polyphony");
    assert!(program.exists(), "{} is missing: run `make build` (or `make test`) first", program.display());
    program
}

/// A data folder and the settings that its processes share. The folder goes with this value.
#[derive(Debug)]
pub struct Installation {
    folder: TempDir,
    settings: Vec<(String, String)>,
}

impl Default for Installation {
    fn default() -> Self {
        Self { folder: tempfile::Builder::new().prefix("polyphony-test-").tempdir().expect("a temporary folder can be made"), settings: quotas() }
    }
}

/// All people of a test share an address and are quicker than people: what they may ask for is a matter of its own tests.
fn quotas() -> Vec<(String, String)> {
    ["ANONYMOUS", "FREE", "PREMIUM"].map(|tier| (format!("POLYPHONY_GATEWAY__RATE__{tier}_PER_MINUTE"), "1000000".to_owned())).into()
}

impl Installation {
    /// Sets a configuration key for processes started from now on, by its variable without `POLYPHONY_`: `MEDIA__WORKERS`.
    pub fn set(&mut self, key: &str, value: &str) {
        self.settings.push((format!("POLYPHONY_{key}"), value.to_owned()));
    }

    /// What has been set last for a key.
    pub fn setting(&self, key: &str) -> Option<&str> {
        let name = format!("POLYPHONY_{key}");
        self.settings.iter().rev().find(|(set, _)| *set == name).map(|(_, value)| value.as_str())
    }

    /// The data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Room for files of the test.
    pub fn scratch(&self) -> PathBuf {
        let scratch = self.folder.path().join("scratch");
        std::fs::create_dir_all(&scratch).expect("a folder can be made");
        scratch
    }

    /// `polyphony up`, ready.
    pub async fn up(&self) -> Process {
        self.start(&["up"]).await
    }

    /// `polyphony serve SERVICE`, ready.
    pub async fn serve(&self, service: &str) -> Process {
        self.start(&["serve", service]).await
    }

    /// Runs a command of `polyphony` to its end.
    pub async fn run<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Output {
        self.command(arguments).output().await.expect("polyphony starts")
    }

    async fn start(&self, arguments: &[&str]) -> Process {
        Process::start(self.command(arguments)).await
    }

    fn command<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Command {
        let mut command = Command::new(program());
        command.args(arguments).stdin(Stdio::null()).kill_on_drop(true);
        // What the developer has set for their own Polyphony is not for this one.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("POLYPHONY_") {
                command.env_remove(name);
            }
        }
        command.env("POLYPHONY_DATA", self.data()).env("POLYPHONY_LISTEN", "127.0.0.1:0").env("POLYPHONY_SERVICES__MEDIA__LISTEN", "127.0.0.1:0");
        command.env("NO_COLOR", "1").envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }
}

/// A running process of an installation. Killed when dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    url: String,
    log: Arc<Mutex<String>>,
}

impl Process {
    async fn start(mut command: Command) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("polyphony starts");
        let mut process = Self::watch(child).await;
        process.become_ready().await;
        process
    }

    /// Waits for the line that tells the address.
    async fn watch(mut child: Child) -> Self {
        let log = Arc::new(Mutex::new(String::new()));
        let (announce, announced) = oneshot::channel();
        follow(child.stderr.take().expect("piped"), log.clone(), None);
        follow(child.stdout.take().expect("piped"), log.clone(), Some(announce));
        let url = tokio::time::timeout(crate::PATIENCE, announced).await;
        let Ok(Ok(url)) = url else { panic!("polyphony did not tell where it listens:\n{}", read(&log)) };
        Self { child, url, log }
    }

    async fn become_ready(&mut self) {
        let (client, url) = (reqwest::Client::new(), format!("{}/health/ready", self.url));
        eventually("polyphony is ready", async || {
            if let Ok(Some(status)) = self.child.try_wait() {
                panic!("polyphony ended with {status} instead of getting ready:\n{}", self.log());
            }
            client.get(&url).send().await.ok().filter(|response| response.status().is_success()).map(drop)
        })
        .await;
    }

    /// Where it listens, `http://127.0.0.1:PORT`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// What it has printed, both streams as they came.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// The most memory that it has had at once.
    ///
    /// # Panics
    /// When it has ended.
    pub fn peak_memory_bytes(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid().as_raw_nonzero())).expect("the process is there");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
        peak.expect("the kernel tells it") * 1024
    }

    /// Asks it to stop, as a terminal or a supervisor does, and waits until it has.
    ///
    /// # Panics
    /// When it takes longer than half a minute.
    pub async fn stop(mut self) -> (ExitStatus, String) {
        kill_process(self.pid(), Signal::TERM).expect("the process is there");
        let Ok(status) = tokio::time::timeout(STOP, self.child.wait()).await else {
            panic!("polyphony did not stop within {} s:\n{}", STOP.as_secs(), self.log());
        };
        (status.expect("a child can be waited for"), self.log())
    }

    /// Ends it without a warning, as a crash or a power cut does.
    pub async fn kill(mut self) {
        self.child.kill().await.expect("a child can be killed");
    }

    /// The processes that it has started and that have not ended, and theirs.
    pub fn descendants(&self) -> Vec<Pid> {
        let mut found = vec![self.pid()];
        let mut next = 0;
        while let Some(&parent) = found.get(next) {
            found.extend(all_processes().into_iter().filter(|(_, its_parent)| *its_parent == parent).map(|(pid, _)| pid));
            next += 1;
        }
        found.remove(0);
        found
    }

    fn pid(&self) -> Pid {
        let id = self.child.id().expect("the process has not been waited for");
        Pid::from_raw(id.try_into().expect("a process id fits")).expect("a process id is not zero")
    }
}

/// An address of this machine that nobody listens on at the moment, for what must be told before it starts.
pub fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("a listener has an address")
}

/// Whether a process of that id runs (and has not merely been left unburied).
pub fn is_running(pid: Pid) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    status.is_ok_and(|stat| !matches!(after_name(&stat).and_then(|mut fields| fields.next()), Some("Z" | "X")))
}

fn all_processes() -> Vec<(Pid, Pid)> {
    let entries = std::fs::read_dir("/proc").expect("/proc can be read");
    entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let pid = Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)?;
            let stat = std::fs::read_to_string(entry.path().join("stat")).ok()?;
            let parent = Pid::from_raw(after_name(&stat)?.nth(1)?.parse().ok()?)?;
            Some((pid, parent))
        })
        .collect()
}

/// The fields of `/proc/PID/stat` after the name, which may itself hold spaces and parentheses: state, parent, …
fn after_name(stat: &str) -> Option<impl Iterator<Item = &str>> {
    stat.rsplit_once(')').map(|(_, fields)| fields.split_whitespace())
}

/// Every file below `folder`, relative to it.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut folders = vec![folder.to_owned()];
    let mut files = Vec::new();
    while let Some(next) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(&next) else { continue };
        for entry in entries.filter_map(Result::ok) {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(entry.path());
            } else {
                files.push(entry.path().strip_prefix(folder).expect("below the folder").to_owned());
            }
        }
    }
    files.sort();
    files
}

fn follow(stream: impl AsyncRead + Unpin + Send + 'static, log: Arc<Mutex<String>>, mut announce: Option<oneshot::Sender<String>>) {
    tokio::spawn(async move {
        let mut lines = BufReader::new(stream).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            if let Some((_, url)) = line.split_once(ANNOUNCEMENT)
                && let Some(announce) = announce.take()
            {
                // Nobody waits any more when the test has failed meanwhile.
                let _ = announce.send(url.trim().to_owned());
            }
            let mut log = log.lock().unwrap_or_else(PoisonError::into_inner);
            log.push_str(&line);
            log.push('\n');
        }
    });
}

fn read(log: &Mutex<String>) -> String {
    log.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
