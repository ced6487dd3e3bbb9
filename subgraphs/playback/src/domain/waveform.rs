//! Peaks to draw a recording with: audiowaveform's JSON format, version 2, thinned to what a screen can show.

use kernel::InvalidField;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

/// How many points are wanted: 1 to [`Points::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Points(u32);

impl Points {
    /// Most points an answer holds.
    pub const MOST: u32 = 2000;

    /// `wanted`, unless out of range.
    pub fn parse(wanted: i32) -> Result<Self, InvalidField> {
        let points = u32::try_from(wanted).ok().filter(|points| (1..=Self::MOST).contains(points));
        points.map(Self).ok_or_else(|| InvalidField::new("points", format!("must be between 1 and {}", Self::MOST)))
    }
}

/// A waveform: pairs of lowest and highest sample.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waveform {
    /// Samples a second of the recording.
    pub sample_rate: u32,
    /// Samples a point stands for.
    pub samples_per_pixel: u32,
    /// Bits a value has: 8 or 16.
    pub bits: u8,
    /// Lowest, highest, lowest, highest … An odd one is refused.
    #[serde(deserialize_with = "pairs")]
    pub data: Vec<i16>,
}

fn pairs<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<i16>, D::Error> {
    let data = Vec::deserialize(deserializer)?;
    if data.len() % 2 == 0 { Ok(data) } else { Err(D::Error::invalid_length(data.len(), &"pairs of lowest and highest")) }
}

impl Waveform {
    /// The same in at most `points` points, each the extremes of those it replaces.
    #[must_use]
    pub fn thinned(mut self, Points(points): Points) -> Self {
        let have = u32::try_from(self.data.len() / 2).unwrap_or(u32::MAX);
        let step = have.div_ceil(points);
        if step > 1 {
            self.data = self
                .data
                .chunks(2 * step as usize)
                .flat_map(|stretch| {
                    let low = stretch.iter().step_by(2).min().copied().unwrap_or_default();
                    let high = stretch.iter().skip(1).step_by(2).max().copied().unwrap_or_default();
                    [low, high]
                })
                .collect();
            self.samples_per_pixel = self.samples_per_pixel.saturating_mul(step);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_without_its_other_half_is_refused() {
        // Found by fuzzing: of one point there would have been three values.
        let odd = r#"{"sample_rate":96000,"samples_per_pixel":65536,"bits":16,"data":[-326,7,8]}"#;
        assert!(serde_json::from_str::<Waveform>(odd).is_err());
    }

    #[test]
    fn thinning_keeps_the_extremes() {
        let waveform = Waveform { sample_rate: 44_100, samples_per_pixel: 256, bits: 8, data: vec![-1, 1, -5, 2, 0, 9, -3, 3, -2, 2] };
        let thin = waveform.clone().thinned(Points(3));
        assert_eq!((thin.data, thin.samples_per_pixel), (vec![-5, 2, -3, 9, -2, 2], 512));
        assert_eq!(waveform.clone().thinned(Points(5)), waveform);
    }
}
