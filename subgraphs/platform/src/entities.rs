//! A query root whose entity fetches fail entity by entity.
//!
//! async-graphql (7.2.1) resolves `_entities` as one thing: it leaves the index out of errors' paths, so that nobody can tell which
//! of fifty tracks an error is about, and an entity that fails as a whole takes the other forty-nine with it. Every subgraph
//! therefore builds its schema over [`Entities`].

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use async_graphql::parser::types::Field;
use async_graphql::registry::Registry;
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{Context, ContextSelectionSet, ObjectType, OutputType, Pos, Positioned, ServerResult, Value};

/// The query root `Q` with precise entity fetches.
pub struct Entities<Q>(pub Q);

/// How many entities of each `_entities` field of one request have been begun. async-graphql begins them in the order of the
/// representations.
#[derive(Default)]
pub(crate) struct Begun(Mutex<HashMap<Pos, usize>>);

impl Begun {
    fn next(&self, field: Pos) -> usize {
        let mut begun = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = begun.entry(field).or_default();
        *count += 1;
        *count - 1
    }
}

impl<Q: ObjectType> ContainerType for Entities<Q> {
    async fn resolve_field(&self, context: &Context<'_>) -> ServerResult<Option<Value>> {
        self.0.resolve_field(context).await
    }

    async fn find_entity(&self, context: &Context<'_>, representation: &Value) -> ServerResult<Option<Value>> {
        let Some(begun) = context.data_opt::<Begun>() else { return self.0.find_entity(context, representation).await };
        let context = context.with_index(begun.next(context.item.pos));
        match self.0.find_entity(&context, representation).await {
            Ok(found) => Ok(found),
            Err(error) => {
                context.add_error(if error.path.is_empty() { context.set_error_path(error) } else { error });
                Ok(Some(Value::Null))
            }
        }
    }
}

impl<Q: ObjectType> OutputType for Entities<Q> {
    fn type_name() -> Cow<'static, str> {
        Q::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        Q::create_type_info(registry)
    }

    async fn resolve(&self, context: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
        resolve_container(context, self).await
    }
}

impl<Q: ObjectType> ObjectType for Entities<Q> {}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptyMutation, EmptySubscription, Object, Request, Result, Schema, SimpleObject, Variables};
    use serde_json::json;

    use super::*;
    use crate::subgraph::{SchemaSubgraph, Subgraph as _};

    #[derive(SimpleObject)]
    #[graphql(complex)]
    struct Thing {
        id: i32,
    }

    #[async_graphql::ComplexObject]
    impl Thing {
        async fn odd(&self) -> Result<Option<i32>> {
            // The later ones answer first.
            for _ in self.id..100 {
                tokio::task::yield_now().await;
            }
            if self.id % 2 == 1 { Ok(Some(self.id)) } else { Err(format!("{} is even", self.id).into()) }
        }

        async fn small(&self) -> Result<i32> {
            if self.id < 97 { Ok(self.id) } else { Err(format!("{} is large", self.id).into()) }
        }
    }

    struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_thing(&self, id: i32) -> Result<Option<Thing>> {
            Ok((id != 50).then_some(Thing { id }))
        }
    }

    async fn fetch(query: &str, count: usize) -> serde_json::Value {
        let schema = || Schema::build(Entities(Query), EmptyMutation, EmptySubscription).enable_federation();
        let representations: Vec<_> = (0..count).map(|id| json!({ "__typename": "Thing", "id": id })).collect();
        let request = Request::new(query).variables(Variables::from_json(json!({ "r": representations })));
        serde_json::to_value(SchemaSubgraph::new("things", schema).execute(request).await).unwrap()
    }

    #[tokio::test]
    async fn every_error_of_a_large_fetch_names_its_entity() {
        let answer = fetch("query($r: [_Any!]!) { _entities(representations: $r) { ... on Thing { odd } } }", 100).await;
        let errors = answer["errors"].as_array().unwrap();
        assert_eq!(errors.len(), 49);
        for error in errors {
            let index = error["path"][1].as_u64().unwrap();
            assert_eq!((&error["path"], &error["message"]), (&json!(["_entities", index, "odd"]), &json!(format!("{index} is even"))));
        }
        assert_eq!(answer["data"]["_entities"][50], json!(null));
        assert_eq!(answer["data"]["_entities"][51], json!({ "odd": 51 }));
    }

    #[tokio::test]
    async fn an_entity_that_fails_as_a_whole_leaves_the_others_and_fields_count_for_themselves() {
        let query =
            "query($r: [_Any!]!) { a: _entities(representations: $r) { ... on Thing { small } } b: _entities(representations: $r) { ... on Thing { id } } }";
        let answer = fetch(query, 100).await;
        assert_eq!(answer["data"]["a"][96], json!({ "small": 96 }));
        assert_eq!(answer["data"]["a"][97], json!(null));
        assert_eq!(answer["data"]["b"][99], json!({ "id": 99 }));
        let mut paths: Vec<_> = answer["errors"].as_array().unwrap().iter().map(|error| error["path"].to_string()).collect();
        paths.sort();
        assert_eq!(paths, ["[\"a\",97,\"small\"]", "[\"a\",98,\"small\"]", "[\"a\",99,\"small\"]"]);
    }
}
