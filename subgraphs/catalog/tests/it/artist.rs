//! Artists through GraphQL.

use kernel::{Role, Viewer};
use serde_json::{Value, json};

use crate::kit::Kit;

const CREATE: &str = "mutation($input: CreateArtistInput!) { createArtist(input: $input) { id name bio owner { id } artwork { id } createdAt } }";
const UPDATE: &str = "mutation($input: UpdateArtistInput!) { updateArtist(input: $input) { name bio } }";
const DELETE: &str = "mutation($id: ID!) { deleteArtist(id: $id) }";

#[tokio::test]
async fn an_artist_is_made_edited_and_removed() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let made = kit.ask(&ada, CREATE, json!({ "input": { "name": "  Ada Sound ", "bio": "Plays.\nSings." } })).await["createArtist"].take();
    assert_eq!((&made["name"], &made["bio"], &made["artwork"]), (&json!("Ada Sound"), &json!("Plays.\nSings."), &Value::Null));
    assert_eq!(made["owner"]["id"], ada.user_id().unwrap().to_string());

    let edited = kit.ask(&ada, UPDATE, json!({ "input": { "id": made["id"], "bio": null } })).await;
    assert_eq!(edited["updateArtist"], json!({ "name": "Ada Sound", "bio": null }));
    let renamed = kit.ask(&kit.person(Role::Admin), UPDATE, json!({ "input": { "id": made["id"], "name": "ADA SOUND" } })).await;
    assert_eq!(renamed["updateArtist"]["name"], "ADA SOUND");

    let album = kit.new_album(&ada, made["id"].as_str().unwrap(), "First Light").await;
    let track = kit.new_track(&ada, made["id"].as_str().unwrap(), Some(&album), "Dawn").await;
    kit.upload(&ada, &track, b"a recording").await;
    assert_eq!(kit.ask(&ada, DELETE, json!({ "id": made["id"] })).await["deleteArtist"], made["id"]);
    let left = kit
        .ask(
            &ada,
            "query($artist: ID!, $album: ID!, $track: ID!) { artist(id: $artist) { id } album(id: $album) { id } track(id: $track) { id } }",
            json!({ "artist": made["id"], "album": album, "track": track }),
        )
        .await;
    assert_eq!(left, json!({ "artist": null, "album": null, "track": null }));
    assert_eq!(kit.blobs().await, Vec::<String>::new());
}

#[tokio::test]
async fn bad_artists_are_refused_by_field() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let id = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &id, "First Light").await;
    let bad = |field| {
        vec![
            (field, json!(""), "BAD_USER_INPUT"),
            (field, json!(" "), "BAD_USER_INPUT"),
            (field, json!("a\u{7}"), "BAD_USER_INPUT"),
            (field, json!("é".repeat(201)), "BAD_USER_INPUT"),
            ("bio", json!("é".repeat(2001)), "BAD_USER_INPUT"),
            ("bio", json!("a\u{0}"), "BAD_USER_INPUT"),
        ]
    };
    let mut create = bad("name");
    create.push(("name", json!("ada  SOUND"), "CONFLICT"));
    kit.refuses(&ada, CREATE, &json!({ "name": "Eve" }), &create).await;

    kit.new_artist(&ada, "Other").await;
    let mut update = bad("name");
    update.push(("name", json!("OTHER"), "CONFLICT"));
    update.push(("id", json!(album), "BAD_USER_INPUT"));
    update.push(("id", json!("x"), "BAD_USER_INPUT"));
    update.push(("id", json!(kit.test.platform.ids.next::<kernel::id::Artist>().to_string()), "NOT_FOUND"));
    kit.refuses(&ada, UPDATE, &json!({ "id": id }), &update).await;

    for (id, code) in
        [(album, "BAD_USER_INPUT"), (String::new(), "BAD_USER_INPUT"), (kit.test.platform.ids.next::<kernel::id::Artist>().to_string(), "NOT_FOUND")]
    {
        assert!(kit.refusal(&ada, DELETE, json!({ "id": id })).await.is(code, Some("id")), "{id}");
    }
    // Another owner's artist may have the name.
    kit.new_artist(&kit.artist(), "Ada Sound").await;
}

#[tokio::test]
async fn only_artists_make_artists_and_only_owners_change_them() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let id = kit.new_artist(&ada, "Ada Sound").await;
    let input = json!({ "input": { "name": "Listener" } });
    let refusal = kit.refusal(&kit.person(Role::User), CREATE, input.clone()).await;
    assert!(refusal.is("FORBIDDEN", None) && refusal.message.contains("becomeArtist"), "{refusal:?}");
    assert!(kit.refusal(&Viewer::Anonymous, CREATE, input).await.is("UNAUTHENTICATED", None));
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, UPDATE, json!({ "input": { "id": id, "name": "Mine" } })).await.is(code, None));
        assert!(kit.refusal(&viewer, DELETE, json!({ "id": id })).await.is(code, None));
    }
}
