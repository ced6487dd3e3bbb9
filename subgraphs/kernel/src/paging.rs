//! Cursor paging by the Relay specification (GraphQL Cursor Connections): keyset cursors, opaque to clients.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::InvalidField;

/// The page size when a client names none.
pub const DEFAULT_PAGE_SIZE: u32 = 20;
/// The largest page a client may ask for.
pub const MAX_PAGE_SIZE: u32 = 100;

/// A place in an ordered list: the sort key of one row, in base64url of its JSON. Opaque: clients only hand it back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(String);

impl Cursor {
    /// The place of the row whose sort key is `key` (a tuple that ends in the unique id).
    pub fn encode<K: Serialize>(key: &K) -> Self {
        Self(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key).unwrap_or_default()))
    }

    /// The sort key, or the refusal of a cursor that this list did not make.
    pub fn decode<K: DeserializeOwned>(&self, field: &'static str) -> Result<K, InvalidField> {
        URL_SAFE_NO_PAD
            .decode(&self.0)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .ok_or_else(|| InvalidField::new(field, "is not a cursor of this list"))
    }

    /// The text a client gets.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A client's text, not yet checked.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}

/// Which way a page is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// `first`/`after`.
    Forward,
    /// `last`/`before`.
    Backward,
}

/// A validated request for a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageRequest {
    /// Rows wanted, 1 to [`MAX_PAGE_SIZE`].
    pub size: u32,
    /// Where to begin, exclusive; the list's end when none.
    pub cursor: Option<Cursor>,
    /// Which way to read from there.
    pub direction: Direction,
}

impl PageRequest {
    /// The first `size` rows.
    pub const fn first(size: u32) -> Self {
        Self { size, cursor: None, direction: Direction::Forward }
    }

    /// Validates the four arguments of a Relay connection. Mixing both directions is refused, as the specification advises.
    pub fn from_arguments(first: Option<i32>, after: Option<String>, last: Option<i32>, before: Option<String>) -> Result<Self, InvalidField> {
        if last.is_some() || before.is_some() {
            if first.is_some() {
                return Err(InvalidField::new("first", "cannot be combined with last or before"));
            }
            if after.is_some() {
                return Err(InvalidField::new("after", "cannot be combined with last or before"));
            }
            return Ok(Self { size: page_size("last", last)?, cursor: before.map(Cursor), direction: Direction::Backward });
        }
        Ok(Self { size: page_size("first", first)?, cursor: after.map(Cursor), direction: Direction::Forward })
    }

    /// The name of the argument the cursor came by, for its refusal.
    pub const fn cursor_field(&self) -> &'static str {
        match self.direction {
            Direction::Forward => "after",
            Direction::Backward => "before",
        }
    }

    /// The cursor's sort key, if there is a cursor.
    pub fn key<K: DeserializeOwned>(&self) -> Result<Option<K>, InvalidField> {
        self.cursor.as_ref().map(|cursor| cursor.decode(self.cursor_field())).transpose()
    }

    /// How many rows a repository should read: one more than wanted, to know whether there are more.
    pub const fn limit(&self) -> u64 {
        self.size as u64 + 1
    }

    /// Makes the page of up to [`limit`](Self::limit) rows read in this request's direction.
    pub fn page<T>(&self, mut rows: Vec<T>) -> Page<T> {
        let more = rows.len() > self.size as usize;
        rows.truncate(self.size as usize);
        let resumed = self.cursor.is_some();
        match self.direction {
            Direction::Forward => Page { items: rows, has_next: more, has_previous: resumed },
            Direction::Backward => {
                rows.reverse();
                Page { items: rows, has_next: resumed, has_previous: more }
            }
        }
    }
}

fn page_size(field: &'static str, asked: Option<i32>) -> Result<u32, InvalidField> {
    let size = asked.map_or(Ok(DEFAULT_PAGE_SIZE), u32::try_from);
    match size {
        Ok(size) if (1..=MAX_PAGE_SIZE).contains(&size) => Ok(size),
        _ => Err(InvalidField::new(field, format!("must be between 1 and {MAX_PAGE_SIZE}"))),
    }
}

/// A page of a list, in the list's order whichever way it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// Whether rows follow.
    pub has_next: bool,
    /// Whether rows precede.
    pub has_previous: bool,
}

impl<T> Page<T> {
    /// The same page of other things.
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), has_next: self.has_next, has_previous: self.has_previous }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_knows_its_neighbours_in_both_directions() {
        let page = PageRequest::first(2).page(vec![1, 2, 3]);
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![1, 2], true, false));
        let back = PageRequest::from_arguments(None, None, Some(2), Some("x".into())).unwrap();
        let page = back.page(vec![3, 2, 1]);
        assert_eq!((page.items, page.has_next, page.has_previous), (vec![2, 3], true, true));
    }

    #[test]
    fn sizes_and_mixtures_are_refused_by_field() {
        for (first, last, field) in
            [(Some(0), None, "first"), (Some(-1), None, "first"), (Some(101), None, "first"), (None, Some(101), "last"), (Some(1), Some(1), "first")]
        {
            assert_eq!(PageRequest::from_arguments(first, None, last, None).unwrap_err().field, field);
        }
        assert_eq!(PageRequest::from_arguments(None, Some("a".into()), Some(1), None).unwrap_err().field, "after");
    }

    #[test]
    fn a_foreign_cursor_is_refused() {
        let cursor = Cursor::encode(&("title", 7));
        assert_eq!(cursor.decode::<(String, i32)>("after"), Ok(("title".into(), 7)));
        assert_eq!(cursor.decode::<i32>("after").unwrap_err().field, "after");
        assert!(Cursor::from_text("%%%").decode::<i32>("after").is_err());
    }
}
