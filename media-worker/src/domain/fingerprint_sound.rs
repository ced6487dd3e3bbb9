//! The sound that a recording is fingerprinted by: mono, 11,025 Hz, 16 bits, as `fpcalc` has FFmpeg make it for Chromaprint.
//!
//! Chromaprint would resample by itself, but in whole numbers and to other phases: a few bits of a fingerprint came out otherwise.

/// What Chromaprint listens to, in hertz.
pub const RATE_HZ: u32 = 11_025;
/// How much of a recording `fpcalc` listens to.
const MOST_SECONDS: u32 = 120;

/// What `fpcalc` asks of libswresample: zero crossings of the filter, phases at most, and the end of the pass band as a share of the
/// lower rate's half; the window's shape is libswresample's default.
const FILTER_SIZE: f64 = 16.0;
const MOST_PHASES: u32 = 256;
const CUTOFF: f64 = 0.8;
const KAISER_BETA: f64 = 9.0;

/// Makes the sound, piece by piece.
#[derive(Debug)]
pub struct FingerprintSound {
    filter: Filter,
    source_hz: u64,
    channels: usize,
    /// Mono at the source's rate, from the first sample that is still needed; begins with a mirror of the recording's beginning.
    mono: Vec<f32>,
    /// The place of the first of them.
    mono_from: u64,
    begun: bool,
    made: u64,
}

impl FingerprintSound {
    /// For interleaved sound of one or more channels at `source_hz`; a rate or number of 0 counts as 1.
    pub fn new(source_hz: u32, channels: u8) -> Self {
        let source_hz = source_hz.max(1);
        Self {
            filter: Filter::from(source_hz),
            source_hz: u64::from(source_hz),
            channels: usize::from(channels.max(1)),
            mono: Vec::new(),
            mono_from: 0,
            begun: false,
            made: 0,
        }
    }

    /// Whether no more sound is listened to.
    pub const fn is_complete(&self) -> bool {
        self.made >= MOST_SECONDS as u64 * RATE_HZ as u64
    }

    /// Takes interleaved samples, and adds to `sound` what can be made with them.
    pub fn push(&mut self, interleaved: &[f32], sound: &mut Vec<i16>) {
        if self.is_complete() {
            return;
        }
        let share = 1.0 / f32::from(u16::try_from(self.channels).unwrap_or(u16::MAX));
        self.mono.extend(interleaved.chunks_exact(self.channels).map(|frame| frame.iter().map(|sample| sample * share).sum::<f32>()));
        let ahead = self.filter.center();
        if !self.begun && self.mono.len() > ahead {
            let mirror: Vec<f32> = self.mono[1..=ahead].iter().rev().copied().collect();
            self.mono.splice(..0, mirror);
            self.begun = true;
        }
        if self.begun {
            self.make(sound);
        }
    }

    /// Adds what is made with the end of the recording.
    pub fn finish(mut self, sound: &mut Vec<i16>) {
        if self.begun {
            let behind = self.filter.taps.div_ceil(2).min(self.mono.len());
            self.mono.extend_from_within(self.mono.len() - behind..);
            let mirror = self.mono.len() - behind;
            self.mono[mirror..].reverse();
            self.make(sound);
        }
    }

    fn make(&mut self, sound: &mut Vec<i16>) {
        let (phases, rate) = (self.filter.phases as u64, u64::from(RATE_HZ));
        while !self.is_complete() {
            // In steps of a phase of the source's rate, and what is left in parts of a step.
            let place = self.made * self.source_hz * phases;
            let (step, left) = (place / rate, place % rate);
            let Some(from) = (step / phases).checked_sub(self.mono_from).and_then(|from| usize::try_from(from).ok()) else { break };
            let Some(under) = self.mono.get(from..).and_then(|mono| mono.get(..self.filter.taps)) else { break };
            sound.push(sixteen_bits(self.filter.apply(under, usize::try_from(step % phases).unwrap_or(0), left)));
            self.made += 1;
        }
        let next = self.made * self.source_hz / rate;
        let done = usize::try_from(next.saturating_sub(self.mono_from)).unwrap_or(usize::MAX).min(self.mono.len());
        self.mono.drain(..done);
        self.mono_from += done as u64;
    }
}

/// A low-pass filter at fractions of a sample: a row for each phase, and the first one moved on behind them.
#[derive(Debug)]
struct Filter {
    rows: Vec<f32>,
    taps: usize,
    phases: usize,
}

impl Filter {
    /// As `build_filter` and `resample_init` of FFmpeg's `libswresample/resample.c` do.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a filter has 16 taps to a few hundred, of 1 at most")]
    fn from(source_hz: u32) -> Self {
        let phases = phases(source_hz);
        let factor = (f64::from(RATE_HZ) * CUTOFF / f64::from(source_hz)).min(1.0);
        let taps = ((FILTER_SIZE / factor).ceil() as usize).next_multiple_of(2);
        let center = (taps - 1) / 2;
        let width = factor * taps as f64 * std::f64::consts::PI;
        let tap = |phase: u32, tap: usize| {
            let x = std::f64::consts::PI * (tap as f64 - center as f64 - f64::from(phase) / f64::from(phases)) * factor;
            let sinc = if x == 0.0 { 1.0 } else { x.sin() / x };
            let w = 2.0 * x / width;
            sinc * bessel_i0(KAISER_BETA * (1.0 - w * w).max(0.0).sqrt())
        };
        let norm: f64 = (0..taps).map(|number| tap(0, number)).sum();
        let mut rows: Vec<f32> =
            (0..phases).flat_map(|phase| (0..taps).map(move |number| (phase, number))).map(|(phase, number)| (tap(phase, number) / norm) as f32).collect();
        rows.push(0.0);
        rows.extend_from_within(..taps - 1);
        Self { rows, taps, phases: phases as usize }
    }

    /// Samples before the one that is made.
    const fn center(&self) -> usize {
        (self.taps - 1) / 2
    }

    /// The sample at `phase`, and `left` parts of `RATE_HZ` of the way to the next phase.
    fn apply(&self, mono: &[f32], phase: usize, left: u64) -> f32 {
        let row = |number: usize| dot(mono, &self.rows[number * self.taps..(number + 1) * self.taps]);
        let sample = row(phase);
        if left == 0 {
            return sample;
        }
        #[expect(clippy::cast_precision_loss, reason = "less than 11,025")]
        let share = left as f32 / RATE_HZ as f32;
        sample + (row(phase + 1) - sample) * share
    }
}

/// How many phases a step of the source's rate has: as many as meet each sample of the result exactly, when those are not too many.
const fn phases(source_hz: u32) -> u32 {
    let exact = RATE_HZ / gcd(source_hz, RATE_HZ);
    if exact <= MOST_PHASES { exact * (MOST_PHASES / exact) } else { MOST_PHASES }
}

const fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The modified Bessel function of the first kind, order 0, by its power series (Abramowitz and Stegun 9.6.12); for up to 9 its terms
/// are nothing to a double after 40.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    (1..40)
        .map(f64::from)
        .scan(1.0, |term, k| {
            *term *= quarter / (k * k);
            Some(*term)
        })
        .sum::<f64>()
        + 1.0
}

/// In eight sums, which a processor adds side by side.
fn dot(samples: &[f32], taps: &[f32]) -> f32 {
    let ((samples, samples_left), (taps, taps_left)) = (samples.as_chunks::<8>(), taps.as_chunks::<8>());
    let mut sums = [0.0_f32; 8];
    for (samples, taps) in samples.iter().zip(taps) {
        for (sum, (sample, tap)) in sums.iter_mut().zip(samples.iter().zip(taps)) {
            *sum += sample * tap;
        }
    }
    sums.iter().sum::<f32>() + samples_left.iter().zip(taps_left).map(|(sample, tap)| sample * tap).sum::<f32>()
}

/// The nearest of the 65,536 values of 16 bits; of two as near the even one, as FFmpeg rounds.
#[expect(clippy::cast_possible_truncation, reason = "what is larger becomes the largest")]
fn sixteen_bits(sample: f32) -> i16 {
    (sample * 32_768.0).round_ties_even() as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(source: &[f32], source_hz: u32, channels: u8, frames: usize) -> Vec<i16> {
        let (mut sound, mut all) = (FingerprintSound::new(source_hz, channels), Vec::new());
        for piece in source.chunks(frames * usize::from(channels)) {
            sound.push(piece, &mut all);
        }
        sound.finish(&mut all);
        all
    }

    #[expect(clippy::cast_precision_loss, reason = "few samples")]
    fn sine(hz: f32, rate: u32, seconds: u32) -> Vec<f32> {
        (0..rate * seconds).map(|n| 0.5 * (std::f32::consts::TAU * (hz * n as f32 / rate as f32).fract()).sin()).collect()
    }

    fn peak(sound: &[i16]) -> u16 {
        sound[500..sound.len() - 500].iter().map(|sample| sample.unsigned_abs()).max().unwrap()
    }

    #[test]
    fn what_is_heard_is_kept_and_what_would_fold_back_is_not() {
        for rate in [8_000, 11_025, 22_050, 44_100, 48_000, 96_000, 37_811] {
            let kept = peak(&made(&sine(1_000.0, rate, 1), rate, 1, 1_000));
            assert!((16_300..=16_500).contains(&kept), "{rate} {kept}");
        }
        for rate in [22_050, 44_100, 48_000, 96_000] {
            let folded = peak(&made(&sine(8_000.0, rate, 1), rate, 1, 1_000));
            // 60 dB below the tone: FFmpeg's window ends a tap later than it begins, so a filter of one phase keeps a trace.
            assert!(folded <= 16, "{rate} {folded}");
        }
    }

    #[test]
    fn length_and_level_are_those_of_the_recording() {
        for (rate, channels) in [(44_100, 2), (48_000, 1), (4_000, 2), (384_000, 1), (37_811, 2)] {
            let sound = made(&vec![0.25; (rate * u32::from(channels)) as usize], rate, channels, 999);
            assert!((11_020..=11_026).contains(&sound.len()), "{rate} {}", sound.len());
            assert!(sound.iter().all(|sample| (8_190..=8_194).contains(sample)), "{rate} {:?}", sound.iter().max());
        }
    }

    #[test]
    fn pieces_make_what_the_whole_makes_and_channels_are_averaged() {
        let mono = sine(440.0, 48_000, 1);
        let whole = made(&mono, 48_000, 1, mono.len());
        assert_eq!(made(&mono, 48_000, 1, 7), whole);
        let stereo: Vec<f32> = mono.iter().flat_map(|sample| [sample * 2.0, 0.0]).collect();
        assert_eq!(made(&stereo, 48_000, 2, 1_024), whole);
    }

    #[test]
    fn two_minutes_are_enough_and_next_to_nothing_is_nothing() {
        assert_eq!(made(&vec![0.1; 8_000 * 125], 8_000, 1, 100_000).len(), 120 * 11_025);
        assert_eq!(made(&[0.1; 30], 44_100, 1, 7), Vec::<i16>::new());
        assert_eq!(made(&[], 44_100, 2, 1), Vec::<i16>::new());
    }

    #[test]
    fn samples_are_rounded_as_ffmpeg_rounds_them() {
        for (steps, rounded) in [(0.4, 0), (0.5, 0), (1.5, 2), (2.5, 2), (-0.5, 0), (-1.5, -2), (0.500_01, 1), (40_000.0, 32_767), (-40_000.0, -32_768)] {
            assert_eq!(sixteen_bits(steps / 32_768.0), rounded, "{steps}");
        }
    }
}
