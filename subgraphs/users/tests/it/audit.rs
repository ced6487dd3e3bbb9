use kernel::events::{AccountMail, EmbeddingsAccepted, EmbeddingsRebuildRequested, MailMatter, MailRequested, TrackHeld, TrackReviewed};
use kernel::{EventPayload, Viewer};
use platform::testing::TestPlatform;
use sea_orm::ConnectionTrait as _;
use serde_json::{Value as Json, json};
use users::infrastructure::migration::Migrator;

use crate::support::{PASSWORD, Users};

const TRAIL: &str = "query($user: ID, $first: Int, $after: String) { auditTrail(userId: $user, first: $first, after: $after) {
    nodes { action address device before after actor { username } user { username } } pageInfo { endCursor hasNextPage } } }";

async fn actions(users: &Users, viewer: &Viewer, user: &Json) -> Vec<String> {
    let data = users.ask(viewer, TRAIL, json!({ "user": user })).await.data();
    data["auditTrail"]["nodes"].as_array().expect("lines").iter().map(|line| line["action"].as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn who_did_what_from_where_is_there_for_the_person_and_admins() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let (id, viewer) = (nina.0["user"]["id"].clone(), nina.viewer(&users).await);
        let admin = users.admin().await;
        users.platform.clock.advance(chrono::Duration::seconds(1));
        users.ask(&admin, "mutation($id: ID!) { setUserRole(userId: $id, role: ARTIST) { role } }", json!({ "id": id })).await.data();
        users.platform.clock.advance(chrono::Duration::seconds(1));
        let input = json!({ "input": { "currentPassword": PASSWORD, "newPassword": "seventeen green umbrellas" } });
        users.ask(&viewer, "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }", input).await.data();

        let data = users.ask(&viewer, TRAIL, json!({ "user": id, "first": 2 })).await.data();
        let trail = &data["auditTrail"];
        let role = json!({
            "action": "ROLE_CHANGED", "address": "192.0.2.7", "device": "Test/1", "before": { "role": "USER" }, "after": { "role": "ARTIST" },
            "actor": { "username": "root" }, "user": { "username": "nina" }
        });
        assert_eq!((&trail["nodes"][0]["action"], &trail["nodes"][1]), (&json!("PASSWORD_CHANGED"), &role));
        let rest = users.ask(&viewer, TRAIL, json!({ "user": id, "after": trail["pageInfo"]["endCursor"] })).await.data();
        assert_eq!(rest["auditTrail"]["nodes"][0]["action"], "REGISTERED");
        assert_eq!(rest["auditTrail"]["pageInfo"]["hasNextPage"], false);
        assert_eq!(actions(&users, &admin, &id).await.len(), 3);
        assert!(actions(&users, &admin, &json!(null)).await.len() > 3, "an admin sees everybody's");
        assert!(!data.to_string().contains(PASSWORD) && !data.to_string().contains("umbrellas"));

        let otis = users.register("otis").await.viewer(&users).await;
        users.ask(&otis, TRAIL, json!({ "user": id })).await.assert_refused("FORBIDDEN", None);
        users.ask(&otis, TRAIL, json!({})).await.assert_refused("FORBIDDEN", None);
        users.ask(&Viewer::Anonymous, TRAIL, json!({ "user": id })).await.assert_refused("UNAUTHENTICATED", None);
        users
            .ask(&otis, TRAIL, json!({ "user": otis.user_id().expect("an id").to_string(), "after": "x" }))
            .await
            .assert_refused("BAD_USER_INPUT", Some("after"));
    }
}

#[tokio::test]
async fn what_an_admin_decides_elsewhere_is_noted_once() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let (id, admin) = (nina.0["user"]["id"].clone(), users.admin().await);
        let ids = &users.platform.platform.ids;
        users.platform.clock.advance(chrono::Duration::seconds(1));
        let reviewed = TrackReviewed {
            track_id: ids.next(),
            owner_id: id.as_str().expect("an id").parse().expect("an id"),
            review_id: ids.next(),
            decided_by: admin.user_id().expect("an id"),
            allowed: false,
            reason: Some("This is Ada's.".into()),
            title: "Mine".into(),
        };
        users.told::<MailRequested>().await;
        hear(&users, &reviewed).await;
        let about = MailMatter { title: "Mine".into(), reason: Some("This is Ada's.".into()) };
        let mails = users.told::<MailRequested>().await;
        assert_eq!((mails.len(), mails[0].mail, &mails[0].about), (1, AccountMail::RecordingRejected, &Some(about)), "{}", users.platform.adapter);
        let data = users.ask(&admin, TRAIL, json!({ "user": id })).await.data();
        let line = &data["auditTrail"]["nodes"][0];
        assert_eq!((&line["action"], &line["actor"]["username"], &line["user"]["username"]), (&json!("RECORDING_REJECTED"), &json!("root"), &json!("nina")));
        assert_eq!(line["after"], json!({ "track": reviewed.track_id, "reason": "This is Ada's." }));
        assert_eq!(data["auditTrail"]["nodes"].as_array().expect("lines").len(), 2, "{}", users.platform.adapter);
    }
}

#[tokio::test]
async fn a_line_can_be_neither_changed_nor_removed() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        users.register("nina").await;
        let database = users.platform.platform.database::<Migrator>("users").await.expect("the database opens");
        for statement in ["UPDATE audit SET action = 'X'", "DELETE FROM audit"] {
            let refused = database.read().execute_unprepared(statement).await.expect_err("the database refuses");
            assert!(refused.to_string().contains("append-only"), "{}: {refused}", users.platform.adapter);
        }
    }
}

/// Another context tells a fact, twice, as may happen to every fact.
async fn hear<P: EventPayload>(users: &Users, payload: &P) {
    let event = users.platform.platform.events("elsewhere").wrap(payload);
    for handler in users.started.context.handlers.iter().filter(|handler| handler.types().contains(&P::TYPE)) {
        for _ in 0..2 {
            handler.handle(&event).await.expect("it is noted");
        }
    }
}

#[tokio::test]
async fn whose_recording_waits_is_told_by_mail_once_and_who_is_gone_is_not() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        users.told::<MailRequested>().await;
        let ids = &users.platform.platform.ids;
        let owner_id = nina.0["user"]["id"].as_str().expect("an id").parse().expect("an id");
        let held = TrackHeld { track_id: ids.next(), owner_id, review_id: ids.next(), title: "Mine".into() };
        hear(&users, &held).await;
        let mails = users.told::<MailRequested>().await;
        let about = MailMatter { title: "Mine".into(), reason: None };
        assert_eq!((mails.len(), mails[0].mail, &mails[0].about), (1, AccountMail::RecordingHeld, &Some(about)), "{}", users.platform.adapter);
        assert_eq!((&mails[0].to, mails[0].ticket_id, mails[0].user_id), (&"nina@example.com".to_owned(), None, owner_id));
        hear(&users, &TrackHeld { owner_id: ids.next(), ..held }).await;
        assert!(users.told::<MailRequested>().await.is_empty(), "{}", users.platform.adapter);
    }
}

#[tokio::test]
async fn who_changes_the_model_that_answers_stands_in_their_own_trail() {
    let users = Users::on(TestPlatform::new().await).await;
    let admin = users.admin().await;
    let (id, ids) = (admin.user_id().expect("an id"), &users.platform.platform.ids);
    users.platform.clock.advance(chrono::Duration::seconds(1));
    hear(&users, &EmbeddingsRebuildRequested { rebuild_id: ids.next(), requested_by: id }).await;
    users.platform.clock.advance(chrono::Duration::seconds(1));
    hear(&users, &EmbeddingsAccepted { space: "signal-v2-130".into(), accepted_by: id, left_out: 3 }).await;
    let data = users.ask(&admin, TRAIL, json!({ "user": id.to_string() })).await.data();
    let line = &data["auditTrail"]["nodes"][0];
    assert_eq!((&line["action"], &line["after"]), (&json!("EMBEDDINGS_ACCEPTED"), &json!({ "space": "signal-v2-130", "leftOut": 3 })));
    assert_eq!(data["auditTrail"]["nodes"][1]["action"], "EMBEDDINGS_REBUILT");
}
