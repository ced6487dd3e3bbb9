//! A person watches their copy being made.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::EventPayload as _;
use kernel::events::{DataExportCollected, DataExportRequested};
use kernel::id::DataExportId;
use platform::bus::EventBus;
use tokio::time::timeout;

use super::caller::Caller;
use super::export_data::{ExportData, ExportDataError};
use crate::domain::data_export::DataExport;

const TYPES: &[&str] = &[DataExportRequested::TYPE, DataExportCollected::TYPE];
/// How often the store is asked when nothing is heard: what the background work does, no event tells.
const SILENCE: Duration = Duration::from_millis(500);

/// Follows copies.
#[derive(Clone)]
pub struct FollowExport {
    pub(super) export_data: ExportData,
    pub(super) bus: Arc<dyn EventBus>,
}

impl FollowExport {
    /// The copy as it is, then after each change, until it is ready or gone.
    pub async fn run(&self, caller: &Caller, id: DataExportId) -> Result<BoxStream<'static, Result<DataExport, ExportDataError>>, ExportDataError> {
        // The tail first: what happens between the two is heard, not lost.
        let mut tail = self.bus.tail(TYPES);
        let mut last = self.export_data.find(caller, id).await?;
        let (this, caller, subject) = (self.clone(), caller.clone(), last.user_id.to_string());
        Ok(Box::pin(async_stream::try_stream! {
            yield last.clone();
            while last.archive.is_none() {
                match timeout(SILENCE, tail.next()).await {
                    Ok(None) => break,
                    Ok(Some(event)) if event.subject != subject => continue,
                    Ok(Some(_)) | Err(_) => {}
                }
                let next = match this.export_data.find(&caller, id).await {
                    Err(ExportDataError::NotFound) => break,
                    other => other?,
                };
                if next != last {
                    yield next.clone();
                    last = next;
                }
            }
        }))
    }
}
