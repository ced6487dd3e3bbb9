//! Stage: how much of the supergraph does this viewer see? Partners see the part that is tagged for them; to them the rest is not
//! there: not for their operations, not in introspection, not in the schema they download.

use std::sync::Arc;

use kernel::Viewer;

use crate::pipeline::Pipeline;

/// How much of the supergraph a viewer sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contract {
    /// All of it.
    Whole,
    /// What is tagged `partner`.
    Partner,
}

/// The contract of `viewer`.
const fn contract_of(viewer: &Viewer) -> Contract {
    match viewer {
        Viewer::Anonymous | Viewer::SignedIn(_) => Contract::Whole,
        Viewer::Partner(_) => Contract::Partner,
    }
}

/// The supergraph and its parts.
#[derive(Clone)]
pub(crate) struct Contracts {
    pub(crate) whole: Arc<Pipeline>,
    /// Without one, partners see all.
    pub(crate) partner: Option<Arc<Pipeline>>,
}

impl Contracts {
    /// The same with another supergraph for `contract`.
    pub(crate) fn with(&self, contract: Contract, pipeline: Arc<Pipeline>) -> Self {
        match contract {
            Contract::Whole => Self { whole: pipeline, ..self.clone() },
            Contract::Partner => Self { partner: Some(pipeline), ..self.clone() },
        }
    }

    /// Each of them.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Arc<Pipeline>> {
        [&self.whole].into_iter().chain(&self.partner)
    }

    /// What `viewer` sees.
    pub(crate) fn of(&self, viewer: &Viewer) -> &Arc<Pipeline> {
        match contract_of(viewer) {
            Contract::Whole => &self.whole,
            Contract::Partner => self.partner.as_ref().unwrap_or(&self.whole),
        }
    }
}
