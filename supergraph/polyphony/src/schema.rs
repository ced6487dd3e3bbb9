//! Writes what `schema/` holds, all but the supergraph, which npm's composition makes of it (`make schema`).

use std::path::Path;

use anyhow::Context as _;
use platform::{Config, Platform};

use crate::{contexts, node};

/// Writes `<subgraph>.graphql`, `events/<type>.json` and `config.schema.json` to `folder`. Needs no installation: the contexts
/// start on a folder that is thrown away.
pub async fn export(folder: &Path) -> anyhow::Result<()> {
    let scratch = std::env::temp_dir().join(format!("polyphony-schema-{}", std::process::id()));
    let exported = export_with(folder, &scratch).await;
    // Left behind, it would only waste a little space.
    let _ = std::fs::remove_dir_all(&scratch);
    exported
}

async fn export_with(folder: &Path, scratch: &Path) -> anyhow::Result<()> {
    let platform = Platform::open(Config::embedded(scratch)?).await?;
    let (users, others) = contexts::start_all(&platform).await?;
    let subgraphs = [users.context].into_iter().chain(others).filter_map(|context| context.subgraph).chain([node::subgraph()]);
    for subgraph in subgraphs {
        write(&folder.join(format!("{}.graphql", subgraph.name())), &subgraph.sdl())?;
    }
    for (kind, schema) in kernel::events::schemas() {
        write(&folder.join("events").join(format!("{kind}.json")), &serde_json::to_string_pretty(&schema)?)?;
    }
    write(&folder.join("config.schema.json"), &serde_json::to_string_pretty(&Config::schema())?)
}

fn write(file: &Path, text: &str) -> anyhow::Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(file, format!("{}\n", text.trim_end())).with_context(|| format!("{} cannot be written", file.display()))
}
