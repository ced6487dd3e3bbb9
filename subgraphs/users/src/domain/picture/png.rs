//! PNG: a signature, then chunks of length, type, data and checksum (PNG specification, third edition, §5).

use super::{Cleaned, big_endian, take};

pub(super) const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// What is needed to show the picture in its colours (§11.2, §11.3.2). Texts, dates, Exif and animations are not.
const KEPT: [&[u8; 4]; 11] = [b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"pHYs"];

/// None when it is no PNG with an end.
pub(super) fn clean(bytes: &[u8]) -> Option<Cleaned> {
    let mut rest = bytes.strip_prefix(SIGNATURE)?;
    let mut kept = SIGNATURE.to_vec();
    let (mut size, mut has_data) = (None, false);
    loop {
        let chunk = rest;
        let length = usize::try_from(big_endian(take(&mut rest, 4)?)).ok()?;
        let kind = take(&mut rest, 4)?;
        let data = take(&mut rest, length)?;
        take(&mut rest, 4)?;
        match kind {
            b"IHDR" if size.is_none() && length == 13 => size = Some((big_endian(&data[..4]), big_endian(&data[4..8]))),
            // The header comes first, and once.
            b"IHDR" => return None,
            _ if size.is_none() => return None,
            b"IDAT" => has_data = true,
            _ => {}
        }
        if KEPT.iter().any(|known| kind == known.as_slice()) {
            kept.extend_from_slice(chunk.get(..length + 12)?);
        }
        if kind == b"IEND" {
            break;
        }
    }
    let (width, height) = size?;
    has_data.then_some(Cleaned { width, height, bytes: kept })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(kind: &[u8], data: &[u8]) -> Vec<u8> {
        [&u32::try_from(data.len()).unwrap().to_be_bytes()[..], kind, data, b"crc!"].concat()
    }

    fn header(width: u32, height: u32) -> Vec<u8> {
        chunk(b"IHDR", &[&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat())
    }

    #[test]
    fn what_tells_of_its_maker_goes_and_the_picture_stays() {
        let (begin, data, end) = ([SIGNATURE, &header(3, 2)].concat(), chunk(b"IDAT", b"pixels"), chunk(b"IEND", b""));
        let told = [chunk(b"tEXt", b"Author\0Ada"), chunk(b"eXIf", b"MM\0*place"), chunk(b"tIME", b"2026")].concat();
        let cleaned = clean(&[&begin[..], &told, &data, &told, &end, b"behind the end"].concat()).unwrap();
        assert_eq!((cleaned.width, cleaned.height), (3, 2));
        assert_eq!(cleaned.bytes, [begin, data, end].concat());
    }

    #[test]
    fn what_has_no_header_no_data_or_no_end_is_none() {
        let (data, end) = (chunk(b"IDAT", b"pixels"), chunk(b"IEND", b""));
        let header = header(3, 2);
        for parts in [
            [&header[..], &end].concat(),
            [&header[..], &data].concat(),
            [&data[..], &header, &end].concat(),
            [&header[..], &header, &data, &end].concat(),
            [&header[..], &data, &end[..11]].concat(),
            [&header[..], &u32::MAX.to_be_bytes(), b"IDAT"].concat(),
            chunk(b"IHDR", b"short"),
        ] {
            assert!(clean(&[SIGNATURE, &parts].concat()).is_none());
        }
    }
}
