//! Configuration: commented defaults compiled in, then a file, then the environment. Unknown keys are refused, and a bad
//! combination cannot be written: each port has one closed enum.

mod embedder;
mod gateway;
mod identity;
mod media;
mod rate_limiter;
mod recommendations;
mod rights;
mod telemetry;
mod transport;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::{Environment as EnvironmentSource, File, FileFormat};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use embedder::{EmbedderConfig, InputShape, LogKind, OnnxConfig, Spectrum};
pub use gateway::{
    AccessConfig, Audience, DiagnosticsConfig, EntityCacheConfig, FreeText, GatewayConfig, LimitsConfig, LiveConfig, MetricsConfig, OperationsConfig,
    OverloadConfig, RateConfig, SchemaConfig, SharingConfig, SubgraphsConfig, SupergraphConfig,
};
pub use identity::{IdentityConfig, ProviderConfig};
pub use media::MediaConfig;
pub use rate_limiter::RateLimiterConfig;
pub use recommendations::{EmbeddingIndexConfig, RecommendationsConfig};
pub use rights::RightsConfig;
pub use telemetry::TelemetryConfig;
pub use transport::{HttpConfig, TransportConfig};

/// Every key with its default and what it means, as `polyphony config` prints it.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// The whole configuration of an installation; every service reads the same file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Whether embedded adapters are allowed.
    pub environment: Environment,
    /// Where the public endpoint listens.
    pub listen: SocketAddr,
    /// The address clients reach the endpoint by; empty: `http://` and `listen`.
    pub public_url: String,
    /// The folder of everything that is kept; empty: the user's data directory.
    pub data: PathBuf,
    /// Shared by the services of one installation; empty: made on first start.
    pub internal_secret: String,
    /// How long a stop waits, in seconds.
    pub drain_secs: u64,
    /// How long a stopping service still takes requests while it says that it is not ready, in seconds.
    pub drain_notice_secs: u64,
    /// Log lines.
    pub log: LogConfig,
    /// Where traces go.
    pub telemetry: TelemetryConfig,
    /// Where contexts keep their state.
    pub database: DatabaseConfig,
    /// How events travel.
    pub bus: BusConfig,
    /// Where short-lived values are kept.
    pub cache: CacheConfig,
    /// Where what somebody has asked for is counted.
    pub rate_limiter: RateLimiterConfig,
    /// Where files are kept.
    pub blobs: BlobsConfig,
    /// How mail leaves.
    pub mail: MailConfig,
    /// The listener of every service.
    pub http: HttpConfig,
    /// The gateway's limits.
    pub gateway: GatewayConfig,
    /// The users context.
    pub users: UsersConfig,
    /// The catalog context.
    pub catalog: CatalogConfig,
    /// The playback context.
    pub playback: PlaybackConfig,
    /// The notifications context.
    pub notifications: NotificationsConfig,
    /// The media worker.
    pub media: MediaConfig,
    /// The recommendations context.
    pub recommendations: RecommendationsConfig,
    /// Each service's own address when started apart.
    pub services: BTreeMap<String, ServiceConfig>,
}

/// What kind of installation this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Everything is allowed.
    Development,
    /// Embedded adapters and made-up secrets are refused at start.
    Production,
}

/// Log lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct LogConfig {
    /// Their form.
    pub format: LogFormat,
    /// Which are written, as a tracing filter.
    pub filter: String,
}

/// The form of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Pretty,
    /// For machines: one JSON object a line.
    Json,
}

/// Where contexts keep their state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum DatabaseConfig {
    /// A file a context in the data folder.
    Sqlite {},
    /// A schema a context in one PostgreSQL database.
    Postgres {
        /// `postgres://user:password@host/database`.
        url: String,
        /// Connections a context may hold.
        #[serde(default = "ten", deserialize_with = "number_or_text")]
        max_connections: u32,
    },
}

const fn ten() -> u32 {
    10
}

/// A number inside an enum that is told apart by `kind`: serde reads those without saying which type it wants, so that a number
/// from the environment arrives as the text it is.
fn number_or_text<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: serde::Deserializer<'de>,
    N: Deserialize<'de> + std::str::FromStr<Err: std::fmt::Display>,
{
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<N> {
        Number(N),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(number),
        Either::Text(text) => text.parse().map_err(serde::de::Error::custom),
    }
}

/// How events travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BusConfig {
    /// Log tables in SQLite in the data folder.
    Embedded {},
}

/// Where short-lived values are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CacheConfig {
    /// In this process's memory.
    Embedded {
        /// Entries kept before the least useful go.
        #[serde(deserialize_with = "number_or_text")]
        max_entries: u64,
    },
}

/// Where files are kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum BlobsConfig {
    /// Files in the data folder.
    Folder {},
}

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MailConfig {
    /// `.eml` files in the data folder.
    Files {},
    /// A mail server.
    Smtp {
        /// `smtps://user:password@host`, or `smtp://user:password@host:587?tls=required` for STARTTLS.
        url: String,
    },
}

/// The notifications context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotificationsConfig {
    /// Whom mail is from, `Name <local@domain>`.
    pub from: String,
    /// The front end that links in mails lead to; empty: the public address.
    pub link_url: String,
    /// The pause after a mail's first failure, in seconds; each next one is three times as long, up to six hours.
    pub first_retry_secs: u32,
    /// Attempts before a mail is given up.
    pub max_attempts: u32,
}

/// The users context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsersConfig {
    /// Life of an access token, in seconds.
    pub access_token_secs: u32,
    /// Life of a refresh token, in seconds.
    pub refresh_token_secs: u32,
    /// New accounts that one address may make in an hour without a pause.
    pub registrations_per_hour: u32,
    /// What all API keys of a new organisation may use together, in requests a minute.
    pub organisation_per_minute: u32,
    /// The same in requests a day.
    pub organisation_per_day: u32,
    /// Registrations, copies and ends of accounts.
    pub rights: RightsConfig,
    /// Signing in by a provider.
    pub identity: IdentityConfig,
}

/// The catalog context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CatalogConfig {
    /// The largest file an artist may upload, in bytes.
    pub max_upload_bytes: u64,
    /// The largest picture, in bytes.
    pub max_artwork_bytes: u64,
    /// How long an upload address works, in seconds.
    pub upload_secs: u32,
}

/// The playback context.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaybackConfig {
    /// How long a media address works after it was last used, in seconds.
    pub grant_secs: u32,
    /// How long it works at most, in seconds.
    pub grant_max_secs: u32,
}

/// A service started apart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ServiceConfig {
    /// Where it listens.
    pub listen: SocketAddr,
    /// How others reach it, without a path.
    pub url: String,
}

/// The configuration cannot be used; the text says which key, and where it came from.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// A file or variable cannot be read, has a wrong type, or names an unknown key.
    #[error("configuration: {0}")]
    Invalid(#[from] ::config::ConfigError),
    /// A value makes no sense.
    #[error("configuration: {key}: {problem}")]
    Value {
        /// The key.
        key: &'static str,
        /// What is wrong and what would be right.
        problem: String,
    },
}

impl Config {
    /// Defaults, then `file` (which must exist when named), then `POLYPHONY_…` of the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        // Names that the command line and the test suites use are not keys.
        let is_key = |name: &str| {
            name.starts_with("POLYPHONY_") && name != "POLYPHONY_CONFIG" && !name.starts_with("POLYPHONY_IMPORT_") && !name.starts_with("POLYPHONY_TEST_")
        };
        let variables = std::env::vars().filter(|(name, _)| is_key(name)).collect();
        Self::from_sources(file, variables)
    }

    /// The defaults alone, whatever the machine's files and environment say: embedded adapters on the folder `data`.
    pub fn embedded(data: &Path) -> Result<Self, ConfigError> {
        Self::from_sources(None, std::collections::HashMap::from([("POLYPHONY_DATA".to_owned(), data.display().to_string())]))
    }

    fn from_sources(file: Option<&Path>, variables: std::collections::HashMap<String, String>) -> Result<Self, ConfigError> {
        let mut builder = ::config::Config::builder().add_source(File::from_str(DEFAULTS, FileFormat::Toml));
        if let Some(file) = file {
            builder = builder.add_source(File::from(file).format(FileFormat::Toml));
        }
        // Its texts stay texts until the key's type is known: a secret of digits is no number.
        let environment = EnvironmentSource::with_prefix("POLYPHONY").prefix_separator("_").separator("__").source(Some(variables));
        let mut config: Self = builder.add_source(environment).build()?.try_deserialize()?;
        config.complete()?;
        Ok(config)
    }

    fn complete(&mut self) -> Result<(), ConfigError> {
        if self.data.as_os_str().is_empty() {
            self.data = directories::ProjectDirs::from("", "", "polyphony")
                .ok_or_else(|| ConfigError::Value { key: "data", problem: "there is no home directory to keep data in; name a folder".into() })?
                .data_dir()
                .to_owned();
        }
        if !self.internal_secret.is_empty() && self.internal_secret.len() < 32 {
            return Err(ConfigError::Value { key: "internal_secret", problem: "must have at least 32 characters".into() });
        }
        self.gateway.complete(self.environment)?;
        if self.telemetry.sample_one_in == 0 {
            return Err(ConfigError::Value { key: "telemetry.sample_one_in", problem: "must be at least 1; an empty endpoint records nothing".into() });
        }
        if self.playback.grant_secs == 0 {
            return Err(ConfigError::Value { key: "playback.grant_secs", problem: "must be at least 1".into() });
        }
        if self.media.lease_secs == 0 {
            return Err(ConfigError::Value { key: "media.lease_secs", problem: "must be at least 1".into() });
        }
        if self.environment == Environment::Production {
            self.refuse_embedded()?;
        }
        Ok(())
    }

    fn refuse_embedded(&self) -> Result<(), ConfigError> {
        let refuse = |key, problem: &str| Err(ConfigError::Value { key, problem: format!("{problem} (environment is \"production\")") });
        if self.internal_secret.is_empty() {
            return refuse("internal_secret", "must be set");
        }
        match &self.database {
            DatabaseConfig::Sqlite {} => return refuse("database.kind", "sqlite is an embedded adapter; use postgres"),
            DatabaseConfig::Postgres { .. } => {}
        }
        match &self.mail {
            MailConfig::Files {} => return refuse("mail.kind", "files reach nobody; use smtp"),
            MailConfig::Smtp { .. } => {}
        }
        match &self.recommendations.embedding_index {
            EmbeddingIndexConfig::QdrantEdge {} => {
                return refuse("recommendations.embedding_index.kind", "qdrant_edge keeps vectors in one machine's folder; use qdrant");
            }
            EmbeddingIndexConfig::Qdrant { .. } => {}
        }
        match &self.bus {
            BusConfig::Embedded {} => refuse("bus.kind", "embedded keeps events in one machine's folder"),
        }
    }

    /// The address clients reach the endpoint by, without a slash at the end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() { format!("http://{}", self.listen) } else { self.public_url.trim_end_matches('/').to_owned() }
    }

    /// How long a stop waits.
    pub const fn drain(&self) -> Duration {
        Duration::from_secs(self.drain_secs)
    }

    /// How long a stopping service still takes requests.
    pub const fn drain_notice(&self) -> Duration {
        Duration::from_secs(self.drain_notice_secs)
    }

    /// The JSON schema of the configuration file, as committed in `schema/config.schema.json`.
    pub fn schema() -> schemars::Schema {
        schemars::schema_for!(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_sources(None, variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn defaults_are_complete() {
        let config = with(&[]).unwrap();
        assert_eq!(config.public_url(), "http://127.0.0.1:4000");
        assert!(config.data.ends_with("polyphony"));
    }

    #[test]
    fn the_environment_overrides_top_and_nested_keys() {
        let config = with(&[("POLYPHONY_LISTEN", "127.0.0.1:5000"), ("POLYPHONY_MEDIA__WORKERS", "3"), ("POLYPHONY_DATA", "/x")]).unwrap();
        assert_eq!((config.listen.port(), config.media.workers, config.data), (5000, 3, PathBuf::from("/x")));
    }

    #[test]
    fn the_environment_overrides_the_file_and_the_file_the_defaults() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("polyphony.toml");
        std::fs::write(&file, "listen = \"127.0.0.1:1\"\ndrain_secs = 1\n[media]\nworkers = 7\nmax_attempts = 7\n").unwrap();
        let variables = [("POLYPHONY_LISTEN", "127.0.0.1:2"), ("POLYPHONY_MEDIA__WORKERS", "2")];
        let config = Config::from_sources(Some(&file), variables.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()).unwrap();
        assert_eq!((config.listen.port(), config.drain_secs, config.media.workers, config.media.max_attempts, config.media.lease_secs), (2, 1, 2, 7, 15));
    }

    #[test]
    fn a_secret_of_digits_stays_text() {
        for secret in ["12345678901234567890123456789012", "00000000000000000000000000000000", "1234567890123456789012345678e1234"] {
            assert_eq!(with(&[("POLYPHONY_INTERNAL_SECRET", secret)]).unwrap().internal_secret, secret);
        }
    }

    #[test]
    fn unknown_keys_are_refused_by_name() {
        let error = with(&[("POLYPHONY_LISTN", "x")]).unwrap_err().to_string();
        assert!(error.contains("listn"), "{error}");
    }

    #[test]
    fn a_postgres_database_needs_its_url() {
        assert!(with(&[("POLYPHONY_DATABASE__KIND", "postgres")]).is_err());
        let config = with(&[("POLYPHONY_DATABASE__KIND", "postgres"), ("POLYPHONY_DATABASE__URL", "postgres://x")]).unwrap();
        assert_eq!(config.database, DatabaseConfig::Postgres { url: "postgres://x".into(), max_connections: 10 });
        let variables = [("POLYPHONY_DATABASE__KIND", "postgres"), ("POLYPHONY_DATABASE__URL", "x"), ("POLYPHONY_DATABASE__MAX_CONNECTIONS", "3")];
        assert_eq!(with(&variables).unwrap().database, DatabaseConfig::Postgres { url: "x".into(), max_connections: 3 });
        assert_eq!(with(&[("POLYPHONY_CACHE__MAX_ENTRIES", "9")]).unwrap().cache, CacheConfig::Embedded { max_entries: 9 });
        assert!(with(&[("POLYPHONY_CACHE__MAX_ENTRIES", "many")]).is_err());
    }

    #[test]
    fn production_refuses_embedded_adapters_and_made_up_secrets() {
        let error = with(&[("POLYPHONY_ENVIRONMENT", "production")]).unwrap_err().to_string();
        assert!(error.contains("internal_secret"), "{error}");
        let secret = "0123456789abcdef0123456789abcdef";
        let error = with(&[("POLYPHONY_ENVIRONMENT", "production"), ("POLYPHONY_INTERNAL_SECRET", secret)]).unwrap_err().to_string();
        assert!(error.contains("sqlite is an embedded adapter"), "{error}");
    }

    #[test]
    fn limits_that_would_let_nothing_through_are_refused_by_name() {
        for key in ["LIMITS__MAX_DEPTH", "SUBGRAPHS__TIMEOUT_MS", "OVERLOAD__MAX_IN_FLIGHT", "TRANSPORT__HEARTBEAT_MS"] {
            let error = with(&[(&format!("POLYPHONY_GATEWAY__{key}"), "0")]).unwrap_err().to_string();
            let told = format!("gateway.{}", key.to_lowercase().replace("__", "."));
            assert!(error.contains(&told) && error.contains("must be at least 1"), "{error}");
        }
        assert!(with(&[("POLYPHONY_GATEWAY__SUBGRAPHS__BREAKER_FAILURES_PERCENT", "101")]).is_err());
        // None is a rule too.
        assert!(with(&[("POLYPHONY_GATEWAY__LIMITS__MAX_ALIASES", "0")]).is_ok());
    }

    #[test]
    fn production_wants_a_server_for_vectors() {
        let outside = [
            ("POLYPHONY_ENVIRONMENT", "production"),
            ("POLYPHONY_INTERNAL_SECRET", "0123456789abcdef0123456789abcdef"),
            ("POLYPHONY_DATABASE__KIND", "postgres"),
            ("POLYPHONY_DATABASE__URL", "postgres://x"),
            ("POLYPHONY_MAIL__KIND", "smtp"),
            ("POLYPHONY_MAIL__URL", "smtps://x"),
        ];
        let error = with(&outside).unwrap_err().to_string();
        assert!(error.contains("recommendations.embedding_index.kind"), "{error}");
        let kind = ("POLYPHONY_RECOMMENDATIONS__EMBEDDING_INDEX__KIND", "qdrant");
        assert!(with(&[kind]).is_err(), "it needs an address");
        let server = [kind, ("POLYPHONY_RECOMMENDATIONS__EMBEDDING_INDEX__URL", "http://x:6334")];
        let expected = EmbeddingIndexConfig::Qdrant { url: "http://x:6334".into(), api_key: String::new(), prefix: "polyphony".into() };
        assert_eq!(with(&server).unwrap().recommendations.embedding_index, expected);
        let error = with(&[&outside[..], &server].concat()).unwrap_err().to_string();
        assert!(error.contains("bus.kind"), "{error}");
    }

    #[test]
    fn production_closes_what_development_opens_unless_somebody_says_otherwise() {
        let open = with(&[]).unwrap().gateway;
        assert_eq!(open.schema, SchemaConfig { introspection: Some(Audience::Everyone), download: Some(Audience::Everyone) });
        assert_eq!(open.diagnostics, DiagnosticsConfig { deprecations: Some(Audience::Everyone), trace: Some(Audience::Everyone) });

        let schema = SchemaConfig { introspection: None, download: Some(Audience::SignedIn) };
        let mut closed = GatewayConfig { schema, diagnostics: DiagnosticsConfig { deprecations: None, trace: None }, ..open };
        closed.complete(Environment::Production).unwrap();
        assert_eq!(closed.schema, SchemaConfig { introspection: Some(Audience::Nobody), download: Some(Audience::SignedIn) });
        assert_eq!(closed.diagnostics, DiagnosticsConfig { deprecations: Some(Audience::Nobody), trace: Some(Audience::Admins) });
        assert_eq!(with(&[("POLYPHONY_GATEWAY__SCHEMA__DOWNLOAD", "admins")]).unwrap().gateway.schema.download, Some(Audience::Admins));
    }
}
