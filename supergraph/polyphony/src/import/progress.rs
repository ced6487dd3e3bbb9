//! How far the import is: a bar with rate and time left at a terminal, plain lines elsewhere.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// The bar and the lines above it.
pub(crate) struct Progress {
    bar: ProgressBar,
    at_terminal: bool,
}

impl Progress {
    /// While the folder is searched.
    pub(crate) fn searching() -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
        if let Ok(style) = ProgressStyle::with_template("{spinner} reading tags: {pos} files") {
            bar.set_style(style);
        }
        let at_terminal = !bar.is_hidden();
        Self { bar, at_terminal }
    }

    /// One more file was read.
    pub(crate) fn found(&self) {
        self.bar.inc(1);
    }

    /// The search is over: so many bytes are to be imported.
    pub(crate) fn begin(&self, bytes: u64) {
        self.bar.reset();
        self.bar.set_length(bytes);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left  {msg}") {
            self.bar.set_style(style);
        }
    }

    /// A file in hand.
    pub(crate) fn share(&self, file: &Path, bytes: u64) -> Share {
        Share { bar: self.bar.clone(), name: file.file_name().unwrap_or_default().to_string_lossy().into_owned(), bytes, done: AtomicU64::new(0) }
    }

    /// One more file is finished, with `outcome`.
    #[expect(clippy::print_stderr, reason = "progress belongs beside the result, not in it")]
    pub(crate) fn finished(&self, file: &Path, outcome: &str) {
        let line = format!("{outcome:<10} {}", file.display());
        if self.at_terminal { self.bar.println(line) } else { eprintln!("{line}") }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}

/// What one file moves the bar by.
pub(crate) struct Share {
    bar: ProgressBar,
    name: String,
    bytes: u64,
    done: AtomicU64,
}

impl Share {
    /// So much of the file's work is done: 0 to 100. Never goes back.
    pub(crate) fn at(&self, percent: u8) {
        let done = u128::from(self.bytes) * u128::from(percent.min(100)) / 100;
        let done = u64::try_from(done).unwrap_or(self.bytes);
        self.bar.set_message(self.name.clone());
        self.bar.inc(done.saturating_sub(self.done.fetch_max(done, Ordering::Relaxed)));
    }

    /// There was nothing to do, or nothing can be done: the rest of it would lie about rate and time left.
    pub(crate) fn drop_rest(&self) {
        self.bar.dec_length(self.bytes.saturating_sub(self.done.swap(self.bytes, Ordering::Relaxed)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_moves_by_bytes_and_never_back() {
        let progress = Progress { bar: ProgressBar::hidden(), at_terminal: false };
        progress.begin(3000);
        let (one, other) = (progress.share(Path::new("a.ogg"), 1000), progress.share(Path::new("b.ogg"), 2000));
        for (percent, position) in [(30, 300), (20, 300), (100, 1000), (200, 1000)] {
            one.at(percent);
            assert_eq!(progress.bar.position(), position);
        }
        other.at(50);
        other.drop_rest();
        other.drop_rest();
        assert_eq!((progress.bar.position(), progress.bar.length()), (2000, Some(2000)));
    }
}
