//! The contract of [`platform::Database`].

use std::sync::atomic::{AtomicUsize, Ordering};

use futures::future::join_all;
use kernel::PortError;
use platform::Database;
use platform::database::{Transaction, store_error};
use platform::testing::TestPlatform;
use sea_orm::{ActiveValue, ConnectionTrait as _, DbBackend, EntityTrait as _, Statement};
use tokio::sync::Barrier;

use crate::support::{Migrator, counter, insert, make_counter, read, set, value, within};

async fn open(platform: &TestPlatform) -> Database {
    platform.platform.database::<Migrator>("contract").await.expect("the database opens")
}

#[tokio::test]
async fn a_write_commits_all_or_nothing() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        make_counter(&database, "kept").await;
        let refused: Result<(), _> = database
            .write(|txn| {
                Box::pin(async move {
                    insert(txn, "gone", "gone").await?;
                    set(txn, "kept", 7).await?;
                    Err(PortError::NotFound)
                })
            })
            .await;
        assert!(matches!(refused, Err(PortError::NotFound)), "{}", platform.adapter);
        assert_eq!((value(&database, "kept").await, value(&database, "gone").await), (Some(0), None), "{}", platform.adapter);
        // The connection it used is clean again.
        database.write(|txn| Box::pin(set(txn, "kept", 8))).await.unwrap();
        assert_eq!(value(&database, "kept").await, Some(8), "{}", platform.adapter);
    }
}

#[tokio::test]
async fn readers_do_not_see_what_has_not_committed() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        let outside = database
            .write(|txn| {
                let database = &database;
                Box::pin(async move {
                    insert(txn, "a", "a").await?;
                    Ok(value(database, "a").await)
                })
            })
            .await
            .unwrap();
        assert_eq!(outside, None, "{}", platform.adapter);
        assert_eq!(value(&database, "a").await, Some(0), "{}", platform.adapter);
    }
}

#[tokio::test]
async fn a_panic_in_a_write_rolls_back_and_leaves_the_database_usable() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        let writer = database.clone();
        let panicked = tokio::spawn(async move {
            writer
                .write::<(), _>(|txn| {
                    Box::pin(async move {
                        insert(txn, "a", "a").await?;
                        panic!("a bug in a repository")
                    })
                })
                .await
        });
        assert!(panicked.await.is_err(), "{}", platform.adapter);
        within("the next write succeeds", make_counter(&database, "a")).await;
    }
}

#[tokio::test]
async fn failures_are_told_apart() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        make_counter(&database, "a").await;

        let same_key = database.write(|txn| Box::pin(insert(txn, "a", "other"))).await;
        assert!(matches!(same_key, Err(PortError::Conflict { .. })), "{}: {same_key:?}", platform.adapter);
        let same_label = database.write(|txn| Box::pin(insert(txn, "b", "a"))).await;
        let Err(PortError::Conflict { constraint }) = same_label else { panic!("{}: {same_label:?}", platform.adapter) };
        assert!(constraint.contains("label"), "{}: {constraint}", platform.adapter);

        let missing = database.write(|txn| Box::pin(update_missing(txn))).await;
        assert!(matches!(missing, Err(PortError::NotFound)), "{}: {missing:?}", platform.adapter);
        let nonsense = database
            .write(|txn| {
                Box::pin(async move {
                    txn.execute_unprepared("SELECT * FROM no_such_table").await.map_err(store_error)?;
                    Ok(())
                })
            })
            .await;
        assert!(matches!(nonsense, Err(PortError::Unavailable(_))), "{}: {nonsense:?}", platform.adapter);

        let row = database.read().query_one_raw(Statement::from_string(database.read().get_database_backend(), "SELECT 'many' AS value"));
        let unreadable = row.await.unwrap().unwrap().try_get::<i64>("", "value").map_err(store_error);
        assert!(matches!(unreadable, Err(PortError::Corrupt(_))), "{}: {unreadable:?}", platform.adapter);
    }
}

/// Those of `.cargo/config.toml`: without them all is right, and lists cost more.
#[tokio::test]
async fn sqlite_is_built_as_it_should_be() {
    let platform = TestPlatform::new().await;
    let rows = open(&platform).await.read().query_all_raw(Statement::from_string(DbBackend::Sqlite, "PRAGMA compile_options")).await.unwrap();
    let options: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).unwrap()).collect();
    for wanted in ["ENABLE_QPSG", "DEFAULT_MEMSTATUS=0"] {
        assert!(options.iter().any(|option| option == wanted), "{wanted} is missing: {options:?}");
    }
    assert!(!options.iter().any(|option| option == "ENABLE_MEMORY_MANAGEMENT"), "{options:?}");
}

async fn update_missing(transaction: &Transaction<'_>) -> Result<(), PortError> {
    use sea_orm::ActiveModelTrait as _;
    let row = counter::ActiveModel { name: ActiveValue::Unchanged("missing".into()), value: ActiveValue::Set(1), ..Default::default() };
    row.update(&**transaction).await.map_err(|error| match error {
        sea_orm::DbErr::RecordNotUpdated => PortError::NotFound,
        other => store_error(other),
    })?;
    Ok(())
}

/// The classic way to lose an update: read, then write what was read plus one.
async fn add_one(transaction: &Transaction<'_>) -> Result<(), PortError> {
    let before = read(transaction, "shared").await?;
    tokio::task::yield_now().await;
    set(transaction, "shared", before + 1).await
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_lose_nothing() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        // As a second process would have it.
        let other = open(&platform).await;
        make_counter(&database, "shared").await;
        let writers = (0..20).map(|number| {
            let database = if number % 2 == 0 { database.clone() } else { other.clone() };
            tokio::spawn(async move { database.write(|txn| Box::pin(add_one(txn))).await })
        });
        for written in within("all writers are done", join_all(writers)).await {
            written.unwrap().unwrap_or_else(|error| panic!("{}: {error:?}", platform.adapter));
        }
        assert_eq!(value(&database, "shared").await, Some(20), "{}", platform.adapter);
    }
}

/// SQLite's one write lock lets no two transactions meet; PostgreSQL must be led into it.
#[tokio::test(flavor = "multi_thread")]
async fn the_loser_of_a_deadlock_is_run_again() {
    let platform = TestPlatform::postgres().await;
    let database = open(&platform).await;
    make_counter(&database, "a").await;
    make_counter(&database, "b").await;
    let (runs, met) = (AtomicUsize::new(0), Barrier::new(2));
    let in_order = async |first: &'static str, second: &'static str| {
        let (runs, met) = (&runs, &met);
        database
            .write(|txn| {
                Box::pin(async move {
                    let run = runs.fetch_add(1, Ordering::SeqCst);
                    let before = read(txn, first).await?;
                    set(txn, first, before + 1).await?;
                    if run < 2 {
                        met.wait().await;
                    }
                    let before = read(txn, second).await?;
                    set(txn, second, before + 1).await
                })
            })
            .await
    };
    let (one, other) = within("both are done", async { tokio::join!(in_order("a", "b"), in_order("b", "a")) }).await;
    one.unwrap();
    other.unwrap();
    assert!(runs.load(Ordering::SeqCst) > 2, "one of them ran again");
    assert_eq!((value(&database, "a").await, value(&database, "b").await), (Some(2), Some(2)));
}

#[tokio::test]
async fn only_contention_is_tried_again() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        make_counter(&database, "a").await;
        let runs = AtomicUsize::new(0);
        let conflict = database
            .write(|txn| {
                let runs = &runs;
                Box::pin(async move {
                    runs.fetch_add(1, Ordering::SeqCst);
                    insert(txn, "a", "a").await
                })
            })
            .await;
        assert!(matches!(conflict, Err(PortError::Conflict { .. })), "{}", platform.adapter);
        assert_eq!(runs.load(Ordering::SeqCst), 1, "{}", platform.adapter);
    }
}

#[tokio::test]
async fn what_committed_survives_a_reopen_and_migrations_run_once() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        make_counter(&database, "kept").await;
        drop(database);
        let database = open(&platform).await;
        assert_eq!(value(&database, "kept").await, Some(0), "{}", platform.adapter);
        assert_eq!(counter::Entity::find().all(database.read()).await.unwrap().len(), 1, "{}", platform.adapter);
        database.ping().await.unwrap();
    }
}

#[tokio::test]
async fn contexts_do_not_see_each_others_tables() {
    for platform in TestPlatform::each().await {
        let one = open(&platform).await;
        let other = platform.platform.database::<Migrator>("other").await.unwrap();
        make_counter(&one, "a").await;
        assert_eq!((value(&one, "a").await, value(&other, "a").await), (Some(0), None), "{}", platform.adapter);
    }
}

#[tokio::test]
async fn a_commit_wakes_who_waits_for_it() {
    for platform in TestPlatform::each().await {
        let database = open(&platform).await;
        make_counter(&database, "a").await;
        within("the note of a commit made before", database.committed()).await;
        let (woken, ()) = within("the note of a commit", async { tokio::join!(database.committed(), make_counter(&database, "b")) }).await;
        let () = woken;
    }
}
