//! The key: how much of each pitch class there is (chroma, from the peaks of long spectra), compared with what listeners expect of
//! each key: the probe-tone profiles of C. L. Krumhansl and E. J. Kessler, "Tracing the Dynamic Changes in Perceived Tonal
//! Organization in a Spatial Representation of Musical Keys", Psychological Review 89(4), 1982, by correlation (the
//! Krumhansl-Schmuckler algorithm: C. L. Krumhansl, Cognitive Foundations of Musical Pitch, 1990, ch. 4).

use kernel::events::Mode;

use super::spectrum::Power;
use super::{LONG_FRAME, SAMPLE_RATE_HZ, is_silent, nearest, single};

/// Pitch classes.
pub const CLASSES: usize = 12;

/// How well each pitch class above the tonic fits, in major and in minor.
const MAJOR: [f64; CLASSES] = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88];
const MINOR: [f64; CLASSES] = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17];

/// Hertz between which pitches are looked for: from C2 on semitones are apart; above C7 there are only overtones.
const LOWEST_HZ: f64 = 65.0;
const HIGHEST_HZ: f64 = 2100.0;
/// Peaks this far below a frame's strongest are noise: 40 dB.
const FAINTEST: f32 = 1e-4;
/// By how much the best key must correlate better than the next to be quite sure.
const SURE: f64 = 0.15;
/// A correlation below is not a key at all.
const LEAST: f64 = 0.3;

/// A key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MusicalKey {
    /// Its first note: 0 is C, 1 is C sharp, … 11 is B.
    pub tonic: u8,
    /// Major or minor.
    pub mode: Mode,
    /// 0 to 1: how well the profile fits, less when another key fits nearly as well.
    pub confidence: f64,
}

/// Gathers pitch classes while spectra come.
#[derive(Debug, Clone, Default)]
pub struct KeyMeter {
    chroma: [f64; CLASSES],
}

impl KeyMeter {
    /// Takes the next long frame; returns its pitch classes, the strongest being 1, unless it has none.
    pub fn push(&mut self, power: &Power<'_>) -> Option<[f32; CLASSES]> {
        if is_silent(power) {
            return None;
        }
        let chroma = chroma(power)?;
        for (sum, part) in self.chroma.iter_mut().zip(chroma) {
            *sum += f64::from(part);
        }
        Some(chroma)
    }

    /// The key; none when nothing had a pitch, or all pitches are equally frequent.
    pub fn finish(self) -> Option<MusicalKey> {
        let mut keys: Vec<(f64, u8, Mode)> = (0_u8..12)
            .flat_map(|tonic| [(MAJOR, Mode::Major), (MINOR, Mode::Minor)].map(|(profile, mode)| (correlation(&self.chroma, &profile, tonic), tonic, mode)))
            .collect();
        keys.sort_by(|a, b| b.0.total_cmp(&a.0));
        let (best, tonic, mode) = *keys.first()?;
        let next = keys.get(1)?.0;
        let confidence = best * ((best - next) / SURE).clamp(0.0, 1.0);
        (best >= LEAST).then_some(MusicalKey { tonic, mode, confidence: confidence.clamp(0.0, 1.0) })
    }
}

fn chroma(power: &Power<'_>) -> Option<[f32; CLASSES]> {
    let bins = power.bins();
    let bin_hz = f64::from(SAMPLE_RATE_HZ) / LONG_FRAME as f64;
    let (first, last) = (nearest(LOWEST_HZ / bin_hz), nearest(HIGHEST_HZ / bin_hz).min(bins.len().saturating_sub(2)));
    let faintest = FAINTEST * bins.get(first..=last)?.iter().copied().fold(0.0, f32::max);
    let mut chroma = [0.0_f32; CLASSES];
    for bin in first..=last {
        let [left, peak, right] = [bins[bin - 1], bins[bin], bins[bin + 1]];
        if peak <= faintest || peak < left || peak <= right {
            continue;
        }
        // The true top of a peak lies between bins: the parabola through three of them in decibel finds it.
        let [left, middle, right] = [left, peak, right].map(|power| f64::from(power.max(1e-20)).ln());
        let curve = left - 2.0 * middle + right;
        let offset = if curve < 0.0 { 0.5 * (left - right) / curve } else { 0.0 };
        let pitch = 12.0 * ((bin as f64 + offset) * bin_hz / 440.0).log2() + 69.0;
        let class = pitch.rem_euclid(12.0);
        // Between two notes it counts for both.
        let below = class.floor();
        let share = single(class - below);
        let weight = peak.sqrt();
        let below = nearest(below) % CLASSES;
        chroma[below] += weight * (1.0 - share);
        chroma[(below + 1) % CLASSES] += weight * share;
    }
    let strongest = chroma.iter().copied().fold(0.0, f32::max);
    (strongest > 0.0).then(|| chroma.map(|class| class / strongest))
}

/// Pearson's, of the chroma from `tonic` on with a profile.
fn correlation(chroma: &[f64; CLASSES], profile: &[f64; CLASSES], tonic: u8) -> f64 {
    let mean = |values: &[f64; CLASSES]| values.iter().sum::<f64>() / CLASSES as f64;
    let (chroma_mean, profile_mean) = (mean(chroma), mean(profile));
    let (mut both, mut of_chroma, mut of_profile) = (0.0, 0.0, 0.0);
    for (step, expected) in profile.iter().enumerate() {
        let (x, y) = (chroma[(step + usize::from(tonic)) % CLASSES] - chroma_mean, expected - profile_mean);
        both += x * y;
        of_chroma += x * x;
        of_profile += y * y;
    }
    if of_chroma <= 0.0 { 0.0 } else { both / (of_chroma * of_profile).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::super::Hearing;
    use super::*;

    /// Chords as MIDI notes, a second each, every note with four overtones.
    fn play(chords: &[[u8; 3]]) -> Vec<f32> {
        let rate = f64::from(SAMPLE_RATE_HZ);
        let mut samples = Vec::new();
        for chord in chords {
            samples.extend((0..SAMPLE_RATE_HZ).map(|n| {
                let time = f64::from(n) / rate;
                let note = |midi: u8| {
                    let hz = 440.0 * 2_f64.powf((f64::from(midi) - 69.0) / 12.0);
                    (1..=4).map(|overtone| (std::f64::consts::TAU * hz * f64::from(overtone) * time).sin() / f64::from(overtone)).sum::<f64>()
                };
                single(chord.iter().map(|midi| note(*midi)).sum::<f64>() * 0.1 * (1.0 - time * 0.5))
            }));
        }
        samples
    }

    fn key(samples: &[f32]) -> Option<MusicalKey> {
        let mut hearing = Hearing::default();
        hearing.push(samples);
        hearing.finish().key
    }

    #[test]
    fn cadences_are_in_their_key() {
        for tonic in 0..12_u8 {
            // I IV V I, and i iv V i.
            let [one, four, five] = [60, 65, 67].map(|root| root + tonic);
            let major = [[one, one + 4, one + 7], [four, four + 4, four + 7], [five, five + 4, five + 7], [one, one + 4, one + 7]];
            let found = key(&play(&major)).unwrap();
            assert_eq!((found.tonic, found.mode), (tonic, Mode::Major), "{found:?}");
            assert!(found.confidence > 0.3, "{found:?}");
            let minor = [[one, one + 3, one + 7], [four, four + 3, four + 7], [five, five + 4, five + 7], [one, one + 3, one + 7]];
            let found = key(&play(&minor)).unwrap();
            assert_eq!((found.tonic, found.mode), (tonic, Mode::Minor), "{found:?}");
        }
    }

    #[test]
    fn all_notes_at_once_are_in_no_key_to_believe() {
        let chords: Vec<[u8; 3]> = (0..4).map(|n| [60 + 3 * n, 61 + 3 * n, 62 + 3 * n]).collect();
        assert!(key(&play(&chords)).is_none_or(|key| key.confidence < 0.3), "{:?}", key(&play(&chords)));
    }
}
