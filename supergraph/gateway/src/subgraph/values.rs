//! The answer of a subgraph in this process as the engine has answers, without JSON written and read in between.

use std::collections::HashSet;
use std::sync::LazyLock;

use arc_swap::ArcSwap;
use async_graphql::{Name, Response, Value as Given};
use hive_router::executor::response::subgraph_response::SubgraphResponse;
use hive_router::executor::response::value::Value;
use hive_router::query_planner::planner::plan_nodes::CustomScalarPaths;

/// Names of fields and aliases that are kept: far more than a schema has and its clients make up. What has others goes by JSON.
const MOST_NAMES: usize = 20_000;
/// A longer one is kept for nobody.
const LONGEST_NAME: usize = 128;
/// What a value that is no text takes in an answer, roughly.
const SCALAR_BYTES: usize = 8;

/// The names that the engine's objects borrow, for as long as the process runs: answers have the same few over and over.
static NAMES: LazyLock<ArcSwap<HashSet<&'static str>>> = LazyLock::new(ArcSwap::default);

/// Why an answer does not become the engine's values.
#[derive(Debug)]
pub(super) enum Unfit {
    /// It has errors, no data, names that are not kept, or custom scalars that are no single value: JSON says all of it.
    ForJson(Box<Response>),
    /// It has more than the bytes that it may have.
    TooLarge,
}

/// `response` as the engine's, when it has about `max_bytes` at most; `custom_scalars` are where its fields are JSON to the engine,
/// whatever they hold.
pub(super) fn values(response: Response, custom_scalars: Option<&CustomScalarPaths>, max_bytes: usize) -> Result<SubgraphResponse<'static>, Unfit> {
    let mut names = Names::default();
    if !response.errors.is_empty() || !response.extensions.is_empty() || response.data == Given::Null || !names.learn(&response.data, custom_scalars) {
        return Err(Unfit::ForJson(Box::new(response)));
    }
    let mut bytes = 0;
    let data = names.value(response.data, &mut bytes);
    if bytes > max_bytes { Err(Unfit::TooLarge) } else { Ok(SubgraphResponse { data, ..SubgraphResponse::default() }) }
}

/// The names of one answer, in the order in which they come. Objects of a list have them from the same document, in the same places
/// of memory.
#[derive(Default)]
struct Names {
    known: Vec<(usize, &'static str)>,
    next: usize,
}

impl Names {
    /// Whether all names in `value` are kept, and none of its custom scalars is more than a single value: that the engine has as it
    /// has others.
    fn learn(&mut self, value: &Given, custom_scalars: Option<&CustomScalarPaths>) -> bool {
        match value {
            Given::List(_) | Given::Object(_) | Given::Binary(_) if custom_scalars.is_some_and(|at| at.terminal) => false,
            Given::List(items) => items.iter().all(|item| self.learn(item, custom_scalars)),
            Given::Object(fields) => fields.iter().all(|(name, value)| {
                let known = self.find(name).is_some() || kept(name).map(|kept| self.known.push((place(name), kept))).is_some();
                known && self.learn(value, custom_scalars.and_then(|at| at.children.get(name.as_str())))
            }),
            _ => true,
        }
    }

    /// What is looked for is mostly what comes behind what was looked for last.
    fn find(&mut self, name: &Name) -> Option<&'static str> {
        let place = place(name);
        let (before, behind) = self.known.split_at(self.next.min(self.known.len()));
        let found = behind.iter().chain(before).position(|(known, _)| *known == place)?;
        let index = (found + before.len()) % self.known.len();
        self.next = index + 1;
        self.known.get(index).map(|(_, name)| *name)
    }

    fn value(&mut self, value: Given, bytes: &mut usize) -> Value<'static> {
        *bytes += SCALAR_BYTES;
        match value {
            Given::Null => Value::Null,
            Given::Boolean(is) => Value::Bool(is),
            Given::Number(number) => {
                number.as_u64().map(Value::U64).or_else(|| number.as_i64().map(Value::I64)).or_else(|| number.as_f64().map(Value::F64)).unwrap_or_default()
            }
            Given::String(text) => {
                *bytes += text.len();
                Value::String(text.into())
            }
            Given::Enum(name) => Value::String(name.as_str().to_owned().into()),
            Given::Binary(binary) => {
                *bytes += 4 * binary.len();
                Value::Array(binary.iter().map(|byte| Value::U64((*byte).into())).collect())
            }
            Given::List(items) => Value::Array(items.into_iter().map(|item| self.value(item, bytes)).collect()),
            Given::Object(fields) => {
                let mut object = Vec::with_capacity(fields.len());
                for (name, value) in fields {
                    *bytes += name.len();
                    // Learnt before, all of them.
                    let name = self.find(&name).unwrap_or_default();
                    object.push((name, self.value(value, bytes)));
                }
                // The engine finds fields by halves.
                object.sort_unstable_by_key(|(name, _)| *name);
                Value::Object(object)
            }
        }
    }
}

/// Where a name lies; names of one document that lie in the same place are the same.
fn place(name: &Name) -> usize {
    name.as_str().as_ptr().addr()
}

/// The name for as long as the process runs, if there is room for it.
fn kept(name: &str) -> Option<&'static str> {
    let names = NAMES.load();
    if let Some(kept) = names.get(name) {
        return Some(kept);
    }
    if names.len() >= MOST_NAMES || name.len() > LONGEST_NAME {
        return None;
    }
    let kept: &'static str = Box::leak(name.into());
    NAMES.rcu(|names| {
        let mut names = HashSet::clone(names);
        names.insert(kept);
        names
    });
    Some(kept)
}

#[cfg(test)]
mod tests {
    use async_graphql::{ServerError, value};
    use proptest::prelude::*;

    use super::*;

    fn json(response: &Response, custom_scalars: Option<&CustomScalarPaths>) -> String {
        let json = sonic_rs::to_vec(response).unwrap();
        sonic_rs::to_string(&SubgraphResponse::deserialize_from_bytes(json.into(), custom_scalars).unwrap().data).unwrap()
    }

    fn given() -> impl Strategy<Value = Given> {
        let leaf = prop_oneof![
            Just(Given::Null),
            any::<bool>().prop_map(Given::Boolean),
            any::<i64>().prop_map(Given::from),
            any::<u64>().prop_map(Given::from),
            (-1e9_f64..1e9).prop_map(Given::from),
            ".*".prop_map(Given::from),
            "[A-Z_]{1,9}".prop_map(|name| Given::Enum(Name::new(name))),
            proptest::collection::vec(any::<u8>(), 0..9).prop_map(|bytes| Given::Binary(bytes.into())),
        ];
        leaf.prop_recursive(5, 64, 6, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..6).prop_map(Given::List),
                proptest::collection::vec(("[a-e]{1,2}", inner), 0..6)
                    .prop_map(|fields| Given::Object(fields.into_iter().map(|(name, value)| (Name::new(name), value)).collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn values_are_what_json_would_give(fields in proptest::collection::vec(("[a-e]{1,2}", given()), 0..6)) {
            let data = Given::Object(fields.into_iter().map(|(name, value)| (Name::new(name), value)).collect());
            let response = Response::new(data);
            let expected = json(&response, None);
            prop_assert_eq!(sonic_rs::to_string(&values(response, None, usize::MAX).unwrap().data).unwrap(), expected);
        }
    }

    #[test]
    fn a_custom_scalar_is_a_value_when_it_is_a_single_one() {
        let mut custom_scalars = CustomScalarPaths::default();
        custom_scalars.insert_path(["tracks", "at"]);
        let tracks = |at: Given| Response::new(value!({ "tracks": [{ "id": 1, "at": at }, { "id": 2, "at": "now", "list": [1, 2] }] }));
        for at in [value!("2026-01-01T00:05:00+00:00"), value!(5), value!(true), value!(1.5)] {
            let expected = json(&tracks(at.clone()), Some(&custom_scalars));
            let values = values(tracks(at), Some(&custom_scalars), 1000).unwrap();
            assert_eq!(sonic_rs::to_string(&values.data).unwrap(), expected);
        }
        let null = values(tracks(Given::Null), Some(&custom_scalars), 1000).unwrap();
        assert_eq!(sonic_rs::to_string(&null.data).unwrap(), json(&tracks(Given::Null), None));
        for at in [value!({ "a": 1 }), value!([1, 2])] {
            assert!(matches!(values(tracks(at), Some(&custom_scalars), 1000), Err(Unfit::ForJson(_))));
        }
    }

    #[test]
    fn what_only_json_says_goes_by_json() {
        assert!(matches!(values(Response::new(Given::Null), None, 1000), Err(Unfit::ForJson(_))));
        assert!(matches!(values(Response::from_errors(vec![ServerError::new("no", None)]), None, 1000), Err(Unfit::ForJson(_))));
        let long = Given::Object([(Name::new("a".repeat(LONGEST_NAME + 1)), Given::Null)].into_iter().collect());
        assert!(matches!(values(Response::new(long), None, 1000), Err(Unfit::ForJson(_))));
    }

    #[test]
    fn what_is_too_large_is_told() {
        assert!(matches!(values(Response::new(value!({ "a": "x".repeat(1000) })), None, 1000), Err(Unfit::TooLarge)));
        assert!(values(Response::new(value!({ "a": "x".repeat(900) })), None, 1000).is_ok());
    }
}
