//! Identical queries in flight: the first is run, and the others wait for its answer. A mutation is never one of them.

use std::hash::Hash;
use std::sync::Arc;

use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use futures::FutureExt as _;
use futures::future::{BoxFuture, Shared, WeakShared};

use super::Asked;
use crate::metrics::SHARED_ANSWERS;
use crate::pipeline::Executed;

type Running<K> = DashMap<K, WeakShared<BoxFuture<'static, Executed>>>;

/// The queries in flight, by what makes two the same.
pub(crate) struct QuerySharing<K: Eq + Hash = Asked> {
    running: Arc<Running<K>>,
}

impl<K: Eq + Hash> Default for QuerySharing<K> {
    fn default() -> Self {
        Self { running: Arc::default() }
    }
}

impl<K: Eq + Hash + Clone + Send + Sync + 'static> QuerySharing<K> {
    /// The answer to `asked`, which `run` gives; another's, if the same is in flight. An answer with errors is its first asker's
    /// alone, because errors are told and logged under the id of a request: the others then run for themselves.
    pub(crate) async fn answer<F>(&self, asked: K, run: F) -> Executed
    where
        F: FnOnce() -> BoxFuture<'static, Executed>,
    {
        let (in_flight, run) = match self.enter(asked, run) {
            Entered::First(in_flight) => return in_flight.await,
            Entered::Later(in_flight, run) => (in_flight, run),
        };
        let answer = in_flight.await;
        if !answer.flawless {
            return run().await;
        }
        metrics::counter!(SHARED_ANSWERS).increment(1);
        answer
    }

    fn enter<F>(&self, asked: K, run: F) -> Entered<F>
    where
        F: FnOnce() -> BoxFuture<'static, Executed>,
    {
        // Locked until this returns, which does not wait for anything.
        let entry = self.running.entry(asked);
        if let Entry::Occupied(entry) = &entry
            && let Some(in_flight) = entry.get().upgrade()
        {
            return Entered::Later(in_flight, run);
        }
        let (forget, answer) = (Forget { running: self.running.clone(), asked: entry.key().clone() }, run());
        let first = async move {
            let _forget = forget;
            answer.await
        };
        let first = first.boxed().shared();
        if let Some(in_flight) = first.downgrade() {
            entry.insert(in_flight);
        }
        Entered::First(first)
    }
}

type InFlight = Shared<BoxFuture<'static, Executed>>;

enum Entered<F> {
    First(InFlight),
    Later(InFlight, F),
}

/// Forgets a query when it is answered, or when all who asked have left.
struct Forget<K: Eq + Hash> {
    running: Arc<Running<K>>,
    asked: K,
}

impl<K: Eq + Hash> Drop for Forget<K> {
    fn drop(&mut self) {
        self.running.remove(&self.asked);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures::poll;
    use tokio::sync::oneshot;

    use super::*;

    #[derive(Default)]
    struct World {
        sharing: QuerySharing<&'static str>,
        runs: Arc<AtomicUsize>,
    }

    impl World {
        /// Asks; the answer comes when the sender says whether it is flawless.
        fn ask(&self, asked: &'static str) -> (impl Future<Output = Executed>, oneshot::Sender<bool>) {
            let (answer, flawless) = oneshot::channel();
            let runs = self.runs.clone();
            let run = move || -> BoxFuture<'static, Executed> {
                let number = runs.fetch_add(1, Ordering::Relaxed);
                Box::pin(async move { Executed { flawless: flawless.await.unwrap(), body: number.to_string().into(), cache: None } })
            };
            (self.sharing.answer(asked, run), answer)
        }

        fn runs(&self) -> usize {
            self.runs.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn identical_queries_in_flight_are_run_once() {
        let world = World::default();
        let (first, answer) = world.ask("a");
        let (second, _unused) = world.ask("a");
        let (other, answer_other) = world.ask("b");
        let (mut first, mut second, mut other) = (Box::pin(first), Box::pin(second), Box::pin(other));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending() && poll!(&mut other).is_pending());
        assert_eq!(world.runs(), 2);
        answer.send(true).unwrap();
        answer_other.send(true).unwrap();
        assert_eq!((first.await.body, second.await.body, other.await.body), ("0".into(), "0".into(), "1".into()));
        // Not in flight any more.
        let (again, answer) = world.ask("a");
        answer.send(true).unwrap();
        assert_eq!(again.await.body, "2");
    }

    #[tokio::test]
    async fn an_answer_with_errors_is_its_own_askers_alone() {
        let world = World::default();
        let (first, answer) = world.ask("a");
        let (second, answer_second) = world.ask("a");
        let (mut first, mut second) = (Box::pin(first), Box::pin(second));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        answer.send(false).unwrap();
        answer_second.send(true).unwrap();
        assert_eq!((first.await.body, second.await.body), ("0".into(), "1".into()));
    }

    #[tokio::test]
    async fn who_waits_is_answered_though_the_first_has_left() {
        let world = World::default();
        let (first, answer) = world.ask("a");
        let (second, _unused) = world.ask("a");
        let (mut first, mut second) = (Box::pin(first), Box::pin(second));
        assert!(poll!(&mut first).is_pending() && poll!(&mut second).is_pending());
        drop(first);
        answer.send(true).unwrap();
        assert_eq!(second.await.body, "0");
        assert!(world.sharing.running.is_empty());
    }

    #[tokio::test]
    async fn nothing_is_left_of_what_everybody_has_left() {
        let world = World::default();
        let (first, _answer) = world.ask("a");
        let mut first = Box::pin(first);
        assert!(poll!(&mut first).is_pending());
        drop(first);
        assert!(world.sharing.running.is_empty());
    }
}
