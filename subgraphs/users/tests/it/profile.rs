use kernel::{IdGenerator, Session, Viewer};
use platform::testing::TestPlatform;
use serde_json::json;

use crate::support::Users;

const UPDATE: &str = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { displayName bio } }";

#[tokio::test]
async fn what_is_left_out_stays_and_null_or_blank_clears() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let viewer = users.register("nina").await.viewer(&users).await;
        let steps = [
            (json!({}), json!({ "displayName": "nina", "bio": null })),
            (json!({ "displayName": "Nina", "bio": "Pianist\nSinger" }), json!({ "displayName": "Nina", "bio": "Pianist\nSinger" })),
            (json!({ "bio": "Composer" }), json!({ "displayName": "Nina", "bio": "Composer" })),
            (json!({}), json!({ "displayName": "Nina", "bio": "Composer" })),
            (json!({ "displayName": null }), json!({ "displayName": "nina", "bio": "Composer" })),
            (json!({ "bio": "  " }), json!({ "displayName": "nina", "bio": null })),
        ];
        for (input, profile) in steps {
            assert_eq!(users.ask(&viewer, UPDATE, json!({ "input": input })).await.data()["updateProfile"], profile, "{input}");
        }
    }
}

#[tokio::test]
async fn wrong_fields_are_refused_and_change_nothing() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    let cases = [
        (json!({ "displayName": "a".repeat(81), "bio": "good" }), "displayName"),
        (json!({ "displayName": "a\tb" }), "displayName"),
        (json!({ "displayName": "good", "bio": "a".repeat(501) }), "bio"),
        (json!({ "bio": "a\u{0}b" }), "bio"),
    ];
    for (input, field) in cases {
        users.ask(&viewer, UPDATE, json!({ "input": input })).await.assert_refused("BAD_USER_INPUT", Some(field));
    }
    let profile = users.ask(&viewer, "{ viewer { displayName bio } }", json!({})).await.data();
    assert_eq!(profile["viewer"], json!({ "displayName": "nina", "bio": null }));
}

#[tokio::test]
async fn nobody_and_a_deleted_account_have_no_profile() {
    let users = Users::start().await;
    let input = json!({ "input": { "bio": "x" } });
    users.ask(&Viewer::Anonymous, UPDATE, input.clone()).await.assert_refused("UNAUTHENTICATED", None);
    users.ask(&gone(&users.platform.platform.ids), UPDATE, input).await.assert_refused("UNAUTHENTICATED", None);
}

/// Somebody whose token outlived the account.
pub(crate) fn gone(ids: &IdGenerator) -> Viewer {
    Viewer::SignedIn(Session {
        user_id: ids.next(),
        session_id: ids.next(),
        role: kernel::Role::User,
        premium_until: None,
        expires_at: chrono::DateTime::UNIX_EPOCH,
    })
}
