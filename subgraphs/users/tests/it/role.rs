use kernel::Viewer;
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use crate::support::Users;

const SET: &str = "mutation($id: ID!, $role: Role!) { setUserRole(userId: $id, role: $role) { username role } }";

#[tokio::test]
async fn an_admin_sets_a_role_that_the_next_refresh_carries() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let admin = users.admin().await;
        let variables = json!({ "id": nina.0["user"]["id"], "role": "ADMIN" });
        assert_eq!(users.ask(&admin, SET, variables).await.data()["setUserRole"], json!({ "username": "nina", "role": "ADMIN" }));
        let tokens = users.refresh(nina.refresh_token()).await.tokens("refreshSession");
        assert_eq!(tokens.claims(&users).await.role, kernel::Role::Admin);
    }
}

#[tokio::test]
async fn only_an_admin_may_and_not_on_themselves() {
    let users = Users::start().await;
    let nina = users.register("nina").await;
    let id: &Json = &nina.0["user"]["id"];
    let variables = json!({ "id": id, "role": "ADMIN" });
    users.ask(&Viewer::Anonymous, SET, variables.clone()).await.assert_refused("UNAUTHENTICATED", None);
    users.ask(&nina.viewer(&users).await, SET, variables).await.assert_refused("FORBIDDEN", None);
    let admin = users.admin().await;
    let own = json!({ "id": admin.user_id().expect("an admin").to_string(), "role": "USER" });
    users.ask(&admin, SET, own).await.assert_refused("CONFLICT", Some("userId"));
}

#[tokio::test]
async fn wrong_foreign_and_missing_arguments_are_refused() {
    let users = Users::start().await;
    let admin = users.admin().await;
    let ids = &users.platform.platform.ids;
    let (track, stranger) = (ids.next::<kernel::id::Track>().to_string(), ids.next::<kernel::id::User>().to_string());
    for id in ["", "nina", &track, &"user_".repeat(100_000)] {
        users.ask(&admin, SET, json!({ "id": id, "role": "USER" })).await.assert_refused("BAD_USER_INPUT", Some("userId"));
    }
    users.ask(&admin, SET, json!({ "id": stranger, "role": "USER" })).await.assert_refused("NOT_FOUND", Some("userId"));
    for (variables, named) in [(json!({ "id": stranger, "role": "KING" }), "role"), (json!({ "id": stranger }), "role"), (json!({ "role": "USER" }), "id")] {
        let answer = users.ask(&admin, SET, variables).await;
        assert!(answer.message().contains(named), "{}", answer.message());
    }
}
