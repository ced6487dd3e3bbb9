//! Overlapping frames of a stream and their power spectra: Hann window, real Fourier transform (crate `realfft`).

use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

/// Cuts a stream into frames and transforms each.
pub struct Frames {
    hop: usize,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    held: Vec<f32>,
    windowed: Vec<f32>,
    spectrum: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    bins: Vec<f32>,
    scale: f32,
    taken: u64,
}

/// The power of a frame at each frequency: a sine at full scale has about 1 at its own.
#[derive(Debug, Clone, Copy)]
pub struct Power<'frame> {
    bins: &'frame [f32],
}

impl<'frame> Power<'frame> {
    /// Of these bins.
    pub const fn new(bins: &'frame [f32]) -> Self {
        Self { bins }
    }

    /// From 0 Hz to half the sample rate.
    pub const fn bins(&self) -> &'frame [f32] {
        self.bins
    }

    /// All bins together.
    pub fn total(&self) -> f32 {
        self.bins.iter().sum()
    }
}

impl Frames {
    /// Frames of `length` samples (even), one every `hop` (at most `length`).
    pub fn new(length: usize, hop: usize) -> Self {
        let mut frames = Self::unscaled(length, length, hop);
        // The amplitude of a sine is spread over two halves of the spectrum and lessened by the window.
        let gain = 2.0 / frames.window.iter().sum::<f32>();
        frames.scale = gain * gain;
        frames
    }

    /// The same with silence behind each frame up to `fft_length`, and with the power as the transform gives it.
    pub fn unscaled(length: usize, fft_length: usize, hop: usize) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(fft_length);
        let step = std::f64::consts::TAU / length as f64;
        Self {
            hop,
            window: (0..length).map(|n| super::single(0.5 - 0.5 * (step * n as f64).cos())).collect(),
            held: Vec::with_capacity(2 * length),
            windowed: vec![0.0; fft_length],
            spectrum: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            bins: vec![0.0; fft_length / 2 + 1],
            scale: 1.0,
            fft,
            taken: 0,
        }
    }

    /// Takes samples, and gives each frame that is full now with its spectrum to `each`.
    pub fn push(&mut self, samples: &[f32], mut each: impl FnMut(&[f32], &Power<'_>)) {
        self.taken += samples.len() as u64;
        let length = self.window.len();
        // Piece by piece, so that what is held stays small however much comes at once.
        for piece in samples.chunks(length) {
            // What is no number would spoil every later sum, and beyond full scale is a damaged file.
            self.held.extend(piece.iter().map(|sample| if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 }));
            let mut at = 0;
            while self.held.len() - at >= length {
                let frame = &self.held[at..at + length];
                // The transform works in it.
                self.windowed.fill(0.0);
                for ((out, sample), weight) in self.windowed.iter_mut().zip(frame).zip(&self.window) {
                    *out = sample * weight;
                }
                // Fails only for buffers of another length than its own.
                if self.fft.process_with_scratch(&mut self.windowed, &mut self.spectrum, &mut self.scratch).is_ok() {
                    for (bin, value) in self.bins.iter_mut().zip(&self.spectrum) {
                        *bin = value.norm_sqr() * self.scale;
                    }
                    each(frame, &Power::new(&self.bins));
                }
                at += self.hop;
            }
            self.held.drain(..at);
        }
    }

    /// Samples taken so far.
    pub const fn taken(&self) -> u64 {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sine_has_its_power_at_its_own_frequency() {
        let mut frames = Frames::new(1024, 256);
        let samples: Vec<f32> = (0..4096_u16).map(|n| (std::f32::consts::TAU * 64.0 / 1024.0 * f32::from(n)).sin() * 0.5).collect();
        let mut count = 0;
        frames.push(&samples, |frame, power| {
            assert_eq!(frame.len(), 1024);
            assert!((power.bins()[64] - 0.25).abs() < 1e-3, "{}", power.bins()[64]);
            assert!(power.bins()[80] < 1e-8);
            count += 1;
        });
        assert_eq!((count, frames.taken()), ((4096 - 1024) / 256 + 1, 4096));
    }
}
