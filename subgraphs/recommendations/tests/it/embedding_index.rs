//! What every embedding index promises, and what the embedded one promises beyond.

use std::sync::Arc;

use kernel::id::TrackId;
use kernel::{IdGenerator, OsRandomness, PortError, SystemClock};
use recommendations::application::ports::EmbeddingIndex;
use recommendations::domain::track_vector::{Space, TrackVector};
use recommendations::infrastructure::qdrant::QdrantEmbeddingIndex;
use recommendations::infrastructure::qdrant_edge::{QdrantEdgeEmbeddingIndex, Sizes};
use tempfile::TempDir;

use crate::exact::FakeEmbeddingIndex;
use crate::fake_qdrant::FakeQdrant;
use crate::similar::{at, model};

fn ids() -> IdGenerator {
    IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
}

fn vector(track_id: TrackId, degrees: f32, version: u32) -> TrackVector {
    TrackVector { track_id, upload_id: ids().next(), space: Space::of(&model(version)), vector: at(degrees) }
}

async fn found(index: &dyn EmbeddingIndex, version: u32, limit: usize) -> Vec<TrackId> {
    let found = index.nearest(&Space::of(&model(version)), &at(0.0), limit).await.expect("an answer");
    found.into_iter().map(|neighbour| neighbour.track_id).collect()
}

/// What every index promises.
pub(crate) async fn keeps_its_promises(index: Arc<dyn EmbeddingIndex>) {
    let (ids, space) = (ids(), Space::of(&model(1)));
    assert_eq!(found(&*index, 1, 10).await, [], "a space without any");
    assert_eq!(index.count(&space).await.expect("a count"), 0);
    let tracks: Vec<TrackId> = (0..4).map(|_| ids.next()).collect();
    let vectors = [vector(tracks[0], 0.0, 1), vector(tracks[1], 10.0, 1), vector(tracks[2], 60.0, 1), vector(tracks[3], 0.0, 2)];
    for _ in 0..2 {
        index.put(&vectors).await.expect("put, and put again");
    }
    assert_eq!((index.count(&space).await.expect("a count"), index.count(&Space::of(&model(2))).await.expect("a count")), (3, 1));
    let near = index.nearest(&space, &at(0.0), 2).await.expect("an answer");
    assert_eq!(near.iter().map(|neighbour| neighbour.track_id).collect::<Vec<_>>(), tracks[..2], "the nearest first, of one space alone");
    assert!((near[0].similarity - 1.0).abs() < 1e-3 && (near[1].similarity - 10_f32.to_radians().cos()).abs() < 1e-3, "{near:?}");
    index.put(&[vector(tracks[1], 90.0, 1)]).await.expect("put elsewhere");
    index.remove(tracks[0]).await.expect("removed");
    index.remove(ids.next()).await.expect("nothing to remove");
    assert_eq!(found(&*index, 1, 10).await, [tracks[2], tracks[1]]);
    let odd = TrackVector { vector: vec![1.0], ..vector(ids.next(), 0.0, 1) };
    index.put(&[odd]).await.expect("what does not fit its space is left out");
    assert_eq!(index.count(&space).await.expect("a count"), 2);
    index.tend().await.expect("tended");
    index.discard(&space).await.expect("discarded");
    index.discard(&space).await.expect("nothing to discard");
    assert_eq!((found(&*index, 1, 10).await, found(&*index, 2, 10).await), (vec![], vec![tracks[3]]));
    index.put(&[vector(tracks[0], 0.0, 1)]).await.expect("a discarded space can begin again");
    assert_eq!(found(&*index, 1, 10).await, [tracks[0]]);
}

fn opened(folder: &TempDir, graph_from: usize) -> QdrantEdgeEmbeddingIndex {
    QdrantEdgeEmbeddingIndex::new(folder.path().to_owned(), Sizes { graph_from })
}

#[tokio::test]
async fn the_measure_keeps_its_promises() {
    keeps_its_promises(Arc::new(FakeEmbeddingIndex::default())).await;
}

#[tokio::test]
async fn the_embedded_index_keeps_its_promises() {
    let folder = tempfile::tempdir().expect("a folder");
    keeps_its_promises(Arc::new(opened(&folder, 1000))).await;
}

#[tokio::test]
async fn the_index_of_a_server_keeps_its_promises() {
    let server = FakeQdrant::start("a key").await;
    let index = |key: &str, prefix: &str| QdrantEmbeddingIndex::new(&server.url(), key, prefix).expect("an address");
    keeps_its_promises(Arc::new(index("a key", "one"))).await;
    // Another installation on the same server sees and touches nothing of it.
    let other = index("a key", "two");
    assert_eq!((found(&other, 1, 10).await, found(&other, 2, 10).await), (vec![], vec![]));
    other.put(&[vector(ids().next(), 0.0, 1)]).await.expect("put");
    other.discard(&Space::of(&model(1))).await.expect("discarded");
    assert_eq!(server.collections(), [format!("one-{}", Space::of(&model(1)).name), format!("one-{}", Space::of(&model(2)).name)]);
    // A collection that somebody dropped is made again.
    let index = index("a key", "one");
    let one = vector(ids().next(), 0.0, 2);
    index.put(std::slice::from_ref(&one)).await.expect("put");
    server.drop_all();
    assert!(matches!(index.put(std::slice::from_ref(&one)).await, Err(PortError::Unavailable(_))));
    index.put(std::slice::from_ref(&one)).await.expect("put again");
    assert_eq!(found(&index, 2, 10).await, [one.track_id]);
}

#[tokio::test]
async fn a_server_that_refuses_or_is_away_is_unavailable() {
    let server = FakeQdrant::start("a key").await;
    for (url, key) in [(server.url(), "another key"), (server.url(), ""), ("http://127.0.0.1:1".to_owned(), "a key")] {
        let index = QdrantEmbeddingIndex::new(&url, key, "one").expect("an address");
        let space = Space::of(&model(1));
        assert!(matches!(index.count(&space).await, Err(PortError::Unavailable(_))), "{url} {key}");
        assert!(matches!(index.nearest(&space, &at(0.0), 1).await, Err(PortError::Unavailable(_))), "{url} {key}");
        assert!(matches!(index.put(&[vector(ids().next(), 0.0, 1)]).await, Err(PortError::Unavailable(_))), "{url} {key}");
    }
    assert!(QdrantEmbeddingIndex::new("not an address", "", "one").is_err());
}

#[tokio::test]
async fn what_was_put_is_there_when_it_is_opened_again() {
    let (folder, ids) = (tempfile::tempdir().expect("a folder"), ids());
    let tracks: Vec<TrackId> = (0..3).map(|_| ids.next()).collect();
    let index = opened(&folder, 1000);
    index.put(&[vector(tracks[0], 0.0, 1), vector(tracks[1], 5.0, 1), vector(tracks[2], 9.0, 1)]).await.expect("put");
    index.remove(tracks[1]).await.expect("removed");
    let second = opened(&folder, 1000).count(&Space::of(&model(1))).await;
    assert!(matches!(second, Err(PortError::Unavailable(error)) if error.to_string().contains("another process")), "one at a time");
    // A process that is killed closes nothing: a copy of the folder is what it leaves.
    let left = tempfile::tempdir().expect("a folder");
    copy(folder.path(), left.path());
    drop(index);
    for folder in [&folder, &left] {
        assert_eq!(found(&opened(folder, 1000), 1, 10).await, [tracks[0], tracks[2]]);
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_trusted_is_emptied() {
    for damage in ["unsettled", "edge_config.json"] {
        let folder = tempfile::tempdir().expect("a folder");
        let index = opened(&folder, 1000);
        index.put(&[vector(ids().next(), 0.0, 1)]).await.expect("put");
        drop(index);
        let space = folder.path().join(Space::of(&model(1)).name);
        if damage == "unsettled" { std::fs::write(space.join(damage), b"") } else { std::fs::write(space.join(damage), b"{") }.expect("damaged");
        let index = opened(&folder, 1000);
        assert_eq!(index.count(&Space::of(&model(1))).await.expect("a count"), 0, "{damage}");
        index.put(&[vector(ids().next(), 0.0, 1)]).await.expect("it can be filled again");
    }
}

/// Clusters in 130 dimensions, as recordings of the same people are; the same every time.
fn clouds(count: usize, space: &Space) -> Vec<TrackVector> {
    let (ids, mut state) = (ids(), 1_u32);
    let mut next = || {
        // The sum of four even numbers is near enough to a bell.
        let mut even = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            f32::from(u16::try_from(state >> 16).unwrap_or_default()) / 32_768.0 - 1.0
        };
        even() + even() + even() + even()
    };
    let centres: Vec<Vec<f32>> = (0..100).map(|_| (0..space.dim).map(|_| next()).collect()).collect();
    let one = |n: usize| {
        let values: Vec<f32> = centres[n % centres.len()].iter().map(|centre| centre + 0.8 * next()).collect();
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        TrackVector { track_id: ids.next(), upload_id: ids.next(), space: space.clone(), vector: values.iter().map(|value| value / length).collect() }
    };
    (0..count).map(one).collect()
}

#[tokio::test]
async fn the_graph_finds_what_the_exact_index_finds() {
    let space = Space::named("clouds-v1-130").expect("a space");
    let (folder, exact) = (tempfile::tempdir().expect("a folder"), FakeEmbeddingIndex::default());
    let index = opened(&folder, 1000);
    let vectors = clouds(5000, &space);
    for page in vectors.chunks(500) {
        index.put(page).await.expect("put");
        exact.put(page).await.expect("put");
    }
    let recall = async |index: &QdrantEdgeEmbeddingIndex| {
        let (mut common, mut asked) = (0, 0);
        for vector in vectors.iter().step_by(50) {
            let truth = exact.nearest(&space, &vector.vector, 10).await.expect("an answer");
            let found = index.nearest(&space, &vector.vector, 10).await.expect("an answer");
            for neighbour in &truth {
                let same = found.iter().find(|found| found.track_id == neighbour.track_id);
                common += usize::from(same.is_some());
                assert!(same.is_none_or(|same| (same.similarity - neighbour.similarity).abs() < 1e-4), "{same:?} {neighbour:?}");
            }
            asked += truth.len();
        }
        common as f64 / asked as f64
    };
    let before = recall(&index).await;
    assert!(before > 0.999, "one by one: {before}");
    assert!(!has_graph(folder.path()));
    index.tend().await.expect("a graph is built");
    assert!(has_graph(folder.path()), "it was large enough for a graph");
    let after = recall(&index).await;
    assert!(after >= 0.95, "by the graph: {after}");
    drop(index);
    let index = opened(&folder, 1000);
    assert_eq!(index.count(&space).await.expect("a count"), 5000);
    let reopened = recall(&index).await;
    assert!(reopened >= 0.95, "opened again: {reopened}");
    index.put(&[TrackVector { vector: vectors[1].vector.clone(), ..vectors[0].clone() }]).await.expect("one is replaced");
    index.remove(vectors[2].track_id).await.expect("one is removed");
    let moved = index.nearest(&space, &vectors[1].vector, 2).await.expect("an answer");
    assert!(moved.iter().all(|found| [vectors[0].track_id, vectors[1].track_id].contains(&found.track_id)), "{moved:?}");
    println!("recall@10 of 5,000 vectors: one by one {before}, by the graph {after}");
}

/// Whether the engine has written a graph anywhere below.
fn has_graph(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).any(|path| {
        let named = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("links"));
        named || path.is_dir() && has_graph(&path)
    })
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        let target = to.join(entry.file_name().expect("a name"));
        if entry.is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            copy(&entry, &target);
        } else {
            std::fs::copy(&entry, &target).expect("a copy");
        }
    }
}
