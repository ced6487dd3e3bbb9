//! Runs a pipeline to its end and decides what came of it.

use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use gst::prelude::*;
use gstreamer as gst;
use kernel::events::{self, Embedding, MediaAnalysis, Rendition};
use platform::config::EmbedderConfig;

use super::analysis::Measures;
use super::pipeline::{self, Pipeline};
use super::rendition::FinishedRendition;
use super::{elements, hearing, internal, source};
use crate::application::ports::TranscodeError;
use crate::domain::dash::{Representation, manifest};
use crate::domain::failure::{DeclaredSecs, Failure};
use crate::domain::hearing::Heard;
use crate::domain::ladder::{Ladder, gapless};
use crate::domain::playlist::multivariant_playlist;
use crate::infrastructure::source_file::{self, DeclaredLength, End, Source};
use crate::infrastructure::source_tags::SourceTags;
use crate::infrastructure::{onnx, pictures, sandbox};

/// A decoder that gives nothing for so long will never (seen with cut-off M4A).
const PATIENCE: Duration = Duration::from_secs(20);
/// What a demuxer tells is rounded, and counts what the decoder takes away, in seconds.
const DEMUXER_TOLERANCE: f64 = 0.25;
const TICK: gst::ClockTime = gst::ClockTime::from_mseconds(100);

/// One file to transcode.
#[derive(Debug, Clone)]
pub struct Transcode {
    /// The file.
    pub input: PathBuf,
    /// The folder to fill with a ladder, made when missing; none to make no ladder, and only hear.
    pub output: Option<PathBuf>,
    /// The longest sound that is accepted.
    pub max_duration_secs: u64,
    /// Whether lossless sources become lossless renditions too.
    pub lossless: bool,
    /// Whether files to download are made.
    pub downloads: bool,
    /// What makes recordings comparable.
    pub embedder: EmbedderConfig,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq)]
pub enum Made {
    /// A ladder in the output folder.
    Ladder(Box<Ladder>),
    /// What was heard; none for silence.
    Vector(Option<Vec<f32>>),
}

/// Fills the output folder with the ladder. Tells `progress` in percent, and at least every second that it is alive.
///
/// Decodes in this process, after taking from it every GStreamer element a ladder does not need, the network, and the right to
/// start programs: call it in a process of its own.
pub fn transcode(request: &Transcode, progress: &mut dyn FnMut(u8)) -> Result<Made, TranscodeError> {
    let embedder = onnx::embedder(&request.embedder).map_err(internal)?;
    let source = source_file::examine(&request.input)?;
    elements::restrict()?;
    sandbox::confine().map_err(|error| internal(format!("the process cannot be confined: {error}")))?;
    if let Some(output) = &request.output {
        std::fs::create_dir_all(output)?;
    }
    let input = std::path::absolute(&request.input)?;
    let built = pipeline::build(&input, source.end.map(|end| end.samples), request, embedder)?;
    let result = Run { built: &built, source, request, single_stream: true, longest_told: None }.play(progress);
    // The element forgets it when it stops.
    let fingerprint = built.chromaprint.as_ref().and_then(hearing::fingerprint);
    built.pipeline.set_state(gst::State::Null).map_err(internal)?;
    let declared = result?;
    if source.end.is_some_and(|end| built.source_samples.load(Ordering::Relaxed) > end.samples + end.padding) {
        return Err(Failure::longer_than_declared().into());
    }
    finish(request, declared, source.end, &built, fingerprint)
}

/// Checks that all that was declared was heard, and writes what needs the whole length.
fn finish(
    request: &Transcode,
    declared: Option<DeclaredSecs>,
    end: Option<End>,
    built: &Pipeline,
    fingerprint: Option<String>,
) -> Result<Made, TranscodeError> {
    let measures = built.analysis.take()?.finish()?.ok_or_else(Failure::empty)?;
    let (duration, rate_hz, channels) = (measures.duration_samples, measures.sample_rate_hz, measures.channels);
    let heard_secs = seconds(duration, u64::from(rate_hz));
    if let Some(declared) = declared.filter(|declared| declared.is_cut_off(heard_secs)) {
        return Err(Failure::shorter_than_declared(heard_secs, declared.secs).into());
    }
    let heard = built.hearing.take()?.finish();
    let embedding = embed(built, &heard)?;
    let Some(output) = &request.output else { return Ok(Made::Vector(embedding.map(|embedding| embedding.vector))) };
    let renditions = built.renditions.iter().map(|rendition| rendition.take()?.finish(duration, rate_hz, channels)).collect::<Result<Vec<_>, _>>()?;
    let source_samples = built.source_samples.load(Ordering::Relaxed).min(end.map_or(u64::MAX, |end| end.samples));
    let branches = std::mem::take(&mut *built.lossless.lock().unwrap_or_else(PoisonError::into_inner));
    let lossless = branches
        .into_iter()
        .map(|branch| {
            let samples = if branch.sample_rate_hz == rate_hz { duration } else { source_samples };
            branch.folder.take()?.finish(samples, branch.sample_rate_hz, channels)
        })
        .collect::<Result<Vec<_>, _>>()?;
    let tags = SourceTags::read(&request.input);
    let downloads = built.downloads.iter().map(|download| download.take()?.finish(duration, &tags)).collect::<Result<Vec<_>, _>>()?;
    pictures::write(output, &measures.peaks, rate_hz, heard.spectrogram.as_ref())?;
    let lossless = if lossless.is_empty() { Vec::new() } else { write_manifests(output, ("lossless.m3u8", "lossless.mpd"), lossless, channels)? };
    let renditions = write_manifests(output, ("master.m3u8", "manifest.mpd"), renditions, channels)?;
    Ok(Made::Ladder(Box::new(Ladder {
        duration_samples: duration,
        sample_rate_hz: rate_hz,
        channels,
        loudness_lufs: measures.loudness_lufs,
        true_peak_dbtp: measures.true_peak_dbtp,
        renditions,
        lossless,
        dash: true,
        downloads,
        analysis: Box::new(describe(&measures, &heard, fingerprint, embedding)),
    })))
}

/// Writes the HLS playlist and the DASH manifest of `finished`.
fn write_manifests(folder: &Path, (hls, dash): (&str, &str), finished: Vec<FinishedRendition>, channels: u8) -> Result<Vec<Rendition>, TranscodeError> {
    let representations: Vec<_> =
        finished.iter().map(|one| Representation { rendition: &one.rendition, segments: &one.segments, sample_rate_hz: one.sample_rate_hz }).collect();
    std::fs::write(folder.join(dash), manifest(&representations, channels)?)?;
    let renditions: Vec<_> = finished.into_iter().map(|one| one.rendition).collect();
    std::fs::write(folder.join(hls), multivariant_playlist(&renditions, channels))?;
    Ok(renditions)
}

/// What the model makes of it.
fn embed(built: &Pipeline, heard: &Heard) -> Result<Option<Embedding>, TranscodeError> {
    let mut embedder = built.embedder.take()?;
    let vector = embedder.finish(heard).map_err(internal)?;
    Ok(vector.map(|vector| Embedding { model: embedder.model(), vector }))
}

fn describe(measures: &Measures, heard: &Heard, fingerprint: Option<String>, embedding: Option<Embedding>) -> MediaAnalysis {
    let ms = |samples: u64| samples.saturating_mul(1000) / u64::from(measures.sample_rate_hz.max(1));
    MediaAnalysis {
        loudness_range_lu: measures.loudness_range_lu,
        loudness_blocks: measures.loudness_blocks.clone(),
        leading_silence_ms: ms(measures.leading_silence_samples),
        trailing_silence_ms: ms(measures.trailing_silence_samples),
        gapless: Some(gapless(measures.duration_samples)),
        tempo: heard.tempo.map(|tempo| events::Tempo { bpm: tempo.bpm, confidence: tempo.confidence }),
        key: heard.key.map(|key| events::MusicalKey { tonic: key.tonic, mode: key.mode, confidence: key.confidence }),
        fingerprint,
        embedding,
    }
}

struct Run<'a> {
    built: &'a Pipeline,
    source: Source,
    request: &'a Transcode,
    single_stream: bool,
    longest_told: Option<f64>,
}

impl Run<'_> {
    /// Plays until the end of the stream; returns the length that the file declares, if that can be trusted.
    fn play(mut self, progress: &mut dyn FnMut(u8)) -> Result<Option<DeclaredSecs>, TranscodeError> {
        let bus = self.built.pipeline.bus().ok_or_else(|| internal("a pipeline has no bus"))?;
        // Artwork of many megabytes is told again and again with the tags.
        bus.set_sync_handler(|_, message| if message.type_() == gst::MessageType::Tag { gst::BusSyncReply::Drop } else { gst::BusSyncReply::Pass });
        if self.built.pipeline.set_state(gst::State::Playing).is_err() {
            return Err(bus.pop_filtered(&[gst::MessageType::Error]).map_or_else(|| internal("the pipeline does not start"), |message| self.judge(&message)));
        }
        let (mut moved_at, mut moved_to, mut told_at) = (Instant::now(), 0, Instant::now());
        progress(0);
        loop {
            if let Some(message) = bus.timed_pop_filtered(TICK, &[gst::MessageType::Error, gst::MessageType::Eos, gst::MessageType::StreamCollection]) {
                match message.view() {
                    gst::MessageView::Eos(_) => return self.at_end(),
                    gst::MessageView::StreamCollection(collection) => self.see(&collection.stream_collection())?,
                    _ => return Err(self.judge(&message)),
                }
            }
            if let Some(failure) = self.built.observed.take_failure() {
                return Err(failure);
            }
            let samples = self.built.observed.samples.load(Ordering::Relaxed);
            if samples != moved_to {
                (moved_at, moved_to) = (Instant::now(), samples);
            } else if moved_at.elapsed() > PATIENCE {
                return Err(Failure::truncated().into());
            }
            if told_at.elapsed() > Duration::from_millis(250) {
                told_at = Instant::now();
                self.ask_demuxer();
                progress(self.percent(samples));
            }
            if self.declared().is_some_and(|declared| declared.secs > whole(self.request.max_duration_secs) + 1.0) {
                return Err(Failure::too_long(self.request.max_duration_secs).into());
            }
        }
    }

    fn at_end(mut self) -> Result<Option<DeclaredSecs>, TranscodeError> {
        if let Some(failure) = self.built.observed.take_failure() {
            return Err(failure);
        }
        self.ask_demuxer();
        Ok(self.declared())
    }

    fn see(&mut self, collection: &gst::StreamCollection) -> Result<(), TranscodeError> {
        self.single_stream = collection.len() <= 1;
        if !collection.is_empty() && source::first_audio(collection).is_none() {
            return Err(if self.source.recognised { Failure::no_audio_stream() } else { Failure::not_recognised() }.into());
        }
        Ok(())
    }

    fn ask_demuxer(&mut self) {
        let told = self.built.decoder.query_duration::<gst::ClockTime>();
        if let Some(told) = told {
            self.longest_told = Some(seconds(told.nseconds(), 1_000_000_000));
        }
    }

    /// With several streams a container's length is that of the longest, not of the one that is heard.
    fn declared(&self) -> Option<DeclaredSecs> {
        match self.source.declared {
            DeclaredLength::Seconds(declared) => Some(declared),
            DeclaredLength::AskDemuxer if self.single_stream => self.longest_told.map(|secs| DeclaredSecs { secs, tolerance: DEMUXER_TOLERANCE }),
            _ => None,
        }
    }

    fn percent(&self, samples: u64) -> u8 {
        let expected = self.declared().map(|declared| declared.secs).or(self.longest_told).filter(|secs| *secs > 0.0);
        let rate = self.built.observed.rate_hz.load(Ordering::Relaxed).max(1);
        let percent = expected.map_or(0.0, |expected| 100.0 * seconds(samples, rate) / expected);
        // The end is told by the ladder itself.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of the target")]
        let percent = percent.clamp(0.0, 99.0) as u8;
        percent
    }

    /// Whose fault an error is: the file's when the decoder tells it, ours when anything behind the decoder does.
    fn judge(&self, message: &gst::Message) -> TranscodeError {
        if let Some(failure) = self.built.observed.take_failure() {
            return failure;
        }
        let gst::MessageView::Error(error) = message.view() else { return internal("unexpected message") };
        let detail = format!("{} ({})", error.error(), error.debug().unwrap_or_default());
        if !message.src().is_some_and(|source| source.has_as_ancestor(&self.built.decoder)) {
            return TranscodeError::Internal(detail);
        }
        tracing::debug!(detail, "the decoder refused");
        let error = error.error();
        match error.kind::<gst::StreamError>() {
            Some(gst::StreamError::TypeNotFound | gst::StreamError::WrongType) => Failure::not_recognised().into(),
            _ if !self.source.recognised && self.built.observed.samples.load(Ordering::Relaxed) == 0 => Failure::not_recognised().into(),
            Some(gst::StreamError::CodecNotFound) => Failure::codec_not_accepted().into(),
            Some(_) => Failure::undecodable().into(),
            None if error.is::<gst::CoreError>() => Failure::codec_not_accepted().into(),
            None => TranscodeError::Internal(detail),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn seconds(count: u64, per_second: u64) -> f64 {
    count as f64 / per_second as f64
}

#[expect(clippy::cast_precision_loss, reason = "a configured limit is far below 2^53")]
fn whole(secs: u64) -> f64 {
    secs as f64
}
