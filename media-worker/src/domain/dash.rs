//! DASH manifests (ISO/IEC 23009-1) of the same segments that the HLS playlists list. Clause numbers are those of 23009-1:2022.

use std::io;

use kernel::events::Rendition;
use quick_xml::Writer;
use quick_xml::events::{BytesDecl, Event};

use super::playlist::SegmentSize;

/// A rendition as a manifest describes it.
#[derive(Debug, Clone, Copy)]
pub struct Representation<'a> {
    /// Its name, codec and bit rates.
    pub rendition: &'a Rendition,
    /// Its segments in order.
    pub segments: &'a [SegmentSize],
    /// Hertz.
    pub sample_rate_hz: u32,
}

/// The manifest of `representations`, among which a player may switch, of sound with `channels`.
///
/// Times are those of what is heard: the header's edit list takes the priming away before they count (§7.2.1).
pub fn manifest(representations: &[Representation<'_>], channels: u8) -> io::Result<Vec<u8>> {
    let length = representations.iter().map(|one| seconds(one.segments.iter().map(|segment| segment.heard_samples).sum(), one.sample_rate_hz));
    let longest = representations.iter().flat_map(|one| one.segments.iter().map(|segment| seconds(segment.heard_samples, one.sample_rate_hz)));
    let (length, longest) = (length.fold(0.0, f64::max), longest.fold(0.0, f64::max));
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 1);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    xml.create_element("MPD")
        .with_attributes([
            ("xmlns", "urn:mpeg:dash:schema:mpd:2011"),
            ("profiles", "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"),
            ("type", "static"),
            ("mediaPresentationDuration", &duration(length)),
            // At the told bandwidth a segment arrives in the time that it plays (§5.3.5.2).
            ("minBufferTime", &duration(longest)),
        ])
        .write_inner_content(|xml| {
            xml.create_element("Period")
                .with_attributes([("id", "0"), ("start", "PT0S")])
                .write_inner_content(|xml| adaptation_set(xml, representations, channels))?;
            Ok(())
        })?;
    Ok(xml.into_inner())
}

fn adaptation_set(xml: &mut Writer<Vec<u8>>, representations: &[Representation<'_>], channels: u8) -> io::Result<()> {
    xml.create_element("AdaptationSet")
        .with_attributes([
            ("id", "0"),
            ("contentType", "audio"),
            ("mimeType", "audio/mp4"),
            ("lang", "und"),
            ("segmentAlignment", "true"),
            ("startWithSAP", "1"),
        ])
        .write_inner_content(|xml| representations.iter().try_for_each(|one| representation(xml, one, channels)))?;
    Ok(())
}

fn representation(xml: &mut Writer<Vec<u8>>, one: &Representation<'_>, channels: u8) -> io::Result<()> {
    let Rendition { name, codecs, bandwidth_bps, .. } = one.rendition;
    let rate = one.sample_rate_hz.to_string();
    xml.create_element("Representation")
        .with_attributes([("id", name.as_str()), ("codecs", codecs.as_str()), ("bandwidth", &bandwidth_bps.to_string()), ("audioSamplingRate", &rate)])
        .write_inner_content(|xml| {
            xml.create_element("AudioChannelConfiguration")
                .with_attributes([("schemeIdUri", "urn:mpeg:dash:23003:3:audio_channel_configuration:2011"), ("value", &channels.to_string())])
                .write_empty()?;
            xml.create_element("SegmentTemplate")
                .with_attributes([
                    ("timescale", rate.as_str()),
                    ("startNumber", "0"),
                    ("initialization", "$RepresentationID$/init.mp4"),
                    ("media", "$RepresentationID$/$Number$.m4s"),
                ])
                .write_inner_content(|xml| {
                    xml.create_element("SegmentTimeline").write_inner_content(|xml| timeline(xml, one.segments))?;
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(())
}

/// Runs of segments of the same length are one element each (§5.3.9.6).
fn timeline(xml: &mut Writer<Vec<u8>>, segments: &[SegmentSize]) -> io::Result<()> {
    let mut time = 0;
    for run in segments.chunk_by(|one, next| one.heard_samples == next.heard_samples) {
        let length = run[0].heard_samples;
        let (begin, repeats) = (time.to_string(), (run.len() - 1).to_string());
        xml.create_element("S").with_attributes([("t", begin.as_str()), ("d", &length.to_string()), ("r", &repeats)]).write_empty()?;
        time += length * run.len() as u64;
    }
    Ok(())
}

fn duration(secs: f64) -> String {
    format!("PT{secs:.6}S")
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53 samples")]
fn seconds(samples: u64, sample_rate_hz: u32) -> f64 {
    samples as f64 / f64::from(sample_rate_hz.max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_timeline_is_that_of_the_segments() {
        let sizes = [261_120, 262_144, 262_144, 1_000].map(|heard_samples| SegmentSize { heard_samples, bytes: 1 });
        let rendition = Rendition { name: "aac-64".into(), codecs: "mp4a.40.2".into(), bandwidth_bps: 70_000, average_bandwidth_bps: 64_000 };
        let one = Representation { rendition: &rendition, segments: &sizes, sample_rate_hz: 48_000 };
        let text = String::from_utf8(manifest(&[one], 2).unwrap()).unwrap();
        let lines: Vec<_> = text.lines().map(str::trim).filter(|line| line.starts_with("<S ")).collect();
        assert_eq!(lines, [r#"<S t="0" d="261120" r="0"/>"#, r#"<S t="261120" d="262144" r="1"/>"#, r#"<S t="785408" d="1000" r="0"/>"#]);
        assert!(text.contains(r#"mediaPresentationDuration="PT16.383500S""#), "{text}");
    }
}
