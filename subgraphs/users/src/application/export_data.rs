//! A person gets a copy of all that is kept of them: every context is asked, and what they answer becomes one archive.

use std::io::{Cursor, Write as _};
use std::sync::Arc;

use bytes::Bytes;
use chrono::Duration;
use futures::TryStreamExt as _;
use kernel::events::{DataExportRequested, KEEPERS};
use kernel::id::DataExportId;
use kernel::viewer::AccessError;
use kernel::{Clock, IdGenerator, PortError};
use object_store::path::Path;
use object_store::{ObjectStore, ObjectStoreExt as _};
use platform::one_time::OneTimeTokens;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::caller::Caller;
use super::end_account::remove_blobs;
use super::record::Recorder;
use super::rights_ports::DataExportRepository;
use super::throttle::{Throttle, ThrottleError};
use crate::domain::answer::{Answer, all_answered, overdue};
use crate::domain::audit::Action;
use crate::domain::data_export::{Archive, DataExport};
use crate::domain::throttle::{Gate, Policy};

const BATCH: u64 = 32;

const README: &str =
    "This is all that Polyphony keeps of you, a folder for each part of it. Every file but pictures is JSON: text that a browser or an editor opens.\n";

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum ExportDataError {
    /// Nobody is signed in.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// Too many copies.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// There is no such copy of the viewer's.
    #[error("there is no such copy of your data")]
    NotFound,
    /// A port failed.
    #[error("the copy cannot be made now")]
    Port(#[from] PortError),
}

/// Makes copies.
#[derive(Clone)]
pub struct ExportData {
    pub(super) exports: Arc<dyn DataExportRepository>,
    pub(super) blobs: Arc<dyn ObjectStore>,
    pub(super) tokens: OneTimeTokens,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
    /// How long a context may take to answer before it is asked again.
    pub(super) patience: Duration,
    /// How long an archive is kept.
    pub(super) life: Duration,
    pub(super) public_url: String,
}

impl ExportData {
    /// Asks every context. While a copy is in the making, that one is given.
    pub async fn request(&self, caller: &Caller) -> Result<DataExport, ExportDataError> {
        let user_id = caller.require_session()?.user_id;
        if let Some(running) = self.exports.of_user(user_id).await?.into_iter().find(|export| export.archive.is_none()) {
            return Ok(running);
        }
        self.throttle.attempt(&[Gate::new("copy of", &[&user_id.to_string()], Policy::MAIL)]).await?;
        let now = self.clock.now();
        let answers = KEEPERS.map(|context| Answer::asked(context, now)).into();
        let export = DataExport { id: self.ids.next(), user_id, requested_at: now, archive: None, answers };
        let asked = DataExportRequested { user_id, export_id: export.id, contexts: KEEPERS.map(ToOwned::to_owned).into() };
        let record = self.recorder.note(caller, Action::DataExported, user_id, None, None).with_event(self.recorder.events().wrap(&asked));
        match self.exports.add(&export, &record).await {
            // The account is gone while its token still holds.
            Err(PortError::Conflict { .. }) => Err(AccessError::Unauthenticated.into()),
            other => other.map(|()| export).map_err(Into::into),
        }
    }

    /// The viewer's copies, newest first.
    pub async fn list(&self, caller: &Caller) -> Result<Vec<DataExport>, ExportDataError> {
        Ok(self.exports.of_user(caller.require_session()?.user_id).await?)
    }

    /// One of the viewer's.
    pub async fn find(&self, caller: &Caller, id: DataExportId) -> Result<DataExport, ExportDataError> {
        let user_id = caller.require_session()?.user_id;
        self.exports.find(id).await?.filter(|export| export.user_id == user_id).ok_or(ExportDataError::NotFound)
    }

    /// Where the archive can be had; none while it is not ready. Only this installation can make such an address.
    pub fn address(&self, export: &DataExport) -> Option<String> {
        export.archive.map(|_| format!("{}/exports/{}", self.public_url, self.tokens.token(export.id)))
    }

    /// The archive, for whoever has the secret of its address; none when it is not ready, or not any more.
    pub async fn open(&self, token: &str) -> Result<Option<Bytes>, PortError> {
        let Some(id) = self.tokens.verify(token) else { return Ok(None) };
        let archive = self.exports.find(id).await?.and_then(|export| export.archive);
        if archive.is_none_or(|archive| archive.expires_at <= self.clock.now()) {
            return Ok(None);
        }
        let blob = self.blobs.get(&Path::from(DataExport::archive_blob(id))).await.map_err(PortError::unavailable)?;
        blob.bytes().await.map(Some).map_err(PortError::unavailable)
    }

    /// Asks again who has not answered, makes archives of what all have answered, and throws expired ones away.
    pub async fn go_on(&self) -> Result<(), PortError> {
        let now = self.clock.now();
        for export in self.exports.unfinished(BATCH).await? {
            if all_answered(&export.answers) {
                self.finish(&export).await?;
                continue;
            }
            let contexts = overdue(&export.answers, now - self.patience);
            if !contexts.is_empty() {
                tracing::warn!(export = %export.id, ?contexts, "contexts have not given their part of a copy in time and are asked again");
                let asked = DataExportRequested { user_id: export.user_id, export_id: export.id, contexts: contexts.clone() };
                self.exports.asked_again(export.id, &contexts, now, &self.recorder.events().wrap(&asked)).await?;
            }
        }
        for id in self.exports.expired(now, BATCH).await? {
            remove_blobs(&*self.blobs, &DataExport::archive_blob(id)).await?;
            self.exports.remove(id).await?;
        }
        Ok(())
    }

    async fn finish(&self, export: &DataExport) -> Result<(), PortError> {
        let archive = self.archive(export.id).await?;
        let ready_at = self.clock.now();
        let made = Archive { ready_at, expires_at: ready_at + self.life, size_bytes: archive.len() as u64 };
        self.blobs.put(&Path::from(DataExport::archive_blob(export.id)), archive.into()).await.map_err(PortError::unavailable)?;
        remove_blobs(&*self.blobs, &DataExport::folder(export.id)).await?;
        match self.exports.finish(export.id, made).await {
            // The account ended meanwhile, and its blobs with it: these too.
            Err(PortError::NotFound) => remove_blobs(&*self.blobs, &DataExport::archive_blob(export.id)).await,
            other => other,
        }
    }

    /// A folder a context, a file each of what it gave.
    async fn archive(&self, id: DataExportId) -> Result<Vec<u8>, PortError> {
        let folder = Path::from(DataExport::folder(id));
        let mut paths: Vec<_> = self.blobs.list(Some(&folder)).map_ok(|meta| meta.location).try_collect().await.map_err(PortError::unavailable)?;
        paths.sort();
        let mut files = vec![("README.txt".to_owned(), Bytes::from_static(README.as_bytes()))];
        for path in paths {
            let blob = self.blobs.get(&path).await.map_err(PortError::unavailable)?;
            let name = path.as_ref().strip_prefix(folder.as_ref()).unwrap_or_default().trim_start_matches('/').to_owned();
            files.push((name, blob.bytes().await.map_err(PortError::unavailable)?));
        }
        tokio::task::spawn_blocking(move || zipped(&files)).await.map_err(PortError::unavailable)?.map_err(PortError::corrupt)
    }
}

fn zipped(files: &[(String, Bytes)]) -> Result<Vec<u8>, zip::result::ZipError> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default())?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}
