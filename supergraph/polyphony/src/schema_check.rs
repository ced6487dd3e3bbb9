//! `polyphony schema check` and `schema publish`: does the schema keep its promises to the clients that exist?
//!
//! What was promised is `schema/published/schema.graphql`. Only `schema publish` moves it, so that a breaking change is seen
//! however many commits ago it was made. A change that must be made nevertheless is announced: its text, as `check` names it,
//! is a line of `schema/published/announced-changes.txt`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use gateway::public_schema::{PublicSchema, Severity};
use serde::Deserialize;

use crate::serve::SUPERGRAPH;

/// What `check` compares.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    /// The new schema: a supergraph or a plain one. None: the one the program was built with.
    pub schema: Option<&'a Path>,
    /// The old one.
    pub against: &'a Path,
    /// A manifest of persisted operations; left out when there is no such file.
    pub operations: &'a Path,
    /// Announced changes, a line each; left out when there is no such file.
    pub announced: &'a Path,
}

/// What `check` found.
#[derive(Debug, PartialEq, Eq)]
pub struct Verdict {
    /// All that was found, a line each.
    pub text: String,
    /// Whether nothing breaks that was not announced.
    pub sound: bool,
}

/// Apollo's manifest, format 1, as far as it matters here.
#[derive(Deserialize)]
struct Manifest {
    operations: Vec<Operation>,
}

#[derive(Deserialize)]
struct Operation {
    name: String,
    body: String,
}

/// Compares files.
pub fn check(sources: Sources<'_>) -> anyhow::Result<Verdict> {
    let schema = match sources.schema {
        Some(file) => read(file)?,
        None => SUPERGRAPH.to_owned(),
    };
    let operations = if sources.operations.exists() { read(sources.operations)? } else { r#"{"operations":[]}"#.to_owned() };
    let announced = if sources.announced.exists() { read(sources.announced)? } else { String::new() };
    compare(&schema, &read(sources.against)?, &operations, &announced)
}

/// Writes the public schema of `schema` to `file`: what is promised from now on.
pub fn publish(schema: Option<&Path>, file: &Path) -> anyhow::Result<()> {
    let schema = match schema {
        Some(file) => read(file)?,
        None => SUPERGRAPH.to_owned(),
    };
    let text = format!("# What clients were promised: written by `polyphony schema publish`.\n\n{}\n", PublicSchema::read(&schema)?.sdl().trim());
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}

fn compare(schema: &str, against: &str, operations: &str, announced: &str) -> anyhow::Result<Verdict> {
    let new = PublicSchema::read(schema).context("the schema cannot be read")?;
    let old = PublicSchema::read(against).context("the published schema cannot be read")?;
    let manifest: Manifest = serde_json::from_str(operations).context("the manifest of operations cannot be read")?;
    let mut announced: HashSet<&str> = announced.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();

    let mut verdict = Verdict { text: String::new(), sound: true };
    for change in new.changes_since(&old) {
        if announced.remove(change.text.as_str()) {
            writeln!(verdict.text, "announced: {}", change.text)?;
            continue;
        }
        verdict.sound &= change.severity != Severity::Breaking;
        writeln!(verdict.text, "{change}")?;
    }
    for operation in manifest.operations {
        if let Some(refusal) = new.refusal(&operation.body) {
            verdict.sound = false;
            writeln!(verdict.text, "breaking: the persisted operation {}: {refusal}", operation.name)?;
        }
    }
    let mut idle: Vec<_> = announced.into_iter().collect();
    idle.sort_unstable();
    for line in idle {
        writeln!(verdict.text, "announced, but not so: {line}")?;
    }
    Ok(verdict)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn schema(file: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema").join(file)
    }

    /// When this fails: keep the promise, or announce the change (a line of the file), or, once clients have moved on,
    /// `make schema-publish`.
    #[test]
    fn the_committed_schema_breaks_nothing_that_was_not_announced() {
        let verdict = check(Sources {
            schema: Some(&schema("supergraph.graphql")),
            against: &schema("published/schema.graphql"),
            operations: &schema("persisted-operations.json"),
            announced: &schema("published/announced-changes.txt"),
        });
        let verdict = verdict.unwrap();
        assert!(verdict.sound, "{}", verdict.text);
    }

    #[test]
    fn a_breaking_change_is_named_unless_it_is_announced() {
        let old = "type Query { a: Int, b: Int }";
        let new = "type Query { a: Int }";
        let operations = r#"{"operations":[]}"#;
        let verdict = compare(new, old, operations, "").unwrap();
        assert_eq!(verdict, Verdict { text: "breaking: Query.b: the field is gone\n".into(), sound: false });
        let verdict = compare(new, old, operations, "# why\nQuery.b: the field is gone\nQuery.c: the field is gone\n").unwrap();
        let text = "announced: Query.b: the field is gone\nannounced, but not so: Query.c: the field is gone\n";
        assert_eq!(verdict, Verdict { text: text.into(), sound: true });
        assert_eq!(compare(old, old, operations, "").unwrap(), Verdict { text: String::new(), sound: true });
    }

    #[test]
    fn a_persisted_operation_that_no_longer_fits_breaks() {
        let schema = "type Query { a: Int }";
        let operations = r#"{"operations":[{"name":"Good","body":"query Good { a }"},{"name":"Bad","body":"query Bad { gone }"}]}"#;
        let verdict = compare(schema, schema, operations, "").unwrap();
        assert!(!verdict.sound && verdict.text.starts_with("breaking: the persisted operation Bad: ") && verdict.text.lines().count() == 1, "{}", verdict.text);
    }

    #[test]
    fn what_is_published_is_what_clients_see_and_reads_back_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("new/schema.graphql");
        publish(None, &file).unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        assert!(text.contains("type Track") && !text.contains("join__"), "{text}");
        assert_eq!(compare(SUPERGRAPH, &text, r#"{"operations":[]}"#, "").unwrap(), Verdict { text: String::new(), sound: true });
    }
}
