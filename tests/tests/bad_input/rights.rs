//! Copies of all that is kept, and ends of accounts.

use serde_json::{Value, json};

use crate::stage::{Case, PASSWORD, Stage, Who};

const EXPORT: &str = "mutation { requestDataExport { id } }";
const DELETE: &str = "mutation($password: String!) { deleteAccount(password: $password) { id } }";
const CANCEL: &str = "mutation { cancelAccountDeletion }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[EXPORT, DELETE, CANCEL];

#[tokio::test]
async fn copies_and_ends() {
    let case = |what, who, operation, variables: Value, code, field| Case { what, who, operation, variables, code, field };
    const FRESH: &str = "mutation($provider: FreshSignInInput) { deleteAccount(provider: $provider) { id } }";
    let fresh = |code: &str| json!({ "provider": { "code": code, "verifier": "x" } });
    let with = |password: Value| json!({ "password": password });
    let cases = [
        case("a copy of nobody", Who::Nobody, EXPORT, Value::Null, "UNAUTHENTICATED", None),
        case("the end of nobody", Who::Nobody, DELETE, with(json!(PASSWORD)), "UNAUTHENTICATED", None),
        case("nobody stays", Who::Nobody, CANCEL, Value::Null, "UNAUTHENTICATED", None),
        case("another's password", Who::Listener, DELETE, with(json!("not this one")), "BAD_USER_INPUT", Some("password")),
        case("no password", Who::Listener, DELETE, with(json!("")), "BAD_USER_INPUT", Some("password")),
        case("a password of a megabyte", Who::Listener, DELETE, with(json!("x".repeat(1 << 19))), "BAD_USER_INPUT", Some("password")),
        case("null", Who::Listener, DELETE, with(Value::Null), "BAD_USER_INPUT", Some("password")),
        case("no proof at all", Who::Listener, FRESH, Value::Null, "BAD_USER_INPUT", Some("password")),
        case("a made up sign-in", Who::Listener, FRESH, fresh("made-up"), "BAD_USER_INPUT", Some("provider")),
        case("a huge sign-in", Who::Listener, FRESH, fresh(&"x".repeat(500_000)), "BAD_USER_INPUT", Some("provider")),
        case("a sign-in without a verifier", Who::Listener, FRESH, json!({ "provider": { "code": "x" } }), "BAD_USER_INPUT", Some("verifier")),
        case("a number", Who::Listener, DELETE, with(json!(7)), "BAD_USER_INPUT", Some("password")),
    ];
    Stage::set().await.play(&cases).await;
}
