use kernel::Viewer;
use kernel::events::{AccountMail, MailRequested, SessionEnded};
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::{Answer, PASSWORD, SIGN_IN, Tokens, Users};

const REQUEST: &str = "mutation($login: String!) { requestPasswordReset(login: $login) }";
const RESET: &str = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) }";
const CHANGE: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }";
const OTHER: &str = "seventeen green umbrellas";

async fn sign_in(users: &Users, password: &str) -> Answer {
    users.ask(&Viewer::Anonymous, SIGN_IN, json!({ "input": { "login": "nina", "password": password } })).await
}

async fn ask_reset(users: &Users, login: &str) {
    assert_eq!(users.ask(&Viewer::Anonymous, REQUEST, json!({ "login": login })).await.data(), json!({ "requestPasswordReset": true }));
    users.work_off_forgotten().await;
}

async fn reset(users: &Users, token: &str, password: &str) -> Answer {
    users.ask(&Viewer::Anonymous, RESET, json!({ "input": { "token": token, "password": password } })).await
}

async fn change(users: &Users, tokens: &Tokens, current: &str, new: &str) -> Answer {
    users.ask(&tokens.viewer(users).await, CHANGE, json!({ "input": { "currentPassword": current, "newPassword": new } })).await
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_once_and_every_device_signed_out() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let here = users.register("nina").await;
        let there = sign_in(&users, PASSWORD).await.tokens("signIn");
        ask_reset(&users, "Nina@Example.com").await;
        let token = users.link(AccountMail::ResetPassword, "nina@example.com").await;
        users.told::<SessionEnded>().await;

        reset(&users, &token, "nina1234").await.assert_refused("BAD_USER_INPUT", Some("password"));
        assert_eq!(reset(&users, &token, OTHER).await.data()["resetPassword"], true, "a refused password does not use the link up");
        reset(&users, &token, OTHER).await.assert_refused("BAD_USER_INPUT", Some("token"));
        for tokens in [here, there] {
            users.refresh(tokens.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        }
        assert_eq!(users.told::<SessionEnded>().await.len(), 2);
        let told: Vec<MailRequested> = users.told().await;
        assert!(told.iter().any(|mail| mail.mail == AccountMail::PasswordChanged && mail.to == "nina@example.com"), "{told:?}");
        sign_in(&users, PASSWORD).await.assert_refused("UNAUTHENTICATED", None);
        sign_in(&users, OTHER).await.tokens("signIn");
    }
}

#[tokio::test]
async fn of_concurrent_uses_of_one_link_one_succeeds() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        users.register("nina").await;
        ask_reset(&users, "nina").await;
        let token = users.link(AccountMail::ResetPassword, "nina@example.com").await;
        let answers = futures::future::join_all((0..4).map(|_| reset(&users, &token, OTHER))).await;
        assert_eq!(answers.iter().filter(|answer| answer.0.errors.is_empty()).count(), 1, "{answers:?}");
    }
}

#[tokio::test]
async fn a_link_ends_after_thirty_minutes_and_with_the_next_one() {
    let users = Users::start().await;
    users.register("nina").await;
    ask_reset(&users, "nina").await;
    let first = users.link(AccountMail::ResetPassword, "nina@example.com").await;
    ask_reset(&users, "nina").await;
    let second = users.link(AccountMail::ResetPassword, "nina@example.com").await;
    assert_ne!(first, second);
    reset(&users, &first, OTHER).await.assert_refused("BAD_USER_INPUT", Some("token"));
    users.platform.clock.advance(chrono::Duration::minutes(30));
    reset(&users, &second, OTHER).await.assert_refused("BAD_USER_INPUT", Some("token"));
    sign_in(&users, PASSWORD).await.tokens("signIn");
}

#[tokio::test]
async fn who_has_no_account_gets_the_same_answer_and_no_mail() {
    let users = Users::start().await;
    users.register("nina").await;
    users.told::<MailRequested>().await;
    for login in ["nobody", "nobody@example.com", "no such name!", "nul\0"] {
        ask_reset(&users, login).await;
    }
    assert_eq!(users.told::<MailRequested>().await, []);
    for login in ["", "  ", &"x".repeat(255)] {
        users.ask(&Viewer::Anonymous, REQUEST, json!({ "login": login })).await.assert_refused("BAD_USER_INPUT", Some("login"));
    }
}

/// Side by side, so that a busy machine is as busy for both: no answer tells by its time whether there is such an account.
#[tokio::test]
async fn the_time_of_the_answer_tells_nothing() {
    let users = Users::start().await;
    users.register("nina").await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..80 {
        for (login, times) in ["nina@example.com", "nino@example.com"].iter().zip(&mut times) {
            // The next day, so that nobody is slowed down.
            users.platform.clock.advance(chrono::Duration::days(1));
            let began = std::time::Instant::now();
            users.ask(&Viewer::Anonymous, REQUEST, json!({ "login": login })).await.data();
            if round > 10 {
                times.push(began.elapsed());
            }
        }
    }
    let [known, unknown] = times.map(|mut times| {
        times.sort();
        times[times.len() / 2].as_secs_f64()
    });
    let ratio = known / unknown;
    assert!((0.5..2.0).contains(&ratio), "the median of a known account takes {ratio} times as long");
}

#[tokio::test]
async fn what_is_no_link_of_ours_allows_nothing() {
    let users = Users::start().await;
    users.register("nina").await;
    let verify = users.link(AccountMail::Welcome, "nina@example.com").await;
    let foreign = platform::one_time::OneTimeTokens::new("another installation").token(users.platform.platform.ids.next::<kernel::id::Ticket>());
    let unknown =
        platform::one_time::OneTimeTokens::new(&users.platform.platform.config.internal_secret).token(users.platform.platform.ids.next::<kernel::id::Ticket>());
    for token in ["", "x", &"x".repeat(1 << 20), &verify, &foreign, &unknown] {
        reset(&users, token, OTHER).await.assert_refused("BAD_USER_INPUT", Some("token"));
    }
}

#[tokio::test]
async fn a_changed_password_ends_the_other_sessions_and_not_this_one() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let here = users.register("nina").await;
        let there = sign_in(&users, PASSWORD).await.tokens("signIn");
        change(&users, &here, "wrong", OTHER).await.assert_refused("BAD_USER_INPUT", Some("currentPassword"));
        change(&users, &here, "", OTHER).await.assert_refused("BAD_USER_INPUT", Some("currentPassword"));
        change(&users, &here, PASSWORD, "nina@example.com").await.assert_refused("BAD_USER_INPUT", Some("newPassword"));
        change(&users, &here, PASSWORD, &"x".repeat(1 << 20)).await.assert_refused("BAD_USER_INPUT", Some("newPassword"));
        assert_eq!(change(&users, &here, PASSWORD, OTHER).await.data()["changePassword"], true);
        users.refresh(here.refresh_token()).await.tokens("refreshSession");
        users.refresh(there.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        sign_in(&users, OTHER).await.tokens("signIn");
        let anonymous = users.ask(&Viewer::Anonymous, CHANGE, json!({ "input": { "currentPassword": OTHER, "newPassword": PASSWORD } })).await;
        anonymous.assert_refused("UNAUTHENTICATED", None);
    }
}
