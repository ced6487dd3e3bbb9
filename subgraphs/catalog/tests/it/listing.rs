//! Lists with filters, orders and cursors through GraphQL.

use kernel::Viewer;
use serde_json::{Value, json};

use crate::kit::{Kit, text};

fn names(list: &Value) -> Vec<String> {
    let nodes = list["nodes"].as_array().unwrap();
    nodes.iter().map(|node| text(node.get("title").unwrap_or(&node["name"]))).collect()
}

#[tokio::test]
async fn genres_are_the_same_everywhere() {
    let (here, there) = (Kit::new().await, Kit::new().await);
    let operation = "{ genres { id slug name } }";
    let genres = here.ask(&Viewer::Anonymous, operation, Value::Null).await["genres"].take();
    assert_eq!(there.ask(&Viewer::Anonymous, operation, Value::Null).await["genres"], genres);
    let hip_hop = genres.as_array().unwrap().iter().find(|genre| genre["slug"] == "hip-hop").unwrap();
    assert_eq!(hip_hop["name"], "Hip-Hop");
    let references = json!([{ "__typename": "Genre", "id": hip_hop["id"] }]);
    let found =
        here.ask(&Viewer::Anonymous, "query($r: [_Any!]!) { _entities(representations: $r) { ... on Genre { slug } } }", json!({ "r": references })).await;
    assert_eq!(found["_entities"][0]["slug"], "hip-hop");
}

#[tokio::test]
async fn artists_are_listed_by_every_filter() {
    let kit = Kit::new().await;
    let (ada, eve) = (kit.artist(), kit.artist());
    for name in ["Sigur Rós", "50% Off", "Ben & Bells"] {
        kit.new_artist(&ada, name).await;
    }
    kit.new_artist(&eve, "ben").await;
    let owner = json!(eve.user_id().unwrap().to_string());
    let operation = "query($filter: ArtistFilter, $order: ArtistOrder) { artists(filter: $filter, order: $order) { nodes { name } } }";
    for (filter, expected) in [
        (json!({}), vec!["50% Off", "ben", "Ben & Bells", "Sigur Rós"]),
        (json!({ "nameContains": "  RÓS " }), vec!["Sigur Rós"]),
        (json!({ "nameContains": "%" }), vec!["50% Off"]),
        (json!({ "nameContains": "_" }), vec![]),
        (json!({ "nameContains": "ben" }), vec!["ben", "Ben & Bells"]),
        (json!({ "name": "BEN" }), vec!["ben"]),
        (json!({ "ownerId": owner }), vec!["ben"]),
        (json!({ "mine": true, "nameContains": "b" }), vec!["Ben & Bells"]),
    ] {
        assert_eq!(names(&kit.ask(&ada, operation, json!({ "filter": filter })).await["artists"]), expected, "{filter}");
    }
    for (filter, code, field) in [
        (json!({ "ownerId": "x" }), "BAD_USER_INPUT", "ownerId"),
        (json!({ "ownerId": owner, "mine": true }), "BAD_USER_INPUT", "ownerId"),
        (json!({ "nameContains": "é".repeat(201) }), "BAD_USER_INPUT", "nameContains"),
    ] {
        assert!(kit.refusal(&ada, operation, json!({ "filter": filter })).await.is(code, Some(field)), "{filter}");
    }
    assert!(kit.refusal(&Viewer::Anonymous, operation, json!({ "filter": { "mine": true } })).await.is("UNAUTHENTICATED", None));
}

#[tokio::test]
async fn tracks_and_albums_are_listed_by_every_filter() {
    let kit = Kit::new().await;
    let (ada, eve) = (kit.artist(), kit.artist());
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    kit.new_album(&ada, &artist, "Last Light").await;
    let others = kit.new_artist(&eve, "Eve").await;
    kit.new_album(&eve, &others, "Light").await;
    let dawn = kit.new_track(&ada, &artist, Some(&album), "Dawn").await;
    kit.new_track(&ada, &artist, None, "Dusk").await;
    kit.publish(&ada, &dawn).await;
    kit.ask(&ada, "mutation($input: UpdateTrackInput!) { updateTrack(input: $input) { id } }", json!({ "input": { "id": dawn, "genres": ["jazz"] } })).await;
    let noon = kit.new_track(&eve, &others, None, "Noon").await;
    kit.publish(&eve, &noon).await;

    let operation = "query($filter: TrackFilter) { tracks(filter: $filter) { nodes { title } } }";
    for (filter, expected) in [
        (json!({}), vec!["Dawn", "Dusk", "Noon"]),
        (json!({ "artistId": artist }), vec!["Dawn", "Dusk"]),
        (json!({ "albumId": album }), vec!["Dawn"]),
        (json!({ "genre": "jazz" }), vec!["Dawn"]),
        (json!({ "genre": "rock" }), vec![]),
        (json!({ "state": "DRAFT" }), vec!["Dusk"]),
        (json!({ "state": "PUBLISHED" }), vec!["Dawn", "Noon"]),
        (json!({ "titleContains": "U" }), vec!["Dusk"]),
        (json!({ "title": "noon" }), vec!["Noon"]),
        (json!({ "mine": true }), vec!["Dawn", "Dusk"]),
    ] {
        assert_eq!(names(&kit.ask(&ada, operation, json!({ "filter": filter })).await["tracks"]), expected, "{filter}");
    }
    let operation = "query($filter: AlbumFilter) { albums(filter: $filter) { nodes { title } } }";
    for (filter, expected) in [
        (json!({}), vec!["First Light", "Last Light", "Light"]),
        (json!({ "artistId": others }), vec!["Light"]),
        (json!({ "titleContains": "ST L" }), vec!["First Light", "Last Light"]),
        (json!({ "title": "light" }), vec!["Light"]),
        (json!({ "mine": true }), vec!["First Light", "Last Light"]),
    ] {
        assert_eq!(names(&kit.ask(&ada, operation, json!({ "filter": filter })).await["albums"]), expected, "{filter}");
    }
}

/// Walks a connection to its end in steps of two, in both directions, and finds the same.
#[tokio::test]
async fn cursors_lead_through_a_list_both_ways_in_every_order() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let create = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }";
    for (title, disc, number) in [("E", 1, Some(2)), ("a", 2, Some(1)), ("D", 1, Some(1)), ("b", 1, None), ("C", 1, Some(2))] {
        kit.test.clock.advance(chrono::TimeDelta::seconds(1));
        let input = json!({ "artistId": artist, "albumId": album, "title": title, "discNumber": disc, "trackNumber": number });
        kit.ask(&ada, create, json!({ "input": input })).await;
    }
    for (order, expected) in [("TITLE", "abCDE"), ("NEWEST", "CbDaE"), ("POSITION", "DECba")] {
        for field in ["tracks", "album"] {
            let walk = async |backward: bool| {
                let (size, place) = if backward { ("last", "before") } else { ("first", "after") };
                let (mut cursor, mut found, mut pages) = (Value::Null, String::new(), 0);
                loop {
                    let list = format!(
                        "tracks(order: {order}, {size}: 2, {place}: $cursor) {{ edges {{ cursor node {{ title }} }} pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }} }}"
                    );
                    let operation = if field == "tracks" {
                        format!("query($cursor: String) {{ {list} }}")
                    } else {
                        format!("query($cursor: String) {{ album(id: \"{album}\") {{ {list} }} }}")
                    };
                    let answer = kit.ask(&ada, &operation, json!({ "cursor": cursor })).await;
                    let list = if field == "tracks" { &answer["tracks"] } else { &answer["album"]["tracks"] };
                    let page: String = list["edges"].as_array().unwrap().iter().map(|edge| text(&edge["node"]["title"])).collect();
                    pages += 1;
                    let more = if backward { "hasPreviousPage" } else { "hasNextPage" };
                    let resumed = if backward { "hasNextPage" } else { "hasPreviousPage" };
                    assert_eq!(list["pageInfo"][resumed], json!(pages > 1), "{list:#}");
                    found = if backward { page + &found } else { found + &page };
                    if list["pageInfo"][more] == json!(false) {
                        break;
                    }
                    cursor = list["pageInfo"][if backward { "startCursor" } else { "endCursor" }].clone();
                }
                assert_eq!(pages, 3);
                found
            };
            assert_eq!(walk(false).await, expected, "{order} {field}");
            assert_eq!(walk(true).await, expected, "{order} {field} backward");
        }
    }
}

#[tokio::test]
async fn bad_pages_are_refused_by_argument() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let made = kit.ask(&ada, "{ artists(order: NEWEST) { edges { cursor } } }", Value::Null).await;
    let foreign = text(&made["artists"]["edges"][0]["cursor"]);
    for (arguments, field) in [
        ("first: 0".to_owned(), "first"),
        ("first: 101".into(), "first"),
        ("last: -1".into(), "last"),
        ("first: 1, last: 1".into(), "first"),
        ("after: \"x\"".into(), "after"),
        ("last: 1, before: \"\"".into(), "before"),
        (format!("after: \"{foreign}\""), "after"),
    ] {
        for operation in [
            format!("{{ artists({arguments}) {{ nodes {{ id }} }} }}"),
            format!("{{ albums({arguments}) {{ nodes {{ id }} }} }}"),
            format!("{{ tracks({arguments}) {{ nodes {{ id }} }} }}"),
            format!("{{ artist(id: \"{artist}\") {{ albums({arguments}) {{ nodes {{ id }} }} }} }}"),
            format!("{{ artist(id: \"{artist}\") {{ tracks({arguments}) {{ nodes {{ id }} }} }} }}"),
        ] {
            let refusal = kit.refusal(&ada, &operation, Value::Null).await;
            assert!(refusal.is("BAD_USER_INPUT", Some(field)), "{operation}: {refusal:?}");
        }
    }
    for field in ["artist", "album", "track"] {
        assert!(kit.refusal(&ada, &format!("{{ {field}(id: \"x\") {{ id }} }}"), Value::Null).await.is("BAD_USER_INPUT", Some("id")));
    }
}
