//! What is measured of the decoded sound, in the same pass that encodes it. A later measure is one more field here.

use ebur128::{EbuR128, Mode};
use gstreamer as gst;
use kernel::loudness::LoudnessBin;

use super::internal;
use crate::application::ports::TranscodeError;
use crate::domain::block_count::BlockCount;
use crate::domain::edge_silence::EdgeSilence;
use crate::domain::waveform::{Peaks, Waveform};

/// Measures in progress.
#[derive(Default)]
pub(super) struct Analysis {
    meter: Option<Meter>,
    waveform: Waveform,
    edges: EdgeSilence,
    samples: Vec<f32>,
    duration_samples: u64,
}

struct Meter {
    loudness: EbuR128,
    blocks: BlockCount,
    sample_rate_hz: u32,
    channels: u8,
}

/// All measures of one recording.
pub(super) struct Measures {
    pub(super) duration_samples: u64,
    pub(super) sample_rate_hz: u32,
    pub(super) channels: u8,
    pub(super) loudness_lufs: Option<f64>,
    pub(super) true_peak_dbtp: Option<f64>,
    pub(super) loudness_range_lu: Option<f64>,
    pub(super) loudness_blocks: Vec<LoudnessBin>,
    pub(super) leading_silence_samples: u64,
    pub(super) trailing_silence_samples: u64,
    pub(super) peaks: Peaks,
}

impl Analysis {
    /// Takes the next stretch of sound; returns how many samples a channel there were so far, and their rate.
    pub(super) fn push(&mut self, sample: &gst::SampleRef) -> Result<(u64, u32), TranscodeError> {
        let meter = match &mut self.meter {
            Some(meter) => meter,
            none => none.insert(Meter::for_format(sample)?),
        };
        let buffer = sample.buffer().ok_or_else(|| internal("the decoder gave no buffer"))?;
        let bytes = buffer.map_readable().map_err(internal)?;
        read_samples(&bytes, &mut self.samples);
        meter.push(&self.samples)?;
        self.waveform.push(&self.samples, meter.channels);
        self.edges.push(&self.samples, meter.channels);
        self.duration_samples += self.samples.len() as u64 / u64::from(meter.channels);
        Ok((self.duration_samples, meter.sample_rate_hz))
    }

    /// The measures; none when nothing was heard.
    pub(super) fn finish(self) -> Result<Option<Measures>, TranscodeError> {
        let Some(Meter { loudness, blocks, sample_rate_hz, channels }) = self.meter.filter(|_| self.duration_samples > 0) else { return Ok(None) };
        let peaks = (0..u32::from(channels)).map(|channel| loudness.true_peak(channel)).collect::<Result<Vec<_>, _>>().map_err(internal)?;
        let peak = peaks.into_iter().fold(0.0, f64::max);
        Ok(Some(Measures {
            duration_samples: self.duration_samples,
            sample_rate_hz,
            channels,
            // Silence, and sounds shorter than one gating block of 400 ms, have minus infinity.
            loudness_lufs: Some(loudness.loudness_global().map_err(internal)?).filter(|lufs| lufs.is_finite()),
            true_peak_dbtp: Some(20.0 * peak.log10()).filter(|peak| peak.is_finite()),
            // Needs a second of sound above the gates; without it the range is 0, which says nothing.
            loudness_range_lu: Some(loudness.loudness_range().map_err(internal)?).filter(|range| range.is_finite() && *range > 0.0),
            loudness_blocks: blocks.finish(),
            leading_silence_samples: self.edges.leading(),
            trailing_silence_samples: self.edges.trailing(),
            peaks: self.waveform.finish(),
        }))
    }
}

impl Meter {
    fn for_format(sample: &gst::SampleRef) -> Result<Self, TranscodeError> {
        let (rate, channels) = format_of(sample)?;
        let loudness = EbuR128::new(u32::from(channels), rate, Mode::I | Mode::LRA | Mode::TRUE_PEAK).map_err(internal)?;
        Ok(Self { loudness, blocks: BlockCount::at(rate), sample_rate_hz: rate, channels })
    }

    /// In steps of 100 ms: after each of them a block of 400 ms is complete.
    fn push(&mut self, mut samples: &[f32]) -> Result<(), TranscodeError> {
        while !samples.is_empty() {
            let step = samples.len().min(self.blocks.missing_frames() * usize::from(self.channels));
            let (now, later) = samples.split_at(step);
            self.loudness.add_frames_f32(now).map_err(internal)?;
            if self.blocks.advance(now.len() / usize::from(self.channels)) {
                self.blocks.add(self.loudness.loudness_momentary().map_err(internal)?);
            }
            samples = later;
        }
        Ok(())
    }
}

/// The rate of a stretch of sound in hertz, and its channels.
pub(super) fn format_of(sample: &gst::SampleRef) -> Result<(u32, u8), TranscodeError> {
    let structure = sample.caps().and_then(|caps| caps.structure(0)).ok_or_else(|| internal("the decoder told no format"))?;
    let rate = structure.get::<i32>("rate").map_err(internal)?.unsigned_abs();
    Ok((rate, u8::try_from(structure.get::<i32>("channels").map_err(internal)?).map_err(internal)?))
}

/// Samples of a buffer in `F32LE`.
pub(super) fn read_samples(bytes: &[u8], samples: &mut Vec<f32>) {
    samples.clear();
    // A damaged float file may hold infinities, and one of them would spoil every later measure.
    samples.extend(bytes.as_chunks::<4>().0.iter().map(|bytes| Some(f32::from_le_bytes(*bytes)).filter(|sample| sample.is_finite()).unwrap_or(0.0)));
}
