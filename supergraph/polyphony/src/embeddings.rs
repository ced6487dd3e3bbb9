//! What an operator does about embeddings.

use std::fmt::Write as _;

use platform::Platform;

/// Has the whole catalogue heard by the configured model, and says how much there is to do.
pub async fn rebuild(platform: &Platform) -> anyhow::Result<String> {
    let rebuild = media_worker::embeddings(platform).await?;
    let added = rebuild.run().await?;
    Ok(format!("{added} uploads will be heard by {}; see `polyphony embeddings status`\n", rebuild.space))
}

/// How far hearing is, and which space answers.
pub async fn status(platform: &Platform) -> anyhow::Result<String> {
    let rebuild = media_worker::embeddings(platform).await?;
    let state = rebuild.state().await?;
    let all = state.waiting + state.running + state.done + state.failed;
    let percent = (100 * (state.done + state.failed)).checked_div(all).unwrap_or(100);
    let mut text = format!("{}: {percent} % ", rebuild.space);
    writeln!(text, "({} waiting, {} running, {} heard, {} failed)", state.waiting, state.running, state.done, state.failed)?;
    let spaces = recommendations::spaces(platform).await?;
    if !spaces.is_empty() {
        writeln!(text, "{:<48} {:>10} {:>10} {:>10} ANSWERS", "SPACE", "PUBLISHED", "MISSING", "FAILED")?;
    }
    let stuck = spaces.iter().find(|space| space.missing > 0 && space.missing == space.unheard).map(|space| space.space.name.clone());
    for space in spaces {
        let answers = if space.serving { "yes" } else { "no" };
        writeln!(text, "{:<48} {:>10} {:>10} {:>10} {answers}", space.space.name, space.published, space.missing, space.unheard)?;
    }
    if let Some(name) = stuck {
        writeln!(text, "{name} lacks only what has failed: see `polyphony jobs dead`, retry those, or let an admin accept it by `acceptEmbeddingSpace`")?;
    }
    Ok(text)
}
