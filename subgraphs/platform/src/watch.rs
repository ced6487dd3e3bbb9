//! Watches a file that an operator replaces while the service runs.
//!
//! By looking at it every now and then: a look costs one system call, and it sees every way of replacing a file. The kernel's
//! notices miss some (a symbolic link that is moved, a network mount), and those are how orchestrators deliver files.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How often a file is looked at unless said otherwise.
const EVERY: Duration = Duration::from_secs(1);

/// What tells one state of a file from another without reading it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    inode: u64,
}

/// A file under watch.
#[derive(Debug)]
pub struct Watch {
    path: PathBuf,
    every: Duration,
    content: Vec<u8>,
    seen: Option<Stamp>,
    read: Option<Stamp>,
}

impl Watch {
    /// Watches `path`, of which the caller already has `content`.
    pub fn new(path: impl Into<PathBuf>, content: impl Into<Vec<u8>>) -> Self {
        Self { path: path.into(), every: EVERY, content: content.into(), seen: None, read: None }
    }

    /// The same, looking at the file at another interval.
    #[must_use]
    pub const fn every(mut self, interval: Duration) -> Self {
        self.every = interval;
        self
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Waits until the file has another content than the last one known, and gives it. A file that is still being written is
    /// left alone until it has rested for an interval; one that is gone or cannot be read counts as unchanged. May be dropped and
    /// called again without missing a change.
    pub async fn changed(&mut self) -> Vec<u8> {
        loop {
            tokio::time::sleep(self.every).await;
            let stamp = stamp(&self.path).await;
            let rested = stamp == self.seen;
            self.seen = stamp;
            if stamp.is_none() || !rested || stamp == self.read {
                continue;
            }
            let Ok(content) = tokio::fs::read(&self.path).await else { continue };
            self.read = stamp;
            if content != self.content {
                self.content.clone_from(&content);
                return content;
            }
        }
    }
}

async fn stamp(path: &Path) -> Option<Stamp> {
    use std::os::unix::fs::MetadataExt as _;
    let metadata = tokio::fs::metadata(path).await.ok()?;
    Some(Stamp { modified: metadata.modified().ok(), length: metadata.len(), inode: metadata.ino() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(5);

    async fn next(watch: &mut Watch) -> String {
        let content = tokio::time::timeout(Duration::from_secs(20), watch.changed()).await.expect("a change is seen");
        String::from_utf8(content).unwrap()
    }

    #[tokio::test]
    async fn written_renamed_and_linked_files_are_seen() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "one").unwrap();
        let mut watch = Watch::new(&file, "one").every(SOON);

        std::fs::write(&file, "two").unwrap();
        assert_eq!(next(&mut watch).await, "two");

        let fresh = folder.path().join("fresh");
        std::fs::write(&fresh, "six").unwrap();
        std::fs::rename(&fresh, &file).unwrap();
        assert_eq!(next(&mut watch).await, "six");

        // As Kubernetes and Nomad do: the name is a link, and the link is moved.
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        std::fs::write(&old, "old").unwrap();
        std::fs::write(&new, "new").unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&old, &link).unwrap();
        let mut watch = Watch::new(&link, "old").every(SOON);
        let moved = folder.path().join("moved");
        std::os::unix::fs::symlink(&new, &moved).unwrap();
        std::fs::rename(&moved, &link).unwrap();
        assert_eq!(next(&mut watch).await, "new");
    }

    #[tokio::test]
    async fn what_changed_before_the_watch_began_is_seen_and_what_did_not_change_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        let mut watch = Watch::new(&file, "known").every(SOON);
        std::fs::write(&file, "changed meanwhile").unwrap();
        assert_eq!(next(&mut watch).await, "changed meanwhile");

        // Gone, and there again with the same content: the next change told is a real one.
        std::fs::remove_file(&file).unwrap();
        std::fs::write(&file, "changed meanwhile").unwrap();
        assert!(tokio::time::timeout(SOON * 20, watch.changed()).await.is_err());
        std::fs::write(&file, "again").unwrap();
        assert_eq!(next(&mut watch).await, "again");
    }
}
