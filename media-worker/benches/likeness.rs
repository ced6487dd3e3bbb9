//! How well the signal embedding knows real music, and where its constants come from. Not part of any test run: the packages are
//! large. Needs ffmpeg and ffprobe.
//!
//! - `cargo bench -p media-worker --bench likeness -- proof FOLDER…`: of every recording of 45 s or more, each half is looked up
//!   among all other halves; how often the other half of the same recording comes first, and how often the nearest whole recording
//!   is by the same artist, where tags tell, beside what chance would find.
//! - `cargo bench -p media-worker --bench likeness -- normalisation FOLDER…`: prints the constants of `normalisation.rs` and writes
//!   `whitening.f32` to the working folder, from recordings of 60 s or more.

#![expect(clippy::expect_used, clippy::print_stdout, reason = "a program for developers that prints what it finds")]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use media_worker::domain::embedding::{cosine, signal};
use media_worker::domain::hearing::features::{COUNT, Features};
use media_worker::domain::hearing::{Hearing, SAMPLE_RATE_HZ};

/// How far the covariances between features are believed (O. Ledoit, M. Wolf, "A Well-Conditioned Estimator for Large-Dimensional
/// Covariance Matrices", Journal of Multivariate Analysis 88(2), 2004, shrink likewise): of 0.2, 0.3, … 1.0, where each
/// package of the constants' music was judged by constants of all others, 0.2 to 0.4 found most halves and of these 0.4 most artists.
const SHRINKAGE: f64 = 0.4;
const KINDS: [&str; 5] = ["ogg", "opus", "mp3", "flac", "wav"];

struct Track {
    name: String,
    artist: Option<String>,
    secs: usize,
    whole: Features,
    halves: [Features; 2],
    quarters: [Features; 4],
}

fn main() {
    let arguments: Vec<_> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let Some((mode, folders)) = arguments.split_first() else { return };
    let mut files = Vec::new();
    for folder in folders {
        gather(Path::new(folder), &mut files);
    }
    files.sort();
    match mode.as_str() {
        "proof" => prove(&hear_all(&files, 45)),
        "normalisation" => normalise(&hear_all(&files, 60)),
        other => println!("no such mode: {other}"),
    }
}

fn gather(path: &Path, files: &mut Vec<PathBuf>) {
    if let Ok(entries) = std::fs::read_dir(path) {
        entries.filter_map(Result::ok).for_each(|entry| gather(&entry.path(), files));
    } else if path.extension().is_some_and(|kind| KINDS.iter().any(|known| kind.eq_ignore_ascii_case(known))) {
        files.push(path.to_owned());
    }
}

fn hear_all(files: &[PathBuf], shortest_secs: usize) -> Vec<Track> {
    let (next, tracks) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Some(track) = listen(file).filter(|track| track.secs >= shortest_secs) {
                        tracks.lock().unwrap_or_else(PoisonError::into_inner).push(track);
                    }
                }
            });
        }
    });
    let mut tracks = tracks.into_inner().unwrap_or_else(PoisonError::into_inner);
    tracks.sort_by(|a, b| a.name.cmp(&b.name));
    tracks
}

fn listen(file: &Path) -> Option<Track> {
    let rate = SAMPLE_RATE_HZ.to_string();
    let output = Command::new("ffmpeg").args(["-v", "error", "-nostdin", "-i"]).arg(file).args(["-ac", "1", "-ar", &rate, "-f", "f32le", "-"]).output();
    let samples: Vec<f32> = output.expect("ffmpeg is installed").stdout.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    let hear = |samples: &[f32]| {
        let mut hearing = Hearing::default();
        hearing.push(samples);
        hearing.finish().features
    };
    let (first, second) = samples.split_at(samples.len() / 2);
    let part = |n: usize| &samples[samples.len() * n / 4..samples.len() * (n + 1) / 4];
    let tags = Command::new("ffprobe").args(["-v", "error", "-of", "csv=p=0", "-show_entries", "format_tags=artist:stream_tags=artist"]).arg(file).output();
    let tags = String::from_utf8_lossy(&tags.expect("ffprobe is installed").stdout).trim().lines().next().unwrap_or_default().to_owned();
    Some(Track {
        name: file.file_name()?.to_string_lossy().into_owned(),
        artist: Some(tags).filter(|artist| !artist.is_empty()),
        secs: samples.len() / SAMPLE_RATE_HZ as usize,
        whole: hear(&samples)?,
        halves: [hear(first)?, hear(second)?],
        quarters: [hear(part(0))?, hear(part(1))?, hear(part(2))?, hear(part(3))?],
    })
}

fn prove(tracks: &[Track]) {
    let embed = |features: &Features| signal::embed(features).unwrap_or_default();
    let halves: Vec<_> = tracks.iter().enumerate().flat_map(|(of, track)| track.halves.iter().map(move |half| (of, embed(half)))).collect();
    let found = nearest(&halves).into_iter().enumerate().filter(|(query, found)| halves[*query].0 == halves[*found].0).count();
    println!("recordings: {}; other half of the same recording first: {found} of {} = {:.3}", tracks.len(), halves.len(), found as f64 / halves.len() as f64);

    let wholes: Vec<_> = tracks.iter().enumerate().map(|(of, track)| (of, embed(&track.whole))).collect();
    let told: Vec<_> = nearest(&wholes).into_iter().enumerate().map(|(query, found)| (&tracks[query], &tracks[found])).collect();
    let tagged: Vec<_> = told.iter().filter(|(track, _)| track.artist.is_some() && by_same(tracks, track) > 1).collect();
    let same = tagged.iter().filter(|(track, neighbour)| track.artist == neighbour.artist).count();
    let chance: f64 = tagged.iter().map(|(track, _)| (by_same(tracks, track) - 1) as f64 / (tracks.len() - 1) as f64).sum();
    println!("nearest recording by the same artist: {same} of {} that have another; by chance {chance:.1}", tagged.len());
    for (track, neighbour) in told {
        println!("  {} -> {}", track.name, neighbour.name);
    }
}

/// Recordings by the artist of `track`, itself included.
fn by_same(tracks: &[Track], track: &Track) -> usize {
    tracks.iter().filter(|other| other.artist == track.artist).count()
}

/// The place of the nearest other vector of each.
fn nearest(vectors: &[(usize, Vec<f32>)]) -> Vec<usize> {
    let closest = |query: usize| {
        let others = (0..vectors.len()).filter(|other| *other != query);
        others.max_by(|a, b| cosine(&vectors[query].1, &vectors[*a].1).total_cmp(&cosine(&vectors[query].1, &vectors[*b].1))).unwrap_or(query)
    };
    (0..vectors.len()).map(closest).collect()
}

fn normalise(tracks: &[Track]) {
    let count = tracks.len() as f64;
    let column = |n: usize| tracks.iter().map(move |track| f64::from(track.whole.values()[n]));
    let means: Vec<f64> = (0..COUNT).map(|n| column(n).sum::<f64>() / count).collect();
    let deviations: Vec<f64> = (0..COUNT).map(|n| (column(n).map(|value| (value - means[n]).powi(2)).sum::<f64>() / count).sqrt()).collect();
    let wanderings: Vec<f64> = (0..COUNT)
        .map(|n| {
            let mut differences: Vec<f64> = tracks.iter().map(|track| f64::from((track.halves[0].values()[n] - track.halves[1].values()[n]).abs())).collect();
            differences.sort_by(f64::total_cmp);
            differences.get(differences.len() / 2).copied().unwrap_or_default()
        })
        .collect();
    // On the whole as large as deviations are, so that the same clipping fits.
    let ratio = wanderings.iter().zip(&deviations).map(|(wandering, deviation)| wandering / deviation.max(1e-9)).sum::<f64>() / COUNT as f64;
    let scales: Vec<f64> = wanderings.iter().map(|wandering| (wandering / ratio).max(1e-6)).collect();
    let scaled = |features: &Features| -> Vec<f64> { signal::scaled(features, &single(&means), &single(&scales)).into_iter().map(f64::from).collect() };
    let (centre, whitening) = whiten(&tracks.iter().map(|track| track.quarters.each_ref().map(scaled)).collect::<Vec<_>>());
    println!("// {} recordings", tracks.len());
    for (name, values) in [("MEAN", means), ("SCALE", scales), ("CENTRE", centre)] {
        let values: Vec<_> = values.iter().map(|value| format!("{value:e}")).collect();
        println!("pub(super) const {name}: [f32; {COUNT}] = [{}];", values.join(", "));
    }
    let bytes: Vec<u8> = whitening.iter().enumerate().flat_map(|(n, row)| single(&row[..=n])).flat_map(f32::to_le_bytes).collect();
    std::fs::write("whitening.f32", bytes).expect("the working folder can be written to");
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
fn single(values: &[f64]) -> Vec<f32> {
    values.iter().map(|value| *value as f32).collect()
}

/// The mean of all recordings, and the inverse of the Cholesky factor of how quarters wander around the mean of theirs.
fn whiten(tracks: &[[Vec<f64>; 4]]) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = tracks.len() as f64;
    let means: Vec<Vec<f64>> =
        tracks.iter().map(|quarters| (0..COUNT).map(|n| quarters.iter().map(|quarter| quarter[n]).sum::<f64>() / 4.0).collect()).collect();
    let centre = (0..COUNT).map(|n| means.iter().map(|mean| mean[n]).sum::<f64>() / count).collect();
    let covariance = |a: usize, b: usize| {
        let of_track =
            |(quarters, mean): (&[Vec<f64>; 4], &Vec<f64>)| quarters.iter().map(|quarter| (quarter[a] - mean[a]) * (quarter[b] - mean[b])).sum::<f64>();
        tracks.iter().zip(&means).map(of_track).sum::<f64>() / (4.0 * count) * if a == b { 1.0 } else { 1.0 - SHRINKAGE }
    };
    let mut factor = vec![vec![0.0; COUNT]; COUNT];
    for a in 0..COUNT {
        for b in 0..=a {
            let rest = covariance(a, b) - (0..b).map(|n| factor[a][n] * factor[b][n]).sum::<f64>();
            factor[a][b] = if a == b { rest.max(1e-9).sqrt() } else { rest / factor[b][b] };
        }
    }
    let mut inverse: Vec<Vec<f64>> = Vec::new();
    for (row, weights) in factor.iter().enumerate() {
        let of_earlier = |column: usize| inverse.iter().zip(weights).map(|(earlier, weight)| weight * earlier[column]).sum::<f64>();
        let solved = (0..COUNT).map(|column| (if row == column { 1.0 } else { 0.0 } - of_earlier(column)) / weights[row]).collect();
        inverse.push(solved);
    }
    (centre, inverse)
}
