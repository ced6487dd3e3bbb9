//! CMAF (ISO/IEC 23000-19) tracks of AAC-LC: an own writer of the few boxes of ISO/IEC 14496-12 they need. Clause numbers
//! in this file are those of 14496-12:2015, unless another standard is named.

use super::ladder::{FRAME_SAMPLES, PRIMING_SAMPLES, SEGMENT_FRAMES};

/// Frames kept back before a segment is cut, so that what an encoder flushes at the end can still be trimmed.
const KEPT_BACK: usize = 4;
const TRACK_ID: u32 = 1;
/// A sample that depends on no other (8.8.3.1): every AAC frame.
const SYNC_SAMPLE: u32 = 0x0200_0000;
/// Row-major identity, 16.16 and 2.30 fixed point (6.2.2).
const IDENTITY: [u32; 9] = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];

/// What a decoder must know about a track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AacTrack {
    /// Hertz; also the timescale of everything in the track.
    pub sample_rate_hz: u32,
    /// 1 or 2.
    pub channels: u8,
    /// What the encoder aims at, in bits per second.
    pub bitrate_bps: u32,
    /// `AudioSpecificConfig` (ISO/IEC 14496-3 §1.6.2.1) as the encoder gives it.
    pub config: Vec<u8>,
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
#[derive(Debug, Default)]
pub struct Segmenter {
    data: Vec<u8>,
    sizes: Vec<u32>,
    frames_cut: u64,
    next_index: u32,
}

impl Segmenter {
    /// Takes the next frame; returns a segment when one is full.
    pub fn push(&mut self, frame: &[u8]) -> Option<Segment> {
        self.data.extend_from_slice(frame);
        self.sizes.push(u32::try_from(frame.len()).unwrap_or(u32::MAX));
        (self.sizes.len() >= SEGMENT_FRAMES + KEPT_BACK).then(|| self.cut(SEGMENT_FRAMES, FRAME_SAMPLES))
    }

    /// The remaining segments, when the sound had `duration_samples`: frames that hold only padding are left out, and the
    /// last one is shortened to the sample.
    pub fn finish(mut self, duration_samples: u64) -> Result<Vec<Segment>, MissingFrames> {
        let media_samples = duration_samples + u64::from(PRIMING_SAMPLES);
        let wanted = media_samples.div_ceil(u64::from(FRAME_SAMPLES));
        let got = self.frames_cut + self.sizes.len() as u64;
        let surplus = got.checked_sub(wanted).and_then(|surplus| usize::try_from(surplus).ok()).filter(|surplus| *surplus < self.sizes.len());
        let surplus = surplus.ok_or(MissingFrames { got, wanted })?;
        self.sizes.truncate(self.sizes.len() - surplus);
        let mut segments = Vec::new();
        while self.sizes.len() > SEGMENT_FRAMES {
            segments.push(self.cut(SEGMENT_FRAMES, FRAME_SAMPLES));
        }
        let full = (wanted - 1) * u64::from(FRAME_SAMPLES);
        let last = u32::try_from(media_samples - full).unwrap_or(FRAME_SAMPLES);
        segments.push(self.cut(self.sizes.len(), last));
        Ok(segments)
    }

    fn cut(&mut self, frames: usize, last_frame_samples: u32) -> Segment {
        let sizes: Vec<u32> = self.sizes.drain(..frames).collect();
        let length: usize = sizes.iter().map(|size| *size as usize).sum();
        let data: Vec<u8> = self.data.drain(..length).collect();
        let decode_time = self.frames_cut * u64::from(FRAME_SAMPLES);
        let media_samples = (sizes.len() as u64).saturating_sub(1) * u64::from(FRAME_SAMPLES) + u64::from(last_frame_samples);
        let unheard = if self.frames_cut == 0 { u64::from(PRIMING_SAMPLES) } else { 0 };
        let index = self.next_index;
        self.next_index += 1;
        self.frames_cut += sizes.len() as u64;
        Segment { index, bytes: media_segment(index + 1, decode_time, &sizes, last_frame_samples, &data), heard_samples: media_samples.saturating_sub(unheard) }
    }
}

/// The header of a track whose sound has `duration_samples`.
pub fn init_segment(track: &AacTrack, duration_samples: u64) -> Vec<u8> {
    let mut out = Writer::default();
    out.in_box(*b"ftyp", |out| {
        // Brands: CMAF track file (23000-19 §7.2), the segment features of iso6, and CMAF's AAC core profile (§10).
        out.bytes(b"cmfc").u32(0).bytes(b"cmfc").bytes(b"iso6").bytes(b"caac");
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
                out.u32(TRACK_ID).u32(1).u32(FRAME_SAMPLES).u32(0).u32(SYNC_SAMPLE);
            });
        });
    });
    out.out
}

fn trak(out: &mut Writer, track: &AacTrack, duration_samples: u64) {
    // Enabled, in the movie (8.3.2).
    out.full_box(*b"tkhd", 0, 0x3, |out| {
        out.u32(0).u32(0).u32(TRACK_ID).zeros(4).u32(0).zeros(8).u16(0).u16(1).u16(0x0100).zeros(2).matrix().zeros(8);
    });
    out.in_box(*b"edts", |out| {
        // The sound begins after the priming and ends with its last sample (8.6.6). Version 1 for lengths over 2^32 samples.
        out.full_box(*b"elst", 1, 0, |out| {
            out.u32(1).u64(duration_samples).u64(u64::from(PRIMING_SAMPLES)).u16(1).u16(0);
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
                    mp4a(out, track);
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

/// `AudioSampleEntry` (12.2.3) with an `ES_Descriptor` (ISO/IEC 14496-14 §5.6, 14496-1 §7.2.6).
fn mp4a(out: &mut Writer, track: &AacTrack) {
    out.in_box(*b"mp4a", |out| {
        out.zeros(6).u16(1).zeros(8).u16(u16::from(track.channels)).u16(16).zeros(4).u32(track.sample_rate_hz << 16);
        out.full_box(*b"esds", 0, 0, |out| {
            let config = descriptor(0x05, &track.config);
            // MPEG-4 audio, an audio stream, no buffer size told, maximum and average bit rate.
            let mut decoder = vec![0x40, 0x15, 0, 0, 0];
            decoder.extend(track.bitrate_bps.to_be_bytes());
            decoder.extend(track.bitrate_bps.to_be_bytes());
            decoder.extend(config);
            let mut stream = vec![0, 0, 0];
            stream.extend(descriptor(0x04, &decoder));
            stream.extend(descriptor(0x06, &[0x02]));
            out.bytes(&descriptor(0x03, &stream));
        });
    });
}

/// A descriptor with its length in the form of four bytes that every reader takes (14496-1 §8.3.3).
fn descriptor(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let seven_bits = |shift: u32| u8::try_from(length >> shift & 0x7F).unwrap_or(0);
    let mut out = vec![tag, 0x80 | seven_bits(21), 0x80 | seven_bits(14), 0x80 | seven_bits(7), seven_bits(0)];
    out.extend(body);
    out
}

/// One fragment (8.8.4) in a segment of its own (8.16.2). Durations are written frame by frame only where one differs from the
/// track's default.
fn media_segment(sequence: u32, decode_time: u64, sizes: &[u32], last_frame_samples: u32, data: &[u8]) -> Vec<u8> {
    let own_durations = last_frame_samples != FRAME_SAMPLES;
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
                        out.u32(if index + 1 == sizes.len() { last_frame_samples } else { FRAME_SAMPLES });
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

/// Writes boxes, sizes filled in afterwards.
#[derive(Default)]
struct Writer {
    out: Vec<u8>,
}

impl Writer {
    fn in_box(&mut self, kind: [u8; 4], body: impl FnOnce(&mut Self)) {
        let start = self.out.len();
        self.u32(0).bytes(&kind);
        body(self);
        let size = u32::try_from(self.out.len() - start).unwrap_or(u32::MAX);
        self.out[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }

    fn full_box(&mut self, kind: [u8; 4], version: u8, flags: u32, body: impl FnOnce(&mut Self)) {
        self.in_box(kind, |out| {
            out.u32(u32::from(version) << 24 | flags);
            body(out);
        });
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend_from_slice(bytes);
        self
    }

    fn zeros(&mut self, count: usize) -> &mut Self {
        self.out.resize(self.out.len() + count, 0);
        self
    }

    fn u16(&mut self, value: u16) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.bytes(&value.to_be_bytes())
    }

    fn matrix(&mut self) -> &mut Self {
        for value in IDENTITY {
            self.u32(value);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segments(duration_samples: u64, surplus_frames: u64) -> Vec<Segment> {
        let frames = (duration_samples + 1024).div_ceil(1024) + surplus_frames;
        let mut segmenter = Segmenter::default();
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
        let mut segmenter = Segmenter::default();
        segmenter.push(b"frame");
        assert!(segmenter.finish(44_100).is_err());
        assert!(Segmenter::default().finish(0).is_err());
    }
}
