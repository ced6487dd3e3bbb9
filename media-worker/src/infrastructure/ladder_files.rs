//! Sources and ladders in the blob store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _, TryStreamExt as _};
use kernel::PortError;
use kernel::id::LadderId;
use object_store::path::Path as BlobPath;
use object_store::{ObjectStore, ObjectStoreExt as _};
use tokio::io::AsyncWriteExt as _;

use crate::application::ports::LadderFiles;
use crate::domain::ladder::prefix;

/// Stored after all others: where it is, everything is.
const LAST: &str = "master.m3u8";
/// Files moved at the same time.
const PARALLEL: usize = 8;

/// [`LadderFiles`] in an object store.
#[derive(Debug, Clone)]
pub struct BlobLadderFiles {
    blobs: Arc<dyn ObjectStore>,
}

impl BlobLadderFiles {
    /// In `blobs`.
    pub const fn new(blobs: Arc<dyn ObjectStore>) -> Self {
        Self { blobs }
    }

    async fn put(&self, folder: &Path, file: &Path, ladder_id: LadderId) -> Result<(), PortError> {
        let name = file.strip_prefix(folder).map_err(PortError::corrupt)?;
        let bytes = tokio::fs::read(file).await.map_err(PortError::unavailable)?;
        let path = BlobPath::from(format!("{}/{}", prefix(ladder_id), name.display()));
        self.blobs.put(&path, bytes.into()).await.map(drop).map_err(blob_error)
    }
}

#[async_trait]
impl LadderFiles for BlobLadderFiles {
    async fn fetch(&self, blob: &str, to: &Path) -> Result<(), PortError> {
        let mut chunks = self.blobs.get(&BlobPath::from(blob)).await.map_err(blob_error)?.into_stream();
        let mut file = tokio::fs::File::create(to).await.map_err(PortError::unavailable)?;
        while let Some(chunk) = chunks.try_next().await.map_err(blob_error)? {
            file.write_all(&chunk).await.map_err(PortError::unavailable)?;
        }
        file.flush().await.map_err(PortError::unavailable)
    }

    async fn store(&self, folder: &Path, ladder_id: LadderId) -> Result<(), PortError> {
        let (last, files): (Vec<_>, Vec<_>) = files_of(folder).map_err(PortError::unavailable)?.into_iter().partition(|file| file.ends_with(LAST));
        stream::iter(&files).map(Ok).try_for_each_concurrent(PARALLEL, |file| self.put(folder, file, ladder_id)).await?;
        for file in &last {
            self.put(folder, file, ladder_id).await?;
        }
        Ok(())
    }

    async fn copy(&self, from: LadderId, to: LadderId) -> Result<(), PortError> {
        let (from, to) = (BlobPath::from(prefix(from)), prefix(to));
        let found: Vec<BlobPath> = self.blobs.list(Some(&from)).map_ok(|found| found.location).try_collect().await.map_err(blob_error)?;
        let (last, files): (Vec<_>, Vec<_>) = found.iter().partition(|file| file.filename() == Some(LAST));
        if last.is_empty() {
            return Err(PortError::NotFound);
        }
        let copy = |file: &BlobPath| {
            let name: Vec<_> = file.prefix_match(&from).into_iter().flatten().map(|part| part.as_ref().to_owned()).collect();
            let target = BlobPath::from(format!("{to}/{}", name.join("/")));
            let file = file.clone();
            async move { self.blobs.copy(&file, &target).await.map_err(blob_error) }
        };
        stream::iter(files).map(Ok).try_for_each_concurrent(PARALLEL, copy).await?;
        stream::iter(last).map(Ok).try_for_each_concurrent(1, copy).await
    }

    async fn discard(&self, ladder_id: LadderId) -> Result<(), PortError> {
        let prefix = BlobPath::from(prefix(ladder_id));
        let paths = self.blobs.list(Some(&prefix)).map_ok(|found| found.location).boxed();
        let deleted = self.blobs.delete_stream(paths);
        deleted
            .filter(|result| std::future::ready(!matches!(result, Err(object_store::Error::NotFound { .. }))))
            .try_for_each(|_| std::future::ready(Ok(())))
            .await
            .map_err(blob_error)
    }
}

fn files_of(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() { files.extend(files_of(&entry.path())?) } else { files.push(entry.path()) }
    }
    Ok(files)
}

fn blob_error(error: object_store::Error) -> PortError {
    if matches!(error, object_store::Error::NotFound { .. }) { PortError::NotFound } else { PortError::unavailable(error) }
}
