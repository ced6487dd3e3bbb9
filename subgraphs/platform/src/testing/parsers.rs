//! Random input for whatever parses what strangers send. What is almost right gets further than what is random.
//!
//! This runs in every test run; `make fuzz` goes further, guided by coverage. For a longer run set [`CASES_VARIABLE`]:
//! `POLYPHONY_PARSER_CASES=100000 cargo test parsers`.

use proptest::prelude::*;
use proptest::sample::Index;

/// How many inputs each property is tried with, in place of its usual number.
pub const CASES_VARIABLE: &str = "POLYPHONY_PARSER_CASES";

/// A property is tried with so many inputs, or as many as [`CASES_VARIABLE`] says; what fails is printed, and nothing is written.
pub fn cases(usual: u32) -> ProptestConfig {
    let cases = std::env::var(CASES_VARIABLE).ok().map_or(usual, |text| text.parse().expect("a number of cases"));
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

/// One of `seeds` with bytes replaced (those at their limits among them), a stretch repeated, and the end cut off. Changes are mostly
/// near the beginning, where headers are.
pub fn almost_right(seeds: &'static [Vec<u8>]) -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<Index>(), any::<bool>(), prop_oneof![Just(0), Just(0x7F), Just(0x80), Just(0xFF), any::<u8>()], 1..9_usize);
    (any::<Index>(), prop::collection::vec(change, 0..12), prop::option::of((any::<Index>(), 1..64_usize)), prop::option::of(any::<Index>())).prop_map(
        |(seed, changes, repeat, cut)| {
            let mut bytes = seeds[seed.index(seeds.len())].clone();
            if bytes.is_empty() {
                return bytes;
            }
            for (at, early, value, length) in changes {
                let at = at.index(if early { bytes.len().min(512) } else { bytes.len() });
                let end = (at + length).min(bytes.len());
                bytes[at..end].fill(value);
            }
            if let Some((at, length)) = repeat {
                let at = at.index(bytes.len());
                let stretch = bytes[at..(at + length).min(bytes.len())].to_vec();
                bytes.splice(at..at, stretch);
            }
            if let Some(cut) = cut {
                bytes.truncate(cut.index(bytes.len()));
            }
            bytes
        },
    )
}

/// The same of texts, with characters of every width and kind put in; or any text at all.
pub fn almost_right_text(seeds: &'static [&'static str]) -> impl Strategy<Value = String> {
    let odd =
        prop_oneof![any::<char>(), Just('\0'), Just('\u{202E}'), Just('ß'), Just('𝄞'), Just('='), Just('-'), Just('9'), Just('{'), Just('"'), Just('\\'),];
    let change = (any::<Index>(), odd, 0..4_u8);
    let mutated = (any::<Index>(), prop::collection::vec(change, 0..6), prop::option::of(any::<Index>())).prop_map(|(seed, changes, cut)| {
        let mut text: Vec<char> = seeds[seed.index(seeds.len())].chars().collect();
        for (at, odd, kind) in changes {
            let at = at.index(text.len() + 1);
            match kind {
                0 => text.insert(at, odd),
                1 if at < text.len() => text[at] = odd,
                2 if at < text.len() => {
                    text.remove(at);
                }
                _ => {
                    let again = text[at / 2..at].to_vec();
                    text.splice(at..at, again);
                }
            }
        }
        if let Some(cut) = cut {
            text.truncate(cut.index(text.len() + 1));
        }
        text.into_iter().collect()
    });
    prop_oneof![4 => mutated, 1 => any::<String>()]
}
