//! The media worker's section.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::EmbedderConfig;

/// The media worker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MediaConfig {
    /// Jobs processed at the same time; 0 leaves processing to other processes.
    pub workers: usize,
    /// The longest recording, in seconds.
    pub max_duration_secs: u64,
    /// Memory a decoding child may address, in bytes.
    pub max_memory_bytes: u64,
    /// Processors one decoding child may use at the same time; 0 for all.
    pub max_threads: usize,
    /// The largest source file, in bytes.
    pub max_source_bytes: u64,
    /// Whether lossless sources become lossless renditions too (FLAC), beside the others.
    pub lossless: bool,
    /// Whether files to download are made (MP3).
    pub downloads: bool,
    /// Segments of HLS are encrypted (AES-128), with another key after so many; 0 leaves them as they are. Encrypted segments have no
    /// DASH manifest, which knows no such encryption.
    pub segments_per_key: u32,
    /// A job whose worker was silent this long is given to another, in seconds.
    pub lease_secs: u64,
    /// Attempts before a job is given up.
    pub max_attempts: u32,
    /// What makes recordings comparable.
    pub embedder: EmbedderConfig,
}
