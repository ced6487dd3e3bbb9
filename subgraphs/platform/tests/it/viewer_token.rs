//! Viewer tokens by a clock that only the test moves.

use chrono::Duration;
use kernel::{Role, Session, Viewer};
use platform::testing::TestPlatform;

#[tokio::test]
async fn a_token_carries_the_viewer_for_a_minute() {
    let test = TestPlatform::new().await;
    let tokens = test.platform.viewer_tokens();
    let viewer = Viewer::SignedIn(Session {
        user_id: test.platform.ids.next(),
        session_id: test.platform.ids.next(),
        role: Role::Artist,
        premium_until: Some(test.platform.clock.now() + Duration::days(30)),
        expires_at: test.platform.clock.now() + Duration::minutes(15),
    });
    let token = tokens.sign(&viewer).unwrap();
    assert_eq!(tokens.verify(&token).unwrap(), viewer);
    test.clock.advance(Duration::seconds(60));
    assert_eq!(tokens.verify(&token).unwrap(), viewer);
    test.clock.advance(Duration::seconds(1));
    assert!(tokens.verify(&token).is_err());
}

#[tokio::test]
async fn an_altered_or_foreign_token_is_refused() {
    let test = TestPlatform::new().await;
    let tokens = test.platform.viewer_tokens();
    let token = tokens.sign(&Viewer::Anonymous).unwrap();
    let parts: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = parts[..] else { panic!("a JWT has three parts: {token}") };
    let other = TestPlatform::with(|config| config.internal_secret = "another installation's secret, 32+".into()).await;
    // {"alg":"none","typ":"JWT"}
    let unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0";
    for forged in [
        String::new(),
        "a.b.c".into(),
        format!("{header}.{claims}."),
        format!("{header}.{claims}.{}", signature.chars().rev().collect::<String>()),
        format!("{unsigned}.{claims}."),
        format!("{unsigned}.{claims}.{signature}"),
        other.platform.viewer_tokens().sign(&Viewer::Anonymous).unwrap(),
    ] {
        assert!(tokens.verify(&forged).is_err(), "{forged}");
    }
}
