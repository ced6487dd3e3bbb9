//! Peaks to draw a recording with, in the JSON format of audiowaveform (version 2) and as a picture.

use std::fmt::Write as _;

use serde::Serialize;

/// Samples a point begins with; doubled whenever there are too many points.
const FIRST_SAMPLES_PER_PIXEL: u32 = 256;
/// Most points to zoom into: some seven a second of an hour.
pub const DETAIL: usize = 32_000;
/// Most points of the whole at a glance: a recording of some seconds or more has between half of it and all of it.
pub const OVERVIEW: usize = 2000;
/// Most points of the picture, each a unit wide; and its height.
const PICTURE: usize = 1000;
const PICTURE_HEIGHT: i32 = 256;

/// The lowest and highest sample of each stretch of a recording, channels averaged as audiowaveform does.
#[derive(Debug, Clone)]
pub struct Waveform {
    peaks: Peaks,
    open: Option<(f32, f32)>,
    open_samples: u32,
}

/// A finished waveform at one resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peaks {
    points: Vec<(i8, i8)>,
    samples_per_pixel: u32,
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
        Self { peaks: Peaks { points: Vec::new(), samples_per_pixel: FIRST_SAMPLES_PER_PIXEL }, open: None, open_samples: 0 }
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
            if self.open_samples == self.peaks.samples_per_pixel {
                self.close_point();
                if self.peaks.points.len() >= 2 * DETAIL {
                    self.peaks.halve();
                }
            }
        }
    }

    /// The peaks, at most [`DETAIL`].
    pub fn finish(mut self) -> Peaks {
        self.close_point();
        self.peaks.thinned(DETAIL)
    }

    fn close_point(&mut self) {
        if let Some((low, high)) = self.open.take() {
            self.peaks.points.push((eight_bits(low), eight_bits(high)));
        }
        self.open_samples = 0;
    }
}

impl Peaks {
    /// The same in at most `most` points, each the extremes of those it replaces.
    #[must_use]
    pub fn thinned(mut self, most: usize) -> Self {
        while self.points.len() > most.max(1) {
            self.halve();
        }
        self
    }

    /// The document; readable by audiowaveform's own tools and by peaks.js.
    pub fn json(&self, sample_rate_hz: u32) -> Result<Vec<u8>, serde_json::Error> {
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

    /// A picture that takes the colour of the text around it and any size: SVG 1.1.
    pub fn svg(&self) -> String {
        let peaks = self.clone().thinned(PICTURE);
        let (width, middle) = (peaks.points.len().max(1), PICTURE_HEIGHT / 2);
        let mut path = String::new();
        // There along the tops, back along the bottoms; a silent stretch stays a line one unit high.
        for (x, (_, high)) in peaks.points.iter().enumerate() {
            let _ = write!(path, "{}{x} {}", if x == 0 { 'M' } else { 'L' }, middle - i32::from(*high).max(0) - 1);
        }
        for (x, (low, _)) in peaks.points.iter().enumerate().rev() {
            let _ = write!(path, "L{x} {}", middle - i32::from(*low).min(0));
        }
        if !path.is_empty() {
            path.push('Z');
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {PICTURE_HEIGHT}\" preserveAspectRatio=\"none\"><path d=\"{path}\" fill=\"currentColor\"/></svg>"
        )
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
        serde_json::from_slice(&waveform.finish().thinned(OVERVIEW).json(44_100).unwrap()).unwrap()
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

    #[test]
    fn the_detail_is_finer_than_the_overview_and_bounded() {
        let mut waveform = Waveform::default();
        for _ in 0..400 {
            waveform.push(&vec![0.25; 44_100], 1);
        }
        let detail = waveform.finish();
        assert!((DETAIL / 2..=DETAIL).contains(&detail.points.len()), "{}", detail.points.len());
        assert!(detail.samples_per_pixel < detail.clone().thinned(OVERVIEW).samples_per_pixel);
    }

    #[test]
    fn the_picture_is_well_formed_whatever_is_drawn() {
        for samples in [&[][..], &[0.5], &[f32::NAN, -1.0, 1.0], &[0.1; 1_000_000]] {
            let mut waveform = Waveform::default();
            waveform.push(samples, 1);
            let svg = waveform.finish().svg();
            let mut reader = quick_xml::Reader::from_str(&svg);
            while !matches!(reader.read_event().unwrap(), quick_xml::events::Event::Eof) {}
            assert!(svg.contains("viewBox") && svg.len() < 40_000, "{}", svg.len());
        }
    }
}
