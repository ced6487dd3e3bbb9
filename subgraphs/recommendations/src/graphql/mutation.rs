//! Changing.

use async_graphql::{Context, Error, Object};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, viewer};

use super::embeddings::{EmbeddingRebuild, EmbeddingSpace};
use super::object::TasteProfile;
use super::use_cases;

pub(super) struct Mutation;

#[Object]
impl Mutation {
    /// Has the whole catalogue heard by the model that is configured, behind all uploads; the model before answers until all is heard. What
    /// had failed before is tried again. For admins.
    #[graphql(directive = authenticated::apply())]
    async fn rebuild_embeddings(&self, context: &Context<'_>) -> Result<EmbeddingRebuild, Error> {
        use_cases(context).request_rebuild.run(viewer(context)).await.map(EmbeddingRebuild).map_err(|error| graphql_error(&error))
    }

    /// Lets another model's vectors answer from now on, though some recordings could not be heard by it: those are left without similar
    /// ones until their jobs are tried again. For admins.
    #[graphql(directive = authenticated::apply())]
    async fn accept_embedding_space(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Its name. Nothing may be missing in it but what has failed.")] name: String,
    ) -> Result<EmbeddingSpace, Error> {
        use_cases(context).accept_space.run(viewer(context), &name).await.map(EmbeddingSpace).map_err(|error| graphql_error(&error))
    }

    /// Says which genres the viewer likes: these and no others. None at all makes the taste unknown again.
    #[graphql(directive = authenticated::apply())]
    async fn set_favourite_genres(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Slugs of genres, at most 10, the favourite first.")] slugs: Vec<String>,
    ) -> Result<TasteProfile, Error> {
        use_cases(context).set_favourite_genres.run(viewer(context), &slugs).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
