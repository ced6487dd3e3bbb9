//! Builds the pipeline:
//!
//! ```text
//! uridecodebin3 → queue → audioconvert → audioresample → format → audiobuffersplit → tee
//!   tee → queue → audioconvert → avenc_aac → frames of one rendition   (once a rendition)
//!   tee → queue → analysis
//! ```

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use super::analysis::Analysis;
use super::elements::make;
use super::rendition::RenditionFolder;
use super::{internal, source};
use crate::application::ports::TranscodeError;
use crate::domain::failure::Failure;
use crate::domain::ladder::{RENDITIONS, RenditionSpec};

/// A pipeline and what its streaming threads fill.
pub(super) struct Pipeline {
    pub(super) pipeline: gst::Pipeline,
    pub(super) decoder: gst::Element,
    pub(super) renditions: Vec<Shared<RenditionFolder>>,
    pub(super) analysis: Shared<Analysis>,
    pub(super) observed: Arc<Observed>,
}

/// What a streaming thread fills, until the pipeline has stopped and it is taken out.
#[derive(Debug)]
pub(super) struct Shared<T>(Arc<Mutex<Option<T>>>);

impl<T> Clone for Shared<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Shared<T> {
    fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Some(value))))
    }

    fn with<R>(&self, work: impl FnOnce(&mut T) -> Result<R, TranscodeError>) -> Result<R, TranscodeError> {
        work(self.0.lock().unwrap_or_else(PoisonError::into_inner).as_mut().ok_or_else(|| internal("a stopped stream gave more"))?)
    }

    pub(super) fn take(&self) -> Result<T, TranscodeError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take().ok_or_else(|| internal("a stream was finished twice"))
    }
}

/// What streaming threads tell the one that waits.
#[derive(Default)]
pub(super) struct Observed {
    /// Samples a channel that were analysed so far.
    pub(super) samples: AtomicU64,
    /// Their rate in hertz; 0 before the first.
    pub(super) rate_hz: AtomicU64,
    failure: Mutex<Option<TranscodeError>>,
}

impl Observed {
    /// Keeps the first failure and ends the stream that had it.
    fn fail(&self, error: TranscodeError) -> gst::FlowError {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        gst::FlowError::Error
    }

    pub(super) fn take_failure(&self) -> Option<TranscodeError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Builds the pipeline from `input` to the folder `output`; longer sound than `max_duration_secs` ends it with a failure.
pub(super) fn build(input: &Path, output: &Path, max_duration_secs: u64) -> Result<Pipeline, TranscodeError> {
    let pipeline = gst::Pipeline::new();
    let observed = Arc::new(Observed::default());
    let (queue, format, tee) = (make("queue")?, make("capsfilter")?, make("tee")?);
    let split = make("audiobuffersplit")?;
    // Small buffers cost a hand-over between threads each.
    split.set_property("output-buffer-duration", gst::Fraction::new(1, 4));
    chain(&pipeline, &[&queue, &make("audioconvert")?, &make("audioresample")?, &format, &split, &tee])?;
    source::straighten(&format.static_pad("src").ok_or_else(|| internal("a filter has no source pad"))?);

    let mut renditions = Vec::new();
    for spec in RENDITIONS {
        let folder = Shared::new(RenditionFolder::create(spec, output)?);
        add_rendition(&pipeline, &tee, spec, &folder, &observed)?;
        renditions.push(folder);
    }
    let analysis = Shared::new(Analysis::default());
    add_analysis(&pipeline, &tee, &analysis, &observed, max_duration_secs)?;
    let decoder = source::attach(&pipeline, input, &queue, &format)?;
    Ok(Pipeline { pipeline, decoder, renditions, analysis, observed })
}

fn add_rendition(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    spec: RenditionSpec,
    folder: &Shared<RenditionFolder>,
    observed: &Arc<Observed>,
) -> Result<(), TranscodeError> {
    let convert = make("audioconvert")?;
    convert.set_property_from_str("dithering", "none");
    let encoder = make("avenc_aac")?;
    encoder.set_property("bitrate", i32::try_from(spec.bitrate_bps).map_err(internal)?);
    // FFmpeg's authors: at higher bit rates the default `twoloop` sounds worse and needs far more processor time (commit
    // fcb681ac3edd, "aacenc: use the fast coder as the default").
    encoder.set_property_from_str("aac-coder", "fast");
    // On by default here, it forces mid/side coding on everything, which sounds worse.
    encoder.set_property("aac-ms", false);
    let (folder, observed) = (folder.clone(), observed.clone());
    let sink = sink(move |sample| folder.with(|folder| folder.push(sample)).map_err(|error| observed.fail(error)));
    chain(pipeline, &[tee, &branch_queue()?, &convert, &encoder, sink.upcast_ref()])
}

fn add_analysis(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    analysis: &Shared<Analysis>,
    observed: &Arc<Observed>,
    max_duration_secs: u64,
) -> Result<(), TranscodeError> {
    let (analysis, observed) = (analysis.clone(), observed.clone());
    let sink = sink(move |sample| {
        let pushed = analysis.with(|analysis| analysis.push(sample));
        let (samples, rate_hz) = pushed.map_err(|error| observed.fail(error))?;
        observed.rate_hz.store(u64::from(rate_hz), Ordering::Relaxed);
        observed.samples.store(samples, Ordering::Relaxed);
        if samples > max_duration_secs.saturating_mul(u64::from(rate_hz)) {
            return Err(observed.fail(Failure::too_long(max_duration_secs).into()));
        }
        Ok(())
    });
    chain(pipeline, &[tee, &branch_queue()?, sink.upcast_ref()])
}

/// A queue a branch: a tee whose branches share a thread hangs as soon as one of them waits for another.
fn branch_queue() -> Result<gst::Element, TranscodeError> {
    let queue = make("queue")?;
    queue.set_property("max-size-buffers", 0_u32);
    queue.set_property("max-size-bytes", 0_u32);
    queue.set_property("max-size-time", gst::ClockTime::SECOND.nseconds());
    Ok(queue)
}

fn sink(mut take: impl FnMut(&gst::SampleRef) -> Result<(), gst::FlowError> + Send + 'static) -> gst_app::AppSink {
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            take(&sample).map(|()| gst::FlowSuccess::Ok)
        })
        .build();
    gst_app::AppSink::builder().sync(false).async_(false).enable_last_sample(false).callbacks(callbacks).build()
}

/// Adds what is not in the pipeline yet, and links all in order.
fn chain(pipeline: &gst::Pipeline, elements: &[&gst::Element]) -> Result<(), TranscodeError> {
    for element in elements.iter().filter(|element| element.parent().is_none()) {
        pipeline.add(*element).map_err(internal)?;
    }
    gst::Element::link_many(elements.iter().copied()).map_err(internal)
}
