//! Programs that run to their end: how long they take, and how much of the processors.

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::median::median;

/// Linux counts processor time for other programs in hundredths of a second on every architecture we run on (`USER_HZ`).
pub(crate) const TICKS_PER_SECOND: f64 = 100.0;
/// A program that takes longer has hung.
const LONGEST: Duration = Duration::from_secs(120);

/// What one run took, in seconds.
#[derive(Clone, Copy)]
pub(crate) struct Cost {
    /// By the clock on the wall.
    pub(crate) wall: f64,
    /// Of all processors together, children included.
    pub(crate) cpu: f64,
}

impl Cost {
    /// Both together.
    pub(crate) fn and(self, other: Self) -> Self {
        Self { wall: self.wall + other.wall, cpu: self.cpu + other.cpu }
    }
}

/// Runs `command` to its successful end. Only one program at a time may run this way: processor time is that of all children.
pub(crate) fn run(command: &mut Command) -> Cost {
    let before = children_ticks();
    let began = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().unwrap_or_else(|error| panic!("{command:?} cannot start: {error}"));
    let status = loop {
        match child.try_wait().expect("a child can be waited for") {
            Some(status) => break status,
            None if began.elapsed() > LONGEST => {
                child.kill().expect("a child can be killed");
                panic!("{command:?} takes longer than {} s", LONGEST.as_secs());
            }
            None => std::thread::sleep(Duration::from_millis(2)),
        }
    };
    let wall = began.elapsed().as_secs_f64();
    assert!(status.success(), "{command:?} ended with {status}");
    Cost { wall, cpu: (children_ticks() - before) / TICKS_PER_SECOND }
}

/// The middle of several runs, by each measure.
pub(crate) fn middle(costs: &[Cost]) -> Cost {
    Cost { wall: median(costs.iter().map(|cost| cost.wall)), cpu: median(costs.iter().map(|cost| cost.cpu)) }
}

/// The program `name` of the build that this benchmark is part of.
pub(crate) fn program(name: &str) -> PathBuf {
    let this = std::env::current_exe().expect("a benchmark knows its own file");
    let program = this.ancestors().nth(2).expect("a benchmark lies in target/<profile>/deps").join(name);
    assert!(program.exists(), "{} is missing: run `make bench`", program.display());
    program
}

/// The fields of `/proc/PID/stat` from the third on: the second, a name, may itself hold spaces and parentheses.
pub(crate) fn stat(process: &str) -> Option<Vec<String>> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    Some(fields.split_whitespace().map(ToOwned::to_owned).collect())
}

/// Processor time of all children that have ended, and theirs: fields 16 and 17 of `proc(5)`.
fn children_ticks() -> f64 {
    let fields = stat("self").expect("/proc is there");
    fields[13..15].iter().map(|field| field.parse::<f64>().expect("a number")).sum()
}
