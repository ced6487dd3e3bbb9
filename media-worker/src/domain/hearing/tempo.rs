//! The beat: autocorrelation of onset strength, with a preference for tempos that people tap (D. P. W. Ellis, "Beat Tracking by
//! Dynamic Programming", Journal of New Music Research 36(1), 2007: §3.2 has the log-normal preference around 120 beats a minute).
//! A tempo that is as regular at twice the speed counts for less, so that a metronome is not taken for half of itself.

use super::{SAMPLE_RATE_HZ, SHORT_HOP, nearest, single};

/// Onset values a second.
const FRAMES_PER_SECOND: f64 = SAMPLE_RATE_HZ as f64 / SHORT_HOP as f64;
/// Onset values correlated at once: 24 s, so that a tempo may drift.
const WINDOW: usize = 1024;
/// Fewer are no rhythm: 3 s.
const SHORTEST: usize = 130;
/// Beats a minute that are looked for.
const SLOWEST_BPM: f64 = 40.0;
const FASTEST_BPM: f64 = 240.0;
/// Beats a minute that people prefer, and how wide that is, in octaves.
const PREFERRED_BPM: f64 = 120.0;
const PREFERENCE_OCTAVES: f64 = 0.9;
/// A lag is believed by its multiples as well: they sharpen it.
const MULTIPLES: usize = 4;
const LONGEST_LAG: usize = 300;

/// A tempo.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tempo {
    /// Beats a minute.
    pub bpm: f64,
    /// 0 to 1: how regular the beat is, as the mean correlation of the recording with itself one to four beats later.
    pub confidence: f64,
}

/// How like itself a recording's onsets are after each time.
#[derive(Debug, Clone, PartialEq)]
pub struct Rhythm {
    correlation: Vec<f64>,
}

/// Correlates onsets while they come.
#[derive(Debug, Clone)]
pub struct TempoMeter {
    onsets: Vec<f32>,
    correlation: Vec<f64>,
    windows: f64,
}

impl Default for TempoMeter {
    fn default() -> Self {
        Self { onsets: Vec::with_capacity(WINDOW), correlation: vec![0.0; LONGEST_LAG + 1], windows: 0.0 }
    }
}

impl TempoMeter {
    /// Takes the onset strength of the next short frame.
    pub fn push(&mut self, onset: f32) {
        self.onsets.push(onset);
        if self.onsets.len() == WINDOW {
            self.correlate();
            // Half overlapping.
            self.onsets.drain(..WINDOW / 2);
        }
    }

    /// The rhythm; none for what is too short or has no onsets.
    pub fn finish(mut self) -> Option<Rhythm> {
        if self.windows == 0.0 && self.onsets.len() >= SHORTEST {
            self.correlate();
        }
        if self.windows == 0.0 {
            return None;
        }
        let correlation = self.correlation.iter().map(|sum| sum / self.windows).collect();
        Some(Rhythm { correlation })
    }

    fn correlate(&mut self) {
        // A click falls between frames: smoothing lets neighbours agree.
        let smooth: Vec<f64> =
            self.onsets.windows(3).map(|three| 0.25 * f64::from(three[0]) + 0.5 * f64::from(three[1]) + 0.25 * f64::from(three[2])).collect();
        let mean = smooth.iter().sum::<f64>() / smooth.len() as f64;
        let centred: Vec<f64> = smooth.iter().map(|onset| onset - mean).collect();
        let power = centred.iter().map(|onset| onset * onset).sum::<f64>() / centred.len() as f64;
        if power < 1e-6 {
            return;
        }
        for (lag, sum) in self.correlation.iter_mut().enumerate() {
            let pairs = centred.len().saturating_sub(lag);
            if pairs >= SHORTEST / 2 {
                *sum += centred.iter().zip(&centred[lag..]).map(|(now, later)| now * later).sum::<f64>() / pairs as f64 / power;
            }
        }
        self.windows += 1.0;
    }
}

impl Rhythm {
    /// The tempo; none where nothing repeats.
    pub fn tempo(&self) -> Option<Tempo> {
        let steps = nearest((FASTEST_BPM - SLOWEST_BPM) / 0.25);
        let tempos = (0..=steps).map(|step| SLOWEST_BPM + 0.25 * step as f64);
        let (bpm, score) = tempos.map(|bpm| (bpm, self.score(bpm))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        if score <= 0.0 {
            return None;
        }
        // The score's preferences bend its peak; the correlation alone says where exactly it is.
        let (bpm, regularity) =
            (-40..=40).map(|step| bpm * (1.0 + 0.0005 * f64::from(step))).map(|bpm| (bpm, self.regularity(bpm))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        Some(Tempo { bpm: (bpm * 10.0).round() / 10.0, confidence: regularity.clamp(0.0, 1.0) })
    }

    /// Correlation at `count` times between a fifth of a second and six seconds, equally spaced by ratio: the shape of the rhythm.
    pub fn profile(&self, count: usize) -> Vec<f32> {
        let (first, last) = (0.2 * FRAMES_PER_SECOND, 6.0 * FRAMES_PER_SECOND);
        (0..count).map(|n| single(self.at(first * (last / first).powf(n as f64 / (count.max(2) - 1) as f64)))).collect()
    }

    fn score(&self, bpm: f64) -> f64 {
        let octaves = (bpm / PREFERRED_BPM).log2() / PREFERENCE_OCTAVES;
        let preference = (-0.5 * octaves * octaves).exp();
        let twice_as_fast = self.at(lag(bpm) / 2.0).clamp(0.0, 1.0);
        preference * self.regularity(bpm) * (1.0 - 0.5 * twice_as_fast)
    }

    /// Mean correlation after one to four beats.
    fn regularity(&self, bpm: f64) -> f64 {
        let lags = (1..=MULTIPLES).map(|beats| beats as f64 * lag(bpm)).filter(|lag| *lag < LONGEST_LAG as f64 - 1.0);
        let (sum, count) = lags.fold((0.0, 0.0), |(sum, count), lag| (sum + self.at(lag), count + 1.0));
        if count > 0.0 { sum / count } else { 0.0 }
    }

    /// Between frames by the parabola through the three nearest.
    fn at(&self, lag: f64) -> f64 {
        let middle = nearest(lag).clamp(1, LONGEST_LAG - 1);
        let [left, centre, right] = [self.correlation[middle - 1], self.correlation[middle], self.correlation[middle + 1]];
        let offset = lag - middle as f64;
        centre + 0.5 * offset * (right - left) + 0.5 * offset * offset * (left - 2.0 * centre + right)
    }
}

fn lag(bpm: f64) -> f64 {
    60.0 * FRAMES_PER_SECOND / bpm
}

#[cfg(test)]
mod tests {
    use super::super::Hearing;
    use super::*;

    /// A metronome: 20 ms of a falling tone each beat.
    fn clicks(bpm: f64, secs: u32) -> Vec<f32> {
        let rate = f64::from(SAMPLE_RATE_HZ);
        let period = 60.0 / bpm;
        (0..secs * SAMPLE_RATE_HZ)
            .map(|n| {
                let since = (f64::from(n) / rate) % period;
                single(if since < 0.02 { (1.0 - since / 0.02) * (std::f64::consts::TAU * 1500.0 * since).sin() * 0.7 } else { 0.0 })
            })
            .collect()
    }

    fn tempo(samples: &[f32]) -> Option<Tempo> {
        let mut hearing = Hearing::default();
        hearing.push(samples);
        hearing.finish().tempo
    }

    #[test]
    fn a_metronome_has_its_tempo() {
        for bpm in [60.0, 72.0, 90.0, 100.0, 120.0, 128.0, 140.0, 174.0, 200.0] {
            let found = tempo(&clicks(bpm, 20)).unwrap();
            assert!((found.bpm - bpm).abs() < 0.01 * bpm, "{bpm}: {found:?}");
            assert!(found.confidence > 0.5, "{bpm}: {found:?}");
        }
    }

    #[test]
    fn a_steady_tone_and_noise_have_no_tempo_to_believe() {
        let tone: Vec<f32> = (0..20 * SAMPLE_RATE_HZ).map(|n| single((f64::from(n) * 0.1).sin() * 0.3)).collect();
        assert!(tempo(&tone).is_none_or(|tempo| tempo.confidence < 0.3), "{:?}", tempo(&tone));
        let mut state = 1_u32;
        let noise: Vec<f32> = (0..20 * SAMPLE_RATE_HZ)
            .map(|_| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                single(f64::from(state) / f64::from(u32::MAX) - 0.5)
            })
            .collect();
        assert!(tempo(&noise).is_none_or(|tempo| tempo.confidence < 0.3), "{:?}", tempo(&noise));
    }
}
