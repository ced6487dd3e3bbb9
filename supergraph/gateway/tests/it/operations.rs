//! Operations that are named instead of sent: trusted ones, and those that clients have sent before.

use std::path::PathBuf;
use std::time::Duration;

use gateway::{EmbeddedOperationStore, OperationStore};
use platform::config::{FreeText, GatewayConfig, OperationsConfig};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::app::{App, Reach, code, config};
use crate::socket::{Heard, Socket};

const TOTAL: &str = "query Total { total }";
const TRACK: &str = "query Track($id: ID!) { track(id: $id) { title } }";
const COUNTDOWN: &str = "subscription Countdown { countdown(from: 1) }";
const TRUSTED: &str = "ios";

fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

fn manifest(bodies: &[&str]) -> String {
    let operations: Vec<_> = bodies.iter().map(|body| json!({ "id": sha256(body), "name": "x", "type": "query", "body": body })).collect();
    json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations }).to_string()
}

/// A gateway with a file of trusted operations.
struct Phone {
    app: App,
    folder: TempDir,
}

impl Phone {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut OperationsConfig)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("manifest.json"), manifest(&[TOTAL, TRACK, COUNTDOWN])).unwrap();
        let mut operations = OperationsConfig { manifest: folder.path().join("manifest.json"), trusted_clients: vec![TRUSTED.into()], ..config().operations };
        change(&mut operations);
        let app = App::start_with(Reach::InProcess, GatewayConfig { operations, ..config() }).await;
        Self { app, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("manifest.json")
    }

    async fn post(&self, client: &str, body: Value) -> (u16, Value) {
        let request =
            self.app.client.post(self.app.url()).header("apollographql-client-name", client).header("accept", "application/graphql-response+json").json(&body);
        let response = request.send().await.unwrap();
        let (status, cache_control) = (response.status().as_u16(), response.headers()["cache-control"].clone());
        let answer: Value = response.json().await.unwrap();
        assert!(answer["errors"].is_null() || cache_control == "no-store", "{cache_control:?} {answer}");
        (status, answer)
    }

    /// Asks until `done`, for what changes with a file.
    async fn eventually(&self, body: Value, done: impl Fn(&Value) -> bool) {
        let waiting = async {
            while !done(&self.post(TRUSTED, body.clone()).await.1) {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("the file counts");
    }
}

fn document(text: &str) -> Value {
    json!({ "documentId": format!("sha256:{}", sha256(text)) })
}

fn persisted(text: &str) -> Value {
    json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": sha256(text) } } })
}

fn total() -> Value {
    json!({ "data": { "total": 42 } })
}

#[tokio::test]
async fn a_trusted_operation_is_named_in_either_way() {
    let phone = Phone::start().await;
    assert_eq!(phone.post(TRUSTED, document(TOTAL)).await, (200, total()));
    assert_eq!(phone.post(TRUSTED, persisted(TOTAL)).await, (200, total()));
    assert_eq!(phone.post("anybody", document(TOTAL)).await, (200, total()));
    let mut with_variables = document(TRACK);
    with_variables["variables"] = json!({ "id": "z" });
    with_variables["operationName"] = json!("Track");
    assert_eq!(phone.post(TRUSTED, with_variables).await.1, json!({ "data": { "track": { "title": "title of z" } } }));
}

#[tokio::test]
async fn a_trusted_operation_is_named_by_get() {
    let phone = Phone::start().await;
    let get = async |parameters: &[(&str, String)]| {
        let request = phone.app.client.get(phone.app.url()).header("apollographql-client-name", TRUSTED).query(parameters);
        request.send().await.unwrap().json::<Value>().await.unwrap()
    };
    let id = format!("sha256:{}", sha256(TRACK));
    let variables = ("variables", json!({ "id": "z" }).to_string());
    let title = json!({ "data": { "track": { "title": "title of z" } } });
    assert_eq!(get(&[("documentId", id), variables.clone()]).await, title);
    assert_eq!(get(&[("extensions", persisted(TRACK)["extensions"].to_string()), variables, ("operationName", "Track".into())]).await, title);
    assert_eq!(code(&get(&[("query", TOTAL.into())]).await), "PERSISTED_QUERY_ID_REQUIRED");
}

#[tokio::test]
async fn a_trusted_operation_is_named_over_a_socket() {
    let phone = Phone::start().await;
    let mut socket = Socket::open(&phone.app, Some("graphql-transport-ws")).await;
    socket.send(json!({ "type": "connection_init", "payload": { "apollographql-client-name": TRUSTED } })).await;
    assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "connection_ack" })));
    for (id, payload) in [("1", document(COUNTDOWN)), ("2", persisted(COUNTDOWN))] {
        socket.send(json!({ "type": "subscribe", "id": id, "payload": payload })).await;
        assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "next", "id": id, "payload": { "data": { "countdown": 1 } } })));
        assert_eq!(socket.hear().await, Heard::Message(json!({ "type": "complete", "id": id })));
    }
    socket.send(json!({ "type": "subscribe", "id": "3", "payload": { "query": COUNTDOWN } })).await;
    let Heard::Message(refused) = socket.hear().await else { panic!("the connection stays") };
    assert_eq!((&refused["type"], &refused["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("PERSISTED_QUERY_ID_REQUIRED")));
    // An operation that is neither sent nor named is no message at all.
    socket.send(json!({ "type": "subscribe", "id": "4", "payload": { "variables": {} } })).await;
    assert_eq!(socket.hear().await, Heard::Closed(4400));
}

#[tokio::test]
async fn a_trusted_client_may_send_no_text() {
    let phone = Phone::start().await;
    let (status, answer) = phone.post(TRUSTED, json!({ "query": TOTAL })).await;
    assert_eq!((status, code(&answer)), (400, "PERSISTED_QUERY_ID_REQUIRED"));
    // Nor reach what others have sent.
    let other = "{ tracks(first: 1) { id } }";
    let mut registration = persisted(other);
    registration["query"] = json!(other);
    assert_eq!(phone.post("web", registration.clone()).await.0, 200);
    assert_eq!(phone.post("web", persisted(other)).await.1, json!({ "data": { "tracks": [{ "id": "0" }] } }));
    for body in [persisted(other), registration, json!({ "documentId": "unheard" })] {
        let (status, answer) = phone.post(TRUSTED, body).await;
        assert_eq!((status, code(&answer)), (400, "PERSISTED_QUERY_NOT_IN_LIST"));
    }
}

#[tokio::test]
async fn free_text_follows_the_configuration() {
    let text = json!({ "query": TOTAL });
    let signed_in = Phone::start_with(|operations| operations.free_text = FreeText::SignedIn).await;
    assert_eq!(code(&signed_in.app.send(text.clone(), None).await), "PERSISTED_QUERY_ID_REQUIRED");
    assert_eq!(signed_in.app.send(text.clone(), Some(&signed_in.app.token())).await, total());
    let nobody = Phone::start_with(|operations| operations.free_text = FreeText::Nobody).await;
    assert_eq!(code(&nobody.app.send(text, Some(&nobody.app.token())).await), "PERSISTED_QUERY_ID_REQUIRED");
    assert_eq!(nobody.app.send(document(TOTAL), None).await, total());
}

#[tokio::test]
async fn what_is_sent_once_can_be_named_afterwards() {
    let app = App::start().await;
    let send = async |body: Value, accept: &str| {
        let response = app.client.post(app.url()).header("accept", accept).json(&body).send().await.unwrap();
        assert_eq!(response.headers()["cache-control"], "no-store");
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    // Exactly what Apollo's clients look for, under any media type.
    let unknown = json!({ "data": null, "errors": [{ "message": "PersistedQueryNotFound", "extensions": { "code": "PERSISTED_QUERY_NOT_FOUND" } }] });
    for accept in ["application/json", "application/graphql-response+json"] {
        assert_eq!(send(persisted(TOTAL), accept).await, (200, unknown.clone()));
    }
    let mut registration = persisted(TOTAL);
    registration["query"] = json!(TOTAL);
    assert_eq!(send(registration, "application/json").await, (200, total()));
    assert_eq!(send(persisted(TOTAL), "application/json").await, (200, total()));
    assert_eq!(send(document(TOTAL), "application/json").await, (200, total()));
    let extensions = persisted(TOTAL)["extensions"].to_string();
    let get = app.client.get(app.url()).query(&[("extensions", extensions.as_str())]);
    assert_eq!(get.send().await.unwrap().json::<Value>().await.unwrap(), total());
}

#[tokio::test]
async fn a_text_is_kept_only_under_its_own_hash_and_if_it_is_valid() {
    let app = App::start().await;
    let mut foreign = persisted(TOTAL);
    foreign["query"] = json!("{ tracks(first: 1) { id } }");
    let answer = app.send(foreign, None).await;
    assert_eq!((code(&answer), &answer["errors"][0]["message"]), ("PERSISTED_QUERY_HASH_MISMATCH", &json!("provided sha does not match query")));
    assert_eq!(code(&app.send(persisted(TOTAL), None).await), "PERSISTED_QUERY_NOT_FOUND");

    let mut invalid = persisted("{ nonsense }");
    invalid["query"] = json!("{ nonsense }");
    assert_eq!(code(&app.send(invalid, None).await), "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(code(&app.send(persisted("{ nonsense }"), None).await), "PERSISTED_QUERY_NOT_FOUND");

    let version = json!({ "extensions": { "persistedQuery": { "version": 2, "sha256Hash": sha256(TOTAL) } } });
    assert_eq!(code(&app.send(version, None).await), "BAD_USER_INPUT");
}

#[tokio::test]
async fn a_trusted_id_does_not_carry_another_text() {
    let phone = Phone::start().await;
    let mut other = document(TOTAL);
    other["query"] = json!("{ tracks(first: 1) { id } }");
    let (status, answer) = phone.post("web", other).await;
    assert_eq!((status, code(&answer)), (400, "PERSISTED_QUERY_HASH_MISMATCH"));
}

#[tokio::test]
async fn without_automatic_ones_clients_are_told_to_send_text() {
    let phone = Phone::start_with(|operations| operations.automatic = false).await;
    let answer = phone.post("web", persisted("{ total }")).await;
    let expected = json!({ "data": null, "errors": [{ "message": "PersistedQueryNotSupported", "extensions": { "code": "PERSISTED_QUERY_NOT_SUPPORTED" } }] });
    assert_eq!(answer, (200, expected));
    assert_eq!(phone.post("web", document(TOTAL)).await.1, total());
}

#[tokio::test]
async fn a_new_manifest_counts_from_some_request_on() {
    let phone = Phone::start().await;
    let added = "query Added { tracks(first: 1) { id } }";
    assert_eq!(code(&phone.post(TRUSTED, document(added)).await.1), "PERSISTED_QUERY_NOT_IN_LIST");
    std::fs::write(phone.file(), manifest(&[added])).unwrap();
    phone.eventually(document(added), |answer| *answer == json!({ "data": { "tracks": [{ "id": "0" }] } })).await;
    assert_eq!(code(&phone.post(TRUSTED, document(TOTAL)).await.1), "PERSISTED_QUERY_NOT_IN_LIST");
}

/// Every adapter of the port passes this.
async fn keeps_texts(store: &dyn OperationStore) {
    assert_eq!(store.get(&sha256(TOTAL)).await.unwrap(), None);
    store.put(&sha256(TOTAL), TOTAL.into()).await.unwrap();
    store.put(&sha256(TRACK), TRACK.into()).await.unwrap();
    store.put(&sha256(TRACK), TRACK.into()).await.unwrap();
    assert_eq!(store.get(&sha256(TOTAL)).await.unwrap().as_deref(), Some(TOTAL));
    assert_eq!(store.get(&sha256(TRACK)).await.unwrap().as_deref(), Some(TRACK));
}

#[tokio::test]
async fn the_embedded_store_keeps_texts() {
    keeps_texts(&EmbeddedOperationStore::new(1 << 16)).await;
}
