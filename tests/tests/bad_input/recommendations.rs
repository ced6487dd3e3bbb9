//! What listeners say they like.

use serde_json::{Value, json};

use crate::stage::{Case, Stage, Who};

const SET: &str = "mutation($slugs: [String!]!) { setFavouriteGenres(slugs: $slugs) { updatedAt } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[SET];

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
