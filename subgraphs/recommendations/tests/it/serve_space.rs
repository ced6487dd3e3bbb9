//! A new model: the old one answers until the new one knows all that it knows, on every store.

use std::sync::Arc;

use kernel::events::{EmbeddingModel, TrackPublished};
use kernel::id::{TrackId, UploadId};
use platform::testing::TestPlatform;
use recommendations::application::ports::{EmbeddingIndex, TrackVectorRepository};
use recommendations::application::serve_space::{ServeSpace, SpaceState, states};
use recommendations::domain::track_vector::{Hearing, Space};
use recommendations::infrastructure::rebuild_repository::SqlRebuildRepository;
use recommendations::infrastructure::track_vector_repository::SqlTrackVectorRepository;

use crate::exact::FakeEmbeddingIndex;
use crate::similar::{at, model};
use crate::support::Recommendations;

struct Catalogue {
    recommendations: Recommendations,
    vectors: Arc<SqlTrackVectorRepository>,
    index: Arc<FakeEmbeddingIndex>,
    serve: ServeSpace,
}

impl Catalogue {
    async fn on(platform: TestPlatform) -> Self {
        let recommendations = Recommendations::on(platform).await;
        let vectors = Arc::new(SqlTrackVectorRepository::new(recommendations.context.databases[0].clone()));
        let index = Arc::new(FakeEmbeddingIndex::default());
        let rebuilds = Arc::new(SqlRebuildRepository::new(recommendations.context.databases[0].clone()));
        let serve = ServeSpace { vectors: vectors.clone(), rebuilds, index: index.clone() };
        Self { recommendations, vectors, index, serve }
    }

    async fn heard(&self, (track_id, upload_id): (TrackId, UploadId), model: &EmbeddingModel, vector: Option<Vec<f32>>) {
        let hearing = Hearing::new(track_id, upload_id, model, vector);
        self.vectors.record(self.recommendations.platform.platform.ids.uuid(), &hearing).await.expect("recorded");
        self.index.put(&self.vectors.published(&[track_id]).await.expect("vectors")).await.expect("put");
    }

    async fn published(&self) -> (TrackId, UploadId) {
        let ids = &self.recommendations.platform.platform.ids;
        let (track_id, upload_id) = (ids.next(), ids.next());
        self.recommendations.hear(&TrackPublished { track_id, upload_id }).await;
        (track_id, upload_id)
    }
}

#[tokio::test]
async fn the_old_model_answers_until_the_new_one_is_complete() {
    for platform in TestPlatform::each().await {
        let catalogue = Catalogue::on(platform).await;
        let (old, new) = (Space::of(&model(1)), Space::of(&model(2)));
        assert_eq!(catalogue.serve.run().await.expect("nothing to serve"), None);
        let (first, second, silent) = (catalogue.published().await, catalogue.published().await, catalogue.published().await);
        let ids = &catalogue.recommendations.platform.platform.ids;
        let draft = (ids.next(), ids.next());
        for sound in [first, second, silent, draft] {
            catalogue.heard(sound, &model(1), Some(at(0.0))).await;
        }
        assert_eq!(catalogue.serve.run().await.expect("served"), Some(old.clone()), "the first space serves at once");
        catalogue.heard(first, &model(2), Some(at(0.0))).await;
        catalogue.heard(second, &model(2), Some(at(0.0))).await;
        assert_eq!(catalogue.serve.run().await.expect("not yet"), None);
        let present = states(&*catalogue.vectors, &*catalogue.serve.rebuilds).await.expect("states");
        let expected = [
            SpaceState { space: old.clone(), published: 3, serving: true, missing: 0, unheard: 0 },
            SpaceState { space: new.clone(), published: 2, serving: false, missing: 1, unheard: 0 },
        ];
        assert_eq!(present, expected);
        assert_eq!(catalogue.index.count(&old).await.expect("a count"), 3);
        // That the new model hears nothing in it is known too.
        catalogue.heard(silent, &model(2), None).await;
        assert_eq!(catalogue.serve.run().await.expect("complete"), Some(new.clone()));
        assert_eq!(catalogue.index.count(&old).await.expect("a count"), 0, "the old one is dropped");
        assert_eq!(catalogue.serve.run().await.expect("done"), None, "and does not come back");
        let left = states(&*catalogue.vectors, &*catalogue.serve.rebuilds).await.expect("states");
        let expected = [
            SpaceState { space: old, published: 0, serving: false, missing: 2, unheard: 0 },
            SpaceState { space: new, published: 2, serving: true, missing: 0, unheard: 0 },
        ];
        assert_eq!(left, expected, "what the new model has not heard is kept");
    }
}
