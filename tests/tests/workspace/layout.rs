//! The visible top level is fixed, so that everybody finds their way.

use std::collections::BTreeSet;

use crate::metadata::{files_in, root};

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
    let files = files_in(&root(), &[]);
    let top: BTreeSet<_> = files.iter().filter_map(|file| file.split('/').next()).filter(|name| !name.starts_with('.')).collect();
    let unknown: Vec<_> = top.into_iter().filter(|name| !TOP.contains(name)).collect();
    assert!(unknown.is_empty(), "{unknown:?}: the top level is fixed; find a place below it");
}
