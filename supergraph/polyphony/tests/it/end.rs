//! An account ends, and nothing of the person is left anywhere.

use chrono::Duration;
use kernel::{Role, Viewer};
use object_store::ObjectStoreExt as _;
use serde_json::{Value, json};

use crate::person::{NAME, live};
use crate::search::{Traces, find};
use crate::world::{PASSWORD, World, id, worlds};

const DELETE: &str = "mutation($p: String!) { deleteAccount(password: $p) { id state parts { context state attempts } } }";
const FOLLOW: &str = "query($id: ID) { accountDeletion(id: $id) { id state completedAt parts { context state attempts } } }";

async fn follow(world: &World, deletion: &Value) -> Value {
    world.ask("users", &Viewer::Anonymous, FOLLOW, json!({ "id": deletion })).await["accountDeletion"].clone()
}

fn grace(world: &World) -> Duration {
    Duration::seconds(world.test.platform.config.users.rights.deletion_grace_secs.into())
}

/// Where something of the person is left, but for the mail that tells them of the end: it waits to be sent, or for a day, as nobody's.
async fn left(world: &World, traces: &Traces) -> Vec<String> {
    let mut found = find(world, traces).await;
    found.retain(|place| !place.ends_with(".mail.address") && !place.ends_with(".mail.name"));
    found
}

#[tokio::test]
async fn nothing_of_a_person_is_left_in_any_table_or_blob() {
    for world in worlds().await {
        let person = live(&world).await;
        let other = world.register("otherone").await;
        world.ask("recommendations", &other, "mutation { setFavouriteGenres(slugs: [\"folk\"]) { updatedAt } }", Value::Null).await;
        world.ask("users", &person.viewer, "mutation { requestDataExport { id } }", Value::Null).await;
        world.settle().await;

        // The search finds what is there, in every kind of store; else its silence would say nothing.
        let before = find(&world, &person.traces).await.join("\n");
        let tables = [
            "user.username",
            "session.user_id",
            "ticket.user_id",
            "audit.user_id",
            "audit.after",
            "data_export.user_id",
            "registration.user_id",
            "preferences.user_id",
            "avatar.user_id",
        ];
        let others =
            ["artist.owner_id", "track.owner_id", "upload.uploader_id", "mail.address", "taste_profile.user_id", "event_log.event", "dead_letter.event"];
        for place in tables.iter().chain(&others) {
            assert!(before.contains(place), "{}: not even {place} was found in\n{before}", world.test.adapter);
        }

        let deletion = world.ask("users", &person.viewer, DELETE, json!({ "p": PASSWORD })).await["deleteAccount"].clone();
        assert_eq!((&deletion["state"], &deletion["parts"]), (&json!("SCHEDULED"), &json!([])));
        world.test.clock.advance(grace(&world) - Duration::seconds(1));
        world.settle().await;
        assert_eq!(follow(&world, &deletion["id"]).await["state"], "SCHEDULED", "there is still time");
        world.test.clock.advance(Duration::seconds(1));
        world.settle().await;

        let done = follow(&world, &deletion["id"]).await;
        assert_eq!(done["state"], "COMPLETE", "{done}");
        assert_eq!(done["parts"].as_array().map(Vec::len), Some(4));
        assert_eq!(left(&world, &person.traces).await, Vec::<String>::new(), "{}", world.test.adapter);
        let left = world.ask("catalog", &other, "{ artists { nodes { name } } }", Value::Null).await;
        assert_eq!(left["artists"]["nodes"], json!([]), "what they published is withdrawn");

        // The name is free, and others are as they were.
        let own = world.ask("users", &other, "{ viewer { username } }", Value::Null).await;
        assert_eq!(own["viewer"]["username"], "otherone");
        let others = Traces::of(id(&other), "otherone");
        assert!(find(&world, &others).await.iter().any(|place| place.contains("taste_profile.user_id")), "somebody else stays");
        world.register(NAME).await;
    }
}

#[tokio::test]
async fn an_end_wants_the_password_and_can_be_taken_back() {
    for world in worlds().await {
        let person = world.register(NAME).await;
        assert_eq!(world.refusal("users", &Viewer::Anonymous, DELETE, json!({ "p": PASSWORD })).await, "UNAUTHENTICATED");
        for wrong in ["", "wrong"] {
            assert_eq!(world.refusal("users", &person, DELETE, json!({ "p": wrong })).await, "BAD_USER_INPUT");
        }
        let cancel = "mutation { cancelAccountDeletion }";
        assert_eq!(world.ask("users", &person, cancel, Value::Null).await["cancelAccountDeletion"], false);
        // Lines of the audit of one instant have no order.
        world.test.clock.advance(Duration::seconds(1));
        let first = world.ask("users", &person, DELETE, json!({ "p": PASSWORD })).await;
        let second = world.ask("users", &person, DELETE, json!({ "p": PASSWORD })).await;
        assert_eq!(first["deleteAccount"]["id"], second["deleteAccount"]["id"], "one account ends once");
        let own = world.ask("users", &person, FOLLOW, json!({ "id": null })).await;
        assert_eq!(own["accountDeletion"]["id"], first["deleteAccount"]["id"]);
        world.test.clock.advance(Duration::seconds(1));
        assert_eq!(world.ask("users", &person, cancel, Value::Null).await["cancelAccountDeletion"], true);
        world.test.clock.advance(grace(&world) * 2);
        world.settle().await;
        assert_eq!(world.ask("users", &person, "{ viewer { username } }", Value::Null).await["viewer"]["username"], NAME);
        assert_eq!(follow(&world, &first["deleteAccount"]["id"]).await, Value::Null);
        let trail = "query($u: ID!) { auditTrail(userId: $u, first: 2) { nodes { action } } }";
        let trail = world.ask("users", &person, trail, json!({ "u": id(&person).to_string() })).await;
        assert_eq!(trail["auditTrail"]["nodes"], json!([{ "action": "DELETION_CANCELLED" }, { "action": "DELETION_REQUESTED" }]));
    }
}

#[tokio::test]
async fn who_does_not_answer_is_asked_again_and_shown() {
    for mut world in worlds().await {
        let person = live(&world).await;
        let deletion = world.ask("users", &person.viewer, DELETE, json!({ "p": PASSWORD })).await["deleteAccount"]["id"].clone();
        world.deaf.insert("recommendations");
        world.test.clock.advance(grace(&world));
        world.settle().await;
        let part = async |world: &World| {
            let deletion = follow(world, &deletion).await;
            let parts = deletion["parts"].as_array().expect("parts").clone();
            (deletion["state"].clone(), parts.into_iter().find(|part| part["context"] == "recommendations").expect("a part"))
        };
        assert_eq!(part(&world).await, (json!("ERASING"), json!({ "context": "recommendations", "state": "WAITING", "attempts": 1 })));
        for attempts in 2..=3 {
            world.test.clock.advance(Duration::seconds(world.test.platform.config.users.rights.answer_secs.into()));
            world.settle().await;
            let late = json!({ "context": "recommendations", "state": "LATE", "attempts": attempts });
            assert_eq!(part(&world).await, (json!("ERASING"), late), "{}", world.test.adapter);
        }
        world.deaf.clear();
        world.settle().await;
        assert_eq!(part(&world).await.0, "COMPLETE");
        // Asked three times, it answers three times; what comes after the end leaves no trace either.
        assert_eq!(left(&world, &person.traces).await, Vec::<String>::new());
    }
}

#[tokio::test]
async fn an_archive_goes_with_its_person_and_foreign_files_stay() {
    for world in worlds().await {
        let person = world.register(NAME).await;
        let foreign = object_store::path::Path::from("artwork/somebody-elses");
        world.test.platform.blobs.put(&foreign, "a picture".into()).await.expect("it is put");
        world.ask("users", &person, "mutation { requestDataExport { id } }", Value::Null).await;
        world.settle().await;
        let url = world.ask("users", &person, "{ dataExports { url } }", Value::Null).await["dataExports"][0]["url"].clone();
        let url = url.as_str().expect("an address");
        assert_eq!(world.get("users", url).await.0, 200);
        world.ask("users", &person, DELETE, json!({ "p": PASSWORD })).await;
        world.test.clock.advance(grace(&world));
        world.settle().await;
        assert_eq!(world.get("users", url).await.0, 404);
        let left = world.test.platform.blobs.get(&foreign).await;
        assert!(left.is_ok());
        let gone = world.viewer(id(&person), Role::User);
        assert_eq!(world.refusal("users", &gone, "mutation { requestDataExport { id } }", Value::Null).await, "UNAUTHENTICATED");
        assert_eq!(world.refusal("recommendations", &gone, "mutation { setFavouriteGenres(slugs: [\"jazz\"]) { updatedAt } }", Value::Null).await, "CONFLICT");
    }
}
