//! Stage: which operation is meant? It comes as text, as the id of a trusted operation (the manifest of our own apps), or as the
//! hash of a text that was sent before (automatic persisted queries, APQ).
//!
//! Ids come as `documentId` (GraphQL over HTTP, appendix A: Persisted Documents) or as `extensions.persistedQuery` (Apollo); both
//! lead to the same operations. Who may send text is configuration. A client's name is no proof of anything, so naming clients
//! that must use trusted operations finds mistakes of our own; only `free_text = "nobody"` keeps strangers' operations out.
//!
//! Promises: a text is kept under its hash only if the hash is its own and it is a valid operation of the supergraph; clients that
//! may not send text cannot reach what others have sent; the store is bounded; a broken store costs a repetition, no answer.

mod automatic;
mod lookup;
mod manifest;
mod reload;

use std::path::PathBuf;
use std::sync::Arc;

use arc_swap::ArcSwap;
use platform::config::OperationsConfig;
use tokio_util::sync::CancellationToken;

pub use automatic::{EmbeddedOperationStore, OperationStore};
use manifest::Manifest;
pub use manifest::ManifestError;

/// The operations that clients may name instead of sending them.
pub(crate) struct Operations {
    trusted: Arc<ArcSwap<Manifest>>,
    automatic: Option<Arc<dyn OperationStore>>,
    config: OperationsConfig,
}

/// The manifest of trusted operations cannot be used; the text is for whoever starts the gateway.
#[derive(Debug, thiserror::Error)]
pub enum OperationsError {
    /// The file cannot be read.
    #[error("the manifest of trusted operations {0} cannot be read: {1}")]
    Unreadable(PathBuf, #[source] std::io::Error),
    /// It is no manifest.
    #[error("the manifest of trusted operations: {0}")]
    Manifest(#[from] ManifestError),
}

/// How many operations a text holds, if it is a manifest.
pub(crate) fn read_manifest(json: &[u8]) -> Option<usize> {
    Manifest::parse(json).ok().map(|manifest| manifest.len())
}

impl Operations {
    /// The trusted operations of the file that `config` names, which is followed until `stop`, or of `compiled_in`.
    pub(crate) fn new(
        config: OperationsConfig,
        compiled_in: Option<&str>,
        store: Arc<dyn OperationStore>,
        stop: CancellationToken,
    ) -> Result<Self, OperationsError> {
        let file = Some(config.manifest.clone()).filter(|path| !path.as_os_str().is_empty());
        let trusted = match &file {
            Some(path) => {
                let bytes = std::fs::read(path).map_err(|error| OperationsError::Unreadable(path.clone(), error))?;
                let manifest = Arc::new(ArcSwap::from_pointee(Manifest::parse(&bytes)?));
                reload::follow(path.clone(), bytes, manifest.clone(), stop);
                manifest
            }
            None => Arc::new(ArcSwap::from_pointee(compiled_in.map(|text| Manifest::parse(text.as_bytes())).transpose()?.unwrap_or_default())),
        };
        let automatic = config.automatic.then_some(store);
        Ok(Self { trusted, automatic, config })
    }

    /// Whether a trusted operation has this name.
    pub(crate) fn are_trusted_as(&self, name: &str) -> bool {
        self.trusted.load().has_name(name)
    }
}
