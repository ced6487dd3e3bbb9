//! The manifest against Apollo's own generator, which npm installs in `tests/operations`.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::program::manifest;

/// Installs what the lock file names, unless it is there, and writes the manifest to `output`.
const GENERATE: &str = r#"
set -eu
cd "$1"
if ! cmp -s package-lock.json node_modules/.installed-lock.json; then
    npm ci --no-audit --no-fund --loglevel=error </dev/null
    cp package-lock.json node_modules/.installed-lock.json
fi
OUTPUT="$2" node_modules/.bin/generate-persisted-query-manifest --config manifest.cjs
"#;

#[test]
fn apollos_generator_makes_the_same_manifest() {
    let package = Path::new(env!("CARGO_MANIFEST_DIR")).join("operations");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let output = folder.path().join("manifest.json");
    let ran = Command::new("bash").args(["-c", GENERATE, "generate"]).arg(&package).arg(&output).output().expect("bash runs");
    assert!(ran.status.success(), "{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
    let text = std::fs::read_to_string(output).expect("the generator has written it");
    let apollos: Value = serde_json::from_str(&text).expect("it is JSON");
    assert_eq!(apollos, manifest());
}
