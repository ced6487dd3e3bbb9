//! Playback: what a listener's player is given, and for how long.
//!
//! - **Vocabulary**: a *ladder* is all renditions of one upload; a track's *publication* says which upload's ladder may be
//!   streamed; a *grant* is a listener's right to one ladder, for minutes, longer while it is used; its *token*, signed, is what a media
//!   address holds.
//! - **Tables**: `ladder`, `publication`; `outbox` and `inbox`. A grant is in its token; how far use has prolonged it is in the cache: when that
//!   forgets, the player asks for a new stream.
//! - **Entities**: adds `stream`, `downloads` and `waveform` to `Track`.
//! - **Routes**: `GET /media/{token}/{listing}`, `GET /media/{token}/{rendition}/{file}`, `GET /media/{token}/downloads/{file}`.
//! - **Events in**: `media.completed`, `track.published`, `track.unpublished`, `track.deleted`,
//!   `data_export.requested`, `user.deleted`. **Events out**: `data_export.collected`, `person.erased`.

pub mod application;
pub mod domain;
pub mod graphql;
mod http;
pub mod infrastructure;

use std::sync::Arc;

use kernel::{EventPayload as _, events};
use platform::{Context, OpenError, Platform};

use application::on_media_completed::OnMediaCompleted;
use application::on_publication_changed::OnPublicationChanged;
use application::personal_playback::PersonalPlayback;
use application::{Ports, UseCases};
use domain::grant::Lifetimes;
use infrastructure::cached_prolongations::CachedProlongations;
use infrastructure::hmac::HmacGrantTokens;
use infrastructure::ladder_repository::SqlLadderRepository;
use infrastructure::migration::Migrator;

/// The context's name: its subgraph's, its database's, its event consumer's.
pub const NAME: &str = "playback";

/// The facts it acts on, all of them.
pub const EVENTS_IN: [&str; 6] = [
    events::MediaCompleted::TYPE,
    events::TrackPublished::TYPE,
    events::TrackUnpublished::TYPE,
    events::TrackDeleted::TYPE,
    events::DataExportRequested::TYPE,
    events::UserDeleted::TYPE,
];

/// Starts the context on `platform`: brings its tables up to date.
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let config = &platform.config.playback;
    let ports = Ports {
        ladders: Arc::new(SqlLadderRepository::new(database.clone())),
        prolongations: Arc::new(CachedProlongations::new(platform.cache.clone())),
        tokens: Arc::new(HmacGrantTokens::new(&platform.config.internal_secret)),
        blobs: platform.blobs.clone(),
        clock: platform.clock.clone(),
        ids: platform.ids.clone(),
        lifetimes: Lifetimes::from_secs(config.grant_secs, config.grant_max_secs),
        public_url: platform.config.public_url(),
    };
    let use_cases = Arc::new(UseCases::new(&ports));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases.clone()));
    context.http = http::router(use_cases, platform.blobs.clone());
    context.handlers.push(Arc::new(OnMediaCompleted { ladders: ports.ladders.clone() }));
    context.handlers.push(Arc::new(OnPublicationChanged { ladders: ports.ladders }));
    context.handlers.push(platform.on_person(NAME, Arc::new(PersonalPlayback), &database));
    context.tasks.push(platform.outbox_relay("playback.outbox", &database));
    context.databases.push(database);
    Ok(context)
}
