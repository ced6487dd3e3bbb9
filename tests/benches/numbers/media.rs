//! The media worker beyond one track: memory that does not grow with the recording, and the processor time of a batch.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::batch::{Cost, program, run};
use crate::table::{Row, Target};
use crate::{Bench, music, tell};

/// Four-minute pieces of the long recording: two hours.
const PIECES: usize = 30;
/// Files of a batch.
const BATCH: usize = 14;

pub(crate) fn measure(bench: &Bench) -> Vec<Row> {
    let short = bench.path("short.wav");
    music::synthesise(&short);
    let mut rows = vec![memory(bench, &short)];
    rows.extend(batch(bench));
    rows
}

/// The peak of a two-hour recording beside that of a four-minute one, all outputs included.
fn memory(bench: &Bench, short: &Path) -> Row {
    let long = bench.path("long.wav");
    let repeats = (PIECES - 1).to_string();
    let mut command = Command::new("ffmpeg");
    command.args(["-v", "error", "-nostdin", "-stream_loop", &repeats, "-i"]).arg(short).args(["-c", "copy", "-rf64", "auto"]).arg(&long);
    assert!(command.status().expect("ffmpeg is installed").success(), "ffmpeg makes a long recording");
    tell("memory for four minutes …");
    let little = peak_mib(&mut transcoding(bench, short, &["--lossless", "--downloads"]));
    tell("memory for two hours …");
    let much = peak_mib(&mut transcoding(bench, &long, &["--lossless", "--downloads"]));
    std::fs::remove_file(&long).expect("a file can be removed");
    Row::compare("peak memory of a two-hour recording, MiB; of a four-minute one", much, little, 0, Some(Target::AtMost(1.3)))
}

/// Processor time of ladders with all analysis, beside the programs that make the same one by one.
fn batch(bench: &Bench) -> Vec<Row> {
    let files: Vec<PathBuf> = music::all_real().into_iter().take(BATCH).collect();
    if files.len() < BATCH {
        return vec![Row::missing(format!("a batch of {BATCH}"), "Debian's singularity-music is not installed")];
    }
    if Command::new("fpcalc").arg("-version").stdout(Stdio::null()).status().is_err() {
        return vec![Row::missing(format!("a batch of {BATCH}"), "fpcalc (Debian's libchromaprint-tools) is not installed")];
    }
    let (mut ours, mut theirs) = (Cost { wall: 0.0, cpu: 0.0 }, Cost { wall: 0.0, cpu: 0.0 });
    for (number, file) in files.iter().enumerate() {
        tell(&format!("batch, file {} of {BATCH} …", number + 1));
        ours = ours.and(run(&mut transcoding(bench, file, &[])));
        let mut loudness = Command::new("ffmpeg");
        loudness.args(["-v", "error", "-nostdin", "-i"]).arg(file).args(["-map", "0:a:0", "-af", "ebur128=peak=true", "-f", "null", "-"]);
        // The end of the file is an error to it where it hears all of it.
        theirs = theirs
            .and(crate::ladder::ffmpeg(bench, file, crate::ladder::OUR_CODERS))
            .and(run(&mut loudness))
            .and(run(Command::new("fpcalc").args(["-ignore-errors", "-length", "0"]).arg(file)));
    }
    vec![
        Row::compare(format!("batch of {BATCH}, processor time, s; ffmpeg, its ebur128 and fpcalc"), ours.cpu, theirs.cpu, 1, Some(Target::AtMost(1.1))),
        Row::compare("… one after another, s", ours.wall, theirs.wall, 1, None),
    ]
}

fn transcoding(bench: &Bench, input: &Path, extras: &[&str]) -> Command {
    let output = crate::ladder::fresh(bench, "media");
    let mut command = Command::new(program("media-worker"));
    command.arg("transcode").arg("--input").arg(input).arg("--output").arg(output).args(extras);
    command
}

/// Runs `command` to its successful end; the most memory that was its own at any time, in MiB.
fn peak_mib(command: &mut Command) -> f64 {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn().expect("the media worker starts");
    let status = format!("/proc/{}/status", child.id());
    let mut peak_kib = 0.0_f64;
    loop {
        // The kernel keeps the peak itself; only the last look before the end counts.
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let told = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        peak_kib = peak_kib.max(told.unwrap_or(0.0));
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            assert!(status.success(), "the media worker ended with {status}");
            return peak_kib / 1024.0;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
