//! What every context of Polyphony shares and nothing else: typed ids, time and chance as ports, paging, the viewer,
//! error kinds, and the events by which contexts meet.
//!
//! Pure: no I/O, no async runtime, no vendor. Anything that needs a driver lives in `platform`.

pub mod clock;
pub mod edit;
pub mod error;
pub mod event;
pub mod events;
pub mod genre;
pub mod id;
pub mod loudness;
pub mod paging;
pub mod randomness;
pub mod scope;
pub mod viewer;

pub use clock::{Clock, SystemClock};
pub use edit::Edit;
pub use error::{ErrorKind, InvalidField, PortError};
pub use event::{Event, EventPayload};
pub use genre::Genre;
pub use id::{Entity, Id, IdGenerator};
pub use paging::{Cursor, Page, PageRequest};
pub use randomness::{OsRandomness, Randomness};
pub use scope::Scope;
pub use viewer::{Partner, Role, Session, Tier, Viewer};
