//! A started context and short ways to ask it.

use std::sync::Arc;

use async_graphql::{Request, Response, Value, Variables};
use chrono::{DateTime, Duration, Utc};
use kernel::events::{AccountMail, MailRequested, TasteProfileCreated};
use kernel::id::UserId;
use kernel::{EventPayload, Role, Session, Viewer};
use platform::Platform;
use platform::consumer::Consumer;
use platform::graphql::Origin;
use platform::one_time::OneTimeTokens;
use platform::sealed::Sealer;
use platform::subgraph::Subgraph;
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;
use users::Claims;
use users::application::myself::MyselfPorts;
use users::application::partners::PartnerPorts;
use users::application::providers::ProviderPorts;
use users::application::rights::RightsPorts;
use users::application::start_provider_sign_in::Providers;
use users::application::{Ports, UseCases};
use users::domain::organisation::Limits;
use users::infrastructure::api_key_repository::SqlApiKeyRepository;
use users::infrastructure::argon2::{Argon2PasswordHasher, HashingCost};
use users::infrastructure::attempt_log::SqlAttemptLog;
use users::infrastructure::audit_log::SqlAuditLog;
use users::infrastructure::avatar_repository::SqlAvatarRepository;
use users::infrastructure::data_export_repository::SqlDataExportRepository;
use users::infrastructure::deletion_repository::SqlDeletionRepository;
use users::infrastructure::identity_repository::SqlIdentityRepository;
use users::infrastructure::jwt::{JwtAccessTokens, SigningKeys};
use users::infrastructure::migration::Migrator;
use users::infrastructure::organisation_repository::SqlOrganisationRepository;
use users::infrastructure::preferences_repository::SqlPreferencesRepository;
use users::infrastructure::registration_repository::SqlRegistrationRepository;
use users::infrastructure::second_factor_repository::SqlSecondFactorRepository;
use users::infrastructure::session_repository::SqlSessionRepository;
use users::infrastructure::signing_key_repository::SqlSigningKeyRepository;
use users::infrastructure::ticket_repository::SqlTicketRepository;
use users::infrastructure::user_repository::SqlUserRepository;

/// Tests hash many passwords and protect none.
pub(crate) const CHEAP: HashingCost = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct Users {
    pub(crate) platform: TestPlatform,
    pub(crate) started: users::Started,
}

impl Users {
    pub(crate) async fn start() -> Self {
        Self::on(TestPlatform::new().await).await
    }

    pub(crate) async fn on(platform: TestPlatform) -> Self {
        let started = users::start_with(&platform.platform, CHEAP).await.expect("the context starts");
        Self { platform, started }
    }

    pub(crate) fn subgraph(&self) -> Arc<dyn Subgraph> {
        self.started.context.subgraph.clone().expect("the context has a subgraph")
    }

    pub(crate) async fn ask(&self, viewer: &Viewer, query: &str, variables: Json) -> Answer {
        let origin = Origin { request_id: None, address: Some([192, 0, 2, 7].into()), user_agent: Some("Test/1".into()) };
        let request = Request::new(query).variables(Variables::from_json(variables)).data(viewer.clone()).data(origin);
        Answer(self.subgraph().execute(request).await)
    }

    /// What the outbox has told, oldest first, since the last call.
    pub(crate) async fn told<P: EventPayload>(&self) -> Vec<P> {
        let database = self.platform.platform.database::<Migrator>("users").await.expect("the database opens");
        let stop = CancellationToken::new();
        stop.cancel();
        // A relay that is told to stop publishes first what is there.
        platform::outbox::relay(database, self.platform.platform.bus.clone(), stop).await;
        let told = self.platform.platform.bus.poll(P::TYPE, &[P::TYPE], 100).await.expect("the bus answers");
        if let Some(last) = told.last() {
            self.platform.platform.bus.commit(P::TYPE, last.position).await.expect("the bus keeps it");
        }
        told.iter().map(|delivery| delivery.event.payload().expect("of the type").expect("in its shape")).collect()
    }

    /// The token that the newest mail of `kind` to `address` carries.
    pub(crate) async fn link(&self, kind: AccountMail, address: &str) -> String {
        let mails: Vec<MailRequested> = self.told().await;
        let mail = mails.into_iter().rev().find(|mail| mail.mail == kind && mail.to == address).expect("a mail was asked for");
        OneTimeTokens::new(&self.platform.platform.config.internal_secret).token(mail.ticket_id.expect("it has a link"))
    }

    pub(crate) async fn register(&self, username: &str) -> Tokens {
        let input = json!({ "username": username, "email": format!("{username}@example.com"), "password": PASSWORD });
        let tokens = self.ask(&Viewer::Anonymous, REGISTER, json!({ "input": input })).await.tokens("register");
        self.hear(&TasteProfileCreated { user_id: tokens.user_id() }).await;
        tokens
    }

    /// Another context tells a fact.
    pub(crate) async fn hear(&self, payload: &impl EventPayload) {
        let platform = &self.platform.platform;
        let consumer = Consumer::new(users::NAME, self.started.context.handlers.clone(), platform.bus.clone());
        consumer.dispatch(&platform.events("test").wrap(payload)).await.expect("the event is handled");
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Answer {
        self.ask(&Viewer::Anonymous, REFRESH, json!({ "token": refresh_token })).await
    }

    /// What the background task does about people who have forgotten their password.
    pub(crate) async fn work_off_forgotten(&self) {
        let use_cases = UseCases::new(&ports(&self.platform.platform).await);
        use_cases.send_password_resets.run().await.expect("the notes are worked off");
    }

    pub(crate) async fn admin(&self) -> Viewer {
        self.started.accounts.ensure("root", "root@example.com", PASSWORD, Role::Admin).await.expect("the admin is made");
        let answer = self.ask(&Viewer::Anonymous, SIGN_IN, json!({ "input": { "login": "root", "password": PASSWORD } })).await;
        answer.tokens("signIn").viewer(self).await
    }
}

pub(crate) const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) { ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username displayName email role } }";
pub(crate) const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username displayName email role } }";
pub(crate) const REFRESH: &str = "mutation($token: String!) { refreshSession(refreshToken: $token) { ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username displayName email role } }";
pub(crate) const BECOME_ARTIST: &str = "mutation { becomeArtist { ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username displayName email role } }";

#[derive(Debug)]
pub(crate) struct Answer(pub(crate) Response);

impl Answer {
    /// The data, or a panic with the errors.
    pub(crate) fn data(self) -> Json {
        assert!(self.0.errors.is_empty(), "{:?}", self.0.errors);
        self.0.data.into_json().expect("data is JSON")
    }

    /// The one error's code and field.
    pub(crate) fn refusal(&self) -> (String, Option<String>) {
        assert_eq!(self.0.errors.len(), 1, "{:?} {:?}", self.0.errors, self.0.data);
        let extensions = self.0.errors[0].extensions.as_ref().unwrap_or_else(|| panic!("{:?} has no extensions", self.0.errors));
        let text = |name| match extensions.get(name) {
            Some(Value::String(text)) => Some(text.clone()),
            _ => None,
        };
        (text("code").expect("an error has a code"), text("field"))
    }

    pub(crate) fn message(&self) -> &str {
        &self.0.errors[0].message
    }

    pub(crate) fn assert_refused(&self, code: &str, field: Option<&str>) {
        assert_eq!(self.refusal(), (code.to_owned(), field.map(ToOwned::to_owned)), "{}", self.message());
    }

    pub(crate) fn tokens(self, field: &str) -> Tokens {
        Tokens(self.data()[field].clone())
    }
}

#[derive(Debug)]
pub(crate) struct Tokens(pub(crate) Json);

impl Tokens {
    pub(crate) fn text(&self, field: &str) -> &str {
        self.0[field].as_str().expect("a text")
    }

    pub(crate) fn text_of_user(&self, field: &str) -> &str {
        self.0["user"][field].as_str().expect("a text")
    }

    pub(crate) fn instant(&self, field: &str) -> DateTime<Utc> {
        self.text(field).parse().expect("an instant")
    }

    pub(crate) fn user_id(&self) -> UserId {
        self.0["user"]["id"].as_str().expect("an id").parse().expect("a user's")
    }

    pub(crate) fn refresh_token(&self) -> &str {
        self.text("refreshToken")
    }

    /// The claims, verified as the gateway does: by the key document.
    pub(crate) async fn claims(&self, users: &Users) -> Claims {
        let jwks = users.started.keys.jwks().await.expect("the keys are there");
        verify(self.text("accessToken"), &jwks).expect("the token verifies")
    }

    /// Who the gateway says this is.
    pub(crate) async fn viewer(&self, users: &Users) -> Viewer {
        let claims = self.claims(users).await;
        let expires_at = DateTime::from_timestamp(claims.exp, 0).expect("an instant");
        Viewer::SignedIn(Session {
            user_id: claims.sub,
            session_id: claims.sid,
            role: claims.role,
            premium_until: claims.premium_exp.and_then(|until| DateTime::from_timestamp(until, 0)),
            expires_at,
        })
    }
}

pub(crate) fn verify(token: &str, jwks: &jsonwebtoken::jwk::JwkSet) -> Result<Claims, String> {
    let kid = jsonwebtoken::decode_header(token).map_err(|error| error.to_string())?.kid.ok_or("no kid")?;
    let key = jwks.find(&kid).ok_or("unknown kid")?;
    let key = jsonwebtoken::DecodingKey::from_jwk(key).map_err(|error| error.to_string())?;
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_issuer(&[users::ISSUER]);
    validation.set_audience(&[users::ISSUER]);
    // The fake clock stands in another year.
    validation.validate_exp = false;
    jsonwebtoken::decode::<Claims>(token, &key, &validation).map(|data| data.claims).map_err(|error| error.to_string())
}

/// The real adapters, for tests that put one of their own among them.
pub(crate) async fn ports(platform: &Platform) -> Ports {
    let database = platform.database::<Migrator>("users").await.expect("the database opens");
    let repository = Arc::new(SqlSigningKeyRepository::new(database.clone()));
    let partners = PartnerPorts {
        organisations: Arc::new(SqlOrganisationRepository::new(database.clone())),
        api_keys: Arc::new(SqlApiKeyRepository::new(database.clone())),
        limits: Limits { per_minute: 100, per_day: 10_000 },
    };
    let identities = Arc::new(SqlIdentityRepository::new(database.clone()));
    let keys = Arc::new(SigningKeys::new(repository, platform.clock.clone(), platform.randomness.clone(), Duration::minutes(15)));
    Ports {
        users: Arc::new(SqlUserRepository::new(database.clone())),
        sessions: Arc::new(SqlSessionRepository::new(database.clone())),
        tickets: Arc::new(SqlTicketRepository::new(database.clone())),
        second_factors: Arc::new(SqlSecondFactorRepository::new(database.clone(), &platform.config.internal_secret, platform.randomness.clone())),
        audit: Arc::new(SqlAuditLog::new(database.clone())),
        attempts: Arc::new(SqlAttemptLog::new(database.clone())),
        registrations_per_hour: platform.config.users.registrations_per_hour,
        one_time: OneTimeTokens::new(&platform.config.internal_secret),
        passwords: Arc::new(Argon2PasswordHasher::new(CHEAP, platform.randomness.clone()).expect("a hasher")),
        access_tokens: Arc::new(JwtAccessTokens::new(keys, platform.clock.clone(), platform.ids.clone())),
        partners,
        rights: RightsPorts {
            registrations: Arc::new(SqlRegistrationRepository::new(database.clone())),
            exports: Arc::new(SqlDataExportRepository::new(database.clone())),
            deletions: Arc::new(SqlDeletionRepository::new(database.clone())),
            bus: platform.bus.clone(),
            blobs: platform.blobs.clone(),
            times: platform.config.users.rights.clone(),
            public_url: platform.config.public_url(),
        },
        providers: ProviderPorts {
            providers: Providers { list: Arc::from([]), return_urls: Arc::from([]), public_url: platform.config.public_url() },
            flows: identities.clone(),
            identities,
            sealer: Sealer::new(&platform.config.internal_secret, "provider flow"),
        },
        myself: MyselfPorts { avatars: Arc::new(SqlAvatarRepository::new(database.clone())), preferences: Arc::new(SqlPreferencesRepository::new(database)) },
        clock: platform.clock.clone(),
        randomness: platform.randomness.clone(),
        ids: platform.ids.clone(),
        events: platform.events("users"),
        refresh_token_life: Duration::days(30),
    }
}
