//! The trusted operations as a file: Apollo's `apollo-persisted-query-manifest`, version 1, as `schema/operations.mjs` and npm
//! @apollo/generate-persisted-query-manifest write it.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use serde::Deserialize;

const FORMAT: &str = "apollo-persisted-query-manifest";
const VERSION: u32 = 1;
/// How an id is prefixed when it is the SHA-256 of its body (GraphQL over HTTP, appendix A).
pub(super) const SHA256: &str = "sha256:";

/// Trusted operations by id.
#[derive(Debug, Default)]
pub(super) struct Manifest {
    bodies: HashMap<String, Arc<str>>,
    names: HashSet<String>,
}

/// A text is no manifest of trusted operations.
#[derive(Debug, thiserror::Error)]
pub enum ManifestError {
    /// No JSON, or without what a manifest must have.
    #[error("it cannot be read: {0}")]
    Malformed(#[from] serde_json::Error),
    /// Something else, or made for another version of the format.
    #[error("it is {0} version {1}, and must be {FORMAT} version {VERSION}")]
    Unknown(String, u32),
    /// An operation without text.
    #[error("the operation {0} is empty")]
    Empty(String),
    /// Two operations have one id.
    #[error("the operation {0} has the id of another one")]
    Ambiguous(String),
}

#[derive(Deserialize)]
struct File {
    format: String,
    version: u32,
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    name: String,
    body: Arc<str>,
}

impl Manifest {
    pub(super) fn parse(json: &[u8]) -> Result<Self, ManifestError> {
        let file: File = serde_json::from_slice(json)?;
        if file.format != FORMAT || file.version != VERSION {
            return Err(ManifestError::Unknown(file.format, file.version));
        }
        let mut bodies = HashMap::with_capacity(file.operations.len());
        let names = file.operations.iter().map(|operation| operation.name.clone()).collect();
        for Operation { id, name, body } in file.operations {
            if body.trim().is_empty() {
                return Err(ManifestError::Empty(name));
            }
            let id = id.strip_prefix(SHA256).map(ToOwned::to_owned).unwrap_or(id);
            if bodies.insert(id, body).is_some() {
                return Err(ManifestError::Ambiguous(name));
            }
        }
        Ok(Self { bodies, names })
    }

    /// The text of the operation `id`, without the prefix of a hash.
    pub(super) fn body(&self, id: &str) -> Option<&Arc<str>> {
        self.bodies.get(id)
    }

    pub(super) fn has_name(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    pub(super) fn len(&self) -> usize {
        self.bodies.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(operations: &str) -> Result<Manifest, ManifestError> {
        Manifest::parse(format!(r#"{{"format":"apollo-persisted-query-manifest","version":1,"operations":[{operations}]}}"#).as_bytes())
    }

    #[test]
    fn operations_are_found_by_id_with_or_without_the_prefix() {
        let manifest = parse(r#"{"id":"a","name":"A","type":"query","body":"{ a }"},{"id":"sha256:b","name":"B","type":"query","body":"{ b }"}"#).unwrap();
        assert_eq!((manifest.len(), manifest.body("a").map(|body| &**body), manifest.body("b").map(|body| &**body)), (2, Some("{ a }"), Some("{ b }")));
        assert!(manifest.body("c").is_none());
    }

    #[test]
    fn what_is_no_manifest_is_refused() {
        assert!(matches!(Manifest::parse(b"{"), Err(ManifestError::Malformed(_))));
        assert!(matches!(Manifest::parse(b"{}"), Err(ManifestError::Malformed(_))));
        let other = br#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#;
        assert!(matches!(Manifest::parse(other), Err(ManifestError::Unknown(_, 2))));
        assert!(matches!(parse(r#"{"id":"a","name":"A","body":" "}"#), Err(ManifestError::Empty(_))));
        let twice = r#"{"id":"a","name":"A","body":"{ a }"},{"id":"a","name":"B","body":"{ b }"}"#;
        assert!(matches!(parse(twice), Err(ManifestError::Ambiguous(_))));
    }
}
