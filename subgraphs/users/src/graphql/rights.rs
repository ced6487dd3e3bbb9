//! The rights of a person: a whole registration, a copy of all that is kept, and an end.

mod error;
mod live;
mod mutation;
mod object;
mod query;

pub(super) use live::RightsLive;
pub(super) use mutation::RightsMutation;
pub(super) use object::Registration;
pub(super) use query::RightsQuery;
