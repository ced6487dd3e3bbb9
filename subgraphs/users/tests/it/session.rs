use chrono::Duration;
use kernel::Viewer;
use kernel::events::{AccountMail, MailRequested};
use platform::graphql::Origin;
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::{PASSWORD, Users};

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

#[tokio::test]
async fn a_person_sees_their_devices_and_signs_them_out() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let here = users.register("nina").await;
        users.platform.clock.advance(Duration::minutes(1));
        let input = json!({ "input": { "login": "nina", "password": crate::support::PASSWORD } });
        let mut others = Vec::new();
        for _ in 0..3 {
            others.push(users.ask(&Viewer::Anonymous, crate::support::SIGN_IN, input.clone()).await.tokens("signIn"));
        }
        let viewer = here.viewer(&users).await;
        let list = "{ sessions { id address device current createdAt lastUsedAt } }";
        let sessions = users.ask(&viewer, list, json!({})).await.data()["sessions"].clone();
        let sessions = sessions.as_array().expect("sessions");
        assert_eq!(sessions.len(), 4);
        assert!(sessions.iter().all(|session| session["address"] == "192.0.2.7" && session["device"] == "Test/1"), "{sessions:?}");
        assert_eq!(sessions.iter().map(|session| session["current"] == true).collect::<Vec<_>>(), [false, false, false, true]);
        users.platform.clock.advance(Duration::minutes(1));
        let here = users.refresh(here.refresh_token()).await.tokens("refreshSession");
        let first = users.ask(&viewer, list, json!({})).await.data()["sessions"][0].clone();
        assert_eq!(first["current"], true, "last used first");
        assert_ne!(first["lastUsedAt"], first["createdAt"]);

        let revoke = "mutation($id: ID!) { revokeSession(id: $id) }";
        let id = others[0].claims(&users).await.sid.to_string();
        let stranger = users.register("otis").await.viewer(&users).await;
        users.ask(&stranger, revoke, json!({ "id": id })).await.assert_refused("NOT_FOUND", Some("id"));
        assert_eq!(users.ask(&viewer, revoke, json!({ "id": id })).await.data()["revokeSession"], true);
        users.ask(&viewer, revoke, json!({ "id": id })).await.assert_refused("NOT_FOUND", Some("id"));
        users.refresh(others[0].refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        let told = users.told::<kernel::events::SessionEnded>().await;
        assert_eq!(told.iter().map(|ended| ended.session_id.to_string()).collect::<Vec<_>>(), [id]);

        let all = "mutation($this: Boolean!) { revokeSessions(includingThis: $this) }";
        assert_eq!(users.ask(&viewer, all, json!({ "this": false })).await.data()["revokeSessions"], 2);
        let here = users.refresh(here.refresh_token()).await.tokens("refreshSession");
        assert_eq!(users.ask(&viewer, all, json!({ "this": true })).await.data()["revokeSessions"], 1);
        users.refresh(here.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        for operation in ["{ sessions { id } }", "mutation { revokeSessions }"] {
            users.ask(&Viewer::Anonymous, operation, json!({})).await.assert_refused("UNAUTHENTICATED", None);
        }
        assert_eq!(users.started.sessions.ended_since(kernel::Clock::now(&*users.platform.clock) - Duration::hours(1)).await.expect("a list").len(), 4);
    }
}

#[tokio::test]
async fn a_device_or_a_network_not_seen_before_is_told_by_mail() {
    let users = Users::start().await;
    users.register("nina").await;
    let token = users.link(AccountMail::Welcome, "nina@example.com").await;
    users.ask(&Viewer::Anonymous, "mutation($token: String!) { verifyEmail(token: $token) }", json!({ "token": token })).await.data();
    let news = async |address: [u8; 4], device: &str| {
        let origin = Origin { request_id: None, address: Some(address.into()), user_agent: Some(device.into()) };
        let input = json!({ "input": { "login": "nina", "password": PASSWORD } });
        let request =
            async_graphql::Request::new(crate::support::SIGN_IN).variables(async_graphql::Variables::from_json(input)).data(Viewer::Anonymous).data(origin);
        crate::support::Answer(users.subgraph().execute(request).await).tokens("signIn");
        let mails: Vec<MailRequested> = users.told().await;
        mails.into_iter().filter(|mail| mail.mail == AccountMail::NewDevice && mail.to == "nina@example.com").count()
    };
    // Registered from 192.0.2.7 with Test/1.
    for (address, device, mails) in [
        ([192, 0, 2, 7], "Test/1", 0),
        ([192, 0, 44, 1], "Test/1", 0),
        ([192, 0, 2, 7], "Phone", 1),
        ([192, 0, 2, 7], "Phone", 0),
        ([198, 51, 100, 1], "Phone", 1),
        ([198, 51, 100, 2], "Test/1", 0),
    ] {
        assert_eq!(news(address, device).await, mails, "{address:?} {device}");
    }
}
