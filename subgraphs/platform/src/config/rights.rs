//! The rights of a person: how long whole registrations, copies and ends of accounts may take.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How long whole registrations, copies and ends of accounts may take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RightsConfig {
    /// How long a step of a registration may take before the account is taken back, in seconds.
    pub registration_secs: u32,
    /// How long the end of an account can be cancelled, in seconds.
    pub deletion_grace_secs: u32,
    /// How long a copy of somebody's data can be had, in seconds.
    pub export_secs: u32,
    /// How long a context may take with its part of a copy or an end before it is asked again, in seconds.
    pub answer_secs: u32,
}
