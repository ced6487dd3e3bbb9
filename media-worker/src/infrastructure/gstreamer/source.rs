//! The file's first audio stream, decoded; every other stream is left alone.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use gst::glib;
use gst::prelude::*;
use gstreamer as gst;

use super::elements::make;
use super::internal;
use super::lossless::LosslessBranches;
use super::pipeline::Observed;
use crate::application::ports::TranscodeError;
use crate::domain::downmix::{MOST_CHANNELS, StereoMatrix};
use crate::domain::failure::Failure;
use crate::domain::ladder::{SOURCE_RATES_HZ, ladder_channels, ladder_rate_hz};

/// Adds a decoder of `file` that feeds `into`, and lets `chooser` choose the ladder's rate and channels as soon as the source's are
/// known.
pub(super) fn attach(pipeline: &gst::Pipeline, file: &Path, into: &gst::Element, chooser: FormatChooser) -> Result<gst::Element, TranscodeError> {
    let decoder = make("uridecodebin3")?;
    decoder.set_property("uri", glib::filename_to_uri(file, None).map_err(internal)?.as_str());
    let chosen_stream = chooser.stream.clone();
    decoder.connect("select-stream", false, move |arguments| {
        let collection = arguments.get(1)?.get::<gst::StreamCollection>().ok()?;
        let stream = arguments.get(2)?.get::<gst::Stream>().ok()?;
        let chosen = first_audio(&collection).is_some_and(|first| first.stream_id() == stream.stream_id());
        if chosen {
            *chosen_stream.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        }
        Some(i32::from(chosen).to_value())
    });
    let sink = into.static_pad("sink").ok_or_else(|| internal("a queue has no sink"))?;
    chooser.watch(&sink);
    decoder.connect_pad_added(move |_, pad| {
        if !sink.is_linked() && pad.link(&sink).is_err() {
            tracing::debug!(pad = %pad.name(), "a stream that is no audio");
        }
    });
    pipeline.add(&decoder).map_err(internal)?;
    Ok(decoder)
}

/// The stream a ladder is made of.
pub(super) fn first_audio(collection: &gst::StreamCollection) -> Option<gst::Stream> {
    collection.iter().find(|stream| stream.stream_type().contains(gst::StreamType::AUDIO))
}

/// Whether nothing was lost when the stream was encoded.
fn is_lossless(stream: &gst::Stream) -> bool {
    let caps = stream.caps();
    let name = caps.as_ref().and_then(|caps| caps.structure(0)).map(|structure| structure.name().as_str());
    matches!(name, Some("audio/x-raw" | "audio/x-flac" | "audio/x-alac" | "audio/x-wavpack"))
}

/// Makes one unbroken stream from zero of whatever timestamps a file has: `out` is where the ladder's format begins.
///
/// What comes behind `end` is dropped. Returns how many samples a channel came, those behind it included.
///
/// Encoders cut what lies outside the segment (a container's rounded end cost the last samples of M4A and Ogg), and each gap or
/// new segment on the way makes them flush a short frame, which would move every later boundary. The decoder has cut by
/// then what a container wants cut, except for what the last blocks of some Vorbis streams decode to beyond their end.
pub(super) fn straighten(out: &gst::Pad, end: Option<u64>) -> Arc<AtomicU64> {
    let (samples, begun) = (Arc::new(AtomicU64::new(0)), AtomicBool::new(false));
    let passed = samples.clone();
    out.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM | gst::PadProbeType::BUFFER, move |pad, info| {
        match &mut info.data {
            Some(gst::PadProbeData::Event(event)) => match event.type_() {
                gst::EventType::Segment if !begun.swap(true, Ordering::Relaxed) => {
                    *event = gst::event::Segment::new(&gst::FormattedSegment::<gst::ClockTime>::new());
                }
                gst::EventType::Segment | gst::EventType::Gap => return gst::PadProbeReturn::Drop,
                _ => {}
            },
            Some(gst::PadProbeData::Buffer(buffer)) => {
                let Some((rate, frame)) = format_of(pad) else { return gst::PadProbeReturn::Ok };
                let length = buffer.size() as u64 / frame;
                let first = samples.fetch_add(length, Ordering::Relaxed);
                let wanted = end.map_or(length, |end| end.saturating_sub(first).min(length));
                if wanted == 0 {
                    return gst::PadProbeReturn::Drop;
                }
                let at = |sample: u64| sample.mul_div_floor(gst::ClockTime::SECOND.nseconds(), rate).map(gst::ClockTime::from_nseconds);
                let (start, end) = (at(first), at(first + wanted));
                let buffer = buffer.make_mut();
                if wanted < length {
                    buffer.set_size(usize::try_from(wanted * frame).unwrap_or(0));
                }
                buffer.set_pts(start);
                buffer.set_duration(end.zip(start).map(|(end, start)| end - start));
                buffer.unset_flags(gst::BufferFlags::DISCONT | gst::BufferFlags::GAP);
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
    passed
}

/// Hertz, and bytes of one sample of all channels.
fn format_of(pad: &gst::Pad) -> Option<(u64, u64)> {
    let caps = pad.current_caps()?;
    let structure = caps.structure(0)?;
    let rate = u64::from(structure.get::<i32>("rate").ok()?.unsigned_abs());
    let channels = u64::from(structure.get::<i32>("channels").ok()?.unsigned_abs());
    (rate > 0 && channels > 0).then_some((rate, channels * 4))
}

/// Chooses what the ladder is made of, once: a source whose format changes on the way is converted to the first one.
pub(super) struct FormatChooser {
    /// Mixes channels.
    pub(super) convert: gst::Element,
    /// The filter for sound at the source's rate.
    pub(super) source_format: gst::Element,
    /// The filter for sound at the ladder's rate.
    pub(super) ladder_format: gst::Element,
    /// Hears of formats that are not accepted.
    pub(super) observed: Arc<Observed>,
    /// The stream that was chosen. What it is coded in it may tell only after that (WavPack does), but before it is decoded.
    pub(super) stream: Arc<Mutex<Option<gst::Stream>>>,
    /// Adds lossless branches; none when they are not wanted.
    pub(super) branches: Option<LosslessBranches>,
}

impl FormatChooser {
    fn watch(self, sink: &gst::Pad) {
        let chosen = AtomicBool::new(false);
        sink.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
            let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) else { return gst::PadProbeReturn::Ok };
            let Some(source) = caps.caps().structure(0).and_then(SourceFormat::read) else { return gst::PadProbeReturn::Ok };
            if !source.is_accepted() {
                let _flow = self.observed.fail(Failure::format_not_accepted(source.rate_hz, source.channels).into());
                return gst::PadProbeReturn::Drop;
            }
            self.mix(source);
            if !chosen.swap(true, Ordering::Relaxed)
                && let Err(error) = self.choose(source)
            {
                let _flow = self.observed.fail(error);
                return gst::PadProbeReturn::Drop;
            }
            gst::PadProbeReturn::Ok
        });
    }

    fn choose(&self, source: SourceFormat) -> Result<(), TranscodeError> {
        let channels = ladder_channels(source.channels);
        self.source_format.set_property("caps", sound(source.rate_hz, channels));
        self.ladder_format.set_property("caps", sound(ladder_rate_hz(source.rate_hz), channels));
        match &self.branches {
            Some(branches) if self.stream.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(is_lossless) => branches.add(source),
            _ => Ok(()),
        }
    }

    /// Left alone, the converter has a matrix of its own for places it knows, and cannot convert those it does not.
    fn mix(&self, source: SourceFormat) {
        let rows = if source.channels > 2 {
            let StereoMatrix { left, right } = StereoMatrix::new(source.channels, source.channel_mask);
            [left, right].into_iter().map(|row| gst::Array::new(row).to_send_value()).collect()
        } else {
            Vec::new()
        };
        self.convert.set_property("mix-matrix", gst::Array::from_values(rows));
    }
}

/// The format of decoded sound.
#[derive(Debug, Clone, Copy)]
pub(super) struct SourceFormat {
    pub(super) rate_hz: u32,
    pub(super) channels: u32,
    /// Bits that lossless encodings of it need: 16 or 24.
    pub(super) bits: u8,
    channel_mask: u64,
}

impl SourceFormat {
    fn read(caps: &gst::StructureRef) -> Option<Self> {
        let (rate, channels) = (caps.get::<i32>("rate").ok()?, caps.get::<i32>("channels").ok()?);
        let channel_mask = caps.get::<gst::Bitmask>("channel-mask").map_or(0, |mask| mask.0);
        let short = caps.get::<&str>("format").is_ok_and(|format| matches!(format, "S8" | "U8" | "S16LE" | "S16BE" | "U16LE" | "U16BE"));
        Some(Self { rate_hz: rate.unsigned_abs(), channels: channels.unsigned_abs(), bits: if short { 16 } else { 24 }, channel_mask })
    }

    fn is_accepted(self) -> bool {
        SOURCE_RATES_HZ.contains(&self.rate_hz) && (1..=MOST_CHANNELS).contains(&self.channels)
    }
}

fn sound(rate_hz: u32, channels: u8) -> gst::Caps {
    let caps = gst::Caps::builder("audio/x-raw")
        .field("format", "F32LE")
        .field("layout", "interleaved")
        .field("rate", i32::try_from(rate_hz).unwrap_or(48_000))
        .field("channels", i32::from(channels));
    let caps = if channels == 2 { caps.field("channel-mask", gst::Bitmask::new(0x3)) } else { caps };
    caps.build()
}
