//! Recommendations: what is like what, and what a listener may like.
//!
//! - **Vocabulary**: a *taste profile* is what is known of somebody's taste: *genres*, each with a *weight*, the share it has;
//!   a track's *vector* says where its sound lies among others; vectors of one model share a *space*, and one space *serves*.
//! - **Tables**: `taste_profile`, `taste_genre`, `upload_vector`, `published_track`, `serving_space`, `track_label`,
//!   `rebuild`, `unheard_upload`, `accepted_space`; `outbox` and `inbox`.
//! - **Files**: `recommendations/embeddings/<space>/` in the data folder, when the embedded index is used.
//! - **Entities**: adds `tasteProfile` to `User` and `similar` and `suggestedGenres` to `Track`; refers to `Genre` (catalog).
//! - **Events in**: `user.registered`, `data_export.requested`, `user.deleted`, `media.completed`, `media.embedded`, `track.labelled`, `track.published`,
//!   `track.unpublished`, `track.deleted`, `media.unheard`, `embeddings.rebuild_began`. **Events out**: `embeddings.rebuild_requested`,
//!   `embeddings.accepted`, `taste_profile.created`,
//!   `taste_profile.failed`, `data_export.collected`, `person.erased`.
//!
//! A taste profile is made by `user.registered` and by nothing else: an access token outlives its account by minutes, and what it
//! asks for must not bring back what was erased.

pub mod application;
pub mod domain;
pub mod graphql;
pub mod infrastructure;

use std::sync::Arc;
use std::time::Duration;

use kernel::{EventPayload as _, events};
use platform::config::{ConfigError, EmbeddingIndexConfig};
use platform::context::Task;
use platform::{Context, OpenError, Platform};

use application::fill_index::FillIndex;
use application::on_rebuild_step::OnRebuildStep;
use application::on_sound_changed::OnSoundChanged;
use application::on_user_registered::OnUserRegistered;
use application::personal_taste::PersonalTaste;
use application::ports::EmbeddingIndex;
use application::serve_space::{self, ServeSpace, SpaceState};
use application::{Ports, UseCases};
use infrastructure::migration::Migrator;
use infrastructure::qdrant::QdrantEmbeddingIndex;
use infrastructure::qdrant_edge::{QdrantEdgeEmbeddingIndex, Sizes};
use infrastructure::rebuild_repository::SqlRebuildRepository;
use infrastructure::taste_profile_repository::SqlTasteProfileRepository;
use infrastructure::track_vector_repository::SqlTrackVectorRepository;
use tokio_util::sync::CancellationToken;

/// The context's name: its subgraph's, its database's, its event consumer's.
pub const NAME: &str = "recommendations";

/// The facts it acts on, all of them.
pub const EVENTS_IN: [&str; 11] = [
    events::UserRegistered::TYPE,
    events::DataExportRequested::TYPE,
    events::UserDeleted::TYPE,
    events::MediaCompleted::TYPE,
    events::MediaEmbedded::TYPE,
    events::TrackLabelled::TYPE,
    events::TrackPublished::TYPE,
    events::TrackUnpublished::TYPE,
    events::TrackDeleted::TYPE,
    events::MediaUnheard::TYPE,
    events::EmbeddingsRebuildBegan::TYPE,
];

/// How often the index is looked after.
const UPKEEP: Duration = Duration::from_secs(30);

/// Starts the context on `platform`: brings its tables up to date.
pub async fn start(platform: &Platform) -> Result<Context, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let ports = Ports {
        taste_profiles: Arc::new(SqlTasteProfileRepository::new(database.clone())),
        vectors: Arc::new(SqlTrackVectorRepository::new(database.clone())),
        rebuilds: Arc::new(SqlRebuildRepository::new(database.clone())),
        index: index(platform)?,
        clock: platform.clock.clone(),
        ids: platform.ids.clone(),
        events: platform.events(NAME),
    };
    let use_cases = Arc::new(UseCases::new(&ports));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases));
    let personal = Arc::new(PersonalTaste { taste_profiles: ports.taste_profiles.clone() });
    context.handlers.push(platform.on_person(NAME, personal, &database));
    context.handlers.push(Arc::new(OnSoundChanged { vectors: ports.vectors.clone(), index: ports.index.clone() }));
    let fill = FillIndex { vectors: ports.vectors.clone(), index: ports.index.clone() };
    context.handlers.push(Arc::new(OnRebuildStep { rebuilds: ports.rebuilds.clone() }));
    let serve = ServeSpace { vectors: ports.vectors.clone(), rebuilds: ports.rebuilds.clone(), index: ports.index.clone() };
    context.tasks.push(Task::new("recommendations.index", move |stop| keep_index(fill, serve, stop)));
    context.handlers.push(Arc::new(OnUserRegistered { taste_profiles: ports.taste_profiles, clock: ports.clock, events: ports.events }));
    context.tasks.push(platform.outbox_relay("recommendations.outbox", &database));
    context.databases.push(database);
    Ok(context)
}

/// The index that the configuration names.
fn index(platform: &Platform) -> Result<Arc<dyn EmbeddingIndex>, OpenError> {
    Ok(match &platform.config.recommendations.embedding_index {
        EmbeddingIndexConfig::QdrantEdge {} => Arc::new(QdrantEdgeEmbeddingIndex::new(platform.config.data.join(NAME).join("embeddings"), Sizes::default())),
        EmbeddingIndexConfig::Qdrant { url, api_key, prefix } => {
            let index = QdrantEmbeddingIndex::new(url, api_key, prefix);
            Arc::new(index.map_err(|error| ConfigError::Value { key: "recommendations.embedding_index.url", problem: error.to_string() })?)
        }
    })
}

/// How far the spaces of the installation on `platform` are, for operators.
pub async fn spaces(platform: &Platform) -> Result<Vec<SpaceState>, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    Ok(serve_space::states(&SqlTrackVectorRepository::new(database.clone()), &SqlRebuildRepository::new(database)).await?)
}

/// Fills the index once, as soon as the process runs; from then on changes to a space that is complete, and does the index's upkeep.
async fn keep_index(fill: FillIndex, serve: ServeSpace, stop: CancellationToken) {
    let work = async {
        match fill.run().await {
            Ok(put) => tracing::debug!(put, "the embedding index is up to its tables"),
            Err(error) => tracing::warn!(error = &error as &dyn std::error::Error, "the embedding index cannot be filled now"),
        }
        loop {
            let kept = async {
                serve.run().await?;
                serve.index.tend().await
            };
            if let Err(error) = kept.await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the embedding index cannot be kept now");
            }
            tokio::time::sleep(UPKEEP).await;
        }
    };
    tokio::select! {
        () = work => {}
        () = stop.cancelled() => {}
    }
}
