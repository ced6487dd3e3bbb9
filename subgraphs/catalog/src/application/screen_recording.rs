//! A processed recording is compared with those that are known.

use std::sync::Arc;

use kernel::{Clock, IdGenerator, PortError};

use super::ports::{Candidate, FingerprintIndex, Screened};
use crate::domain::fingerprint::Fingerprint;
use crate::domain::recording_review::{RecordingReview, ReviewState, telling_match};
use crate::domain::track::{CurrentUpload, Track};

/// Recordings that are compared in full: a hit of more than a term or two stands far above chance, and is among the first.
const CANDIDATES: u64 = 16;

/// Compares recordings.
#[derive(Clone)]
pub struct ScreenRecording {
    pub(super) index: Arc<dyn FingerprintIndex>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
}

impl ScreenRecording {
    /// What comes of `fingerprint`, which is that of the track's `upload`. The track itself stays as it is.
    pub(super) async fn run(&self, track: &Track, upload: CurrentUpload, fingerprint: &Fingerprint) -> Result<Screened, PortError> {
        // Before the candidates: what is added between the two is found out when this is kept.
        let generation = self.index.generation().await?;
        let candidates = self.index.candidates(&fingerprint.terms(), CANDIDATES).await?;
        let compare = |candidate: Candidate| Some((candidate.known, fingerprint.find_in(&candidate.fingerprint)?));
        let matches: Vec<_> = candidates.into_iter().filter_map(compare).collect();
        let review = telling_match(track.owner_id, &matches).map(|(known, likeness)| RecordingReview {
            id: self.ids.next(),
            track_id: track.id,
            upload_id: upload.id,
            matched_track_id: known.track_id,
            likeness,
            state: if known.holds_back(track.owner_id) { ReviewState::Pending } else { ReviewState::OwnDuplicate },
            opened_at: self.clock.now(),
            decision: None,
        });
        Ok(Screened { upload_id: upload.id, fingerprint: fingerprint.clone(), generation, review })
    }
}
