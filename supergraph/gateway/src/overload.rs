//! Stage: is there room for one more operation? Beyond what the process can do at once, work is refused early and cheaply, so that
//! what was begun is finished in time; queueing it all would finish nothing.

use axum::http::HeaderMap;
use axum::response::Response;
use kernel::ErrorKind;
use platform::config::OverloadConfig;

use crate::http::refused;
use crate::pipeline::{Fault, RequestError};
use crate::places::{Place, Places};

/// The room there is.
pub(crate) struct Overload {
    places: Places,
    retry_after_secs: u32,
}

impl Overload {
    pub(crate) fn new(config: &OverloadConfig) -> Self {
        Self { places: Places::new(config.max_in_flight), retry_after_secs: config.retry_after_secs }
    }

    /// A place for an operation until it is answered.
    pub(crate) fn enter(&self) -> Result<Place, RequestError> {
        self.places.try_take().ok_or_else(|| self.refusal())
    }

    /// The refusal of a request with these headers before its body is read, while there is no room. It holds no place: whoever sends
    /// slowly would hold it for long.
    pub(crate) fn shed(&self, headers: &HeaderMap) -> Option<Response> {
        self.places.is_full().then(|| refused(headers, &self.refusal()))
    }

    fn refusal(&self) -> RequestError {
        metrics::counter!(crate::metrics::SHED).increment(1);
        let message = "there is more to do than can be done, try again in a moment";
        RequestError::new(Fault::Unavailable, ErrorKind::Unavailable.code(), message).retry_after(self.retry_after_secs.into())
    }
}
