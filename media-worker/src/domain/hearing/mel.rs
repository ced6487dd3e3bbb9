//! Bands as wide as the ear's: triangles, equally spaced on the mel scale (HTK's formula, 2595 log₁₀(1 + f/700): S. Young et al.,
//! The HTK Book, §5.4).

/// Hertz: below it there is little but rumble.
pub const LOWEST_HZ: f64 = 40.0;

/// Sums power into bands.
#[derive(Debug, Clone)]
pub struct MelBank {
    bands: Vec<Band>,
}

#[derive(Debug, Clone)]
struct Band {
    first_bin: usize,
    weights: Vec<f32>,
}

fn mel(hz: f64) -> f64 {
    2595.0 * (1.0 + hz / 700.0).log10()
}

fn hz(mel: f64) -> f64 {
    700.0 * (10_f64.powf(mel / 2595.0) - 1.0)
}

impl MelBank {
    /// `bands` triangles between two frequencies in hertz, for frames of `frame` samples.
    pub fn new(sample_rate_hz: u32, frame: usize, bands: usize, lowest_hz: f64, highest_hz: f64) -> Self {
        let bin_hz = f64::from(sample_rate_hz) / frame as f64;
        let (low, high) = (mel(lowest_hz), mel(highest_hz));
        let edge = |n: usize| hz(low + (high - low) * n as f64 / (bands + 1) as f64) / bin_hz;
        let band = |n: usize| {
            let (left, centre, right) = (edge(n), edge(n + 1), edge(n + 2));
            let first_bin = super::nearest(left.ceil());
            let last_bin = super::nearest(right.floor()).min(frame / 2);
            let mut weights: Vec<f32> = (first_bin..=last_bin)
                .map(|bin| {
                    let at = bin as f64;
                    super::single(if at <= centre { (at - left) / (centre - left) } else { (right - at) / (right - centre) }.clamp(0.0, 1.0))
                })
                .collect();
            // Low bands may be narrower than a bin: they take the nearest whole.
            let mut first_bin = first_bin;
            if weights.iter().sum::<f32>() < 0.5 {
                (first_bin, weights) = (super::nearest(centre).min(frame / 2), vec![1.0]);
            }
            Band { first_bin, weights }
        };
        Self { bands: (0..bands).map(band).collect() }
    }

    /// Writes the power of each band to `out`.
    pub fn apply(&self, bins: &[f32], out: &mut [f32]) {
        for (out, band) in out.iter_mut().zip(&self.bands) {
            *out = bins.iter().skip(band.first_bin).zip(&band.weights).map(|(bin, weight)| bin * weight).sum();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_band_hears_something_and_a_tone_is_heard_in_its_own() {
        let bank = MelBank::new(22_050, 2048, 96, LOWEST_HZ, 11_025.0);
        let mut out = vec![0.0; 96];
        bank.apply(&[1.0; 1025], &mut out);
        assert!(out.iter().all(|band| *band > 0.5), "{out:?}");
        let mut bins = [0.0; 1025];
        bins[93] = 1.0;
        bank.apply(&bins, &mut out);
        let loudest = out.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).unwrap().0;
        let (low, high) = (mel(LOWEST_HZ), mel(11_025.0));
        let centre = hz(low + (high - low) * (loudest + 1) as f64 / 97.0);
        assert!((centre - 93.0 * 22_050.0 / 2048.0).abs() < 40.0, "{centre}");
    }
}
