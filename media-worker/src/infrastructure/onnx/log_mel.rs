//! Log-mel frames as learned models want them: unlike the spectra that are measured here, these are not brought to any scale, for a
//! model expects what it was trained with.

use platform::config::{LogKind, OnnxConfig, Spectrum};

use crate::domain::hearing::mel::MelBank;
use crate::domain::hearing::spectrum::Frames;

/// Cuts mono sound into frames of mel bands.
pub(super) struct LogMel {
    frames: Frames,
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
        let (n_fft, mels) = (length(config.n_fft), length(config.mels));
        Self {
            frames: Frames::unscaled(length(config.window), n_fft, length(config.hop)),
            bins: vec![0.0; n_fft / 2 + 1],
            bank: MelBank::new(config.sample_rate_hz, n_fft, mels, f64::from(config.lowest_hz), f64::from(config.highest_hz)),
            bands: vec![0.0; mels],
            spectrum: config.spectrum,
            log: config.log,
        }
    }

    /// Takes samples, and gives each frame that is full now to `each`, up to its first failure.
    pub(super) fn push<E>(&mut self, samples: &[f32], mut each: impl FnMut(&[f32]) -> Result<(), E>) -> Result<(), E> {
        let Self { frames, bins, bank, bands, spectrum, log } = self;
        let mut outcome = Ok(());
        frames.push(samples, |_, power| {
            if outcome.is_err() {
                return;
            }
            for (bin, power) in bins.iter_mut().zip(power.bins()) {
                *bin = match spectrum {
                    Spectrum::Power => *power,
                    Spectrum::Magnitude => power.sqrt(),
                };
            }
            bank.apply(bins, bands);
            for band in &mut *bands {
                *band = match log {
                    LogKind::Natural => (*band + 0.01).ln(),
                    LogKind::Decibels => 10.0 * band.max(1e-10).log10(),
                    LogKind::Compressed => (1.0 + 10_000.0 * *band).log10(),
                };
            }
            outcome = each(bands);
        });
        outcome
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
