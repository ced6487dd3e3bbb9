//! API keys as credentials: what opens, for what, from where and until when; and that their use is told.

use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_trait::async_trait;
use chrono::TimeDelta;
use futures::StreamExt as _;
use futures::stream::BoxStream;
use gateway::ApiKeySource;
use kernel::events::ApiKeyUsed;
use kernel::{Clock as _, Event, OsRandomness, PortError, Scope};
use platform::api_key::{ApiKeySecret, KeyAnswer, KeyRights};
use platform::bus::{DeadLetter, Delivery, EventBus};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::app::{App, Reach, code, config};
use crate::socket::{Heard, Socket};

/// Keys by their hash.
#[derive(Default)]
pub(crate) struct FakeApiKeys {
    answers: Mutex<HashMap<String, KeyAnswer>>,
    asked: AtomicUsize,
    broken: AtomicBool,
}

#[async_trait]
impl ApiKeySource for FakeApiKeys {
    async fn verify(&self, hash: &str) -> Result<KeyAnswer, PortError> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        if self.broken.load(Ordering::Relaxed) {
            return Err(PortError::unavailable("broken"));
        }
        Ok(self.answers.lock().unwrap().get(hash).cloned().unwrap_or(KeyAnswer::Unknown))
    }
}

/// Keeps what is published.
#[derive(Default)]
pub(crate) struct FakeBus {
    published: Mutex<Vec<Event>>,
    broken: AtomicBool,
}

#[async_trait]
impl EventBus for FakeBus {
    async fn publish(&self, events: &[Event]) -> Result<(), PortError> {
        if self.broken.load(Ordering::Relaxed) {
            return Err(PortError::unavailable("broken"));
        }
        self.published.lock().unwrap().extend_from_slice(events);
        Ok(())
    }
    async fn poll(&self, _: &str, _: &[&str], _: u32) -> Result<Vec<Delivery>, PortError> {
        Ok(Vec::new())
    }
    async fn wait(&self, _: &str) {
        std::future::pending::<()>().await;
    }
    async fn commit(&self, _: &str, _: i64) -> Result<(), PortError> {
        Ok(())
    }
    async fn bury(&self, _: &str, _: &Delivery, _: u32, _: &str) -> Result<(), PortError> {
        Ok(())
    }
    async fn dead_letters(&self, _: Option<&str>, _: u32) -> Result<Vec<DeadLetter>, PortError> {
        Ok(Vec::new())
    }
    async fn dead_letter(&self, _: i64) -> Result<DeadLetter, PortError> {
        Err(PortError::NotFound)
    }
    async fn discard(&self, _: i64) -> Result<(), PortError> {
        Err(PortError::NotFound)
    }
    async fn forget(&self, _: &str) -> Result<(), PortError> {
        Ok(())
    }
    async fn rewind(&self, _: &str) -> Result<(), PortError> {
        Ok(())
    }
    fn tail(&self, _: &'static [&'static str]) -> BoxStream<'static, Event> {
        futures::stream::pending().boxed()
    }
}

impl App {
    /// What a key without bounds is good for.
    pub(crate) fn rights(&self, scopes: &[Scope]) -> KeyRights {
        KeyRights {
            key_id: self.ids.next(),
            organisation_id: self.ids.next(),
            scopes: scopes.to_vec(),
            per_minute: 1_000,
            per_day: 100_000,
            expires_at: None,
            allowed_origins: Vec::new(),
            allowed_addresses: Vec::new(),
        }
    }

    /// A key that is good for this.
    pub(crate) fn key(&self, rights: KeyRights) -> ApiKeySecret {
        let key = ApiKeySecret::generate(&OsRandomness);
        self.answer(&key, KeyAnswer::Good(Box::new(rights)));
        key
    }

    fn answer(&self, key: &ApiKeySecret, answer: KeyAnswer) {
        self.api_keys.answers.lock().unwrap().insert(key.hash(), answer);
    }

    async fn post(&self, headers: &[(&str, &str)], query: &str) -> (u16, Value) {
        let request = self.client.post(self.url()).json(&json!({ "query": query }));
        let response = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// All use that was told, the last batch as a clean stop tells it.
    async fn told(&self) -> Vec<ApiKeyUsed> {
        let stop = CancellationToken::new();
        stop.cancel();
        for task in self.gateway.tasks() {
            (task.run)(stop.clone()).await;
        }
        let published = self.bus.published.lock().unwrap();
        published.iter().map(|event| event.payload::<ApiKeyUsed>().unwrap().unwrap()).collect()
    }
}

#[tokio::test]
async fn a_key_opens_by_either_header_and_the_subgraph_knows_whose_it_is() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_whole(reach, config()).await;
        let rights = app.rights(&[]);
        let id = rights.key_id.to_string();
        let key = app.key(rights);
        let bearer = format!("Bearer {}", key.as_str());
        for header in [("authorization", bearer.as_str()), ("x-api-key", key.as_str())] {
            assert_eq!(app.post(&[header], "{ partnerKey viewerId }").await, (200, json!({ "data": { "partnerKey": id, "viewerId": null } })));
        }
    }
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_name_and_what_is_open_to_all() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let query = "{ total profile usage secret }";
    let refused = |answer: &Value| {
        let errors = answer["errors"].as_array().cloned().unwrap_or_default();
        errors.iter().map(|error| format!("{} {}", error["path"][0].as_str().unwrap(), error["extensions"]["code"].as_str().unwrap())).collect::<Vec<_>>()
    };
    let all = |scopes: &[Scope]| format!("Bearer {}", app.key(app.rights(scopes)).as_str());
    for (scopes, expected) in [
        (vec![], vec!["profile FORBIDDEN", "usage FORBIDDEN", "secret FORBIDDEN"]),
        (vec![Scope::UsageRead], vec!["profile FORBIDDEN", "secret FORBIDDEN"]),
        (vec![Scope::UsageRead, Scope::ProfilesRead], vec!["secret FORBIDDEN"]),
    ] {
        let (status, answer) = app.post(&[("authorization", &all(&scopes))], query).await;
        assert_eq!((status, &answer["data"]["total"], refused(&answer)), (200, &json!(42), expected.iter().map(ToString::to_string).collect()), "{scopes:?}");
    }
    let (_, answer) = app.post(&[], query).await;
    assert_eq!(refused(&answer), ["usage UNAUTHENTICATED", "secret UNAUTHENTICATED"], "what the configuration opens to the anonymous is open");
    let (_, answer) = app.post(&[("authorization", &format!("Bearer {}", app.token()))], query).await;
    assert_eq!(refused(&answer), [""; 0], "people who are signed in have all scopes");
}

#[tokio::test]
async fn a_key_changes_and_follows_nothing_that_no_scope_opens() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let key = app.key(app.rights(&Scope::ALL));
    let sign_in = "mutation { signIn(input: { login: \"a\", password: \"right\" }) { __typename } }";
    let (_, answer) = app.post(&[("x-api-key", key.as_str())], sign_in).await;
    assert_eq!(code(&answer), "FORBIDDEN");
    assert!(app.query(sign_in).await.get("errors").is_none());
    let mut socket = Socket::start(&app, Some(key.as_str())).await;
    socket.subscribe("1", "subscription { countdown(from: 1) }").await;
    assert_eq!(socket.expect("next").await["errors"][0]["extensions"]["code"], "FORBIDDEN");
}

#[tokio::test]
async fn a_key_that_does_not_open_is_401_and_never_anonymous() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let good = app.key(app.rights(&[]));
    let (expired, revoked) = (ApiKeySecret::generate(&OsRandomness), ApiKeySecret::generate(&OsRandomness));
    app.answer(&expired, KeyAnswer::Expired);
    app.answer(&revoked, KeyAnswer::Revoked);
    let unknown = ApiKeySecret::generate(&OsRandomness);
    for (key, why) in [(&expired, "the API key has expired"), (&revoked, "the API key was revoked"), (&unknown, "the API key is not valid")] {
        let (status, answer) = app.post(&[("x-api-key", key.as_str())], "{ total }").await;
        assert_eq!((status, code(&answer), answer["errors"][0]["message"].as_str().unwrap()), (401, "UNAUTHENTICATED", why));
        assert!(answer.get("data").is_none());
    }
    let asked = app.api_keys.asked.load(Ordering::Relaxed);
    let mut typo = good.as_str().to_owned();
    typo.replace_range(20..21, if &typo[20..21] == "x" { "y" } else { "x" });
    for text in [typo.as_str(), "pk_", "", "nonsense", &good.as_str()[..51]] {
        assert_eq!(app.post(&[("x-api-key", text)], "{ total }").await.0, 401, "{text:?}");
    }
    assert_eq!(app.api_keys.asked.load(Ordering::Relaxed), asked, "a typo is told without a lookup");
    let token = format!("Bearer {}", app.token());
    for two in [[("x-api-key", good.as_str()), ("authorization", token.as_str())], [("x-api-key", good.as_str()), ("x-api-key", good.as_str())]] {
        assert_eq!(app.post(&two, "{ total }").await.0, 401, "two credentials");
    }
    app.api_keys.broken.store(true, Ordering::Relaxed);
    assert_eq!(app.post(&[("x-api-key", good.as_str())], "{ total }").await.0, 503, "what cannot be verified does not open");
}

#[tokio::test]
async fn a_key_is_looked_up_once_in_a_while_and_a_revoked_one_is_refused_within_five_seconds() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let key = app.key(app.rights(&[]));
    let ask = async || app.post(&[("x-api-key", key.as_str())], "{ total }").await.0;
    for _ in 0..10 {
        assert_eq!(ask().await, 200);
    }
    assert_eq!(app.api_keys.asked.load(Ordering::Relaxed), 1);
    app.answer(&key, KeyAnswer::Revoked);
    app.clock.forward(TimeDelta::seconds(5));
    assert_eq!(ask().await, 401);
}

#[tokio::test]
async fn a_key_ends_with_the_clock_and_its_connections_with_it() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let end = app.clock.now() + TimeDelta::seconds(1);
    let ending = app.key(KeyRights { expires_at: Some(end), ..app.rights(&[]) });
    let revoked = app.key(app.rights(&[]));
    let mut sockets = [Socket::start(&app, Some(ending.as_str())).await, Socket::start(&app, Some(revoked.as_str())).await];
    app.answer(&revoked, KeyAnswer::Revoked);
    app.clock.forward(TimeDelta::seconds(5));
    let (status, answer) = app.post(&[("x-api-key", ending.as_str())], "{ total }").await;
    assert_eq!((status, answer["errors"][0]["message"].as_str().unwrap()), (401, "the API key has expired"));
    for (socket, code) in sockets.iter_mut().zip([4403, 4401]) {
        assert_eq!(socket.hear().await, Heard::Closed(code));
    }
}

#[tokio::test]
async fn a_bound_key_is_403_elsewhere() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let of_page = app.key(KeyRights { allowed_origins: vec!["https://app.example".into()], ..app.rights(&[]) });
    let of_page = ("x-api-key", of_page.as_str());
    assert_eq!(app.post(&[of_page, ("origin", "https://app.example")], "{ total }").await.0, 200);
    for headers in [vec![of_page], vec![of_page, ("origin", "https://evil.example")]] {
        let (status, answer) = app.post(&headers, "{ total }").await;
        assert_eq!((status, code(&answer)), (403, "FORBIDDEN"), "{headers:?}");
    }
    let local = app.key(KeyRights { allowed_addresses: vec!["127.0.0.0/8".parse().unwrap()], ..app.rights(&[]) });
    assert_eq!(app.post(&[("x-api-key", local.as_str())], "{ total }").await.0, 200);
    let distant = app.key(KeyRights { allowed_addresses: vec!["192.0.2.0/24".parse().unwrap()], ..app.rights(&[]) });
    let (status, answer) = app.post(&[("x-api-key", distant.as_str()), ("x-forwarded-for", "192.0.2.1")], "{ total }").await;
    assert_eq!((status, code(&answer)), (403, "FORBIDDEN"), "nobody's word is taken for their address");
}

#[tokio::test]
async fn use_is_told_by_key_and_operation_and_nothing_is_lost() {
    let app = App::start_whole(Reach::InProcess, config()).await;
    let rights = KeyRights { per_minute: 3, ..app.rights(&[]) };
    let id = rights.key_id;
    let key = app.key(rights);
    let ask = async |query: &str| app.post(&[("x-api-key", key.as_str())], query).await.0;
    assert_eq!(ask("query Total { total }").await, 200);
    assert_eq!(ask("query Total { total }").await, 200);
    assert_eq!(ask("{ total }").await, 200);
    assert_eq!(ask("{ total }").await, 429);
    app.query("query Anonymous { total }").await;

    app.bus.broken.store(true, Ordering::Relaxed);
    assert!(app.told().await.is_empty(), "a bus that is down keeps it waiting");
    app.bus.broken.store(false, Ordering::Relaxed);
    let told = app.told().await;
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].key_id, told[0].day), (id, app.clock.now().date_naive()));
    let mut operations: Vec<_> = told[0].operations.iter().map(|used| (used.operation.as_str(), used.requests, used.refused, used.cost)).collect();
    operations.sort_unstable();
    assert_eq!(operations, [("", 1, 1, 1), ("Total", 2, 0, 2)]);
    assert_eq!(app.told().await.len(), 1, "and it is told once");
}
