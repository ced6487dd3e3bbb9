//! Lookups of one kind that are wanted at the same moment become one, within an operation and across operations.
//!
//! A batch is closed when the task that began it is next polled: by then everybody who could ask in the same turn has asked, and on a
//! busy runtime so have the other operations that were ready. async-graphql's own loader closes it by a timer instead, after at
//! least a millisecond each time; a page that needs three lookups one after another waited three of them, idle or not.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_graphql::dataloader::Loader;
use tokio::sync::oneshot;

/// The most keys of one lookup; more of them become several.
const MAX_KEYS: usize = 1_000;

/// Batches what is asked of a [`Loader`]. Nothing is remembered beyond a batch.
pub struct DataLoader<L> {
    loader: L,
    /// Who waits for the next batch, by the type of the keys.
    waiting: Mutex<HashMap<TypeId, Box<dyn Any + Send>>>,
}

/// Somebody who waits for a batch.
struct Asker<K, V, E> {
    keys: Vec<K>,
    tell: oneshot::Sender<Result<HashMap<K, V>, E>>,
}

type AskerOf<K, L> = Asker<K, <L as Loader<K>>::Value, <L as Loader<K>>::Error>;

impl<L: Send + Sync + 'static> DataLoader<L> {
    /// Nothing asked yet.
    pub fn new(loader: L) -> Self {
        Self { loader, waiting: Mutex::default() }
    }

    /// What `key` leads to, if there is anything.
    pub async fn load_one<K>(&self, key: K) -> Result<Option<L::Value>, L::Error>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        Ok(self.load_many([key.clone()]).await?.remove(&key))
    }

    /// What each of `keys` leads to; those that lead nowhere are left out.
    pub async fn load_many<K>(&self, keys: impl IntoIterator<Item = K>) -> Result<HashMap<K, L::Value>, L::Error>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        let keys: Vec<K> = keys.into_iter().collect();
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        loop {
            let (tell, told) = oneshot::channel();
            if self.ask(Asker { keys: keys.clone(), tell }) {
                let turn = Turn { of: self, keys: PhantomData };
                // Woken after this poll of the task, whatever else of it is polled first.
                tokio::task::yield_now().await;
                self.answer(turn.close()).await;
            }
            // Nobody tells when the task that ran the batch is gone, by a client that left or by a panic: then it is asked again.
            if let Ok(answer) = told.await {
                return answer;
            }
        }
    }

    /// Joins the next batch; whether it begins with this asker, who then has to see to it.
    fn ask<K>(&self, asker: AskerOf<K, L>) -> bool
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        let mut waiting = self.lock();
        let waiting = waiting.entry(TypeId::of::<K>()).or_insert_with(|| Box::new(Vec::<AskerOf<K, L>>::new()));
        let Some(askers) = waiting.downcast_mut::<Vec<AskerOf<K, L>>>() else { return false };
        askers.push(asker);
        askers.len() == 1
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TypeId, Box<dyn Any + Send>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer<K>(&self, askers: Vec<AskerOf<K, L>>)
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        let mut wanted: HashMap<K, usize> = HashMap::new();
        for key in askers.iter().flat_map(|asker| &asker.keys) {
            *wanted.entry(key.clone()).or_default() += 1;
        }
        let keys: Vec<K> = wanted.keys().cloned().collect();
        let mut found = self.look_up(&keys).await;
        for Asker { keys, tell } in askers {
            let own = |found: &mut HashMap<K, L::Value>| keys.into_iter().filter_map(|key| take(found, &mut wanted, key)).collect();
            // Who has left needs no answer.
            let _ = tell.send(found.as_mut().map(own).map_err(|error| error.clone()));
        }
    }

    async fn look_up<K>(&self, keys: &[K]) -> Result<HashMap<K, L::Value>, L::Error>
    where
        K: Send + Sync + Hash + Eq + Clone + 'static,
        L: Loader<K>,
    {
        let mut found = HashMap::new();
        for keys in keys.chunks(MAX_KEYS) {
            let some = self.loader.load(keys).await?;
            if found.is_empty() {
                found = some;
            } else {
                found.extend(some);
            }
        }
        Ok(found)
    }
}

/// What `key` leads to: a copy, and for the last who wants it what was found itself.
fn take<K: Hash + Eq, V: Clone>(found: &mut HashMap<K, V>, wanted: &mut HashMap<K, usize>, key: K) -> Option<(K, V)> {
    let left = wanted.get_mut(&key)?;
    *left -= 1;
    let value = if *left == 0 { found.remove(&key)? } else { found.get(&key)?.clone() };
    Some((key, value))
}

/// The duty to see to a batch. Dropped before the batch is closed, it sends the askers away, to ask again.
struct Turn<'l, K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    of: &'l DataLoader<L>,
    keys: PhantomData<fn() -> K>,
}

impl<K, L> Turn<'_, K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    /// Everybody who has asked by now; the next asker begins another batch.
    fn close(&self) -> Vec<AskerOf<K, L>> {
        let mut waiting = self.of.lock();
        waiting.get_mut(&TypeId::of::<K>()).and_then(|askers| askers.downcast_mut()).map(std::mem::take).unwrap_or_default()
    }
}

impl<K, L> Drop for Turn<'_, K, L>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    L: Loader<K>,
{
    fn drop(&mut self) {
        drop(self.close());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use futures::future::{join, join_all};
    use futures::{FutureExt as _, poll};
    use tokio::sync::Semaphore;

    use super::*;

    const UNLUCKY: u32 = 4_999;

    /// Knows the squares of small numbers, and the batches it was asked for.
    struct Squares {
        batches: Mutex<Vec<usize>>,
        permits: Semaphore,
    }

    impl Squares {
        fn loader() -> DataLoader<Self> {
            DataLoader::new(Self { batches: Mutex::default(), permits: Semaphore::new(Semaphore::MAX_PERMITS) })
        }
    }

    impl Loader<u32> for Squares {
        type Value = u32;
        type Error = &'static str;

        async fn load(&self, keys: &[u32]) -> Result<HashMap<u32, u32>, &'static str> {
            self.batches.lock().unwrap().push(keys.len());
            let _permit = self.permits.acquire().await.unwrap();
            if keys.contains(&UNLUCKY) {
                return Err("unlucky");
            }
            Ok(keys.iter().filter(|key| **key < 5_000).map(|key| (*key, key * key)).collect())
        }
    }

    impl Loader<&'static str> for Squares {
        type Value = usize;
        type Error = &'static str;

        async fn load(&self, keys: &[&'static str]) -> Result<HashMap<&'static str, usize>, &'static str> {
            Ok(keys.iter().map(|key| (*key, key.len())).collect())
        }
    }

    impl DataLoader<Squares> {
        fn batches(&self) -> Vec<usize> {
            self.loader.batches.lock().unwrap().clone()
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
    async fn what_is_wanted_in_one_turn_is_one_lookup() {
        let loader = Squares::loader();
        let found = join_all((0..100_u32).map(|key| loader.load_one(key % 50))).await;
        assert!(found.iter().zip(0..).all(|(found, key)| *found == Ok(Some((key % 50) * (key % 50)))));
        assert_eq!(loader.batches(), [50]);
        assert_eq!(loader.load_one(9_999_u32).await, Ok(None));
        assert_eq!(loader.load_many([2_u32, 3, 2, 9_999]).await, Ok(HashMap::from([(2, 4), (3, 9)])));
        assert_eq!(loader.load_many(Vec::<u32>::new()).await, Ok(HashMap::new()));
        assert_eq!(loader.batches(), [50, 1, 3]);
    }

    #[tokio::test]
    async fn kinds_of_keys_are_apart_and_many_keys_are_several_lookups() {
        let loader = Squares::loader();
        let (numbers, length) = join(loader.load_many(0..2_500_u32), loader.load_one("four")).await;
        assert_eq!((numbers.unwrap().len(), length), (2_500, Ok(Some(4))));
        assert_eq!(loader.batches(), [1_000, 1_000, 500]);
    }

    #[tokio::test]
    async fn an_error_is_told_to_all_of_its_batch() {
        let loader = Squares::loader();
        assert_eq!(join(loader.load_one(1_u32), loader.load_one(UNLUCKY)).await, (Err("unlucky"), Err("unlucky")));
        assert_eq!(loader.load_one(1_u32).await, Ok(Some(1)));
    }

    #[tokio::test]
    async fn who_waits_is_answered_though_the_first_has_left() {
        let loader = Arc::new(Squares::loader());
        // Before the batch is closed, and while it is looked up.
        for polls in [1, 2] {
            let permits = loader.loader.permits.forget_permits(Semaphore::MAX_PERMITS);
            let mut first = loader.load_one(3_u32).boxed();
            assert!(poll!(&mut first).is_pending());
            let mut second = loader.load_one(4_u32).boxed();
            assert!(poll!(&mut second).is_pending());
            for _ in 1..polls {
                tokio::task::yield_now().await;
                assert!(poll!(&mut first).is_pending());
            }
            drop(first);
            loader.loader.permits.add_permits(permits);
            assert_eq!(second.await, Ok(Some(16)));
        }
    }
}
