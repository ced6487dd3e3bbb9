//! What a player may have, and for how long: rules without I/O.

pub mod grant;
pub mod ladder;
pub mod media_file;
pub mod waveform;
