//! What people want otherwise and show of themselves: preferences and pictures.

mod error;
mod live;
mod mutation;
mod object;
mod query;

pub(super) use live::MyselfLive;
pub(super) use mutation::MyselfMutation;
pub(super) use object::Avatar;
pub(super) use query::MyselfQuery;
