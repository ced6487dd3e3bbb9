//! Recommendations: what is like what, and what a listener may like. So far: what listeners say they like.
//!
//! - **Vocabulary**: a *taste profile* is what is known of somebody's taste: *genres*, each with a *weight*, the share it has.
//! - **Tables**: `taste_profile`, `taste_genre`; `outbox` and `inbox`.
//! - **Entities**: adds `tasteProfile` to `User`; refers to `Genre` (catalog).
//! - **Events in**: `user.registered`, `data_export.requested`, `user.deleted`. **Events out**: `taste_profile.created`,
//!   `taste_profile.failed`, `data_export.collected`, `person.erased`.
//!
//! A taste profile is made by `user.registered` and by nothing else: an access token outlives its account by minutes, and what it
//! asks for must not bring back what was erased.

pub mod application;
pub mod domain;
pub mod graphql;
pub mod infrastructure;

use std::sync::Arc;

use kernel::{EventPayload as _, events};
use platform::{Context, OpenError, Platform};

use application::on_user_registered::OnUserRegistered;
use application::personal_taste::PersonalTaste;
use application::{Ports, UseCases};
use infrastructure::migration::Migrator;
use infrastructure::taste_profile_repository::SqlTasteProfileRepository;

/// The context's name: its subgraph's, its database's, its event consumer's.
pub const NAME: &str = "recommendations";

/// The facts it acts on, all of them.
pub const EVENTS_IN: [&str; 3] = [events::UserRegistered::TYPE, events::DataExportRequested::TYPE, events::UserDeleted::TYPE];

/// Starts the context on `platform`: brings its tables up to date.
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let ports =
        Ports { taste_profiles: Arc::new(SqlTasteProfileRepository::new(database.clone())), clock: platform.clock.clone(), events: platform.events(NAME) };
    let use_cases = Arc::new(UseCases::new(&ports));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases));
    let personal = Arc::new(PersonalTaste { taste_profiles: ports.taste_profiles.clone() });
    context.handlers.push(platform.on_person(NAME, personal, &database));
    context.handlers.push(Arc::new(OnUserRegistered { taste_profiles: ports.taste_profiles, clock: ports.clock, events: ports.events }));
    context.tasks.push(platform.outbox_relay("recommendations.outbox", &database));
    context.databases.push(database);
    Ok(context)
}
