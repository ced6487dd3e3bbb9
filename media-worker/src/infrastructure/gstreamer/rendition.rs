//! An encoder's frames become a rendition's folder, segment by segment while they come.

use std::fs;
use std::path::PathBuf;

use gstreamer as gst;
use kernel::events::Rendition;

use super::internal;
use crate::application::ports::TranscodeError;
use crate::domain::cmaf::{AacTrack, Segment, Segmenter, init_segment};
use crate::domain::ladder::RenditionSpec;
use crate::domain::playlist::{self, SegmentSize};

/// Writes one rendition.
#[derive(Debug)]
pub(super) struct RenditionFolder {
    spec: RenditionSpec,
    folder: PathBuf,
    segmenter: Segmenter,
    sizes: Vec<SegmentSize>,
    config: Option<Vec<u8>>,
}

impl RenditionFolder {
    pub(super) fn create(spec: RenditionSpec, ladder: &std::path::Path) -> Result<Self, TranscodeError> {
        let folder = ladder.join(spec.name);
        fs::create_dir_all(&folder)?;
        Ok(Self { spec, folder, segmenter: Segmenter::default(), sizes: Vec::new(), config: None })
    }

    /// Takes the encoder's next frame.
    pub(super) fn push(&mut self, sample: &gst::SampleRef) -> Result<(), TranscodeError> {
        if self.config.is_none() {
            self.config = Some(codec_data(sample).ok_or_else(|| internal("the encoder gave no AudioSpecificConfig"))?);
        }
        let buffer = sample.buffer().ok_or_else(|| internal("the encoder gave no buffer"))?;
        let frame = buffer.map_readable().map_err(internal)?;
        match self.segmenter.push(&frame) {
            Some(segment) => self.write(&segment),
            None => Ok(()),
        }
    }

    /// Writes what is left, the header and the playlist.
    pub(super) fn finish(mut self, duration_samples: u64, sample_rate_hz: u32, channels: u8) -> Result<Rendition, TranscodeError> {
        for segment in std::mem::take(&mut self.segmenter).finish(duration_samples).map_err(internal)? {
            self.write(&segment)?;
        }
        let config = self.config.take().ok_or_else(|| internal("the encoder gave no frame"))?;
        let track = AacTrack { sample_rate_hz, channels, bitrate_bps: self.spec.bitrate_bps, config };
        fs::write(self.folder.join("init.mp4"), init_segment(&track, duration_samples))?;
        fs::write(self.folder.join("index.m3u8"), playlist::media_playlist(&self.sizes, sample_rate_hz))?;
        Ok(playlist::describe(&self.spec, &self.sizes, sample_rate_hz))
    }

    fn write(&mut self, segment: &Segment) -> Result<(), TranscodeError> {
        fs::write(self.folder.join(format!("{}.m4s", segment.index)), &segment.bytes)?;
        self.sizes.push(SegmentSize { heard_samples: segment.heard_samples, bytes: segment.bytes.len() as u64 });
        Ok(())
    }
}

fn codec_data(sample: &gst::SampleRef) -> Option<Vec<u8>> {
    let data = sample.caps()?.structure(0)?.get::<gst::Buffer>("codec_data").ok()?;
    Some(data.map_readable().ok()?.to_vec())
}
