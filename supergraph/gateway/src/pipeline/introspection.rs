//! Stage: may this viewer read the schema? Configuration says who may.

use kernel::{ErrorKind, Viewer};
use platform::config::Audience;

use super::Prepared;
use super::error::{Fault, RequestError};

/// Refuses `prepared` when it asks for the schema and `viewer` is none of `audience`. `__typename` is always answered.
pub(super) fn check(audience: Audience, prepared: &Prepared, viewer: &Viewer) -> Result<(), RequestError> {
    if prepared.normalized.operation_for_introspection.is_none() {
        return Ok(());
    }
    refuse_unless(audience, viewer, Fault::Operation)
}

/// Passes whoever may read the schema.
pub(crate) fn refuse_unless(audience: Audience, viewer: &Viewer, fault: Fault) -> Result<(), RequestError> {
    if audience.includes(viewer) {
        return Ok(());
    }
    if *viewer == Viewer::Anonymous && audience != Audience::Nobody {
        return Err(RequestError::new(fault, ErrorKind::Unauthenticated.code(), "sign in to read the schema"));
    }
    Err(RequestError::new(fault, ErrorKind::Forbidden.code(), "the schema cannot be read here"))
}
