//! Loudness by EBU R 128, on the signals of EBU Tech 3341.

use crate::support::{sine, transcode, wav};

fn loudness(peak_dbfs: f64, rate: u32) -> f64 {
    let peak = 10_f64.powf(peak_dbfs / 20.0);
    let made = transcode(&wav(&sine(1000.0, peak, rate, 2, rate as usize * 20), rate, 2), "a.wav").unwrap();
    let true_peak = made.ladder.true_peak_dbtp.unwrap();
    assert!((true_peak - peak_dbfs).abs() < 0.2, "{true_peak}");
    made.ladder.loudness_lufs.unwrap()
}

#[test]
fn a_sine_has_the_loudness_that_tech_3341_says() {
    // Cases 1 and 2.
    assert!((loudness(-23.0, 48_000) + 23.0).abs() < 0.1);
    assert!((loudness(-33.0, 44_100) + 33.0).abs() < 0.1);
}

#[test]
fn silence_has_none() {
    let made = transcode(&wav(&vec![0; 44_100 * 4], 44_100, 2), "a.wav").unwrap();
    assert_eq!((made.ladder.loudness_lufs, made.ladder.true_peak_dbtp), (None, None));
}
