//! FLAC for a source that deserves it, known only when its format is: the branches are added while the pipeline plays, before the
//! first sample has passed.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use gst::prelude::*;
use gstreamer as gst;

use super::elements::make;
use super::pipeline::{Observed, Shared, branch_queue, sink};
use super::rendition::RenditionFolder;
use super::{internal, source::SourceFormat};
use crate::application::ports::TranscodeError;
use crate::domain::ladder::{FLAC, FLAC_FRAME_SAMPLES, FLAC_HIGH, deserves_lossless, flac_framing, ladder_rate_hz};

/// A lossless rendition in progress.
#[derive(Debug, Clone)]
pub(super) struct LosslessBranch {
    /// What it fills.
    pub(super) folder: Shared<RenditionFolder>,
    /// Its own, in hertz.
    pub(super) sample_rate_hz: u32,
}

/// Adds lossless branches to a pipeline.
pub(super) struct LosslessBranches {
    /// Where they are added.
    pub(super) pipeline: gst::glib::WeakRef<gst::Pipeline>,
    /// Sound at the source's rate.
    pub(super) source_tee: gst::Element,
    /// Sound at the ladder's rate.
    pub(super) ladder_tee: gst::Element,
    /// The ladder's folder.
    pub(super) output: PathBuf,
    /// Hears of failures.
    pub(super) observed: Arc<Observed>,
    /// Those that were added, lowest rate first.
    pub(super) added: Arc<Mutex<Vec<LosslessBranch>>>,
}

impl LosslessBranches {
    /// Adds what a lossless source of this format deserves. 16 bits stay 16; everything finer becomes 24, which holds the 24 bits of
    /// recordings exactly and of a float what can be heard.
    pub(super) fn add(&self, format: SourceFormat) -> Result<(), TranscodeError> {
        if !deserves_lossless(format.rate_hz, format.channels) {
            return Ok(());
        }
        let ladder_hz = ladder_rate_hz(format.rate_hz);
        if format.rate_hz == ladder_hz {
            return self.branch(&self.ladder_tee, FLAC, format.bits, ladder_hz, ladder_hz);
        }
        self.branch(&self.ladder_tee, FLAC, 24, ladder_hz, ladder_hz)?;
        self.branch(&self.source_tee, FLAC_HIGH, format.bits, format.rate_hz, ladder_hz)
    }

    fn branch(&self, tee: &gst::Element, name: &'static str, bits: u8, rate_hz: u32, ladder_hz: u32) -> Result<(), TranscodeError> {
        let pipeline = self.pipeline.upgrade().ok_or_else(|| internal("the pipeline is gone"))?;
        let folder = Shared::new(RenditionFolder::flac(name, &self.output, flac_framing(rate_hz, ladder_hz), bits)?);
        let convert = make("audioconvert")?;
        // Dither is noise; there is nothing to hide where every value fits.
        convert.set_property_from_str("dithering", "none");
        let format = make("capsfilter")?;
        format.set_property("caps", gst::Caps::builder("audio/x-raw").field("format", if bits <= 16 { "S16LE" } else { "S24_32LE" }).build());
        let encoder = make("flacenc")?;
        encoder.set_property("blocksize", FLAC_FRAME_SAMPLES);
        let (filled, observed) = (folder.clone(), self.observed.clone());
        let sink = sink(move |sample| filled.with(|folder| folder.push(sample)).map_err(|error| observed.fail(error)));
        let elements = [&branch_queue()?, &convert, &format, &encoder, sink.upcast_ref()];
        pipeline.add_many(elements).map_err(internal)?;
        gst::Element::link_many(elements).map_err(internal)?;
        for element in elements.into_iter().rev() {
            element.sync_state_with_parent().map_err(internal)?;
        }
        tee.link(elements[0]).map_err(internal)?;
        let branch = LosslessBranch { folder, sample_rate_hz: rate_hz };
        self.added.lock().unwrap_or_else(PoisonError::into_inner).push(branch);
        Ok(())
    }
}
