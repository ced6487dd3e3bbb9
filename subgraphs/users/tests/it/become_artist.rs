use kernel::{Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::json;

use crate::profile::gone;
use crate::support::{BECOME_ARTIST, Users};

#[tokio::test]
async fn a_listener_becomes_an_artist_with_tokens_that_say_so() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let before = users.register("nina").await;
        let viewer = before.viewer(&users).await;
        let after = users.ask(&viewer, BECOME_ARTIST, json!({})).await.tokens("becomeArtist");
        assert_eq!(after.0["user"]["role"], "ARTIST");
        let (old, new) = (before.claims(&users).await, after.claims(&users).await);
        assert_eq!((new.role, new.sid), (Role::Artist, old.sid));
        let next = users.refresh(after.refresh_token()).await.tokens("refreshSession");
        assert_eq!(next.claims(&users).await.role, Role::Artist);
        // The token that was replaced counts as used.
        users.refresh(before.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        users.refresh(next.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
    }
}

#[tokio::test]
async fn twice_is_once_and_an_admin_stays_one() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    for _ in 0..2 {
        let tokens = users.ask(&viewer, BECOME_ARTIST, json!({})).await.tokens("becomeArtist");
        assert_eq!(tokens.0["user"]["role"], "ARTIST");
    }
    let admin = users.admin().await;
    assert_eq!(users.ask(&admin, BECOME_ARTIST, json!({})).await.tokens("becomeArtist").0["user"]["role"], "ADMIN");
}

#[tokio::test]
async fn an_ended_session_nobody_and_a_deleted_account_get_nothing() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    users.ask(&viewer, "mutation { signOut }", json!({})).await.data();
    for viewer in [viewer, Viewer::Anonymous, gone(&users.platform.platform.ids)] {
        users.ask(&viewer, BECOME_ARTIST, json!({})).await.assert_refused("UNAUTHENTICATED", None);
    }
    let data = users.ask(&Viewer::Anonymous, r#"{ userByName(username: "nina") { role } }"#, json!({})).await.data();
    assert_eq!(data["userByName"]["role"], "USER");
}
