//! Signing in by providers of identities, and linking them.

use serde_json::json;

use crate::stage::{Case, Stage, Who};

const SIGN_IN: &str = "mutation($input: ProviderProofInput!) { signInWithProvider(input: $input) { __typename } }";
const LINK: &str = "mutation($input: ProviderProofInput!) { linkProvider(input: $input) { id } }";
const UNLINK: &str = "mutation($id: ID!) { unlinkProvider(id: $id) }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[SIGN_IN, LINK, UNLINK];

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

#[tokio::test]
async fn providers() {
    let mut cases = Vec::new();
    for (operation, who) in [(SIGN_IN, Who::Nobody), (LINK, Who::Listener)] {
        for (what, code, verifier) in [
            ("empty code", "", VERIFIER.to_owned()),
            ("made up code", "0000000000000000000000000000000000000000000", VERIFIER.to_owned()),
            ("huge code", &*"x".repeat(500_000), VERIFIER.to_owned()),
            ("huge verifier", "x", "x".repeat(500_000)),
        ] {
            let variables = json!({ "input": { "code": code, "verifier": verifier } });
            cases.push(Case { what, who, operation, variables, code: "BAD_USER_INPUT", field: Some("code") });
        }
        let variables = json!({ "input": { "code": "x" } });
        cases.push(Case { what: "no verifier", who, operation, variables, code: "BAD_USER_INPUT", field: Some("verifier") });
    }
    let proof = json!({ "input": { "code": "x", "verifier": VERIFIER } });
    let unlink = |what, who, id: &str, code, field| Case { what, who, operation: UNLINK, variables: json!({ "id": id }), code, field };
    cases.extend([
        Case { what: "no session", who: Who::Nobody, operation: LINK, variables: proof, code: "UNAUTHENTICATED", field: None },
        unlink("no session", Who::Nobody, "identity_01jfz9k5hqf5e8z0t4m2b7n6xr", "UNAUTHENTICATED", None),
        unlink("nobody's identity", Who::Listener, "identity_01jfz9k5hqf5e8z0t4m2b7n6xr", "NOT_FOUND", Some("id")),
        unlink("id of another kind", Who::Listener, "user_01jfz9k5hqf5e8z0t4m2b7n6xr", "BAD_USER_INPUT", Some("id")),
        unlink("no id", Who::Listener, "x", "BAD_USER_INPUT", Some("id")),
    ]);
    Stage::set().await.play(&cases).await;
}
