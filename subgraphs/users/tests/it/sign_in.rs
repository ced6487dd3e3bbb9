use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use kernel::{PortError, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use users::application::caller::Caller;
use users::application::ports::PasswordHasher;
use users::application::sign_in::SignInError;
use users::application::{Ports, UseCases};
use users::domain::password::{Password, PasswordHash};

use crate::support::{PASSWORD, SIGN_IN, Users, ports};

fn input(login: &str, password: &str) -> Json {
    json!({ "input": { "login": login, "password": password } })
}

#[tokio::test]
async fn by_username_or_address_in_any_case() {
    let users = Users::start().await;
    users.register("nina").await;
    // An address is somebody's once they have proved that they read its mail.
    users.ask(&Viewer::Anonymous, SIGN_IN, input("nina@example.com", PASSWORD)).await.assert_refused("UNAUTHENTICATED", None);
    let token = users.link(kernel::events::AccountMail::Welcome, "nina@example.com").await;
    users.ask(&Viewer::Anonymous, "mutation($token: String!) { verifyEmail(token: $token) }", json!({ "token": token })).await.data();
    for login in ["nina", "NINA", " nina ", "nina@example.com", "Nina@Example.COM"] {
        let tokens = users.ask(&Viewer::Anonymous, SIGN_IN, input(login, PASSWORD)).await.tokens("signIn");
        assert_eq!(tokens.0["user"]["username"], "nina", "{login}");
    }
}

#[tokio::test]
async fn an_unknown_account_and_a_wrong_password_get_the_same_answer() {
    let users = Users::start().await;
    users.register("nina").await;
    let mut answers = Vec::new();
    for (login, password) in [
        ("nina", "wrong password"),
        ("nobody", PASSWORD),
        ("nobody@example.com", PASSWORD),
        ("no such name!", PASSWORD),
        ("nina", "x"),
        ("nina", "correct horse Battery"),
    ] {
        let answer = users.ask(&Viewer::Anonymous, SIGN_IN, input(login, password)).await;
        answer.assert_refused("UNAUTHENTICATED", None);
        answers.push(answer.message().to_owned());
    }
    assert!(answers.iter().all(|message| message == "wrong username or password"), "{answers:?}");
}

#[tokio::test]
async fn what_can_be_no_credentials_is_refused_by_field() {
    let users = Users::start().await;
    users.register("nina").await;
    let cases = [
        ("login", "", PASSWORD.to_owned()),
        ("login", &"a".repeat(255), PASSWORD.to_owned()),
        ("password", "nina", String::new()),
        ("password", "nina", "a".repeat(1 << 20)),
    ];
    for (field, login, password) in cases {
        users.ask(&Viewer::Anonymous, SIGN_IN, input(login, &password)).await.assert_refused("BAD_USER_INPUT", Some(field));
    }
    for field in ["login", "password"] {
        let mut missing = input("nina", PASSWORD);
        missing["input"].as_object_mut().expect("an object").remove(field);
        let answer = users.ask(&Viewer::Anonymous, SIGN_IN, missing).await;
        assert!(answer.message().contains(field), "{}", answer.message());
    }
}

/// Counts the hashes that are compared.
struct CountingHasher {
    inner: Arc<dyn PasswordHasher>,
    comparisons: AtomicUsize,
}

#[async_trait]
impl PasswordHasher for CountingHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, PortError> {
        self.inner.hash(password).await
    }
    async fn verify(&self, password: Password, hash: Option<PasswordHash>) -> Result<bool, PortError> {
        self.comparisons.fetch_add(1, Ordering::Relaxed);
        self.inner.verify(password, hash).await
    }
}

#[tokio::test]
async fn an_unknown_account_costs_one_comparison_like_any_other() {
    let test = TestPlatform::new().await;
    let ports = ports(&test.platform).await;
    let hasher = Arc::new(CountingHasher { inner: ports.passwords.clone(), comparisons: AtomicUsize::new(0) });
    let sign_in = UseCases::new(&Ports { passwords: hasher.clone(), ..ports }).sign_in;
    for login in ["nobody", "nobody@example.com", "no such name!"] {
        let before = hasher.comparisons.load(Ordering::Relaxed);
        assert!(matches!(sign_in.run(&Caller::default(), login, PASSWORD).await, Err(SignInError::WrongCredentials)));
        assert_eq!(hasher.comparisons.load(Ordering::Relaxed), before + 1, "{login}");
    }
}
