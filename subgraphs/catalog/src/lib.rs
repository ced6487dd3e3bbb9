//! Catalog: what there is to hear, and how it comes in.
//!
//! - **Vocabulary**: an *artist* is a performer, edited by its *owner*; an *album* is a release of an artist; a *track* is a
//!   recording of an artist, on an album or on none; an *upload* is a file on its way to becoming a track's sound or a picture; a
//!   *ticket* is the address to send it to; *artwork* is a picture of an artist or album.
//!   A *review* asks an admin whether a recording that is known already, by its *fingerprint*, may be published.
//! - **States of a track**: DRAFT → UPLOADED → PROCESSING → READY ⇄ PUBLISHED, or FAILED; one that sounds like somebody else's is HELD
//!   in place of READY until an admin allows it, or REJECTED; an upload that is completed makes it UPLOADED again, unless it is being
//!   processed or published.
//! - **Tables**: `artist`, `album`, `track`, `track_genre`, `genre`, `upload`, `track_loudness`, `fingerprint`, `fingerprint_term`,
//!   `fingerprint_generation`, `recording_review`; `outbox` and `inbox`.
//! - **Blobs**: `uploads/<uploadId>`, `artwork/<artworkId>`.
//! - **Entities**: `Artist`, `Album`, `Track`, `Genre`; refers to `User` (users).
//! - **Routes**: `PUT /uploads/{uploadId}?token=…`, `GET /artwork/{artworkId}`.
//! - **Events out**: `artist.created|updated|deleted`, `album.created|updated|deleted`,
//!   `track.created|labelled|uploaded|held|reviewed|published|unpublished|deleted`, `data_export.collected`, `person.erased`. **Events in**:
//!   `media.progressed|completed|failed`, `data_export.requested`, `user.deleted`.

pub mod application;
pub mod domain;
pub mod graphql;
pub mod http;
pub mod infrastructure;

use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use platform::context::Task;
use platform::{Context, OpenError, Platform};
use tokio_util::sync::CancellationToken;

use application::discard_uploads::DiscardUploads;
use application::fill_fingerprints::FillFingerprints;
use application::{Ports, UploadLimits, UseCases};
use infrastructure::album_repository::SqlAlbumRepository;
use infrastructure::artist_repository::SqlArtistRepository;
use infrastructure::fingerprint_index::SqlFingerprintIndex;
use infrastructure::genre_repository::SqlGenreRepository;
use infrastructure::hmac::HmacUploadTokens;
use infrastructure::migration::Migrator;
use infrastructure::review_repository::SqlReviewRepository;
use infrastructure::track_repository::SqlTrackRepository;
use infrastructure::upload_repository::SqlUploadRepository;

/// The context's name: its subgraph's, its database's, its events' source.
pub const NAME: &str = "catalog";

/// How often uploads that nobody needs are looked for.
const DISCARD_INTERVAL: Duration = Duration::from_secs(300);

/// Starts the context on `platform`: brings its tables up to date.
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let use_cases = Arc::new(UseCases::new(&ports(platform, &database)));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases.clone()));
    context.http = http::router(use_cases.clone());
    context.handlers.push(use_cases.on_media_report.clone());
    context.handlers.push(platform.on_person(NAME, Arc::new(use_cases.personal_catalog.clone()), &database));
    context.tasks.push(platform.outbox_relay("catalog.outbox", &database));
    let discard_uploads = use_cases.discard_uploads.clone();
    context.tasks.push(Task::new("catalog.discard_uploads", move |stop| discard_regularly(discard_uploads, DISCARD_INTERVAL, stop)));
    context.databases.push(database);
    Ok(context)
}

/// What operators do about recordings of the installation on `platform` that are not known by their fingerprints.
pub async fn fingerprints(platform: &Platform) -> Result<FillFingerprints, OpenError> {
    Ok(FillFingerprints { index: Arc::new(SqlFingerprintIndex::new(platform.database::<Migrator>(NAME).await?)) })
}

/// The adapters on `platform`, their tables in `database`.
pub fn ports(platform: &Platform, database: &platform::Database) -> Ports {
    let config = &platform.config.catalog;
    Ports {
        artists: Arc::new(SqlArtistRepository::new(database.clone())),
        albums: Arc::new(SqlAlbumRepository::new(database.clone())),
        tracks: Arc::new(SqlTrackRepository::new(database.clone())),
        genres: Arc::new(SqlGenreRepository::new(database.clone())),
        fingerprints: Arc::new(SqlFingerprintIndex::new(database.clone())),
        reviews: Arc::new(SqlReviewRepository::new(database.clone())),
        uploads: Arc::new(SqlUploadRepository::new(database.clone())),
        upload_tokens: Arc::new(HmacUploadTokens::new(&platform.config.internal_secret)),
        blobs: platform.blobs.clone(),
        bus: platform.bus.clone(),
        clock: platform.clock.clone(),
        ids: platform.ids.clone(),
        events: platform.events(NAME),
        limits: UploadLimits {
            max_recording_bytes: config.max_upload_bytes,
            max_artwork_bytes: config.max_artwork_bytes,
            life: TimeDelta::seconds(config.upload_secs.into()),
            public_url: platform.config.public_url(),
        },
    }
}

/// Forgets uploads that nobody needs, now and every `interval`, until stopped.
pub async fn discard_regularly(discard_uploads: DiscardUploads, interval: Duration, stop: CancellationToken) {
    loop {
        if let Err(error) = discard_uploads.run().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "uploads cannot be discarded now");
        }
        tokio::select! { () = tokio::time::sleep(interval) => {}, () = stop.cancelled() => return }
    }
}
