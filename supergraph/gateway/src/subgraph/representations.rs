//! The entities that a fetch asks a subgraph in this process for. They come as JSON, and have the same few names over and over: each
//! name is made once.

use std::fmt;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};
use serde::Deserializer;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};

/// A list of objects, as the engine writes it.
pub(super) fn representations(json: &[u8]) -> Result<Value, sonic_rs::Error> {
    let mut deserializer = sonic_rs::Deserializer::from_slice(json);
    let list = deserializer.deserialize_seq(Representations)?;
    deserializer.end()?;
    Ok(list)
}

struct Representations;

impl<'de> Visitor<'de> for Representations {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of entities")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut names = Vec::with_capacity(4);
        let mut list = Vec::with_capacity(items.size_hint().unwrap_or_default());
        while let Some(item) = items.next_element_seed(Representation(&mut names))? {
            list.push(item);
        }
        Ok(Value::List(list))
    }
}

/// One entity, with the names that have come by now: few, all from the schema.
struct Representation<'n>(&'n mut Vec<Name>);

impl Representation<'_> {
    fn name(&mut self, text: &str) -> Name {
        if let Some(known) = self.0.iter().find(|known| known.as_str() == text) {
            return known.clone();
        }
        let name = Name::new(text);
        self.0.push(name.clone());
        name
    }
}

impl<'de> DeserializeSeed<'de> for Representation<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Representation<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an entity")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut fields: A) -> Result<Value, A::Error> {
        let mut object = IndexMap::with_capacity(2);
        // Names of fields have nothing to escape (GraphQL §2.1.9).
        while let Some(name) = fields.next_key::<&str>()? {
            object.insert(self.name(name), fields.next_value()?);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_are_what_json_says() {
        let many: String = (0..40).map(|number| format!(r#","key{number}":{number}"#)).collect();
        for json in [
            "[]".to_owned(),
            r#"[{"__typename":"Track","id":"track_1"},{"__typename":"Track","id":"track_2"},{"id":"a\"b","__typename":"Artist"}]"#.to_owned(),
            r#"[{"__typename":"Product","upc":1,"price":1.5,"sold":true,"of":null,"dimensions":{"size":[1,{"a":"b"}]}}]"#.to_owned(),
            format!(r#"[{{"__typename":"Wide"{many}}},{{"__typename":"Wide"{many}}}]"#),
        ] {
            assert_eq!(representations(json.as_bytes()).unwrap(), sonic_rs::from_str::<Value>(&json).unwrap(), "{json}");
        }
    }

    #[test]
    fn what_is_no_list_of_objects_is_an_error() {
        for json in ["", "{}", "[1]", "[{}", "[{}] x"] {
            assert!(representations(json.as_bytes()).is_err(), "{json}");
        }
    }
}
