//! Albums through GraphQL.

use kernel::Viewer;
use platform::testing::TestPlatform;
use serde_json::{Value, json};

use crate::kit::Kit;

const CREATE: &str = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id title releaseDate artist { name } } }";
const UPDATE: &str = "mutation($input: UpdateAlbumInput!) { updateAlbum(input: $input) { title releaseDate } }";
const DELETE: &str = "mutation($id: ID!) { deleteAlbum(id: $id) }";

#[tokio::test]
async fn an_album_is_made_edited_and_removed_with_its_tracks() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let made =
        kit.ask(&ada, CREATE, json!({ "input": { "artistId": artist, "title": "First Light", "releaseDate": "2024-02-29" } })).await["createAlbum"].take();
    assert_eq!((&made["title"], &made["releaseDate"], &made["artist"]["name"]), (&json!("First Light"), &json!("2024-02-29"), &json!("Ada Sound")));
    let edited = kit.ask(&ada, UPDATE, json!({ "input": { "id": made["id"], "title": "Last Light", "releaseDate": null } })).await;
    assert_eq!(edited["updateAlbum"], json!({ "title": "Last Light", "releaseDate": null }));

    let on_it = kit.new_track(&ada, &artist, made["id"].as_str(), "Dawn").await;
    let on_none = kit.new_track(&ada, &artist, None, "Dawn").await;
    kit.ask(&ada, DELETE, json!({ "id": made["id"] })).await;
    let left = kit.ask(&ada, "query($a: ID!, $b: ID!) { a: track(id: $a) { id } b: track(id: $b) { id } }", json!({ "a": on_it, "b": on_none })).await;
    assert_eq!(left, json!({ "a": null, "b": { "id": on_none } }));
}

#[tokio::test]
async fn bad_albums_are_refused_by_field() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let nobody = json!(kit.test.platform.ids.next::<kernel::id::Artist>().to_string());
    let bad = vec![
        ("title", json!(""), "BAD_USER_INPUT"),
        ("title", json!("a\nb"), "BAD_USER_INPUT"),
        ("title", json!("é".repeat(201)), "BAD_USER_INPUT"),
        ("title", json!("FIRST light"), "CONFLICT"),
        ("releaseDate", json!("2023-02-29"), "BAD_USER_INPUT"),
        ("releaseDate", json!("yesterday"), "BAD_USER_INPUT"),
    ];
    let mut create = bad.clone();
    create.extend([("artistId", json!(album), "BAD_USER_INPUT"), ("artistId", json!(""), "BAD_USER_INPUT"), ("artistId", nobody, "NOT_FOUND")]);
    kit.refuses(&ada, CREATE, &json!({ "artistId": artist, "title": "Other" }), &create).await;

    let other = kit.new_album(&ada, &artist, "Other").await;
    let mut update = bad;
    let nothing = kit.test.platform.ids.next::<kernel::id::Album>().to_string();
    update.extend([("id", json!(artist), "BAD_USER_INPUT"), ("id", json!(nothing), "NOT_FOUND")]);
    kit.refuses(&ada, UPDATE, &json!({ "id": other }), &update).await;
    for (id, code) in [(&artist, "BAD_USER_INPUT"), (&nothing, "NOT_FOUND")] {
        assert!(kit.refusal(&ada, DELETE, json!({ "id": id })).await.is(code, Some("id")), "{id}");
    }
}

#[tokio::test]
async fn only_the_owner_changes_an_artists_albums() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, CREATE, json!({ "input": { "artistId": artist, "title": "Mine" } })).await.is(code, None));
        assert!(kit.refusal(&viewer, UPDATE, json!({ "input": { "id": album, "title": "Mine" } })).await.is(code, None));
        assert!(kit.refusal(&viewer, DELETE, json!({ "id": album })).await.is(code, None));
    }
}

#[tokio::test]
async fn an_albums_loudness_is_that_of_its_published_tracks_together_on_every_store() {
    const LOUDNESS: &str = "query($id: ID!) { album(id: $id) { loudness { integratedLufs truePeakDbtp } } }";
    for test in TestPlatform::each().await {
        let kit = Kit::on(test).await;
        let ada = kit.artist();
        let artist = kit.new_artist(&ada, "Ada Sound").await;
        let album = kit.new_album(&ada, &artist, "First Light").await;
        let see = async || kit.ask(&ada, LOUDNESS, json!({ "id": album })).await["album"]["loudness"].take();
        assert_eq!(see().await, Value::Null, "nothing is published");
        let (loud, quiet) = (kit.new_track(&ada, &artist, Some(&album), "Loud").await, kit.new_track(&ada, &artist, Some(&album), "Quiet").await);
        kit.publish(&ada, &loud).await;
        let alone = see().await;
        assert!((alone["integratedLufs"].as_f64().unwrap() + 14.45).abs() < 1e-6 && alone["truePeakDbtp"] == -1.0, "{alone} {}", kit.test.adapter);
        // As long, and 6 dB quieter.
        let upload = kit.upload(&ada, &quiet, b"quiet").await;
        let mut completed = kit.completed(&quiet, &upload);
        completed.data["analysis"]["loudness_blocks"] = json!([{ "tenths_lufs": -205, "blocks": 600 }]);
        kit.hear(&completed).await;
        assert_eq!(see().await, alone, "it is not published yet");
        let publish = "mutation($id: ID!) { publishTrack(id: $id) { id } }";
        kit.ask(&ada, publish, json!({ "id": quiet })).await;
        let expected = -14.45 + 10.0 * ((1.0 + 10_f64.powf(-0.6)) / 2.0).log10();
        assert!((see().await["integratedLufs"].as_f64().unwrap() - expected).abs() < 1e-6);
        // Taken off the album, it counts no more.
        kit.ask(&ada, "mutation($id: ID!) { updateTrack(input: { id: $id, albumId: null }) { id } }", json!({ "id": quiet })).await;
        assert_eq!(see().await, alone);
        // What an older worker measured cannot be told.
        let older = kit.new_track(&ada, &artist, Some(&album), "Older").await;
        let upload = kit.upload(&ada, &older, b"older").await;
        let mut completed = kit.completed(&older, &upload);
        completed.data["analysis"].as_object_mut().unwrap().remove("loudness_blocks");
        kit.hear(&completed).await;
        kit.ask(&ada, publish, json!({ "id": older })).await;
        assert_eq!(see().await, Value::Null);
    }
}
