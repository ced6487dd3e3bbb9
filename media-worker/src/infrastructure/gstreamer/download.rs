//! An encoder's stream becomes a file to download: tags, the frame that tells the exact length, and the stream.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use gstreamer as gst;
use kernel::events::Download;

use super::internal;
use crate::application::ports::TranscodeError;
use crate::domain::ladder::DownloadSpec;
use crate::domain::mpeg_audio::FrameCounter;
use crate::infrastructure::source_tags::SourceTags;

const MEDIA_TYPE: &str = "audio/mpeg";

/// Writes one download.
#[derive(Debug)]
pub(super) struct DownloadFile {
    spec: DownloadSpec,
    path: PathBuf,
    /// The stream alone, until all that comes before it is known.
    stream: BufWriter<File>,
    stream_path: PathBuf,
    frames: FrameCounter,
}

impl DownloadFile {
    pub(super) fn create(spec: DownloadSpec, ladder: &Path) -> Result<Self, TranscodeError> {
        let folder = ladder.join("downloads");
        fs::create_dir_all(&folder)?;
        let (path, stream_path) = (folder.join(spec.file), folder.join(format!("{}.stream", spec.file)));
        let stream = BufWriter::new(File::create(&stream_path)?);
        Ok(Self { spec, path, stream, stream_path, frames: FrameCounter::default() })
    }

    /// Takes what the encoder gives next.
    pub(super) fn push(&mut self, sample: &gst::SampleRef) -> Result<(), TranscodeError> {
        let bytes = sample.buffer().ok_or_else(|| internal("the encoder gave no buffer"))?.map_readable().map_err(internal)?;
        self.frames.push(&bytes).map_err(internal)?;
        Ok(self.stream.write_all(&bytes)?)
    }

    /// Writes the file, of sound that has `duration_samples`.
    pub(super) fn finish(mut self, duration_samples: u64, tags: &SourceTags) -> Result<Download, TranscodeError> {
        self.stream.flush()?;
        let info = self.frames.info_frame(duration_samples).ok_or_else(|| internal("the download holds less than was heard"))?;
        let mut file = File::create(&self.path)?;
        file.write_all(&tags.id3v2())?;
        file.write_all(&info)?;
        std::io::copy(&mut File::open(&self.stream_path)?, &mut file)?;
        fs::remove_file(&self.stream_path)?;
        Ok(Download {
            file: self.spec.file.into(),
            file_name: tags.file_name("mp3"),
            media_type: MEDIA_TYPE.into(),
            bitrate_bps: self.spec.bitrate_bps,
            size_bytes: file.metadata()?.len(),
        })
    }
}
