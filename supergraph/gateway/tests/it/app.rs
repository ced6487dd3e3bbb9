//! A gateway on a port of its own, and what its clients need.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use axum::serve::ListenerExt as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ed25519_dalek::SigningKey;
use gateway::{
    Authenticator, EmbeddedOperationStore, Gateway, GatewayOptions, JwksAuthenticator, KeySource, Peers, RevocationSource, Revocations, SubgraphTarget,
    UsageReports,
};
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kernel::event::EventFactory;
use kernel::id::SessionId;
use kernel::{Clock, IdGenerator, OsRandomness, PortError, SystemClock};
use platform::chassis::Server;
use platform::config::{Config, GatewayConfig};
use platform::rate_limiter::EmbeddedRateLimiter;
use platform::subgraph::Subgraph;
use platform::viewer_token::ViewerTokens;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::partners::{FakeApiKeys, FakeBus};
use crate::world::{self, SignInToken};

pub(crate) const SUPERGRAPH: &str = include_str!("fixture/supergraph.graphql");

/// What partners see of it.
pub(crate) const PARTNER: &str = include_str!("fixture/partner.graphql");

/// A clock that a test moves.
#[derive(Debug)]
pub(crate) struct HandClock(Mutex<DateTime<Utc>>);

impl Default for HandClock {
    fn default() -> Self {
        Self(Mutex::new(DateTime::from_timestamp(1_800_000_000, 0).unwrap()))
    }
}

impl HandClock {
    pub(crate) fn forward(&self, by: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += by;
    }
}

impl Clock for HandClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Keys that a test rotates.
pub(crate) struct Keys(Mutex<Vec<(String, SigningKey)>>);

impl Keys {
    pub(crate) fn rotate(&self, kid: &str) {
        let seed = [u8::try_from(kid.len()).unwrap(); 32];
        self.0.lock().unwrap().push((kid.to_owned(), SigningKey::from_bytes(&seed)));
    }
}

#[async_trait]
impl KeySource for Keys {
    async fn jwks(&self) -> Result<JwkSet, PortError> {
        let keys = self.0.lock().unwrap();
        let keys: Vec<_> = keys
            .iter()
            .map(|(kid, key)| {
                let x = URL_SAFE_NO_PAD.encode(key.verifying_key().to_bytes());
                json!({ "kty": "OKP", "crv": "Ed25519", "alg": "EdDSA", "use": "sig", "kid": kid, "x": x })
            })
            .collect();
        serde_json::from_value(json!({ "keys": keys })).map_err(PortError::corrupt)
    }
}

/// Sessions that a test ends.
#[derive(Default)]
pub(crate) struct Ended(Mutex<Vec<(SessionId, DateTime<Utc>)>>);

#[async_trait]
impl RevocationSource for Ended {
    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError> {
        Ok(self.0.lock().unwrap().iter().filter(|(_, at)| *at > since).copied().collect())
    }
}

pub(crate) struct App {
    pub(crate) gateway: Gateway,
    ended: Arc<Ended>,
    pub(crate) revocations: Arc<Revocations>,
    pub(crate) address: std::net::SocketAddr,
    pub(crate) client: reqwest::Client,
    pub(crate) clock: Arc<HandClock>,
    pub(crate) keys: Arc<Keys>,
    pub(crate) api_keys: Arc<FakeApiKeys>,
    pub(crate) bus: Arc<FakeBus>,
    pub(crate) changes: broadcast::Sender<String>,
    pub(crate) sign_in_token: SignInToken,
    pub(crate) stop: CancellationToken,
    pub(crate) ids: IdGenerator,
    _stop: DropGuard,
}

/// The compiled defaults, with limits that tests can reach.
pub(crate) fn config() -> GatewayConfig {
    let mut config = Config::embedded(Path::new("/nowhere")).unwrap().gateway;
    let limits = &mut config.limits;
    (limits.max_depth, limits.max_aliases, limits.max_tokens, limits.max_body_bytes) = (10, 5, 1000, 64 * 1024);
    limits.report_cost = false;
    // Limits of their own are what some tests are about; the others must not meet them.
    (config.rate.anonymous_per_minute, config.rate.free_per_minute) = (1_000_000, 1_000_000);
    config
}

/// The same, with each operation run for itself: for tests of what running one does.
pub(crate) fn unshared() -> GatewayConfig {
    let mut config = config();
    (config.sharing.queries, config.sharing.live, config.entity_cache.enabled) = (false, false, false);
    config
}

/// How the gateway reaches the subgraphs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach {
    InProcess,
    Http,
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::start_with(Reach::InProcess, config()).await
    }

    pub(crate) async fn start_with(reach: Reach, config: GatewayConfig) -> Self {
        Self::start_over(reach, config, None).await
    }

    /// Like [`start`](Self::start), with another judge of tokens.
    pub(crate) async fn start_authenticated_by(authenticator: Arc<dyn Authenticator>) -> Self {
        Self::start_of(SUPERGRAPH, Reach::InProcess, config(), None, Some(authenticator), Some(PARTNER)).await
    }

    /// Like [`start_with`](Self::start_with), with one subgraph elsewhere.
    pub(crate) async fn start_over(reach: Reach, config: GatewayConfig, elsewhere: Option<(&str, SubgraphTarget)>) -> Self {
        Self::start_of(SUPERGRAPH, reach, config, elsewhere, None, Some(PARTNER)).await
    }

    /// Like [`start_over`](Self::start_over), of another supergraph with the same subgraphs.
    pub(crate) async fn start_on(sdl: &str, reach: Reach, config: GatewayConfig, elsewhere: Option<(&str, SubgraphTarget)>) -> Self {
        Self::start_of(sdl, reach, config, elsewhere, None, Some(PARTNER)).await
    }

    /// Like [`start_with`](Self::start_with), with no contract: partners see all.
    pub(crate) async fn start_whole(reach: Reach, config: GatewayConfig) -> Self {
        Self::start_of(SUPERGRAPH, reach, config, None, None, None).await
    }

    async fn start_of(
        sdl: &str,
        reach: Reach,
        config: GatewayConfig,
        elsewhere: Option<(&str, SubgraphTarget)>,
        authenticator: Option<Arc<dyn Authenticator>>,
        partner_sdl: Option<&str>,
    ) -> Self {
        let clock = Arc::new(HandClock::default());
        let tokens = viewer_tokens(clock.clone());
        let keys = Arc::new(Keys(Mutex::new(Vec::new())));
        keys.rotate("first");
        let stop = CancellationToken::new();
        let (changes, _) = broadcast::channel(64);
        let sign_in_token = SignInToken::default();
        let mut subgraphs = HashMap::new();
        for subgraph in world::all(&changes, &sign_in_token) {
            let name = subgraph.name().to_owned();
            let target = match reach {
                Reach::InProcess => SubgraphTarget::InProcess(subgraph),
                Reach::Http => remote(subgraph, tokens.clone()).await,
            };
            subgraphs.insert(name, target);
        }
        subgraphs.extend(elsewhere.map(|(name, target)| (name.to_owned(), target)));
        let ended = Arc::new(Ended::default());
        let revocations = Arc::new(Revocations::new(ended.clone(), clock.clone(), TimeDelta::minutes(15)));
        let people = JwksAuthenticator::new(keys.clone(), clock.clone()).with_refresh_interval(Duration::ZERO).with_revocations(revocations.clone());
        let ids = IdGenerator::new(clock.clone(), Arc::new(OsRandomness));
        let (api_keys, bus) = (Arc::new(FakeApiKeys::default()), Arc::new(FakeBus::default()));
        let gateway = Gateway::new(GatewayOptions {
            supergraph_sdl: sdl.to_owned(),
            partner_sdl: partner_sdl.map(ToOwned::to_owned),
            subgraphs,
            authenticator: authenticator.unwrap_or_else(|| Arc::new(people)),
            api_keys: Some(api_keys.clone()),
            rate_limiter: Some(Arc::new(EmbeddedRateLimiter::new(clock.clone(), 1_000))),
            usage_reports: Some(UsageReports { bus: bus.clone(), events: EventFactory::new("gateway", clock.clone(), ids.clone()) }),
            trusted_operations: None,
            operation_store: Arc::new(EmbeddedOperationStore::new(config.operations.automatic_max_bytes)),
            clock: clock.clone(),
            peers: Peers::Polyphony(tokens),
            config,
            stop: stop.clone(),
        })
        .unwrap();
        let address = serve(gateway.router()).await;
        Self {
            ended,
            revocations,
            address,
            client: reqwest::Client::new(),
            clock,
            keys,
            api_keys,
            bus,
            changes,
            sign_in_token,
            gateway,
            _stop: stop.clone().drop_guard(),
            stop,
            ids,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/graphql", self.address)
    }

    /// An access token of `kid` that ends in `life`.
    pub(crate) fn token_of(&self, kid: &str, life: TimeDelta) -> String {
        self.signed(kid, life, |_| {})
    }

    /// An access token with other claims.
    pub(crate) fn token_with(&self, change: impl FnOnce(&mut Value)) -> String {
        self.signed("first", TimeDelta::minutes(15), change)
    }

    /// An access token of somebody who runs the service.
    pub(crate) fn admin_token(&self) -> String {
        self.token_with(|claims| claims["role"] = json!("ADMIN"))
    }

    /// Ends the session of `token`, and has the gateway know.
    pub(crate) async fn end_session(&self, token: &str) {
        let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        self.ended.0.lock().unwrap().push((claims["sid"].as_str().unwrap().parse().unwrap(), self.clock.now()));
        self.revocations.refresh().await.unwrap();
    }

    fn signed(&self, kid: &str, life: TimeDelta, change: impl FnOnce(&mut Value)) -> String {
        let keys = self.keys.0.lock().unwrap();
        let (_, key) = keys.iter().find(|(known, _)| known == kid).unwrap();
        // PKCS #8 of an Ed25519 seed (RFC 8410 §7).
        let mut der = hex("302e020100300506032b657004220420");
        der.extend(key.to_bytes());
        let now = self.clock.now();
        let mut claims = json!({
            "iss": "polyphony", "aud": "polyphony", "role": "USER",
            "sub": self.ids.next::<kernel::id::User>().to_string(),
            "sid": self.ids.next::<kernel::id::SessionEntity>().to_string(),
            "iat": now.timestamp(), "exp": (now + life).timestamp(), "jti": "1",
        });
        change(&mut claims);
        let header = Header { kid: Some(kid.to_owned()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, &claims, &EncodingKey::from_ed_der(&der)).unwrap()
    }

    pub(crate) fn token(&self) -> String {
        self.token_of("first", TimeDelta::minutes(15))
    }

    pub(crate) async fn query(&self, query: &str) -> Value {
        self.send(json!({ "query": query }), None).await
    }

    pub(crate) async fn query_as(&self, token: &str, query: &str) -> Value {
        self.send(json!({ "query": query }), Some(token)).await
    }

    pub(crate) async fn send(&self, body: Value, token: Option<&str>) -> Value {
        let mut request = self.client.post(self.url()).json(&body);
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        request.send().await.unwrap().json().await.unwrap()
    }
}

/// What gateways tell subgraphs of viewers with.
pub(crate) fn viewer_tokens(clock: Arc<dyn Clock>) -> ViewerTokens {
    ViewerTokens::new("0123456789abcdef0123456789abcdef", clock)
}

pub(crate) async fn remote(subgraph: Arc<dyn Subgraph>, tokens: ViewerTokens) -> SubgraphTarget {
    let address = serve_as_service(platform::chassis::subgraph_router(subgraph, tokens)).await;
    SubgraphTarget::http(&format!("http://{address}/graphql")).unwrap()
}

/// Serves `router` as a service does: with request ids, traces and health.
pub(crate) async fn serve_as_service(router: axum::Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
    let server = Server::new(ids, Config::load(None).unwrap().http, Duration::from_secs(1)).with_router(router);
    tokio::spawn(server.run(listener, CancellationToken::new()));
    address
}

pub(crate) async fn serve(router: axum::Router) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // As the real one has it: an answer in parts takes 40 ms otherwise.
    let listener = listener.tap_io(|tcp| tcp.set_nodelay(true).unwrap());
    tokio::spawn(async move { axum::serve(listener, router.into_make_service_with_connect_info::<std::net::SocketAddr>()).await.unwrap() });
    address
}

/// Waits until it holds, but not for ever.
pub(crate) async fn until(condition: impl Fn() -> bool) {
    let waiting = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    within(waiting).await;
}

/// Waits for it, but not for ever.
pub(crate) async fn within<T>(waiting: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(20), waiting).await.expect("it happens in time")
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

/// The code of the first error.
pub(crate) fn code(answer: &Value) -> &str {
    answer["errors"][0]["extensions"]["code"].as_str().unwrap_or_else(|| panic!("no code in {answer}"))
}
