use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use chrono::Duration;
use http_body_util::BodyExt as _;
use jsonwebtoken::jwk::JwkSet;
use kernel::Role;
use platform::testing::TestPlatform;
use tower::ServiceExt as _;

use crate::support::{Users, verify};

async fn document(users: &Users) -> (JwkSet, String) {
    let request = Request::get("/.well-known/jwks.json").body(Body::empty()).expect("a request");
    let response = users.started.context.http.clone().oneshot(request).await.expect("an answer");
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "public, max-age=300");
    let bytes = response.into_body().collect().await.expect("a body").to_bytes();
    let text = String::from_utf8(bytes.to_vec()).expect("a text");
    (serde_json::from_str(&text).expect("a key document"), text)
}

#[tokio::test]
async fn the_published_document_verifies_a_token_and_tells_no_secret() {
    let users = Users::start().await;
    let tokens = users.register("nina").await;
    let (jwks, text) = document(&users).await;
    let claims = verify(tokens.text("accessToken"), &jwks).expect("it verifies");
    assert_eq!((claims.iss.as_str(), claims.aud.as_str(), claims.role), ("polyphony", "polyphony", Role::User));
    assert_eq!(claims.sub.to_string(), tokens.0["user"]["id"].as_str().expect("an id"));
    assert_eq!(claims.exp - claims.iat, 900);
    assert_eq!(claims.exp, tokens.instant("accessTokenExpiresAt").timestamp());
    assert!(!text.contains("\"d\"") && !text.contains("PRIVATE"), "{text}");
    for part in ["\"kty\":\"OKP\"", "\"crv\":\"Ed25519\"", "\"alg\":\"EdDSA\"", "\"use\":\"sig\"", "\"kid\":"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn a_token_of_another_installation_or_an_altered_one_does_not_verify() {
    let (ours, theirs) = (Users::start().await, Users::start().await);
    let token = theirs.register("nina").await;
    let jwks = ours.started.keys.jwks().await.expect("the keys are there");
    assert_eq!(verify(token.text("accessToken"), &jwks), Err("unknown kid".into()));
    let jwks = theirs.started.keys.jwks().await.expect("the keys are there");
    let mut parts: Vec<&str> = token.text("accessToken").split('.').collect();
    let other = theirs.register("otis").await;
    parts[1] = other.text("accessToken").split('.').nth(1).expect("a payload");
    assert!(verify(&parts.join("."), &jwks).is_err());
}

#[tokio::test]
async fn keys_survive_a_restart_and_are_replaced_without_a_token_going_bad() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let first = users.register("nina").await;
        let again =
            Users { started: users::start_with(&users.platform.platform, crate::support::CHEAP).await.expect("it starts again"), platform: users.platform };
        let jwks = again.started.keys.jwks().await.expect("the keys are there");
        assert_eq!(jwks.keys.len(), 1);
        verify(first.text("accessToken"), &jwks).expect("it verifies after a restart");

        again.platform.clock.advance(Duration::days(30) - Duration::minutes(5));
        let late = again.register("otis").await;
        let announced = again.started.keys.jwks().await.expect("the keys are there");
        assert_eq!(announced.keys.len(), 2, "the next key is announced");
        assert_eq!(kid(late.text("accessToken")), kid(first.text("accessToken")), "and does not sign yet");
        again.platform.clock.advance(Duration::minutes(10));
        let next = again.register("ella").await;
        assert_ne!(kid(next.text("accessToken")), kid(first.text("accessToken")));
        verify(next.text("accessToken"), &announced).expect("who cached the document verifies the new key's tokens");
        let both = again.started.keys.jwks().await.expect("the keys are there");
        verify(late.text("accessToken"), &both).expect("the old key's tokens verify until they end");
        again.platform.clock.advance(Duration::days(2));
        assert_eq!(again.started.keys.jwks().await.expect("the keys are there").keys.len(), 1, "the old key is gone");
    }
}

fn kid(token: &str) -> Option<String> {
    jsonwebtoken::decode_header(token).expect("a token").kid
}
