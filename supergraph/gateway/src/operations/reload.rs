//! Follows the manifest's file. A new one counts from the next request on; requests keep what they began with. A broken one is
//! refused with a line in the log, and the old one stays.
//!
//! The file is read every second and compared, instead of being watched: notifications fail silently where files are swapped
//! through symbolic links, bound into containers or kept on network file systems, which is how such files are deployed. Reading a
//! few kilobytes that the system has in memory costs some microseconds.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio_util::sync::CancellationToken;

use super::manifest::Manifest;

const INTERVAL: Duration = Duration::from_secs(1);

/// Puts what `file` holds into `trusted` whenever it is no longer `known`, until `stop`.
pub(super) fn follow(file: PathBuf, known: Vec<u8>, trusted: Arc<ArcSwap<Manifest>>, stop: CancellationToken) {
    tokio::spawn(async move { stop.run_until_cancelled(watch(&file, known, &trusted)).await });
}

async fn watch(file: &Path, known: Vec<u8>, trusted: &ArcSwap<Manifest>) {
    let mut seen = Seen::Content(known);
    loop {
        tokio::time::sleep(INTERVAL).await;
        let now = match tokio::fs::read(file).await {
            Ok(bytes) => Seen::Content(bytes),
            Err(error) => Seen::Unreadable(error.kind()),
        };
        // Each state is told once and not every second.
        if now != seen {
            take(file, &now, trusted);
            seen = now;
        }
    }
}

#[derive(PartialEq, Eq)]
enum Seen {
    Content(Vec<u8>),
    Unreadable(std::io::ErrorKind),
}

fn take(file: &Path, now: &Seen, trusted: &ArcSwap<Manifest>) {
    let file = file.display();
    match now {
        Seen::Unreadable(error) => tracing::error!(%file, %error, "the manifest of trusted operations cannot be read; the old one stays"),
        Seen::Content(bytes) => match Manifest::parse(bytes) {
            Ok(manifest) => {
                tracing::info!(%file, operations = manifest.len(), "there are new trusted operations");
                trusted.store(Arc::new(manifest));
            }
            Err(error) => tracing::error!(%file, %error, "the new manifest of trusted operations is broken; the old one stays"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_leaves_the_old_operations() {
        let manifest = |id: &str| {
            format!(r#"{{"format":"apollo-persisted-query-manifest","version":1,"operations":[{{"id":"{id}","name":"A","body":"{{ a }}"}}]}}"#).into_bytes()
        };
        let trusted = ArcSwap::from_pointee(Manifest::parse(&manifest("a")).unwrap());
        for broken in [Seen::Content(b"{".to_vec()), Seen::Content(Vec::new()), Seen::Unreadable(std::io::ErrorKind::NotFound)] {
            take(Path::new("m"), &broken, &trusted);
            assert!(trusted.load().body("a").is_some());
        }
        take(Path::new("m"), &Seen::Content(manifest("b")), &trusted);
        assert!(trusted.load().body("a").is_none() && trusted.load().body("b").is_some());
    }
}
