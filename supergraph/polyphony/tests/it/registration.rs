//! A registration across contexts, each step broken in turn: no half account remains in any store.

use chrono::Duration;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value, json};

use crate::person::NAME;
use crate::search::{Traces, find};
use crate::world::{World, id, worlds};

/// The table without which a step cannot be done, and whose it is.
async fn without(world: &World, context: &str, table: &str) {
    world.context(context).databases[0].read().execute_unprepared(&format!("ALTER TABLE {table} RENAME TO elsewhere")).await.expect("it is renamed");
}

async fn with(world: &World, context: &str, table: &str) {
    world.context(context).databases[0].read().execute_unprepared(&format!("ALTER TABLE elsewhere RENAME TO {table}")).await.expect("it is renamed");
}

#[tokio::test]
async fn a_registration_ends_with_a_welcome() {
    for world in worlds().await {
        let person = world.register(NAME).await;
        let state = world.ask("users", &person, "{ viewer { registration { state } } }", Value::Null).await;
        assert_eq!(state["viewer"]["registration"]["state"], "COMPLETE");
        let found = find(&world, &Traces::of(id(&person), NAME)).await.join("\n");
        for place in ["taste_profile.user_id", "mail.address", "registration.user_id"] {
            assert!(found.contains(place), "{}: no {place} in\n{found}", world.test.adapter);
        }
    }
}

#[tokio::test]
async fn each_step_broken_in_turn_leaves_nothing() {
    for (context, table) in [("recommendations", "taste_profile"), ("notifications", "mail")] {
        for world in worlds().await {
            without(&world, context, table).await;
            let person = world.begin_registration(NAME).await;
            world.settle().await;
            let seen = world.ask("users", &person, "{ viewer { registration { state } } }", Value::Null).await;
            assert_ne!(seen["viewer"]["registration"]["state"], json!("COMPLETE"), "without {table}");
            with(&world, context, table).await;
            // Whatever broke is whole again, but nobody hands the event in anew: the time runs out.
            world.test.clock.advance(Duration::seconds(world.test.platform.config.users.rights.registration_secs.into()));
            world.settle().await;
            let traces = Traces::of(id(&person), NAME);
            assert_eq!(find(&world, &traces).await, Vec::<String>::new(), "{}: without {table}", world.test.adapter);
            world.register(NAME).await;
        }
    }
}
