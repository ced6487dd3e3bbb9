//! Identical live operations: one upstream, whose events are joined once and told to all its readers.
//!
//! Who comes later is first told what was told last: a live operation of Polyphony begins with how things are. The upstream goes as
//! fast as its fastest reader, so nothing is buffered without bound; who falls [`BEHIND`] answers back is told and dropped, without
//! holding up the others. It ends when its source does, or with its last reader.

use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use bytes::Bytes;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{Notify, broadcast};
use tokio_util::sync::{CancellationToken, DropGuard};
use tracing::Instrument as _;

use super::Asked;
use crate::metrics::{SHARED_LIVE, SLOW_READERS};
use crate::pipeline::{Fault, RequestError};

/// How many answers a reader may be behind.
const BEHIND: usize = 32;
/// How many answers the upstream may be ahead of its fastest reader.
const AHEAD: u64 = 8;

type Running<K> = DashMap<K, Weak<Upstream<K>>>;

/// The live operations that run, by what makes two the same.
pub(crate) struct LiveSharing<K: Eq + Hash = Asked> {
    running: Arc<Running<K>>,
    greet: bool,
}

/// One source with all its readers, who keep it running.
struct Upstream<K: Eq + Hash> {
    told: Arc<Told>,
    running: Arc<Running<K>>,
    asked: K,
    _stop: DropGuard,
}

/// A numbered answer; none is the end.
type Telling = Option<(u64, Bytes)>;
type Ear = broadcast::Receiver<Telling>;

struct Told {
    answers: broadcast::Sender<Telling>,
    last: Mutex<Last>,
    /// The number of the latest answer that any reader has taken.
    taken: AtomicU64,
    room: Notify,
}

#[derive(Default)]
struct Last {
    number: u64,
    answer: Option<Bytes>,
    ended: bool,
}

impl<K: Eq + Hash + Clone + Send + Sync + 'static> LiveSharing<K> {
    /// With `greet`, who comes later is first told what was told last.
    pub(crate) fn new(greet: bool) -> Self {
        Self { running: Arc::default(), greet }
    }

    /// The answers to `asked`; `run` gives them unless they are told already.
    pub(crate) fn answers(&self, asked: K, run: impl FnOnce() -> BoxStream<'static, Bytes>) -> BoxStream<'static, Bytes> {
        // Kept until the entry is unlocked: the last owner of an upstream locks it to remove it.
        let found;
        {
            let entry = self.running.entry(asked);
            found = match &entry {
                Entry::Occupied(entry) => entry.get().upgrade(),
                Entry::Vacant(_) => None,
            };
            if found.as_ref().is_none_or(|upstream| upstream.told.lock().ended) {
                let (upstream, answers) = Upstream::start(self.running.clone(), entry.key().clone(), run());
                entry.insert(Arc::downgrade(&upstream));
                return upstream.read(None, answers);
            }
        }
        match found.and_then(|upstream| upstream.join(self.greet)) {
            Some(answers) => {
                metrics::counter!(SHARED_LIVE).increment(1);
                answers
            }
            // It ended just now.
            None => run(),
        }
    }
}

impl<K: Eq + Hash + Send + Sync + 'static> Upstream<K> {
    /// Tells the answers of `source`, and gives the first reader's ear.
    fn start(running: Arc<Running<K>>, asked: K, mut source: BoxStream<'static, Bytes>) -> (Arc<Self>, Ear) {
        let (answers, ear) = broadcast::channel(BEHIND);
        let told = Arc::new(Told { answers, last: Mutex::default(), taken: AtomicU64::new(0), room: Notify::new() });
        let stop = CancellationToken::new();
        let (telling, stopped) = (told.clone(), stop.clone());
        tokio::spawn(
            stopped.run_until_cancelled_owned(
                async move {
                    // However this ends, by a panic too, the readers hear of it.
                    let _end = End(telling.clone());
                    loop {
                        telling.wait_for_a_reader().await;
                        let Some(answer) = source.next().await else { return };
                        telling.tell(answer);
                    }
                }
                .in_current_span(),
            ),
        );
        (Arc::new(Self { told, running, asked, _stop: stop.drop_guard() }), ear)
    }

    /// The answers from now on, after the latest with `greet`; none when there are no more.
    fn join(self: Arc<Self>, greet: bool) -> Option<BoxStream<'static, Bytes>> {
        // All under one lock, so that nothing is missed or told twice.
        let (ear, greeting, number) = {
            let last = self.told.lock();
            if last.ended {
                return None;
            }
            (self.told.answers.subscribe(), last.answer.clone().filter(|_| greet), last.number)
        };
        self.told.took(number);
        Some(self.read(greeting, ear))
    }

    fn read(self: Arc<Self>, greeting: Option<Bytes>, mut ear: Ear) -> BoxStream<'static, Bytes> {
        Box::pin(async_stream::stream! {
            if let Some(greeting) = greeting {
                yield greeting;
            }
            loop {
                match ear.recv().await {
                    Ok(Some((number, answer))) => {
                        self.told.took(number);
                        yield answer;
                    }
                    Ok(None) | Err(RecvError::Closed) => return,
                    Err(RecvError::Lagged(_)) => {
                        metrics::counter!(SLOW_READERS).increment(1);
                        yield RequestError::new(Fault::Operation, "TOO_SLOW", "you read too slowly, subscribe again").body().into();
                        return;
                    }
                }
            }
        })
    }
}

impl<K: Eq + Hash> Drop for Upstream<K> {
    fn drop(&mut self) {
        // A newer one of the same operation may be there by now.
        self.running.remove_if(&self.asked, |_, upstream| upstream.strong_count() == 0);
    }
}

impl Told {
    fn lock(&self) -> std::sync::MutexGuard<'_, Last> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tell(&self, answer: Bytes) {
        let mut last = self.lock();
        last.number += 1;
        last.answer = Some(answer.clone());
        // Without a reader there is nobody to tell: the upstream is about to end.
        let _ = self.answers.send(Some((last.number, answer)));
    }

    fn took(&self, number: u64) {
        if self.taken.fetch_max(number, Ordering::AcqRel) < number {
            self.room.notify_one();
        }
    }

    async fn wait_for_a_reader(&self) {
        let told = self.lock().number;
        while told - self.taken.load(Ordering::Acquire) >= AHEAD {
            // A permit that came between the two is kept.
            self.room.notified().await;
        }
    }
}

/// Tells the end.
struct End(Arc<Told>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.lock().ended = true;
        let _ = self.0.answers.send(None);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use futures::FutureExt as _;
    use tokio::sync::mpsc;

    use super::*;

    #[derive(Default)]
    struct Sources {
        started: AtomicUsize,
        tell: Mutex<Option<mpsc::UnboundedSender<&'static str>>>,
    }

    impl Sources {
        fn source(&self) -> BoxStream<'static, Bytes> {
            self.started.fetch_add(1, Ordering::Relaxed);
            let (tell, mut told) = mpsc::unbounded_channel();
            *self.tell.lock().unwrap() = Some(tell);
            Box::pin(async_stream::stream! {
                while let Some(answer) = told.recv().await {
                    yield Bytes::from_static(answer.as_bytes());
                }
            })
        }

        fn tell(&self, answer: &'static str) {
            self.tell.lock().unwrap().as_ref().unwrap().send(answer).unwrap();
        }

        fn listen(&self, sharing: &LiveSharing<&'static str>, asked: &'static str) -> BoxStream<'static, Bytes> {
            sharing.answers(asked, || self.source())
        }

        fn started(&self) -> usize {
            self.started.load(Ordering::Relaxed)
        }
    }

    #[tokio::test]
    async fn identical_operations_have_one_source_until_the_last_reader_leaves() {
        let (sharing, sources) = (LiveSharing::new(true), Sources::default());
        let mut first = sources.listen(&sharing, "a");
        let mut second = sources.listen(&sharing, "a");
        sources.tell("1");
        assert_eq!((first.next().await.unwrap(), second.next().await.unwrap()), ("1".into(), "1".into()));
        assert_eq!(sources.started(), 1);
        drop(first);
        sources.tell("2");
        assert_eq!(second.next().await.unwrap(), "2");
        let source = sources.tell.lock().unwrap().clone().unwrap();
        drop(second);
        source.closed().await;
        assert!(sharing.running.is_empty());
        let _other = sources.listen(&sharing, "a");
        assert_eq!(sources.started(), 2);
    }

    #[tokio::test]
    async fn who_comes_later_is_told_the_latest_first_where_that_is_wanted() {
        for greet in [true, false] {
            let (sharing, sources) = (LiveSharing::new(greet), Sources::default());
            let mut first = sources.listen(&sharing, "a");
            sources.tell("1");
            sources.tell("2");
            assert_eq!((first.next().await.unwrap(), first.next().await.unwrap()), ("1".into(), "2".into()));
            let mut later = sources.listen(&sharing, "a");
            sources.tell("3");
            assert_eq!(later.next().await.unwrap(), if greet { "2" } else { "3" });
        }
    }

    #[tokio::test]
    async fn the_end_of_the_source_is_the_end_for_all() {
        let (sharing, sources) = (LiveSharing::new(true), Sources::default());
        let mut readers = [sources.listen(&sharing, "a"), sources.listen(&sharing, "a")];
        sources.tell("1");
        sources.tell.lock().unwrap().take();
        for reader in &mut readers {
            assert_eq!(reader.next().await.unwrap(), "1");
            assert_eq!(reader.next().await, None);
        }
        // A newcomer begins anew.
        let _later = sources.listen(&sharing, "a");
        assert_eq!(sources.started(), 2);
    }

    #[tokio::test]
    async fn a_source_is_no_further_than_its_fastest_reader_and_the_slow_are_dropped() {
        let (sharing, sources) = (LiveSharing::new(true), Sources::default());
        let mut fast = sources.listen(&sharing, "a");
        let mut slow = sources.listen(&sharing, "a");
        for _ in 0..BEHIND * 3 {
            sources.tell("x");
        }
        tokio::task::yield_now().await;
        let mut at_once = 0;
        while fast.next().now_or_never().flatten().is_some() {
            at_once += 1;
        }
        assert!(at_once <= AHEAD, "{at_once} answers were buffered");
        for _ in at_once..u64::try_from(BEHIND * 2).unwrap() {
            assert_eq!(fast.next().await.unwrap(), "x");
        }
        let told = slow.next().await.unwrap();
        assert!(told.windows(8).any(|window| window == b"TOO_SLOW"), "{told:?}");
        assert_eq!(slow.next().await, None);
        assert_eq!(fast.next().await.unwrap(), "x");
    }
}
