//! Pages of lists, by keyset: a cursor is the sort key of one row, so that a page is found without counting rows.

use kernel::paging::Direction;
use kernel::{Cursor, InvalidField, Page, PageRequest};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::album::Album;
use crate::domain::artist::Artist;
use crate::domain::track::Track;

/// The order of a list. Rows that are equal in it follow their ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Order {
    /// By name or title, whatever the spelling's case.
    Name,
    /// The latest made first.
    Newest,
    /// By disc and number: tracks only.
    Position,
}

/// A row's value in an order; [`Newest`](Order::Newest) needs none, because ids grow with time.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SortValue {
    /// Of [`Order::Name`].
    Text(String),
    /// Of [`Order::Position`].
    Number(i64),
    /// Of [`Order::Newest`].
    Nothing,
}

/// A row's place in an order.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    /// Its value there.
    pub value: SortValue,
    /// Its id.
    pub id: Uuid,
}

/// A thing that lists hold.
pub trait Listed {
    /// Its id, as stores keep it.
    fn row_id(&self) -> Uuid;
    /// The key of its name.
    fn name_key(&self) -> &str;
    /// Its place on its album.
    fn position(&self) -> i64 {
        0
    }
}

impl Listed for Artist {
    fn row_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn name_key(&self) -> &str {
        self.name.key()
    }
}

impl Listed for Album {
    fn row_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn name_key(&self) -> &str {
        self.title.key()
    }
}

impl Listed for Track {
    fn row_id(&self) -> Uuid {
        self.id.uuid()
    }

    fn name_key(&self) -> &str {
        self.title.key()
    }

    fn position(&self) -> i64 {
        Self::position(self)
    }
}

/// The part of a list that makes one page.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Slice {
    /// The list's order.
    pub order: Order,
    /// Where the part begins, exclusive.
    pub after: Option<Place>,
    /// Rows wanted.
    pub size: u32,
    /// Whether it is read from its end towards the list's beginning.
    pub backward: bool,
}

impl Slice {
    /// The part that `page` asks for, or the refusal of a cursor that no list in this order made.
    pub fn of(order: Order, page: &PageRequest) -> Result<Self, InvalidField> {
        let after = match page.key::<(Order, SortValue, Uuid)>()? {
            None => None,
            Some((made_by, value, id)) => {
                let fits = matches!(
                    (order, &value),
                    (Order::Name, SortValue::Text(_)) | (Order::Newest, SortValue::Nothing) | (Order::Position, SortValue::Number(_))
                );
                if made_by != order || !fits {
                    return Err(InvalidField::new(page.cursor_field(), "is not a cursor of this list in this order"));
                }
                Some(Place { value, id })
            }
        };
        Ok(Self { order, after, size: page.size, backward: page.direction == Direction::Backward })
    }

    /// How many rows to read: one more than wanted, to know whether there are more.
    pub const fn limit(&self) -> u64 {
        self.size as u64 + 1
    }

    /// The page of the rows read in this slice's direction.
    pub fn page<T>(&self, rows: Vec<T>) -> Page<T> {
        let request = PageRequest {
            size: self.size,
            cursor: self.after.as_ref().map(|place| Cursor::encode(&(self.order, &place.value, place.id))),
            direction: if self.backward { Direction::Backward } else { Direction::Forward },
        };
        request.page(rows)
    }
}

/// The place of `item` in `order`, for clients to hand back.
pub fn cursor(order: Order, item: &impl Listed) -> Cursor {
    let value = match order {
        Order::Name => SortValue::Text(item.name_key().to_owned()),
        Order::Newest => SortValue::Nothing,
        Order::Position => SortValue::Number(item.position()),
    };
    Cursor::encode(&(order, value, item.row_id()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let id = Uuid::nil();
        for (value, made_by, order, accepted) in [
            (SortValue::Text("a".into()), Order::Name, Order::Name, true),
            (SortValue::Nothing, Order::Newest, Order::Newest, true),
            (SortValue::Number(10_001), Order::Position, Order::Position, true),
            (SortValue::Text("a".into()), Order::Name, Order::Newest, false),
            (SortValue::Text("a".into()), Order::Position, Order::Position, false),
        ] {
            let page = PageRequest { cursor: Some(Cursor::encode(&(made_by, &value, id))), ..PageRequest::first(1) };
            let slice = Slice::of(order, &page);
            assert_eq!(slice.is_ok(), accepted, "{value:?} {order:?}");
            if let Ok(slice) = slice {
                assert_eq!(slice.after, Some(Place { value, id }));
            }
        }
    }
}
