//! One way to answer operations: some processes, and what they did and used while they were asked.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::load::{self, Requests};
use crate::median::median;
use crate::server::Server;

/// One way to answer operations.
pub(crate) struct Arrangement<'s> {
    /// For the table.
    pub(crate) name: &'static str,
    /// Where operations are asked.
    pub(crate) address: SocketAddr,
    /// All that works for an answer; it may work for another arrangement's answers too, at other times.
    servers: Vec<&'s Server>,
    samples_us: Vec<u64>,
    /// Requests per second of each round.
    rates: Vec<f64>,
    cpu: f64,
}

/// What was measured of one arrangement and one operation.
pub(crate) struct Figures {
    /// Of each round.
    pub(crate) rates: Vec<f64>,
    pub(crate) p50_ms: f64,
    pub(crate) p99_ms: f64,
    /// Processor time of all its processes a request.
    pub(crate) cpu_us: f64,
    /// Memory that all its processes hold afterwards.
    pub(crate) memory_mib: f64,
}

impl<'s> Arrangement<'s> {
    /// Asked at the first of `servers`.
    pub(crate) fn new(name: &'static str, servers: Vec<&'s Server>) -> Self {
        Self { name, address: servers[0].address, servers, samples_us: Vec::new(), rates: Vec::new(), cpu: 0.0 }
    }

    /// Forgets what was measured, and asks a while without measuring.
    pub(crate) async fn warm_up(&mut self, requests: &Requests, time: Duration) {
        (self.samples_us, self.rates, self.cpu) = (Vec::new(), Vec::new(), 0.0);
        load::run(self.address, requests, time).await;
    }

    /// Asks for `time` and measures.
    pub(crate) async fn round(&mut self, requests: &Requests, time: Duration) {
        let (cpu, began) = (self.cpu_so_far(), Instant::now());
        let samples = load::run(self.address, requests, time).await;
        self.rates.push(count(samples.len()) / began.elapsed().as_secs_f64());
        self.cpu += self.cpu_so_far() - cpu;
        self.samples_us.extend(samples);
    }

    /// What the rounds since the warm-up gave.
    pub(crate) fn figures(&mut self) -> Figures {
        self.samples_us.sort_unstable();
        let requests = count(self.samples_us.len());
        Figures {
            rates: std::mem::take(&mut self.rates),
            p50_ms: self.percentile_ms(50),
            p99_ms: self.percentile_ms(99),
            cpu_us: self.cpu * 1e6 / requests,
            memory_mib: self.servers.iter().map(|server| server.resident_mib()).sum(),
        }
    }

    fn cpu_so_far(&self) -> f64 {
        self.servers.iter().map(|server| server.cpu()).sum()
    }

    fn percentile_ms(&self, percent: usize) -> f64 {
        let index = (self.samples_us.len() * percent / 100).min(self.samples_us.len() - 1);
        f64::from(u32::try_from(self.samples_us[index]).unwrap_or(u32::MAX)) / 1000.0
    }
}

impl Figures {
    /// Requests per second: the median of all rounds.
    pub(crate) fn requests_per_second(&self) -> f64 {
        median(self.rates.iter().copied())
    }

    /// How many times as many requests as `other` answered: the median of all rounds, of which each compares what was measured within
    /// seconds. A machine that is slow now and then, as shared ones are, is so for both.
    pub(crate) fn times(&self, other: &Self) -> f64 {
        median(self.rates.iter().zip(&other.rates).map(|(ours, theirs)| ours / theirs))
    }
}

fn count(samples: usize) -> f64 {
    f64::from(u32::try_from(samples).unwrap_or(u32::MAX))
}
