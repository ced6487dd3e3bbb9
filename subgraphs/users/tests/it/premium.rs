//! What access tokens say of what an account pays for, and who decides it.

use chrono::{Duration, SecondsFormat};
use kernel::{Clock as _, Scope, Tier, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use crate::support::{Answer, Tokens, Users};

const GRANT: &str = "mutation($id: ID!, $until: DateTime, $reason: String!) { grantPremium(userId: $id, until: $until, reason: $reason) { premiumUntil } }";

async fn grant(users: &Users, viewer: &Viewer, id: &Json, until: Option<Duration>, reason: &str) -> Answer {
    let until = until.map(|after| (users.platform.clock.now() + after).to_rfc3339_opts(SecondsFormat::Secs, true));
    users.ask(viewer, GRANT, json!({ "id": id, "until": until, "reason": reason })).await
}

async fn refreshed(users: &Users, tokens: &Tokens) -> Tokens {
    users.refresh(tokens.refresh_token()).await.tokens("refreshSession")
}

#[tokio::test]
async fn the_next_token_is_premium_until_the_day_has_come() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let id = nina.0["user"]["id"].clone();
        let claims = nina.claims(&users).await;
        assert_eq!((claims.tier, claims.premium, claims.premium_exp), (Tier::Free, false, None));
        assert_eq!(claims.scope, Scope::ALL.map(Scope::as_str).join(" "));
        let admin = users.admin().await;
        let until = users.platform.clock.now() + Duration::days(2);
        let granted = grant(&users, &admin, &id, Some(Duration::days(2)), "won the raffle").await.data();
        assert!(granted["grantPremium"]["premiumUntil"].is_string());
        let premium = refreshed(&users, &nina).await;
        let claims = premium.claims(&users).await;
        assert_eq!((claims.tier, claims.premium, claims.premium_exp), (Tier::Premium, true, Some(until.timestamp())), "{}", users.platform.adapter);
        let seen = "query($id: ID!) { user(id: $id) { premiumUntil } }";
        let own = users.ask(&premium.viewer(&users).await, seen, json!({ "id": id })).await.data();
        assert!(own["user"]["premiumUntil"].is_string());
        let others = users.ask(&Viewer::Anonymous, seen, json!({ "id": id })).await.data();
        assert_eq!(others["user"]["premiumUntil"], Json::Null, "it is nobody else's business");

        users.platform.clock.advance(Duration::days(2));
        let free = refreshed(&users, &premium).await;
        let claims = free.claims(&users).await;
        assert_eq!((claims.tier, claims.premium, claims.premium_exp), (Tier::Free, false, None), "the clock ends it");
        assert_eq!(users.ask(&free.viewer(&users).await, seen, json!({ "id": id })).await.data()["user"]["premiumUntil"], Json::Null);
    }
}

#[tokio::test]
async fn an_admin_takes_it_back_and_all_of_it_is_in_the_audit() {
    let users = Users::start().await;
    let nina = users.register("nina").await;
    let id = nina.0["user"]["id"].clone();
    let admin = users.admin().await;
    // Lines of the audit of one instant have no order.
    users.platform.clock.advance(Duration::seconds(1));
    grant(&users, &admin, &id, Some(Duration::days(30)), "a friend").await.data();
    users.platform.clock.advance(Duration::seconds(1));
    assert_eq!(grant(&users, &admin, &id, None, " no friend ").await.data()["grantPremium"]["premiumUntil"], Json::Null);
    assert_eq!(refreshed(&users, &nina).await.claims(&users).await.tier, Tier::Free);
    let trail = "query($id: ID!) { auditTrail(userId: $id, first: 2) { nodes { action before after actor { username } } } }";
    let nodes = users.ask(&nina.viewer(&users).await, trail, json!({ "id": id })).await.data()["auditTrail"]["nodes"].take();
    assert_eq!((&nodes[0]["action"], &nodes[0]["actor"]["username"]), (&json!("PREMIUM_GRANTED"), &json!("root")));
    assert_eq!(nodes[0]["after"], json!({ "premiumUntil": null, "reason": "no friend" }));
    assert_eq!(nodes[0]["before"]["premiumUntil"], nodes[1]["after"]["premiumUntil"]);
}

#[tokio::test]
async fn nobody_else_gives_it_and_nonsense_is_refused_by_field() {
    let users = Users::start().await;
    let nina = users.register("nina").await;
    let (id, admin) = (nina.0["user"]["id"].clone(), users.admin().await);
    let day = Some(Duration::days(1));
    grant(&users, &Viewer::Anonymous, &id, day, "x").await.assert_refused("UNAUTHENTICATED", None);
    grant(&users, &nina.viewer(&users).await, &id, day, "x").await.assert_refused("FORBIDDEN", None);
    for (until, reason, field) in [
        (Some(Duration::zero()), "x", "until"),
        (Some(Duration::days(-1)), "x", "until"),
        (Some(Duration::days(3661)), "x", "until"),
        (day, " ", "reason"),
        (day, &*"x".repeat(501), "reason"),
    ] {
        grant(&users, &admin, &id, until, reason).await.assert_refused("BAD_USER_INPUT", Some(field));
    }
    grant(&users, &admin, &json!("nina"), day, "x").await.assert_refused("BAD_USER_INPUT", Some("userId"));
    let nobody = json!(users.platform.platform.ids.next::<kernel::id::User>().to_string());
    grant(&users, &admin, &nobody, day, "x").await.assert_refused("NOT_FOUND", Some("userId"));
    assert_eq!(refreshed(&users, &nina).await.claims(&users).await.tier, Tier::Free);
}
