//! CMAF (ISO/IEC 23000-19) tracks of AAC-LC and FLAC: an own writer of the few boxes of ISO/IEC 14496-12 they need. Clause numbers
//! in this module are those of 14496-12:2015, unless another standard is named.

mod boxes;
mod sample_entry;

use boxes::Writer;
use sample_entry::sample_entry;

/// Frames kept back before a segment is cut, so that what an encoder flushes at the end can still be trimmed.
const KEPT_BACK: usize = 4;
const TRACK_ID: u32 = 1;
/// A sample that depends on no other (8.8.3.1): every AAC frame.
const SYNC_SAMPLE: u32 = 0x0200_0000;

/// How a codec cuts sound into frames, and a ladder frames into segments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Framing {
    /// Samples of a frame.
    pub frame_samples: u32,
    /// Samples the encoder puts before the first one of the source; an edit list takes them away again.
    pub priming_samples: u32,
    /// Frames of a full segment.
    pub segment_frames: usize,
}

/// What a decoder must know about a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    /// Hertz; also the timescale of everything in the track.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// Frames and segments.
    pub framing: Framing,
    /// What the frames are.
    pub codec: Codec,
}

/// What a decoder must know about the codec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Codec {
    /// AAC-LC.
    Aac {
        /// What the encoder aims at, in bits per second.
        bitrate_bps: u32,
        /// `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1) as the encoder gives it.
        config: Vec<u8>,
    },
    /// FLAC.
    Flac {
        /// Bits of a sample.
        bits: u8,
    },
}

/// One finished segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Counts from 0.
    pub index: u32,
    /// The file.
    pub bytes: Vec<u8>,
    /// Samples that a listener hears of it: priming and padding do not count.
    pub heard_samples: u64,
}

/// The encoder gave fewer frames than the sound has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the encoder gave {got} frames where {wanted} are needed")]
pub struct MissingFrames {
    got: u64,
    wanted: u64,
}

/// Cuts a rendition's frames into segments.
#[derive(Debug)]
pub struct Segmenter {
    framing: Framing,
    data: Vec<u8>,
    sizes: Vec<u32>,
    frames_cut: u64,
    next_index: u32,
}

impl Segmenter {
    /// By `framing`.
    pub const fn new(framing: Framing) -> Self {
        Self { framing, data: Vec::new(), sizes: Vec::new(), frames_cut: 0, next_index: 0 }
    }

    /// Takes the next frame; returns a segment when one is full.
    pub fn push(&mut self, frame: &[u8]) -> Option<Segment> {
        self.data.extend_from_slice(frame);
        self.sizes.push(u32::try_from(frame.len()).unwrap_or(u32::MAX));
        let Framing { frame_samples, segment_frames, .. } = self.framing;
        (self.sizes.len() >= segment_frames + KEPT_BACK).then(|| self.cut(segment_frames, frame_samples))
    }

    /// The remaining segments, when the sound had `duration_samples`: frames that hold only padding are left out, and the
    /// last one is shortened to the sample.
    pub fn finish(mut self, duration_samples: u64) -> Result<Vec<Segment>, MissingFrames> {
        let Framing { frame_samples, priming_samples, segment_frames } = self.framing;
        let media_samples = duration_samples + u64::from(priming_samples);
        let wanted = media_samples.div_ceil(u64::from(frame_samples));
        let got = self.frames_cut + self.sizes.len() as u64;
        let surplus = got.checked_sub(wanted).and_then(|surplus| usize::try_from(surplus).ok()).filter(|surplus| *surplus < self.sizes.len());
        let surplus = surplus.ok_or(MissingFrames { got, wanted })?;
        self.sizes.truncate(self.sizes.len() - surplus);
        let mut segments = Vec::new();
        while self.sizes.len() > segment_frames {
            segments.push(self.cut(segment_frames, frame_samples));
        }
        let full = (wanted - 1) * u64::from(frame_samples);
        let last = u32::try_from(media_samples - full).unwrap_or(frame_samples);
        segments.push(self.cut(self.sizes.len(), last));
        Ok(segments)
    }

    fn cut(&mut self, frames: usize, last_frame_samples: u32) -> Segment {
        let sizes: Vec<u32> = self.sizes.drain(..frames).collect();
        let length: usize = sizes.iter().map(|size| *size as usize).sum();
        let data: Vec<u8> = self.data.drain(..length).collect();
        let Framing { frame_samples, priming_samples, .. } = self.framing;
        let decode_time = self.frames_cut * u64::from(frame_samples);
        let media_samples = (sizes.len() as u64).saturating_sub(1) * u64::from(frame_samples) + u64::from(last_frame_samples);
        let unheard = if self.frames_cut == 0 { u64::from(priming_samples) } else { 0 };
        let index = self.next_index;
        self.next_index += 1;
        self.frames_cut += sizes.len() as u64;
        let fragment = Fragment { sequence: index + 1, decode_time, sizes: &sizes, frame_samples, last_frame_samples };
        Segment { index, bytes: media_segment(&fragment, &data), heard_samples: media_samples.saturating_sub(unheard) }
    }
}

/// The header of a track whose sound has `duration_samples`.
pub fn init_segment(track: &Track, duration_samples: u64) -> Vec<u8> {
    let mut out = Writer::default();
    out.in_box(*b"ftyp", |out| {
        // Brands: CMAF track file (23000-19 §7.2), the segment features of iso6, and CMAF's AAC core profile (§10); FLAC has none.
        out.bytes(b"cmfc").u32(0).bytes(b"cmfc").bytes(b"iso6");
        if matches!(track.codec, Codec::Aac { .. }) {
            out.bytes(b"caac");
        }
    });
    out.in_box(*b"moov", |out| {
        out.full_box(*b"mvhd", 0, 0, |out| {
            // Durations of a fragmented movie's empty header are zero (8.2.2); the sound's is in mehd.
            out.u32(0).u32(0).u32(track.sample_rate_hz).u32(0);
            out.u32(0x1_0000).u16(0x0100).zeros(10).matrix().zeros(24).u32(TRACK_ID + 1);
        });
        out.in_box(*b"trak", |out| trak(out, track, duration_samples));
        out.in_box(*b"mvex", |out| {
            out.full_box(*b"mehd", 1, 0, |out| {
                out.u64(duration_samples);
            });
            out.full_box(*b"trex", 0, 0, |out| {
                out.u32(TRACK_ID).u32(1).u32(track.framing.frame_samples).u32(0).u32(SYNC_SAMPLE);
            });
        });
    });
    out.out
}

fn trak(out: &mut Writer, track: &Track, duration_samples: u64) {
    // Enabled, in the movie (8.3.2).
    out.full_box(*b"tkhd", 0, 0x3, |out| {
        out.u32(0).u32(0).u32(TRACK_ID).zeros(4).u32(0).zeros(8).u16(0).u16(1).u16(0x0100).zeros(2).matrix().zeros(8);
    });
    out.in_box(*b"edts", |out| {
        // The sound begins after the priming and ends with its last sample (8.6.6). Version 1 for lengths over 2^32 samples.
        out.full_box(*b"elst", 1, 0, |out| {
            out.u32(1).u64(duration_samples).u64(u64::from(track.framing.priming_samples)).u16(1).u16(0);
        });
    });
    out.in_box(*b"mdia", |out| {
        out.full_box(*b"mdhd", 0, 0, |out| {
            // `und`: the language of music is not known here.
            out.u32(0).u32(0).u32(track.sample_rate_hz).u32(0).u16(0x55C4).u16(0);
        });
        out.full_box(*b"hdlr", 0, 0, |out| {
            out.u32(0).bytes(b"soun").zeros(12).bytes(b"\0");
        });
        out.in_box(*b"minf", |out| {
            out.full_box(*b"smhd", 0, 0, |out| {
                out.zeros(4);
            });
            out.in_box(*b"dinf", |out| {
                out.full_box(*b"dref", 0, 0, |out| {
                    out.u32(1);
                    // The media is in the same file (8.7.2).
                    out.full_box(*b"url ", 0, 1, |_| {});
                });
            });
            out.in_box(*b"stbl", |out| {
                out.full_box(*b"stsd", 0, 0, |out| {
                    out.u32(1);
                    sample_entry(out, track);
                });
                for empty in [*b"stts", *b"stsc", *b"stco"] {
                    out.full_box(empty, 0, 0, |out| {
                        out.u32(0);
                    });
                }
                out.full_box(*b"stsz", 0, 0, |out| {
                    out.u32(0).u32(0);
                });
            });
        });
    });
}

/// What a movie fragment tells of its frames.
#[derive(Clone, Copy)]
struct Fragment<'a> {
    sequence: u32,
    decode_time: u64,
    sizes: &'a [u32],
    frame_samples: u32,
    last_frame_samples: u32,
}

/// One fragment (8.8.4) in a segment of its own (8.16.2). Durations are written frame by frame only where one differs from the
/// track's default.
fn media_segment(fragment: &Fragment<'_>, data: &[u8]) -> Vec<u8> {
    let Fragment { sequence, decode_time, sizes, frame_samples, last_frame_samples } = *fragment;
    let own_durations = last_frame_samples != frame_samples;
    let mut out = Writer::default();
    out.in_box(*b"styp", |out| {
        out.bytes(b"msdh").u32(0).bytes(b"msdh").bytes(b"cmfs");
    });
    let moof_at = out.out.len();
    let mut offset_at = 0;
    out.in_box(*b"moof", |out| {
        out.full_box(*b"mfhd", 0, 0, |out| {
            out.u32(sequence);
        });
        out.in_box(*b"traf", |out| {
            // default-base-is-moof (8.8.7).
            out.full_box(*b"tfhd", 0, 0x02_0000, |out| {
                out.u32(TRACK_ID);
            });
            out.full_box(*b"tfdt", 1, 0, |out| {
                out.u64(decode_time);
            });
            // data-offset and sample-size, and sample-duration where needed (8.8.8).
            let flags = 0x01 | 0x200 | if own_durations { 0x100 } else { 0 };
            out.full_box(*b"trun", 0, flags, |out| {
                out.u32(u32::try_from(sizes.len()).unwrap_or(u32::MAX));
                offset_at = out.out.len();
                out.u32(0);
                for (index, size) in sizes.iter().enumerate() {
                    if own_durations {
                        out.u32(if index + 1 == sizes.len() { last_frame_samples } else { frame_samples });
                    }
                    out.u32(*size);
                }
            });
        });
    });
    let data_offset = u32::try_from(out.out.len() - moof_at + 8).unwrap_or(u32::MAX);
    out.out[offset_at..offset_at + 4].copy_from_slice(&data_offset.to_be_bytes());
    out.in_box(*b"mdat", |out| {
        out.bytes(data);
    });
    out.out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ladder::AAC_FRAMING;

    fn segments(duration_samples: u64, surplus_frames: u64) -> Vec<Segment> {
        let frames = (duration_samples + 1024).div_ceil(1024) + surplus_frames;
        let mut segmenter = Segmenter::new(AAC_FRAMING);
        let mut all: Vec<_> = (0..frames).filter_map(|frame| segmenter.push(&frame.to_be_bytes())).collect();
        all.extend(segmenter.finish(duration_samples).unwrap());
        all
    }

    #[test]
    fn what_is_heard_is_the_source_to_the_sample() {
        for duration in [1, 1023, 1024, 1025, 261_119, 261_120, 261_121, 262_144, 1_000_000] {
            for surplus in [0, 1, 3] {
                let segments = segments(duration, surplus);
                assert_eq!(segments.iter().map(|segment| segment.heard_samples).sum::<u64>(), duration, "{duration} {surplus}");
                let full = segments.len() - 1;
                assert!(segments.iter().skip(1).take(full.saturating_sub(1)).all(|segment| segment.heard_samples == 262_144));
                assert_eq!(segments.iter().map(|segment| segment.index).collect::<Vec<_>>(), (0..u32::try_from(segments.len()).unwrap()).collect::<Vec<_>>());
            }
        }
    }

    #[test]
    fn an_encoder_that_loses_sound_is_found_out() {
        let mut segmenter = Segmenter::new(AAC_FRAMING);
        segmenter.push(b"frame");
        assert!(segmenter.finish(44_100).is_err());
        assert!(Segmenter::new(AAC_FRAMING).finish(0).is_err());
    }
}
