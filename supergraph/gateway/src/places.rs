//! A limited number of places. Taking and leaving one is an atomic step while there is room, so it costs a busy gateway nothing;
//! only who must wait meets a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// The places; cheap to clone.
#[derive(Clone)]
pub(crate) struct Places(Arc<Inner>);

struct Inner {
    max: usize,
    taken: AtomicUsize,
    waiting: AtomicUsize,
    freed: Notify,
}

/// A taken place; left when dropped.
pub(crate) struct Place(Arc<Inner>);

impl Places {
    pub(crate) fn new(max: usize) -> Self {
        Self(Arc::new(Inner { max, taken: AtomicUsize::new(0), waiting: AtomicUsize::new(0), freed: Notify::new() }))
    }

    /// A place, if one is free.
    pub(crate) fn try_take(&self) -> Option<Place> {
        let taken = self.0.taken.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |taken| (taken < self.0.max).then_some(taken + 1));
        taken.is_ok().then(|| Place(self.0.clone()))
    }

    /// A place as soon as one is free. Whoever no longer wants it may stop waiting at any time.
    pub(crate) async fn take(&self) -> Place {
        if let Some(place) = self.try_take() {
            return place;
        }
        let _waiting = Waiting::new(&self.0.waiting);
        loop {
            let mut freed = std::pin::pin!(self.0.freed.notified());
            // Listening first: a place that is left between looking and listening would be missed.
            freed.as_mut().enable();
            if let Some(place) = self.try_take() {
                return place;
            }
            freed.await;
        }
    }

    /// How many are taken.
    pub(crate) fn taken(&self) -> usize {
        self.0.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn is_full(&self) -> bool {
        self.taken() >= self.0.max
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.taken.fetch_sub(1, Ordering::SeqCst);
        if self.0.waiting.load(Ordering::SeqCst) > 0 {
            self.0.freed.notify_one();
        }
    }
}

struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    #[test]
    fn there_are_so_many_and_no_more() {
        let places = Places::new(2);
        let first = places.try_take();
        let second = places.try_take();
        assert!(first.is_some() && second.is_some() && places.try_take().is_none() && places.is_full());
        drop(first);
        assert!(places.try_take().is_some());
    }

    #[tokio::test]
    async fn who_waits_gets_the_place_that_is_left() {
        let places = Places::new(1);
        let place = places.try_take().unwrap();
        let mut waiting = Box::pin(places.take());
        assert!((&mut waiting).now_or_never().is_none());
        let mut impatient = Box::pin(places.take());
        assert!((&mut impatient).now_or_never().is_none());
        drop(impatient);
        drop(place);
        drop(waiting.await);
        assert_eq!(places.taken(), 0);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn nobody_waits_for_ever() {
        let places = Places::new(3);
        let visitors = (0..200).map(|_| {
            let places = places.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    let _place = places.take().await;
                    assert!(places.taken() <= 3);
                    tokio::task::yield_now().await;
                }
            })
        });
        for visitor in visitors.collect::<Vec<_>>() {
            visitor.await.unwrap();
        }
        assert_eq!(places.taken(), 0);
    }
}
