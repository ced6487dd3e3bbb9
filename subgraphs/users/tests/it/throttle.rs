use chrono::Duration;
use kernel::{Clock as _, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use users::application::ports::AttemptLog as _;
use users::domain::throttle::{Gate, Policy};
use users::infrastructure::attempt_log::SqlAttemptLog;
use users::infrastructure::migration::Migrator;

use crate::support::{PASSWORD, REGISTER, SIGN_IN, Users};

fn input(login: &str, password: &str) -> Json {
    json!({ "input": { "login": login, "password": password } })
}

#[tokio::test]
async fn guessing_gets_slower_for_known_and_unknown_accounts_alike() {
    let users = Users::start().await;
    users.register("nina").await;
    for login in ["nina", "nobody"] {
        let attempt = async |password| users.ask(&Viewer::Anonymous, SIGN_IN, input(login, password)).await;
        for _ in 0..6 {
            attempt("wrong password").await.assert_refused("UNAUTHENTICATED", None);
        }
        for pause in [1, 2, 4, 8] {
            let refused = attempt(PASSWORD).await;
            refused.assert_refused("RATE_LIMITED", None);
            assert!(refused.message().contains("seconds"), "{}", refused.message());
            users.platform.clock.advance(Duration::seconds(pause));
            attempt("wrong password").await.assert_refused("UNAUTHENTICATED", None);
        }
        let capitals = users.ask(&Viewer::Anonymous, SIGN_IN, input(&login.to_uppercase(), PASSWORD)).await;
        capitals.assert_refused("RATE_LIMITED", None);
        users.platform.clock.advance(Duration::hours(1));
    }
    users.ask(&Viewer::Anonymous, SIGN_IN, input("nina", PASSWORD)).await.tokens("signIn");
    // A success starts anew.
    for _ in 0..6 {
        users.ask(&Viewer::Anonymous, SIGN_IN, input("nina", "wrong password")).await.assert_refused("UNAUTHENTICATED", None);
    }
}

#[tokio::test]
async fn one_address_does_not_try_a_password_on_many_accounts() {
    let users = Users::start().await;
    let mut refused = 0;
    for number in 0..40 {
        let answer = users.ask(&Viewer::Anonymous, SIGN_IN, input(&format!("user{number}"), "Summer2026!")).await;
        refused += usize::from(answer.refusal().0 == "RATE_LIMITED");
    }
    assert_eq!(refused, 9, "31 without a pause");
}

#[tokio::test]
async fn a_burst_of_registrations_is_refused() {
    let users = Users::on(TestPlatform::with(|config| config.users.registrations_per_hour = 3).await).await;
    let register = async |number: i32| {
        let input = json!({ "username": format!("person_{number}"), "email": format!("p{number}@example.com"), "password": PASSWORD });
        users.ask(&Viewer::Anonymous, REGISTER, json!({ "input": input })).await
    };
    for number in 0..4 {
        register(number).await.tokens("register");
    }
    register(5).await.assert_refused("RATE_LIMITED", None);
    users.platform.clock.advance(Duration::seconds(60));
    register(6).await.tokens("register");
    register(7).await.assert_refused("RATE_LIMITED", None);
    users.platform.clock.advance(Duration::hours(2));
    register(8).await.tokens("register");
}

#[tokio::test]
async fn a_stolen_session_does_not_guess_the_password() {
    let users = Users::start().await;
    let nina = users.register("nina").await.viewer(&users).await;
    let change = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }";
    let input = json!({ "input": { "currentPassword": "wrong", "newPassword": "seventeen green umbrellas" } });
    for _ in 0..6 {
        users.ask(&nina, change, input.clone()).await.assert_refused("BAD_USER_INPUT", Some("currentPassword"));
    }
    users.ask(&nina, change, input).await.assert_refused("RATE_LIMITED", None);
}

#[tokio::test]
async fn nobody_fills_anothers_mailbox() {
    let users = Users::start().await;
    users.register("nina").await;
    let mut mails = 0;
    for _ in 0..20 {
        users.ask(&Viewer::Anonymous, "mutation { requestPasswordReset(login: \"nina\") }", json!({})).await.data();
        users.work_off_forgotten().await;
        mails += users.told::<kernel::events::MailRequested>().await.iter().filter(|mail| mail.mail == kernel::events::AccountMail::ResetPassword).count();
    }
    assert_eq!(mails, 6);
}

#[tokio::test]
async fn of_many_attempts_at_once_each_is_counted() {
    for platform in TestPlatform::each().await {
        let log = SqlAttemptLog::new(platform.platform.database::<Migrator>("users").await.expect("the database opens"));
        let gates = [Gate::new("test", &["a"], Policy { free: 3, first_secs: 10, longest_secs: 10, forget_secs: 60 })];
        let now = platform.clock.now();
        let answers = futures::future::join_all((0..8).map(|_| log.attempt(&gates, now))).await;
        let passed = answers.into_iter().filter(|answer| matches!(answer, Ok(None))).count();
        assert_eq!(passed, 4, "{}", platform.adapter);
        log.succeeded(&gates).await.unwrap();
        assert_eq!(log.attempt(&gates, now).await.unwrap(), None, "a success takes its attempt back");
        assert_eq!(log.attempt(&gates, now).await.unwrap(), Some(now + Duration::seconds(10)));
        log.forget_before(now + Duration::seconds(1)).await.unwrap();
        assert_eq!(log.attempt(&gates, now).await.unwrap(), None);
    }
}
