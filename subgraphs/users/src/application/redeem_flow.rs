//! The front end shows the code that a browser brought back, and the verifier that only it knows.

use std::sync::Arc;

use kernel::{Clock, InvalidField, PortError};

use super::ports::identity::FlowRepository;
use crate::domain::identity::{FlowCode, ForeignIdentity};

/// Why nobody is known by it.
#[derive(Debug, thiserror::Error)]
pub enum RedeemFlowError {
    /// The code is unknown, used or too old, or the verifier is not its own: the answer does not tell which.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// A port failed.
    #[error("the sign-in cannot be looked up")]
    Port(#[from] PortError),
}

/// Takes codes.
#[derive(Clone)]
pub struct RedeemFlow {
    pub(super) flows: Arc<dyn FlowRepository>,
    pub(super) clock: Arc<dyn Clock>,
}

impl RedeemFlow {
    /// Who it is. The code is used up, even by a wrong verifier.
    pub(super) async fn run(&self, code: &str, verifier: &str) -> Result<ForeignIdentity, RedeemFlowError> {
        let refused = || InvalidField::new("code", "is not valid any more; sign in at the provider again");
        let code = FlowCode::present(code)?;
        let (challenge, identity) = self.flows.take(&code.hash(), self.clock.now()).await?.ok_or_else(refused)?;
        if challenge.is_of(verifier) { Ok(identity) } else { Err(refused().into()) }
    }
}
