//! One track to its ladder: ours makes four AAC renditions in HLS, the loudness and the waveform; ffmpeg the renditions alone.

use std::path::Path;
use std::process::Command;

use crate::batch::{Cost, middle, program, run};
use crate::table::{Row, Target};
use crate::{Bench, music, tell};

const BITRATES: [&str; 4] = ["64k", "96k", "160k", "320k"];
/// The coders of the media worker for them.
pub(crate) const OUR_CODERS: [&str; 4] = ["fast", "fast", "fast", "twoloop"];
/// ffmpeg's own choice.
const DEFAULT_CODERS: [&str; 4] = ["twoloop"; 4];
/// Rounds of ours and of ffmpeg with the coders that the media worker uses too. ffmpeg with its default coder, slower, is shown beside
/// it once, without a target.
const ROUNDS: usize = 2;

pub(crate) fn measure(bench: &Bench) -> Vec<Row> {
    let synthetic = bench.path("synthetic.wav");
    music::synthesise(&synthetic);
    let mut rows = measure_file(bench, &synthetic, "4 min of made-up music");
    match music::real() {
        Some(file) => {
            let name = file.file_stem().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            rows.extend(measure_file(bench, &file, &format!("“{name}”")));
        }
        None => rows.push(Row::missing("ladder of a real recording", "Debian's singularity-music is not installed")),
    }
    rows
}

fn measure_file(bench: &Bench, input: &Path, name: &str) -> Vec<Row> {
    let (mut ours, mut same) = (Vec::new(), Vec::new());
    for round in (0..ROUNDS).take_while(|round| bench.has_time_for(*round)) {
        tell(&format!("ladder of {name}, round {} of {ROUNDS} …", round + 1));
        ours.push(transcode(bench, input));
        same.push(ffmpeg(bench, input, OUR_CODERS));
    }
    tell(&format!("ladder of {name} by ffmpeg's default coder …"));
    let default = ffmpeg(bench, input, DEFAULT_CODERS);
    let (ours, same) = (middle(&ours), middle(&same));
    let seconds = duration_seconds(input);
    vec![
        Row::compare(format!("ladder of {name}, s; ffmpeg with the same coders"), ours.wall, same.wall, 1, Some(Target::AtMost(0.75))),
        Row::compare("… processor time, s", ours.cpu, same.cpu, 1, Some(Target::AtMost(1.1))),
        Row::compare("… times as fast as it plays", seconds / ours.wall, seconds / same.wall, 1, None),
        Row::compare("… processor time for a minute of it, s", ours.cpu * 60.0 / seconds, same.cpu * 60.0 / seconds, 2, None),
        Row::compare("… s; ffmpeg with its default coder", ours.wall, default.wall, 1, None),
        Row::compare("… processor time, s; ffmpeg with its default coder", ours.cpu, default.cpu, 1, None),
    ]
}

/// How long a recording plays, as ffprobe tells it.
fn duration_seconds(input: &Path) -> f64 {
    let probe = Command::new("ffprobe").args(["-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0"]).arg(input).output();
    let told = String::from_utf8(probe.expect("ffprobe is installed").stdout).expect("ffprobe writes text");
    told.trim().parse().expect("ffprobe tells the duration")
}

/// What the media worker starts for a job.
fn transcode(bench: &Bench, input: &Path) -> Cost {
    let output = fresh(bench, "ladder");
    let cost = run(Command::new(program("media-worker")).arg("transcode").arg("--input").arg(input).arg("--output").arg(&output));
    let renditions = std::fs::read_dir(&output).expect("the ladder is there").filter_map(Result::ok).filter(|entry| entry.path().join("index.m3u8").exists());
    assert_eq!(renditions.count(), BITRATES.len(), "the ladder is complete");
    cost
}

/// The same renditions by ffmpeg, each with its of `coders`.
pub(crate) fn ffmpeg(bench: &Bench, input: &Path, coders: [&str; 4]) -> Cost {
    let output = fresh(bench, "ffmpeg");
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-i"]).arg(input);
    command.args(BITRATES.iter().flat_map(|_| ["-map", "0:a:0"]));
    command.args(["-c:a", "aac"]);
    for (number, (bitrate, coder)) in BITRATES.iter().zip(coders).enumerate() {
        command.arg(format!("-b:a:{number}")).arg(bitrate).arg(format!("-aac_coder:a:{number}")).arg(coder);
    }
    command.args(["-f", "hls", "-hls_segment_type", "fmp4", "-hls_time", "6", "-hls_playlist_type", "vod"]);
    command.args(["-var_stream_map", "a:0 a:1 a:2 a:3", "-master_pl_name", "master.m3u8", "-hls_segment_filename"]);
    command.arg(output.join("%v_%d.m4s")).arg(output.join("%v.m3u8"));
    let cost = run(&mut command);
    assert!(output.join("3.m3u8").exists(), "ffmpeg has made all renditions");
    cost
}

/// An empty folder; what an earlier round left is gone.
pub(crate) fn fresh(bench: &Bench, name: &str) -> std::path::PathBuf {
    let folder = bench.path(name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).expect("a folder can be removed");
    }
    std::fs::create_dir_all(&folder).expect("a folder can be made");
    folder
}
