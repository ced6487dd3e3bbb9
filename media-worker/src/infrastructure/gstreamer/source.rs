//! The file's first audio stream, decoded; every other stream is left alone.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gst::glib;
use gst::prelude::*;
use gstreamer as gst;

use super::elements::make;
use super::internal;
use crate::application::ports::TranscodeError;
use crate::domain::ladder::{ladder_channels, ladder_rate_hz};

/// Adds a decoder of `file` that feeds `into`, and lets `format` (a capsfilter) choose the ladder's rate and channels as soon
/// as the source's are known.
pub(super) fn attach(pipeline: &gst::Pipeline, file: &Path, into: &gst::Element, format: &gst::Element) -> Result<gst::Element, TranscodeError> {
    let decoder = make("uridecodebin3")?;
    decoder.set_property("uri", glib::filename_to_uri(file, None).map_err(internal)?.as_str());
    decoder.connect("select-stream", false, |arguments| {
        let collection = arguments.get(1)?.get::<gst::StreamCollection>().ok()?;
        let stream = arguments.get(2)?.get::<gst::Stream>().ok()?;
        let chosen = first_audio(&collection).is_some_and(|first| first.stream_id() == stream.stream_id());
        Some(i32::from(chosen).to_value())
    });
    let sink = into.static_pad("sink").ok_or_else(|| internal("a queue has no sink"))?;
    choose_format(&sink, format);
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

/// Makes one unbroken stream from zero of whatever timestamps a file has: `out` is where the ladder's format begins.
///
/// Encoders cut what lies outside the segment (a container's rounded end cost the last samples of M4A and Ogg), and each gap or
/// new segment on the way makes them flush a short frame, which would move every later boundary. The decoder has cut by
/// then what a container wants cut.
pub(super) fn straighten(out: &gst::Pad) {
    let (samples, begun) = (AtomicU64::new(0), AtomicBool::new(false));
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
                let at = |sample: u64| sample.mul_div_floor(gst::ClockTime::SECOND.nseconds(), rate).map(gst::ClockTime::from_nseconds);
                let (start, end) = (at(first), at(first + length));
                let buffer = buffer.make_mut();
                buffer.set_pts(start);
                buffer.set_duration(end.zip(start).map(|(end, start)| end - start));
                buffer.unset_flags(gst::BufferFlags::DISCONT | gst::BufferFlags::GAP);
            }
            _ => {}
        }
        gst::PadProbeReturn::Ok
    });
}

/// Hertz, and bytes of one sample of all channels.
fn format_of(pad: &gst::Pad) -> Option<(u64, u64)> {
    let caps = pad.current_caps()?;
    let structure = caps.structure(0)?;
    let rate = u64::from(structure.get::<i32>("rate").ok()?.unsigned_abs());
    let channels = u64::from(structure.get::<i32>("channels").ok()?.unsigned_abs());
    (rate > 0 && channels > 0).then_some((rate, channels * 4))
}

/// Once: a source whose format changes on the way is converted to the first one.
fn choose_format(sink: &gst::Pad, format: &gst::Element) {
    let format = format.downgrade();
    sink.add_probe(gst::PadProbeType::EVENT_DOWNSTREAM, move |_, info| {
        let Some(gst::EventView::Caps(caps)) = info.event().map(|event| event.view()) else { return gst::PadProbeReturn::Ok };
        let Some(structure) = caps.caps().structure(0) else { return gst::PadProbeReturn::Ok };
        let (Ok(rate), Ok(channels), Some(format)) = (structure.get::<i32>("rate"), structure.get::<i32>("channels"), format.upgrade()) else {
            return gst::PadProbeReturn::Ok;
        };
        let rate = ladder_rate_hz(rate.unsigned_abs());
        let channels = ladder_channels(channels.unsigned_abs());
        let caps = gst::Caps::builder("audio/x-raw")
            .field("format", "F32LE")
            .field("layout", "interleaved")
            .field("rate", i32::try_from(rate).unwrap_or(48_000))
            .field("channels", i32::from(channels));
        let caps = if channels == 2 { caps.field("channel-mask", gst::Bitmask::new(0x3)) } else { caps };
        format.set_property("caps", caps.build());
        gst::PadProbeReturn::Remove
    });
}
