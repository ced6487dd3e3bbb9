//! How well recordings are known again: shared by the test on generated music and the bench on real music. Needs ffmpeg and fpcalc,
//! whose fingerprints are those of the media worker.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use catalog::domain::fingerprint::Fingerprint;

/// As people send in again what is not theirs: what it is called, how ffmpeg makes it, and the file's ending.
pub(crate) const FORMS: [(&str, &[&str], &str); 6] = [
    ("AAC 64 kbit/s", &["-c:a", "aac", "-b:a", "64k"], "m4a"),
    ("MP3 128 kbit/s", &["-b:a", "128k"], "mp3"),
    ("first 20 s cut off", &["-ss", "20"], "flac"),
    ("at -9 dB", &["-af", "volume=-9dB"], "flac"),
    ("mono, 22 kHz, MP3 64 kbit/s", &["-ac", "1", "-ar", "22050", "-b:a", "64k"], "mp3"),
    ("MP3 64 kbit/s, cut by 20 s, -9 dB", &["-ss", "20", "-af", "volume=-9dB", "-b:a", "64k"], "mp3"),
];

/// More than fpcalc listens to: two minutes.
const HEARD_SECS: &str = "125";

/// Candidates that are compared in full, as in `application/screen_recording.rs`.
const CANDIDATES: usize = 16;

/// What came of one form of all recordings.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Recordings asked about.
    pub(crate) asked: usize,
    /// Those that were known again.
    pub(crate) known: usize,
    /// Names of those that were not.
    pub(crate) missed: Vec<String>,
    /// Other recordings that were taken for it, as pairs of names.
    pub(crate) mistaken: Vec<(String, String)>,
    /// The least similarity of those known again.
    pub(crate) least: f64,
}

impl Outcome {
    pub(crate) fn recall(&self) -> f64 {
        self.known as f64 / self.asked as f64
    }

    pub(crate) fn precision(&self) -> f64 {
        self.known as f64 / (self.known + self.mistaken.len()) as f64
    }
}

/// A recording, and its fingerprint when it has one that tells.
pub(crate) struct Known {
    name: String,
    path: PathBuf,
    fingerprint: Fingerprint,
    terms: BTreeSet<u32>,
}

/// Listens to all files that tell enough.
pub(crate) fn listen(files: &[PathBuf]) -> Vec<Known> {
    let mut known = each(files, |path| {
        let fingerprint = fpcalc(path)?;
        let terms = fingerprint.terms().into_iter().collect();
        Some(Known { name: path.file_name()?.to_string_lossy().into_owned(), path: path.clone(), fingerprint, terms })
    });
    known.sort_by(|a, b| a.name.cmp(&b.name));
    known
}

/// Each recording in a form, looked for among all of them.
pub(crate) fn ask(known: &[Known], options: &[&str], ending: &str) -> Outcome {
    let found = each(known, |original| {
        let folder = tempfile::tempdir().ok()?;
        let form = folder.path().join(format!("form.{ending}"));
        let mut ffmpeg = Command::new("ffmpeg");
        ffmpeg
            .args(["-v", "error", "-nostdin", "-i"])
            .arg(&original.path)
            .args(options)
            .args(["-map", "0:a:0", "-map_metadata", "-1", "-t", HEARD_SECS])
            .arg(&form);
        assert!(ffmpeg.stdin(Stdio::null()).status().expect("ffmpeg is installed (`make install`)").success(), "{}", original.name);
        Some((original.name.clone(), fpcalc(&form).map_or_else(Vec::new, |fingerprint| matches(known, &fingerprint, None))))
    });
    told(&found)
}

/// Each recording among all others: nothing is to be found.
pub(crate) fn ask_others(known: &[Known]) -> Vec<(String, String)> {
    let found = each(known, |one| Some((one.name.clone(), matches(known, &one.fingerprint, Some(&one.name)))));
    found.into_iter().flat_map(|(name, matches)| matches.into_iter().map(move |(other, _)| (name.clone(), other))).collect()
}

fn told(found: &[(String, Vec<(String, f64)>)]) -> Outcome {
    let mut outcome = Outcome { asked: found.len(), least: 1.0, ..Outcome::default() };
    for (name, matches) in found {
        if !matches.iter().any(|(other, _)| other == name) {
            outcome.missed.push(name.clone());
        }
        for (other, similarity) in matches {
            if other == name {
                outcome.known += 1;
                outcome.least = outcome.least.min(*similarity);
            } else {
                outcome.mistaken.push((name.clone(), other.clone()));
            }
        }
    }
    outcome
}

/// Which of `known` but `besides` sound like `fingerprint`: those with most terms in common are compared, as the index does it.
fn matches(known: &[Known], fingerprint: &Fingerprint, besides: Option<&str>) -> Vec<(String, f64)> {
    let asked = fingerprint.terms();
    let others = known.iter().filter(|other| besides != Some(&*other.name));
    let mut candidates: Vec<_> = others.map(|other| (asked.iter().filter(|term| other.terms.contains(term)).count(), other)).collect();
    candidates.retain(|(shared, _)| *shared > 0);
    candidates.sort_by_key(|(shared, _)| std::cmp::Reverse(*shared));
    let compared = candidates.into_iter().take(CANDIDATES);
    compared.filter_map(|(_, other)| fingerprint.find_in(&other.fingerprint).map(|found| (other.name.clone(), found.similarity))).collect()
}

fn fpcalc(file: &Path) -> Option<Fingerprint> {
    let output = Command::new("fpcalc").arg(file).stdin(Stdio::null()).output().expect("fpcalc is installed (`make install`)");
    let report = String::from_utf8_lossy(&output.stdout).into_owned();
    Fingerprint::parse(report.lines().find_map(|line| line.strip_prefix("FINGERPRINT="))?).filter(Fingerprint::is_telling)
}

/// What `work` makes of each item, on all cores; in no order.
fn each<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> Option<R> + Sync) -> Vec<R> {
    let (next, made) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(result) = work(item) {
                        made.lock().unwrap_or_else(PoisonError::into_inner).push(result);
                    }
                }
            });
        }
    });
    made.into_inner().unwrap_or_else(PoisonError::into_inner)
}
