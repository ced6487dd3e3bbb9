//! Builds the pipeline:
//!
//! ```text
//! uridecodebin3 → queue → audioconvert → source format → tee → audioresample → ladder format → audiobuffersplit → tee
//!   last tee → queue → audioconvert → avenc_aac → frames of one rendition   (once a rendition)
//!   last tee → queue → audioconvert → lamemp3enc → frames of one download   (once a download, when wanted)
//!   last tee → queue → analysis
//!   either tee → queue → audioconvert → flacenc → frames                    (for lossless sources, added when the format is known)
//!   last tee → queue → audioconvert → audioresample → format → hearing
//!   last tee → queue → audioconvert → audioresample → format → embedder     (when it wants sound of its own)
//!   first tee → sound for a fingerprint → chromaprint
//! ```

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;
use gstreamer_app as gst_app;

use super::analysis::Analysis;
use super::download::DownloadFile;
use super::elements::make;
use super::hearing::{add_embedder, add_fingerprint, add_hearing};
use super::lossless::{LosslessBranch, LosslessBranches};
use super::rendition::RenditionFolder;
use super::run::Transcode;
use super::source::FormatChooser;
use super::{internal, source};
use crate::application::ports::TranscodeError;
use crate::domain::embedding::embedder::Embedder;
use crate::domain::failure::Failure;
use crate::domain::hearing::Hearing;
use crate::domain::ladder::{DOWNLOADS, DownloadSpec, RENDITIONS, RenditionSpec};

/// A pipeline and what its streaming threads fill.
pub(super) struct Pipeline {
    pub(super) pipeline: gst::Pipeline,
    pub(super) decoder: gst::Element,
    pub(super) renditions: Vec<Shared<RenditionFolder>>,
    pub(super) lossless: Arc<Mutex<Vec<LosslessBranch>>>,
    pub(super) downloads: Vec<Shared<DownloadFile>>,
    pub(super) analysis: Shared<Analysis>,
    pub(super) hearing: Shared<Hearing>,
    pub(super) embedder: Shared<Box<dyn Embedder>>,
    pub(super) chromaprint: Option<gst::Element>,
    pub(super) observed: Arc<Observed>,
    /// Samples a channel at the source's own rate, with what was dropped behind its end.
    pub(super) source_samples: Arc<AtomicU64>,
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
    pub(super) fn new(value: T) -> Self {
        Self(Arc::new(Mutex::new(Some(value))))
    }

    pub(super) fn with<R>(&self, work: impl FnOnce(&mut T) -> Result<R, TranscodeError>) -> Result<R, TranscodeError> {
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
    pub(super) fn fail(&self, error: TranscodeError) -> gst::FlowError {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        gst::FlowError::Error
    }

    pub(super) fn take_failure(&self) -> Option<TranscodeError> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Builds the pipeline for `request`, whose input is `input` with its sound ending at `end`; longer sound than it accepts ends it with a
/// failure.
pub(super) fn build(input: &std::path::Path, end: Option<u64>, request: &Transcode, embedder: Box<dyn Embedder>) -> Result<Pipeline, TranscodeError> {
    let pipeline = gst::Pipeline::new();
    let observed = Arc::new(Observed::default());
    let (queue, convert, source_format, source_tee) = (make("queue")?, make("audioconvert")?, make("capsfilter")?, make("tee")?);
    let (resample, ladder_format, split, tee) = (make("audioresample")?, make("capsfilter")?, make("audiobuffersplit")?, make("tee")?);
    // Small buffers cost a hand-over between threads each.
    split.set_property("output-buffer-duration", gst::Fraction::new(1, 4));
    chain(&pipeline, &[&queue, &convert, &source_format, &source_tee, &resample, &ladder_format, &split, &tee])?;
    let source_pad = |filter: &gst::Element| filter.static_pad("src").ok_or_else(|| internal("a filter has no source pad"));
    let source_samples = source::straighten(&source_pad(&source_format)?, end);
    source::straighten(&source_pad(&ladder_format)?, None);

    let (mut renditions, mut downloads) = (Vec::new(), Vec::new());
    if let Some(output) = &request.output {
        for spec in RENDITIONS {
            let folder = Shared::new(RenditionFolder::aac(spec, output)?);
            add_rendition(&pipeline, &tee, spec, &folder, &observed)?;
            renditions.push(folder);
        }
        for spec in DOWNLOADS.into_iter().filter(|_| request.downloads) {
            let file = Shared::new(DownloadFile::create(spec, output)?);
            add_download(&pipeline, &tee, spec, &file, &observed)?;
            downloads.push(file);
        }
    }
    let analysis = Shared::new(Analysis::default());
    add_analysis(&pipeline, &tee, &analysis, &observed, request.max_duration_secs)?;
    let hearing = Shared::new(Hearing::default());
    add_hearing(&pipeline, &tee, &hearing, &observed)?;
    let (sample_rate_hz, embedder) = (embedder.sample_rate_hz(), Shared::new(embedder));
    add_embedder(&pipeline, &tee, sample_rate_hz, &embedder, &observed)?;
    let chromaprint = request.output.is_some().then(|| add_fingerprint(&pipeline, &source_tee, &observed)).transpose()?;
    let lossless = Arc::new(Mutex::new(Vec::new()));
    let branches = request.output.clone().filter(|_| request.lossless).map(|output| LosslessBranches {
        pipeline: pipeline.downgrade(),
        source_tee,
        ladder_tee: tee,
        output,
        observed: observed.clone(),
        added: lossless.clone(),
    });
    let chooser = FormatChooser { convert, source_format, ladder_format, observed: observed.clone(), stream: Arc::default(), branches };
    let decoder = source::attach(&pipeline, input, &queue, chooser)?;
    Ok(Pipeline { pipeline, decoder, renditions, lossless, downloads, analysis, hearing, embedder, chromaprint, observed, source_samples })
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
    encoder.set_property_from_str("aac-coder", coder(spec.bitrate_bps));
    // On by default here, it forces mid/side coding on everything, which sounds worse.
    encoder.set_property("aac-ms", false);
    let (folder, observed) = (folder.clone(), observed.clone());
    let sink = sink(move |sample| folder.with(|folder| folder.push(sample)).map_err(|error| observed.fail(error)));
    chain(pipeline, &[tee, &branch_queue()?, &convert, &encoder, sink.upcast_ref()])
}

/// Which of FFmpeg's searches for quantizers serves a bit rate best.
///
/// Measured on six recordings by a noise-to-mask ratio after ITU-R BS.1387: at 320 kbit/s `fast` leaves noise above what the music masks
/// in 5 to 100 % of the frames and takes 1.2 dB from a recording that is not centred on zero, `twoloop` does so in 2 % at most and
/// keeps it; at 160 kbit/s and below both sound alike, and `twoloop` takes two to three times as long.
const fn coder(bitrate_bps: u32) -> &'static str {
    if bitrate_bps > 160_000 { "twoloop" } else { "fast" }
}

fn add_download(
    pipeline: &gst::Pipeline,
    tee: &gst::Element,
    spec: DownloadSpec,
    file: &Shared<DownloadFile>,
    observed: &Arc<Observed>,
) -> Result<(), TranscodeError> {
    let convert = make("audioconvert")?;
    let encoder = make("lamemp3enc")?;
    encoder.set_property_from_str("target", "bitrate");
    encoder.set_property("cbr", true);
    encoder.set_property("bitrate", i32::try_from(spec.bitrate_bps / 1000).map_err(internal)?);
    let (file, observed) = (file.clone(), observed.clone());
    let sink = sink(move |sample| file.with(|file| file.push(sample)).map_err(|error| observed.fail(error)));
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
pub(super) fn branch_queue() -> Result<gst::Element, TranscodeError> {
    let queue = make("queue")?;
    queue.set_property("max-size-buffers", 0_u32);
    queue.set_property("max-size-bytes", 0_u32);
    queue.set_property("max-size-time", gst::ClockTime::SECOND.nseconds());
    Ok(queue)
}

pub(super) fn sink(take: impl FnMut(&gst::SampleRef) -> Result<(), gst::FlowError> + Send + 'static) -> gst_app::AppSink {
    sink_to_end(take, || {})
}

/// A sink that is told when its stream has ended.
pub(super) fn sink_to_end(
    mut take: impl FnMut(&gst::SampleRef) -> Result<(), gst::FlowError> + Send + 'static,
    mut end: impl FnMut() + Send + 'static,
) -> gst_app::AppSink {
    let callbacks = gst_app::AppSinkCallbacks::builder()
        .new_sample(move |sink| {
            let sample = sink.pull_sample().map_err(|_| gst::FlowError::Eos)?;
            take(&sample).map(|()| gst::FlowSuccess::Ok)
        })
        .eos(move |_| end())
        .build();
    gst_app::AppSink::builder().sync(false).async_(false).enable_last_sample(false).callbacks(callbacks).build()
}

/// Adds what is not in the pipeline yet, and links all in order.
pub(super) fn chain(pipeline: &gst::Pipeline, elements: &[&gst::Element]) -> Result<(), TranscodeError> {
    for element in elements.iter().filter(|element| element.parent().is_none()) {
        pipeline.add(*element).map_err(internal)?;
    }
    gst::Element::link_many(elements.iter().copied()).map_err(internal)
}
