//! Vectors in a Qdrant server, over gRPC: a collection for each space, called `<prefix>-<space>`. The server keeps, links and repairs by
//! itself. Several installations may share a server under different prefixes.

use std::collections::{HashMap, HashSet};
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::TrackId;
use qdrant_client::qdrant::point_id::PointIdOptions;
use qdrant_client::qdrant::{
    CountPointsBuilder, CreateCollectionBuilder, DeletePointsBuilder, Distance, HnswConfigDiffBuilder, PointId, PointStruct, PointsIdsList, Query,
    QueryPointsBuilder, ScoredPoint, SearchParamsBuilder, UpsertPointsBuilder, VectorParamsBuilder,
};
use qdrant_client::{Payload, Qdrant, QdrantError};

use crate::application::ports::EmbeddingIndex;
use crate::domain::track_vector::{Neighbour, Space, TrackVector};

/// The graph's links, candidates and a search's breadth: as in the embedded index.
const LINKS: u64 = 24;
const CANDIDATES: u64 = 160;
const BREADTH: u64 = 160;
/// A listener waits for the answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// `NOT_FOUND` and `ALREADY_EXISTS` of gRPC (`google/rpc/code.proto`).
const NOT_FOUND: i32 = 5;
const ALREADY_EXISTS: i32 = 6;

/// [`EmbeddingIndex`] by a Qdrant server.
pub struct QdrantEmbeddingIndex {
    client: Qdrant,
    prefix: String,
    /// Collections that are there.
    known: RwLock<HashSet<Space>>,
}

impl QdrantEmbeddingIndex {
    /// The server at `url`, which is asked only when something is wanted of it; `api_key` may be empty. The error says what is wrong with
    /// the address.
    pub fn new(url: &str, api_key: &str, prefix: &str) -> Result<Self, QdrantError> {
        let mut config = Qdrant::from_url(url).timeout(PATIENCE).connect_timeout(PATIENCE).skip_compatibility_check();
        if !api_key.is_empty() {
            config = config.api_key(api_key);
        }
        Ok(Self { client: config.build()?, prefix: prefix.to_owned(), known: RwLock::default() })
    }

    fn collection(&self, space: &Space) -> String {
        format!("{}-{}", self.prefix, space.name)
    }

    /// Every space that the server has a collection of.
    async fn spaces(&self) -> Result<Vec<Space>, PortError> {
        let listed = self.client.list_collections().await.map_err(failed)?;
        let space = |name: &str| name.strip_prefix(&self.prefix)?.strip_prefix('-').and_then(Space::named);
        Ok(listed.collections.iter().filter_map(|collection| space(&collection.name)).collect())
    }

    /// Makes the collection unless it is there. Of several that make it at the same time one does.
    async fn ensure(&self, space: &Space) -> Result<(), PortError> {
        if self.known.read().unwrap_or_else(PoisonError::into_inner).contains(space) {
            return Ok(());
        }
        let name = self.collection(space);
        if !self.client.collection_exists(&name).await.map_err(failed)? {
            let vectors = VectorParamsBuilder::new(space.dim as u64, Distance::Cosine);
            let graph = HnswConfigDiffBuilder::default().m(LINKS).ef_construct(CANDIDATES);
            let created = self.client.create_collection(CreateCollectionBuilder::new(&name).vectors_config(vectors).hnsw_config(graph)).await;
            match created {
                Err(error) if code(&error) != Some(ALREADY_EXISTS) => return Err(failed(error)),
                _ => {}
            }
        }
        self.known.write().unwrap_or_else(PoisonError::into_inner).insert(space.clone());
        Ok(())
    }
}

#[async_trait]
impl EmbeddingIndex for QdrantEmbeddingIndex {
    async fn put(&self, vectors: &[TrackVector]) -> Result<(), PortError> {
        let mut by_space: HashMap<&Space, Vec<PointStruct>> = HashMap::new();
        for TrackVector { track_id, space, vector, .. } in vectors.iter().filter(|vector| vector.vector.len() == vector.space.dim) {
            by_space.entry(space).or_default().push(PointStruct::new(point(*track_id), vector.clone(), Payload::new()));
        }
        for (space, points) in by_space {
            self.ensure(space).await?;
            let put = self.client.upsert_points(UpsertPointsBuilder::new(self.collection(space), points).wait(true)).await;
            if let Err(error) = put {
                // Somebody dropped it: the next attempt makes it again.
                self.known.write().unwrap_or_else(PoisonError::into_inner).remove(space);
                return Err(failed(error));
            }
        }
        Ok(())
    }

    async fn remove(&self, track_id: TrackId) -> Result<(), PortError> {
        for space in self.spaces().await? {
            let which = PointsIdsList { ids: vec![point(track_id)] };
            let removed = self.client.delete_points(DeletePointsBuilder::new(self.collection(&space)).points(which).wait(true)).await;
            none_when_missing(removed)?;
        }
        Ok(())
    }

    async fn nearest(&self, space: &Space, vector: &[f32], limit: usize) -> Result<Vec<Neighbour>, PortError> {
        let limit = limit as u64;
        let params = SearchParamsBuilder::default().hnsw_ef(BREADTH.max(limit));
        let query = QueryPointsBuilder::new(self.collection(space)).query(Query::new_nearest(vector.to_vec())).limit(limit).params(params);
        let found = none_when_missing(self.client.query(query).await)?;
        found.map_or(Ok(Vec::new()), |found| found.result.into_iter().map(neighbour).collect())
    }

    async fn count(&self, space: &Space) -> Result<usize, PortError> {
        let counted = none_when_missing(self.client.count(CountPointsBuilder::new(self.collection(space)).exact(true)).await)?;
        let count = counted.and_then(|counted| counted.result).map_or(0, |result| result.count);
        usize::try_from(count).map_err(PortError::corrupt)
    }

    async fn discard(&self, space: &Space) -> Result<(), PortError> {
        self.known.write().unwrap_or_else(PoisonError::into_inner).remove(space);
        none_when_missing(self.client.delete_collection(self.collection(space)).await).map(drop)
    }

    async fn tend(&self) -> Result<(), PortError> {
        Ok(())
    }
}

fn point(track_id: TrackId) -> PointId {
    track_id.uuid().to_string().into()
}

fn neighbour(point: ScoredPoint) -> Result<Neighbour, PortError> {
    let Some(PointIdOptions::Uuid(id)) = point.id.and_then(|id| id.point_id_options) else {
        return Err(PortError::corrupt("the collection holds points that are no tracks"));
    };
    let id = uuid::Uuid::parse_str(&id).map_err(PortError::corrupt)?;
    Ok(Neighbour { track_id: TrackId::from_uuid(id), similarity: point.score })
}

/// What the server said, if it was more than that it failed.
fn code(error: &QdrantError) -> Option<i32> {
    match error {
        QdrantError::ResponseError { status } => Some(i32::from(status.code())),
        _ => None,
    }
}

fn none_when_missing<T>(answer: Result<T, QdrantError>) -> Result<Option<T>, PortError> {
    match answer {
        Ok(answer) => Ok(Some(answer)),
        Err(error) if code(&error) == Some(NOT_FOUND) => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

fn failed(error: QdrantError) -> PortError {
    PortError::unavailable(error)
}
