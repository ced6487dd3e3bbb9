use kernel::Viewer;
use kernel::events::{AccountMail, MailRequested};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use crate::support::{Answer, PASSWORD, Users};

const VERIFY: &str = "mutation($token: String!) { verifyEmail(token: $token) }";
const AGAIN: &str = "mutation { requestEmailVerification }";
const CHANGE: &str = "mutation($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) }";
const CONFIRM: &str = "mutation($token: String!) { confirmEmailChange(token: $token) }";

async fn with_token(users: &Users, operation: &str, token: &str) -> Answer {
    users.ask(&Viewer::Anonymous, operation, json!({ "token": token })).await
}

async fn own(users: &Users, viewer: &Viewer) -> Json {
    users.ask(viewer, "{ viewer { email emailVerified } }", json!({})).await.data()["viewer"].clone()
}

#[tokio::test]
async fn an_address_is_proved_by_a_link_once() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await.viewer(&users).await;
        assert_eq!(own(&users, &nina).await["emailVerified"], false);
        let welcome = users.link(AccountMail::Welcome, "nina@example.com").await;
        assert_eq!(users.ask(&nina, AGAIN, json!({})).await.data()["requestEmailVerification"], true);
        let again = users.link(AccountMail::VerifyEmail, "nina@example.com").await;
        with_token(&users, VERIFY, &welcome).await.assert_refused("BAD_USER_INPUT", Some("token"));
        assert_eq!(with_token(&users, VERIFY, &again).await.data()["verifyEmail"], true);
        with_token(&users, VERIFY, &again).await.assert_refused("BAD_USER_INPUT", Some("token"));
        assert_eq!(own(&users, &nina).await["emailVerified"], true);
        assert_eq!(users.ask(&nina, AGAIN, json!({})).await.data()["requestEmailVerification"], false);
    }
}

#[tokio::test]
async fn a_link_of_an_address_ends_after_three_days_and_is_not_for_strangers_to_ask() {
    let users = Users::start().await;
    users.register("nina").await;
    let welcome = users.link(AccountMail::Welcome, "nina@example.com").await;
    users.platform.clock.advance(chrono::Duration::days(3));
    with_token(&users, VERIFY, &welcome).await.assert_refused("BAD_USER_INPUT", Some("token"));
    users.ask(&Viewer::Anonymous, AGAIN, json!({})).await.assert_refused("UNAUTHENTICATED", None);
}

#[tokio::test]
async fn an_address_changes_when_both_have_agreed_in_either_order() {
    for platform in TestPlatform::each().await {
        for new_first in [false, true] {
            let users = Users::on(if platform.adapter == "sqlite" { TestPlatform::new().await } else { TestPlatform::postgres().await }).await;
            let nina = users.register("nina").await.viewer(&users).await;
            let input = json!({ "input": { "email": "nina@new.example", "password": PASSWORD } });
            assert_eq!(users.ask(&nina, CHANGE, input).await.data()["requestEmailChange"], true);
            let mails: Vec<MailRequested> = users.told().await;
            let token = |kind, to: &str| {
                let mail = mails.iter().find(|mail| mail.mail == kind && mail.to == to).expect("a mail");
                platform::one_time::OneTimeTokens::new(&users.platform.platform.config.internal_secret).token(mail.ticket_id.expect("a link"))
            };
            let mut links = [token(AccountMail::ConfirmOldEmail, "nina@example.com"), token(AccountMail::ConfirmNewEmail, "nina@new.example")];
            if new_first {
                links.reverse();
            }
            assert_eq!(with_token(&users, CONFIRM, &links[0]).await.data()["confirmEmailChange"], "WAITING_FOR_OTHER");
            with_token(&users, CONFIRM, &links[0]).await.assert_refused("BAD_USER_INPUT", Some("token"));
            assert_eq!(own(&users, &nina).await["email"], "nina@example.com");
            assert_eq!(with_token(&users, CONFIRM, &links[1]).await.data()["confirmEmailChange"], "CHANGED");
            assert_eq!(own(&users, &nina).await, json!({ "email": "nina@new.example", "emailVerified": true }));
            let told: Vec<MailRequested> = users.told().await;
            assert!(told.iter().any(|mail| mail.mail == AccountMail::EmailChanged && mail.to == "nina@example.com"), "the old address is told: {told:?}");
        }
    }
}

#[tokio::test]
async fn an_address_that_somebody_took_meanwhile_stays_theirs() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await.viewer(&users).await;
        let input = json!({ "input": { "email": "otis@example.com", "password": PASSWORD } });
        users.ask(&nina, CHANGE, input.clone()).await.data();
        let mails: Vec<MailRequested> = users.told().await;
        let tokens = platform::one_time::OneTimeTokens::new(&users.platform.platform.config.internal_secret);
        let links: Vec<_> = mails.iter().filter(|mail| mail.mail != AccountMail::Welcome).map(|mail| tokens.token(mail.ticket_id.expect("a link"))).collect();
        let otis = users.register("otis").await;
        let welcome = users.link(AccountMail::Welcome, "otis@example.com").await;
        with_token(&users, "mutation($token: String!) { verifyEmail(token: $token) }", &welcome).await.data();
        assert_eq!(own(&users, &otis.viewer(&users).await).await["email"], "otis@example.com");
        with_token(&users, CONFIRM, &links[0]).await.data();
        with_token(&users, CONFIRM, &links[1]).await.assert_refused("CONFLICT", Some("email"));
        assert_eq!(own(&users, &nina).await["email"], "nina@example.com");
        // Who asks for it now is answered as if it were free; its owner is told, and there is no link to agree by.
        assert_eq!(users.ask(&nina, CHANGE, input).await.data(), json!({ "requestEmailChange": true }));
        let mails: Vec<MailRequested> = users.told().await;
        assert!(mails.iter().any(|mail| mail.mail == AccountMail::AddressInUse && mail.to == "otis@example.com"));
        assert_eq!(mails.iter().filter(|mail| mail.mail == AccountMail::ConfirmNewEmail).count(), 0);
    }
}

#[tokio::test]
async fn a_change_of_address_wants_the_password_and_another_address() {
    let users = Users::start().await;
    let nina = users.register("nina").await.viewer(&users).await;
    for (email, password, field) in [
        ("", PASSWORD, "email"),
        ("nina", PASSWORD, "email"),
        ("a@b.example\r\nBcc: c@d.example", PASSWORD, "email"),
        ("NINA@example.com", PASSWORD, "email"),
        ("a@b.example", "wrong", "password"),
        ("a@b.example", "", "password"),
    ] {
        let answer = users.ask(&nina, CHANGE, json!({ "input": { "email": email, "password": password } })).await;
        answer.assert_refused("BAD_USER_INPUT", Some(field));
    }
    let input = json!({ "input": { "email": "a@b.example", "password": PASSWORD } });
    users.ask(&Viewer::Anonymous, CHANGE, input).await.assert_refused("UNAUTHENTICATED", None);
}

#[tokio::test]
async fn of_two_names_that_look_alike_the_first_stays_alone() {
    let users = Users::start().await;
    users.register("paypal").await;
    for name in ["paypa1", "PAYPA1", "\u{ff50}aypal"] {
        let input = json!({ "input": { "username": name, "email": "x@example.com", "password": PASSWORD } });
        users.ask(&Viewer::Anonymous, crate::support::REGISTER, input).await.assert_refused("CONFLICT", Some("username"));
    }
    let input = json!({ "input": { "username": "p\u{430}ypal", "email": "x@example.com", "password": PASSWORD } });
    users.ask(&Viewer::Anonymous, crate::support::REGISTER, input).await.assert_refused("BAD_USER_INPUT", Some("username"));
}
