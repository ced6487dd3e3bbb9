//! A front-end team's way to types for its operations, as `tests/codegen` shows it: the schema from a running Polyphony, the types
//! by npm `@graphql-codegen/cli`, a program that uses them, and TypeScript's word on it.

use std::path::Path;

use serde_json::Value;
use tests::process::Installation;
use tokio::process::Command;

/// Installs what the lock file names, unless it is there; generates, checks, and runs the program.
const WAY: &str = r#"
set -eu
cd "$1"
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
    npm ci --no-audit --no-fund --loglevel=error </dev/null >&2
    cp package-lock.json node_modules/.installed-lock.json
fi
rm -rf build generated
npm run --silent generate >&2
npm run --silent check >&2
node build/src/program.js "$POLYPHONY_URL"
"#;

#[tokio::test]
async fn types_come_from_the_running_schema_and_catch_mistakes() {
    let installation = Installation::default();
    let polyphony = installation.up().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("codegen");
    let mut command = Command::new("bash");
    let output = command.args(["-c", WAY, "way"]).arg(&folder).env("POLYPHONY_URL", polyphony.url()).output().await.expect("bash runs");
    let (printed, complaints) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{printed}{complaints}");
    let shape: Value = serde_json::from_str(&printed).expect("the program prints JSON");
    assert!(shape["genres"].as_u64() > Some(0), "{shape}");
    assert_eq!(shape["tracks"], 0, "nobody has uploaded anything: {shape}");
}
