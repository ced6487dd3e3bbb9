//! The embedding that needs no learned model: the 130 [`Features`], each brought to the same scale by constants that are part of the
//! model (see `normalisation.rs`), clipped so that no odd one outweighs all others, and
//! brought to length 1.
//!
//! The constants are frozen: other constants are another version.

mod normalisation;

use kernel::events::EmbeddingModel;

use super::super::hearing::features::{COUNT, Features};
use super::unit;
use normalisation::{MEAN, SCALE};

/// Scales away from the mean that still count.
const CLIP: f32 = 3.0;
/// Bumped with anything that changes a vector.
const VERSION: u32 = 1;

/// What it is called.
pub fn model() -> EmbeddingModel {
    EmbeddingModel { id: "signal".into(), version: VERSION, dim: u32::try_from(COUNT).unwrap_or(u32::MAX) }
}

/// The vector of a recording; none in the very middle of all music.
pub fn embed(features: &Features) -> Option<Vec<f32>> {
    let scaled: Vec<f32> =
        features.values().iter().zip(MEAN.iter().zip(&SCALE)).map(|(value, (mean, scale))| ((value - mean) / scale.max(1e-6)).clamp(-CLIP, CLIP)).collect();
    unit(&scaled)
}

#[cfg(test)]
mod tests {
    use super::super::cosine;
    use super::*;
    use crate::domain::hearing::{Hearing, SAMPLE_RATE_HZ};

    /// Twenty seconds of a tone with overtones that beats at a tempo.
    fn song(hz: f64, bpm: f64, overtones: u32) -> Vec<f32> {
        let mut hearing = Hearing::default();
        let samples: Vec<f32> = (0..20 * SAMPLE_RATE_HZ)
            .map(|n| {
                let time = f64::from(n) / f64::from(SAMPLE_RATE_HZ);
                let tone: f64 = (1..=overtones).map(|k| (std::f64::consts::TAU * hz * f64::from(k) * time).sin() / f64::from(k)).sum();
                crate::domain::hearing::single(0.2 * tone * (-(time % (60.0 / bpm)) * 6.0).exp())
            })
            .collect();
        hearing.push(&samples);
        embed(&hearing.finish().features.unwrap()).unwrap()
    }

    #[test]
    fn what_sounds_alike_lies_close() {
        let (song_a, like_a, other) = (song(220.0, 120.0, 8), song(220.0, 121.0, 7), song(523.0, 75.0, 1));
        assert_eq!(song_a.len(), COUNT);
        assert!(
            cosine(&song_a, &like_a) > 0.8 && cosine(&song_a, &other) < cosine(&song_a, &like_a) - 0.3,
            "{} {}",
            cosine(&song_a, &like_a),
            cosine(&song_a, &other)
        );
    }
}
