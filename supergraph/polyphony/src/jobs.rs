//! What an operator does about the media worker's jobs.

use std::fmt::Write as _;

use anyhow::Context as _;
use chrono::SecondsFormat;
use kernel::id::JobId;
use platform::Platform;

/// How the queue is, and its dead letters as a table.
pub async fn list(platform: &Platform, limit: u64) -> anyhow::Result<String> {
    let operator = media_worker::operator(platform).await?;
    let (queue, dead) = (operator.queue().await?, operator.dead(limit).await?);
    let mut text = format!("{} waiting, {} running, {} dead\n", queue.waiting, queue.running, queue.dead);
    if dead.is_empty() {
        return Ok(text);
    }
    writeln!(text, "{:<30} {:<32} {:>5} {:<20} REASON", "JOB", "TRACK", "TRIES", "SINCE")?;
    for job in dead {
        let since = job.since.to_rfc3339_opts(SecondsFormat::Secs, true);
        // A library's complaint may have many lines.
        let reason = job.error.split_whitespace().collect::<Vec<_>>().join(" ");
        writeln!(text, "{:<30} {:<32} {:>5} {since:<20} {reason}", job.id.to_string(), job.track_id.to_string(), job.attempts)?;
    }
    Ok(text)
}

/// What became of a job, line by line.
pub async fn log(platform: &Platform, job: JobId) -> anyhow::Result<String> {
    let lines = media_worker::operator(platform).await?.log(job).await?;
    Ok(lines.into_iter().map(|line| format!("{} {}\n", line.at.to_rfc3339_opts(SecondsFormat::Secs, true), line.text)).collect())
}

/// Has a dead letter tried again, before others.
pub async fn retry(platform: &Platform, job: JobId) -> anyhow::Result<()> {
    media_worker::operator(platform).await?.retry(job).await.with_context(|| format!("{job} is no dead letter"))
}

/// Forgets a dead letter.
pub async fn discard(platform: &Platform, job: JobId) -> anyhow::Result<()> {
    media_worker::operator(platform).await?.discard(job).await.with_context(|| format!("{job} is no dead letter"))
}

/// Ends a job that waits or runs.
pub async fn cancel(platform: &Platform, job: JobId) -> anyhow::Result<()> {
    media_worker::operator(platform).await?.cancel(job).await.with_context(|| format!("{job} neither waits nor runs"))
}
