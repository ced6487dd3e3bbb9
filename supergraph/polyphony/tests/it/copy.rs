//! A person gets a copy of all that is kept of them.

use std::io::{Cursor, Read as _};

use chrono::Duration;
use kernel::Viewer;
use serde_json::{Value, json};
use zip::ZipArchive;

use crate::person::{NAME, live};
use crate::world::{World, email, id, worlds};

const REQUEST: &str = "mutation { requestDataExport { id readyAt url parts { context state attempts } } }";
const LIST: &str = "{ dataExports { id readyAt expiresAt sizeBytes url parts { context state attempts } } }";

async fn newest(world: &World, viewer: &Viewer) -> Value {
    world.ask("users", viewer, LIST, Value::Null).await["dataExports"][0].clone()
}

/// The archive's files by name.
fn unpacked(archive: Vec<u8>) -> serde_json::Map<String, Value> {
    let mut archive = ZipArchive::new(Cursor::new(archive)).expect("a zip archive");
    let mut files = serde_json::Map::new();
    for place in 0..archive.len() {
        let mut file = archive.by_index(place).expect("a file");
        let (name, mut bytes) = (file.name().expect("a name").into_owned(), Vec::new());
        file.read_to_end(&mut bytes).expect("bytes");
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let content = if name.ends_with(".json") { serde_json::from_str(&text).expect("JSON") } else { text.into() };
        files.insert(name, content);
    }
    files
}

#[tokio::test]
async fn every_context_gives_its_part_of_one_archive() {
    for world in worlds().await {
        let person = live(&world).await;
        let asked = world.ask("users", &person.viewer, REQUEST, Value::Null).await["requestDataExport"].clone();
        assert_eq!((&asked["url"], asked["parts"].as_array().map(Vec::len)), (&Value::Null, Some(5)));
        let again = world.ask("users", &person.viewer, REQUEST, Value::Null).await["requestDataExport"]["id"].clone();
        assert_eq!(again, asked["id"], "one at a time");
        world.settle().await;
        let ready = newest(&world, &person.viewer).await;
        assert!(ready["parts"].as_array().expect("parts").iter().all(|part| part["state"] == "DONE"), "{ready}");
        let (status, archive) = world.get("users", ready["url"].as_str().expect("an address")).await;
        assert_eq!((status.as_u16(), json!(archive.len())), (200, ready["sizeBytes"].clone()));
        let files = unpacked(archive);
        let names: Vec<_> = files.keys().map(String::as_str).collect();
        assert!(names.contains(&"README.txt"), "{names:?}");
        let account = &files["users/account.json"];
        assert_eq!((&account["username"], &account["email"], &account["displayName"]), (&json!(NAME), &json!(email(NAME)), &json!("Zyx Wanderer")));
        assert_eq!(files["recommendations/taste_profile.json"]["genres"][0]["genre"], "Jazz");
        let artist = &files["catalog/artists.json"][0];
        assert_eq!((&artist["name"], &artist["tracks"][0]["title"], &artist["albums"][0]["title"]), (&json!("The Quiet Ones"), &json!("Dawn"), &json!("Dawn")));
        let uploads = files["catalog/uploads.json"].as_array().expect("uploads");
        assert!(uploads.iter().any(|upload| upload["fileName"] == "zyxwanderer.flac"), "{uploads:?}");
        assert!(files["notifications/undelivered_mail.json"].as_array().is_some_and(|mails| !mails.is_empty()));
        let history = files["users/history.json"].as_array().expect("lines");
        assert!(history.iter().any(|line| line["what"] == "REGISTERED") && history.iter().any(|line| line["what"] == "DATA_EXPORTED"), "{history:?}");
        assert!(!files["users/sessions.json"].as_array().expect("sessions").is_empty());
        assert_eq!(files["users/preferences.json"]["language"], "de");
        assert!(files["users/avatar.png"].as_str().is_some_and(|picture| picture.contains("PNG")), "{names:?}");
        let text = serde_json::to_string(&files).expect("text");
        assert!(!text.contains("$argon2") && !text.contains("watcher"), "no secrets, and nobody else");
    }
}

#[tokio::test]
async fn an_archive_is_for_its_person_and_for_a_week() {
    for world in worlds().await {
        let (person, other) = (world.register(NAME).await, world.register("otherone").await);
        for nobody in [REQUEST, LIST] {
            assert_eq!(world.refusal("users", &Viewer::Anonymous, nobody, Value::Null).await, "UNAUTHENTICATED");
        }
        let export = world.ask("users", &person, REQUEST, Value::Null).await["requestDataExport"]["id"].clone();
        let progress = "subscription($id: ID!) { dataExportProgress(id: $id) { id readyAt } }";
        world.settle().await;
        assert_eq!(newest(&world, &other).await, Value::Null);
        let told = world.live("users", &person, progress, json!({ "id": export })).await;
        assert!(matches!(&*told, [only] if only["dataExportProgress"]["readyAt"].is_string()), "{told:?}");

        let url = newest(&world, &person).await["url"].clone();
        let url = url.as_str().expect("an address");
        assert_eq!(world.get("users", url).await.0, 200);
        for at in [url.len() - 1, url.len() - 60] {
            let mut altered: Vec<_> = url.chars().collect();
            altered[at] = if altered[at] == 'A' { 'B' } else { 'A' };
            assert_eq!(world.get("users", &altered.into_iter().collect::<String>()).await.0, 404);
        }
        world.test.clock.advance(Duration::seconds(world.test.platform.config.users.rights.export_secs.into()));
        assert_eq!(world.get("users", url).await.0, 404, "the moment it expires, whether it was thrown away or not");
        world.settle().await;
        assert_eq!(newest(&world, &person).await, Value::Null);
        let left = futures::TryStreamExt::try_collect::<Vec<_>>(world.test.platform.blobs.list(None)).await.expect("the blobs");
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn progress_is_pushed_and_a_late_context_is_asked_again() {
    for mut world in worlds().await {
        let person = world.register(NAME).await;
        world.deaf.insert("catalog");
        let export = world.ask("users", &person, REQUEST, Value::Null).await["requestDataExport"]["id"].clone();
        world.settle().await;
        let catalog = async |world: &World| {
            let parts = newest(world, &person).await["parts"].as_array().expect("parts").clone();
            parts.into_iter().find(|part| part["context"] == "catalog").expect("a part")
        };
        assert_eq!(catalog(&world).await, json!({ "context": "catalog", "state": "WAITING", "attempts": 1 }));
        world.test.clock.advance(Duration::seconds(world.test.platform.config.users.rights.answer_secs.into()));
        world.settle().await;
        assert_eq!(catalog(&world).await, json!({ "context": "catalog", "state": "LATE", "attempts": 2 }));
        let other = world.register("otherone").await;
        let progress = "subscription($id: ID!) { dataExportProgress(id: $id) { readyAt parts { context state } } }";
        world.deaf.clear();
        let variables = json!({ "id": export });
        let (told, ()) = tokio::join!(world.live("users", &person, progress, variables), world.settle());
        assert!(told.len() > 1 && told[0]["dataExportProgress"]["readyAt"].is_null(), "{told:?}");
        assert!(told.last().is_some_and(|last| last["dataExportProgress"]["readyAt"].is_string()), "{told:?}");
        assert!(newest(&world, &other).await.is_null() && id(&other) != id(&person));
    }
}
