//! Chance as a port: ids, secrets and salts come from here, so that a test can fix them.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A source of unpredictable bytes.
pub trait Randomness: Debug + Send + Sync + 'static {
    /// Fills `bytes`. The production source is cryptographically secure.
    fn fill(&self, bytes: &mut [u8]);

    /// The same for what is told to everybody and asked for all the time, as ids are: a source may have such bytes in store.
    fn fill_id(&self, bytes: &mut [u8]) {
        self.fill(bytes);
    }
}

impl<R: Randomness + ?Sized> Randomness for Arc<R> {
    fn fill(&self, bytes: &mut [u8]) {
        (**self).fill(bytes);
    }

    fn fill_id(&self, bytes: &mut [u8]) {
        (**self).fill_id(bytes);
    }
}

/// What a thread has in store for ids when the store is full.
const POOL: usize = 512;

/// The operating system's generator. For ids it is asked in advance: a call of the system, one a request, costs far more than the bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct OsRandomness;

impl Randomness for OsRandomness {
    fn fill(&self, bytes: &mut [u8]) {
        ask(bytes);
    }

    fn fill_id(&self, bytes: &mut [u8]) {
        // A thread that ends has no pool any more.
        if bytes.len() > POOL || OF_THREAD.try_with(|pool| pool.borrow_mut().take(bytes)).is_err() {
            ask(bytes);
        }
    }
}

thread_local! {
    static OF_THREAD: RefCell<Pool> = const { RefCell::new(Pool { bytes: [0; POOL], left: 0 }) };
}

/// Bytes that nobody has been given yet.
struct Pool {
    bytes: [u8; POOL],
    left: usize,
}

impl Pool {
    fn take(&mut self, taken: &mut [u8]) {
        if self.left < taken.len() {
            ask(&mut self.bytes);
            self.left = POOL;
        }
        let given = &mut self.bytes[self.left - taken.len()..self.left];
        taken.copy_from_slice(given);
        given.fill(0);
        self.left -= taken.len();
    }
}

#[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for randomness")]
#[expect(clippy::expect_used, reason = "a machine without an entropy source cannot be secure; there is nothing to recover")]
fn ask(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system provides randomness");
}

/// A secret of 256 bits in base64url without padding: 43 characters, safe in an address.
pub fn secret(randomness: &dyn Randomness) -> String {
    let mut bytes = [0; 32];
    randomness.fill(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn nothing_is_given_twice() {
        let many = || -> Vec<[u8; 10]> {
            let draw = |_| {
                let mut bytes = [0; 10];
                OsRandomness.fill_id(&mut bytes);
                bytes
            };
            (0..10_000).map(draw).collect()
        };
        let others = std::thread::spawn(many);
        let all: HashSet<_> = many().into_iter().chain(others.join().unwrap()).collect();
        assert_eq!(all.len(), 20_000);
    }

    #[test]
    fn any_length_is_filled() {
        for length in [0, 1, 10, POOL, POOL + 1] {
            let mut seen = vec![0; length];
            // A byte stays 0 in all of 20 draws once in 256^20.
            for _ in 0..20 {
                let mut bytes = vec![0; length];
                OsRandomness.fill_id(&mut bytes);
                seen.iter_mut().zip(bytes).for_each(|(seen, byte)| *seen |= byte);
            }
            assert!(seen.iter().all(|byte| *byte != 0), "{length}");
        }
    }

    #[test]
    fn what_was_given_is_forgotten() {
        let mut pool = Pool { bytes: [0; POOL], left: 0 };
        let mut taken = [0; 16];
        while pool.left != 16 {
            pool.take(&mut taken);
        }
        assert!(pool.bytes[16..].iter().all(|byte| *byte == 0) && pool.bytes[..16] != [0; 16]);
    }
}
