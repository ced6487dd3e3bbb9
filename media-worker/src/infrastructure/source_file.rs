//! What can be known of an uploaded file before a decoder sees it: what it is by its own first bytes (its name and declared
//! type prove nothing), and whether it is as long as it says. Demuxers answer a cut-off file with a silent early end, so
//! the lengths in its headers are read here.

use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use crate::application::ports::TranscodeError;
use crate::domain::failure::{DeclaredSecs, Failure};

mod ogg;

/// Bytes from the beginning (after an ID3 tag) that tell the kind.
const HEAD: usize = 4096;

/// A header that counts samples is off by no more than sloppy writers are.
const SAMPLES_TOLERANCE: f64 = 0.02;
/// A header that counts MPEG frames also counts what decoders take away at both ends.
const FRAMES_TOLERANCE: f64 = 0.1;

/// How the length that a file declares can be learnt.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DeclaredLength {
    /// By this file's header.
    Seconds(DeclaredSecs),
    /// The demuxer's answer comes from a header and can be trusted.
    AskDemuxer,
    /// Only an estimate from the bit rate exists.
    Unknown,
}

/// What is known of a file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Source {
    /// How long it says it is.
    pub declared: DeclaredLength,
    /// Whether its container is one that is accepted; otherwise the typefinder may still find sound in it.
    pub recognised: bool,
    /// Where its sound ends, when the last block is decoded to more than that.
    pub end: Option<End>,
}

/// The end of a stream whose last block is filled up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct End {
    /// Samples a channel.
    pub samples: u64,
    /// The most that an honest stream decodes to behind them.
    pub padding: u64,
}

/// Recognises the file at `path` and checks that it is whole, as far as its container tells.
pub fn examine(path: &Path) -> Result<Source, TranscodeError> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    if length == 0 {
        return Err(Failure::empty().into());
    }
    let mut reader = Reader { file: &mut file, length };
    let (head, start) = reader.head_after_id3()?;
    let container = recognise(&head)?;
    let mut end = None;
    let declared = match container {
        Container::Wave { big_endian } => reader.wave(big_endian)?,
        Container::Aiff => reader.aiff()?,
        Container::Flac => flac(&head),
        Container::Ogg => {
            end = ogg::walk(reader.file, length)?;
            DeclaredLength::AskDemuxer
        }
        Container::Mpeg => mpeg(&head),
        Container::Mp4 => reader.mp4(start)?,
        Container::Matroska => reader.matroska(start)?,
        Container::WavPack => DeclaredLength::AskDemuxer,
        Container::Other => DeclaredLength::Unknown,
    };
    Ok(Source { declared, recognised: container != Container::Other, end })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    Wave { big_endian: bool },
    Aiff,
    Flac,
    Ogg,
    Mpeg,
    Mp4,
    Matroska,
    WavPack,
    Other,
}

fn recognise(head: &[u8]) -> Result<Container, Failure> {
    let guess = infer::get(head);
    if guess.is_some_and(|guess| guess.matcher_type() == infer::MatcherType::Image) {
        return Err(Failure::is_not_audio("a picture"));
    }
    let form = head.get(8..12).unwrap_or_default();
    Ok(match head {
        [b'R', b'I', b'F', b'F', ..] | [b'R', b'F', b'6', b'4', ..] if form == b"WAVE" => Container::Wave { big_endian: false },
        [b'R', b'I', b'F', b'X', ..] if form == b"WAVE" => Container::Wave { big_endian: true },
        [b'F', b'O', b'R', b'M', ..] if form == b"AIFF" || form == b"AIFC" => Container::Aiff,
        [b'f', b'L', b'a', b'C', ..] => Container::Flac,
        [b'O', b'g', b'g', b'S', ..] => Container::Ogg,
        [_, _, _, _, b'f', b't', b'y', b'p', ..] | [_, _, _, _, b'm', b'o', b'o', b'v', ..] => Container::Mp4,
        [0x1A, 0x45, 0xDF, 0xA3, ..] => Container::Matroska,
        [b'w', b'v', b'p', b'k', ..] => Container::WavPack,
        // The sync word of an MPEG audio or ADTS frame; layer and version bits say which.
        [0xFF, second, ..] if second & 0xE0 == 0xE0 => Container::Mpeg,
        _ => match guess.map(|guess| guess.matcher_type()) {
            Some(infer::MatcherType::Archive) => return Err(Failure::is_not_audio("an archive")),
            Some(infer::MatcherType::App) => return Err(Failure::is_not_audio("a program")),
            Some(infer::MatcherType::Doc | infer::MatcherType::Book | infer::MatcherType::Font | infer::MatcherType::Text) => {
                return Err(Failure::is_not_audio("a document"));
            }
            _ if head.starts_with(b"#EXTM3U") || head.starts_with(b"[playlist]") => return Err(Failure::is_not_audio("a playlist")),
            _ if is_text(head) => return Err(Failure::is_not_audio("a text file")),
            _ => Container::Other,
        },
    })
}

fn is_text(head: &[u8]) -> bool {
    let readable = match std::str::from_utf8(head) {
        Ok(text) => text,
        // The head may end inside a character.
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).unwrap_or_default(),
        Err(_) => return false,
    };
    !readable.is_empty() && !readable.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t' | '\u{c}'))
}

/// `STREAMINFO` (RFC 9639 §8.2): 20 bits of sample rate, 36 bits of length.
fn flac(head: &[u8]) -> DeclaredLength {
    let Some(info) = head.get(8 + 10..8 + 18).and_then(|bytes| <[u8; 8]>::try_from(bytes).ok()).map(u64::from_be_bytes) else {
        return DeclaredLength::Unknown;
    };
    let (rate, samples) = (info >> 44, info & 0xF_FFFF_FFFF);
    if rate == 0 || samples == 0 {
        DeclaredLength::Unknown
    } else {
        DeclaredLength::Seconds(DeclaredSecs { secs: ratio(samples, rate), tolerance: SAMPLES_TOLERANCE })
    }
}

/// The frame count that encoders leave in the first frame (`Xing`, `Info` or `VBRI`). Without it, the length can only be guessed
/// from the first bit rate; ADTS has none.
fn mpeg(head: &[u8]) -> DeclaredLength {
    let number = |at: usize| head.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map(u32::from_be_bytes);
    let find = |tag: &[u8]| head.windows(4).take(1024).position(|window| window == tag);
    let frames = match (find(b"Xing").or_else(|| find(b"Info")), find(b"VBRI")) {
        (Some(at), _) if number(at + 4).is_some_and(|flags| flags & 1 == 1) => number(at + 8),
        (None, Some(at)) => number(at + 14),
        _ => None,
    };
    // ISO/IEC 11172-3 §2.4.1.3, with the lower rates of 13818-3 and of MPEG 2.5.
    let rate = match head.get(2).map(|byte| byte >> 2 & 3) {
        Some(0) => 44_100,
        Some(1) => 48_000,
        Some(2) => 32_000,
        _ => return DeclaredLength::Unknown,
    };
    let (samples, rate) = match head.get(1).map(|byte| byte >> 3 & 3) {
        Some(3) => (1152, rate),
        Some(2) => (576, rate / 2),
        _ => (576, rate / 4),
    };
    frames.map_or(DeclaredLength::Unknown, |frames| {
        DeclaredLength::Seconds(DeclaredSecs { secs: ratio(u64::from(frames) * samples, rate), tolerance: FRAMES_TOLERANCE })
    })
}

#[expect(clippy::cast_precision_loss, reason = "lengths are far below 2^53")]
fn ratio(part: u64, whole: u64) -> f64 {
    part as f64 / whole as f64
}

struct Reader<'a> {
    file: &'a mut File,
    length: u64,
}

impl Reader<'_> {
    fn read_at(&mut self, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        self.file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        self.file.take(most as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// The first bytes after an `ID3v2` tag (its length is four times seven bits), and where they are.
    fn head_after_id3(&mut self) -> io::Result<(Vec<u8>, u64)> {
        let head = self.read_at(0, HEAD)?;
        match head.get(..10) {
            Some([b'I', b'D', b'3', _, _, _, size @ ..]) => {
                let start = 10 + size.iter().fold(0, |length, byte| length << 7 | u64::from(byte & 0x7F));
                Ok((self.read_at(start, HEAD)?, start))
            }
            _ => Ok((head, 0)),
        }
    }

    fn wave(&mut self, big_endian: bool) -> Result<DeclaredLength, TranscodeError> {
        let number =
            |bytes: &[u8]| <[u8; 4]>::try_from(bytes).map(|bytes| if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }).unwrap_or(0);
        let (mut offset, mut bytes_per_second, mut long_size) = (12, 0, None);
        while let Some(header) = Some(self.read_at(offset, 28)?).filter(|header| header.len() >= 8) {
            let size = u64::from(number(&header[4..8]));
            match &header[..4] {
                b"fmt " if header.len() >= 20 => bytes_per_second = u64::from(number(&header[16..20])),
                b"ds64" if header.len() >= 24 => long_size = header[16..24].try_into().ok().map(u64::from_le_bytes),
                b"data" => {
                    // Writers to a pipe cannot know the size and say 0, or the most there is.
                    if offset + 8 >= self.length && size == 0 {
                        return Err(Failure::empty().into());
                    }
                    let size = if size >= 0xFFFF_F000 { long_size.unwrap_or(0) } else { size };
                    if size == 0 || bytes_per_second == 0 {
                        return Ok(DeclaredLength::Unknown);
                    }
                    let declared = DeclaredSecs { secs: ratio(size, bytes_per_second), tolerance: SAMPLES_TOLERANCE };
                    let present = ratio(self.length.saturating_sub(offset + 8).min(size), bytes_per_second);
                    if declared.is_cut_off(present) {
                        return Err(Failure::shorter_than_declared(present, declared.secs).into());
                    }
                    return Ok(DeclaredLength::Seconds(declared));
                }
                _ => {}
            }
            offset += 8 + size + size % 2;
        }
        // A header without sound: the file ends before its data.
        Err(if self.length < 128 { Failure::empty() } else { Failure::truncated() }.into())
    }

    fn aiff(&mut self) -> Result<DeclaredLength, TranscodeError> {
        let header = self.read_at(4, 4)?;
        let declared = header.try_into().map(u32::from_be_bytes).map_or(0, u64::from) + 8;
        if declared > self.length + declared / 100 {
            return Err(Failure::truncated().into());
        }
        Ok(DeclaredLength::AskDemuxer)
    }

    /// Walks the boxes at the top (ISO/IEC 14496-12 §4.2): each must lie in the file, and the movie box must be there.
    fn mp4(&mut self, start: u64) -> Result<DeclaredLength, TranscodeError> {
        let (mut offset, mut has_movie) = (start, false);
        while let Some(header) = Some(self.read_at(offset, 16)?).filter(|header| header.len() >= 8) {
            let size = match header[..4].try_into().map(u32::from_be_bytes).map_or(0, u64::from) {
                0 => self.length - offset,
                1 => header.get(8..16).and_then(|size| size.try_into().ok()).map_or(0, u64::from_be_bytes),
                size => size,
            };
            let Some(end) = offset.checked_add(size).filter(|_| size >= 8) else { return Err(Failure::undecodable().into()) };
            if end > self.length {
                return Err(Failure::truncated().into());
            }
            has_movie |= &header[4..8] == b"moov";
            offset = end;
        }
        if has_movie { Ok(DeclaredLength::AskDemuxer) } else { Err(Failure::truncated().into()) }
    }

    /// The header and the segment (RFC 8794 §4, RFC 9559 §5.1): a segment of a told size must lie in the file.
    fn matroska(&mut self, start: u64) -> Result<DeclaredLength, TranscodeError> {
        let mut offset = start;
        for _ in 0..2 {
            let head = self.read_at(offset, 12)?;
            let identifier = head.first().map_or(0, |first| first.leading_zeros() as usize + 1);
            let Some((length, size)) = head.get(identifier..).and_then(ebml_size) else { return Err(Failure::truncated().into()) };
            // Live recordings do not know how long they will be.
            let Some(size) = size else { return Ok(DeclaredLength::AskDemuxer) };
            offset += (identifier + length) as u64;
            offset = offset.checked_add(size).filter(|end| *end <= self.length).ok_or_else(Failure::truncated)?;
        }
        Ok(DeclaredLength::AskDemuxer)
    }
}

/// The bytes that an EBML size takes, and the size; none inside when it says that it is unknown (RFC 8794 §6).
fn ebml_size(bytes: &[u8]) -> Option<(usize, Option<u64>)> {
    let length = bytes.first()?.leading_zeros() as usize + 1;
    let bytes = bytes.get(..length).filter(|_| length <= 8)?;
    let value = bytes.iter().fold(0_u64, |value, byte| value << 8 | u64::from(*byte));
    let mask = (1_u64 << (7 * length)) - 1;
    let size = value & mask;
    Some((length, (size != mask).then_some(size)))
}
