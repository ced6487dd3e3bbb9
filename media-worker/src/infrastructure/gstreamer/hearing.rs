//! The branches that listen rather than encode: mono sound at a rate of their own for what is heard, and the fingerprint.

use std::sync::Arc;

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use super::analysis::{format_of, read_samples};
use super::elements::make;
use super::internal;
use super::pipeline::{Observed, Shared, branch_queue, chain, sink, sink_to_end};
use crate::application::ports::TranscodeError;
use crate::domain::embedding::embedder::Embedder;
use crate::domain::fingerprint_sound::{self, FingerprintSound};
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

/// Adds a branch that fingerprints the first two minutes, as `fpcalc` does, of what `tee` gives at the source's own rate. The element
/// has the fingerprint at the end.
///
/// Without a queue: nothing in the branch waits, and handing over each of a decoder's small buffers costs more than what is done with it.
pub(super) fn add_fingerprint(pipeline: &gst::Pipeline, tee: &gst::Element, observed: &Arc<Observed>) -> Result<gst::Element, TranscodeError> {
    let caps = gst::Caps::builder("audio/x-raw").field("format", "S16LE").field("layout", "interleaved").field("channels", 1);
    let caps = caps.field("rate", i32::try_from(fingerprint_sound::RATE_HZ).map_err(internal)?).build();
    let listener = gst_app::AppSrc::builder().caps(&caps).format(gst::Format::Time).build();
    let (chromaprint, end) = (make("chromaprint")?, make("fakesink")?);
    for property in ["sync", "async"] {
        end.set_property(property, false);
    }
    chain(pipeline, &[listener.upcast_ref(), &chromaprint, &end])?;

    let listened = Shared::new(Listened { sound: None, samples: Vec::new(), listener, ended: false });
    let (observed, at_end) = (observed.clone(), listened.clone());
    let failed = observed.clone();
    let sink = sink_to_end(
        move |sample| listened.with(|listened| listened.push(sample)).map_err(|error| observed.fail(error)),
        move || {
            if let Err(error) = at_end.with(Listened::end) {
                let _flow = failed.fail(error);
            }
        },
    );
    chain(pipeline, &[tee, sink.upcast_ref()])?;
    Ok(chromaprint)
}

/// What a fingerprint is taken of, on its way to the element.
struct Listened {
    sound: Option<FingerprintSound>,
    samples: Vec<f32>,
    listener: gst_app::AppSrc,
    ended: bool,
}

impl Listened {
    fn push(&mut self, sample: &gst::SampleRef) -> Result<(), TranscodeError> {
        if self.ended {
            return Ok(());
        }
        let sound = match &mut self.sound {
            Some(sound) => sound,
            none => {
                let (rate_hz, channels) = format_of(sample)?;
                none.insert(FingerprintSound::new(rate_hz, channels))
            }
        };
        let buffer = sample.buffer().ok_or_else(|| internal("the decoder gave no buffer"))?;
        read_samples(&buffer.map_readable().map_err(internal)?, &mut self.samples);
        let mut made = Vec::new();
        sound.push(&self.samples, &mut made);
        let complete = sound.is_complete();
        self.tell(&made)?;
        if complete { self.end() } else { Ok(()) }
    }

    fn end(&mut self) -> Result<(), TranscodeError> {
        if std::mem::replace(&mut self.ended, true) {
            return Ok(());
        }
        if let Some(sound) = self.sound.take() {
            let mut made = Vec::new();
            sound.finish(&mut made);
            self.tell(&made)?;
        }
        self.listener.end_of_stream().map(drop).map_err(internal)
    }

    fn tell(&self, made: &[i16]) -> Result<(), TranscodeError> {
        if made.is_empty() {
            return Ok(());
        }
        let bytes: Vec<u8> = made.iter().flat_map(|sample| sample.to_le_bytes()).collect();
        self.listener.push_buffer(gst::Buffer::from_slice(bytes)).map(drop).map_err(internal)
    }
}

/// The fingerprint; none when there was too little sound.
pub(super) fn fingerprint(chromaprint: &gst::Element) -> Option<String> {
    chromaprint.property::<Option<String>>("fingerprint").filter(|fingerprint| !fingerprint.is_empty())
}
