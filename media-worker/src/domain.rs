//! Rules and formats of the ladder; no asynchrony, no input or output.

pub mod block_count;
pub mod cmaf;
pub mod dash;
pub mod downmix;
pub mod edge_silence;
pub mod embedding;
pub mod encryption;
pub mod failure;
pub mod fingerprint_sound;
pub mod hearing;
pub mod job;
pub mod ladder;
pub mod mpeg_audio;
pub mod playlist;
pub mod waveform;
