//! Which processors do what: everything that is measured shares some, the load generator has the others. So every way to answer gets
//! the same, however many processes it is made of, and asking costs it nothing.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The processors of this process, divided.
pub(crate) struct Cores {
    all: CpuSet,
    servers: CpuSet,
    load: CpuSet,
}

impl Cores {
    /// Two for the servers where there are four, else one; the rest for the load. With a single one, both share it.
    pub(crate) fn divide() -> Self {
        let all = sched_getaffinity(None).expect("Linux tells which processors a process may use");
        let mine: Vec<_> = (0..CpuSet::MAX_CPU).filter(|cpu| all.is_set(*cpu)).collect();
        let servers = if mine.len() >= 4 { 2 } else { 1 };
        let (servers, load) = if mine.len() > servers { mine.split_at(servers) } else { (&mine[..], &mine[..]) };
        Self { all, servers: set(servers), load: set(load) }
    }

    /// Starts a server by `start` on the servers' processors: a child inherits those of the thread that starts it.
    pub(crate) fn server<T>(&self, start: impl FnOnce() -> T) -> T {
        pin(&self.servers);
        let started = start();
        pin(&self.load);
        started
    }
}

impl Drop for Cores {
    fn drop(&mut self) {
        pin(&self.all);
    }
}

fn set(cpus: &[usize]) -> CpuSet {
    let mut set = CpuSet::new();
    cpus.iter().for_each(|cpu| set.set(*cpu));
    set
}

fn pin(cpus: &CpuSet) {
    sched_setaffinity(None, cpus).expect("a process may give up processors");
}
