//! Pictures of artists and albums.

/// Bytes that [`begins_like`] looks at.
pub const MAGIC_BYTES: usize = 12;

/// The media types of pictures that are accepted.
pub const MEDIA_TYPES: &[&str] = &["image/jpeg", "image/png", "image/webp"];

/// Whether a file that begins with `bytes` can be of `media_type`, by the signatures of the WHATWG MIME Sniffing Standard §6.1.
pub fn begins_like(media_type: &str, bytes: &[u8]) -> bool {
    match media_type {
        "image/jpeg" => bytes.starts_with(&[0xff, 0xd8, 0xff]),
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_known_by_their_first_bytes() {
        assert!(begins_like("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\r"));
        assert!(begins_like("image/jpeg", b"\xff\xd8\xff\xe0"));
        assert!(begins_like("image/webp", b"RIFF\x10\0\0\0WEBP"));
        assert!(!begins_like("image/webp", b"RIFF\x10\0\0\0WAVE"));
        assert!(!begins_like("image/png", b"<svg"));
        assert!(!begins_like("image/svg+xml", b"<svg"));
    }
}
