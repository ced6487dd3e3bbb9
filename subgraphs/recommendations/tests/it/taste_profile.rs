//! Taste profiles, from the event that makes them to the field that shows them.

use kernel::events::{DataExportCollected, DataExportRequested, PersonErased, TasteProfileCreated, UserDeleted, UserRegistered};
use kernel::{Genre, Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};

use crate::support::{Recommendations, code};

const SET: &str = "mutation($slugs: [String!]!) { setFavouriteGenres(slugs: $slugs) { genres { weight } } }";

#[tokio::test]
async fn whoever_registers_gets_one_profile_and_says_what_they_like() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let (user, other) = (recommendations.user(), recommendations.user());
        let me = recommendations.viewer(user, Role::User);
        assert_eq!(recommendations.profile(&me, user).await, Json::Null, "nobody has registered");

        recommendations.hear(&UserRegistered { user_id: user, username: "nina".into() }).await;
        assert_eq!(recommendations.told::<TasteProfileCreated>().await, [TasteProfileCreated { user_id: user }], "heard twice, told once");
        assert_eq!(recommendations.profile(&me, user).await, json!({ "genres": [] }));

        for slugs in [json!(["dub"]), json!(["jazz", "folk"])] {
            let set = recommendations.ask(&me, SET, json!({ "slugs": slugs })).await;
            assert!(set.errors.is_empty(), "{:?}", set.errors);
        }
        let [jazz, folk] = ["jazz", "folk"].map(|slug| json!({ "id": Genre::by_slug(slug).expect("a genre").id().to_string() }));
        let expected = json!({ "genres": [{ "genre": jazz, "weight": 2.0 / 3.0 }, { "genre": folk, "weight": 1.0 / 3.0 }] });
        assert_eq!(recommendations.profile(&me, user).await, expected, "{}", recommendations.platform.adapter);

        // Registering is no second time a beginning.
        recommendations.hear(&UserRegistered { user_id: user, username: "nina".into() }).await;
        assert_eq!(recommendations.profile(&me, user).await, expected);

        for stranger in [Viewer::Anonymous, recommendations.viewer(other, Role::User), recommendations.viewer(other, Role::Admin)] {
            assert_eq!(recommendations.profile(&stranger, user).await, Json::Null);
        }
    }
}

#[tokio::test]
async fn a_profile_is_not_made_by_wishing() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let user = recommendations.user();
        let me = recommendations.viewer(user, Role::User);
        let refused = async |viewer: &Viewer, slugs: Json| code(&recommendations.ask(viewer, SET, json!({ "slugs": slugs })).await).expect("a refusal");
        assert!(refused(&me, json!(["jazz"])).await.contains("CONFLICT"));
        assert_eq!(recommendations.profile(&me, user).await, Json::Null);
        assert!(refused(&Viewer::Anonymous, json!(["jazz"])).await.contains("UNAUTHENTICATED"));
        recommendations.hear(&UserRegistered { user_id: user, username: "nina".into() }).await;
        for wrong in [json!(["polka"]), json!(vec!["jazz"; 11])] {
            assert!(refused(&me, wrong).await.contains("BAD_USER_INPUT"));
        }
        assert_eq!(recommendations.profile(&me, user).await, json!({ "genres": [] }));
    }
}

#[tokio::test]
async fn a_person_gets_a_copy_and_is_forgotten() {
    for platform in TestPlatform::each().await {
        let recommendations = Recommendations::on(platform).await;
        let (user, other) = (recommendations.user(), recommendations.user());
        for user_id in [user, other] {
            recommendations.hear(&UserRegistered { user_id, username: "nina".into() }).await;
        }
        let me = recommendations.viewer(user, Role::User);
        recommendations.ask(&me, SET, json!({ "slugs": ["jazz"] })).await;

        let ids = &recommendations.platform.platform.ids;
        let mut asked = DataExportRequested { user_id: user, export_id: ids.next(), contexts: vec!["catalog".into()] };
        recommendations.hear(&asked).await;
        assert_eq!(recommendations.told::<DataExportCollected>().await, [], "others were asked");
        asked.contexts.push(recommendations::NAME.into());
        recommendations.hear(&asked).await;
        let told = recommendations.told::<DataExportCollected>().await;
        let answer = DataExportCollected { user_id: user, export_id: asked.export_id, context: recommendations::NAME.into() };
        assert_eq!(told, [answer.clone(), answer], "each time it is asked");
        let copy = recommendations.copy(asked.export_id, "taste_profile").await;
        assert_eq!(copy["genres"], json!([{ "genre": "Jazz", "weight": 1.0 }]));

        let deleted = UserDeleted { user_id: user, deletion_id: ids.next(), contexts: vec![recommendations::NAME.into()] };
        recommendations.hear(&deleted).await;
        assert_eq!(recommendations.told::<PersonErased>().await.len(), 2);
        assert_eq!(recommendations.profile(&me, user).await, Json::Null);
        let they = recommendations.viewer(other, Role::User);
        assert_eq!(recommendations.profile(&they, other).await, json!({ "genres": [] }), "somebody else stays");
    }
}
