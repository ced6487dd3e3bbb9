use chrono::Duration;
use kernel::Viewer;
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::Users;

#[tokio::test]
async fn a_refresh_token_brings_the_next_of_the_same_session() {
    let users = Users::start().await;
    let first = users.register("nina").await;
    users.platform.clock.advance(Duration::minutes(20));
    let second = users.refresh(first.refresh_token()).await.tokens("refreshSession");
    assert_ne!(second.refresh_token(), first.refresh_token());
    assert!(second.instant("refreshTokenExpiresAt") > first.instant("refreshTokenExpiresAt"));
    let (old, new) = (first.claims(&users).await, second.claims(&users).await);
    assert_eq!((old.sid, old.sub), (new.sid, new.sub));
    assert_ne!(old.jti, new.jti);
    users.refresh(second.refresh_token()).await.tokens("refreshSession");
}

#[tokio::test]
async fn a_second_use_ends_the_session_and_only_that() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let stolen = users.register("nina").await;
        let other = users.register("otis").await;
        let next = users.refresh(stolen.refresh_token()).await.tokens("refreshSession");
        users.refresh(stolen.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        users.refresh(next.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        users.refresh(other.refresh_token()).await.tokens("refreshSession");
    }
}

#[tokio::test]
async fn of_concurrent_refreshes_of_one_token_exactly_one_wins() {
    for platform in TestPlatform::each().await {
        let adapter = platform.adapter;
        let users = Users::on(platform).await;
        for round in 0..10 {
            let tokens = users.register(&format!("nina{round}")).await;
            let refresh = || {
                let (subgraph, token) = (users.subgraph(), tokens.refresh_token().to_owned());
                let query = format!(r#"mutation {{ refreshSession(refreshToken: "{token}") {{ refreshToken }} }}"#);
                tokio::spawn(async move { subgraph.execute(async_graphql::Request::new(query)).await })
            };
            let (one, other) = tokio::join!(refresh(), refresh());
            let answers = [one.expect("it ends"), other.expect("it ends")].map(crate::support::Answer);
            let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.0.errors.is_empty());
            assert_eq!((won.len(), lost.len()), (1, 1), "{adapter}");
            lost[0].assert_refused("UNAUTHENTICATED", None);
            // The two are not told apart from an owner and a thief: the winner's tokens renew no more.
            for answer in won {
                users.refresh(answer.tokens("refreshSession").refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
            }
        }
    }
}

#[tokio::test]
async fn a_token_ends_after_thirty_days_and_each_renewal_begins_anew() {
    let users = Users::start().await;
    let tokens = users.register("nina").await;
    users.platform.clock.advance(Duration::days(30) - Duration::seconds(1));
    let tokens = users.refresh(tokens.refresh_token()).await.tokens("refreshSession");
    users.platform.clock.advance(Duration::days(30));
    users.refresh(tokens.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let users = Users::start().await;
    let tokens = users.register("nina").await;
    for text in ["", &"a".repeat(1 << 20)] {
        users.refresh(text).await.assert_refused("BAD_USER_INPUT", Some("refreshToken"));
    }
    for text in ["x", tokens.text("accessToken").get(..100).expect("it is long"), &tokens.refresh_token()[1..], &tokens.refresh_token().to_lowercase()] {
        users.refresh(text).await.assert_refused("UNAUTHENTICATED", None);
    }
    let answer = users.ask(&Viewer::Anonymous, "mutation { refreshSession { accessToken } }", json!({})).await;
    assert!(answer.message().contains("refreshToken"), "{}", answer.message());
    users.refresh(tokens.refresh_token()).await.tokens("refreshSession");
}

#[tokio::test]
async fn signing_out_ends_the_session_once_and_no_other() {
    let users = Users::start().await;
    let here = users.register("nina").await;
    let input = json!({ "input": { "login": "nina", "password": crate::support::PASSWORD } });
    let there = users.ask(&Viewer::Anonymous, crate::support::SIGN_IN, input).await.tokens("signIn");
    let viewer = here.viewer(&users).await;
    let sign_out = "mutation { signOut }";
    assert_eq!(users.ask(&viewer, sign_out, json!({})).await.data()["signOut"], true);
    assert_eq!(users.ask(&viewer, sign_out, json!({})).await.data()["signOut"], false);
    users.refresh(here.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
    users.refresh(there.refresh_token()).await.tokens("refreshSession");
    users.ask(&Viewer::Anonymous, sign_out, json!({})).await.assert_refused("UNAUTHENTICATED", None);
}

#[tokio::test]
async fn neither_tokens_nor_passwords_lie_in_the_database() {
    let users = Users::start().await;
    let tokens = users.register("nina").await;
    users.ask(&tokens.viewer(&users).await, "mutation { signOut }", json!({})).await.data();
    let folder = users.platform.platform.config.data.clone();
    let found =
        std::fs::read_dir(folder).expect("a folder").filter_map(Result::ok).filter(|file| file.file_name().to_string_lossy().starts_with("users.sqlite"));
    let mut read = 0;
    for file in found {
        let bytes = std::fs::read(file.path()).expect("a file");
        read += bytes.len();
        for secret in [tokens.refresh_token(), tokens.text("accessToken"), crate::support::PASSWORD] {
            assert!(!bytes.windows(secret.len()).any(|window| window == secret.as_bytes()), "{:?}", file.path());
        }
    }
    assert!(read > 0, "the database was found");
}
