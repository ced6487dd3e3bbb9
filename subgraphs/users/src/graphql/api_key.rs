//! API keys and their use.

use async_graphql::{Context, Enum, Error, ID, InputObject, Object, SimpleObject};
use chrono::{DateTime, NaiveDate, Utc};

use super::partner_loader;
use super::told::graphql_error;
use crate::application::create_api_key::FreshKey;
use crate::application::find_api_key::UsageDays;
use crate::domain;
use crate::domain::api_key::TermsWish;

/// What an API key may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::Scope", name = "ApiKeyScope")]
pub(super) enum Scope {
    /// `catalog:read`: artists, albums, tracks and genres.
    CatalogRead,
    /// `profiles:read`: people's public profiles.
    ProfilesRead,
    /// `playback:stream`: addresses that recordings can be streamed from.
    PlaybackStream,
    /// `usage:read`: what the key itself was used for.
    UsageRead,
}

/// A credential of a partner's program. It is shown as `Authorization: Bearer pk_…` or `X-API-Key: pk_…`.
pub(super) struct ApiKey {
    key: domain::api_key::ApiKey,
}

impl From<domain::api_key::ApiKey> for ApiKey {
    fn from(key: domain::api_key::ApiKey) -> Self {
        Self { key }
    }
}

/// A credential of a partner's program. It is shown as `Authorization: Bearer pk_…` or `X-API-Key: pk_…`.
#[Object]
impl ApiKey {
    /// The id: opaque, never reused; the same through all rotations.
    async fn id(&self) -> ID {
        self.key.id.to_string().into()
    }

    /// What people call it.
    async fn name(&self) -> &str {
        &self.key.terms.name
    }

    /// How its newest secret begins, to tell it from others.
    async fn prefix(&self) -> &str {
        &self.key.shown
    }

    /// What it may be used for.
    async fn scopes(&self) -> Vec<Scope> {
        self.key.terms.scopes.iter().copied().map(Scope::from).collect()
    }

    /// Requests it may make in any minute.
    async fn per_minute(&self) -> u32 {
        self.key.terms.limits.per_minute
    }

    /// Requests it may make in any 24 hours.
    async fn per_day(&self) -> u32 {
        self.key.terms.limits.per_day
    }

    /// From when on it is refused; null: it has no end.
    async fn expires_at(&self) -> Option<DateTime<Utc>> {
        self.key.terms.expires_at
    }

    /// Origins whose pages may use it; empty: it is not bound to any.
    async fn allowed_origins(&self) -> &[String] {
        &self.key.terms.allowed_origins
    }

    /// Networks it may be used from, in CIDR notation; empty: from anywhere.
    async fn allowed_addresses(&self) -> Vec<String> {
        self.key.terms.allowed_addresses.iter().map(ToString::to_string).collect()
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime<Utc> {
        self.key.created_at
    }

    /// When it was revoked; null while it is not.
    async fn revoked_at(&self) -> Option<DateTime<Utc>> {
        self.key.revoked_at
    }

    /// When it was last used, give or take some seconds.
    async fn last_used_at(&self) -> Option<DateTime<Utc>> {
        self.key.last_used_at
    }

    /// What it was used for, by day and operation, newest day first; what was asked in the last seconds may be missing.
    async fn usage(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "How many days back, today included, 1 to 90.", default = 30)] days: i32,
    ) -> Result<Vec<ApiKeyUsage>, Error> {
        let days = UsageDays::parse(days).map_err(|error| graphql_error(&error))?;
        let lines = partner_loader::usage_of(context, self.key.id, days).await?;
        Ok(lines.into_iter().map(ApiKeyUsage::from).collect())
    }
}

/// What a key was used for on one day.
#[derive(SimpleObject)]
pub(super) struct ApiKeyUsage {
    /// The day in UTC, for example 2026-01-31.
    day: NaiveDate,
    /// The operation's name; empty when the client gave none, `(others)` for those beyond the first 200 of the day.
    operation: String,
    /// How often it was let in.
    requests: u64,
    /// How often it was refused because a quota was used up.
    refused: u64,
    /// Units of the quota that it used.
    cost: u64,
}

impl From<domain::api_key::UsageLine> for ApiKeyUsage {
    fn from(line: domain::api_key::UsageLine) -> Self {
        Self { day: line.day, operation: line.operation, requests: line.requests, refused: line.refused, cost: line.cost }
    }
}

/// A new API key.
#[derive(InputObject)]
pub(super) struct CreateApiKeyInput {
    /// Whose.
    pub(super) organisation_id: ID,
    /// What people call it: 1 to 80 characters on one line.
    name: String,
    /// What it may be used for; at least one thing.
    scopes: Vec<Scope>,
    /// Requests it may make in any minute. All keys of the organisation share its limits.
    per_minute: i32,
    /// Requests it may make in any 24 hours.
    per_day: i32,
    /// From when on it is refused; without one it has no end.
    expires_at: Option<DateTime<Utc>>,
    /// Origins whose pages may use it, for example `https://app.example`; at most 20. Empty: it is not bound to any.
    #[graphql(default)]
    allowed_origins: Vec<String>,
    /// Addresses or networks it may be used from, for example `192.0.2.0/24`; at most 50. Empty: from anywhere.
    #[graphql(default)]
    allowed_addresses: Vec<String>,
    /// A code of the viewer's second factor, where they have one.
    pub(super) code: Option<String>,
}

impl From<CreateApiKeyInput> for TermsWish {
    fn from(input: CreateApiKeyInput) -> Self {
        Self {
            name: input.name,
            scopes: input.scopes.into_iter().map(kernel::Scope::from).collect(),
            per_minute: input.per_minute,
            per_day: input.per_day,
            expires_at: input.expires_at,
            allowed_origins: input.allowed_origins,
            allowed_addresses: input.allowed_addresses,
        }
    }
}

/// A key and the one sight of its secret.
#[derive(SimpleObject)]
pub(super) struct ApiKeyPayload {
    /// The key.
    api_key: ApiKey,
    /// What its program shows. Keep it: nobody can find it out afterwards.
    secret: String,
}

impl From<FreshKey> for ApiKeyPayload {
    fn from(fresh: FreshKey) -> Self {
        Self { secret: fresh.secret.as_str().to_owned(), api_key: fresh.key.into() }
    }
}
