//! What listeners say they like, what is like what, and what admins do about that.

use serde_json::{Value, json};

use crate::stage::{Case, Stage, Who};

const SET: &str = "mutation($slugs: [String!]!) { setFavouriteGenres(slugs: $slugs) { updatedAt } }";
const REBUILD: &str = "mutation { rebuildEmbeddings { id } }";
const ACCEPT: &str = "mutation($name: String!) { acceptEmbeddingSpace(name: $name) { name } }";
const SPACES: &str = "{ embeddingSpaces { name } }";
const SIMILAR: &str = "query($id: ID!, $first: Int!) { track(id: $id) { similar(first: $first) { similarity } } }";
const LAST: &str = "{ embeddingRebuild { id } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[SET, REBUILD, ACCEPT];

#[tokio::test]
async fn favourite_genres() {
    let case = |what, who, slugs: Value, code, field| Case { what, who, operation: SET, variables: json!({ "slugs": slugs }), code, field };
    let cases = [
        case("no session", Who::Nobody, json!(["jazz"]), "UNAUTHENTICATED", None),
        case("what is no genre", Who::Listener, json!(["polka"]), "BAD_USER_INPUT", Some("slugs")),
        case("another case", Who::Listener, json!(["Jazz"]), "BAD_USER_INPUT", Some("slugs")),
        case("a blank", Who::Listener, json!([""]), "BAD_USER_INPUT", Some("slugs")),
        case("too many", Who::Listener, json!(vec!["jazz"; 11]), "BAD_USER_INPUT", Some("slugs")),
        case("null", Who::Listener, Value::Null, "BAD_USER_INPUT", Some("slugs")),
        case("a null among them", Who::Listener, json!([null]), "BAD_USER_INPUT", Some("0")),
        case("a number", Who::Listener, json!([1]), "BAD_USER_INPUT", Some("0")),
    ];
    Stage::set().await.play(&cases).await;
}

#[tokio::test]
async fn embeddings() {
    let case = |what, who, operation, variables: Value, code, field| Case { what, who, operation, variables, code, field };
    let mut cases = Vec::new();
    for operation in [REBUILD, SPACES, LAST] {
        cases.extend([
            case("no session", Who::Nobody, operation, json!({}), "UNAUTHENTICATED", None),
            case("a listener", Who::Listener, operation, json!({}), "FORBIDDEN", None),
            case("an artist", Who::Artist, operation, json!({}), "FORBIDDEN", None),
        ]);
    }
    let accept = |what, who, name: Value, code, field| case(what, who, ACCEPT, json!({ "name": name }), code, field);
    cases.extend([
        accept("no session", Who::Nobody, json!("signal-v1-130"), "UNAUTHENTICATED", None),
        accept("a listener", Who::Listener, json!("signal-v1-130"), "FORBIDDEN", None),
        accept("an artist", Who::Artist, json!("signal-v1-130"), "FORBIDDEN", None),
        accept("a space that nobody knows", Who::Admin, json!("signal-v999-130"), "NOT_FOUND", Some("name")),
        accept("what is no name", Who::Admin, json!("../signal"), "NOT_FOUND", Some("name")),
        accept("nothing", Who::Admin, json!(""), "NOT_FOUND", Some("name")),
        accept("a very long one", Who::Admin, json!("x".repeat(10_000)), "NOT_FOUND", Some("name")),
        accept("null", Who::Admin, Value::Null, "BAD_USER_INPUT", Some("name")),
        accept("a number", Who::Admin, json!(1), "BAD_USER_INPUT", Some("name")),
    ]);
    Stage::set().await.play(&cases).await;
}

#[tokio::test]
async fn similar_tracks() {
    let stage = Stage::set().await;
    let artist = stage.client(Who::Artist);
    let made = artist.ask("mutation { createArtist(input: { name: \"Ada Sound\" }) { id } }", Value::Null).await["createArtist"]["id"].take();
    let input = json!({ "artistId": made, "title": "Dawn" });
    let track = artist.ask("mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }", json!({ "input": input })).await;
    let id = &track["createTrack"]["id"];
    let case = |what, first: Value| Case {
        what,
        who: Who::Artist,
        operation: SIMILAR,
        variables: json!({ "id": id, "first": first }),
        code: "BAD_USER_INPUT",
        field: Some("first"),
    };
    let cases = [
        case("none at all", json!(0)),
        case("less than none", json!(-1)),
        case("too many", json!(51)),
        case("more than there are numbers", json!(2_147_483_648_i64)),
        case("a text", json!("10")),
        case("a part of one", json!(1.5)),
        case("null", Value::Null),
    ];
    stage.play(&cases).await;
}
