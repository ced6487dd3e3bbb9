//! Silence before the first sound and after the last.

/// Quieter than -60 dB of full scale is silence: below the noise of most rooms, above that of dithering.
const THRESHOLD: f32 = 0.001;

/// Watches for the first and last sound.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EdgeSilence {
    frames: u64,
    first: Option<u64>,
    last: u64,
}

impl EdgeSilence {
    /// Takes interleaved samples.
    pub fn push(&mut self, interleaved: &[f32], channels: u8) {
        for frame in interleaved.chunks_exact(usize::from(channels.max(1))) {
            if frame.iter().any(|sample| sample.abs() >= THRESHOLD) {
                self.first.get_or_insert(self.frames);
                self.last = self.frames;
            }
            self.frames += 1;
        }
    }

    /// Samples a channel before the first sound: all of them in a silent recording.
    pub fn leading(&self) -> u64 {
        self.first.unwrap_or(self.frames)
    }

    /// Samples a channel after the last sound: none in a silent recording, whose silence is all leading.
    pub fn trailing(&self) -> u64 {
        if self.first.is_some() { self.frames - self.last - 1 } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn silence(samples: &[f32], channels: u8) -> (u64, u64) {
        let mut silence = EdgeSilence::default();
        for piece in samples.chunks(2) {
            silence.push(piece, channels);
        }
        (silence.leading(), silence.trailing())
    }

    #[test]
    fn both_ends_are_counted_in_samples_a_channel() {
        assert_eq!(silence(&[0.0, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0], 2), (1, 2));
        assert_eq!(silence(&[0.0, 0.0005, 0.1, -0.2], 1), (2, 0));
    }

    #[test]
    fn silence_is_all_leading_and_nothing_is_none() {
        assert_eq!(silence(&[0.0; 10], 1), (10, 0));
        assert_eq!(silence(&[], 2), (0, 0));
        assert_eq!(silence(&[f32::NAN; 4], 1), (4, 0));
    }
}
