//! Log-mel frames as learned models want them: unlike the spectra that are measured here, these are not brought to any scale, for a
//! model expects what it was trained with.

use std::sync::Arc;

use platform::config::{LogKind, OnnxConfig, Spectrum};
use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use crate::domain::hearing::mel::MelBank;
use crate::domain::hearing::single;

/// Cuts mono sound into frames of mel bands.
pub(super) struct LogMel {
    hop: usize,
    window: Vec<f32>,
    fft: Arc<dyn RealToComplex<f32>>,
    held: Vec<f32>,
    padded: Vec<f32>,
    transformed: Vec<Complex<f32>>,
    bins: Vec<f32>,
    bank: MelBank,
    bands: Vec<f32>,
    spectrum: Spectrum,
    log: LogKind,
}

impl LogMel {
    /// As `config` says, whose numbers must be possible ones.
    pub(super) fn new(config: &OnnxConfig) -> Self {
        let length = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let (window, n_fft, mels) = (length(config.window), length(config.n_fft), length(config.mels));
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(n_fft);
        let step = std::f64::consts::TAU / f64::from(config.window);
        Self {
            hop: length(config.hop),
            window: (0..config.window).map(|n| single(0.5 - 0.5 * (step * f64::from(n)).cos())).collect(),
            held: Vec::with_capacity(2 * window),
            padded: vec![0.0; n_fft],
            transformed: fft.make_output_vec(),
            bins: vec![0.0; n_fft / 2 + 1],
            bank: MelBank::new(config.sample_rate_hz, n_fft, mels, f64::from(config.lowest_hz), f64::from(config.highest_hz)),
            bands: vec![0.0; mels],
            spectrum: config.spectrum,
            log: config.log,
            fft,
        }
    }

    /// Takes samples, and gives each frame that is full now to `each`.
    pub(super) fn push<E>(&mut self, samples: &[f32], mut each: impl FnMut(&[f32]) -> Result<(), E>) -> Result<(), E> {
        let length = self.window.len();
        for piece in samples.chunks(length) {
            self.held.extend(piece.iter().map(|sample| if sample.is_finite() { sample.clamp(-8.0, 8.0) } else { 0.0 }));
            let mut at = 0;
            while self.held.len() - at >= length {
                self.frame(at);
                each(&self.bands)?;
                at += self.hop;
            }
            self.held.drain(..at);
        }
        Ok(())
    }

    fn frame(&mut self, at: usize) {
        self.padded.fill(0.0);
        for ((out, sample), weight) in self.padded.iter_mut().zip(&self.held[at..]).zip(&self.window) {
            *out = sample * weight;
        }
        // Fails only for buffers of another length than its own.
        if self.fft.process(&mut self.padded, &mut self.transformed).is_err() {
            return;
        }
        for (bin, value) in self.bins.iter_mut().zip(&self.transformed) {
            *bin = match self.spectrum {
                Spectrum::Power => value.norm_sqr(),
                Spectrum::Magnitude => value.norm(),
            };
        }
        self.bank.apply(&self.bins, &mut self.bands);
        for band in &mut self.bands {
            *band = match self.log {
                LogKind::Natural => (*band + 0.01).ln(),
                LogKind::Decibels => 10.0 * band.max(1e-10).log10(),
                LogKind::Compressed => (1.0 + 10_000.0 * *band).log10(),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use platform::config::InputShape;

    use super::*;

    fn config(log: LogKind, spectrum: Spectrum) -> OnnxConfig {
        OnnxConfig {
            file: "model.onnx".into(),
            id: "test".into(),
            version: 1,
            dim: 8,
            sample_rate_hz: 16_000,
            window: 400,
            n_fft: 512,
            hop: 160,
            mels: 64,
            lowest_hz: 125,
            highest_hz: 7500,
            spectrum,
            log,
            input: InputShape::Patches,
            frames: 96,
        }
    }

    fn frames(config: &OnnxConfig, samples: &[f32], piece: usize) -> Vec<Vec<f32>> {
        let (mut mel, mut frames) = (LogMel::new(config), Vec::new());
        for piece in samples.chunks(piece) {
            let Ok(()) = mel.push(piece, |frame| {
                frames.push(frame.to_vec());
                Ok::<_, Infallible>(())
            });
        }
        frames
    }

    #[test]
    fn silence_is_the_logs_floor_and_frames_are_as_many_as_fit() {
        for (log, floor) in [(LogKind::Natural, 0.01_f32.ln()), (LogKind::Decibels, -100.0), (LogKind::Compressed, 0.0)] {
            let frames = frames(&config(log, Spectrum::Power), &[0.0; 16_000], 16_000);
            assert_eq!(frames.len(), (16_000 - 400) / 160 + 1);
            assert!(frames.iter().flatten().all(|band| (band - floor).abs() < 1e-4), "{log:?}");
        }
    }

    #[test]
    fn a_tone_has_the_height_that_the_transform_gives_it() {
        let tone: Vec<f32> = (0..16_000_u16).map(|n| (std::f32::consts::TAU * 1000.0 / 16_000.0 * f32::from(n)).sin()).collect();
        let (power, magnitude) = (
            frames(&config(LogKind::Decibels, Spectrum::Power), &tone, 16_000).remove(10),
            frames(&config(LogKind::Decibels, Spectrum::Magnitude), &tone, 16_000).remove(10),
        );
        let loudest = |frame: &[f32]| frame.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map(|(band, _)| band).unwrap();
        assert_eq!(loudest(&power), loudest(&magnitude));
        // A full sine under a Hann window of 400: half of it in each half of the spectrum, half of that by the window.
        let peak = power[loudest(&power)];
        assert!((peak - 20.0 * 100_f32.log10()).abs() < 3.0, "{peak}");
    }

    #[test]
    fn pieces_do_not_matter() {
        let samples: Vec<f32> = (0..20_000_u16).map(|n| (f32::from(n) * 0.05).sin() * 0.3).collect();
        let config = config(LogKind::Natural, Spectrum::Magnitude);
        for piece in [1, 37, 400, 5000] {
            assert_eq!(frames(&config, &samples, piece), frames(&config, &samples, 20_000), "{piece}");
        }
    }
}
