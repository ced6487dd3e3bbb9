//! Vectors in this process's memory, each compared with: exact, and fast enough for a hundred thousand tracks (130 numbers each:
//! 50 MB and some ten milliseconds). It holds nothing but what the tables hold, and is filled from them at every start.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use async_trait::async_trait;
use kernel::PortError;
use kernel::id::TrackId;

use crate::application::ports::EmbeddingIndex;
use crate::domain::track_vector::{Neighbour, Space, TrackVector};

/// [`EmbeddingIndex`] by looking at every vector.
#[derive(Debug, Clone, Default)]
pub struct ExactEmbeddingIndex {
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
impl EmbeddingIndex for ExactEmbeddingIndex {
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
        let (spaces, space, vector) = (self.spaces.clone(), space.clone(), vector.to_vec());
        // Milliseconds of arithmetic are too long for a thread that serves others.
        let search = move || spaces.read().unwrap_or_else(PoisonError::into_inner).get(&space).map_or_else(Vec::new, |vectors| vectors.nearest(&vector, limit));
        tokio::task::spawn_blocking(search).await.map_err(PortError::unavailable)
    }

    async fn count(&self) -> Result<usize, PortError> {
        Ok(self.spaces.read().unwrap_or_else(PoisonError::into_inner).values().map(|vectors| vectors.tracks.len()).sum())
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
