//! HTTP Live Streaming playlists of a ladder, by RFC 8216 and its second edition's draft (draft-pantos-hls-rfc8216bis), with what
//! Apple's "HLS authoring specification for Apple devices" demands of audio.

use std::fmt::Write as _;

use kernel::events::Rendition;

/// The group of the one sound there is.
const GROUP: &str = "audio";

/// A segment as a playlist counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentSize {
    /// Samples that a listener hears of it.
    pub heard_samples: u64,
    /// Length of its file.
    pub bytes: u64,
}

/// A rendition's playlist: segments `<n>.m4s` counted from 0, header `init.mp4`.
pub fn media_playlist(segments: &[SegmentSize], sample_rate_hz: u32) -> String {
    let target = segments.iter().map(|segment| seconds(segment.heard_samples, sample_rate_hz).round()).fold(1.0, f64::max);
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-TARGETDURATION:{target}\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MAP:URI=\"init.mp4\"\n"
    );
    let (mut heard, mut told_us) = (0, 0);
    for (index, segment) in segments.iter().enumerate() {
        heard += segment.heard_samples;
        // Each length is the difference of rounded ends: the sum stays exact however many segments there are.
        let end_us = microseconds(heard, sample_rate_hz);
        let length_us = end_us - told_us;
        told_us = end_us;
        let _ = write!(text, "#EXTINF:{}.{:06},\n{index}.m4s\n", length_us / 1_000_000, length_us % 1_000_000);
    }
    text.push_str("#EXT-X-ENDLIST\n");
    text
}

/// The playlist of `renditions`, which have `channels`, in the given order.
///
/// The number of channels can only be told of an `EXT-X-MEDIA`; one without an address stands for the sound in the variants themselves
/// (RFC 8216 §4.3.4.2.1).
pub fn multivariant_playlist(renditions: &[Rendition], channels: u8) -> String {
    let mut text = format!(
        "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID=\"{GROUP}\",NAME=\"Music\",LANGUAGE=\"und\",DEFAULT=YES,AUTOSELECT=YES,CHANNELS=\"{channels}\"\n"
    );
    for Rendition { name, codecs, bandwidth_bps, average_bandwidth_bps } in renditions {
        let _ = write!(
            text,
            "#EXT-X-STREAM-INF:BANDWIDTH={bandwidth_bps},AVERAGE-BANDWIDTH={average_bandwidth_bps},CODECS=\"{codecs}\",AUDIO=\"{GROUP}\"\n{name}/index.m3u8\n"
        );
    }
    text
}

/// What the multivariant playlist tells about the rendition `name`.
pub fn describe(name: &str, codecs: &str, segments: &[SegmentSize], sample_rate_hz: u32) -> Rendition {
    let average = bits_per_second(segments, sample_rate_hz);
    Rendition {
        name: name.into(),
        codecs: codecs.into(),
        bandwidth_bps: whole(peak_bits_per_second(segments, sample_rate_hz).max(average)),
        average_bandwidth_bps: whole(average),
    }
}

/// The highest rate of any run of segments that lasts between half and one and a half target durations (RFC 8216 §4.1): a
/// last segment of some milliseconds does not count alone.
fn peak_bits_per_second(segments: &[SegmentSize], sample_rate_hz: u32) -> f64 {
    let length = |run: &[SegmentSize]| run.iter().map(|segment| segment.heard_samples).sum::<u64>();
    let target = segments.iter().map(|segment| seconds(segment.heard_samples, sample_rate_hz).round()).fold(1.0, f64::max);
    let counts = |run: &&[SegmentSize]| (0.5 * target..=1.5 * target).contains(&seconds(length(run), sample_rate_hz));
    let runs = segments.windows(1).chain(segments.windows(2)).filter(counts);
    runs.map(|run| bits_per_second(run, sample_rate_hz)).fold(0.0, f64::max)
}

#[expect(clippy::cast_precision_loss, reason = "file sizes and lengths are far below 2^53")]
fn bits_per_second(run: &[SegmentSize], sample_rate_hz: u32) -> f64 {
    let bytes: u64 = run.iter().map(|segment| segment.bytes).sum();
    let length: u64 = run.iter().map(|segment| segment.heard_samples).sum();
    (bytes * 8) as f64 / seconds(length.max(1), sample_rate_hz)
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53 samples")]
fn seconds(samples: u64, sample_rate_hz: u32) -> f64 {
    samples as f64 / f64::from(sample_rate_hz)
}

fn microseconds(samples: u64, sample_rate_hz: u32) -> u64 {
    let rate = u64::from(sample_rate_hz.max(1));
    (samples * 1_000_000 + rate / 2) / rate
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to the range of the target")]
fn whole(value: f64) -> u32 {
    value.ceil().clamp(1.0, f64::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(heard_samples: u64, bytes: u64) -> SegmentSize {
        SegmentSize { heard_samples, bytes }
    }

    #[test]
    fn lengths_add_up_exactly() {
        let segments = vec![segment(262_144, 1); 1000];
        let text = media_playlist(&segments, 44_100);
        let sum: u64 =
            text.lines().filter_map(|line| line.strip_prefix("#EXTINF:")).map(|line| line.trim_end_matches(',').replace('.', "").parse::<u64>().unwrap()).sum();
        assert_eq!(sum, microseconds(262_144_000, 44_100));
        assert!(text.contains("#EXT-X-TARGETDURATION:6\n"), "{text}");
    }

    #[test]
    fn a_short_last_segment_does_not_make_the_peak() {
        let segments = [segment(48_000 * 6, 60_000), segment(48_000 * 6, 66_000), segment(480, 5_000)];
        let rendition = describe("aac-64", "mp4a.40.2", &segments, 48_000);
        // The last two together: 71,000 bytes in 6.01 s.
        assert_eq!(rendition.bandwidth_bps, 94_510);
        assert_eq!(rendition.average_bandwidth_bps, 87_261);
    }

    #[test]
    fn a_ladder_of_one_short_segment_has_its_average_as_peak() {
        let rendition = describe("aac-64", "mp4a.40.2", &[segment(4_800, 1_000)], 48_000);
        assert_eq!((rendition.bandwidth_bps, rendition.average_bandwidth_bps), (80_000, 80_000));
    }
}
