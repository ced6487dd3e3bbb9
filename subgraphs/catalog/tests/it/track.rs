//! Tracks through GraphQL.

use kernel::Viewer;
use serde_json::{Value, json};

use crate::kit::Kit;

const FIELDS: &str =
    "{ id title trackNumber discNumber explicit isrc state genres { slug } album { title } artist { name } uploadedBy { id } durationMs publishedAt }";
const DELETE: &str = "mutation($id: ID!) { deleteTrack(id: $id) }";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { state publishedAt } }";
const UNPUBLISH: &str = "mutation($id: ID!) { unpublishTrack(id: $id) { state publishedAt } }";

fn create() -> String {
    format!("mutation($input: CreateTrackInput!) {{ createTrack(input: $input) {FIELDS} }}")
}

fn update() -> String {
    format!("mutation($input: UpdateTrackInput!) {{ updateTrack(input: $input) {FIELDS} }}")
}

#[tokio::test]
async fn a_track_is_made_and_edited() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let input = json!({
        "artistId": artist, "albumId": album, "title": "Dawn", "trackNumber": 3, "discNumber": 2, "genres": ["jazz", "ambient", "jazz"],
        "explicit": true, "isrc": "us-rc1-76-07839",
    });
    let made = kit.ask(&ada, &create(), json!({ "input": input })).await["createTrack"].take();
    let expected = json!({
        "id": made["id"], "title": "Dawn", "trackNumber": 3, "discNumber": 2, "explicit": true, "isrc": "USRC17607839", "state": "DRAFT",
        "genres": [{ "slug": "jazz" }, { "slug": "ambient" }], "album": { "title": "First Light" }, "artist": { "name": "Ada Sound" },
        "uploadedBy": null, "durationMs": null, "publishedAt": null,
    });
    assert_eq!(made, expected);

    let untouched = kit.ask(&ada, &update(), json!({ "input": { "id": made["id"] } })).await["updateTrack"].take();
    assert_eq!(untouched, expected);
    let input = json!({ "id": made["id"], "title": "Dusk", "albumId": null, "trackNumber": null, "genres": [], "explicit": false, "isrc": null });
    let edited = kit.ask(&ada, &update(), json!({ "input": input })).await["updateTrack"].take();
    for field in ["album", "trackNumber", "isrc"] {
        assert_eq!(edited[field], Value::Null, "{field}");
    }
    assert_eq!((&edited["title"], &edited["genres"], &edited["explicit"], &edited["discNumber"]), (&json!("Dusk"), &json!([]), &json!(false), &json!(2)));
}

#[tokio::test]
async fn bad_tracks_are_refused_by_field() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let others = kit.new_artist(&ada, "Other").await;
    let others = kit.new_album(&ada, &others, "Other").await;
    let ids = &kit.test.platform.ids;
    kit.new_track(&ada, &artist, Some(&album), "Dawn").await;
    let bad = vec![
        ("title", json!(""), "BAD_USER_INPUT"),
        ("title", json!("a\tb"), "BAD_USER_INPUT"),
        ("title", json!("é".repeat(201)), "BAD_USER_INPUT"),
        ("title", json!(" DAWN"), "CONFLICT"),
        ("trackNumber", json!(0), "BAD_USER_INPUT"),
        ("trackNumber", json!(1000), "BAD_USER_INPUT"),
        ("discNumber", json!(-1), "BAD_USER_INPUT"),
        ("discNumber", json!(1000), "BAD_USER_INPUT"),
        ("isrc", json!("US"), "BAD_USER_INPUT"),
        ("isrc", json!("U".repeat(1000)), "BAD_USER_INPUT"),
        ("genres", json!(["no such genre"]), "BAD_USER_INPUT"),
        ("genres", json!(["rock", "pop", "jazz", "folk", "soul", "funk"]), "BAD_USER_INPUT"),
        ("albumId", json!(artist), "BAD_USER_INPUT"),
        ("albumId", json!(others), "BAD_USER_INPUT"),
        ("albumId", json!(ids.next::<kernel::id::Album>().to_string()), "NOT_FOUND"),
    ];
    let mut creates = bad.clone();
    creates.extend([
        ("artistId", json!(album), "BAD_USER_INPUT"),
        ("artistId", json!(""), "BAD_USER_INPUT"),
        ("artistId", json!(ids.next::<kernel::id::Artist>().to_string()), "NOT_FOUND"),
    ]);
    kit.refuses(&ada, &create(), &json!({ "artistId": artist, "albumId": album, "title": "Other" }), &creates).await;
    let track = kit.new_track(&ada, &artist, Some(&album), "Other").await;
    let nothing = ids.next::<kernel::id::Track>().to_string();
    let mut updates = bad;
    updates.extend([("id", json!(artist), "BAD_USER_INPUT"), ("id", json!(nothing), "NOT_FOUND")]);
    kit.refuses(&ada, &update(), &json!({ "id": track }), &updates).await;
    for operation in [DELETE, PUBLISH, UNPUBLISH] {
        for (id, code) in [(&artist, "BAD_USER_INPUT"), (&String::new(), "BAD_USER_INPUT"), (&nothing, "NOT_FOUND")] {
            assert!(kit.refusal(&ada, operation, json!({ "id": id })).await.is(code, Some("id")), "{operation} {id}");
        }
    }
    // The same title elsewhere is another track.
    kit.new_track(&ada, &artist, None, "Dawn").await;
    let again = kit.refusal(&ada, &create(), json!({ "input": { "artistId": artist, "title": "dawn" } })).await;
    assert!(again.is("CONFLICT", Some("title")), "{again:?}");
    kit.ask(&ada, &create(), json!({ "input": { "artistId": artist, "albumId": album, "title": "Dawn", "trackNumber": 7 } })).await;
}

#[tokio::test]
async fn only_the_owner_changes_an_artists_tracks() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let track = kit.new_track(&ada, &artist, None, "Dawn").await;
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, &create(), json!({ "input": { "artistId": artist, "title": "Mine" } })).await.is(code, None));
        assert!(kit.refusal(&viewer, &update(), json!({ "input": { "id": track, "title": "Mine" } })).await.is(code, None));
        for operation in [DELETE, PUBLISH, UNPUBLISH] {
            assert!(kit.refusal(&viewer, operation, json!({ "id": track })).await.is(code, None), "{operation}");
        }
    }
}

#[tokio::test]
async fn a_track_is_published_and_taken_back_when_its_state_allows_it() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let track = kit.new_track(&ada, &artist, None, "Dawn").await;
    let id = json!({ "id": track });
    assert!(kit.refusal(&ada, PUBLISH, id.clone()).await.is("CONFLICT", Some("id")));
    assert!(kit.refusal(&ada, UNPUBLISH, id.clone()).await.is("CONFLICT", Some("id")));
    kit.make_ready(&ada, &track).await;
    let published = kit.ask(&ada, PUBLISH, id.clone()).await["publishTrack"].take();
    assert_eq!(published, json!({ "state": "PUBLISHED", "publishedAt": "2026-01-01T00:00:00+00:00" }));
    assert!(kit.refusal(&ada, PUBLISH, id.clone()).await.is("CONFLICT", Some("id")));
    let taken_back = kit.ask(&ada, UNPUBLISH, id.clone()).await["unpublishTrack"].take();
    assert_eq!(taken_back, json!({ "state": "READY", "publishedAt": null }));
    kit.ask(&ada, PUBLISH, id.clone()).await;
    // Deleted in any state, with its file.
    assert_eq!(kit.blobs().await.len(), 1);
    kit.ask(&ada, DELETE, id).await;
    assert_eq!(kit.blobs().await, Vec::<String>::new());
}
