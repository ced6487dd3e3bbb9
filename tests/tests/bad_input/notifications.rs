//! Mail that was given up.

use serde_json::{Value, json};

use crate::stage::{Case, Stage, Who};

const RETRY: &str = "mutation($id: ID!) { retryMail(id: $id) }";
const DISCARD: &str = "mutation($id: ID!) { discardMail(id: $id) }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[RETRY, DISCARD];

#[tokio::test]
async fn undelivered_mail() {
    let nobodys = "mail_01jfz9k5hqf5e8z0t4m2b7n6xr";
    let mut cases = Vec::new();
    for operation in [RETRY, DISCARD] {
        let case = |what, who, id: Value, code, field| Case { what, who, operation, variables: json!({ "id": id }), code, field };
        cases.extend([
            case("no session", Who::Nobody, json!(nobodys), "UNAUTHENTICATED", None),
            case("a listener", Who::Listener, json!(nobodys), "FORBIDDEN", None),
            case("an artist", Who::Artist, json!(nobodys), "FORBIDDEN", None),
            case("no id", Who::Admin, json!("mail"), "BAD_USER_INPUT", Some("id")),
            case("id of another kind", Who::Admin, json!("user_01jfz9k5hqf5e8z0t4m2b7n6xr"), "BAD_USER_INPUT", Some("id")),
            case("null", Who::Admin, Value::Null, "BAD_USER_INPUT", Some("id")),
            case("nobody's id", Who::Admin, json!(nobodys), "NOT_FOUND", Some("id")),
        ]);
    }
    Stage::set().await.play(&cases).await;
}
