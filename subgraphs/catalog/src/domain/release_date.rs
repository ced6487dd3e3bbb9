//! The day an album came out.

use chrono::{Datelike as _, NaiveDate};
use kernel::InvalidField;

/// The first year of which there are recordings, and one that nobody plans beyond.
const YEARS: std::ops::RangeInclusive<i32> = 1857..=2999;

/// Reads a day of the calendar written `YYYY-MM-DD` (ISO 8601).
pub fn parse(text: &str) -> Result<NaiveDate, InvalidField> {
    let shaped = text.len() == 10 && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
    let date = if shaped { NaiveDate::parse_from_str(text, "%Y-%m-%d").ok() } else { None };
    date.filter(|date| YEARS.contains(&date.year())).ok_or_else(|| InvalidField::new("releaseDate", "must be a day written YYYY-MM-DD"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_of_the_calendar() {
        assert_eq!(parse("2024-02-29").unwrap().to_string(), "2024-02-29");
        for text in ["", "2024", "2023-02-29", "24-02-29", "1492-10-12", "2024-2-29x", "2024-02-29T00:00:00Z"] {
            assert_eq!(parse(text).unwrap_err().field, "releaseDate", "{text}");
        }
    }
}
