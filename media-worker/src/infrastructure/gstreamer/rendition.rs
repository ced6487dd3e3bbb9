//! An encoder's frames become a rendition's folder, segment by segment while they come.

use std::fs;
use std::path::{Path, PathBuf};

use gstreamer as gst;
use kernel::events::Rendition;

use super::internal;
use crate::application::ports::TranscodeError;
use crate::domain::cmaf::{Codec, Framing, Segment, Segmenter, Track, init_segment};
use crate::domain::ladder::{AAC_CODECS, AAC_FRAMING, FLAC_CODECS, RenditionSpec};
use crate::domain::playlist::{self, SegmentSize};

/// Writes one rendition.
#[derive(Debug)]
pub(super) struct RenditionFolder {
    name: &'static str,
    folder: PathBuf,
    framing: Framing,
    segmenter: Segmenter,
    sizes: Vec<SegmentSize>,
    encoding: Encoding,
}

#[derive(Debug)]
enum Encoding {
    Aac { bitrate_bps: u32, config: Option<Vec<u8>> },
    Flac { bits: u8 },
}

/// A rendition whose folder is complete.
#[derive(Debug)]
pub(super) struct FinishedRendition {
    /// What playlists tell of it.
    pub(super) rendition: Rendition,
    /// Its segments in order.
    pub(super) segments: Vec<SegmentSize>,
    /// Of its own, in hertz.
    pub(super) sample_rate_hz: u32,
}

impl RenditionFolder {
    pub(super) fn aac(spec: RenditionSpec, ladder: &Path) -> Result<Self, TranscodeError> {
        Self::create(spec.name, ladder, AAC_FRAMING, Encoding::Aac { bitrate_bps: spec.bitrate_bps, config: None })
    }

    pub(super) fn flac(name: &'static str, ladder: &Path, framing: Framing, bits: u8) -> Result<Self, TranscodeError> {
        Self::create(name, ladder, framing, Encoding::Flac { bits })
    }

    fn create(name: &'static str, ladder: &Path, framing: Framing, encoding: Encoding) -> Result<Self, TranscodeError> {
        let folder = ladder.join(name);
        fs::create_dir_all(&folder)?;
        Ok(Self { name, folder, framing, segmenter: Segmenter::new(framing), sizes: Vec::new(), encoding })
    }

    /// Takes the encoder's next frame.
    pub(super) fn push(&mut self, sample: &gst::SampleRef) -> Result<(), TranscodeError> {
        let buffer = sample.buffer().ok_or_else(|| internal("the encoder gave no buffer"))?;
        match &mut self.encoding {
            Encoding::Aac { config: config @ None, .. } => {
                *config = Some(codec_data(sample).ok_or_else(|| internal("the encoder gave no AudioSpecificConfig"))?);
            }
            // The headers of a FLAC file; those of the track are our own.
            Encoding::Flac { .. } if buffer.flags().contains(gst::BufferFlags::HEADER) => return Ok(()),
            _ => {}
        }
        let frame = buffer.map_readable().map_err(internal)?;
        match self.segmenter.push(&frame) {
            Some(segment) => self.write(&segment),
            None => Ok(()),
        }
    }

    /// Writes what is left, the header and the playlist.
    pub(super) fn finish(mut self, duration_samples: u64, sample_rate_hz: u32, channels: u8) -> Result<FinishedRendition, TranscodeError> {
        let segmenter = std::mem::replace(&mut self.segmenter, Segmenter::new(self.framing));
        for segment in segmenter.finish(duration_samples).map_err(internal)? {
            self.write(&segment)?;
        }
        let (codec, codecs) = match self.encoding {
            Encoding::Aac { bitrate_bps, config } => {
                (Codec::Aac { bitrate_bps, config: config.ok_or_else(|| internal("the encoder gave no frame"))? }, AAC_CODECS)
            }
            Encoding::Flac { bits } => (Codec::Flac { bits }, FLAC_CODECS),
        };
        let track = Track { sample_rate_hz, channels, framing: self.framing, codec };
        fs::write(self.folder.join("init.mp4"), init_segment(&track, duration_samples))?;
        fs::write(self.folder.join("index.m3u8"), playlist::media_playlist(&self.sizes, sample_rate_hz))?;
        let rendition = playlist::describe(self.name, codecs, &self.sizes, sample_rate_hz);
        Ok(FinishedRendition { rendition, segments: self.sizes, sample_rate_hz })
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
