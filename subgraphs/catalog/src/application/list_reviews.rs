//! The queue of recordings that are known already, for admins.

use std::sync::Arc;

use kernel::paging::Direction;
use kernel::{Cursor, Page, PageRequest, Viewer};
use uuid::Uuid;

use super::list_catalog::ListError;
use super::ports::{ReviewRepository, ReviewSlice};
use crate::domain::recording_review::{RecordingReview, ReviewState};

/// Lists reviews.
pub struct ListReviews {
    pub(super) reviews: Arc<dyn ReviewRepository>,
}

impl ListReviews {
    /// A page of those in `state`, the oldest first: what has waited longest is at the beginning.
    pub async fn run(&self, viewer: &Viewer, state: ReviewState, page: &PageRequest) -> Result<Page<RecordingReview>, ListError> {
        viewer.require_admin()?;
        let slice = ReviewSlice { state, after: page.key::<Uuid>()?, limit: page.limit(), backward: page.direction == Direction::Backward };
        Ok(page.page(self.reviews.list(&slice).await?))
    }
}

/// The place of `review` in the queue, for clients to hand back.
pub fn cursor(review: &RecordingReview) -> Cursor {
    Cursor::encode(&review.id.uuid())
}
