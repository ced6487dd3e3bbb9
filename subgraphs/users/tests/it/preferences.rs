//! What people want otherwise: kept, counted, pushed and told.

use async_graphql::{Request, Response};
use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::Viewer;
use kernel::events::{Audience, AudioQuality, PreferencesChanged};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use users::application::ports::UserRepository as _;
use users::application::ports::preferences::PreferencesRepository as _;
use users::application::record::Record;
use users::domain::password::PasswordHash;
use users::domain::preferences::{Language, Preferences};
use users::infrastructure::migration::Migrator;
use users::infrastructure::preferences_repository::SqlPreferencesRepository;
use users::infrastructure::user_repository::SqlUserRepository;

use crate::profile::gone;
use crate::repository::user;
use crate::support::{Answer, Users};

const FIELDS: &str = "{ version language explicitAllowed audioQuality autoplay listeningVisibleTo }";

async fn read(users: &Users, viewer: &Viewer) -> Answer {
    users.ask(viewer, &format!("{{ preferences {FIELDS} }}"), json!({})).await
}

async fn update(users: &Users, viewer: &Viewer, input: Json) -> Answer {
    let update = format!("mutation($input: UpdatePreferencesInput!) {{ updatePreferences(input: $input) {FIELDS} }}");
    users.ask(viewer, &update, json!({ "input": input })).await
}

fn begin() -> Json {
    json!({ "version": 0, "language": null, "explicitAllowed": true, "audioQuality": "HIGH", "autoplay": true, "listeningVisibleTo": "NOBODY" })
}

async fn next(live: &mut BoxStream<'static, Response>) -> Json {
    live.next().await.expect("something is pushed").data.into_json().expect("data")["preferencesChanged"].take()
}

#[tokio::test]
async fn one_version_follows_another_and_of_two_at_once_one_counts() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("users").await.expect("the database opens");
        let (users, preferences) = (SqlUserRepository::new(database.clone()), SqlPreferencesRepository::new(database));
        let nina = user(&platform.platform.ids, "nina");
        users.add(&nina, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        assert_eq!(preferences.find(nina.id).await.unwrap(), None, "{}", platform.adapter);
        let first = Preferences { version: 1, language: Language::parse("de").unwrap(), autoplay: false, ..Preferences::default() };
        let told = PreferencesChanged {
            user_id: nina.id,
            version: 1,
            language: None,
            explicit_allowed: true,
            audio_quality: AudioQuality::High,
            autoplay: false,
            listening_visible_to: Audience::Nobody,
        };
        // Each fact is told once.
        let event = || platform.platform.events("users").wrap(&told);
        assert!(!preferences.put(nina.id, &Preferences { version: 2, ..first.clone() }, &event()).await.unwrap(), "none before it");
        assert!(preferences.put(nina.id, &first, &event()).await.unwrap());
        assert_eq!(preferences.find(nina.id).await.unwrap(), Some(first.clone()));
        let second = Preferences { version: 2, language: None, audio_quality: AudioQuality::Low, listening_visible_to: Audience::Everyone, ..first };
        let (first_told, second_told) = (event(), event());
        let (one, two) = tokio::join!(preferences.put(nina.id, &second, &first_told), preferences.put(nina.id, &second, &second_told));
        assert_ne!(one.unwrap(), two.unwrap(), "{}", platform.adapter);
        assert_eq!(preferences.find(nina.id).await.unwrap(), Some(second.clone()));
        let nobody = preferences.put(platform.platform.ids.next(), &Preferences { version: 1, ..second }, &event()).await;
        assert!(matches!(nobody, Err(kernel::PortError::NotFound)), "{nobody:?}");
    }
}

#[tokio::test]
async fn a_person_changes_what_they_want_and_others_are_told() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let viewer = nina.viewer(&users).await;
        assert_eq!(read(&users, &viewer).await.data()["preferences"], begin());
        let german = update(&users, &viewer, json!({ "version": 0, "language": " de-AT ", "autoplay": false })).await.data();
        assert_eq!((&german["updatePreferences"]["language"], &german["updatePreferences"]["version"]), (&json!("de-AT"), &json!(1)));
        let input = json!({ "version": 1, "language": null, "explicitAllowed": false, "audioQuality": "LOSSLESS", "listeningVisibleTo": "FOLLOWERS" });
        let wanted = update(&users, &viewer, input).await.data()["updatePreferences"].clone();
        let expected = json!({
            "version": 2, "language": null, "explicitAllowed": false, "audioQuality": "LOSSLESS", "autoplay": false, "listeningVisibleTo": "FOLLOWERS",
        });
        assert_eq!((&wanted, &read(&users, &viewer).await.data()["preferences"]), (&expected, &expected));
        let told: Vec<PreferencesChanged> = users.told().await;
        let told: Vec<_> = told.iter().map(|told| (told.user_id, told.version, told.language.as_deref(), told.listening_visible_to)).collect();
        assert_eq!(told, [(nina.user_id(), 1, Some("de-AT"), Audience::Nobody), (nina.user_id(), 2, None, Audience::Followers)]);
        let other = users.register("otis").await.viewer(&users).await;
        assert_eq!(read(&users, &other).await.data()["preferences"], begin(), "everybody has their own");
    }
}

#[tokio::test]
async fn every_device_is_told_and_an_old_version_changes_nothing() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    let other = users.register("otis").await.viewer(&users).await;
    let follow = format!("subscription {{ preferencesChanged {FIELDS} }}");
    let mut live = users.subgraph().live(Request::new(follow.as_str()).data(viewer.clone()));
    assert_eq!(next(&mut live).await, begin());
    update(&users, &other, json!({ "version": 0, "autoplay": false })).await.data();
    update(&users, &viewer, json!({ "version": 0, "audioQuality": "LOW" })).await.data();
    users.told::<PreferencesChanged>().await;
    let pushed = next(&mut live).await;
    assert_eq!((&pushed["version"], &pushed["audioQuality"], &pushed["autoplay"]), (&json!(1), &json!("LOW"), &json!(true)));
    for old in [0, 2, i32::MAX] {
        update(&users, &viewer, json!({ "version": old, "autoplay": false })).await.assert_refused("CONFLICT", Some("version"));
    }
    assert_eq!(read(&users, &viewer).await.data()["preferences"], pushed);
}

#[tokio::test]
async fn wrong_fields_and_nobody_are_refused() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    for language in ["x", "german", "de_AT", &"de-".repeat(200_000), "de\u{0}"] {
        update(&users, &viewer, json!({ "version": 0, "language": language })).await.assert_refused("BAD_USER_INPUT", Some("language"));
    }
    update(&users, &viewer, json!({ "version": -1 })).await.assert_refused("BAD_USER_INPUT", Some("version"));
    for nobody in [Viewer::Anonymous, gone(&users.platform.platform.ids)] {
        read(&users, &nobody).await.assert_refused("UNAUTHENTICATED", None);
        update(&users, &nobody, json!({ "version": 0 })).await.assert_refused("UNAUTHENTICATED", None);
    }
    assert_eq!(read(&users, &viewer).await.data()["preferences"], begin());
}
