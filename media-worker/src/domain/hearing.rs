//! What can be heard in a recording, measured as it goes by: one stream of mono sound at [`SAMPLE_RATE_HZ`], two Fourier
//! transforms, and everything that needs one reads the same. Memory does not grow with the length of the recording.
//!
//! Promises of every measure here: no sound, one sample, silence and samples that are no numbers are all fine; the same sound gives
//! the same answer, however it is cut into pieces.

pub mod features;
pub mod key;
pub mod mel;
pub mod spectrogram;
pub mod spectrum;
pub mod statistics;
pub mod tempo;

use features::{FeatureMeter, Features};
use key::{KeyMeter, MusicalKey};
use mel::MelBank;
use spectrogram::Spectrogram;
use spectrum::{Frames, Power};
use tempo::{Tempo, TempoMeter};

/// Hertz. Half of what a compact disc has: the upper octave tells little of tempo, key or kind of music, and costs half of the work.
pub const SAMPLE_RATE_HZ: u32 = 22_050;
/// Samples of a short frame: 93 ms, long enough for timbre, short enough for beats.
pub const SHORT_FRAME: usize = 2048;
/// Samples from one short frame to the next: 43 frames a second.
pub const SHORT_HOP: usize = 512;
/// Samples of a long frame: bins of 2.7 Hz, which tell semitones apart down to about 60 Hz.
pub const LONG_FRAME: usize = 8192;
/// Samples from one long frame to the next.
pub const LONG_HOP: usize = 4096;
/// Bands of the mel scale.
pub const BANDS: usize = 96;

/// Measures in progress.
pub struct Hearing {
    short: Frames,
    long: Frames,
    bank: MelBank,
    bands: Vec<f32>,
    tempo: TempoMeter,
    key: KeyMeter,
    spectrogram: Spectrogram,
    features: FeatureMeter,
}

/// What was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// The beat; none where there is none, as in silence.
    pub tempo: Option<Tempo>,
    /// The key; none where nothing has a pitch.
    pub key: Option<MusicalKey>,
    /// A picture of it; none when there was less than one frame.
    pub spectrogram: Option<Spectrogram>,
    /// Its timbre, harmony, rhythm and dynamics in numbers; none for silence.
    pub features: Option<Features>,
}

impl Default for Hearing {
    fn default() -> Self {
        Self {
            short: Frames::new(SHORT_FRAME, SHORT_HOP),
            long: Frames::new(LONG_FRAME, LONG_HOP),
            bank: MelBank::new(SAMPLE_RATE_HZ, SHORT_FRAME, BANDS, mel::LOWEST_HZ, f64::from(SAMPLE_RATE_HZ) / 2.0),
            bands: vec![0.0; BANDS],
            tempo: TempoMeter::default(),
            key: KeyMeter::default(),
            spectrogram: Spectrogram::default(),
            features: FeatureMeter::default(),
        }
    }
}

impl Hearing {
    /// Takes the next mono samples, between -1 and 1, at [`SAMPLE_RATE_HZ`].
    pub fn push(&mut self, mono: &[f32]) {
        let Self { short, long, bank, bands, tempo, key, spectrogram, features } = self;
        short.push(mono, |samples, power| {
            bank.apply(power.bins(), bands);
            let onset = features.push_short(samples, power, bands);
            tempo.push(onset);
            spectrogram.push(bands);
        });
        long.push(mono, |_, power| {
            if let Some(chroma) = key.push(power) {
                features.push_chroma(&chroma);
            }
        });
    }

    /// What was heard.
    pub fn finish(mut self) -> Heard {
        // What does not fill a frame counts when it is all there is.
        self.pad_if_short();
        let Self { tempo, key, spectrogram, features, .. } = self;
        let rhythm = tempo.finish();
        let tempo = rhythm.as_ref().and_then(tempo::Rhythm::tempo);
        Heard { tempo, key: key.finish(), features: features.finish(rhythm.as_ref()), spectrogram: spectrogram.finish() }
    }

    fn pad_if_short(&mut self) {
        let heard = self.short.taken();
        if heard > 0 && heard < LONG_FRAME as u64 {
            let missing = LONG_FRAME.saturating_sub(usize::try_from(heard).unwrap_or(LONG_FRAME));
            self.push(&vec![0.0; missing]);
        }
    }
}

/// Whether the power spectrum of a frame holds anything: -90 dB of full scale.
pub(crate) fn is_silent(power: &Power<'_>) -> bool {
    power.total() < 1e-9
}

/// The whole number nearest to `value`, at least 0; 0 for what is no number.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast from a float saturates, and turns what is no number into 0")]
pub(crate) fn nearest(value: f64) -> usize {
    value.round() as usize
}

/// Single precision is plenty for what leaves here.
#[expect(clippy::cast_possible_truncation, reason = "rounding is meant")]
pub(crate) const fn single(value: f64) -> f32 {
    value as f32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hear(samples: &[f32], piece: usize) -> Heard {
        let mut hearing = Hearing::default();
        for piece in samples.chunks(piece) {
            hearing.push(piece);
        }
        hearing.finish()
    }

    #[test]
    fn nothing_silence_and_one_sample_are_heard() {
        assert_eq!(hear(&[], 1), Heard { tempo: None, key: None, spectrogram: None, features: None });
        let silence = hear(&vec![0.0; 50_000], 1000);
        assert_eq!((silence.tempo, silence.key, silence.features), (None, None, None));
        // A window weighs its first sample with nothing.
        assert_eq!(hear(&[0.5], 1).features, None);
        assert!(hear(&[0.5; 300], 1).features.is_some());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn whatever_comes_gives_finite_numbers(samples in proptest::collection::vec(prop_oneof![any::<f32>(), -1.0_f32..1.0], 0..20_000)) {
            let heard = hear(&samples, 4096);
            if let Some(features) = heard.features {
                prop_assert!(features.values().iter().all(|value| value.is_finite()));
            }
            if let Some(tempo) = heard.tempo {
                prop_assert!(tempo.bpm.is_finite() && (0.0..=1.0).contains(&tempo.confidence));
            }
            if let Some(key) = heard.key {
                prop_assert!((0.0..=1.0).contains(&key.confidence));
            }
        }

        #[test]
        fn pieces_do_not_matter(piece in 1_usize..5000) {
            let samples: Vec<f32> = (0..30_000_u16).map(|n| (f32::from(n) * 0.05).sin() * 0.3).collect();
            prop_assert_eq!(hear(&samples, piece), hear(&samples, 30_000));
        }
    }
}
