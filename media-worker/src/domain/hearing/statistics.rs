//! Mean and deviation of a stream.

use super::single;

/// Sums in double precision: hours of frames lose nothing.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Moments {
    count: f64,
    mean: f64,
    spread: f64,
}

impl Moments {
    /// Takes a value (B. P. Welford, "Note on a Method for Calculating Corrected Sums of Squares and Products", Technometrics 4(3),
    /// 1962: no cancellation).
    pub fn push(&mut self, value: f32) {
        let value = f64::from(value);
        self.count += 1.0;
        let before = value - self.mean;
        self.mean += before / self.count;
        self.spread += before * (value - self.mean);
    }

    /// The mean; 0 of nothing.
    pub const fn mean(&self) -> f32 {
        single(self.mean)
    }

    /// The standard deviation; 0 of nothing.
    pub fn deviation(&self) -> f32 {
        if self.count < 1.0 { 0.0 } else { single((self.spread / self.count).max(0.0).sqrt()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_and_deviation() {
        let mut moments = Moments::default();
        assert_eq!((moments.mean(), moments.deviation()), (0.0, 0.0));
        for value in [2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0] {
            moments.push(value);
        }
        assert!((moments.mean() - 5.0).abs() < 1e-6 && (moments.deviation() - 2.0).abs() < 1e-6);
    }
}
