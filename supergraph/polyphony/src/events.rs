//! What an operator does about dead letters.

use std::fmt::Write as _;

use anyhow::{Context as _, bail};
use platform::Platform;
use platform::consumer::Consumer;

use crate::contexts;

/// The dead letters as a table.
pub async fn list(platform: &Platform, consumer: Option<&str>, limit: u32) -> anyhow::Result<String> {
    let letters = platform.bus.dead_letters(consumer, limit).await?;
    if letters.is_empty() {
        return Ok("no dead letters".into());
    }
    let mut text = format!("{:<6} {:<12} {:<20} {:<36} {:>5} {:<25} REASON\n", "ID", "CONSUMER", "TYPE", "SUBJECT", "TRIES", "SINCE");
    for letter in letters {
        writeln!(
            text,
            "{:<6} {:<12} {:<20} {:<36} {:>5} {:<25} {}",
            letter.id,
            letter.consumer,
            letter.event.r#type,
            letter.event.subject,
            letter.attempts,
            letter.buried_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            letter.reason
        )?;
    }
    Ok(text)
}

/// Hands the event to its consumer's handlers again; discards the letter when they succeed.
pub async fn replay(platform: &Platform, id: i64) -> anyhow::Result<()> {
    let letter = platform.bus.dead_letter(id).await.with_context(|| format!("there is no dead letter {id}"))?;
    let (users, others) = contexts::start_all(platform).await?;
    let Some(context) = [users.context].into_iter().chain(others).find(|context| context.name == letter.consumer) else {
        bail!("there is no consumer {} any more; discard the letter", letter.consumer)
    };
    Consumer::new(context.name, context.handlers, platform.bus.clone()).dispatch(&letter.event).await.context("it failed again; the letter stays")?;
    platform.bus.discard(id).await?;
    Ok(())
}

/// Forgets the letter.
pub async fn discard(platform: &Platform, id: i64) -> anyhow::Result<()> {
    platform.bus.discard(id).await.with_context(|| format!("there is no dead letter {id}"))
}
