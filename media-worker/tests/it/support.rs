//! Generated sound, the transcoding process, and a reader of the fragments it writes.

use std::f64::consts::TAU;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use media_worker::domain::failure::Failure;
use media_worker::domain::ladder::Ladder;
use media_worker::infrastructure::transcode_main::Report;
use tempfile::TempDir;

pub(crate) const WORKER: &str = env!("CARGO_BIN_EXE_media-worker");

/// Interleaved samples of a sine at `peak` (1 is full scale) in all channels.
#[expect(clippy::cast_possible_truncation, reason = "the peak is at most full scale")]
pub(crate) fn sine(hz: f64, peak: f64, rate: u32, channels: usize, samples: usize) -> Vec<i16> {
    (0..samples)
        .flat_map(|n| {
            let value = peak * (TAU * hz * n as f64 / f64::from(rate)).sin();
            std::iter::repeat_n((value * 32767.0).round() as i16, channels)
        })
        .collect()
}

/// A WAV file of 16 bits.
pub(crate) fn wav(interleaved: &[i16], rate: u32, channels: u16) -> Vec<u8> {
    let data: Vec<u8> = interleaved.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut file = b"RIFF".to_vec();
    file.extend(u32::try_from(36 + data.len()).unwrap().to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(channels) * 2).to_le_bytes());
    file.extend((channels * 2).to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(u32::try_from(data.len()).unwrap().to_le_bytes());
    file.extend(data);
    file
}

/// A stereo WAV of a quiet sine.
pub(crate) fn stereo(secs: usize) -> Vec<u8> {
    wav(&sine(440.0, 0.2, 44_100, 2, 44_100 * secs), 44_100, 2)
}

/// Stereo white noise of so many seconds, the same each time: unlike a pure tone it fills every bit rate.
pub(crate) fn noise(secs: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut sample = || {
        // Numerical Recipes' generator; its upper bits are random enough for sound.
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        i16::from_be_bytes([state.to_be_bytes()[0], state.to_be_bytes()[1]]) / 4
    };
    wav(&std::iter::repeat_with(&mut sample).take(2 * 44_100 * secs).collect::<Vec<_>>(), 44_100, 2)
}

/// Bytes without any pattern, the same each time.
pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut state = 7_u32;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    })
    .take(length)
    .collect()
}

/// One file name of each container and codec that people send in, with what makes ffmpeg write it.
pub(crate) const FORMATS: [(&str, &[&str]); 11] = [
    ("a.wav", &[]),
    ("a.flac", &[]),
    ("a.aiff", &[]),
    ("a.wv", &[]),
    ("a.mp3", &["-c:a", "libmp3lame"]),
    ("a.ogg", &["-c:a", "libvorbis"]),
    ("a.opus", &["-c:a", "libopus"]),
    ("a.m4a", &["-c:a", "aac"]),
    ("alac.m4a", &["-c:a", "alac"]),
    ("fast.m4a", &["-c:a", "aac", "-movflags", "+faststart"]),
    ("a.mka", &["-c:a", "libvorbis"]),
];

/// Converts a WAV with ffmpeg, whose options `arguments` name the codec.
pub(crate) fn encoded(wav: &[u8], name: &str, arguments: &[&str]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (from, to) = (folder.path().join("from.wav"), folder.path().join(name));
    std::fs::write(&from, wav).unwrap();
    let status = Command::new("ffmpeg").args(["-v", "error", "-i"]).arg(&from).args(arguments).arg(&to).status().expect("ffmpeg is installed");
    assert!(status.success());
    std::fs::read(to).unwrap()
}

/// A ladder on disk.
pub(crate) struct Made {
    pub(crate) ladder: Ladder,
    pub(crate) folder: PathBuf,
    _temporary: TempDir,
}

impl Made {
    pub(crate) fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap()
    }

    /// The segments of a rendition in order.
    pub(crate) fn fragments(&self, rendition: &str) -> Vec<Fragment> {
        (0..)
            .map(|n| self.folder.join(rendition).join(format!("{n}.m4s")))
            .take_while(|file| file.exists())
            .map(|file| Fragment::read(&std::fs::read(file).unwrap()))
            .collect()
    }

    /// Header and segments of a rendition as one file.
    pub(crate) fn joined(&self, rendition: &str) -> PathBuf {
        let folder = self.folder.join(rendition);
        let mut bytes = std::fs::read(folder.join("init.mp4")).unwrap();
        for file in (0..).map(|n| folder.join(format!("{n}.m4s"))).take_while(|file| file.exists()) {
            bytes.extend(std::fs::read(file).unwrap());
        }
        let joined = self.folder.join(format!("{rendition}.mp4"));
        std::fs::write(&joined, bytes).unwrap();
        joined
    }
}

/// Runs the transcoding process on a file of these bytes under this name.
pub(crate) fn transcode(bytes: &[u8], name: &str) -> Result<Made, Failure> {
    transcode_with(bytes, name, &[])
}

pub(crate) fn transcode_with(bytes: &[u8], name: &str, arguments: &[&str]) -> Result<Made, Failure> {
    let temporary = tempfile::tempdir().unwrap();
    let (input, folder) = (temporary.path().join(name), temporary.path().join("ladder"));
    std::fs::write(&input, bytes).unwrap();
    let output = command(&input, &folder).args(arguments).stdin(Stdio::null()).output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    match serde_json::from_str(told.lines().last().expect("the process tells something")).unwrap() {
        Report::Completed { ladder } => Ok(Made { ladder, folder, _temporary: temporary }),
        Report::Refused { failure } => Err(failure),
        other => panic!("{other:?} {}", String::from_utf8_lossy(&output.stderr)),
    }
}

pub(crate) fn command(input: &Path, output: &Path) -> Command {
    let mut command = Command::new(WORKER);
    command.arg("transcode").arg("--input").arg(input).arg("--output").arg(output);
    command
}

/// One movie fragment, read independently of the writer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Fragment {
    pub(crate) decode_time: u64,
    pub(crate) durations: Vec<u32>,
    pub(crate) sizes: Vec<u32>,
    pub(crate) data_offset: usize,
    pub(crate) data_at: usize,
    pub(crate) data_len: usize,
}

impl Fragment {
    fn read(bytes: &[u8]) -> Self {
        let (moof_at, moof) = find(bytes, &["moof"]);
        let (_, tfdt) = find(moof, &["traf", "tfdt"]);
        let (_, trun) = find(moof, &["traf", "trun"]);
        let (mdat_at, mdat) = find(bytes, &["mdat"]);
        let (flags, count) = (u32_at(trun, 0) & 0xFF_FFFF, u32_at(trun, 4) as usize);
        assert_eq!(tfdt[0], 1);
        let step = if flags & 0x100 != 0 { 8 } else { 4 };
        let samples = || (0..count).map(|n| 12 + n * step);
        Self {
            decode_time: u64::from_be_bytes(tfdt[4..12].try_into().unwrap()),
            durations: samples().map(|at| if step == 8 { u32_at(trun, at) } else { 1024 }).collect(),
            sizes: samples().map(|at| u32_at(trun, at + step - 4)).collect(),
            data_offset: u32_at(trun, 8) as usize + moof_at - 8,
            data_at: mdat_at,
            data_len: mdat.len(),
        }
    }
}

pub(crate) fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// Where the body of the box at this path begins, and the body.
pub(crate) fn find<'a>(bytes: &'a [u8], path: &[&str]) -> (usize, &'a [u8]) {
    let mut at = 0;
    while at < bytes.len() {
        let size = u32_at(bytes, at) as usize;
        let body = &bytes[at + 8..at + size];
        if &bytes[at + 4..at + 8] == path[0].as_bytes() {
            return if path.len() == 1 { (at + 8, body) } else { find(body, &path[1..]) };
        }
        at += size;
    }
    panic!("no box {path:?}");
}
