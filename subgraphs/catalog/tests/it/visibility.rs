//! Who may know of a track.

use kernel::{Role, Viewer};
use serde_json::{Value, json};

use crate::kit::Kit;

const EVERYWHERE: &str = "query($track: ID!, $artist: ID!, $album: ID!, $references: [_Any!]!) {
    track(id: $track) { id }
    tracks { nodes { id } }
    artist(id: $artist) { tracks { nodes { id } } }
    album(id: $album) { tracks { nodes { id } } }
    _entities(representations: $references) { ... on Track { id } ... on Artist { name } }
}";

#[tokio::test]
async fn a_track_is_for_its_owner_and_admins_until_it_is_published() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let track = kit.new_track(&ada, &artist, Some(&album), "Dawn").await;
    let references = json!([{ "__typename": "Track", "id": track }, { "__typename": "Artist", "id": artist }, { "__typename": "Track", "id": "nonsense" }]);
    let variables = json!({ "track": track, "artist": artist, "album": album, "references": references });
    let seen = async |viewer: Viewer| {
        let found = kit.ask(&viewer, EVERYWHERE, variables.clone()).await;
        // One broken or invisible reference does not take the others with it.
        assert_eq!((&found["_entities"][1], &found["_entities"][2]), (&json!({ "name": "Ada Sound" }), &Value::Null));
        let places = ["/track/id", "/tracks/nodes/0/id", "/artist/tracks/nodes/0/id", "/album/tracks/nodes/0/id", "/_entities/0/id"];
        let seen: Vec<_> = places.iter().map(|place| found.pointer(place).is_some_and(|id| *id == json!(track))).collect();
        assert!(seen.iter().all(|here| *here == seen[0]), "{found:#}");
        seen[0]
    };
    assert!(seen(ada.clone()).await);
    assert!(seen(kit.person(Role::Admin)).await);
    assert!(!seen(kit.artist()).await);
    assert!(!seen(Viewer::Anonymous).await);
    kit.publish(&ada, &track).await;
    assert!(seen(kit.artist()).await);
    assert!(seen(Viewer::Anonymous).await);
    kit.ask(&ada, "mutation($id: ID!) { unpublishTrack(id: $id) { id } }", json!({ "id": track })).await;
    assert!(!seen(Viewer::Anonymous).await);
}
