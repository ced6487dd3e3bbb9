//! Tokens that look like ours and are not: each is refused, and never taken for nobody's.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};

use crate::app::{App, code};
use crate::socket::{Heard, Socket};

fn parts(token: &str) -> [Value; 2] {
    let mut parts = token.split('.').map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
    [(); 2].map(|()| serde_json::from_slice(&parts.next().unwrap()).unwrap())
}

fn encoded(part: &Value) -> String {
    URL_SAFE_NO_PAD.encode(part.to_string())
}

async fn refused(app: &App, what: &str, token: &str) {
    let response = app.client.post(app.url()).bearer_auth(token).json(&json!({ "query": "{ total }" })).send().await.unwrap();
    assert_eq!(response.status(), 401, "{what}");
    assert_eq!(code(&response.json().await.unwrap()), "UNAUTHENTICATED", "{what}");
}

#[tokio::test]
async fn claims_of_another_world_are_refused() {
    let app = App::start().await;
    for (what, claim, value) in [
        ("foreign audience", "aud", json!("another-service")),
        ("no audience", "aud", Value::Null),
        ("foreign issuer", "iss", json!("https://issuer.example")),
        ("no issuer", "iss", Value::Null),
        ("no subject", "sub", Value::Null),
        ("a subject that is no user", "sub", json!("track_01jfz9k5hqf5e8z0t4m2b7n6xr")),
        ("no session", "sid", Value::Null),
        ("no end", "exp", Value::Null),
        ("an unknown role", "role", json!("KING")),
        ("expired", "exp", json!(1_799_999_999)),
    ] {
        let token = app.token_with(|claims| {
            let claims = claims.as_object_mut().unwrap();
            if value.is_null() {
                claims.remove(claim)
            } else {
                claims.insert(claim.to_owned(), value.clone())
            };
        });
        refused(&app, what, &token).await;
    }
    // The same way of making a token, with nothing wrong: what is refused above is refused for what it says.
    assert_eq!(app.query_as(&app.token_with(|_| {}), "{ total }").await["data"]["total"], 42);
}

#[tokio::test]
async fn the_header_decides_nothing() {
    let app = App::start().await;
    let good = app.token();
    let [header, claims] = parts(&good);
    let signature = good.rsplit_once('.').unwrap().1;
    let with = |change: &dyn Fn(&mut Value)| {
        let mut header = header.clone();
        change(&mut header);
        format!("{}.{}", encoded(&header), encoded(&claims))
    };
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let unsigned = with(&|header| header["alg"] = alg.into());
        refused(&app, "alg none", &format!("{unsigned}.")).await;
        refused(&app, "alg none with the signature", &format!("{unsigned}.{signature}")).await;
    }
    // The oldest trick: the public key as the secret of a symmetric signature (CVE-2016-10555 and its many relatives).
    let jwks = gateway::KeySource::jwks(&*app.keys).await.unwrap();
    let public = serde_json::to_value(&jwks.keys[0]).unwrap()["x"].as_str().unwrap().to_owned();
    for secret in [public.as_bytes().to_vec(), URL_SAFE_NO_PAD.decode(&public).unwrap(), Vec::new()] {
        let header = Header { kid: Some("first".into()), ..Header::new(Algorithm::HS256) };
        let swapped = jsonwebtoken::encode(&header, &claims, &EncodingKey::from_secret(&secret)).unwrap();
        refused(&app, "alg swapped for a symmetric one", &swapped).await;
    }
    refused(&app, "alg swapped, signature kept", &format!("{}.{signature}", with(&|header| header["alg"] = "RS256".into()))).await;
    refused(&app, "unknown kid", &format!("{}.{signature}", with(&|header| header["kid"] = "second".into()))).await;
    refused(&app, "kid that is a path", &format!("{}.{signature}", with(&|header| header["kid"] = "../../dev/null".into()))).await;
    let no_kid = with(&|header| {
        header.as_object_mut().unwrap().remove("kid");
    });
    refused(&app, "no kid", &format!("{no_kid}.{signature}")).await;
    let own_key = with(&|header| header["jwk"] = json!({ "kty": "OKP", "crv": "Ed25519", "x": public }));
    refused(&app, "a key that came along", &format!("{own_key}.{signature}")).await;
    assert_eq!(app.query_as(&good, "{ total }").await["data"]["total"], 42);
}

#[tokio::test]
async fn a_token_of_an_ended_session_is_refused_and_its_live_operations_end() {
    let app = App::start().await;
    let (ended, other) = (app.token(), app.token());
    let mut socket = Socket::start(&app, Some(&ended)).await;
    let mut bystander = Socket::start(&app, Some(&other)).await;
    socket.subscribe("1", "subscription { trackChanged { id } }").await;
    assert!(app.query_as(&ended, "{ secret }").await.get("errors").is_none(), "and its signature is remembered now");
    app.end_session(&ended).await;
    refused(&app, "of an ended session", &ended).await;
    assert_eq!(socket.hear().await, Heard::Closed(4401));
    let mut late = Socket::open(&app, Some("graphql-transport-ws")).await;
    late.send(json!({ "type": "connection_init", "payload": { "authorization": format!("Bearer {ended}") } })).await;
    assert_eq!(late.hear().await, Heard::Closed(4403));
    assert!(app.query_as(&other, "{ secret }").await.get("errors").is_none());
    bystander.subscribe("1", "{ secret }").await;
    assert_eq!(bystander.expect("next").await["data"]["secret"], "for members");
    // It stays ended for as long as its token would live.
    app.clock.forward(TimeDelta::minutes(14));
    app.revocations.refresh().await.unwrap();
    refused(&app, "still", &ended).await;
}
