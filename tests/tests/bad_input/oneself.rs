//! Preferences and pictures.

use serde_json::{Value, json};

use crate::stage::{Case, Stage, Who};

const UPDATE: &str = "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { version } }";
const UPLOAD: &str = "mutation($file: Upload!) { uploadAvatar(file: $file) { id } }";
const DELETE: &str = "mutation { deleteAvatar { id } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[UPDATE, UPLOAD, DELETE];

#[tokio::test]
async fn preferences_and_pictures() {
    let case = |what, who, operation, variables: Value, code, field| Case { what, who, operation, variables, code, field };
    let update = |what, who, input: Value, code, field| case(what, who, UPDATE, json!({ "input": input }), code, field);
    let bad = "BAD_USER_INPUT";
    let cases = [
        update("no session", Who::Nobody, json!({ "version": 0 }), "UNAUTHENTICATED", None),
        update("no version", Who::Listener, json!({ "autoplay": true }), bad, Some("version")),
        update("a version below all", Who::Listener, json!({ "version": -1 }), bad, Some("version")),
        update("a version to come", Who::Listener, json!({ "version": 7 }), "CONFLICT", Some("version")),
        update("a large version", Who::Listener, json!({ "version": 4_294_967_296_u64 }), bad, Some("version")),
        update("no language", Who::Listener, json!({ "version": 0, "language": "de_AT" }), bad, Some("language")),
        update("a long language", Who::Listener, json!({ "version": 0, "language": "de-".repeat(100_000) }), bad, Some("language")),
        update("an unknown quality", Who::Listener, json!({ "version": 0, "audioQuality": "BEST" }), bad, Some("audioQuality")),
        update("an unknown audience", Who::Listener, json!({ "version": 0, "listeningVisibleTo": "FRIENDS" }), bad, Some("listeningVisibleTo")),
        update("a text for a switch", Who::Listener, json!({ "version": 0, "autoplay": "yes" }), bad, Some("autoplay")),
        case("a text for a file", Who::Listener, UPLOAD, json!({ "file": "x" }), bad, None),
        case("nobody's picture", Who::Nobody, DELETE, Value::Null, "UNAUTHENTICATED", None),
    ];
    let stage = Stage::set().await;
    stage.play(&cases).await;
    for (who, bytes, code, field) in [
        (Who::Nobody, b"\x89PNG\r\n\x1a\n".to_vec(), "UNAUTHENTICATED", None),
        (Who::Listener, b"<svg onload=alert(1)>".to_vec(), bad, Some("file")),
        (Who::Listener, b"\x89PNG\r\n\x1a\n".to_vec(), bad, Some("file")),
        (Who::Listener, Vec::new(), bad, Some("file")),
        (Who::Listener, vec![0xff; 3 << 20], bad, None),
    ] {
        let answer = stage.client(who).send_file(UPLOAD, &bytes).await;
        assert_eq!((answer.expect_error().code(), answer.expect_error().field()), (code, field), "{} bytes", bytes.len());
    }
}
