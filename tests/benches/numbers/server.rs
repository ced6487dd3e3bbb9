//! Running programs of Polyphony: when they are ready, what they use.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tests::process::free_address;

use crate::batch::{TICKS_PER_SECOND, program, stat};
use crate::child::Role;

/// A program that is not ready by then never will be.
const START: Duration = Duration::from_secs(30);
/// Far more than a drain takes.
const STOP: Duration = Duration::from_secs(15);
/// Where our services say that they are ready.
const READY: &str = "/health/ready";
const LOOK: Duration = Duration::from_millis(1);

/// A running program. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    /// From its start until it said that it is ready.
    pub(crate) started_in: Duration,
}

impl Server {
    /// `polyphony up` on `data`, ready.
    pub(crate) fn up(data: &Path, settings: &[(String, String)]) -> Self {
        let address = free_address();
        let mut command = command(data, settings);
        command.arg("up").env("POLYPHONY_LISTEN", address.to_string());
        Self::start(command, address, data, "up", READY)
    }

    /// `polyphony serve SERVICE` on `data`, ready at `address`.
    pub(crate) fn serve(service: &str, address: SocketAddr, data: &Path, settings: &[(String, String)]) -> Self {
        let mut command = command(data, settings);
        command.args(["serve", service]);
        Self::start(command, address, data, service, READY)
    }

    /// A server that this benchmark brings along, ready at `address`.
    pub(crate) fn child(role: &Role, address: SocketAddr, data: &Path) -> Self {
        let mut command = Command::new(role.program());
        forget_settings(&mut command);
        command.envs(role.environment(address, data)).stdin(Stdio::null()).stdout(Stdio::null());
        Self::start(command, address, data, role.name(), role.health())
    }

    fn start(mut command: Command, address: SocketAddr, data: &Path, name: &str, health: &str) -> Self {
        std::fs::create_dir_all(data).expect("a folder can be made");
        let log = data.join(format!("{name}.log"));
        command.stderr(File::create(&log).expect("a log can be made"));
        let began = Instant::now();
        let child = command.spawn().expect("a program starts");
        let mut server = Self { child, address, started_in: Duration::ZERO };
        while !is_ready(address, health) {
            let ended = server.child.try_wait().expect("a child can be waited for");
            assert!(ended.is_none() && began.elapsed() < START, "{name} is not getting ready:\n{}", std::fs::read_to_string(&log).unwrap_or_default());
            std::thread::sleep(LOOK);
        }
        server.started_in = began.elapsed();
        server
    }

    /// `http://HOST:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Processor time it has used so far, in seconds: fields 14 and 15 of `proc(5)`.
    pub(crate) fn cpu(&self) -> f64 {
        let fields = stat(&self.child.id().to_string()).expect("the process is there");
        fields[11..13].iter().map(|field| field.parse::<f64>().expect("a number")).sum::<f64>() / TICKS_PER_SECOND
    }

    /// Memory it holds at the moment, in mebibytes.
    pub(crate) fn resident_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the process is there");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("Linux tells the resident size");
        line.trim().trim_end_matches("kB").trim().parse::<f64>().expect("a number") / 1024.0
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, Signal::TERM).expect("the process is there");
        let began = Instant::now();
        while self.child.try_wait().expect("a child can be waited for").is_none() {
            assert!(began.elapsed() < STOP, "polyphony does not stop");
            std::thread::sleep(LOOK);
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already ended when it was stopped.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn command(data: &Path, settings: &[(String, String)]) -> Command {
    let mut command = Command::new(program("polyphony"));
    forget_settings(&mut command);
    for tier in ["ANONYMOUS", "FREE", "PREMIUM"] {
        // What a crowd at one address may ask for is not what is measured.
        command.env(format!("POLYPHONY_GATEWAY__RATE__{tier}_PER_MINUTE"), "4000000000");
    }
    command.env("POLYPHONY_DATA", data).env("POLYPHONY_LOG__FILTER", "warn").stdin(Stdio::null()).stdout(Stdio::null());
    command.envs(settings.iter().map(|(key, value)| (format!("POLYPHONY_{key}"), value)));
    command
}

/// What the developer has set for their own Polyphony is not for this one.
fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("POLYPHONY_")) {
        command.env_remove(name);
    }
}

fn is_ready(address: SocketAddr, health: &str) -> bool {
    let ask = || -> std::io::Result<bool> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(START))?;
        write!(stream, "GET {health} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer)?;
        Ok(&answer == b"HTTP/1.1 200")
    };
    ask().unwrap_or(false)
}
