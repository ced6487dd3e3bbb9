//! Finds the operation that a request means.

use std::sync::Arc;

use kernel::Viewer;
use metrics::Counter;
use platform::config::FreeText;
use sha2::{Digest as _, Sha256};

use super::manifest::SHA256;
use super::{OperationStore, Operations};
use crate::metrics::{AUTOMATIC, REGISTERED, TEXT, TRUSTED};
use crate::pipeline::{Fault, OperationRequest, RequestError, Scope};

/// The only version of `extensions.persistedQuery` there is.
const VERSION: i64 = 1;
/// Hexadecimal digits of a SHA-256.
const SHA256_DIGITS: usize = 64;

/// The operation that a request means.
#[derive(Debug)]
pub(crate) struct Found {
    /// Its text.
    pub(crate) text: Arc<str>,
    /// The hash under which the text is to be kept, once it has turned out to be a valid operation.
    keep_as: Option<String>,
}

/// What a client calls an operation.
#[derive(Debug, PartialEq, Eq)]
struct Name {
    /// As the manifest has it: a hash goes without its prefix.
    id: String,
    is_hash: bool,
}

impl Operations {
    /// The operation of `request`, or why `scope` may not have it.
    pub(crate) async fn find(&self, scope: &Scope, request: &mut OperationRequest) -> Result<Found, RequestError> {
        let text = request.query.take().filter(|text| !text.trim().is_empty());
        let (found, how) = match (Name::of(request)?, text) {
            (Some(name), text) => self.by_name(scope, name, text).await?,
            (None, Some(text)) if self.takes_text_of(scope) => (Found { text: text.into(), keep_as: None }, &*TEXT),
            (None, Some(_)) => return Err(id_required()),
            (None, None) => return Err(RequestError::bad_request("`query` is missing, and so is `documentId`")),
        };
        how.increment(1);
        Ok(found)
    }

    async fn by_name(&self, scope: &Scope, name: Name, text: Option<String>) -> Result<(Found, &'static Counter), RequestError> {
        if let Some(trusted) = self.trusted.load().body(&name.id) {
            return match text {
                Some(text) if *text != **trusted => Err(mismatch()),
                _ => Ok((Found { text: trusted.clone(), keep_as: None }, &*TRUSTED)),
            };
        }
        if !self.takes_text_of(scope) || !name.is_hash {
            return Err(not_in_list());
        }
        let Some(store) = &self.automatic else { return Err(not_supported()) };
        match text {
            Some(text) if sha256(&text) == name.id => Ok((Found { text: text.into(), keep_as: Some(name.id) }, &*REGISTERED)),
            Some(_) => Err(mismatch()),
            None => stored(&**store, &name.id).await.map(|text| (Found { text, keep_as: None }, &*AUTOMATIC)),
        }
    }

    /// Keeps an operation that has turned out to be valid, if its client wants to name it from now on.
    pub(crate) async fn keep(&self, found: Found) {
        let (Some(sha256), Some(store)) = (found.keep_as, &self.automatic) else { return };
        if let Err(error) = store.put(&sha256, found.text).await {
            tracing::warn!(%error, "an automatic persisted query cannot be kept");
        }
    }

    fn takes_text_of(&self, scope: &Scope) -> bool {
        let trusted_only = scope.client.name.as_deref().is_some_and(|name| self.config.trusted_clients.iter().any(|client| client == name));
        !trusted_only
            && match self.config.free_text {
                FreeText::Everybody => true,
                FreeText::SignedIn => !matches!(scope.viewer, Viewer::Anonymous),
                FreeText::Nobody => false,
            }
    }
}

async fn stored(store: &dyn OperationStore, sha256: &str) -> Result<Arc<str>, RequestError> {
    let text = store.get(sha256).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "automatic persisted queries cannot be had");
        None
    });
    // Clients answer this by sending the text.
    text.ok_or_else(|| RequestError::new(Fault::UnknownOperation, "PERSISTED_QUERY_NOT_FOUND", "PersistedQueryNotFound"))
}

impl Name {
    /// What `request` calls its operation, if it does.
    fn of(request: &mut OperationRequest) -> Result<Option<Self>, RequestError> {
        let document_id = request.document_id.take().map(|id| match id.strip_prefix(SHA256) {
            Some(hash) => Self::hash(hash),
            None => Ok(Self { id, is_hash: false }),
        });
        let persisted = request.persisted_query().map(|persisted| {
            if persisted.version != VERSION {
                return Err(RequestError::bad_request("`extensions.persistedQuery.version` must be 1"));
            }
            // Apollo's clients send ids of manifests this way too, whatever their form.
            Self::hash(&persisted.sha256_hash).or_else(|_| Ok(Self { id: persisted.sha256_hash.clone(), is_hash: false }))
        });
        match (document_id.transpose()?, persisted.transpose()?) {
            (Some(one), Some(other)) if one.id != other.id => {
                Err(RequestError::bad_request("`documentId` and `extensions.persistedQuery` name different operations"))
            }
            (one, other) => Ok(other.or(one)),
        }
    }

    fn hash(text: &str) -> Result<Self, RequestError> {
        let is_hash = text.len() == SHA256_DIGITS && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        if !is_hash {
            return Err(RequestError::bad_request("a SHA-256 has 64 hexadecimal digits in lower case"));
        }
        Ok(Self { id: text.to_owned(), is_hash: true })
    }
}

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn id_required() -> RequestError {
    RequestError::new(Fault::Operation, "PERSISTED_QUERY_ID_REQUIRED", "this client must name a trusted operation by its id instead of sending text")
}

fn not_in_list() -> RequestError {
    RequestError::new(Fault::Operation, "PERSISTED_QUERY_NOT_IN_LIST", "there is no trusted operation with this id")
}

/// Clients then send texts without hashes.
fn not_supported() -> RequestError {
    RequestError::new(Fault::UnknownOperation, "PERSISTED_QUERY_NOT_SUPPORTED", "PersistedQueryNotSupported")
}

fn mismatch() -> RequestError {
    RequestError::new(Fault::Malformed, "PERSISTED_QUERY_HASH_MISMATCH", "provided sha does not match query")
}

#[cfg(test)]
mod tests {
    use kernel::ErrorKind;

    use super::*;

    const HASH: &str = "7dba4bd717b41f10434822356a93c32b1fb4907b983e854300ad839f84cdcd6e";

    fn name(json: &str) -> Result<Option<Name>, RequestError> {
        Name::of(&mut OperationRequest::from_json(json.as_bytes()).unwrap())
    }

    #[test]
    fn the_hash_is_the_one_of_the_specification() {
        // GraphQL over HTTP, appendix A, the example of "SHA256 Hex Document Identifier".
        assert_eq!(sha256("query ($id: ID!) {\n  user(id: $id) {\n    name\n  }\n}"), HASH);
    }

    #[test]
    fn an_operation_is_named_in_two_ways() {
        let hash = || Some(Name { id: HASH.into(), is_hash: true });
        assert_eq!(name(&format!(r#"{{"documentId":"sha256:{HASH}"}}"#)).unwrap(), hash());
        let apollo = format!(r#"{{"extensions":{{"persistedQuery":{{"version":1,"sha256Hash":"{HASH}"}}}}}}"#);
        assert_eq!(name(&apollo).unwrap(), hash());
        assert_eq!(name(r#"{"documentId":"home.1"}"#).unwrap(), Some(Name { id: "home.1".into(), is_hash: false }));
        assert_eq!(name(r#"{"query":"{ a }","extensions":{"other":1}}"#).unwrap(), None);
    }

    #[test]
    fn what_names_nothing_is_refused() {
        let two = format!(r#"{{"documentId":"home","extensions":{{"persistedQuery":{{"version":1,"sha256Hash":"{HASH}"}}}}}}"#);
        let upper = format!(r#"{{"documentId":"sha256:{}"}}"#, HASH.to_uppercase());
        let version = format!(r#"{{"extensions":{{"persistedQuery":{{"version":2,"sha256Hash":"{HASH}"}}}}}}"#);
        for json in [two.as_str(), &upper, &version, r#"{"documentId":"sha256:abc"}"#] {
            let error = name(json).unwrap_err();
            assert_eq!((error.fault, error.errors[0].extensions.code.as_deref()), (Fault::Malformed, Some(ErrorKind::BadUserInput.code())), "{json}");
        }
    }
}
