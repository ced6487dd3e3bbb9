use kernel::{Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::json;
use users::application::ensure_account::EnsureAccountError;

use crate::support::{PASSWORD, SIGN_IN, Users};

#[tokio::test]
async fn the_account_is_made_once_and_keeps_its_password() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let accounts = &users.started.accounts;
        let made = accounts.ensure("Demo", "demo@example.com", PASSWORD, Role::Artist).await.expect("it is made");
        let again = accounts.ensure("demo", "DEMO@example.com", "another password", Role::Admin).await.expect("it is there");
        assert_eq!((again.id, again.role), (made.id, Role::Admin));
        let input = json!({ "input": { "login": "demo", "password": PASSWORD } });
        assert_eq!(users.ask(&Viewer::Anonymous, SIGN_IN, input).await.tokens("signIn").0["user"]["role"], "ADMIN");
    }
}

#[tokio::test]
async fn ensured_at_once_by_two_there_is_one() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let ensure = || {
            let accounts = users.started.accounts.clone();
            tokio::spawn(async move { accounts.ensure("demo", "demo@example.com", PASSWORD, Role::Artist).await })
        };
        let (one, other) = tokio::join!(ensure(), ensure());
        assert_eq!(one.expect("it ends").expect("it is there").id, other.expect("it ends").expect("it is there").id);
    }
}

#[tokio::test]
async fn somebody_elses_account_gets_no_role() {
    let users = Users::start().await;
    users.register("admin").await;
    let proof = users.link(kernel::events::AccountMail::Welcome, "admin@example.com").await;
    let verify = "mutation($token: String!) { verifyEmail(token: $token) }";
    users.ask(&kernel::Viewer::Anonymous, verify, serde_json::json!({ "token": proof })).await.data();
    let accounts = &users.started.accounts;
    let refused = accounts.ensure("admin", "operator@example.com", PASSWORD, Role::Admin).await;
    assert!(matches!(refused, Err(EnsureAccountError::OtherEmail { .. })), "{refused:?}");
    let refused = accounts.ensure("operator", "admin@example.com", PASSWORD, Role::Admin).await;
    assert!(matches!(refused, Err(EnsureAccountError::Account(_))), "{refused:?}");
    let refused = accounts.ensure("operator", "operator@example.com", "short", Role::Admin).await;
    assert!(matches!(refused, Err(EnsureAccountError::Account(_))), "{refused:?}");
}
