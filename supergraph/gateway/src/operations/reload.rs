//! Follows the manifest's file. A new one counts from the next request on; requests keep what they began with. A broken one is
//! refused with a line in the log, and the old one stays.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arc_swap::ArcSwap;
use platform::watch::Watch;
use tokio_util::sync::CancellationToken;

use super::manifest::Manifest;

/// Puts what `file` holds into `trusted` whenever it is no longer `known`, until `stop`.
pub(super) fn follow(file: PathBuf, known: Vec<u8>, trusted: Arc<ArcSwap<Manifest>>, stop: CancellationToken) {
    tokio::spawn(async move {
        let mut watch = Watch::new(&file, known);
        while let Some(content) = stop.run_until_cancelled(watch.changed()).await {
            take(&file, &content, &trusted);
        }
    });
}

fn take(file: &Path, content: &[u8], trusted: &ArcSwap<Manifest>) {
    let file = file.display();
    match Manifest::parse(content) {
        Ok(manifest) => {
            tracing::info!(%file, operations = manifest.len(), "there are new trusted operations");
            trusted.store(Arc::new(manifest));
        }
        Err(error) => tracing::error!(%file, %error, "the new manifest of trusted operations is broken; the old one stays"),
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
        for broken in [b"{" as &[u8], b""] {
            take(Path::new("m"), broken, &trusted);
            assert!(trusted.load().body("a").is_some());
        }
        take(Path::new("m"), &manifest("b"), &trusted);
        assert!(trusted.load().body("a").is_none() && trusted.load().body("b").is_some());
    }
}
