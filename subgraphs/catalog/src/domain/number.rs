//! The numbers by which discs and tracks are counted.

use kernel::InvalidField;

/// A disc's or a track's number: 1 to 999.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Number(u16);

impl Number {
    /// What counting begins with.
    pub const ONE: Self = Self(1);

    /// Checks `value`; a refusal names `field`.
    pub fn parse(field: &'static str, value: i32) -> Result<Self, InvalidField> {
        match u16::try_from(value) {
            Ok(value @ 1..=999) => Ok(Self(value)),
            _ => Err(InvalidField::new(field, "must be between 1 and 999")),
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_is_from_1_to_999() {
        assert_eq!(Number::parse("discNumber", 999).unwrap().get(), 999);
        for value in [0, -1, 1000, i32::MAX, i32::MIN, 65_537] {
            assert_eq!(Number::parse("discNumber", value).unwrap_err().field, "discNumber");
        }
    }
}
