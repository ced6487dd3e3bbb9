//! What admins see and do about embeddings: which model answers, how far another one is, what it could not hear.

use async_graphql::{Context, Error, ID, Object};
use chrono::{DateTime, Utc};
use platform::cost::{cost, list_size};
use platform::graphql::{graphql_error, viewer};

use super::track::Track;
use super::use_cases;
use crate::application::serve_space::SpaceState;
use crate::domain::rebuild::{Rebuild, Unheard};

/// What one model made of the catalogue.
pub(super) struct EmbeddingSpace(pub(super) SpaceState);

/// What one model made of the catalogue: its vectors share a space, and those of one space answer.
#[Object]
impl EmbeddingSpace {
    /// Its name: the model's, with its version and the numbers of a vector.
    async fn name(&self) -> &str {
        &self.0.space.name
    }

    /// Whether similar tracks are found in it.
    async fn answers(&self) -> bool {
        self.0.serving
    }

    /// Published recordings that it knows.
    async fn heard(&self) -> i32 {
        count(self.0.published)
    }

    /// Published recordings that the answering space knows, and it does not. It answers as soon as there are none.
    async fn missing(&self) -> i32 {
        count(self.0.missing)
    }

    /// Of the missing ones, those that could not be heard after all attempts. When only such are missing, an admin can accept the space
    /// without them.
    async fn failed(&self) -> i32 {
        count(self.0.unheard)
    }

    /// How far it is, in percent: 100 when nothing is missing.
    async fn percent(&self) -> i32 {
        count((self.0.published * 100).checked_div(self.0.published + self.0.missing).unwrap_or(100))
    }

    /// Published recordings that could not be heard, the oldest failure first.
    #[graphql(directive = cost::apply(5), directive = list_size::apply(vec!["first".into()], vec![], 20, false))]
    async fn failures(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Most wanted, 1 to 100.", default = 20)] first: i32,
    ) -> Result<Vec<EmbeddingFailure>, Error> {
        let unheard = use_cases(context).read_embeddings.unheard(viewer(context), &self.0.space, first).await.map_err(|error| graphql_error(&error))?;
        Ok(unheard.into_iter().map(EmbeddingFailure).collect())
    }
}

/// A recording that a model could not hear.
pub(super) struct EmbeddingFailure(Unheard);

/// A recording that a model could not hear.
#[Object]
impl EmbeddingFailure {
    /// Which.
    async fn track(&self) -> Track {
        Track { id: self.0.track_id }
    }

    /// The media worker's dead job: what `polyphony jobs retry` takes.
    async fn job_id(&self) -> ID {
        self.0.job_id.to_string().into()
    }

    /// Why, for operators.
    async fn reason(&self) -> &str {
        &self.0.reason
    }

    /// When it was given up.
    async fn failed_at(&self) -> DateTime<Utc> {
        self.0.at
    }
}

/// A wish to have the whole catalogue heard by the model that is configured.
pub(super) struct EmbeddingRebuild(pub(super) Rebuild);

/// A wish to have the whole catalogue heard by the model that is configured.
#[Object]
impl EmbeddingRebuild {
    /// Its id.
    async fn id(&self) -> ID {
        self.0.id.to_string().into()
    }

    /// When it was asked for.
    async fn requested_at(&self) -> DateTime<Utc> {
        self.0.requested_at
    }

    /// When the media worker has begun with it; null until then.
    async fn began_at(&self) -> Option<DateTime<Utc>> {
        self.0.began.as_ref().map(|began| began.at)
    }

    /// How many uploads the model is to hear, or has heard so, those of unpublished tracks among them; null until it has begun.
    async fn uploads(&self) -> Option<i32> {
        self.0.began.as_ref().map(|began| i32::try_from(began.uploads).unwrap_or(i32::MAX))
    }

    /// Where what is heard gathers, and how far that is; null until it has begun.
    #[graphql(directive = cost::apply(5))]
    async fn space(&self, context: &Context<'_>) -> Result<Option<EmbeddingSpace>, Error> {
        let Some(began) = &self.0.began else { return Ok(None) };
        let state = use_cases(context).read_embeddings.space(viewer(context), began.space.clone()).await.map_err(|error| graphql_error(&error))?;
        Ok(Some(EmbeddingSpace(state)))
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
