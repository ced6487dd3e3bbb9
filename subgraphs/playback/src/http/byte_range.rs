//! Which bytes a `Range` asks for (RFC 9110 §14). The parser of the `headers` crate answers 416 to a suffix that is longer than
//! the file, where the standard wants the whole file; players ask for such suffixes.

use std::ops::Range;

/// Which bytes of a file a request is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wanted {
    /// All: nothing else is asked for, or in a way that may be ignored (§14.2).
    Whole,
    /// A part that is there.
    Part(Range<u64>),
    /// A part that is not there.
    Nothing,
}

impl Wanted {
    /// What the header `range` asks for in a file of `size` bytes. Several ranges are answered whole when any of them is there.
    pub(super) fn parse(range: &str, size: u64) -> Self {
        let Some((unit, set)) = range.split_once('=') else { return Self::Whole };
        let Some(parts) = set.split(',').map(|part| part_of(part.trim(), size)).collect::<Option<Vec<_>>>() else { return Self::Whole };
        let mut there = parts.iter().filter(|part| !part.is_empty());
        match (unit.trim().eq_ignore_ascii_case("bytes"), there.next(), parts.len()) {
            (false, _, _) => Self::Whole,
            (true, None, _) => Self::Nothing,
            (true, Some(part), 1) => Self::Part(part.clone()),
            (true, Some(_), _) => Self::Whole,
        }
    }
}

/// The bytes of one `int-range` or `suffix-range`, empty when the file has none of them; none for what is neither.
fn part_of(text: &str, size: u64) -> Option<Range<u64>> {
    let (first, last) = text.split_once('-')?;
    match (number(first), number(last)) {
        (Some(first), Some(last)) if first <= last => Some(first..last.saturating_add(1).min(size)),
        (Some(first), None) if last.is_empty() => Some(first..size),
        (None, Some(length)) if first.is_empty() => Some(size.saturating_sub(length)..size),
        _ => None,
    }
}

/// Digits alone, where `str::parse` would take a sign; too large a number is beyond every file.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_that_are_there() {
        for (range, part) in [
            ("bytes=0-0", 0..1),
            ("bytes=2-4", 2..5),
            ("bytes=5-", 5..10),
            ("bytes=0-99", 0..10),
            ("bytes=-3", 7..10),
            ("bytes=-99", 0..10),
            ("Bytes=9-18446744073709551615", 9..10),
            ("bytes=9-99999999999999999999999", 9..10),
        ] {
            assert_eq!(Wanted::parse(range, 10), Wanted::Part(part), "{range}");
        }
    }

    #[test]
    fn parts_that_are_not() {
        for range in ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=20-,30-40", "bytes=99999999999999999999999-"] {
            assert_eq!(Wanted::parse(range, 10), Wanted::Nothing, "{range}");
        }
        assert_eq!(Wanted::parse("bytes=0-", 0), Wanted::Nothing);
        assert_eq!(Wanted::parse("bytes=-1", 0), Wanted::Nothing);
    }

    #[test]
    fn what_makes_no_sense_is_ignored() {
        for range in [
            "",
            "bytes",
            "bytes=",
            "bytes=-",
            "bytes=5-2",
            "bytes=a-b",
            "bytes=+1-2",
            "bytes=1-2,4-5",
            "bytes=1-2,x",
            "bytes=20-,4-5",
            "items=0-1",
            "bytes=1",
            "bytes=--1",
        ] {
            assert_eq!(Wanted::parse(range, 10), Wanted::Whole, "{range}");
        }
    }
}
