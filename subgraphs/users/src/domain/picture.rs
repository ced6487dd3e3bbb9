//! A picture as somebody sends it, and what is kept of it: the picture, without what it tells of its maker.
//!
//! Nothing is decoded: that would be work for a stranger and a way in for hostile files. The container is taken apart and put together
//! again from the parts that a viewer needs, so places, cameras, dates, comments, thumbnails, and whatever stands behind the end, stay
//! out. How a photograph is turned is kept. Whether the compressed part is sound only a decoder finds out: the browser's.

mod jpeg;
mod png;

use kernel::InvalidField;

/// The longest file, in bytes: what the gateway lets in at once.
pub const MAX_BYTES: usize = 2 * 1024 * 1024;
/// The longest side, in pixels: what a phone can unpack without trouble.
pub const MAX_SIDE: u32 = 4096;

/// A picture that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// By its first bytes, whatever the sender calls it.
    pub media_type: &'static str,
    /// Its bytes, cleaned.
    pub bytes: Vec<u8>,
}

/// What a format's parts came to.
struct Cleaned {
    width: u32,
    height: u32,
    bytes: Vec<u8>,
}

impl Picture {
    /// The picture that `bytes`, the input's `field`, are.
    pub fn clean(field: &'static str, bytes: &[u8]) -> Result<Self, InvalidField> {
        if bytes.len() > MAX_BYTES {
            return Err(InvalidField::new(field, format!("must have at most {MAX_BYTES} bytes")));
        }
        let (media_type, cleaned) = if bytes.starts_with(png::SIGNATURE) {
            ("image/png", png::clean(bytes))
        } else if bytes.starts_with(&jpeg::SIGNATURE) {
            ("image/jpeg", jpeg::clean(bytes))
        } else {
            return Err(InvalidField::new(field, "must be a JPEG or PNG picture"));
        };
        let Cleaned { width, height, bytes } = cleaned.ok_or_else(|| InvalidField::new(field, "is damaged"))?;
        if width == 0 || height == 0 || width > MAX_SIDE || height > MAX_SIDE {
            return Err(InvalidField::new(field, format!("must be 1 to {MAX_SIDE} pixels wide and high")));
        }
        Ok(Self { media_type, bytes })
    }
}

/// The next `count` bytes of `rest`, which goes on behind them.
fn take<'bytes>(rest: &mut &'bytes [u8], count: usize) -> Option<&'bytes [u8]> {
    let (taken, behind) = rest.split_at_checked(count)?;
    *rest = behind;
    Some(taken)
}

fn big_endian(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0, |value, byte| (value << 8) | u32::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_files_are_refused_by_field() {
        for bytes in [&b""[..], b"<svg onload=alert(1)>", b"GIF89a", b"RIFF\x10\0\0\0WEBP", b"\x89PNG", b"\xff\xd8", &[0; MAX_BYTES + 1]] {
            assert_eq!(Picture::clean("file", bytes).unwrap_err().field, "file");
        }
    }
}
