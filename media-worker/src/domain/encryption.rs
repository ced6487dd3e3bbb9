//! Whole-segment encryption of HLS (RFC 8216 §4.3.2.4, method `AES-128`): CBC with PKCS7 padding, the segment's number as its
//! initialization vector (§5.2).

use std::fmt::Write as _;

use aes::Aes128;
use cbc::Encryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockEncryptMut as _, KeyIvInit as _};

/// Bits per second that padding adds at most to segments of a ladder: 16 bytes in five seconds.
pub const PADDING_BPS: u32 = 26;

/// A key of 128 bits.
pub type Key = [u8; 16];

/// The segment with media sequence number `number`, encrypted.
pub fn encrypt_segment(key: &Key, number: u32, segment: &[u8]) -> Vec<u8> {
    let vector = u128::from(number).to_be_bytes();
    Encryptor::<Aes128>::new(key.into(), &vector.into()).encrypt_padded_vec_mut::<Pkcs7>(segment)
}

/// The name of the key that segment `number` is encrypted with, beside it, when each serves `segments_per_key`.
pub fn key_file(number: u32, segments_per_key: u32) -> String {
    format!("{}.key", number / segments_per_key.max(1))
}

/// The media playlist `text` with the keys of its segments. The header is named before the first key, and so is not encrypted.
pub fn with_keys(text: &str, segments_per_key: u32) -> String {
    let (mut out, mut number) = (String::new(), 0);
    for line in text.lines() {
        if line.starts_with("#EXTINF:") {
            if number % segments_per_key.max(1) == 0 {
                let _ = writeln!(out, "#EXT-X-KEY:METHOD=AES-128,URI=\"{}\"", key_file(number, segments_per_key));
            }
            number += 1;
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_cipher_of_the_standard() {
        // NIST SP 800-38A, F.2.1: with that key and an initialization vector of zeros, exclusive-or taken into the text.
        let key = [0x2b, 0x7e, 0x15, 0x16, 0x28, 0xae, 0xd2, 0xa6, 0xab, 0xf7, 0x15, 0x88, 0x09, 0xcf, 0x4f, 0x3c];
        let text = [0x6b, 0xc1, 0xbe, 0xe2, 0x2e, 0x40, 0x9f, 0x96, 0xe9, 0x3d, 0x7e, 0x11, 0x73, 0x93, 0x17, 0x2a];
        let vector: Vec<u8> = (0..16).collect();
        let mixed: Vec<u8> = text.iter().zip(&vector).map(|(text, vector)| text ^ vector).collect();
        let encrypted = encrypt_segment(&key, 0, &mixed);
        assert_eq!(encrypted[..4], [0x76, 0x49, 0xab, 0xac]);
        assert_eq!(encrypted.len(), 32, "a full block is padded by another");
        assert_ne!(encrypt_segment(&key, 1, &mixed), encrypted, "the number counts");
    }

    #[test]
    fn keys_change_after_so_many_segments() {
        let playlist = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXTINF:6,\n0.m4s\n#EXTINF:6,\n1.m4s\n#EXTINF:6,\n2.m4s\n#EXT-X-ENDLIST\n";
        let expected = "#EXTM3U\n#EXT-X-MAP:URI=\"init.mp4\"\n#EXT-X-KEY:METHOD=AES-128,URI=\"0.key\"\n#EXTINF:6,\n0.m4s\n#EXTINF:6,\n1.m4s\n\
                        #EXT-X-KEY:METHOD=AES-128,URI=\"1.key\"\n#EXTINF:6,\n2.m4s\n#EXT-X-ENDLIST\n";
        assert_eq!(with_keys(playlist, 2), expected);
    }
}
