//! What every adapter keeps of the promises on known recordings.

use std::collections::HashMap;

use catalog::application::fill_fingerprints::{FillFingerprints, Filled, FingerprintSource};
use catalog::application::ports::{CHANGED, Processed, ReviewSlice, Screened};
use catalog::domain::fingerprint::{Fingerprint, Match};
use catalog::domain::recording_review::{Decision, Reason, RecordingReview, ReviewState};
use catalog::domain::track::{CurrentUpload, Track};
use catalog::domain::track_state::TrackState;
use kernel::id::UploadId;
use kernel::{Clock as _, PortError};

use crate::kit::{compressed, recording};
use crate::repository::{Store, is_conflict};

fn known(screened: &Screened) -> Processed {
    Processed { loudness_blocks: None, screened: Some(screened.clone()) }
}

impl Store {
    /// A kept track with an upload.
    async fn uploaded(&self, title: &str) -> (Track, CurrentUpload) {
        let artist = self.artist(title);
        self.ports.artists.add(&artist, &[]).await.unwrap();
        let album = self.album(&artist, title);
        self.ports.albums.add(&album, &[]).await.unwrap();
        let upload = CurrentUpload { id: self.ports.ids.next(), uploader_id: artist.owner_id };
        let track = Track { upload: Some(upload), state: TrackState::Uploaded, ..self.track(&album, title, 1) };
        self.ports.tracks.add(&track, &[]).await.unwrap();
        (track, upload)
    }

    async fn screened(&self, upload: CurrentUpload, items: &[u32], review: Option<RecordingReview>) -> Screened {
        let generation = self.ports.fingerprints.generation().await.unwrap();
        Screened { upload_id: upload.id, fingerprint: Fingerprint::from_items(items.to_vec()), generation, review }
    }

    async fn know(&self, title: &str, items: &[u32]) -> Track {
        let (track, upload) = self.uploaded(title).await;
        let screened = self.screened(upload, items, None).await;
        assert!(self.ports.tracks.save_once(&track, self.ports.ids.uuid(), &known(&screened), &[]).await.unwrap());
        Track { version: 1, ..track }
    }

    fn review(&self, track: &Track, upload: CurrentUpload) -> RecordingReview {
        RecordingReview {
            id: self.ports.ids.next(),
            track_id: track.id,
            upload_id: upload.id,
            matched_track_id: self.ports.ids.next(),
            likeness: Match { similarity: 0.875, offset_ms: -20_500, overlap_ms: 99_000 },
            state: ReviewState::Pending,
            opened_at: self.test.clock.now(),
            decision: None,
        }
    }
}

#[tokio::test]
async fn the_nearest_are_found_and_the_deleted_are_not() {
    for store in Store::each().await {
        let index = &store.ports.fingerprints;
        let all = recording(1);
        let (whole, part, other) = (store.know("Whole", &all).await, store.know("Part", &all[450..]).await, store.know("Other", &recording(2)).await);
        let terms = Fingerprint::from_items(all.clone()).terms();
        let found = index.candidates(&terms, 10).await.unwrap();
        let mut ids: Vec<_> = found.iter().map(|candidate| candidate.known.track_id).collect();
        let mut expected = [whole.id, part.id];
        ids.sort();
        expected.sort();
        assert_eq!(ids, expected, "{}", store.test.adapter);
        let nearest = index.candidates(&terms, 1).await.unwrap();
        assert_eq!((nearest[0].known.track_id, nearest[0].known.owner_id, nearest[0].known.condemned), (whole.id, whole.owner_id, false));
        assert_eq!(nearest[0].fingerprint, Fingerprint::from_items(all));
        assert_eq!(index.candidates(&[], 10).await.unwrap(), []);
        store.ports.tracks.remove(whole.id, &[]).await.unwrap();
        assert_eq!(index.candidates(&terms, 10).await.unwrap().len(), 1);
        let others = Fingerprint::from_items(recording(2)).terms();
        assert_eq!(index.candidates(&others, 10).await.unwrap()[0].known.track_id, other.id);
    }
}

#[tokio::test]
async fn a_comparison_that_missed_a_recording_is_not_kept() {
    for store in Store::each().await {
        let (track, upload) = store.uploaded("Late").await;
        let stale = store.screened(upload, &recording(1), None).await;
        store.know("Early", &recording(1)).await;
        let cause = store.ports.ids.uuid();
        assert!(is_conflict(&store.ports.tracks.save_once(&track, cause, &known(&stale), &[]).await, CHANGED), "{}", store.test.adapter);
        let fresh = store.screened(upload, &recording(1), None).await;
        assert!(store.ports.tracks.save_once(&track, cause, &known(&fresh), &[]).await.unwrap());
        assert!(!store.ports.tracks.save_once(&track, cause, &known(&fresh), &[]).await.unwrap());
    }
}

#[tokio::test]
async fn a_term_that_very_many_have_is_looked_up_among_a_bounded_number() {
    for store in Store::each().await {
        // One term, and one of each recording's own.
        let terms = |own: u32| [vec![0], Fingerprint::from_items(recording(own)).terms().into_iter().take(1).map(|term| term << 4).collect()].concat();
        let (track, _) = store.uploaded("One").await;
        let mut track = track;
        for own in 1..=503 {
            let upload = CurrentUpload { id: store.ports.ids.next(), uploader_id: track.owner_id };
            let screened = store.screened(upload, &terms(own), None).await;
            assert!(store.ports.tracks.save_once(&track, store.ports.ids.uuid(), &known(&screened), &[]).await.unwrap());
            track.version += 1;
        }
        let index = &store.ports.fingerprints;
        assert_eq!(index.candidates(&[0], 1000).await.unwrap().len(), 500, "{}", store.test.adapter);
        let last = index.candidates(&Fingerprint::from_items(terms(503)).terms(), 1000).await.unwrap();
        assert!(last.iter().any(|candidate| candidate.fingerprint == Fingerprint::from_items(terms(503))), "it has a term of its own");
    }
}

#[tokio::test]
async fn a_review_is_kept_and_decided_once() {
    for store in Store::each().await {
        let (track, upload) = store.uploaded("Copy").await;
        let review = store.review(&track, upload);
        let held = Track { state: TrackState::Held { publish_wanted: true }, ..track.clone() };
        let screened = store.screened(upload, &recording(1), Some(review.clone())).await;
        assert!(store.ports.tracks.save_once(&held, store.ports.ids.uuid(), &known(&screened), &[]).await.unwrap());
        let reviews = &store.ports.reviews;
        assert_eq!(reviews.find(review.id).await.unwrap(), Some(review.clone()), "{}", store.test.adapter);
        assert_eq!(reviews.of_uploads(&[upload.id, store.ports.ids.next()]).await.unwrap(), std::slice::from_ref(&review));
        let slice = |state, backward| ReviewSlice { state, after: None, limit: 10, backward };
        assert_eq!(reviews.list(&slice(ReviewState::Pending, true)).await.unwrap(), std::slice::from_ref(&review));
        let terms = Fingerprint::from_items(recording(1)).terms();
        assert!(store.ports.fingerprints.candidates(&terms, 1).await.unwrap()[0].known.condemned, "it is held");

        let mut decided = review.clone();
        decided.reject(Decision { by: store.ports.ids.next(), at: store.test.clock.now(), reason: Reason::parse("Known.").unwrap() }).unwrap();
        let rejected = Track { state: TrackState::Rejected, version: 1, ..track.clone() };
        let (one, two) = tokio::join!(reviews.decide(&decided, &rejected, &[]), reviews.decide(&decided, &rejected, &[]));
        assert!(one.is_ok() != two.is_ok() && (is_conflict(&one, CHANGED) || is_conflict(&two, CHANGED)), "{one:?} {two:?}");
        assert_eq!(reviews.find(review.id).await.unwrap(), Some(decided));
        assert_eq!(reviews.list(&slice(ReviewState::Pending, false)).await.unwrap(), []);
        assert_eq!(reviews.list(&slice(ReviewState::Rejected, false)).await.unwrap().len(), 1);
        assert!(store.ports.fingerprints.candidates(&terms, 1).await.unwrap()[0].known.condemned, "it is rejected");
        store.ports.tracks.remove(track.id, &[]).await.unwrap();
        assert_eq!(reviews.find(review.id).await.unwrap(), None);
    }
}

/// What the media worker would tell of uploads.
struct FakeFingerprintSource(HashMap<UploadId, String>);

#[async_trait::async_trait]
impl FingerprintSource for FakeFingerprintSource {
    async fn fingerprints(&self, uploads: &[UploadId]) -> Result<HashMap<UploadId, String>, PortError> {
        Ok(uploads.iter().filter_map(|id| Some((*id, self.0.get(id)?.clone()))).collect())
    }
}

#[tokio::test]
async fn what_was_processed_before_there_was_an_index_becomes_known_once() {
    for store in Store::each().await {
        let mut processed = Vec::new();
        for (n, state) in [(1, TrackState::Published), (2, TrackState::Ready), (3, TrackState::Ready), (4, TrackState::Uploaded)] {
            let (track, upload) = store.uploaded(&format!("Old {n}")).await;
            let track = Track { state, ..track };
            assert!(store.ports.tracks.save_once(&track, store.ports.ids.uuid(), &Processed { loudness_blocks: None, screened: None }, &[]).await.unwrap());
            processed.push((track, upload));
        }
        let known = store.know("Known", &recording(9)).await;
        // Of the third nothing telling is kept; the fourth is not processed yet.
        let texts = [(0, compressed(&recording(1))), (1, compressed(&recording(2))), (2, "AQAAAA".to_owned()), (3, compressed(&recording(4)))];
        let source = FakeFingerprintSource(texts.into_iter().map(|(at, text)| (processed[at].1.id, text)).collect());
        let fill = FillFingerprints { index: store.ports.fingerprints.clone() };
        assert_eq!(fill.run(&source).await.unwrap(), Filled { added: 2, without: 1 }, "{}", store.test.adapter);
        let found = store.ports.fingerprints.candidates(&Fingerprint::from_items(recording(2)).terms(), 5).await.unwrap();
        assert_eq!(found.iter().map(|one| one.known.track_id).collect::<Vec<_>>(), [processed[1].0.id], "{}", store.test.adapter);
        assert_eq!(fill.run(&source).await.unwrap(), Filled { added: 0, without: 1 }, "what is known is not looked at again");
        // Of two at the same time one makes it known.
        let twice = Fingerprint::from_items(recording(1));
        assert!(!store.ports.fingerprints.make_known(processed[0].0.id, processed[0].1.id, &twice).await.unwrap());
        assert!(!store.ports.fingerprints.make_known(known.id, processed[0].1.id, &twice).await.unwrap(), "another's upload is not its own");
    }
}
