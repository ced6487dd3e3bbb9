//! A recording in 130 numbers, before any normalisation: the mean and spread over all frames that hold sound of
//!
//! | numbers | measure |
//! |---|---|
//! | 60 | 20 mel-frequency cepstral coefficients: mean, deviation, deviation of the change from frame to frame (timbre) |
//! | 14 | spectral contrast in 7 octaves: mean, deviation (D.-N. Jiang et al., "Music Type Classification by Spectral Contrast Feature", ICME 2002) |
//! | 24 | 12 pitch classes: mean, deviation (harmony) |
//! | 20 | correlation of the onsets with themselves after 0.2 to 6 s (rhythm) |
//! | 12 | level, brightness, noisiness, roll-off, zero crossings, onset strength: mean, deviation (dynamics) |

use super::key::CLASSES;
use super::spectrum::Power;
use super::statistics::Moments;
use super::tempo::Rhythm;
use super::{BANDS, SAMPLE_RATE_HZ, SHORT_FRAME, is_silent, nearest, single};

/// How many numbers.
pub const COUNT: usize = 130;
/// Cepstral coefficients.
const CEPSTRA: usize = 20;
/// Octaves of spectral contrast, and where they begin and end in hertz.
const OCTAVES: usize = 7;
const OCTAVE_EDGES_HZ: [f64; OCTAVES + 1] = [40.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 11_025.0];
/// The share of an octave's bins that is its peak, and its valley.
const CONTRAST_SHARE: f64 = 0.1;
const RHYTHM: usize = 20;
const DYNAMICS: usize = 6;
/// Powers below count as this one: -80 dB of full scale, the noise of a good recording.
const FLOOR: f32 = 1e-8;
/// The share of all power below the roll-off frequency.
const ROLLOFF: f32 = 0.85;

/// The numbers of one recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Features(Box<[f32; COUNT]>);

impl Features {
    /// All of them, in the order of the table.
    pub fn values(&self) -> &[f32; COUNT] {
        &self.0
    }
}

/// Gathers the numbers while frames come.
pub struct FeatureMeter {
    cosines: Vec<[f32; BANDS]>,
    octaves: [std::ops::Range<usize>; OCTAVES],
    sorted: Vec<f32>,
    decibels: [f32; BANDS],
    before: Option<[f32; BANDS]>,
    cepstrum_before: Option<[f32; CEPSTRA]>,
    cepstra: [Moments; CEPSTRA],
    changes: [Moments; CEPSTRA],
    contrasts: [Moments; OCTAVES],
    chroma: [Moments; CLASSES],
    dynamics: [Moments; DYNAMICS],
    heard: bool,
}

impl Default for FeatureMeter {
    fn default() -> Self {
        let bin_hz = f64::from(SAMPLE_RATE_HZ) / SHORT_FRAME as f64;
        let bin = |hz: f64| nearest(hz / bin_hz).min(SHORT_FRAME / 2);
        // The discrete cosine transform of type II, orthonormal.
        let cosine = |n: usize, band: usize| {
            let norm = (if n == 0 { 1.0 } else { 2.0 } / BANDS as f64).sqrt();
            single(norm * (std::f64::consts::PI * n as f64 * (band as f64 + 0.5) / BANDS as f64).cos())
        };
        Self {
            cosines: (0..CEPSTRA).map(|n| std::array::from_fn(|band| cosine(n, band))).collect(),
            octaves: std::array::from_fn(|n| bin(OCTAVE_EDGES_HZ[n])..bin(OCTAVE_EDGES_HZ[n + 1])),
            sorted: Vec::with_capacity(SHORT_FRAME / 2),
            decibels: [0.0; BANDS],
            before: None,
            cepstrum_before: None,
            cepstra: [Moments::default(); CEPSTRA],
            changes: [Moments::default(); CEPSTRA],
            contrasts: [Moments::default(); OCTAVES],
            chroma: [Moments::default(); CLASSES],
            dynamics: [Moments::default(); DYNAMICS],
            heard: false,
        }
    }
}

impl FeatureMeter {
    /// Takes a short frame: its samples, its spectrum, its mel bands. Returns its onset strength: by how many decibels the bands
    /// grew, on average.
    pub fn push_short(&mut self, samples: &[f32], power: &Power<'_>, bands: &[f32]) -> f32 {
        for (decibels, band) in self.decibels.iter_mut().zip(bands) {
            *decibels = 10.0 * band.max(FLOOR).log10();
        }
        let onset = self.before.map_or(0.0, |before| self.decibels.iter().zip(before).map(|(now, before)| (now - before).max(0.0)).sum::<f32>() / BANDS as f32);
        self.before = Some(self.decibels);
        if is_silent(power) {
            self.cepstrum_before = None;
            return onset;
        }
        self.heard = true;
        self.push_timbre();
        self.push_contrast(power);
        self.push_dynamics(samples, power, onset);
        onset
    }

    /// Takes the pitch classes of a long frame.
    pub fn push_chroma(&mut self, chroma: &[f32; CLASSES]) {
        for (moments, class) in self.chroma.iter_mut().zip(chroma) {
            moments.push(*class);
        }
    }

    /// The numbers; none when nothing was heard.
    pub fn finish(self, rhythm: Option<&Rhythm>) -> Option<Features> {
        if !self.heard {
            return None;
        }
        let mut values = Vec::with_capacity(COUNT);
        values.extend(self.cepstra.iter().map(Moments::mean));
        values.extend(self.cepstra.iter().map(Moments::deviation));
        values.extend(self.changes.iter().map(Moments::deviation));
        values.extend(self.contrasts.iter().map(Moments::mean));
        values.extend(self.contrasts.iter().map(Moments::deviation));
        values.extend(self.chroma.iter().map(Moments::mean));
        values.extend(self.chroma.iter().map(Moments::deviation));
        values.extend(rhythm.map_or_else(|| vec![0.0; RHYTHM], |rhythm| rhythm.profile(RHYTHM)));
        values.extend(self.dynamics.iter().map(Moments::mean));
        values.extend(self.dynamics.iter().map(Moments::deviation));
        let values: Box<[f32; COUNT]> = values.into_boxed_slice().try_into().ok()?;
        Some(Features(values))
    }

    fn push_timbre(&mut self) {
        let decibels = &self.decibels;
        let cepstrum: [f32; CEPSTRA] = std::array::from_fn(|n| self.cosines[n].iter().zip(decibels).map(|(cosine, band)| cosine * band).sum());
        for n in 0..CEPSTRA {
            self.cepstra[n].push(cepstrum[n]);
            if let Some(before) = &self.cepstrum_before {
                self.changes[n].push(cepstrum[n] - before[n]);
            }
        }
        self.cepstrum_before = Some(cepstrum);
    }

    fn push_contrast(&mut self, power: &Power<'_>) {
        for (octave, moments) in self.octaves.iter().zip(&mut self.contrasts) {
            self.sorted.clear();
            self.sorted.extend_from_slice(power.bins().get(octave.clone()).unwrap_or_default());
            let share = nearest(CONTRAST_SHARE * self.sorted.len() as f64).max(1);
            if self.sorted.len() < 2 * share {
                continue;
            }
            let from_top = self.sorted.len() - share;
            self.sorted.select_nth_unstable_by(from_top, f32::total_cmp);
            let peak = self.sorted[from_top..].iter().sum::<f32>() / share as f32;
            self.sorted[..from_top].select_nth_unstable_by(share - 1, f32::total_cmp);
            let valley = self.sorted[..share].iter().sum::<f32>() / share as f32;
            moments.push(10.0 * ((peak + FLOOR * 1e-2) / (valley + FLOOR * 1e-2)).log10());
        }
    }

    fn push_dynamics(&mut self, samples: &[f32], power: &Power<'_>, onset: f32) {
        let bins = power.bins();
        let total = power.total();
        let level = samples.iter().map(|sample| sample * sample).sum::<f32>() / samples.len().max(1) as f32;
        let centroid = bins.iter().enumerate().map(|(bin, power)| bin as f32 * power).sum::<f32>() / total;
        // Geometric by arithmetic mean of the bands: 1 for noise, near 0 for tones.
        let flatness = self.decibels.iter().sum::<f32>() / BANDS as f32 - 10.0 * (total / BANDS as f32).max(FLOOR).log10();
        let sums = bins.iter().scan(0.0, |sum, power| {
            *sum += power;
            Some(*sum)
        });
        let rolloff = sums.take_while(|sum| *sum < ROLLOFF * total).count();
        let crossings = samples.windows(2).filter(|pair| (pair[0] < 0.0) != (pair[1] < 0.0)).count();
        let measured = [10.0 * level.max(FLOOR).log10(), (centroid + 1.0).ln(), flatness, (rolloff as f32 + 1.0).ln(), (crossings as f32 + 1.0).ln(), onset];
        for (moments, value) in self.dynamics.iter_mut().zip(measured) {
            moments.push(value);
        }
    }
}
