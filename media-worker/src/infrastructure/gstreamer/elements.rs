//! The elements that exist in a transcoding process. A file can make the typefinder ask for any demuxer there is, and some
//! of them open network connections (an HLS playlist named `.mp3`): what is not on this list is removed from the
//! process's registry before the file is opened. The registry on disk is not touched.

use gst::prelude::*;
use gstreamer as gst;

use super::internal;
use crate::application::ports::TranscodeError;

const PLUMBING: &[&str] = &[
    "appsink",
    "audiobuffersplit",
    "audioconvert",
    "audioresample",
    "bin",
    "capsfilter",
    "chromaprint",
    "concat",
    "decodebin3",
    "fakesink",
    "filesrc",
    "identity",
    "input-selector",
    "multiqueue",
    "parsebin",
    "pipeline",
    "queue",
    "queue2",
    "streamsynchronizer",
    "tee",
    "typefind",
    "uridecodebin3",
    "urisourcebin",
];
const CONTAINERS: &[&str] = &["aiffparse", "apedemux", "icydemux", "id3demux", "matroskademux", "oggdemux", "qtdemux", "wavparse"];
const PARSERS: &[&str] = &["aacparse", "flacparse", "mpegaudioparse", "opusparse", "vorbisparse", "wavpackparse"];
const DECODERS: &[&str] = &["alawdec", "avdec_aac", "avdec_alac", "flacdec", "mpg123audiodec", "mulawdec", "opusdec", "vorbisdec", "wavpackdec"];
const ENCODERS: &[&str] = &["avenc_aac", "flacenc", "lamemp3enc"];

/// Starts GStreamer and leaves only the listed elements in this process.
pub(super) fn restrict() -> Result<(), TranscodeError> {
    gst::init().map_err(internal)?;
    let registry = gst::Registry::get();
    let allowed = [PLUMBING, CONTAINERS, PARSERS, DECODERS, ENCODERS].concat();
    for feature in registry.features(gst::ElementFactory::static_type()) {
        if !allowed.contains(&feature.name().as_str()) {
            registry.remove_feature(&feature);
        }
    }
    Ok(())
}

/// Makes an element; a missing one is an incomplete installation.
pub(super) fn make(name: &'static str) -> Result<gst::Element, TranscodeError> {
    gst::ElementFactory::make(name).build().map_err(|_| TranscodeError::Internal(format!("the GStreamer element {name} is not installed")))
}
