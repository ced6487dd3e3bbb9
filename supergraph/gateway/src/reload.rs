//! Hot reload: the supergraph's file is watched, and what it says next is served without dropping a request or a stream.

use platform::context::Task;
use platform::watch::Watch;
use tokio_util::sync::CancellationToken;

use crate::contract::Contract;
use crate::gateway::Gateway;
use crate::metrics::RELOADS;

impl Gateway {
    /// The loop that follows `supergraph`, the file of this contract. A file that cannot be used is refused with a log line, and the old one serves on.
    pub fn reload_task(&self, contract: Contract, supergraph: Watch) -> Task {
        let gateway = self.clone();
        Task::new("gateway.reload", move |stop| follow(gateway, contract, supergraph, stop))
    }
}

async fn follow(gateway: Gateway, contract: Contract, mut supergraph: Watch, stop: CancellationToken) {
    while let Some(content) = stop.run_until_cancelled(supergraph.changed()).await {
        let file = supergraph.path().display().to_string();
        let gateway = gateway.clone();
        // Building the planner's graph would hold a worker thread that requests need.
        let reloaded = tokio::task::spawn_blocking(move || match String::from_utf8(content) {
            Ok(sdl) => gateway.reload(contract, &sdl).map_err(|error| error.to_string()),
            Err(_) => Err("the supergraph is no text".to_owned()),
        });
        let outcome = match reloaded.await.unwrap_or_else(|error| Err(error.to_string())) {
            Ok(()) => {
                tracing::info!(file, "the supergraph was replaced");
                "accepted"
            }
            Err(problem) => {
                tracing::error!(file, problem, "the new supergraph cannot be used; the old one serves on");
                "refused"
            }
        };
        metrics::counter!(RELOADS, "outcome" => outcome).increment(1);
    }
}
