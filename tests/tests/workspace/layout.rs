//! The visible top level is fixed, so that everybody finds their way.

use std::collections::BTreeSet;
use std::process::Command;

use crate::metadata::root;

/// What may lie in the top folder. Not all of it needs to be there yet.
const TOP: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "Makefile",
    "README.md",
    "clippy.toml",
    "consul",
    "deny.toml",
    "features",
    "media-worker",
    "nomad",
    "rustfmt.toml",
    "schema",
    "subgraphs",
    "supergraph",
    "tests",
];

#[test]
fn the_top_folder_holds_what_the_design_names() {
    let output = Command::new("git").args(["ls-files", "-z"]).current_dir(root()).output().expect("git runs");
    assert!(output.status.success(), "git ls-files: {}", String::from_utf8_lossy(&output.stderr));
    let files = String::from_utf8(output.stdout).expect("file names are UTF-8");
    let top: BTreeSet<_> = files.split('\0').filter_map(|file| file.split('/').next()).filter(|name| !name.is_empty() && !name.starts_with('.')).collect();
    let unknown: Vec<_> = top.into_iter().filter(|name| !TOP.contains(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}: the top level is fixed; find a place below it");
}
