//! Rules and formats of the ladder; no asynchrony, no input or output.

pub mod cmaf;
pub mod failure;
pub mod job;
pub mod ladder;
pub mod playlist;
pub mod waveform;
