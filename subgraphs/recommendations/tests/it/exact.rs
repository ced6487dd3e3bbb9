//! The measure of other indices: vectors in memory, each compared with.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::TrackId;
use recommendations::application::ports::EmbeddingIndex;
use recommendations::domain::track_vector::{Neighbour, Space, TrackVector};

/// [`EmbeddingIndex`] by looking at every vector.
#[derive(Debug, Clone, Default)]
pub(crate) struct FakeEmbeddingIndex {
    spaces: Arc<RwLock<HashMap<Space, Vectors>>>,
}

/// All vectors of a space, one behind the other, so that a search reads memory in order.
#[derive(Debug, Default)]
struct Vectors {
    tracks: Vec<TrackId>,
    places: HashMap<TrackId, usize>,
    numbers: Vec<f32>,
}

#[async_trait]
impl EmbeddingIndex for FakeEmbeddingIndex {
    async fn put(&self, vectors: &[TrackVector]) -> Result<(), PortError> {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        for vector in vectors.iter().filter(|vector| vector.vector.len() == vector.space.dim) {
            spaces.entry(vector.space.clone()).or_default().put(vector);
        }
        Ok(())
    }

    async fn remove(&self, track_id: TrackId) -> Result<(), PortError> {
        let mut spaces = self.spaces.write().unwrap_or_else(PoisonError::into_inner);
        spaces.iter_mut().for_each(|(space, vectors)| vectors.remove(track_id, space.dim));
        Ok(())
    }

    async fn nearest(&self, space: &Space, vector: &[f32], limit: usize) -> Result<Vec<Neighbour>, PortError> {
        let spaces = self.spaces.read().unwrap_or_else(PoisonError::into_inner);
        Ok(spaces.get(space).map_or_else(Vec::new, |vectors| vectors.nearest(vector, limit)))
    }

    async fn count(&self, space: &Space) -> Result<usize, PortError> {
        Ok(self.spaces.read().unwrap_or_else(PoisonError::into_inner).get(space).map_or(0, |vectors| vectors.tracks.len()))
    }

    async fn discard(&self, space: &Space) -> Result<(), PortError> {
        self.spaces.write().unwrap_or_else(PoisonError::into_inner).remove(space);
        Ok(())
    }

    async fn tend(&self) -> Result<(), PortError> {
        Ok(())
    }
}

impl Vectors {
    fn put(&mut self, vector: &TrackVector) {
        let dim = vector.space.dim;
        if let Some(place) = self.places.get(&vector.track_id) {
            self.numbers[place * dim..(place + 1) * dim].copy_from_slice(&vector.vector);
        } else {
            self.places.insert(vector.track_id, self.tracks.len());
            self.tracks.push(vector.track_id);
            self.numbers.extend_from_slice(&vector.vector);
        }
    }

    /// The last one takes its place.
    fn remove(&mut self, track_id: TrackId, dim: usize) {
        let (Some(place), Some(last)) = (self.places.remove(&track_id), self.tracks.len().checked_sub(1)) else { return };
        self.tracks.swap_remove(place);
        self.numbers.copy_within(last * dim.., place * dim);
        self.numbers.truncate(last * dim);
        if let Some(moved) = self.tracks.get(place) {
            self.places.insert(*moved, place);
        }
    }

    fn nearest(&self, vector: &[f32], limit: usize) -> Vec<Neighbour> {
        let similarity = |other: &[f32]| other.iter().zip(vector).map(|(a, b)| a * b).sum();
        let mut all: Vec<_> = self
            .tracks
            .iter()
            .zip(self.numbers.chunks_exact(vector.len().max(1)))
            .map(|(track_id, other)| Neighbour { track_id: *track_id, similarity: similarity(other) })
            .collect();
        let nearer = |a: &Neighbour, b: &Neighbour| b.similarity.total_cmp(&a.similarity);
        if limit < all.len() {
            all.select_nth_unstable_by(limit, nearer);
            all.truncate(limit);
        }
        all.sort_by(nearer);
        all
    }
}
