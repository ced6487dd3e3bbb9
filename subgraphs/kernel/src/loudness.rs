//! The loudness of several recordings together, by the rule for one.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Blocks of 400 ms, three quarters overlapping, of a recording that are about as loud as one another (ITU-R BS.1770-5, annex 1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoudnessBin {
    /// Their loudness, rounded down, in tenths of LUFS; none is below -70 LUFS, the absolute gate.
    pub tenths_lufs: i16,
    /// How many.
    pub blocks: u32,
}

/// What the annex subtracts from the level of a block's energy.
const OFFSET: f64 = -0.691;
/// The relative gate in LU.
const GATE: f64 = -10.0;

impl LoudnessBin {
    /// Mean square of a block in the middle of the bin.
    fn energy(self) -> f64 {
        10_f64.powf((f64::from(self.tenths_lufs) / 10.0 + 0.05 - OFFSET) / 10.0)
    }
}

/// Integrated loudness in LUFS of everything that `bins` were counted in, as if it were one recording: exact to the width of a bin,
/// 0.05 LU. None for silence.
pub fn integrated(bins: &[LoudnessBin]) -> Option<f64> {
    let loudness = |gate: f64| {
        let passed = bins.iter().filter(|bin| bin.energy() >= gate);
        let (energy, blocks) = passed.fold((0.0, 0.0), |(energy, blocks), bin| (energy + f64::from(bin.blocks) * bin.energy(), blocks + f64::from(bin.blocks)));
        (blocks > 0.0).then(|| energy / blocks)
    };
    let gate = loudness(0.0)? * 10_f64.powf(GATE / 10.0);
    loudness(gate).map(|energy| OFFSET + 10.0 * energy.log10())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bin(tenths_lufs: i16, blocks: u32) -> LoudnessBin {
        LoudnessBin { tenths_lufs, blocks }
    }

    #[test]
    fn quiet_parts_below_the_gate_do_not_count_and_loud_ones_weigh_more() {
        assert_eq!(integrated(&[]), None);
        let close = |bins: &[LoudnessBin], expected: f64| (integrated(bins).unwrap() - expected).abs() < 0.01;
        assert!(close(&[bin(-230, 100)], -22.95));
        assert!(close(&[bin(-230, 100), bin(-450, 1000)], -22.95), "22 LU below");
        // Half the blocks 6.0206 dB louder: four times the energy, (1 + 4) / 2 of it on the whole.
        assert!(close(&[bin(-200, 10), bin(-140, 10)], -19.95 + 10.0 * ((1.0 + 10_f64.powf(0.6)) / 2.0).log10()));
    }

    #[test]
    fn the_gate_is_that_of_all_together() {
        // The quiet track's own gate would let it in.
        let (loud, quiet) = (bin(-100, 500), bin(-300, 500));
        let together = integrated(&[loud, quiet]).unwrap();
        assert!((together - integrated(&[loud]).unwrap()).abs() < 1e-9);
    }
}
