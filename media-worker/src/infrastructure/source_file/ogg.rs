//! The pages of an Ogg file (RFC 3533 §6).

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};

use super::End;
use crate::application::ports::TranscodeError;
use crate::domain::failure::Failure;

/// Bytes of a page before its table of segments.
const HEADER: usize = 27;
/// Flags of a page: the first of its stream, the last of it.
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Walks all pages: a file that ends inside one was cut, and a stream that begins after another's data makes a chain, of which the
/// demuxer gives the first link only. The length then comes from the last page's position.
///
/// Returns where the sound ends when it is one stream of Vorbis.
pub(super) fn walk(file: &mut File, length: u64) -> Result<Option<End>, TranscodeError> {
    file.seek(SeekFrom::Start(0))?;
    let mut pages = BufReader::new(file);
    let (mut offset, mut data_began) = (0_u64, false);
    let mut vorbis = VorbisEnd::default();
    loop {
        let mut header = Vec::new();
        pages.by_ref().take(HEADER as u64).read_to_end(&mut header)?;
        if header.is_empty() || (header.len() >= 4 && !header.starts_with(b"OggS")) {
            // Something else behind the last page is not our concern; within, the decoder will notice.
            return Ok(vorbis.end());
        }
        let Ok(header) = <[u8; HEADER]>::try_from(header) else { return Err(Failure::truncated().into()) };
        let page = Page { flags: header[5], position: i64::from_le_bytes(position(&header)), segments: header[26] };
        if page.flags & FIRST != 0 && data_began {
            return Err(Failure::several_recordings().into());
        }
        data_began |= page.flags & FIRST == 0;
        let mut lacing = Vec::new();
        pages.by_ref().take(u64::from(page.segments)).read_to_end(&mut lacing)?;
        let body = lacing.iter().map(|size| i64::from(*size)).sum::<i64>();
        offset += HEADER as u64 + u64::from(page.segments) + body.unsigned_abs();
        if offset > length {
            return Err(Failure::truncated().into());
        }
        if page.flags & FIRST != 0 {
            let mut packet = Vec::new();
            pages.by_ref().take(body.unsigned_abs()).read_to_end(&mut packet)?;
            vorbis.begin(&packet);
        } else {
            vorbis.go_on(&page, lacing.iter().filter(|size| **size < 255).count());
            pages.seek_relative(body)?;
        }
    }
}

fn position(header: &[u8; HEADER]) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&header[6..14]);
    bytes
}

struct Page {
    flags: u8,
    /// Samples a channel up to the end of the last packet that ends in it; -1 when none does.
    position: i64,
    segments: u8,
}

/// Looks for the end of the only stream, if that is Vorbis: the position of its last page, which tells how much of what its last blocks
/// decode to is sound (Vorbis I specification §A.2).
#[derive(Debug, Default)]
struct VorbisEnd {
    streams: usize,
    /// Samples of the longer of the two kinds of blocks.
    longest_block: Option<u64>,
    before: i64,
    last: Option<End>,
}

impl VorbisEnd {
    /// The identification header (Vorbis I specification §4.2.2): the two sizes of blocks are powers of two, four bits each.
    fn begin(&mut self, packet: &[u8]) {
        self.streams += 1;
        self.longest_block = packet.strip_prefix(b"\x01vorbis").and_then(|header| header.get(21)).map(|sizes| 1 << (sizes >> 4));
    }

    fn go_on(&mut self, page: &Page, packets: usize) {
        let longest_block = self.longest_block.unwrap_or(0);
        self.last = (page.flags & LAST != 0 && page.position >= self.before)
            .then(|| End { samples: page.position.unsigned_abs(), padding: longest_block.saturating_mul(packets as u64) });
        self.before = self.before.max(page.position);
    }

    fn end(self) -> Option<End> {
        self.last.filter(|_| self.streams == 1 && self.longest_block.is_some())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn page(flags: u8, position: i64, packet: &[u8]) -> Vec<u8> {
        let mut page = b"OggS\0".to_vec();
        page.push(flags);
        page.extend(position.to_le_bytes());
        page.extend([0; 12]);
        page.push(1);
        page.push(u8::try_from(packet.len()).unwrap());
        page.extend(packet);
        page
    }

    fn end(pages: &[Vec<u8>]) -> Option<End> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&pages.concat()).unwrap();
        let length = file.metadata().unwrap().len();
        walk(&mut file, length).unwrap()
    }

    /// Blocks of 256 and 2048 samples.
    const IDENTIFICATION: &[u8] = b"\x01vorbis\0\0\0\0\x02\x44\xac\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xb8\x01";

    #[test]
    fn the_last_page_of_a_lone_vorbis_stream_tells_where_its_sound_ends() {
        let first = || page(FIRST, 0, IDENTIFICATION);
        assert_eq!(end(&[first(), page(0, 5000, b"a"), page(LAST, 5100, b"b")]), Some(End { samples: 5100, padding: 2048 }));
        // No page says that it is the last, or one says that the sound ends before it begins.
        assert_eq!(end(&[first(), page(0, 5000, b"a"), page(0, 5100, b"b")]), None);
        assert_eq!(end(&[first(), page(0, 5000, b"a"), page(LAST, 4000, b"b")]), None);
        assert_eq!(end(&[first(), page(0, 5000, b"a"), page(LAST, -1, b"b")]), None);
        // Something else, and Vorbis beside something else.
        assert_eq!(end(&[page(FIRST, 0, b"OpusHead"), page(LAST, 5100, b"b")]), None);
        assert_eq!(end(&[first(), page(FIRST, 0, b"\x80theora"), page(LAST, 5100, b"b")]), None);
        assert_eq!(end(&[]), None);
    }
}
