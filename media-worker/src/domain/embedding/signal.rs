//! The embedding that needs no learned model: the 130 [`Features`], each brought to the same scale by constants that are part of the
//! model (see `normalisation.rs`), clipped so that no odd one outweighs all others, freed of what wanders together within a
//! recording, and brought to length 1.
//!
//! The constants are frozen: other constants are another version.

mod normalisation;

use kernel::events::EmbeddingModel;

use super::super::hearing::features::{COUNT, Features};
use super::unit;
use normalisation::{CENTRE, MEAN, SCALE, WHITENING};

/// Scales away from the mean that still count.
const CLIP: f32 = 3.0;
/// Bumped with anything that changes a vector.
const VERSION: u32 = 2;

/// What it is called.
pub fn model() -> EmbeddingModel {
    EmbeddingModel { id: "signal".into(), version: VERSION, dim: u32::try_from(COUNT).unwrap_or(u32::MAX) }
}

/// The vector of a recording; none in the very middle of all music.
pub fn embed(features: &Features) -> Option<Vec<f32>> {
    let centred: Vec<f32> = scaled(features, &MEAN, &SCALE).iter().zip(&CENTRE).map(|(value, centre)| value - centre).collect();
    let mut weights = WHITENING.as_chunks::<4>().0.iter().map(|bytes| f32::from_le_bytes(*bytes));
    // A lower triangle, row by row: each row takes its weights and leaves the rest to the next.
    let whitened: Vec<f32> =
        (1..=COUNT).map(|length| centred.iter().take(length).zip(weights.by_ref().take(length)).map(|(value, weight)| value * weight).sum()).collect();
    unit(&whitened)
}

/// The features on the same scale, without what is too odd to count; `means` and `scales` are those of this version, except where
/// others are sought.
pub fn scaled(features: &Features, means: &[f32], scales: &[f32]) -> Vec<f32> {
    let constants = means.iter().zip(scales);
    features.values().iter().zip(constants).map(|(value, (mean, scale))| ((value - mean) / scale.max(1e-6)).clamp(-CLIP, CLIP)).collect()
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
            cosine(&song_a, &like_a) > 0.6 && cosine(&song_a, &other) < cosine(&song_a, &like_a) - 0.4,
            "{} {}",
            cosine(&song_a, &like_a),
            cosine(&song_a, &other)
        );
    }

    #[test]
    fn what_changes_a_vector_is_another_version() {
        let (song, told) = (song(220.0, 120.0, 8), [(48, 0.182_905), (63, 0.174_871), (83, 0.223_116), (95, -0.207_031), (107, 0.179_136)]);
        assert_eq!(VERSION, 2, "these numbers are those of version 2");
        for (at, value) in told {
            assert!((song[at] - value).abs() < 0.005, "{at}: {} instead of {value}", song[at]);
        }
    }
}
