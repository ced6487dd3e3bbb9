//! Peaks to draw a recording with, in the JSON format of audiowaveform (version 2).

use serde::Serialize;

/// Samples a point begins with; doubled whenever there are too many points.
const FIRST_SAMPLES_PER_PIXEL: u32 = 256;
/// Most points of a finished waveform: a recording of some seconds or more has between half of it and all of it.
const MOST_POINTS: usize = 2000;

/// The lowest and highest sample of each stretch of a recording, channels averaged as audiowaveform does.
#[derive(Debug, Clone)]
pub struct Waveform {
    points: Vec<(i8, i8)>,
    samples_per_pixel: u32,
    open: Option<(f32, f32)>,
    open_samples: u32,
}

#[derive(Serialize)]
struct Document {
    version: u8,
    channels: u8,
    sample_rate: u32,
    samples_per_pixel: u32,
    bits: u8,
    length: usize,
    data: Vec<i8>,
}

impl Default for Waveform {
    fn default() -> Self {
        Self { points: Vec::new(), samples_per_pixel: FIRST_SAMPLES_PER_PIXEL, open: None, open_samples: 0 }
    }
}

impl Waveform {
    /// Takes interleaved samples between -1 and 1.
    pub fn push(&mut self, interleaved: &[f32], channels: u8) {
        let channels = usize::from(channels.max(1));
        let scale = if channels == 2 { 0.5 } else { 1.0 };
        for frame in interleaved.chunks_exact(channels) {
            let sample = frame.iter().sum::<f32>() * scale;
            let (low, high) = self.open.unwrap_or((sample, sample));
            self.open = Some((low.min(sample), high.max(sample)));
            self.open_samples += 1;
            if self.open_samples == self.samples_per_pixel {
                self.close_point();
                if self.points.len() >= 2 * MOST_POINTS {
                    self.halve();
                }
            }
        }
    }

    /// The document; readable by audiowaveform's own tools and by peaks.js.
    pub fn finish(mut self, sample_rate_hz: u32) -> Result<Vec<u8>, serde_json::Error> {
        self.close_point();
        while self.points.len() > MOST_POINTS {
            self.halve();
        }
        serde_json::to_vec(&Document {
            version: 2,
            channels: 1,
            sample_rate: sample_rate_hz,
            samples_per_pixel: self.samples_per_pixel,
            bits: 8,
            length: self.points.len(),
            data: self.points.iter().flat_map(|(low, high)| [*low, *high]).collect(),
        })
    }

    fn close_point(&mut self) {
        if let Some((low, high)) = self.open.take() {
            self.points.push((eight_bits(low), eight_bits(high)));
        }
        self.open_samples = 0;
    }

    fn halve(&mut self) {
        self.points = self.points.chunks(2).map(|pair| (pair.iter().map(|p| p.0).min().unwrap_or(0), pair.iter().map(|p| p.1).max().unwrap_or(0))).collect();
        self.samples_per_pixel *= 2;
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the range of the target")]
fn eight_bits(sample: f32) -> i8 {
    (sample * 128.0).floor().clamp(-128.0, 127.0) as i8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(samples: &[f32], channels: u8) -> serde_json::Value {
        let mut waveform = Waveform::default();
        for chunk in samples.chunks(1000 * usize::from(channels)) {
            waveform.push(chunk, channels);
        }
        serde_json::from_slice(&waveform.finish(44_100).unwrap()).unwrap()
    }

    #[test]
    fn points_are_the_extremes_of_their_stretch() {
        let mut samples = vec![0.0; 512];
        samples[10] = 0.5;
        samples[300] = -1.0;
        let document = document(&samples, 1);
        assert_eq!(document["samples_per_pixel"], 256);
        assert_eq!(document["length"], 2);
        assert_eq!(document["data"], serde_json::json!([0, 64, -128, 0]));
    }

    #[test]
    fn a_long_recording_has_between_one_and_two_thousand_points() {
        for samples in [44_100 * 20, 44_100 * 400, 256 * 4000, 256 * 4000 + 1] {
            let document = document(&vec![0.25; samples], 1);
            let length = document["length"].as_u64().unwrap();
            assert!((1000..=2000).contains(&length), "{samples}: {length}");
            let spp = document["samples_per_pixel"].as_u64().unwrap();
            assert_eq!(length, (samples as u64).div_ceil(spp), "{samples}");
            assert_eq!(document["data"].as_array().unwrap().len() as u64, 2 * length);
        }
    }

    #[test]
    fn channels_are_averaged() {
        assert_eq!(document(&[1.0, 0.0, 0.5, -0.5], 2)["data"], serde_json::json!([0, 64]));
    }
}
