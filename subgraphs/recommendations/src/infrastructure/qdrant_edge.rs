//! Vectors in folders of this machine: a shard of Qdrant's own engine (crate `qdrant-edge`) for each space, compared one by one while it is
//! small, and found by a graph (HNSW: Yu. A. Malkov, D. A. Yashunin, "Efficient and Robust Approximate Nearest Neighbor Search Using
//! Hierarchical Navigable Small World Graphs", 2016) from [`Sizes::graph_from`] on.
//!
//! What a call changed is on the disk when the call returns. While a graph is built ([`tend`](EmbeddingIndex::tend)) changes are only in
//! memory, for the engine cannot write both; a mark in the folder says so, and a folder with that mark, or one that cannot be read, is
//! dropped when the index is opened: the tables hold all of it, and it is filled from them again.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use async_trait::async_trait;
use kernel::id::TrackId;
use kernel::{Id, PortError};
use qdrant_edge::{
    DEFAULT_VECTOR_NAME, Distance, EdgeConfig, EdgeOptimizersConfig, EdgeShard, EdgeVectorParams, HnswIndexConfig, NamedQuery, OperationError, PointId,
    PointInsertOperations, PointOperations, PointStructPersisted, QueryEnum, QueryRequest, ScoringQuery, SearchParams, UpdateOperation, VectorStructPersisted,
    WalOptions, WithPayloadInterface, WithVector,
};
use tokio::sync::oneshot;

use crate::application::ports::EmbeddingIndex;
use crate::domain::track_vector::{Neighbour, Space, TrackVector};

/// Links of a vector in the graph, and how many candidates are looked at for them: recall above 0.95 without doubling the memory.
const LINKS: usize = 24;
const CANDIDATES: usize = 160;
/// Candidates that a search follows at the same time.
const BREADTH: usize = 160;
/// Bytes of a file of the engine's log; each file is reserved whole.
const LOG_FILE: usize = 4 << 20;
/// Says that the folder is not what was told.
const UNSETTLED: &str = "unsettled";

/// When what is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// Vectors without a graph that are worth building one; below, looking at each takes about a millisecond.
    pub graph_from: usize,
}

impl Default for Sizes {
    fn default() -> Self {
        Self { graph_from: 20_000 }
    }
}

/// [`EmbeddingIndex`] by `qdrant-edge`.
#[derive(Clone)]
pub struct QdrantEdgeEmbeddingIndex {
    closed: Arc<Closed>,
}

/// Where the index is, and the index once somebody needed it: commands that start every context for a moment must not take it from the
/// process that serves.
struct Closed {
    folder: PathBuf,
    sizes: Sizes,
    opened: Mutex<Option<Arc<Opened>>>,
}

struct Opened {
    folder: PathBuf,
    sizes: Sizes,
    collections: RwLock<HashMap<Space, Arc<Collection>>>,
    /// Held as long as the index is open: two processes that write one folder destroy it.
    _lock: File,
}

/// All vectors of a space.
struct Collection {
    /// None only while it is dropped.
    shard: Option<EdgeShard>,
    folder: PathBuf,
    writes: Mutex<Writes>,
    discarded: AtomicBool,
}

/// What the engine is busy with. Whoever writes holds it.
#[derive(Default)]
struct Writes {
    /// Whether a graph is being built, and nothing can be written to the disk.
    building: bool,
    /// Whether anything changed since upkeep was looked after.
    changed: bool,
}

impl QdrantEdgeEmbeddingIndex {
    /// The index in `folder`, which is made when missing. It is opened by its first use, which fails while another process has it open.
    pub fn new(folder: PathBuf, sizes: Sizes) -> Self {
        Self { closed: Arc::new(Closed { folder, sizes, opened: Mutex::default() }) }
    }

    /// The engine's calls block: each runs on a thread that may.
    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Opened) -> Result<T, PortError> + Send + 'static) -> Result<T, PortError> {
        let closed = self.closed.clone();
        let work = move || work(&*closed.open().map_err(PortError::unavailable)?);
        tokio::task::spawn_blocking(work).await.map_err(PortError::unavailable)?
    }
}

impl Closed {
    fn open(&self) -> io::Result<Arc<Opened>> {
        let mut opened = self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(opened) = &*opened {
            return Ok(opened.clone());
        }
        let index = Arc::new(Opened::at(&self.folder, self.sizes)?);
        *opened = Some(index.clone());
        Ok(index)
    }
}

impl Opened {
    fn at(folder: &Path, sizes: Sizes) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let lock = File::create(folder.join("lock"))?;
        lock.try_lock().map_err(|error| io::Error::new(io::ErrorKind::ResourceBusy, format!("another process has the embedding index open: {error}")))?;
        let mut collections = HashMap::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let space = path.file_name().and_then(|name| name.to_str()).and_then(Space::named).filter(|_| path.is_dir());
            let Some(space) = space else { continue };
            match Collection::load(&path) {
                Ok(collection) => drop(collections.insert(space, Arc::new(collection))),
                Err(error) => {
                    tracing::warn!(error, folder = %path.display(), "vectors on this disk cannot be used; they are put there again");
                    fs::remove_dir_all(&path)?;
                }
            }
        }
        Ok(Self { folder: folder.to_owned(), sizes, collections: RwLock::new(collections), _lock: lock })
    }
}

#[async_trait]
impl EmbeddingIndex for QdrantEdgeEmbeddingIndex {
    async fn put(&self, vectors: &[TrackVector]) -> Result<(), PortError> {
        let mut by_space: HashMap<Space, Vec<PointStructPersisted>> = HashMap::new();
        for TrackVector { track_id, space, vector, .. } in vectors.iter().filter(|vector| vector.vector.len() == vector.space.dim) {
            let vector = VectorStructPersisted::Single(vector.clone());
            by_space.entry(space.clone()).or_default().push(PointStructPersisted { id: PointId::Uuid(track_id.uuid()), vector, payload: None });
        }
        let put = move |index: &Opened| {
            for (space, points) in by_space {
                let insert = PointOperations::UpsertPoints(PointInsertOperations::PointsList(points));
                index.collection_or_new(&space)?.change(insert)?;
            }
            Ok(())
        };
        self.blocking(put).await
    }

    async fn remove(&self, track_id: TrackId) -> Result<(), PortError> {
        let id = PointId::Uuid(track_id.uuid());
        let remove = move |index: &Opened| {
            for collection in index.all() {
                let there = collection.shard()?.retrieve(&[id], Some(WithPayloadInterface::Bool(false)), Some(WithVector::Bool(false)));
                if !there.map_err(failed)?.is_empty() {
                    collection.change(PointOperations::DeletePoints { ids: vec![id] })?;
                }
            }
            Ok(())
        };
        self.blocking(remove).await
    }

    async fn nearest(&self, space: &Space, vector: &[f32], limit: usize) -> Result<Vec<Neighbour>, PortError> {
        let space = space.clone();
        let request = QueryRequest {
            prefetches: Vec::new(),
            query: Some(ScoringQuery::Vector(QueryEnum::Nearest(NamedQuery::default_dense(vector.to_vec())))),
            filter: None,
            score_threshold: None,
            limit,
            offset: 0,
            params: Some(SearchParams { hnsw_ef: Some(BREADTH.max(limit)), ..SearchParams::default() }),
            with_vector: WithVector::Bool(false),
            with_payload: WithPayloadInterface::Bool(false),
        };
        let search = move |index: &Opened| index.collection(&space).map_or(Ok(Vec::new()), |collection| collection.shard()?.query(request).map_err(failed));
        let found = self.blocking(search).await?;
        let neighbour = |id: PointId, similarity| match id {
            PointId::Uuid(id) => Some(Neighbour { track_id: Id::from_uuid(id), similarity }),
            PointId::NumId(_) => None,
        };
        Ok(found.into_iter().filter_map(|point| neighbour(point.id, point.score)).collect())
    }

    async fn count(&self, space: &Space) -> Result<usize, PortError> {
        let space = space.clone();
        self.blocking(move |index| index.collection(&space).map_or(Ok(0), |collection| Ok(collection.shard()?.info().points_count))).await
    }

    async fn discard(&self, space: &Space) -> Result<(), PortError> {
        let space = space.clone();
        let discard = move |index: &Opened| {
            let gone = index.collections.write().unwrap_or_else(PoisonError::into_inner).remove(&space);
            // Its files go with the last search that has it; if this process ends before, with the next opening.
            gone.map_or(Ok(()), |collection| {
                collection.discarded.store(true, Ordering::Relaxed);
                collection.mark_unsettled().map_err(PortError::unavailable)
            })
        };
        self.blocking(discard).await
    }

    async fn tend(&self) -> Result<(), PortError> {
        for collection in self.blocking(|index| Ok(index.all())).await? {
            // A thread of its own: a runtime that ends waits for those it lends out, and this one may take minutes.
            let (done, result) = oneshot::channel();
            let graph_from = self.closed.sizes.graph_from;
            let tend = move || {
                let tended = collection.tend(graph_from);
                drop(collection);
                drop(done.send(tended));
            };
            std::thread::Builder::new().name("embedding-index".into()).spawn(tend).map_err(PortError::unavailable)?;
            result.await.map_err(PortError::unavailable)??;
        }
        Ok(())
    }
}

impl Opened {
    fn collection(&self, space: &Space) -> Option<Arc<Collection>> {
        self.collections.read().unwrap_or_else(PoisonError::into_inner).get(space).cloned()
    }

    fn all(&self) -> Vec<Arc<Collection>> {
        self.collections.read().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    fn collection_or_new(&self, space: &Space) -> Result<Arc<Collection>, PortError> {
        if let Some(collection) = self.collection(space) {
            return Ok(collection);
        }
        let mut collections = self.collections.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(collection) = collections.get(space) {
            return Ok(collection.clone());
        }
        let collection = Arc::new(Collection::create(&self.folder.join(&space.name), space.dim, self.sizes)?);
        collections.insert(space.clone(), collection.clone());
        Ok(collection)
    }
}

impl Collection {
    fn create(folder: &Path, dim: usize, sizes: Sizes) -> Result<Self, PortError> {
        fs::create_dir_all(folder).map_err(PortError::unavailable)?;
        // The engine counts in kilobytes of numbers.
        let threshold = (sizes.graph_from * dim * size_of::<f32>()).div_ceil(1024).max(1);
        let graph = HnswIndexConfig {
            m: LINKS,
            ef_construct: CANDIDATES,
            full_scan_threshold: threshold,
            max_indexing_threads: 0,
            on_disk: None,
            payload_m: None,
            inline_storage: None,
        };
        let vectors = EdgeVectorParams {
            size: dim,
            distance: Distance::Cosine,
            on_disk: None,
            multivector_config: None,
            datatype: None,
            quantization_config: None,
            hnsw_config: None,
        };
        let config = EdgeConfig {
            vectors: HashMap::from([(DEFAULT_VECTOR_NAME.to_owned(), vectors)]),
            hnsw_config: graph,
            optimizers: EdgeOptimizersConfig { indexing_threshold: Some(threshold), ..EdgeOptimizersConfig::default() },
            wal_options: Some(WalOptions { segment_capacity: LOG_FILE, segment_queue_len: 0, ..WalOptions::default() }),
            ..EdgeConfig::default()
        };
        Ok(Self::of(EdgeShard::new(folder, config).map_err(failed)?, folder))
    }

    /// The error is for the log.
    fn load(folder: &Path) -> Result<Self, String> {
        if folder.join(UNSETTLED).exists() {
            return Err("the process ended while a graph was built".into());
        }
        // The engine takes some damage for a programming error.
        let shard = catch_unwind(|| EdgeShard::load(folder, None)).map_err(|_| "the engine gave up".to_owned())?;
        Ok(Self::of(shard.map_err(|error| error.to_string())?, folder))
    }

    fn of(shard: EdgeShard, folder: &Path) -> Self {
        // What is there may have been left without upkeep.
        Self { shard: Some(shard), folder: folder.to_owned(), writes: Mutex::new(Writes { building: false, changed: true }), discarded: AtomicBool::default() }
    }

    fn shard(&self) -> Result<&EdgeShard, PortError> {
        self.shard.as_ref().ok_or(PortError::NotFound)
    }

    fn writes(&self) -> MutexGuard<'_, Writes> {
        self.writes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn mark_unsettled(&self) -> io::Result<()> {
        File::create(self.folder.join(UNSETTLED))?.sync_all()
    }

    fn change(&self, operation: PointOperations) -> Result<(), PortError> {
        let shard = self.shard()?;
        let mut writes = self.writes();
        writes.changed = true;
        shard.update(UpdateOperation::PointOperation(operation)).map_err(failed)?;
        if !writes.building {
            shard.flush();
        }
        Ok(())
    }

    fn tend(&self, graph_from: usize) -> Result<(), PortError> {
        let shard = self.shard()?;
        {
            let mut writes = self.writes();
            let info = shard.info();
            // Vectors that were replaced or removed are cleared away when there are many.
            let due = info.points_count.saturating_sub(info.indexed_vectors_count) >= graph_from || info.indexed_vectors_count > 0;
            if writes.building || !std::mem::take(&mut writes.changed) || !due {
                return Ok(());
            }
            writes.building = true;
            self.mark_unsettled().map_err(PortError::unavailable)?;
        }
        let built = catch_unwind(AssertUnwindSafe(|| shard.optimize())).unwrap_or_else(|_| Err(OperationError::service_error("the engine gave up")));
        let mut writes = self.writes();
        writes.building = false;
        let built = built.map_err(failed)?;
        shard.flush();
        fs::remove_file(self.folder.join(UNSETTLED)).map_err(PortError::unavailable)?;
        drop(writes);
        let info = shard.info();
        tracing::info!(folder = %self.folder.display(), built, vectors = info.points_count, in_graph = info.indexed_vectors_count, "the embedding index was tended");
        Ok(())
    }
}

impl Drop for Collection {
    fn drop(&mut self) {
        // The engine writes once more when it goes, and panics where it cannot.
        let shard = self.shard.take();
        if catch_unwind(AssertUnwindSafe(move || drop(shard))).is_err() {
            tracing::warn!(folder = %self.folder.display(), "a closed index could not be written once more");
        }
        if self.discarded.load(Ordering::Relaxed)
            && let Err(error) = fs::remove_dir_all(&self.folder)
        {
            tracing::warn!(%error, folder = %self.folder.display(), "vectors of another model stay until the index is opened again");
        }
    }
}

fn failed(error: OperationError) -> PortError {
    PortError::unavailable(error)
}
