//! A context has done its part for a copy or for an end.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::events::{DataExportCollected, PersonErased};
use kernel::{Clock, Event, EventPayload as _};
use platform::consumer::{EventHandler, HandleError};

use super::end_account::EndAccount;
use super::rights_ports::DataExportRepository;

/// The consumer of what contexts answer. An answer is noted; what follows from it, the next look of the background work does.
pub struct OnPersonAnswer {
    /// Copies.
    pub exports: Arc<dyn DataExportRepository>,
    /// Ends.
    pub end_account: EndAccount,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

#[async_trait]
impl EventHandler for OnPersonAnswer {
    fn types(&self) -> &'static [&'static str] {
        &[DataExportCollected::TYPE, PersonErased::TYPE]
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        if let Some(collected) = event.payload::<DataExportCollected>().transpose()? {
            self.exports.answered(collected.export_id, &collected.context, self.clock.now()).await?;
        } else if let Some(erased) = event.payload::<PersonErased>().transpose()? {
            self.end_account.answered(erased.deletion_id, erased.user_id, &erased.context).await?;
        }
        Ok(())
    }
}
