//! Where requests are counted.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::number_or_text;

/// Where what somebody has asked for is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RateLimiterConfig {
    /// In this process's memory: each gateway counts for itself, from zero after a start.
    Embedded {
        /// Users, addresses and keys counted before the least active go.
        #[serde(deserialize_with = "number_or_text")]
        max_payers: u64,
    },
}
