//! Users: who somebody is, and what they may do.
//!
//! - **Vocabulary**: a *user* is a person's account; a *session* is a signed-in device; an *access token* proves who one is for
//!   minutes, without asking here; a *refresh token* renews a session, once, and all that descend from one sign-in are its
//!   *family*; a *signing key* makes access tokens believable; a *ticket* is a right to do one thing once, which the link of a mail
//!   carries; an *organisation* is a partner with *members*; an *API key* is what a partner's program shows, and lives through the
//!   *rotation* of its secrets.
//! - **Tables**: `user`, `password`, `session`, `refresh_token`, `signing_key`, `ticket`, `forgotten_password`, `audit`, `attempt`,
//!   `second_factor`, `recovery_code`, `identity`, `provider_flow`, `organisation`, `organisation_member`, `api_key`, `api_key_secret`, `api_key_use`, `registration`,
//!   `data_export`, `deletion`, `answer`, `ended_session`, `avatar`, `preferences`; `outbox` and `inbox`. The database protects the signing keys: who can read
//!   it can sign in as anybody. The secrets of second factors are sealed besides.
//! - **Entities**: `User`.
//! - **Routes**: `GET /.well-known/jwks.json`; for gateways `GET /internal/ended-sessions` and `GET /internal/api-key`;
//!   `GET /exports/{token}` and `GET /avatars/{avatarId}`; for browsers `GET /auth/{provider}/start` and `GET /auth/{provider}/callback`.
//! - **Blobs**: `exports/<exportId>.zip`, and while it is made `exports/<exportId>/<context>/<file>`; `avatars/<userId>/<avatarId>`.
//! - **Events out**: `user.registered`, `user.mail_requested`, `session.ended`, `user.preferences_changed`, `data_export.requested`,
//!   `user.deleted`. **Events in**:
//!   `api_key.used`, which the gateway tells; `taste_profile.created|failed`, `mail.queued|refused`, `data_export.collected`,
//!   `person.erased`; `track.held|reviewed`, for mail and audit; `embeddings.rebuild_requested|accepted`, for the audit.
//!
//! # What a person wants and pays for
//! *Preferences*, and who may see what they listen to, are kept for all devices and told by `user.preferences_changed`. Clients heed
//! them; no other context does today. An account is *premium* until a day that an admin sets (`grantPremium`); access tokens say so
//! from the next refresh on, and the gateway rates by it.
//!
//! # A registration
//! is one transaction here and two steps elsewhere; no half account remains:
//!
//! 1. *Account and profile*: with the password, the record of the registration and `user.registered`, in one transaction. When it
//!    fails, nothing was there.
//! 2. *Taste profile*: recommendations makes one and says `taste_profile.created`, or `taste_profile.failed`.
//! 3. *Welcome mail*: asked for by `user.mail_requested`; notifications says `mail.queued`, or `mail.refused`. An address that is
//!    proved already gets none. That a queued mail is never delivered undoes nothing: the person can ask for another.
//!
//! When a step fails, or is not answered within `users.rights.registration_secs`, the account ends as below: that is the compensation
//! of every step, by `user.deleted`. The person's devices are signed out, and name and address are free again. An answer that comes
//! after that ends the account once more, and so takes away what was made too late.
//!
//! # The end of an account
//! comes when a deletion's grace is over, or a registration is undone. In one transaction the sessions end, the account goes with all
//! that hangs on it, the audit forgets who it was (what was done stays), and `user.deleted` is told. Every context erases its part and
//! answers; who does not answer in time is asked again, and `accountDeletion` shows that. Then the blobs and the event log's mentions
//! of the person go, and last the note of whose deletion it was.

pub mod application;
pub mod domain;
pub mod graphql;
mod http;
pub mod infrastructure;

use std::sync::Arc;

use chrono::Duration;
use kernel::{PortError, Role};
use platform::api_key::KeyAnswer;
use platform::context::Task;
use platform::one_time::OneTimeTokens;
use platform::sealed::Sealer;
use platform::{Context, OpenError, Platform};
use tokio_util::sync::CancellationToken;

use application::create_account::NewAccount;
use application::ensure_account::EnsureAccountError;
use application::myself::MyselfPorts;
use application::on_api_key_used::OnApiKeyUsed;
use application::partners::PartnerPorts;
use application::personal_account::PersonalAccount;
use application::ports::SessionRepository;
use application::providers::ProviderPorts;
use application::rights::RightsPorts;
use application::{Ports, UseCases};
use domain::organisation::Limits;
use infrastructure::api_key_repository::SqlApiKeyRepository;
use infrastructure::argon2::{Argon2PasswordHasher, HashingCost};
use infrastructure::attempt_log::SqlAttemptLog;
use infrastructure::audit_log::SqlAuditLog;
use infrastructure::avatar_repository::SqlAvatarRepository;
use infrastructure::data_export_repository::SqlDataExportRepository;
use infrastructure::deletion_repository::SqlDeletionRepository;
use infrastructure::identity_repository::SqlIdentityRepository;
use infrastructure::jwt::JwtAccessTokens;
use infrastructure::migration::Migrator;
use infrastructure::organisation_repository::SqlOrganisationRepository;
use infrastructure::preferences_repository::SqlPreferencesRepository;
use infrastructure::registration_repository::SqlRegistrationRepository;
use infrastructure::second_factor_repository::SqlSecondFactorRepository;
use infrastructure::session_repository::SqlSessionRepository;
use infrastructure::signing_key_repository::SqlSigningKeyRepository;
use infrastructure::ticket_repository::SqlTicketRepository;
use infrastructure::user_repository::SqlUserRepository;

pub use http::EndedSession;
pub use infrastructure::jwt::{Claims, ISSUER, SigningKeys};

/// The context's name: its subgraph's, its database's, its events' source.
pub const NAME: &str = "users";

/// How often expired sessions are forgotten.
const FORGET_EVERY: std::time::Duration = std::time::Duration::from_secs(60 * 60);

/// How often the wishes of people who have forgotten their password are looked at. Not at once on purpose: then the answer to the
/// wish could not tell by its time whether there is such an account.
const RESETS_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// How soon what others have answered leads to the next step.
const RIGHTS_EVERY: std::time::Duration = std::time::Duration::from_secs(1);

/// The context, and what the composition root needs of it besides.
pub struct Started {
    /// Its entrances and background work.
    pub context: Context,
    /// For the command line.
    pub accounts: Accounts,
    /// For a gateway in this process.
    pub keys: Arc<SigningKeys>,
    /// For a gateway in this process too: which sessions ended before their time.
    pub sessions: Arc<dyn SessionRepository>,
    /// For a gateway in this process.
    pub api_keys: ApiKeys,
}

/// What a gateway in this process may ask about API keys.
#[derive(Clone)]
pub struct ApiKeys {
    use_cases: Arc<UseCases>,
}

impl ApiKeys {
    /// What the key with this hash is good for now.
    pub async fn verify(&self, hash: &str) -> Result<KeyAnswer, PortError> {
        self.use_cases.partners.verify_api_key.run(hash).await
    }
}

/// What whoever runs Polyphony may do with accounts. No client reaches it.
#[derive(Clone)]
pub struct Accounts {
    use_cases: Arc<UseCases>,
}

impl Accounts {
    /// Makes the account by the rules of registering, or gives the existing one of that username and address the role; its
    /// password stays then. Doing it again changes nothing.
    pub async fn ensure(&self, username: &str, email: &str, password: &str, role: Role) -> Result<domain::user::User, EnsureAccountError> {
        let wish = NewAccount { username: username.into(), email: email.into(), password: password.into(), display_name: None, role, vouched_for: true };
        self.use_cases.ensure_account.run(wish).await
    }

    /// Does what is due by now of registrations, copies and ends of accounts. The background work does it every second.
    pub async fn keep_rights(&self) -> Result<(), PortError> {
        self.use_cases.rights.go_on().await
    }
}

/// Starts the context on `platform`: brings its tables up to date and makes the first signing key.
pub async fn start(platform: &Platform) -> Result<Started, OpenError> {
    start_with(platform, HashingCost::OWASP).await
}

/// [`start`] with passwords that cost as much; for tests, which hash many.
pub async fn start_with(platform: &Platform, cost: HashingCost) -> Result<Started, OpenError> {
    let database = platform.database::<Migrator>(NAME).await?;
    let config = &platform.config.users;
    let keys = Arc::new(SigningKeys::new(
        Arc::new(SqlSigningKeyRepository::new(database.clone())),
        platform.clock.clone(),
        platform.randomness.clone(),
        Duration::seconds(config.access_token_secs.into()),
    ));
    // The first key now, and not in the first sign-in.
    keys.jwks().await?;
    let api_keys = Arc::new(SqlApiKeyRepository::new(database.clone()));
    let identities = Arc::new(SqlIdentityRepository::new(database.clone()));
    let ports = Ports {
        users: Arc::new(SqlUserRepository::new(database.clone())),
        sessions: Arc::new(SqlSessionRepository::new(database.clone())),
        tickets: Arc::new(SqlTicketRepository::new(database.clone())),
        second_factors: Arc::new(SqlSecondFactorRepository::new(database.clone(), &platform.config.internal_secret, platform.randomness.clone())),
        audit: Arc::new(SqlAuditLog::new(database.clone())),
        attempts: Arc::new(SqlAttemptLog::new(database.clone())),
        registrations_per_hour: config.registrations_per_hour,
        one_time: OneTimeTokens::new(&platform.config.internal_secret),
        passwords: Arc::new(Argon2PasswordHasher::new(cost, platform.randomness.clone())?),
        access_tokens: Arc::new(JwtAccessTokens::new(keys.clone(), platform.clock.clone(), platform.ids.clone())),
        partners: PartnerPorts {
            organisations: Arc::new(SqlOrganisationRepository::new(database.clone())),
            api_keys: api_keys.clone(),
            limits: Limits { per_minute: config.organisation_per_minute, per_day: config.organisation_per_day },
        },
        rights: RightsPorts {
            registrations: Arc::new(SqlRegistrationRepository::new(database.clone())),
            exports: Arc::new(SqlDataExportRepository::new(database.clone())),
            deletions: Arc::new(SqlDeletionRepository::new(database.clone())),
            bus: platform.bus.clone(),
            blobs: platform.blobs.clone(),
            times: config.rights.clone(),
            public_url: platform.config.public_url(),
        },
        providers: ProviderPorts {
            providers: infrastructure::providers::configured(&config.identity, &platform.config.public_url(), &platform.clock)?,
            flows: identities.clone(),
            identities,
            sealer: Sealer::new(&platform.config.internal_secret, "provider flow"),
        },
        myself: MyselfPorts {
            avatars: Arc::new(SqlAvatarRepository::new(database.clone())),
            preferences: Arc::new(SqlPreferencesRepository::new(database.clone())),
        },
        clock: platform.clock.clone(),
        randomness: platform.randomness.clone(),
        ids: platform.ids.clone(),
        events: platform.events(NAME),
        refresh_token_life: Duration::seconds(config.refresh_token_secs.into()),
    };
    let use_cases = Arc::new(UseCases::new(&ports));
    let mut context = Context::new(NAME);
    context.subgraph = Some(graphql::subgraph(use_cases.clone()));
    let internal = http::api_key::router(use_cases.clone(), platform.key_questions());
    context.http = http::router(keys.clone(), ports.sessions.clone(), platform.clock.clone(), platform.viewer_tokens())
        .merge(internal)
        .merge(http::export::router(use_cases.clone()))
        .merge(http::avatar::router(use_cases.clone()))
        .merge(http::provider::router(use_cases.clone(), &platform.config.public_url()));
    context.handlers.push(Arc::new(OnApiKeyUsed { api_keys }));
    context.handlers.extend(application::handlers(&ports));
    context.handlers.extend(use_cases.rights.handlers());
    context.handlers.push(platform.on_person(NAME, Arc::new(personal_account(&ports)), &database));
    context.tasks.push(Task::new("users.rights", {
        let use_cases = use_cases.clone();
        move |stop| keep_rights(use_cases, stop)
    }));
    context.tasks.push(platform.outbox_relay("users.outbox", &database));
    context.tasks.push(Task::new("users.sessions", {
        let use_cases = use_cases.clone();
        move |stop| forget_sessions(use_cases, stop)
    }));
    context.tasks.push(Task::new("users.forgotten_passwords", {
        let use_cases = use_cases.clone();
        move |stop| send_password_resets(use_cases, stop)
    }));
    context.databases.push(database);
    let api_keys = ApiKeys { use_cases: use_cases.clone() };
    Ok(Started { context, accounts: Accounts { use_cases }, keys, sessions: ports.sessions, api_keys })
}

fn personal_account(ports: &Ports) -> PersonalAccount {
    PersonalAccount {
        users: ports.users.clone(),
        sessions: ports.sessions.clone(),
        audit: ports.audit.clone(),
        organisations: ports.partners.organisations.clone(),
        identities: ports.providers.identities.clone(),
        myself: ports.myself.clone(),
        blobs: ports.rights.blobs.clone(),
        clock: ports.clock.clone(),
    }
}

async fn keep_rights(use_cases: Arc<UseCases>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(RIGHTS_EVERY)).await.is_some() {
        if let Err(error) = use_cases.rights.go_on().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "registrations, copies and ends of accounts cannot go on now");
        }
    }
}

async fn send_password_resets(use_cases: Arc<UseCases>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(RESETS_EVERY)).await.is_some() {
        if let Err(error) = use_cases.send_password_resets.run().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "mails for forgotten passwords cannot be sent now");
        }
    }
}

async fn forget_sessions(use_cases: Arc<UseCases>, stop: CancellationToken) {
    while stop.run_until_cancelled(tokio::time::sleep(FORGET_EVERY)).await.is_some() {
        if let Err(error) = use_cases.forget_sessions.run().await {
            tracing::warn!(error = &error as &dyn std::error::Error, "expired sessions cannot be forgotten now");
        }
    }
}
