//! The contract of [`Cache`], run on every adapter.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use platform::cache::{Cache, EmbeddedCache};

use crate::support::{eventually, within};

const LONG: Duration = Duration::from_secs(3600);
const SHORT: Duration = Duration::from_millis(30);

fn each() -> Vec<(&'static str, Arc<dyn Cache>)> {
    vec![("embedded", Arc::new(EmbeddedCache::new(10_000)))]
}

fn text(text: &'static str) -> Bytes {
    Bytes::from_static(text.as_bytes())
}

#[tokio::test]
async fn a_value_is_kept_replaced_and_deleted() {
    for (adapter, cache) in each() {
        assert_eq!(cache.get("a").await.unwrap(), None, "{adapter}");
        cache.set("a", text("1"), LONG).await.unwrap();
        cache.set("b", text("other"), LONG).await.unwrap();
        assert_eq!(cache.get("a").await.unwrap(), Some(text("1")), "{adapter}");
        cache.set("a", text("2"), LONG).await.unwrap();
        assert_eq!(cache.get("a").await.unwrap(), Some(text("2")), "{adapter}");
        cache.delete("a").await.unwrap();
        cache.delete("a").await.unwrap();
        assert_eq!(cache.get("a").await.unwrap(), None, "{adapter}");
        assert_eq!(cache.get("b").await.unwrap(), Some(text("other")), "{adapter}");
    }
}

#[tokio::test]
async fn a_value_is_gone_after_its_time() {
    for (adapter, cache) in each() {
        cache.set("long", text("1"), LONG).await.unwrap();
        cache.set("short", text("1"), SHORT).await.unwrap();
        cache.set("shortened", text("1"), LONG).await.unwrap();
        cache.set("shortened", text("2"), SHORT).await.unwrap();
        cache.set("prolonged", text("1"), SHORT).await.unwrap();
        cache.set("prolonged", text("2"), LONG).await.unwrap();
        eventually("the short-lived are gone", async || cache.get("short").await.unwrap().is_none() && cache.get("shortened").await.unwrap().is_none()).await;
        assert_eq!(cache.get("long").await.unwrap(), Some(text("1")), "{adapter}");
        assert_eq!(cache.get("prolonged").await.unwrap(), Some(text("2")), "{adapter}");
    }
}

#[tokio::test]
async fn set_if_absent_leaves_what_is_there_and_succeeds_after_its_time() {
    for (adapter, cache) in each() {
        assert!(cache.set_if_absent("a", text("1"), SHORT).await.unwrap(), "{adapter}");
        assert!(!cache.set_if_absent("a", text("2"), LONG).await.unwrap(), "{adapter}");
        eventually("the key is free again", async || cache.set_if_absent("a", text("3"), LONG).await.unwrap()).await;
        assert_eq!(cache.get("a").await.unwrap(), Some(text("3")), "{adapter}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_race_for_a_key_has_one_winner() {
    for (adapter, cache) in each() {
        for round in 0..50 {
            let key = format!("race:{round}");
            let race = (0..8).map(|_| {
                let (cache, key) = (cache.clone(), key.clone());
                tokio::spawn(async move { cache.set_if_absent(&key, text("mine"), LONG).await.unwrap() })
            });
            let won = within("the race ends", futures::future::join_all(race)).await;
            assert_eq!(won.into_iter().filter(|won| *won.as_ref().unwrap()).count(), 1, "{adapter}");
        }
    }
}
