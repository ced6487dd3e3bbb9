//! More than two channels become stereo by the matrix of ITU-R BS.775-4, Annex 4 (table 2): the front pair whole, the centre and each
//! surround channel at -3 dB, the low-frequency channel left out. A recording is never folded to mono.

/// -3 dB.
const HALF_POWER: f32 = std::f32::consts::FRAC_1_SQRT_2;

/// The most channels a source may have: 7.1.
pub const MOST_CHANNELS: u32 = 8;

/// How much of each source channel goes to the left and to the right. No sum exceeds full scale: both rows are divided by the
/// larger of their sums, which leaves the proportions and lowers the level (loudness is measured after it).
#[derive(Debug, Clone, PartialEq)]
pub struct StereoMatrix {
    /// One coefficient a source channel.
    pub left: Vec<f32>,
    /// One coefficient a source channel.
    pub right: Vec<f32>,
}

impl StereoMatrix {
    /// For a source of `channels` channels, whose places the bits of `mask` name in GStreamer's numbering, lowest first. When the
    /// mask does not fit, the places are those that WAVE and FLAC (RFC 9639 §9.1.3) give to so many channels.
    pub fn new(channels: u32, mask: u64) -> Self {
        let mask = if mask.count_ones() == channels { mask } else { usual_mask(channels) };
        let mut places: Vec<u32> = (0..u64::BITS).filter(|bit| mask >> bit & 1 == 1).collect();
        // Channels beyond the places we know go to both sides.
        places.resize(usize::try_from(channels).unwrap_or(0), u32::MAX);
        let (left, right): (Vec<f32>, Vec<f32>) = places.into_iter().map(shares).unzip();
        let loudest = left.iter().sum::<f32>().max(right.iter().sum::<f32>()).max(1.0);
        Self { left: left.iter().map(|share| share / loudest).collect(), right: right.iter().map(|share| share / loudest).collect() }
    }
}

/// The shares of left and right in the channel at `place`.
const fn shares(place: u32) -> (f32, f32) {
    match place {
        // Front left and right.
        0 => (1.0, 0.0),
        1 => (0.0, 1.0),
        // Front centre.
        2 => (HALF_POWER, HALF_POWER),
        // Low-frequency effects.
        3 | 9 => (0.0, 0.0),
        // Rear, front of centre, side, top front, top rear, top side, bottom front, wide, surround: left, then right.
        4 | 6 | 10 | 12 | 16 | 18 | 22 | 24 | 26 => (HALF_POWER, 0.0),
        5 | 7 | 11 | 13 | 17 | 19 | 23 | 25 | 27 => (0.0, HALF_POWER),
        // One surround channel, and others in the middle: both sides share the power that a pair would have.
        _ => (0.5, 0.5),
    }
}

const fn usual_mask(channels: u32) -> u64 {
    match channels {
        3 => 0b111,
        4 => 0b11_0011,
        5 => 0b11_0111,
        6 => 0b11_1111,
        7 => 0b1101_0000_1111,
        8 => 0b1100_0011_1111,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::cast_possible_truncation, reason = "shares are at most one")]
    fn five_channels_and_one_are_mixed_as_bs_775_says() {
        let matrix = StereoMatrix::new(6, 0b11_1111);
        let unit = matrix.left[0];
        let relative = |row: &[f32]| row.iter().map(|share| (share / unit * 1e4).round() as i32).collect::<Vec<_>>();
        assert_eq!(relative(&matrix.left), [10_000, 0, 7_071, 0, 7_071, 0]);
        assert_eq!(relative(&matrix.right), [0, 10_000, 7_071, 0, 0, 7_071]);
    }

    #[test]
    fn no_number_of_channels_overflows_or_folds_to_mono() {
        for channels in 3..=MOST_CHANNELS {
            for mask in [0, (1 << channels) - 1, usual_mask(channels)] {
                let StereoMatrix { left, right } = StereoMatrix::new(channels, mask);
                assert_eq!((left.len(), right.len()), (channels as usize, channels as usize));
                assert!(left.iter().sum::<f32>() <= 1.000_01 && right.iter().sum::<f32>() <= 1.000_01, "{channels} {mask:b}");
                assert_ne!(left, right, "{channels} {mask:b}");
            }
        }
    }
}
