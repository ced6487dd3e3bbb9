//! The recommendations context's section.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The recommendations context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RecommendationsConfig {
    /// Where vectors of recordings are searched.
    pub embedding_index: EmbeddingIndexConfig,
}

/// Where vectors of recordings are searched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum EmbeddingIndexConfig {
    /// In the data folder, by one process.
    QdrantEdge {},
    /// A Qdrant server.
    Qdrant {
        /// Its address for gRPC, `http://host:6334` or `https://`.
        url: String,
        /// Its API key; empty when it wants none.
        #[serde(default)]
        api_key: String,
        /// What the names of collections begin with: installations that share a server have different ones.
        #[serde(default = "prefix")]
        prefix: String,
    },
}

fn prefix() -> String {
    "polyphony".into()
}
