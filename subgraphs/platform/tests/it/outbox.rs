//! The contract of the outbox and its relay.

use std::sync::Arc;

use async_trait::async_trait;
use chrono::Duration;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::{Event, PortError};
use platform::bus::{DeadLetter, Delivery, EventBus};
use platform::testing::TestPlatform;
use platform::{Database, outbox};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::support::{Migrator, event, events, eventually, within};

const KIND: &str = "test.happened";

async fn subjects(bus: &dyn EventBus) -> Vec<String> {
    bus.poll("reader", &[KIND], 10_000).await.unwrap().into_iter().map(|delivery| delivery.event.subject).collect()
}

async fn append(database: &Database, events: &[Event]) {
    database.write(|txn| Box::pin(outbox::append(txn, events))).await.expect("events are appended");
}

#[tokio::test]
async fn an_event_is_on_the_bus_after_its_cause_committed_and_never_without() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let bus = platform.platform.bus.clone();
        let stop = CancellationToken::new();
        let relay = tokio::spawn(outbox::relay(database.clone(), bus.clone(), stop.clone()));
        let mut tail = bus.tail(&[KIND]);

        let refused: Result<(), _> = database
            .write(|txn| {
                Box::pin(async move {
                    outbox::append(txn, &[event(KIND, "never")]).await?;
                    Err(PortError::NotFound)
                })
            })
            .await;
        assert!(refused.is_err());
        database
            .write(|txn| {
                let bus = &bus;
                Box::pin(async move {
                    outbox::append(txn, &[event(KIND, "committed")]).await?;
                    assert_eq!(subjects(&**bus).await, [] as [&str; 0], "visible before its commit");
                    Ok(())
                })
            })
            .await
            .unwrap();
        let told = within("the event is told", tail.next()).await.unwrap();
        assert_eq!(told.subject, "committed", "{}", platform.adapter);
        assert_eq!(subjects(&*bus).await, ["committed"], "{}", platform.adapter);
        stop.cancel();
        within("the relay stops", relay).await.unwrap();
    }
}

#[tokio::test]
async fn order_is_kept_beyond_a_batch() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let all = events(KIND, 600);
        for part in all.chunks(150) {
            append(&database, part).await;
        }
        let bus = platform.platform.bus.clone();
        // Cancelled before it begins: what has committed goes out all the same.
        let stop = CancellationToken::new();
        stop.cancel();
        within("the relay stops", outbox::relay(database, bus.clone(), stop)).await;
        let polled = bus.poll("reader", &[KIND], 10_000).await.unwrap().into_iter().map(|delivery| delivery.event).collect::<Vec<_>>();
        assert_eq!(polled, all, "{}", platform.adapter);
    }
}

#[tokio::test]
async fn what_commits_last_leaves_before_the_stop() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let bus = platform.platform.bus.clone();
        let stop = CancellationToken::new();
        let relay = tokio::spawn(outbox::relay(database.clone(), bus.clone(), stop.clone()));
        append(&database, &[event(KIND, "last")]).await;
        stop.cancel();
        within("the relay stops", relay).await.unwrap();
        assert_eq!(subjects(&*bus).await, ["last"], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn a_crash_between_publishing_and_forgetting_makes_no_duplicate() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let bus = platform.platform.bus.clone();
        append(&database, &events(KIND, 3)).await;

        let crashing = Arc::new(CrashingBus { inner: bus.clone(), published: Semaphore::new(0) });
        let relay = tokio::spawn(outbox::relay(database.clone(), crashing.clone(), CancellationToken::new()));
        within("the events are published", crashing.published.acquire()).await.unwrap().forget();
        relay.abort();
        assert!(relay.await.unwrap_err().is_cancelled());
        assert_eq!(subjects(&*bus).await, ["0", "1", "2"], "{}", platform.adapter);

        append(&database, &[event(KIND, "3")]).await;
        let stop = CancellationToken::new();
        let relay = tokio::spawn(outbox::relay(database.clone(), bus.clone(), stop.clone()));
        eventually("the rest is published", async || subjects(&*bus).await.len() >= 4).await;
        stop.cancel();
        within("the relay stops", relay).await.unwrap();
        assert_eq!(subjects(&*bus).await, ["0", "1", "2", "3"], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn a_bus_that_fails_for_a_while_loses_nothing() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let bus = platform.platform.bus.clone();
        append(&database, &events(KIND, 2)).await;
        let stop = CancellationToken::new();
        stop.cancel();
        let refusing = Arc::new(RefusingBus);
        within("the relay gives up for now", outbox::relay(database.clone(), refusing, stop.clone())).await;
        within("the relay stops", outbox::relay(database, bus.clone(), stop)).await;
        assert_eq!(subjects(&*bus).await, ["0", "1"], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn the_same_event_cannot_be_appended_twice() {
    for platform in TestPlatform::each().await {
        platform.clock.advance(Duration::seconds(1));
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let twice = event(KIND, "x");
        append(&database, std::slice::from_ref(&twice)).await;
        let again = database.write(|txn| Box::pin(outbox::append(txn, std::slice::from_ref(&twice)))).await;
        assert!(matches!(again, Err(PortError::Conflict { .. })), "{}: {again:?}", platform.adapter);
    }
}

/// Publishes, then dies before it can say so.
struct CrashingBus {
    inner: Arc<dyn EventBus>,
    published: Semaphore,
}

#[async_trait]
impl EventBus for CrashingBus {
    async fn publish(&self, events: &[Event]) -> Result<(), PortError> {
        self.inner.publish(events).await?;
        self.published.add_permits(1);
        std::future::pending().await
    }

    async fn poll(&self, consumer: &str, types: &[&str], limit: u32) -> Result<Vec<Delivery>, PortError> {
        self.inner.poll(consumer, types, limit).await
    }

    async fn wait(&self, consumer: &str) {
        self.inner.wait(consumer).await;
    }

    async fn commit(&self, consumer: &str, position: i64) -> Result<(), PortError> {
        self.inner.commit(consumer, position).await
    }

    async fn bury(&self, consumer: &str, delivery: &Delivery, attempts: u32, reason: &str) -> Result<(), PortError> {
        self.inner.bury(consumer, delivery, attempts, reason).await
    }

    async fn dead_letters(&self, consumer: Option<&str>, limit: u32) -> Result<Vec<DeadLetter>, PortError> {
        self.inner.dead_letters(consumer, limit).await
    }

    async fn dead_letter(&self, id: i64) -> Result<DeadLetter, PortError> {
        self.inner.dead_letter(id).await
    }

    async fn discard(&self, id: i64) -> Result<(), PortError> {
        self.inner.discard(id).await
    }

    async fn rewind(&self, consumer: &str) -> Result<(), PortError> {
        self.inner.rewind(consumer).await
    }

    async fn forget(&self, subject: &str) -> Result<(), PortError> {
        self.inner.forget(subject).await
    }

    fn tail(&self, types: &'static [&'static str]) -> BoxStream<'static, Event> {
        self.inner.tail(types)
    }
}

/// Cannot be reached.
struct RefusingBus;

fn refused<T>() -> Result<T, PortError> {
    Err(PortError::unavailable("no bus"))
}

#[async_trait]
impl EventBus for RefusingBus {
    async fn publish(&self, _: &[Event]) -> Result<(), PortError> {
        refused()
    }

    async fn poll(&self, _: &str, _: &[&str], _: u32) -> Result<Vec<Delivery>, PortError> {
        refused()
    }

    async fn wait(&self, _: &str) {}

    async fn commit(&self, _: &str, _: i64) -> Result<(), PortError> {
        refused()
    }

    async fn bury(&self, _: &str, _: &Delivery, _: u32, _: &str) -> Result<(), PortError> {
        refused()
    }

    async fn dead_letters(&self, _: Option<&str>, _: u32) -> Result<Vec<DeadLetter>, PortError> {
        refused()
    }

    async fn dead_letter(&self, _: i64) -> Result<DeadLetter, PortError> {
        refused()
    }

    async fn discard(&self, _: i64) -> Result<(), PortError> {
        refused()
    }

    async fn rewind(&self, _: &str) -> Result<(), PortError> {
        refused()
    }

    async fn forget(&self, _: &str) -> Result<(), PortError> {
        refused()
    }

    fn tail(&self, _: &'static [&'static str]) -> BoxStream<'static, Event> {
        Box::pin(futures::stream::empty())
    }
}
