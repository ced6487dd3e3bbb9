//! How deep a JSON text is nested, told before anything recurses into it: a stack that overflows takes the whole process along.
//!
//! Sixty-four bytes at once, a bit for each, as simdjson finds its structure (Langdale and Lemire, Parsing Gigabytes of JSON per Second,
//! The VLDB Journal 28, 2019, §3.1): every answer of a subgraph in another process is looked through, and byte by byte that was
//! seen to take a fortieth of a request with large ones.

use wide::u8x16;

const BLOCK: usize = 64;
const LANE: usize = 16;
/// In ASCII the curly brackets are the square ones with this bit set, and no other characters are.
const CURLY: u8 = 0x20;

/// Whether a JSON text opens more than `limit` brackets within one another.
pub(crate) fn json_deeper_than(text: &[u8], limit: usize) -> bool {
    let (blocks, rest) = text.as_chunks();
    let mut place = Place::default();
    blocks.iter().any(|block| place.pass_block(block, limit)) || place.pass(rest, limit)
}

/// Somewhere in a text.
#[derive(Default)]
struct Place {
    depth: usize,
    in_string: bool,
    /// A backslash came just before, in a string.
    escaped: bool,
}

impl Place {
    /// Goes on behind `block`; whether that leads deeper than `limit`.
    fn pass_block(&mut self, block: &[u8; BLOCK], limit: usize) -> bool {
        let (lanes, _) = block.as_chunks::<LANE>();
        let lanes: [u8x16; BLOCK / LANE] = std::array::from_fn(|lane| lanes.get(lane).copied().unwrap_or_default().into());
        if self.escaped || places(&lanes, b'\\') != 0 {
            return self.pass(block, limit);
        }
        // A bit is set from the quote that begins a string to the byte before the one that ends it: whether an odd number of quotes has come.
        let mut in_string = places(&lanes, b'"');
        for distance in [1, 2, 4, 8, 16, 32] {
            in_string ^= in_string << distance;
        }
        if self.in_string {
            in_string = !in_string;
        }
        let curly = lanes.map(|lane| lane | u8x16::splat(CURLY));
        let brackets = |curly_one| (places(&curly, curly_one) & !in_string).count_ones() as usize;
        let (opened, closed) = (brackets(b'{'), brackets(b'}'));
        // Their order matters only here.
        if self.depth + opened > limit || closed > self.depth {
            return self.pass(block, limit);
        }
        self.depth = self.depth + opened - closed;
        self.in_string = in_string >> (BLOCK - 1) == 1;
        false
    }

    /// Goes on behind `bytes`; whether that leads deeper than `limit`.
    fn pass(&mut self, bytes: &[u8], limit: usize) -> bool {
        for byte in bytes {
            match byte {
                _ if self.escaped => self.escaped = false,
                b'"' => self.in_string = !self.in_string,
                b'\\' => self.escaped = self.in_string,
                _ if self.in_string => {}
                b'{' | b'[' => {
                    self.depth += 1;
                    if self.depth > limit {
                        return true;
                    }
                }
                b'}' | b']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
        }
        false
    }
}

/// Where `byte` is, the first place in the lowest bit.
fn places(lanes: &[u8x16; BLOCK / LANE], byte: u8) -> u64 {
    let byte = u8x16::splat(byte);
    lanes.iter().rev().fold(0, |places, lane| places << LANE | u64::from(lane.simd_eq(byte).to_bitmask()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The same without blocks.
    fn is_deeper(text: &[u8], limit: usize) -> bool {
        Place::default().pass(text, limit)
    }

    #[test]
    fn brackets_in_strings_do_not_count() {
        for deeper_than in [is_deeper, json_deeper_than] {
            assert!(!deeper_than(br#"{"a": "[[[[[[\"[[["}"#, 2));
            assert!(!deeper_than(br#"["\\", "[[[", "\\\"[[["]"#, 2));
            assert!(deeper_than(br#"["\\", [["]]"]]]"#, 2));
            assert!(deeper_than(&[b"[".repeat(300), b"]".repeat(300)].concat(), 299));
            assert!(!deeper_than(&[b"[".repeat(300), b"]".repeat(300)].concat(), 300));
            assert!(!deeper_than(&b"[]".repeat(300), 1));
            assert!(!deeper_than(b"[[\"[\\", 2), "a string without end");
            assert!(deeper_than(b"[[[", 2));
            assert!(!deeper_than(b"[][]{}", 1));
            assert!(!deeper_than(&[b"[\"", b"[".repeat(200).as_slice(), b"\"]"].concat(), 1));
            assert!(deeper_than(&[b"[\"", b"]".repeat(200).as_slice(), b"\"[[]]]"].concat(), 2));
        }
    }

    proptest! {
        #[test]
        fn blocks_are_as_deep_as_their_bytes(text in r#"[\[\]{}"\\a;:]{0,300}"#, spaces in 0..130_usize, limit in 0..9_usize) {
            let text = [b" ".repeat(spaces), text.into_bytes()].concat();
            prop_assert_eq!(json_deeper_than(&text, limit), is_deeper(&text, limit));
        }

        #[test]
        fn blocks_of_json_are_as_deep_as_their_bytes(parts in proptest::collection::vec(r#"\[|\]|\{|\}|"a":|"[\[\]{}a]{0,70}"|"[a\\"]{3}"|1,"#, 0..40), limit in 0..12_usize) {
            let text = parts.concat().into_bytes();
            prop_assert_eq!(json_deeper_than(&text, limit), is_deeper(&text, limit));
        }
    }
}
