//! How many of a recording's gating blocks are how loud (ITU-R BS.1770-5, annex 1): what the loudness of an album is reckoned from.

use std::collections::BTreeMap;

use kernel::loudness::LoudnessBin;

/// Blocks that are quieter do not count.
const ABSOLUTE_GATE_LUFS: f64 = -70.0;
/// A block has so many steps of 100 ms.
const STEPS_A_BLOCK: u32 = 4;

/// Blocks counted so far.
#[derive(Debug)]
pub struct BlockCount {
    step_frames: usize,
    in_step: usize,
    /// Steps so far, as long as they make no block.
    steps: u32,
    bins: BTreeMap<i16, u32>,
}

impl BlockCount {
    /// At so many samples a second.
    pub const fn at(rate_hz: u32) -> Self {
        // Rounded as the meter rounds it.
        Self { step_frames: ((rate_hz + 5) / 10) as usize, in_step: 0, steps: 0, bins: BTreeMap::new() }
    }

    /// Frames until the step is complete; one or more.
    pub const fn missing_frames(&self) -> usize {
        self.step_frames - self.in_step
    }

    /// Takes `frames`, at most the missing ones; whether a block is complete now.
    pub fn advance(&mut self, frames: usize) -> bool {
        self.in_step += frames;
        if self.in_step < self.step_frames {
            return false;
        }
        self.in_step = 0;
        self.steps = STEPS_A_BLOCK.min(self.steps + 1);
        self.steps == STEPS_A_BLOCK
    }

    /// Counts the block that is complete.
    pub fn add(&mut self, lufs: f64) {
        if lufs >= ABSOLUTE_GATE_LUFS {
            #[expect(clippy::cast_possible_truncation, reason = "tenths of a level between -70 and some tens")]
            let tenths = (lufs * 10.0).floor() as i16;
            *self.bins.entry(tenths).or_default() += 1;
        }
    }

    /// What was counted, the quietest first.
    pub fn finish(self) -> Vec<LoudnessBin> {
        self.bins.into_iter().map(|(tenths_lufs, blocks)| LoudnessBin { tenths_lufs, blocks }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fourth_step_ends_the_first_block_and_each_one_after_it_another() {
        let mut count = BlockCount::at(44_100);
        let ends: Vec<bool> = (0..6)
            .flat_map(|_| {
                let half = count.missing_frames() / 2;
                [count.advance(half), count.advance(4_410 - half)]
            })
            .collect();
        assert_eq!(ends.iter().enumerate().filter(|(_, ended)| **ended).map(|(n, _)| n).collect::<Vec<_>>(), [7, 9, 11]);
    }

    #[test]
    fn levels_are_rounded_down_and_silence_is_left_out() {
        let mut count = BlockCount::at(48_000);
        for lufs in [-23.01, -23.09, -23.11, -70.1, f64::NEG_INFINITY] {
            count.add(lufs);
        }
        assert_eq!(count.finish(), [LoudnessBin { tenths_lufs: -232, blocks: 1 }, LoudnessBin { tenths_lufs: -231, blocks: 2 }]);
    }
}
