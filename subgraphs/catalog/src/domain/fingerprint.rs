//! Chromaprint fingerprints: which two recordings are the same, re-encoded, cut, or at another level.
//!
//! A fingerprint is a row of sub-fingerprints of 32 bits, about eight a second (chromaprint's default algorithm 2: 4096 samples
//! at 11025 Hz, two thirds overlapping). The same sound gives nearly the same bits; other sound about half of them.

use std::collections::{BTreeSet, HashMap, HashSet};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Milliseconds from one sub-fingerprint to the next: 1365 samples at 11025 Hz.
const STEP_MS: f64 = 1365.0 / 11.025;
/// Sub-fingerprints that two recordings must have in common: ten seconds.
const LEAST_OVERLAP: usize = 80;
/// Different sub-fingerprints that make a recording one of its own: a steady tone has a handful, and would match every other.
const LEAST_VARIETY: usize = 40;
/// Most of all bits that may differ between the same recordings. Measured on Debian's `singularity-music` and
/// `wesnoth-1.16-music`: re-encoded 0.02, cut by 20 s 0.06, others 0.39 and more.
const MOST_DIFFERENT: f64 = 0.2;
/// Bits of a sub-fingerprint that the index knows: the lowest four change first (AcoustID's index leaves out as many).
const TERM_SHIFT: u32 = 4;
/// One in so many terms is indexed. Which ones their own bits decide, so that two recordings keep the same ones wherever they begin.
const THINNING: u32 = 3;
/// Most terms of one recording: those of two minutes come to some three hundred.
const MOST_TERMS: usize = 500;
/// The longest that is read: eight minutes. The media worker listens to two, as `fpcalc` does.
const LONGEST: usize = 4_000;
/// A term at more places of one recording than this tells nothing of where.
const MOST_PLACES: usize = 20;

/// What is heard of a recording.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fingerprint(Vec<u32>);

/// Where two recordings are the same sound.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Match {
    /// 0 to 1: the share of bits that are the same where they overlap.
    pub similarity: f64,
    /// By how much later the same sound comes in the other recording, in milliseconds; negative when it comes earlier.
    pub offset_ms: i64,
    /// How long they overlap, in milliseconds.
    pub overlap_ms: u64,
}

impl Fingerprint {
    /// Reads chromaprint's compressed text; none for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
        let [_algorithm, length @ ..] = *bytes.first_chunk::<4>()?;
        let count = length.iter().fold(0_usize, |sum, byte| sum << 8 | usize::from(*byte));
        decompress(&bytes[4..], count).map(Self)
    }

    /// From sub-fingerprints.
    pub const fn from_items(items: Vec<u32>) -> Self {
        Self(items)
    }

    /// Whether it tells its recording from others: long and varied enough.
    pub fn is_telling(&self) -> bool {
        self.0.len() >= LEAST_OVERLAP && self.0.iter().collect::<HashSet<_>>().len() >= LEAST_VARIETY
    }

    /// What an index knows it by and is asked with, each once and in order; none has more than 28 bits.
    pub fn terms(&self) -> Vec<u32> {
        let terms: BTreeSet<u32> = self.0.iter().map(|item| item >> TERM_SHIFT).filter(|term| scattered(*term).is_multiple_of(THINNING)).collect();
        terms.into_iter().take(MOST_TERMS).collect()
    }

    /// As a store keeps it.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|item| item.to_le_bytes()).collect()
    }

    /// What a store kept.
    pub fn from_stored(bytes: &[u8]) -> Self {
        Self(bytes.as_chunks::<4>().0.iter().map(|bytes| u32::from_le_bytes(*bytes)).collect())
    }

    /// Where `other` is the same recording; none where it is another.
    pub fn find_in(&self, other: &Self) -> Option<Match> {
        let best = self.likely_offsets(other).into_iter().filter_map(|offset| self.compare(other, offset)).min_by(|a, b| a.1.total_cmp(&b.1));
        let (offset, different, overlap) = best.filter(|(_, different, _)| *different <= MOST_DIFFERENT)?;
        let ms = |steps: f64| steps * STEP_MS;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "hours in milliseconds")]
        let found = Match { similarity: 1.0 - different, offset_ms: ms(offset as f64).round() as i64, overlap_ms: ms(overlap as f64).round() as u64 };
        Some(found)
    }

    /// The offsets at which most terms agree, and their neighbours: a cut seldom falls on a step.
    fn likely_offsets(&self, other: &Self) -> Vec<isize> {
        let mut places: HashMap<u32, Vec<usize>> = HashMap::new();
        for (place, item) in other.0.iter().enumerate() {
            places.entry(item >> TERM_SHIFT).or_default().push(place);
        }
        let mut votes: HashMap<isize, usize> = HashMap::new();
        for (place, item) in self.0.iter().enumerate() {
            // A term that is everywhere tells nothing of where.
            for there in places.get(&(item >> TERM_SHIFT)).filter(|places| places.len() <= MOST_PLACES).into_iter().flatten() {
                *votes.entry(there.cast_signed() - place.cast_signed()).or_default() += 1;
            }
        }
        let mut votes: Vec<_> = votes.into_iter().collect();
        votes.sort_by_key(|(offset, votes)| (std::cmp::Reverse(*votes), *offset));
        votes.into_iter().take(5).flat_map(|(offset, _)| [offset - 1, offset, offset + 1]).collect()
    }

    /// The share of different bits at `offset`, and over how many items.
    fn compare(&self, other: &Self, offset: isize) -> Option<(isize, f64, usize)> {
        let own = self.0.get(offset.min(0).unsigned_abs()..)?;
        let theirs = other.0.get(offset.max(0).unsigned_abs()..)?;
        let overlap = own.len().min(theirs.len());
        if overlap < LEAST_OVERLAP {
            return None;
        }
        let different: u32 = own.iter().zip(theirs).map(|(a, b)| (a ^ b).count_ones()).sum();
        Some((offset, f64::from(different) / (32.0 * overlap as f64), overlap))
    }
}

/// The upper bits of Fibonacci hashing: neighbouring terms far from one another.
const fn scattered(term: u32) -> u32 {
    term.wrapping_mul(0x9E37_79B9) >> 8
}

/// Each item is what changed of the one before: the distances between its set bits in 3 bits each, ended by 0; a distance of 7 or
/// more has its rest in 5 bits, and these follow when all items are told (chromaprint, `fingerprint_decompressor.cpp`).
fn decompress(bytes: &[u8], count: usize) -> Option<Vec<u32>> {
    // Every item takes three bits or more.
    if count == 0 || count > LONGEST || count * 3 > bytes.len() * 8 {
        return None;
    }
    let field = |at: usize, width: usize| -> Option<u32> {
        let word = (0..3).fold(0_u32, |word, n| word | u32::from(bytes.get(at / 8 + n).copied().unwrap_or(0)) << (8 * n));
        (at + width <= bytes.len() * 8).then(|| word >> (at % 8) & ((1 << width) - 1))
    };
    let (mut distances, mut ended) = (Vec::new(), 0);
    while ended < count {
        let distance = field(distances.len() * 3, 3)?;
        ended += usize::from(distance == 0);
        distances.push(distance);
    }
    let mut rest = (distances.len() * 3).div_ceil(8) * 8;
    for distance in distances.iter_mut().filter(|distance| **distance == 7) {
        *distance += field(rest, 5)?;
        rest += 5;
    }
    let (mut items, mut item, mut bit) = (Vec::with_capacity(count), 0_u32, 0);
    for distance in distances {
        if distance == 0 {
            items.push(item ^ items.last().copied().unwrap_or(0));
            (item, bit) = (0, 0);
        } else {
            bit += distance;
            item |= 1_u32.checked_shl(bit - 1)?;
        }
    }
    Some(items)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A recording of its own.
    fn recording(seed: u32, length: usize) -> Vec<u32> {
        let mut state = seed;
        std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            state
        })
        .take(length)
        .collect()
    }

    #[test]
    fn the_text_of_fpcalc_is_read() {
        // chromaprint's own test vectors: `test_fingerprint_decompressor.cpp`.
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(Fingerprint::parse(&text(&[0, 0, 0, 1, 1, 0])), Some(Fingerprint(vec![1])));
        assert_eq!(Fingerprint::parse(&text(&[0, 0, 0, 1, 7, 0])), Some(Fingerprint(vec![1 << 6])));
        assert_eq!(Fingerprint::parse(&text(&[0, 0, 0, 1, 7, 2])), Some(Fingerprint(vec![1 << 8])));
        assert_eq!(Fingerprint::parse(&text(&[0, 0, 0, 2, 0x41, 0])), Some(Fingerprint(vec![1, 0])));
        assert_eq!(Fingerprint::parse(&text(&[0, 0, 0, 2, 1, 0])), Some(Fingerprint(vec![1, 1])));
    }

    #[test]
    fn the_same_recording_is_found_noisy_and_cut_and_another_is_not() {
        let whole = Fingerprint(recording(1, 900));
        let noisy: Vec<u32> = whole.0.iter().enumerate().map(|(n, item)| item ^ if n % 2 == 0 { 1 << (n % 32) } else { 0 }).collect();
        let found = whole.find_in(&Fingerprint(noisy.clone())).unwrap();
        assert!(found.similarity > 0.97 && found.offset_ms == 0, "{found:?}");
        let cut = Fingerprint(noisy[162..].to_vec());
        let found = cut.find_in(&whole).unwrap();
        assert!((found.offset_ms - 20_057).abs() < 200 && found.overlap_ms > 90_000, "{found:?}");
        assert_eq!(whole.find_in(&Fingerprint(recording(2, 900))), None);
    }

    #[test]
    fn tones_and_moments_tell_nothing() {
        assert!(!Fingerprint(vec![7; 900]).is_telling());
        assert!(!Fingerprint(recording(1, 20)).is_telling());
        assert!(Fingerprint(recording(1, 200)).is_telling());
    }

    proptest! {
        #[test]
        fn no_text_is_harmful(bytes in proptest::collection::vec(any::<u8>(), 0..200), text in ".*") {
            let _ = Fingerprint::parse(&text);
            if let Some(fingerprint) = Fingerprint::parse(&URL_SAFE_NO_PAD.encode(&bytes)) {
                let _ = fingerprint.find_in(&fingerprint);
            }
        }
    }
}
