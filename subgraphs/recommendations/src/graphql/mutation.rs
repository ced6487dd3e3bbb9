//! Changing.

use async_graphql::{Context, Error, Object};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, viewer};

use super::object::TasteProfile;
use super::use_cases;

pub(super) struct Mutation;

#[Object]
impl Mutation {
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
