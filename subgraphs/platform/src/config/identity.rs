//! Providers of identities: where people may sign in besides by a password.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Signing in by a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct IdentityConfig {
    /// Front ends that browsers may be sent back to, each a whole address.
    pub return_urls: Vec<String>,
    /// The providers, by the name that they have in addresses and in the store.
    pub providers: BTreeMap<String, ProviderConfig>,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ProviderConfig {
    /// Any issuer that speaks OpenID Connect and can be discovered; Google is `https://accounts.google.com`.
    Oidc {
        /// Its name for people.
        name: String,
        /// Its address, exactly as it names itself.
        issuer: String,
        /// Who we are there.
        client_id: String,
        /// What proves it.
        client_secret: String,
    },
    /// GitHub.
    Github {
        /// Its name for people.
        name: String,
        /// Who we are there.
        client_id: String,
        /// What proves it.
        client_secret: String,
        /// Where people sign in; empty: `https://github.com`.
        #[serde(default)]
        url: String,
        /// Where programs ask; empty: `https://api.github.com`.
        #[serde(default)]
        api_url: String,
    },
}
