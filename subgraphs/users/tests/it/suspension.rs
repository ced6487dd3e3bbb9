use kernel::Viewer;
use kernel::events::SessionEnded;
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::{PASSWORD, SIGN_IN, Users};

const SUSPEND: &str = "mutation($id: ID!, $reason: String!) { suspendUser(userId: $id, reason: $reason) { suspendedAt } }";
const REINSTATE: &str = "mutation($id: ID!) { reinstateUser(userId: $id) { suspendedAt } }";

#[tokio::test]
async fn a_suspended_person_is_signed_out_and_cannot_sign_in_until_reinstated() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let admin = users.admin().await;
        let id = nina.0["user"]["id"].clone();
        users.told::<SessionEnded>().await;
        let data = users.ask(&admin, SUSPEND, json!({ "id": id, "reason": "spam" })).await.data();
        assert!(data["suspendUser"]["suspendedAt"].is_string(), "{data}");
        assert_eq!(users.told::<SessionEnded>().await.len(), 1);
        users.refresh(nina.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        let sign_in = |password: &str| json!({ "input": { "login": "nina", "password": password } });
        users.ask(&Viewer::Anonymous, SIGN_IN, sign_in(PASSWORD)).await.assert_refused("FORBIDDEN", None);
        users.ask(&Viewer::Anonymous, SIGN_IN, sign_in("wrong")).await.assert_refused("UNAUTHENTICATED", None);
        let seen = users.ask(&Viewer::Anonymous, "{ userByName(username: \"nina\") { suspendedAt } }", json!({})).await.data();
        assert_eq!(seen["userByName"]["suspendedAt"], json!(null), "it is nobody else's business");

        let data = users.ask(&admin, REINSTATE, json!({ "id": id })).await.data();
        assert_eq!(data["reinstateUser"]["suspendedAt"], json!(null));
        users.ask(&Viewer::Anonymous, SIGN_IN, sign_in(PASSWORD)).await.tokens("signIn");
    }
}

#[tokio::test]
async fn only_admins_suspend_and_not_themselves() {
    let users = Users::start().await;
    let nina = users.register("nina").await;
    let otis = users.register("otis").await.viewer(&users).await;
    let admin = users.admin().await;
    let id = nina.0["user"]["id"].clone();
    for (viewer, code) in [(&Viewer::Anonymous, "UNAUTHENTICATED"), (&otis, "FORBIDDEN")] {
        users.ask(viewer, SUSPEND, json!({ "id": id, "reason": "spam" })).await.assert_refused(code, None);
        users.ask(viewer, REINSTATE, json!({ "id": id })).await.assert_refused(code, None);
    }
    for reason in ["", "  ", &"x".repeat(501)] {
        users.ask(&admin, SUSPEND, json!({ "id": id, "reason": reason })).await.assert_refused("BAD_USER_INPUT", Some("reason"));
    }
    let own = admin.user_id().expect("an id").to_string();
    users.ask(&admin, SUSPEND, json!({ "id": own, "reason": "spam" })).await.assert_refused("CONFLICT", Some("userId"));
    let nobody = users.platform.platform.ids.next::<kernel::id::User>().to_string();
    users.ask(&admin, SUSPEND, json!({ "id": nobody, "reason": "spam" })).await.assert_refused("NOT_FOUND", Some("userId"));
    users.ask(&admin, REINSTATE, json!({ "id": nobody })).await.assert_refused("NOT_FOUND", Some("userId"));
    users.ask(&admin, SUSPEND, json!({ "id": "nina", "reason": "spam" })).await.assert_refused("BAD_USER_INPUT", Some("userId"));
}
