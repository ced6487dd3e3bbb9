//! Rules of Apple's "HLS authoring specification for Apple devices", and of RFC 8216bis where that one refers to it, that concern
//! music on demand in CMAF. Checked by a reader of playlists that shares no code with their writer.

use std::path::Path;

use m3u8_rs::{AlternativeMediaType, MediaPlaylist, MediaPlaylistType};

/// Bit rates that are told may differ so much from those that are measured.
const TOLERANCE: f64 = 0.1;

/// The rules that `listing` in `folder`, of sound with `channels`, breaks.
pub(crate) fn broken_rules(folder: &Path, listing: &str, channels: u32) -> Vec<String> {
    let mut broken = Vec::new();
    let mut rule = |holds: bool, text: String| {
        if !holds {
            broken.push(text);
        }
    };
    let text = std::fs::read(folder.join(listing)).unwrap();
    let master = m3u8_rs::parse_master_playlist_res(&text).unwrap();
    rule(master.version.is_some_and(|version| version >= 7), "EXT-X-VERSION is at least 7 for fragmented MP4".into());
    rule(master.independent_segments, "EXT-X-INDEPENDENT-SEGMENTS stands in the multivariant playlist".into());
    let mut lengths: Vec<Vec<f32>> = Vec::new();
    let mut rates = Vec::new();
    for variant in &master.variants {
        let uri = &variant.uri;
        rule(!uri.contains("://") && !uri.starts_with('/'), format!("{uri}: addresses are relative"));
        rule(variant.codecs.as_deref().is_some_and(|codecs| ["mp4a.40.2", "fLaC"].contains(&codecs)), format!("{uri}: CODECS names the codec"));
        rule(variant.average_bandwidth.is_some(), format!("{uri}: AVERAGE-BANDWIDTH is told"));
        let group = variant.audio.as_deref().unwrap_or_default();
        let media: Vec<_> = master.alternatives.iter().filter(|media| media.media_type == AlternativeMediaType::Audio && media.group_id == group).collect();
        rule(media.len() == 1, format!("{uri}: AUDIO names one EXT-X-MEDIA"));
        for media in media {
            rule(media.channels == Some(channels.to_string()), format!("{uri}: CHANNELS is {channels}"));
            rule(!media.name.is_empty() && media.language.is_some(), format!("{uri}: NAME and LANGUAGE are told"));
            rule(media.default && media.autoselect, format!("{uri}: the only rendition is DEFAULT and AUTOSELECT"));
            rule(media.uri.is_none(), format!("{uri}: the sound is in the variant itself"));
        }
        let Ok(bytes) = std::fs::read(folder.join(uri)) else {
            rule(false, format!("{uri}: is relative to the listing, and there"));
            continue;
        };
        let playlist = m3u8_rs::parse_media_playlist_res(&bytes).unwrap();
        let parent = folder.join(uri);
        for broken in of_media_playlist(&playlist, parent.parent().unwrap()) {
            rule(false, format!("{uri}: {broken}"));
        }
        let (peak, average) = measured(&playlist, parent.parent().unwrap());
        let near = |told: u64, measured: f64| (told as f64 / measured - 1.0).abs() <= TOLERANCE;
        rule(near(variant.bandwidth, peak), format!("{uri}: BANDWIDTH {} is within 10 % of the measured {peak:.0}", variant.bandwidth));
        let told = variant.average_bandwidth.unwrap_or(0);
        rule(near(told, average), format!("{uri}: AVERAGE-BANDWIDTH {told} is within 10 % of the measured {average:.0}"));
        lengths.push(playlist.segments.iter().map(|segment| segment.duration).collect());
        rates.push(variant.bandwidth);
    }
    rule(lengths.windows(2).all(|pair| pair[0] == pair[1]), "variants have segments of the same lengths".into());
    rule(rates.is_sorted(), "variants are in order".into());
    broken
}

fn of_media_playlist(playlist: &MediaPlaylist, folder: &Path) -> Vec<String> {
    let mut broken = Vec::new();
    let mut rule = |holds: bool, text: &str| {
        if !holds {
            broken.push(text.to_owned());
        }
    };
    rule(playlist.playlist_type == Some(MediaPlaylistType::Vod), "EXT-X-PLAYLIST-TYPE is VOD");
    rule(playlist.end_list, "EXT-X-ENDLIST is there");
    rule(playlist.media_sequence == 0, "the first segment has number 0");
    rule(!playlist.segments.is_empty(), "there is a segment");
    // RFC 8216 §4.3.3.1: rounded to the nearest integer, no segment is longer.
    rule(
        playlist.segments.iter().all(|segment| f64::from(segment.duration.round()) <= playlist.target_duration as f64),
        "no segment is longer than EXT-X-TARGETDURATION",
    );
    rule(playlist.target_duration <= 6, "segments last about 6 s");
    let full = &playlist.segments[..playlist.segments.len() - 1];
    rule(full.iter().all(|segment| (5.0..=6.5).contains(&segment.duration)), "all segments but the last are about 6 s long");
    let map = playlist.segments.first().and_then(|segment| segment.map.as_ref());
    rule(map.is_some_and(|map| folder.join(&map.uri).is_file()), "EXT-X-MAP names the header");
    rule(playlist.segments.iter().all(|segment| !segment.discontinuity), "there is no discontinuity");
    rule(playlist.segments.iter().all(|segment| folder.join(&segment.uri).is_file()), "every segment is there");
    broken
}

/// Peak bit rate, over runs of segments of about a target duration, and the average.
fn measured(playlist: &MediaPlaylist, folder: &Path) -> (f64, f64) {
    let segments: Vec<(f64, f64)> = playlist
        .segments
        .iter()
        .map(|segment| (8.0 * std::fs::metadata(folder.join(&segment.uri)).unwrap().len() as f64, f64::from(segment.duration)))
        .collect();
    let rate = |run: &[(f64, f64)]| run.iter().map(|(bits, _)| bits).sum::<f64>() / run.iter().map(|(_, secs)| secs).sum::<f64>();
    let average = rate(&segments);
    let target = playlist.target_duration as f64;
    let length = |run: &&[(f64, f64)]| (0.5 * target..=1.5 * target).contains(&run.iter().map(|(_, secs)| secs).sum::<f64>());
    let peak = segments.windows(1).chain(segments.windows(2)).filter(length).map(rate).fold(average, f64::max);
    (peak, average)
}
