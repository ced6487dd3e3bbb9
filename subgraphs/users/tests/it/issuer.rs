//! Providers of identities that say what a test wants: one that speaks OpenID Connect, and one that looks like GitHub.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::{Form, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{EncodePrivateKey as _, KeypairBytes};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub(crate) const CLIENT: &str = "polyphony";
pub(crate) const SECRET: &str = "a secret of the client";

/// What the issuer says to whoever brings one code.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    /// Of PKCE, from the address that the browser came with.
    pub(crate) challenge: String,
    pub(crate) claims: Value,
    /// What the ID token is signed with.
    pub(crate) key: [u8; 32],
    pub(crate) header: Header,
    /// Whether it says of itself that it needs no signature (RFC 7515, appendix A.5), and has none.
    pub(crate) unsigned: bool,
}

#[derive(Default)]
struct Said {
    grants: HashMap<String, Grant>,
    userinfo: Value,
    keys: Vec<[u8; 32]>,
    user: Value,
    emails: Value,
}

/// A provider on a port of its own.
#[derive(Clone)]
pub(crate) struct FakeIssuer {
    pub(crate) url: String,
    said: Arc<Mutex<Said>>,
}

fn encoding(key: [u8; 32]) -> EncodingKey {
    let pem = KeypairBytes { secret_key: key, public_key: None }.to_pkcs8_pem(LineEnding::LF).expect("a key");
    EncodingKey::from_ed_pem(pem.as_bytes()).expect("a key")
}

fn kid(key: [u8; 32]) -> String {
    format!("key-{}", key[0])
}

impl FakeIssuer {
    pub(crate) const KEY: [u8; 32] = [7; 32];

    pub(crate) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let said = Arc::new(Mutex::new(Said { keys: vec![Self::KEY], ..Said::default() }));
        let this = Self { url, said };
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .route("/userinfo", get(userinfo))
            .route("/login/oauth/access_token", post(token))
            .route("/api/user", get(user))
            .route("/api/user/emails", get(emails))
            .with_state(this.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        this
    }

    /// Somebody signs in: whoever brings `code` is told this.
    pub(crate) fn grant(&self, code: &str, grant: Grant) {
        self.said.lock().expect("a lock").grants.insert(code.to_owned(), grant);
    }

    pub(crate) fn say_userinfo(&self, userinfo: Value) {
        self.said.lock().expect("a lock").userinfo = userinfo;
    }

    pub(crate) fn say_github(&self, user: Value, emails: Value) {
        let mut said = self.said.lock().expect("a lock");
        (said.user, said.emails) = (user, emails);
    }

    /// The keys that it lists from now on.
    pub(crate) fn list_keys(&self, keys: Vec<[u8; 32]>) {
        self.said.lock().expect("a lock").keys = keys;
    }
}

async fn discovery(State(issuer): State<FakeIssuer>) -> Json<Value> {
    let at = |path: &str| format!("{}{path}", issuer.url);
    Json(json!({
        "issuer": issuer.url, "authorization_endpoint": at("/authorize"), "token_endpoint": at("/token"), "jwks_uri": at("/keys"),
        "userinfo_endpoint": at("/userinfo"), "response_types_supported": ["code"], "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["EdDSA", "HS256", "none"],
    }))
}

async fn keys(State(issuer): State<FakeIssuer>) -> Json<Value> {
    let listed = issuer.said.lock().expect("a lock").keys.clone();
    let keys: Vec<_> = listed
        .into_iter()
        .map(|key| {
            let mut jwk = Jwk::from_encoding_key(&encoding(key), Algorithm::EdDSA).expect("a public key");
            jwk.common.key_id = Some(kid(key));
            jwk
        })
        .collect();
    Json(json!({ "keys": keys }))
}

/// Trades a code once, for who has the verifier and the client's secret.
async fn token(State(issuer): State<FakeIssuer>, headers: HeaderMap, Form(form): Form<HashMap<String, String>>) -> Response {
    let basic = headers.get("authorization").and_then(|value| value.to_str().ok()).is_some_and(|value| value.starts_with("Basic "));
    let in_body = form.get("client_secret").is_some_and(|secret| secret == SECRET);
    let grant = issuer.said.lock().expect("a lock").grants.remove(&form["code"]);
    let verified = |grant: &Grant| form.get("code_verifier").is_some_and(|verifier| URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == grant.challenge);
    let Some(grant) = grant.filter(verified).filter(|_| basic || in_body) else {
        return (StatusCode::BAD_REQUEST, Json(json!({ "error": "invalid_grant" }))).into_response();
    };
    let mut header = grant.header.clone();
    header.kid = header.kid.or_else(|| Some(kid(grant.key)));
    let id_token = if grant.unsigned {
        let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
        Ok(format!("{}.{}.", part(json!({ "alg": "none", "kid": header.kid })), part(grant.claims.clone())))
    } else if header.alg == Algorithm::HS256 {
        jsonwebtoken::encode(&header, &grant.claims, &EncodingKey::from_secret(SECRET.as_bytes()))
    } else {
        jsonwebtoken::encode(&header, &grant.claims, &encoding(grant.key))
    };
    let id_token = id_token.expect("a token");
    Json(json!({ "access_token": "access", "token_type": "Bearer", "scope": "", "id_token": id_token })).into_response()
}

async fn userinfo(State(issuer): State<FakeIssuer>) -> Json<Value> {
    Json(issuer.said.lock().expect("a lock").userinfo.clone())
}

async fn user(State(issuer): State<FakeIssuer>, headers: HeaderMap) -> Response {
    if headers.get("user-agent").is_none() || headers["authorization"] != "Bearer access" {
        return StatusCode::FORBIDDEN.into_response();
    }
    Json(issuer.said.lock().expect("a lock").user.clone()).into_response()
}

async fn emails(State(issuer): State<FakeIssuer>) -> Json<Value> {
    Json(issuer.said.lock().expect("a lock").emails.clone())
}
