//! Genres that a track's owner is suggested, on every store.

use kernel::events::TrackLabelled;
use kernel::id::{TrackId, UserId};
use kernel::{Genre, Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use crate::similar::{processed, published};
use crate::support::Recommendations;

const SUGGESTED: &str =
    "query($references: [_Any!]!) { _entities(representations: $references) { ... on Track { suggestedGenres { genre { id } confidence } } } }";

async fn suggested(recommendations: &Recommendations, viewer: &Viewer, track_id: TrackId) -> Json {
    let answer = recommendations.ask(viewer, SUGGESTED, json!({ "references": [{ "__typename": "Track", "id": track_id.to_string() }] })).await;
    assert!(answer.errors.is_empty(), "{:?}", answer.errors);
    answer.data.into_json().expect("JSON")["_entities"][0]["suggestedGenres"].take()
}

fn id(slug: &str) -> String {
    Genre::by_slug(slug).expect("a genre").id().to_string()
}

async fn label(recommendations: &Recommendations, track_id: TrackId, owner_id: UserId, slugs: &[&str]) {
    let genre_ids = slugs.iter().map(|slug| Genre::by_slug(slug).expect("a genre").id()).collect();
    recommendations.hear(&TrackLabelled { track_id, owner_id, genre_ids }).await;
}

#[tokio::test]
async fn the_owner_is_told_what_like_sounds_are_called() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let (owner, other) = (recommendations.user(), recommendations.user());
        let (me, they) = (recommendations.viewer(owner, Role::Artist), recommendations.viewer(other, Role::Artist));
        let draft = processed(&recommendations, 0.0).await.track_id;
        label(&recommendations, draft, owner, &[]).await;
        for (degrees, slug) in [(1.0, "jazz"), (2.0, "jazz"), (3.0, "blues"), (4.0, "jazz")] {
            let near = published(&recommendations, degrees).await;
            label(&recommendations, near, other, &[slug]).await;
        }
        published(&recommendations, 0.5).await;
        assert_eq!(suggested(&recommendations, &me, draft).await, Json::Null, "four are too few, and one has no genre");
        let last = published(&recommendations, 5.0).await;
        label(&recommendations, last, other, &["folk", "jazz"]).await;
        let told = suggested(&recommendations, &me, draft).await;
        let genres: Vec<_> = told.as_array().expect("a list").iter().map(|one| one["genre"]["id"].as_str().expect("an id")).collect();
        assert_eq!(genres, [id("jazz"), id("blues")], "half of the farthest vote is a whisper");
        let confidence = told[0]["confidence"].as_f64().expect("a number");
        assert!((confidence - 0.7).abs() < 0.01, "{confidence}");
        let admin = recommendations.viewer(other, Role::Admin);
        assert_eq!(suggested(&recommendations, &admin, draft).await, told);
        for stranger in [&they, &Viewer::Anonymous] {
            assert_eq!(suggested(&recommendations, stranger, draft).await, Json::Null);
        }
        // Called otherwise, it votes otherwise.
        label(&recommendations, last, other, &["opera"]).await;
        let told = suggested(&recommendations, &me, draft).await;
        assert_eq!(told[0]["genre"]["id"], id("jazz"));
        assert!((told[0]["confidence"].as_f64().expect("a number") - 0.6).abs() < 0.01);
        assert_eq!(suggested(&recommendations, &me, recommendations.platform.platform.ids.next()).await, Json::Null, "no such track");
    }
}
