//! The contract of [`EventBus`], run on every adapter.

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use futures::{FutureExt as _, StreamExt as _};
use kernel::{Event, PortError};
use platform::bus::{DeadLetter, Delivery, EmbeddedEventBus, EventBus, NOBODY};
use platform::testing::FakeClock;
use tempfile::TempDir;

use crate::support::{event, events, within};

const KIND: &str = "test.happened";
const OTHER: &str = "test.other";

/// Where one adapter keeps its log. Opening it again is what another process, or the same one after a restart, does.
#[async_trait]
trait Storage: Send + Sync {
    fn adapter(&self) -> &'static str;
    async fn open(&self) -> Arc<dyn EventBus>;
}

struct EmbeddedStorage(TempDir);

#[async_trait]
impl Storage for EmbeddedStorage {
    fn adapter(&self) -> &'static str {
        "embedded"
    }

    async fn open(&self) -> Arc<dyn EventBus> {
        let clock = FakeClock::at(chrono::DateTime::from_timestamp(1_767_225_600, 0).unwrap());
        Arc::new(EmbeddedEventBus::open(self.0.path(), Arc::new(clock)).await.expect("the bus opens"))
    }
}

fn each() -> Vec<Box<dyn Storage>> {
    vec![Box::new(EmbeddedStorage(tempfile::tempdir().unwrap()))]
}

async fn poll(bus: &Arc<dyn EventBus>, consumer: &str) -> Vec<Delivery> {
    bus.poll(consumer, &[KIND], 10_000).await.unwrap()
}

fn content(deliveries: &[Delivery]) -> Vec<Event> {
    deliveries.iter().map(|delivery| delivery.event.clone()).collect()
}

fn subjects(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|delivery| delivery.event.subject.as_str()).collect()
}

#[tokio::test]
async fn events_come_in_order_and_unchanged() {
    for storage in each() {
        let bus = storage.open().await;
        assert!(poll(&bus, "a").await.is_empty(), "{}", storage.adapter());
        bus.publish(&[]).await.unwrap();
        let sent = events(KIND, 50);
        for part in sent.chunks(7) {
            bus.publish(part).await.unwrap();
        }
        let got = poll(&bus, "a").await;
        assert_eq!(content(&got), sent, "{}", storage.adapter());
        assert!(got.is_sorted_by(|a, b| a.position < b.position), "{}", storage.adapter());
    }
}

#[tokio::test]
async fn an_event_comes_again_until_it_is_committed() {
    for storage in each() {
        let bus = storage.open().await;
        bus.publish(&events(KIND, 3)).await.unwrap();
        let first = poll(&bus, "a").await;
        assert_eq!(poll(&bus, "a").await, first, "{}", storage.adapter());
        bus.commit("a", first[1].position).await.unwrap();
        assert_eq!(subjects(&poll(&bus, "a").await), ["2"], "{}", storage.adapter());
        // Late and doubled commits change nothing.
        bus.commit("a", first[0].position).await.unwrap();
        bus.commit("a", first[1].position).await.unwrap();
        assert_eq!(subjects(&poll(&bus, "a").await), ["2"], "{}", storage.adapter());
        bus.commit("a", first[2].position).await.unwrap();
        assert!(poll(&bus, "a").await.is_empty(), "{}", storage.adapter());
    }
}

#[tokio::test]
async fn an_event_is_published_once_however_often_it_is_sent() {
    for storage in each() {
        let bus = storage.open().await;
        let sent = events(KIND, 3);
        bus.publish(&sent[..2]).await.unwrap();
        bus.publish(&sent).await.unwrap();
        bus.publish(&[sent[2].clone(), sent[2].clone()]).await.unwrap();
        assert_eq!(content(&poll(&bus, "a").await), sent, "{}", storage.adapter());
        // Nor is it new again to who is done with it.
        let last = poll(&bus, "a").await[2].position;
        bus.commit("a", last).await.unwrap();
        bus.publish(&sent).await.unwrap();
        assert!(poll(&bus, "a").await.is_empty(), "{}", storage.adapter());
    }
}

#[tokio::test]
async fn consumers_do_not_disturb_one_another() {
    for storage in each() {
        let bus = storage.open().await;
        bus.publish(&events(KIND, 3)).await.unwrap();
        let last = poll(&bus, "a").await[2].position;
        bus.commit("a", last).await.unwrap();
        assert!(poll(&bus, "a").await.is_empty(), "{}", storage.adapter());
        assert_eq!(subjects(&poll(&bus, "b").await), ["0", "1", "2"], "{}", storage.adapter());
    }
}

#[tokio::test]
async fn only_the_wanted_types_come_and_no_more_than_asked_for() {
    for storage in each() {
        let bus = storage.open().await;
        bus.publish(&[event(KIND, "a"), event(OTHER, "b"), event(KIND, "c"), event("test.third", "d")]).await.unwrap();
        assert_eq!(subjects(&bus.poll("x", &[KIND], 10).await.unwrap()), ["a", "c"], "{}", storage.adapter());
        assert_eq!(subjects(&bus.poll("x", &[KIND, OTHER], 10).await.unwrap()), ["a", "b", "c"], "{}", storage.adapter());
        assert_eq!(subjects(&bus.poll("x", &[KIND, OTHER], 2).await.unwrap()), ["a", "b"], "{}", storage.adapter());
        assert!(bus.poll("x", &["test"], 10).await.unwrap().is_empty(), "{}", storage.adapter());
        assert!(bus.poll("x", &[], 10).await.unwrap().is_empty(), "{}", storage.adapter());
    }
}

#[tokio::test]
async fn waiting_ends_with_the_next_event() {
    for storage in each() {
        let bus = storage.open().await;
        assert!(poll(&bus, "a").await.is_empty());
        // Published between the poll and the wait: not slept over.
        bus.publish(&events(KIND, 1)).await.unwrap();
        assert!(bus.wait("a").now_or_never().is_some(), "{}", storage.adapter());
        let last = poll(&bus, "a").await[0].position;
        bus.commit("a", last).await.unwrap();
        assert!(poll(&bus, "a").await.is_empty());
        let waiting = tokio::spawn({
            let bus = bus.clone();
            async move { bus.wait("a").await }
        });
        bus.publish(&events(KIND, 1)).await.unwrap();
        within("the wait ends", waiting).await.unwrap();
    }
}

#[tokio::test]
async fn a_buried_event_is_committed_and_kept_until_discarded() {
    for storage in each() {
        let bus = storage.open().await;
        let sent = events(KIND, 3);
        bus.publish(&sent).await.unwrap();
        let got = poll(&bus, "a").await;
        bus.bury("a", &got[0], 6, "cannot: because").await.unwrap();
        bus.bury("b", &got[1], 1, "other").await.unwrap();
        assert_eq!(subjects(&poll(&bus, "a").await), ["1", "2"], "{}", storage.adapter());
        assert_eq!(subjects(&poll(&bus, "b").await), ["2"], "{}", storage.adapter());

        let all = bus.dead_letters(None, 10).await.unwrap();
        assert_eq!(all.iter().map(|letter| letter.consumer.as_str()).collect::<Vec<_>>(), ["a", "b"], "{}", storage.adapter());
        assert_eq!(bus.dead_letters(None, 1).await.unwrap(), all[..1], "{}", storage.adapter());
        assert_eq!(bus.dead_letters(Some("b"), 10).await.unwrap(), all[1..], "{}", storage.adapter());
        let letter = bus.dead_letter(all[0].id).await.unwrap();
        let buried_at = chrono::DateTime::from_timestamp(1_767_225_600, 0).unwrap();
        let expected = DeadLetter { id: all[0].id, consumer: "a".into(), event: sent[0].clone(), attempts: 6, reason: "cannot: because".into(), buried_at };
        assert_eq!(letter, expected, "{}", storage.adapter());

        bus.discard(letter.id).await.unwrap();
        assert!(matches!(bus.discard(letter.id).await, Err(PortError::NotFound)), "{}", storage.adapter());
        assert!(matches!(bus.dead_letter(letter.id).await, Err(PortError::NotFound)), "{}", storage.adapter());
        assert_eq!(bus.dead_letters(None, 10).await.unwrap(), all[1..], "{}", storage.adapter());
    }
}

#[tokio::test]
async fn a_rewound_consumer_sees_everything_again_and_the_others_nothing() {
    for storage in each() {
        let bus = storage.open().await;
        bus.publish(&events(KIND, 3)).await.unwrap();
        for consumer in ["a", "b"] {
            let last = poll(&bus, consumer).await[2].position;
            bus.commit(consumer, last).await.unwrap();
            assert!(poll(&bus, consumer).await.is_empty());
        }
        bus.rewind("a").await.unwrap();
        within("the rewound one is woken", bus.wait("a")).await;
        assert_eq!(subjects(&poll(&bus, "a").await), ["0", "1", "2"], "{}", storage.adapter());
        assert!(poll(&bus, "b").await.is_empty(), "{}", storage.adapter());
        bus.rewind("never seen").await.unwrap();
    }
}

#[tokio::test]
async fn a_live_reader_gets_new_events_of_its_types_and_no_old_ones() {
    for storage in each() {
        let bus = storage.open().await;
        for round in 0..20 {
            bus.publish(&[event(KIND, "old")]).await.unwrap();
            let mut tail = bus.tail(&[KIND]);
            let mut both = bus.tail(&[KIND, OTHER]);
            bus.publish(&[event(OTHER, "other"), event(KIND, "new")]).await.unwrap();
            let told = within("the new event is told", tail.next()).await.unwrap();
            assert_eq!(told.subject, "new", "{} round {round}", storage.adapter());
            let told = within("the other event is told", both.next()).await.unwrap();
            assert_eq!(told.subject, "other", "{} round {round}", storage.adapter());
        }
    }
}

#[tokio::test]
async fn everything_survives_a_restart() {
    for storage in each() {
        let bus = storage.open().await;
        let sent = events(KIND, 4);
        bus.publish(&sent).await.unwrap();
        let got = poll(&bus, "a").await;
        bus.bury("a", &got[0], 1, "x").await.unwrap();
        bus.commit("a", got[1].position).await.unwrap();
        drop(bus);

        let bus = storage.open().await;
        assert_eq!(content(&poll(&bus, "a").await), sent[2..], "{}", storage.adapter());
        assert_eq!(content(&poll(&bus, "b").await), sent, "{}", storage.adapter());
        assert_eq!(bus.dead_letters(None, 10).await.unwrap().len(), 1, "{}", storage.adapter());
        bus.publish(&sent).await.unwrap();
        assert_eq!(content(&poll(&bus, "b").await), sent, "{}", storage.adapter());
    }
}

#[tokio::test]
async fn processes_that_share_the_log_hear_each_other() {
    for storage in each() {
        let (here, there) = (storage.open().await, storage.open().await);
        let mut tail = there.tail(&[KIND]);
        let reader = tokio::spawn({
            let there = there.clone();
            async move {
                loop {
                    let got = poll(&there, "a").await;
                    if !got.is_empty() {
                        return got;
                    }
                    there.wait("a").await;
                }
            }
        });
        let sent = events(KIND, 1);
        here.publish(&sent).await.unwrap();
        let got = within("the other process reads it", reader).await.unwrap();
        assert_eq!(content(&got), sent, "{}", storage.adapter());
        assert_eq!(within("the other process is told", tail.next()).await.unwrap(), sent[0], "{}", storage.adapter());
        // One place in the log, whichever process commits.
        there.commit("a", got[0].position).await.unwrap();
        assert!(poll(&here, "a").await.is_empty(), "{}", storage.adapter());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn publishers_of_several_processes_lose_nothing() {
    for storage in each() {
        let processes = [storage.open().await, storage.open().await];
        let publishers = (0..8).map(|number| {
            let bus = processes[number % 2].clone();
            tokio::spawn(async move {
                for count in 0..10 {
                    bus.publish(&[event(KIND, &format!("{number}:{count}"))]).await.unwrap();
                }
            })
        });
        for published in within("all are published", futures::future::join_all(publishers)).await {
            published.unwrap();
        }
        let got = poll(&processes[0], "a").await;
        assert_eq!(got, poll(&processes[1], "b").await, "{}", storage.adapter());
        assert_eq!(subjects(&got).into_iter().collect::<HashSet<_>>().len(), 80, "{}", storage.adapter());
        for number in 0..8 {
            let own: Vec<_> = subjects(&got).into_iter().filter(|subject| subject.starts_with(&format!("{number}:"))).collect();
            let expected: Vec<_> = (0..10).map(|count| format!("{number}:{count}")).collect();
            assert_eq!(own, expected, "{}", storage.adapter());
        }
    }
}

/// A reader that polls while others publish must not step over an event that gets a lower place but appears later.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_beside_writers_steps_over_nothing() {
    for storage in each() {
        let bus = storage.open().await;
        let publishers = (0..4).map(|_| {
            let bus = bus.clone();
            tokio::spawn(async move {
                for event in events(KIND, 25) {
                    bus.publish(&[event]).await.unwrap();
                }
            })
        });
        let reading = async {
            let mut seen = HashSet::new();
            while seen.len() < 100 {
                let got = bus.poll("a", &[KIND], 7).await.unwrap();
                match got.last() {
                    Some(last) => {
                        assert!(got.iter().all(|delivery| seen.insert(delivery.event.id)), "a committed event came again");
                        bus.commit("a", last.position).await.unwrap();
                    }
                    None => bus.wait("a").await,
                }
            }
        };
        let (published, ()) = within("all is read", async { tokio::join!(futures::future::join_all(publishers), reading) }).await;
        assert!(published.iter().all(Result::is_ok), "{}", storage.adapter());
    }
}

#[tokio::test]
async fn who_is_forgotten_is_in_no_event_any_more() {
    for storage in each() {
        let bus = storage.open().await;
        let person = "user_01jfz9k5hqf5e8z0t4m2b7n6xr";
        let (mut about, mut mentioned, untouched) = (event(KIND, person), event(KIND, "track_1"), event(KIND, "track_2"));
        about.data = serde_json::json!({ "email": "nina@example.org" });
        mentioned.data = serde_json::json!({ "owner_id": person, "title": "So What" });
        bus.publish(&[about, mentioned, untouched.clone()]).await.unwrap();
        for delivery in poll(&bus, "a").await {
            bus.bury("a", &delivery, 1, &format!("no {person}")).await.unwrap();
        }
        bus.forget(person).await.unwrap();
        let left = content(&poll(&bus, "b").await);
        assert_eq!(left.iter().map(|event| event.subject.as_str()).collect::<Vec<_>>(), ["track_1", "track_2"], "{}", storage.adapter());
        assert_eq!((&left[0].data, &left[1]), (&serde_json::json!({ "owner_id": NOBODY, "title": "So What" }), &untouched));
        let letters = bus.dead_letters(None, 9).await.unwrap();
        assert_eq!(letters.len(), 2);
        assert!(letters.iter().all(|letter| !format!("{letter:?}").contains(person) || letter.event == untouched), "{letters:?}");
        bus.forget(person).await.unwrap();
        assert_eq!(content(&poll(&bus, "b").await), left, "again is harmless");
    }
}
