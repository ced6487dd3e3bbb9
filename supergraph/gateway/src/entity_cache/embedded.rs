//! Entities in this process's memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use dashmap::DashMap;
use kernel::Clock;
use moka::sync::Cache;

use super::{EntityCache, Key, Moment};

/// The longest life, whatever hints say; what was forgotten needs to be remembered for as long.
const LONGEST: Duration = Duration::from_secs(3600);
/// Entities that were forgotten, remembered at most. Beyond it everything is forgotten.
const REMEMBERED: usize = 100_000;
/// What an entry takes besides its key and value, in bytes, about.
const OVERHEAD: usize = 128;

#[derive(Clone)]
struct Kept {
    value: Bytes,
    asked: Moment,
    until: DateTime<Utc>,
}

/// Entities in this process's memory, by size.
pub(crate) struct EmbeddedEntityCache {
    entries: Cache<Key, Kept>,
    /// When each entity was forgotten last: what was asked before counts no more.
    forgotten: DashMap<Box<str>, (Moment, DateTime<Utc>)>,
    moment: AtomicU64,
    clock: Arc<dyn Clock>,
}

impl EmbeddedEntityCache {
    pub(crate) fn new(max_bytes: u64, clock: Arc<dyn Clock>) -> Self {
        let weigh = |key: &Key, kept: &Kept| u32::try_from(key.entity.len() + key.given.len() + kept.value.len() + OVERHEAD).unwrap_or(u32::MAX);
        let entries = Cache::builder().max_capacity(max_bytes).weigher(weigh).time_to_live(LONGEST).build();
        Self { entries, forgotten: DashMap::new(), moment: AtomicU64::new(0), clock }
    }

    fn find(&self, key: &Key, now: DateTime<Utc>) -> Option<Bytes> {
        let kept = self.entries.get(key)?;
        let forgotten = self.forgotten.get(&key.entity).is_some_and(|forgotten| kept.asked < forgotten.0);
        (!forgotten && now < kept.until).then_some(kept.value)
    }

    fn forget_what_was_forgotten(&self, now: DateTime<Utc>) {
        let life = TimeDelta::from_std(LONGEST).unwrap_or(TimeDelta::MAX);
        self.forgotten.retain(|_, (_, at)| now - *at < life);
        if self.forgotten.len() >= REMEMBERED {
            self.entries.invalidate_all();
            self.forgotten.clear();
        }
    }
}

#[async_trait]
impl EntityCache for EmbeddedEntityCache {
    async fn moment(&self) -> Moment {
        Moment(self.moment.load(Ordering::Acquire))
    }

    async fn get(&self, keys: &[Key]) -> Vec<Option<Bytes>> {
        let now = self.clock.now();
        keys.iter().map(|key| self.find(key, now)).collect()
    }

    async fn put(&self, moment: Moment, values: Vec<(Key, Bytes)>, life: Duration) {
        let until = self.clock.now() + TimeDelta::from_std(life.min(LONGEST)).unwrap_or(TimeDelta::zero());
        for (key, value) in values {
            self.entries.insert(key, Kept { value, asked: moment, until });
        }
    }

    async fn forget(&self, entity: &str) {
        let now = self.clock.now();
        if self.forgotten.len() >= REMEMBERED {
            self.forget_what_was_forgotten(now);
        }
        let moment = Moment(self.moment.fetch_add(1, Ordering::AcqRel) + 1);
        self.forgotten.insert(entity.into(), (moment, now));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[derive(Debug)]
    struct FakeClock(Mutex<DateTime<Utc>>);

    impl Clock for FakeClock {
        fn now(&self) -> DateTime<Utc> {
            *self.0.lock().unwrap()
        }
    }

    fn cache() -> (EmbeddedEntityCache, Arc<FakeClock>) {
        let clock = Arc::new(FakeClock(Mutex::new(DateTime::UNIX_EPOCH)));
        (EmbeddedEntityCache::new(1024 * 1024, clock.clone()), clock)
    }

    fn key(entity: &str) -> Key {
        Key { entity: entity.into(), fetch: "catalog {name}".into(), given: entity.as_bytes().into() }
    }

    async fn put(cache: &EmbeddedEntityCache, moment: Moment, entity: &str) {
        cache.put(moment, vec![(key(entity), Bytes::from_static(b"{}"))], Duration::from_secs(60)).await;
    }

    async fn is_kept(cache: &EmbeddedEntityCache, entity: &str) -> bool {
        cache.get(&[key(entity)]).await.remove(0).is_some()
    }

    #[tokio::test]
    async fn a_value_lives_as_long_as_it_was_given() {
        let (cache, clock) = cache();
        put(&cache, cache.moment().await, "artist_1").await;
        assert!(is_kept(&cache, "artist_1").await && !is_kept(&cache, "artist_2").await);
        *clock.0.lock().unwrap() += TimeDelta::seconds(59);
        assert!(is_kept(&cache, "artist_1").await);
        *clock.0.lock().unwrap() += TimeDelta::seconds(1);
        assert!(!is_kept(&cache, "artist_1").await);
    }

    #[tokio::test]
    async fn what_was_asked_before_an_entity_was_forgotten_is_never_given() {
        let (cache, _) = cache();
        let before = cache.moment().await;
        put(&cache, before, "artist_1").await;
        put(&cache, before, "artist_2").await;
        cache.forget("artist_1").await;
        assert!(!is_kept(&cache, "artist_1").await && is_kept(&cache, "artist_2").await);
        // Its answer was on the way when the event came.
        put(&cache, before, "artist_1").await;
        assert!(!is_kept(&cache, "artist_1").await);
        put(&cache, cache.moment().await, "artist_1").await;
        assert!(is_kept(&cache, "artist_1").await);
    }

    #[tokio::test]
    async fn too_much_to_remember_forgets_everything() {
        let (cache, _) = cache();
        let before = cache.moment().await;
        put(&cache, before, "artist_1").await;
        for number in 0..=REMEMBERED {
            cache.forget(&format!("other_{number}")).await;
        }
        assert!(!is_kept(&cache, "artist_1").await && cache.forgotten.len() < REMEMBERED);
    }
}
