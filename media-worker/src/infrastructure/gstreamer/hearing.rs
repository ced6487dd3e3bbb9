//! The branches that listen rather than encode: mono sound at a rate of their own for what is heard, and the fingerprint.

use std::sync::Arc;

use gst::prelude::*;
use gstreamer as gst;

use super::analysis::read_samples;
use super::elements::make;
use super::internal;
use super::pipeline::{Observed, Shared, branch_queue, chain, sink};
use crate::application::ports::TranscodeError;
use crate::domain::embedding::embedder::Embedder;
use crate::domain::hearing::{Hearing, SAMPLE_RATE_HZ};

/// Adds a branch that gives its sound to `hearing`.
pub(super) fn add_hearing(pipeline: &gst::Pipeline, tee: &gst::Element, hearing: &Shared<Hearing>, observed: &Arc<Observed>) -> Result<(), TranscodeError> {
    let hearing = hearing.clone();
    add_mono(pipeline, tee, SAMPLE_RATE_HZ, observed, move |samples| {
        hearing.with(|hearing| {
            hearing.push(samples);
            Ok(())
        })
    })
}

/// Adds a branch that gives `embedder` the sound that it wants, if it wants any.
pub(super) fn add_embedder(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    sample_rate_hz: Option<u32>,
    embedder: &Shared<Box<dyn Embedder>>,
    observed: &Arc<Observed>,
) -> Result<(), TranscodeError> {
    let Some(rate_hz) = sample_rate_hz else { return Ok(()) };
    let embedder = embedder.clone();
    add_mono(pipeline, tee, rate_hz, observed, move |samples| embedder.with(|embedder| embedder.push(samples).map_err(internal)))
}

/// Adds a branch that gives `take` mono sound at `rate_hz`.
fn add_mono(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    rate_hz: u32,
    observed: &Arc<Observed>,
    take: impl Fn(&[f32]) -> Result<(), TranscodeError> + Send + 'static,
) -> Result<(), TranscodeError> {
    let format = make("capsfilter")?;
    let caps = gst::Caps::builder("audio/x-raw").field("format", "F32LE").field("layout", "interleaved").field("channels", 1);
    format.set_property("caps", caps.field("rate", i32::try_from(rate_hz).map_err(internal)?).build());
    let (observed, mut samples) = (observed.clone(), Vec::new());
    let sink = sink(move |sample| {
        let buffer = sample.buffer().ok_or(gst::FlowError::Error)?;
        let bytes = buffer.map_readable().map_err(|_| gst::FlowError::Error)?;
        read_samples(&bytes, &mut samples);
        take(&samples).map_err(|error| observed.fail(error))
    });
    chain(pipeline, &[tee, &branch_queue()?, &make("audioconvert")?, &make("audioresample")?, &format, sink.upcast_ref()])
}

/// Adds a branch that fingerprints the first two minutes, as `fpcalc` does; the element has the fingerprint at the end.
pub(super) fn add_fingerprint(pipeline: &gst::Pipeline, tee: &gst::Element) -> Result<gst::Element, TranscodeError> {
    let (convert, format, chromaprint, sink) = (make("audioconvert")?, make("capsfilter")?, make("chromaprint")?, make("fakesink")?);
    // Dithering would make another fingerprint each time.
    convert.set_property_from_str("dithering", "none");
    round_to_16_bits(&convert.static_pad("sink").ok_or_else(|| internal("a converter has no sink"))?);
    format.set_property("caps", gst::Caps::builder("audio/x-raw").field("format", "S16LE").build());
    for property in ["sync", "async"] {
        sink.set_property(property, false);
    }
    chain(pipeline, &[tee, &branch_queue()?, &convert, &format, &chromaprint, &sink])?;
    Ok(chromaprint)
}

/// Rounds samples to what 16 bits can hold, as FFmpeg does for `fpcalc`: to the nearest, halves to even. GStreamer's converter rounds
/// one of ten thousand samples the other way, which changes a bit of a fingerprint here and there; what is whole in 16 bits already it
/// leaves as it is.
fn round_to_16_bits(pad: &gst::Pad) {
    pad.add_probe(gst::PadProbeType::BUFFER, |_, info| {
        if let Some(gst::PadProbeData::Buffer(buffer)) = &mut info.data
            && let Ok(mut bytes) = buffer.make_mut().map_writable()
        {
            for sample in bytes.chunks_exact_mut(4) {
                let value = f32::from_le_bytes([sample[0], sample[1], sample[2], sample[3]]);
                sample.copy_from_slice(&sixteen_bits(value).to_le_bytes());
            }
        }
        gst::PadProbeReturn::Ok
    });
}

/// The nearest of the 65,536 values of 16 bits from -1 on; of two as near the even one.
fn sixteen_bits(sample: f32) -> f32 {
    /// Floats from here on up to twice as much are whole; adding and taking away rounds as the processor does, to even.
    const WHOLE: f32 = 12_582_912.0;
    ((sample * 32_768.0).clamp(-32_768.0, 32_767.0) + WHOLE - WHOLE) / 32_768.0
}

/// The fingerprint; none when there was too little sound.
pub(super) fn fingerprint(chromaprint: &gst::Element) -> Option<String> {
    chromaprint.property::<Option<String>>("fingerprint").filter(|fingerprint| !fingerprint.is_empty())
}

#[cfg(test)]
mod tests {
    use super::sixteen_bits;

    #[test]
    fn samples_are_rounded_as_ffmpeg_rounds_them() {
        for (steps, rounded) in
            [(0.4, 0.0), (0.5, 0.0), (1.5, 2.0), (2.5, 2.0), (-0.5, 0.0), (-1.5, -2.0), (0.500_01, 1.0), (40_000.0, 32_767.0), (-40_000.0, -32_768.0)]
        {
            assert_eq!(sixteen_bits(steps / 32_768.0) * 32_768.0, rounded, "{steps}");
        }
    }
}
