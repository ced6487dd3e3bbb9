//! Relay's object identification: `node(id:)` finds any entity by its id. A subgraph of its own, because only the composition
//! root knows every entity; it answers with the bare reference and the planner asks the entity's own context for the rest.

use std::sync::Arc;

use async_graphql::{EmptyMutation, EmptySubscription, Error, ID, Interface, Object, Schema, SimpleObject};
use kernel::Id;
use platform::entities::Entities;
use platform::graphql::graphql_error;
use platform::subgraph::{SchemaSubgraph, Subgraph};

/// Anything with an id of its own.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "&ID", desc = "The id: opaque, unique in the whole service."))]
enum Node {
    User(User),
    Artist(Artist),
    Album(Album),
    Track(Track),
    Genre(Genre),
}

macro_rules! references {
    ($($name:ident $kind:ty, $doc:literal;)*) => {
        $(
            #[doc = $doc]
            #[derive(SimpleObject)]
            #[graphql(unresolvable = "id")]
            struct $name {
                /// The id.
                id: ID,
            }
        )*

        fn reference(id: &ID) -> Option<Node> {
            $(
                if id.parse::<Id<$kind>>().is_ok() {
                    return Some(Node::$name($name { id: id.clone() }));
                }
            )*
            None
        }
    };
}

// One line an entity; the kernel's marker decides the prefix.
references! {
    User kernel::id::User, "A person's account.";
    Artist kernel::id::Artist, "A performer.";
    Album kernel::id::Album, "A release.";
    Track kernel::id::Track, "A recording.";
    Genre kernel::id::Genre, "A musical genre.";
}

struct Query;

#[Object]
impl Query {
    /// The thing with this id, whatever it is; null when there is none, or none that the viewer may see.
    async fn node(&self, #[graphql(desc = "The id of any entity.")] id: ID) -> Result<Option<Node>, Error> {
        match reference(&id) {
            Some(node) => Ok(Some(node)),
            None => Err(graphql_error(&kernel::InvalidField::new("id", "is not an id of this service"))),
        }
    }
}

/// The subgraph `node`.
pub fn subgraph() -> Arc<dyn Subgraph> {
    Arc::new(SchemaSubgraph::new("node", || Schema::build(Entities(Query), EmptyMutation, EmptySubscription).enable_federation()))
}

#[cfg(test)]
mod tests {
    use kernel::Entity;

    use super::*;

    #[test]
    fn ids_lead_to_their_entity() {
        let ids = kernel::IdGenerator::new(Arc::new(kernel::SystemClock), Arc::new(kernel::OsRandomness));
        fn text<E: Entity>(ids: &kernel::IdGenerator) -> ID {
            ids.next::<E>().to_string().into()
        }
        assert!(matches!(reference(&text::<kernel::id::Track>(&ids)), Some(Node::Track(_))));
        assert!(matches!(reference(&text::<kernel::id::User>(&ids)), Some(Node::User(_))));
        assert!(reference(&text::<kernel::id::Upload>(&ids)).is_none());
        assert!(reference(&"track_1".into()).is_none());
    }
}
