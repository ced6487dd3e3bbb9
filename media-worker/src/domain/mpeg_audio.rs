//! MPEG-1 layer III streams of constant bit rate (ISO/IEC 11172-3 §2.4): counting their frames, and the frame of silence at the
//! beginning in which encoders tell players the exact length (the "Info" tag of Xing and LAME). Without it a player hears the
//! encoder's delay and padding, and guesses the length.

/// Samples of a frame.
const FRAME_SAMPLES: u64 = 1152;
/// Samples that LAME puts before the first one of the source.
const DELAY: u64 = 576;
const HEADER: usize = 4;
/// Points of the table of contents.
const CONTENTS: u64 = 100;
/// Bytes of the tag from `Info` on: 120 of Xing's, 36 of LAME's.
const TAG: usize = 156;

/// Finds the frames in a stream that comes in pieces.
#[derive(Debug, Clone, Default)]
pub struct FrameCounter {
    first_header: Option<[u8; HEADER]>,
    /// The header that is coming in.
    header: Vec<u8>,
    /// Bytes of the current frame that are still to come.
    missing: usize,
    frames: u64,
    bytes: u64,
}

/// What follows is no frame of MPEG-1 layer III.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the stream has no frame where one must begin")]
pub struct NoFrame;

impl FrameCounter {
    /// Takes the next piece.
    pub fn push(&mut self, mut piece: &[u8]) -> Result<(), NoFrame> {
        self.bytes += piece.len() as u64;
        while !piece.is_empty() {
            let skipped = self.missing.min(piece.len());
            self.missing -= skipped;
            piece = &piece[skipped..];
            let taken = if self.missing == 0 { (HEADER - self.header.len()).min(piece.len()) } else { 0 };
            self.header.extend_from_slice(&piece[..taken]);
            piece = &piece[taken..];
            if let Ok(header) = <[u8; HEADER]>::try_from(self.header.as_slice()) {
                self.missing = frame_length(header).and_then(|length| length.checked_sub(HEADER)).ok_or(NoFrame)?;
                self.first_header.get_or_insert(header);
                self.header.clear();
                self.frames += 1;
            }
        }
        Ok(())
    }

    /// The frame to put before the others, when the sound has `duration_samples`; none when there were no frames, or they do not
    /// hold so much.
    pub fn info_frame(&self, duration_samples: u64) -> Option<Vec<u8>> {
        // The same, without padding and without a checksum.
        let [sync, version, rates, mode] = self.first_header?;
        let header = [sync, version | 1, rates & !2, mode];
        let length = frame_length(header)?;
        let side_information = if mode >> 6 == 3 { 17 } else { 32 };
        let start = HEADER + side_information;
        let padding = (self.frames * FRAME_SAMPLES).checked_sub(DELAY + duration_samples)?;
        let bytes = u32::try_from(self.bytes + length as u64).ok()?;

        let mut frame = vec![0; length];
        frame.get_mut(..HEADER)?.copy_from_slice(&header);
        let mut tag = Vec::with_capacity(TAG);
        tag.extend(b"Info");
        // Frames, bytes, contents and quality are told.
        tag.extend(0xF_u32.to_be_bytes());
        tag.extend(u32::try_from(self.frames).ok()?.to_be_bytes());
        tag.extend(bytes.to_be_bytes());
        tag.extend((0..CONTENTS).map(|point| u8::try_from(point * 256 / CONTENTS).unwrap_or(u8::MAX)));
        tag.extend(0_u32.to_be_bytes());
        // LAME's extension: who encoded, constant bit rate, nothing about filters and gains, the bit rate.
        tag.extend(b"LAME3.100");
        tag.push(1);
        tag.extend([0; 10]);
        tag.push(u8::try_from(bitrate_kbps(rates)?).unwrap_or(u8::MAX));
        let gapless = u32::try_from(DELAY << 12 | padding.min(0xFFF)).ok()?.to_be_bytes();
        tag.extend(&gapless[1..]);
        // Stereo mode, gain and preset are not told; the length and the checksum of the music follow.
        tag.extend([0; 4]);
        tag.extend(bytes.to_be_bytes());
        tag.extend([0; 2]);
        frame.get_mut(start..start + tag.len())?.copy_from_slice(&tag);
        let checked = start + tag.len();
        let checksum = crc16(&frame[..checked]);
        frame.get_mut(checked..checked + 2)?.copy_from_slice(&checksum.to_be_bytes());
        Some(frame)
    }
}

/// Bytes of the frame that `header` begins; none for anything but MPEG-1 layer III of a told bit rate.
fn frame_length(header: [u8; HEADER]) -> Option<usize> {
    if header[0] != 0xFF || header[1] & 0xFE != 0xFA {
        return None;
    }
    let rate_hz = match header[2] >> 2 & 3 {
        0 => 44_100,
        1 => 48_000,
        2 => 32_000,
        _ => return None,
    };
    let padding = usize::from(header[2] >> 1 & 1);
    Some(144_000 * bitrate_kbps(header[2])? / rate_hz + padding)
}

fn bitrate_kbps(rates: u8) -> Option<usize> {
    const KBPS: [usize; 14] = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
    KBPS.get(usize::from(rates >> 4).checked_sub(1)?).copied()
}

/// CRC-16 with the polynomial 0x8005, reflected: what LAME's tag ends with.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| (0..8).fold(crc ^ u16::from(*byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xA001 } else { crc >> 1 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 128 kbit/s at 44.1 kHz in stereo; every other frame is padded.
    fn stream(frames: usize) -> Vec<u8> {
        (0..frames).flat_map(|n| [[0xFF, 0xFB, 0x90 | (u8::from(n % 2 == 1) << 1), 0x44].as_slice(), &vec![0x55; 413 + n % 2]].concat()).collect()
    }

    #[test]
    fn frames_are_counted_in_pieces_of_any_size() {
        let stream = stream(20);
        for size in [1, 3, 417, 418, 1000, stream.len()] {
            let mut counter = FrameCounter::default();
            for piece in stream.chunks(size) {
                counter.push(piece).unwrap();
            }
            assert_eq!((counter.frames, counter.bytes, counter.missing), (20, stream.len() as u64, 0), "{size}");
        }
    }

    #[test]
    fn the_info_frame_is_a_frame_and_tells_delay_and_padding() {
        let mut counter = FrameCounter::default();
        counter.push(&stream(20)).unwrap();
        let frame = counter.info_frame(20_000).unwrap();
        assert_eq!(frame_length(frame[..4].try_into().unwrap()), Some(frame.len()));
        assert_eq!(&frame[36..40], b"Info");
        let gapless = &frame[36 + 141..36 + 144];
        let (delay, padding) = (u32::from(gapless[0]) << 4 | u32::from(gapless[1]) >> 4, u32::from(gapless[1] & 0xF) << 8 | u32::from(gapless[2]));
        assert_eq!((delay, u64::from(padding)), (576, 20 * 1152 - 576 - 20_000));
        assert_eq!(counter.info_frame(1_000_000), None, "more sound than frames");
    }

    #[test]
    fn anything_else_is_no_frame() {
        for bytes in [b"RIFF".as_slice(), &[0xFF, 0xF3, 0x90, 0x44], &[0xFF, 0xFB, 0xF0, 0x44], &[0xFF, 0xFB, 0x00, 0x44], &[0xFF, 0xFB, 0x9C, 0x44]] {
            assert_eq!(FrameCounter::default().push(bytes), Err(NoFrame), "{bytes:?}");
        }
    }

    #[test]
    fn the_checksum_is_that_of_the_catalogue() {
        // CRC-16/ARC of the digits 1 to 9.
        assert_eq!(crc16(b"123456789"), 0xBB3D);
    }
}
