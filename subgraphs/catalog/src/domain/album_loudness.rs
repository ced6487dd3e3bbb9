//! How loud an album is: one number for all its tracks, so that a player that evens albums out keeps what is quiet on them quiet.

use kernel::loudness::{LoudnessBin, integrated};

/// What of a published track counts.
#[derive(Debug, Clone, PartialEq)]
pub struct TrackLoudness {
    /// How loud its blocks are; none when it was processed before they were counted.
    pub blocks: Option<Vec<LoudnessBin>>,
    /// Its true peak in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
}

/// The loudness of an album's published tracks, as if they were one recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AlbumLoudness {
    /// Integrated loudness by EBU R128 in LUFS, to 0.05 LU; none for silence.
    pub integrated_lufs: Option<f64>,
    /// The highest true peak in dBTP; none for silence.
    pub true_peak_dbtp: Option<f64>,
}

impl AlbumLoudness {
    /// Of these tracks; none when there are none, or not all have been measured: a part would mislead.
    pub fn of(tracks: &[TrackLoudness]) -> Option<Self> {
        let blocks: Option<Vec<&[LoudnessBin]>> = tracks.iter().map(|track| track.blocks.as_deref()).collect();
        let blocks = blocks.filter(|blocks| !blocks.is_empty())?.concat();
        let true_peak_dbtp = tracks.iter().filter_map(|track| track.true_peak_dbtp).max_by(f64::total_cmp);
        Some(Self { integrated_lufs: integrated(&blocks), true_peak_dbtp })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(tenths_lufs: i16, blocks: u32, true_peak_dbtp: f64) -> TrackLoudness {
        TrackLoudness { blocks: Some(vec![LoudnessBin { tenths_lufs, blocks }]), true_peak_dbtp: Some(true_peak_dbtp) }
    }

    #[test]
    fn long_and_loud_tracks_weigh_more_and_a_part_is_no_album() {
        let album = AlbumLoudness::of(&[track(-100, 900, -1.0), track(-200, 100, -6.0)]).unwrap();
        assert!((album.integrated_lufs.unwrap() - (-9.95 + 10.0 * (0.9_f64 + 0.1 * 0.1).log10())).abs() < 0.01, "{album:?}");
        assert_eq!(album.true_peak_dbtp, Some(-1.0));
        assert_eq!(AlbumLoudness::of(&[]), None);
        let older = TrackLoudness { blocks: None, true_peak_dbtp: Some(-1.0) };
        assert_eq!(AlbumLoudness::of(&[track(-100, 900, -1.0), older]), None);
        let silence = TrackLoudness { blocks: Some(Vec::new()), true_peak_dbtp: None };
        assert_eq!(AlbumLoudness::of(&[silence]), Some(AlbumLoudness { integrated_lufs: None, true_peak_dbtp: None }));
    }
}
