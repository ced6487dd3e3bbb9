//! Scopes: what a credential may be used for. The list is closed; each is required somewhere in the schema by
//! `@requiresScopes`, under the text it has here.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One thing a credential may be used for. People who are signed in hold all of them; a partner's key holds those it was made
/// with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub enum Scope {
    /// Artists, albums, tracks and genres.
    #[serde(rename = "catalog:read")]
    CatalogRead,
    /// People's public profiles.
    #[serde(rename = "profiles:read")]
    ProfilesRead,
    /// Addresses that recordings can be streamed from.
    #[serde(rename = "playback:stream")]
    PlaybackStream,
    /// What the key itself was used for.
    #[serde(rename = "usage:read")]
    UsageRead,
}

/// The text is no scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a scope")]
pub struct UnknownScope;

impl Scope {
    /// All there are.
    pub const ALL: [Self; 4] = [Self::CatalogRead, Self::ProfilesRead, Self::PlaybackStream, Self::UsageRead];

    /// The text that `@requiresScopes` has.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CatalogRead => "catalog:read",
            Self::ProfilesRead => "profiles:read",
            Self::PlaybackStream => "playback:stream",
            Self::UsageRead => "usage:read",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = UnknownScope;

    fn from_str(text: &str) -> Result<Self, UnknownScope> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text).ok_or(UnknownScope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_has_one_text_everywhere() {
        for scope in Scope::ALL {
            assert_eq!(scope.as_str().parse(), Ok(scope));
            assert_eq!(serde_json::to_value(scope).unwrap(), scope.as_str());
        }
        assert_eq!("catalog:write".parse::<Scope>(), Err(UnknownScope));
    }
}
