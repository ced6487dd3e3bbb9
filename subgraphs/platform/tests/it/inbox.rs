//! The contract of the inbox.

use kernel::PortError;
use platform::inbox::first_time;
use platform::testing::TestPlatform;

use crate::support::{Migrator, ids, within};

#[tokio::test]
async fn an_event_is_new_once_to_each_consumer() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let (one, other) = (ids().uuid(), ids().uuid());
        let mut seen = Vec::new();
        for (consumer, event) in [("a", one), ("a", one), ("a", other), ("b", one), ("b", one)] {
            seen.push(database.write(|txn| Box::pin(first_time(txn, consumer, event))).await.unwrap());
        }
        assert_eq!(seen, [true, false, true, true, false], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn what_rolled_back_was_not_seen() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let event = ids().uuid();
        let failed: Result<(), _> = database
            .write(|txn| {
                Box::pin(async move {
                    assert!(first_time(txn, "a", event).await?);
                    Err(PortError::unavailable("the effect failed"))
                })
            })
            .await;
        assert!(failed.is_err(), "{}", platform.adapter);
        assert!(database.write(|txn| Box::pin(first_time(txn, "a", event))).await.unwrap(), "{}", platform.adapter);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_workers_with_one_event_one_acts() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("contract").await.unwrap();
        let event = ids().uuid();
        let race = (0..8).map(|_| {
            let database = database.clone();
            tokio::spawn(async move { database.write(|txn| Box::pin(first_time(txn, "a", event))).await.unwrap() })
        });
        let acted = within("the race ends", futures::future::join_all(race)).await;
        assert_eq!(acted.into_iter().filter(|acted| *acted.as_ref().unwrap()).count(), 1, "{}", platform.adapter);
    }
}
