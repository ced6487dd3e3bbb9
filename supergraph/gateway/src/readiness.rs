//! What the gateway adds to `/health/ready`.
//!
//! A gateway without a supergraph does not start, so one that runs has what it needs. A subgraph that does not answer costs its
//! own fields only, so it does not make the gateway unready (with one subgraph down, all gateways would vanish at once); its
//! state is a line for the operator.

use std::time::Duration;

use async_trait::async_trait;
use kernel::Viewer;
use platform::chassis::ReadinessCheck;

use crate::gateway::Gateway;

/// How long a subgraph may take to answer the smallest query.
const PROBE: Duration = Duration::from_secs(2);

#[async_trait]
impl ReadinessCheck for Gateway {
    async fn check(&self) -> Result<Vec<String>, &'static str> {
        let states = self.pipeline(&Viewer::Anonymous).probe_subgraphs(PROBE).await;
        Ok(states.into_iter().map(|(name, answers)| format!("subgraph {name}: {}", if answers { "answers" } else { "does not answer" })).collect())
    }
}
