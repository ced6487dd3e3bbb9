//! What the ports of `application/ports.rs` promise, on every adapter.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use kernel::IdGenerator;
use kernel::id::TrackId;
use platform::testing::TestPlatform;
use playback::NAME;
use playback::application::ports::{LadderRepository, Prolongations};
use playback::domain::ladder::Ladder;
use playback::infrastructure::cached_prolongations::CachedProlongations;
use playback::infrastructure::ladder_repository::SqlLadderRepository;
use playback::infrastructure::migration::Migrator;

use crate::support::{download, rendition};

async fn open(platform: &TestPlatform) -> SqlLadderRepository {
    SqlLadderRepository::new(platform.platform.database::<Migrator>(NAME).await.expect("the database opens"))
}

pub(crate) fn ladder(ids: &IdGenerator, track_id: TrackId) -> Ladder {
    let id = ids.next();
    let renditions = vec![rendition("aac-64", 70_000), rendition("aac-320", 330_000)];
    Ladder {
        id,
        track_id,
        upload_id: ids.next(),
        prefix: format!("ladders/{id}"),
        duration_ms: 3_000_000_000,
        renditions,
        lossless: vec![rendition("flac", 900_000)],
        dash: true,
        downloads: vec![download()],
    }
}

#[tokio::test]
async fn a_ladder_is_streamable_once_both_facts_are_known_in_either_order() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let [first, second] = [0; 2].map(|_| ladder(ids, ids.next()));

        ladders.record(ids.uuid(), &first).await.unwrap();
        assert_eq!(ladders.streamable(&[first.track_id]).await.unwrap(), [], "{}", platform.adapter);
        ladders.publish(ids.uuid(), first.track_id, first.upload_id).await.unwrap();
        assert_eq!(ladders.streamable(&[first.track_id]).await.unwrap(), std::slice::from_ref(&first), "{}", platform.adapter);

        ladders.publish(ids.uuid(), second.track_id, second.upload_id).await.unwrap();
        assert_eq!(ladders.streamable(&[second.track_id]).await.unwrap(), [], "{}", platform.adapter);
        ladders.record(ids.uuid(), &second).await.unwrap();
        assert_eq!(ladders.streamable(&[second.track_id]).await.unwrap(), [second], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn only_the_published_upload_of_a_track_is_streamable() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let track_id = ids.next();
        let [old, new] = [0; 2].map(|_| ladder(ids, track_id));
        for ladder in [&old, &new] {
            ladders.record(ids.uuid(), ladder).await.unwrap();
        }
        for ladder in [&new, &old, &new] {
            ladders.publish(ids.uuid(), track_id, ladder.upload_id).await.unwrap();
            assert_eq!(ladders.streamable(&[track_id]).await.unwrap(), std::slice::from_ref(ladder), "{}", platform.adapter);
        }
        ladders.publish(ids.uuid(), track_id, ids.next()).await.unwrap();
        assert_eq!(ladders.streamable(&[track_id]).await.unwrap(), [], "{}: the old one does not stand in", platform.adapter);
    }
}

#[tokio::test]
async fn a_ladder_of_the_same_upload_takes_the_place_of_the_last() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let first = ladder(ids, ids.next());
        let again = Ladder { upload_id: first.upload_id, duration_ms: 1, renditions: vec![rendition("aac-96", 100_000)], ..ladder(ids, first.track_id) };
        ladders.publish(ids.uuid(), first.track_id, first.upload_id).await.unwrap();
        for ladder in [&first, &again] {
            ladders.record(ids.uuid(), ladder).await.unwrap();
            assert_eq!(ladders.streamable(&[first.track_id]).await.unwrap(), std::slice::from_ref(ladder), "{}", platform.adapter);
        }
    }
}

#[tokio::test]
async fn a_withdrawn_track_comes_back_and_a_forgotten_one_does_not() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let [ladder, bystander] = [0; 2].map(|_| ladder(ids, ids.next()));
        for ladder in [&ladder, &bystander] {
            ladders.record(ids.uuid(), ladder).await.unwrap();
            ladders.publish(ids.uuid(), ladder.track_id, ladder.upload_id).await.unwrap();
        }
        let tracks = [ladder.track_id, bystander.track_id];

        ladders.withdraw(ids.uuid(), ladder.track_id).await.unwrap();
        assert_eq!(ladders.streamable(&tracks).await.unwrap(), std::slice::from_ref(&bystander), "{}", platform.adapter);
        ladders.publish(ids.uuid(), ladder.track_id, ladder.upload_id).await.unwrap();
        assert_eq!(ladders.streamable(&tracks).await.unwrap().len(), 2, "{}", platform.adapter);

        ladders.forget(ids.uuid(), ladder.track_id).await.unwrap();
        assert_eq!(ladders.streamable(&tracks).await.unwrap(), std::slice::from_ref(&bystander), "{}", platform.adapter);
        ladders.publish(ids.uuid(), ladder.track_id, ladder.upload_id).await.unwrap();
        assert_eq!(ladders.streamable(&tracks).await.unwrap(), [bystander], "{}: the ladder went too", platform.adapter);

        ladders.withdraw(ids.uuid(), ids.next()).await.expect("withdrawing nothing is fine");
        ladders.forget(ids.uuid(), ids.next()).await.expect("forgetting nothing is fine");
    }
}

#[tokio::test]
async fn an_event_that_was_seen_changes_nothing() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let track_id = ids.next();
        let [old, new] = [0; 2].map(|_| ladder(ids, track_id));
        let [recorded, published, withdrawn, forgotten] = [0; 4].map(|_| ids.uuid());
        let streamable = async || ladders.streamable(&[track_id]).await.unwrap();

        ladders.record(recorded, &old).await.unwrap();
        ladders.record(ids.uuid(), &new).await.unwrap();
        ladders.publish(published, track_id, old.upload_id).await.unwrap();
        ladders.publish(ids.uuid(), track_id, new.upload_id).await.unwrap();
        ladders.publish(published, track_id, old.upload_id).await.unwrap();
        assert_eq!(streamable().await, std::slice::from_ref(&new), "{}: publish", platform.adapter);

        ladders.record(recorded, &Ladder { prefix: "elsewhere".into(), ..new.clone() }).await.unwrap();
        assert_eq!(streamable().await, std::slice::from_ref(&new), "{}: record", platform.adapter);

        ladders.withdraw(withdrawn, track_id).await.unwrap();
        ladders.publish(ids.uuid(), track_id, new.upload_id).await.unwrap();
        ladders.withdraw(withdrawn, track_id).await.unwrap();
        assert_eq!(streamable().await, std::slice::from_ref(&new), "{}: withdraw", platform.adapter);

        ladders.forget(forgotten, track_id).await.unwrap();
        ladders.record(ids.uuid(), &new).await.unwrap();
        ladders.publish(ids.uuid(), track_id, new.upload_id).await.unwrap();
        ladders.forget(forgotten, track_id).await.unwrap();
        assert_eq!(streamable().await, [new], "{}: forget", platform.adapter);
    }
}

#[tokio::test]
async fn an_event_that_comes_many_times_at_once_is_acted_on_once() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let ladder = ladder(ids, ids.next());
        let (recorded, published) = (ids.uuid(), ids.uuid());
        let told = join_all((0..4).map(async |_| {
            ladders.record(recorded, &ladder).await?;
            ladders.publish(published, ladder.track_id, ladder.upload_id).await
        }));
        for outcome in told.await {
            outcome.unwrap_or_else(|error| panic!("{}: {error:?}", platform.adapter));
        }
        assert_eq!(ladders.streamable(&[ladder.track_id]).await.unwrap(), [ladder], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn many_tracks_are_found_at_once() {
    for platform in TestPlatform::each().await {
        let (ladders, ids) = (open(&platform).await, &platform.platform.ids);
        let mut published: Vec<_> = (0..100).map(|_| ladder(ids, ids.next())).collect();
        for ladder in &published {
            ladders.record(ids.uuid(), ladder).await.unwrap();
            ladders.publish(ids.uuid(), ladder.track_id, ladder.upload_id).await.unwrap();
        }
        let silent = ladder(ids, ids.next());
        ladders.record(ids.uuid(), &silent).await.unwrap();
        let mut asked: Vec<_> = published.iter().map(|ladder| ladder.track_id).collect();
        asked.extend([silent.track_id, ids.next(), published[0].track_id]);

        let mut found = ladders.streamable(&asked).await.unwrap();
        found.sort_by_key(|ladder| ladder.id.uuid());
        published.sort_by_key(|ladder| ladder.id.uuid());
        assert_eq!(found, published, "{}", platform.adapter);
        assert_eq!(ladders.streamable(&[]).await.unwrap(), [], "{}", platform.adapter);
    }
}

#[tokio::test]
async fn a_grant_lasts_as_long_as_was_put_last() {
    let TestPlatform { platform, .. } = &TestPlatform::new().await;
    let prolongations = CachedProlongations::new(Arc::clone(&platform.cache));
    let now = platform.clock.now();
    let [id, other] = [platform.ids.next(), platform.ids.next()];
    assert_eq!(prolongations.get(id).await.unwrap(), None);
    for seconds in [300, 360] {
        let until = now + Duration::from_secs(seconds);
        prolongations.put(id, until, now).await.unwrap();
        assert_eq!(prolongations.get(id).await.unwrap(), Some(until));
    }
    assert_eq!(prolongations.get(other).await.unwrap(), None);
}
