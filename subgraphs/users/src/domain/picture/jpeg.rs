//! JPEG: segments that begin with a marker (ITU-T T.81, annex B), and between them the compressed scans.

use super::{Cleaned, big_endian, take};

pub(super) const SIGNATURE: [u8; 3] = [0xff, START, 0xff];

const START: u8 = 0xd8;
const END: u8 = 0xd9;
const SCAN: u8 = 0xda;
const APP0: u8 = 0xe0;
const APP1: u8 = 0xe1;
const APP15: u8 = 0xef;
const COMMENT: u8 = 0xfe;
/// The tag of Exif (2.32, §4.6.4) that says how the camera was held.
const ORIENTATION: u32 = 0x0112;

/// None when it is no JPEG with an end.
pub(super) fn clean(bytes: &[u8]) -> Option<Cleaned> {
    let mut rest = bytes.strip_prefix(&[0xff, START])?;
    let mut kept = Vec::with_capacity(bytes.len());
    let (mut size, mut orientation, mut has_scan) = (None, None, false);
    loop {
        let marker = marker(&mut rest)?;
        match marker {
            END => break,
            // Without a segment: none of them belongs here.
            0x00 | 0x01 | 0xd0..=0xd8 => return None,
            _ => {}
        }
        let length = usize::try_from(big_endian(rest.get(..2)?)).ok()?;
        let segment = take(&mut rest, length)?;
        let data = segment.get(2..)?;
        match marker {
            // Frames; the three among them are tables (§B.1.1.3).
            0xc0..=0xcf if !matches!(marker, 0xc4 | 0xc8 | 0xcc) => {
                if size.is_some() {
                    return None;
                }
                size = Some((big_endian(data.get(3..5)?), big_endian(data.get(1..3)?)));
            }
            APP1 => orientation = orientation.or_else(|| turned(data)),
            _ => {}
        }
        if is_kept(marker, data) {
            kept.extend_from_slice(&[0xff, marker]);
            kept.extend_from_slice(segment);
        }
        if marker == SCAN {
            has_scan = true;
            let length = scan_length(rest)?;
            kept.extend_from_slice(take(&mut rest, length)?);
        }
    }
    let (width, height) = size?;
    let mut bytes = vec![0xff, START];
    bytes.extend(orientation.into_iter().flat_map(exif));
    bytes.extend(kept);
    bytes.extend([0xff, END]);
    has_scan.then_some(Cleaned { width, height, bytes })
}

/// The next marker; any number of fill bytes may come before it (§B.1.1.2).
fn marker(rest: &mut &[u8]) -> Option<u8> {
    if take(rest, 1)? != [0xff] {
        return None;
    }
    loop {
        match take(rest, 1)? {
            [0xff] => {}
            [marker] => return Some(*marker),
            _ => return None,
        }
    }
}

/// Of what applications add: the plain JFIF header, the colours of ICC and Adobe. Thumbnails, Exif, XMP and all else go.
fn is_kept(marker: u8, data: &[u8]) -> bool {
    match marker {
        APP0 => data.starts_with(b"JFIF\0") && data.len() == 14,
        0xe2 => data.starts_with(b"ICC_PROFILE\0"),
        0xee => data.starts_with(b"Adobe"),
        APP1..=APP15 | COMMENT => false,
        _ => true,
    }
}

/// How far the compressed data goes: to a marker that is neither a stuffed zero nor a restart (§B.1.1.5).
fn scan_length(rest: &[u8]) -> Option<usize> {
    rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0x00 | 0xd0..=0xd7))
}

/// How the camera was held, by Exif data: 1 to 8.
fn turned(data: &[u8]) -> Option<u8> {
    let tiff = data.strip_prefix(b"Exif\0\0")?;
    let little = match tiff.get(..4)? {
        b"II*\0" => true,
        b"MM\0*" => false,
        _ => return None,
    };
    let number = |at: usize, length: usize| -> Option<u32> {
        let bytes = tiff.get(at..at.checked_add(length)?)?;
        Some(if little { bytes.iter().rev().fold(0, |value, byte| (value << 8) | u32::from(*byte)) } else { big_endian(bytes) })
    };
    let directory = usize::try_from(number(4, 4)?).ok()?;
    let entries = usize::try_from(number(directory, 2)?).ok()?;
    let entry = (0..entries).map(|index| directory.saturating_add(2 + 12 * index)).find(|at| number(*at, 2) == Some(ORIENTATION))?;
    u8::try_from(number(entry.checked_add(8)?, 2)?).ok().filter(|value| (1..=8).contains(value))
}

/// Exif data that says that and nothing else.
fn exif(orientation: u8) -> Vec<u8> {
    // One entry: tag, type SHORT, count 1, the value; then no further directory.
    let tiff = [b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation], &[0; 6]].concat();
    [[0xff, APP1, 0, 34].as_slice(), b"Exif\0\0", &tiff].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn segment(marker: u8, data: &[u8]) -> Vec<u8> {
        [[0xff, marker].as_slice(), &u16::try_from(data.len() + 2).unwrap().to_be_bytes(), data].concat()
    }

    fn frame() -> Vec<u8> {
        segment(0xc2, &[8, 0, 2, 0, 3, 1, 1, 0x11, 0])
    }

    fn scan() -> Vec<u8> {
        [segment(SCAN, b"of one"), b"\x12\xff\x00\x34\xff\xd0\x56".to_vec()].concat()
    }

    /// With the place first, and the orientation behind it.
    fn camera(little: bool, orientation: u8) -> Vec<u8> {
        let tiff: &[u8] = if little {
            b"II*\0\x08\0\0\0\x02\0\x25\x88\x04\0\x01\0\0\0\0\0\0\0\x12\x01\x03\0\x01\0\0\0"
        } else {
            b"MM\0*\0\0\0\x08\0\x02\x88\x25\0\x04\0\0\0\x01\0\0\0\0\x01\x12\0\x03\0\0\0\x01"
        };
        let value: &[u8] = if little { &[orientation, 0, 0, 0] } else { &[0, orientation, 0, 0] };
        segment(APP1, &[b"Exif\0\0", tiff, value, b"\0\0\0\0place"].concat())
    }

    #[test]
    fn what_tells_of_its_maker_goes_and_how_it_is_turned_stays() {
        let jfif = segment(APP0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
        let told = [segment(COMMENT, b"by Ada"), segment(APP1, b"http://ns.adobe.com/xap/1.0/\0<x>"), segment(0xed, b"Photoshop 3.0\0")].concat();
        let tables = segment(0xc4, b"tables");
        for little in [true, false] {
            let photo =
                [b"\xff\xd8".to_vec(), jfif.clone(), camera(little, 6), told.clone(), frame(), tables.clone(), scan(), scan(), b"\xff\xff\xd9 behind".to_vec()];
            let cleaned = clean(&photo.concat()).unwrap();
            assert_eq!((cleaned.width, cleaned.height), (3, 2));
            let expected = [b"\xff\xd8".to_vec(), exif(6), jfif.clone(), frame(), tables.clone(), scan(), scan(), b"\xff\xd9".to_vec()].concat();
            assert_eq!(cleaned.bytes, expected);
            let again = clean(&cleaned.bytes).unwrap();
            assert_eq!(again.bytes, cleaned.bytes, "what is clean stays as it is");
        }
    }

    #[test]
    fn broken_ones_are_none_and_nothing_panics() {
        let whole = [b"\xff\xd8".to_vec(), camera(true, 6), frame(), scan(), b"\xff\xd9".to_vec()].concat();
        assert!(clean(&whole).is_some());
        for length in 0..whole.len() {
            assert!(clean(&whole[..length]).is_none(), "{length}");
        }
        let without_size = [b"\xff\xd8".to_vec(), scan(), b"\xff\xd9".to_vec()].concat();
        let without_scan = [b"\xff\xd8".to_vec(), frame(), b"\xff\xd9".to_vec()].concat();
        let two_sizes = [b"\xff\xd8".to_vec(), frame(), frame(), scan(), b"\xff\xd9".to_vec()].concat();
        for broken in [without_size, without_scan, two_sizes, b"\xff\xd8\xff\xe0\0\0".to_vec(), b"\xff\xd8\xff\xe0\0\x01".to_vec()] {
            assert!(clean(&broken).is_none());
        }
        for index in 0..whole.len() {
            for byte in [0, 0x7f, 0xff] {
                let mut damaged = whole.clone();
                damaged[index] = byte;
                let _ = clean(&damaged);
            }
        }
    }
}
