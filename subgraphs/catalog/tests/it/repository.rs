//! What every adapter of a repository keeps of its port's promises.

use std::collections::HashMap;

use catalog::application::Ports;
use catalog::application::listing::{Order, Slice};
use catalog::application::ports::{Audience, CHANGED, Completion, DUPLICATE, Parent, Processed};
use catalog::domain::album::Album;
use catalog::domain::artist::Artist;
use catalog::domain::name::Name;
use catalog::domain::number::Number;
use catalog::domain::sound::{Measures, Sound};
use catalog::domain::track::{CurrentUpload, Track};
use catalog::domain::track_state::TrackState;
use catalog::domain::upload::{FileClaim, Purpose, Upload, UploadState};
use catalog::infrastructure::migration::Migrator;
use chrono::TimeDelta;
use futures::future::join_all;
use kernel::events::Tempo;
use kernel::{Clock as _, PageRequest, PortError};
use platform::testing::TestPlatform;

pub(crate) struct Store {
    pub(crate) test: TestPlatform,
    pub(crate) ports: Ports,
}

impl Store {
    pub(crate) async fn each() -> Vec<Self> {
        let mut stores = Vec::new();
        for test in TestPlatform::each().await {
            let database = test.platform.database::<Migrator>("catalog").await.unwrap();
            stores.push(Self { ports: catalog::ports(&test.platform, &database), test });
        }
        stores
    }

    pub(crate) fn artist(&self, name: &str) -> Artist {
        let (id, owner_id) = (self.ports.ids.next(), self.ports.ids.next());
        Artist { id, owner_id, name: Name::parse("name", name).unwrap(), bio: None, artwork_id: None, created_at: self.test.clock.now(), version: 0 }
    }

    pub(crate) fn album(&self, artist: &Artist, title: &str) -> Album {
        Album {
            id: self.ports.ids.next(),
            owner_id: artist.owner_id,
            artist_id: artist.id,
            title: Name::parse("title", title).unwrap(),
            release_date: "2024-02-29".parse().ok(),
            artwork_id: None,
            created_at: self.test.clock.now(),
            version: 0,
        }
    }

    pub(crate) fn track(&self, album: &Album, title: &str, number: i32) -> Track {
        Track {
            id: self.ports.ids.next(),
            owner_id: album.owner_id,
            artist_id: album.artist_id,
            album_id: Some(album.id),
            title: Name::parse("title", title).unwrap(),
            track_number: Number::parse("trackNumber", number).ok(),
            disc_number: Number::ONE,
            genres: Vec::new(),
            explicit: false,
            isrc: None,
            state: TrackState::Draft,
            sound: None,
            upload: None,
            created_at: self.test.clock.now(),
            published_at: None,
            processing_log: Vec::new(),
            version: 0,
        }
    }

    pub(crate) fn upload(&self, track: &Track) -> Upload {
        let now = self.test.clock.now();
        Upload {
            id: self.ports.ids.next(),
            purpose: Purpose::Track(track.id),
            uploader_id: track.owner_id,
            claim: FileClaim::recording("a", "audio/flac", 1, &"ab".repeat(32), 10).unwrap(),
            state: UploadState::Requested,
            created_at: now,
            expires_at: now + TimeDelta::hours(1),
        }
    }

    /// An artist with an album, both kept.
    pub(crate) async fn shelf(&self) -> (Artist, Album) {
        let artist = self.artist("Ada Sound");
        self.ports.artists.add(&artist, &[]).await.unwrap();
        let album = self.album(&artist, "First Light");
        self.ports.albums.add(&album, &[]).await.unwrap();
        (artist, album)
    }
}

pub(crate) fn is_conflict<T: std::fmt::Debug>(result: &Result<T, PortError>, expected: &str) -> bool {
    matches!(result, Err(PortError::Conflict { constraint }) if constraint == expected)
}

#[tokio::test]
async fn what_is_kept_is_found_as_it_was() {
    for store in Store::each().await {
        let (artist, album) = store.shelf().await;
        assert_eq!(store.ports.artists.find(&[artist.id]).await.unwrap(), std::slice::from_ref(&artist));
        assert_eq!(store.ports.albums.find(&[album.id]).await.unwrap(), std::slice::from_ref(&album));
        let genres = store.ports.genres.all().await.unwrap();
        let states = [
            TrackState::Draft,
            TrackState::Uploaded,
            TrackState::Processing { percent: 33 },
            TrackState::Ready,
            TrackState::Failed { reason: "no audio".into() },
            TrackState::Published,
            TrackState::Held { publish_wanted: false },
            TrackState::Held { publish_wanted: true },
            TrackState::Rejected,
        ];
        for (number, state) in (1..).zip(states) {
            let track = Track {
                genres: vec![genres[3].id, genres[1].id],
                sound: Some(Sound {
                    duration_ms: 5_000_000_000,
                    loudness_lufs: Some(-14.25),
                    measures: Measures { tempo: Some(Tempo { bpm: 99.5, confidence: 0.25 }), leading_silence_ms: 7, ..Measures::default() },
                }),
                upload: Some(CurrentUpload { id: store.ports.ids.next(), uploader_id: artist.owner_id }),
                published_at: Some(store.test.clock.now()),
                state,
                ..store.track(&album, "Dawn", number)
            };
            store.ports.tracks.add(&track, &[]).await.unwrap();
            assert_eq!(store.ports.tracks.find(&[track.id]).await.unwrap(), [track], "{}", store.test.adapter);
        }
        assert_eq!(store.ports.tracks.ids_of(Parent::Artist(artist.id)).await.unwrap().len(), 9);
        assert_eq!(store.ports.tracks.find(&[]).await.unwrap(), []);
    }
}

#[tokio::test]
async fn of_several_with_one_name_one_is_kept() {
    for store in Store::each().await {
        let artist = store.artist("Ada Sound");
        let twins: Vec<_> = ["Ada Sound", "ADA SOUND", "ada  sound"]
            .map(|name| Artist { id: store.ports.ids.next(), name: Name::parse("name", name).unwrap(), ..artist.clone() })
            .into();
        let results = join_all(twins.iter().map(|twin| store.ports.artists.add(twin, &[]))).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
        assert_eq!(results.iter().filter(|result| is_conflict(result, DUPLICATE)).count(), 2, "{results:?}");
        let kept = twins.into_iter().zip(&results).find(|(_, result)| result.is_ok()).unwrap().0;

        let albums = [store.album(&kept, "First Light"), store.album(&kept, "first light")];
        let results = join_all(albums.iter().map(|album| store.ports.albums.add(album, &[]))).await;
        assert_eq!((results.iter().filter(|result| result.is_ok()).count(), results.iter().filter(|result| is_conflict(result, DUPLICATE)).count()), (1, 1));
        let album = albums.iter().zip(&results).find(|(_, result)| result.is_ok()).unwrap().0;

        // On an album or on none.
        for album_id in [Some(album.id), None] {
            let tracks = [store.track(album, "Dawn", 1), store.track(album, "DAWN", 1)].map(|track| Track { album_id, ..track });
            let results = join_all(tracks.iter().map(|track| store.ports.tracks.add(track, &[]))).await;
            assert_eq!(
                (results.iter().filter(|result| result.is_ok()).count(), results.iter().filter(|result| is_conflict(result, DUPLICATE)).count()),
                (1, 1)
            );
        }
    }
}

#[tokio::test]
async fn of_two_changes_of_one_version_one_is_kept() {
    for store in Store::each().await {
        let (artist, album) = store.shelf().await;
        let track = store.track(&album, "Dawn", 1);
        store.ports.tracks.add(&track, &[]).await.unwrap();
        let (one, two) = tokio::join!(store.ports.tracks.save(&track, &[]), store.ports.tracks.save(&track, &[]));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert!(is_conflict(&one.and(two), CHANGED));
        for _ in 0..2 {
            let _ = store.ports.artists.save(&artist, &[]).await;
            let _ = store.ports.albums.save(&album, &[]).await;
        }
        assert!(is_conflict(&store.ports.artists.save(&artist, &[]).await, CHANGED));
        assert!(is_conflict(&store.ports.albums.save(&album, &[]).await, CHANGED));
        assert_eq!(store.ports.artists.find(&[artist.id]).await.unwrap()[0].version, 1);
    }
}

#[tokio::test]
async fn an_event_is_acted_on_once() {
    for store in Store::each().await {
        let (_, album) = store.shelf().await;
        let track = store.track(&album, "Dawn", 1);
        store.ports.tracks.add(&track, &[]).await.unwrap();
        let cause = store.ports.ids.uuid();
        assert!(store.ports.tracks.save_once(&track, cause, &Processed::default(), &[]).await.unwrap());
        let now = store.ports.tracks.find(&[track.id]).await.unwrap().remove(0);
        assert!(!store.ports.tracks.save_once(&now, cause, &Processed::default(), &[]).await.unwrap());
        assert_eq!(store.ports.tracks.find(&[track.id]).await.unwrap(), [now]);
        // What conflicts is not noted as done.
        let other = store.ports.ids.uuid();
        assert!(is_conflict(&store.ports.tracks.save_once(&track, other, &Processed::default(), &[]).await, CHANGED));
        assert!(store.ports.tracks.save_once(&Track { version: 1, ..track }, other, &Processed::default(), &[]).await.unwrap());
    }
}

#[tokio::test]
async fn nothing_is_removed_with_more_than_was_known() {
    for store in Store::each().await {
        let (artist, album) = store.shelf().await;
        let track = store.track(&album, "Dawn", 1);
        store.ports.tracks.add(&track, &[]).await.unwrap();
        let upload = store.upload(&track);
        store.ports.uploads.add(&upload).await.unwrap();
        assert!(is_conflict(&store.ports.albums.remove(album.id, &[], &[]).await, CHANGED));
        assert!(is_conflict(&store.ports.artists.remove(artist.id, &[], &[track.id], &[]).await, CHANGED));
        assert_eq!(store.ports.tracks.find(&[track.id]).await.unwrap().len(), 1, "all or nothing");
        store.ports.artists.remove(artist.id, &[album.id], &[track.id], &[]).await.unwrap();
        assert_eq!(store.ports.artists.find(&[artist.id]).await.unwrap(), []);
        assert!(is_conflict(&store.ports.artists.remove(artist.id, &[], &[], &[]).await, CHANGED));
        let discarded = store.ports.uploads.discarded(10).await.unwrap();
        assert_eq!(discarded.iter().map(|upload| upload.id).collect::<Vec<_>>(), [upload.id]);
    }
}

#[tokio::test]
async fn each_parent_gets_its_own_slice() {
    for store in Store::each().await {
        let (artist, first) = store.shelf().await;
        let second = store.album(&artist, "Last Light");
        store.ports.albums.add(&second, &[]).await.unwrap();
        for (album, titles) in [(&first, "dbca"), (&second, "zyx")] {
            for (number, title) in (1..).zip(titles.chars()) {
                let state = if title == 'b' { TrackState::Draft } else { TrackState::Published };
                store.ports.tracks.add(&Track { state, ..store.track(album, &title.to_string(), number) }, &[]).await.unwrap();
            }
        }
        let parents = [Parent::Album(first.id), Parent::Album(second.id), Parent::Artist(artist.id)];
        let titles = |lists: &HashMap<Parent, Vec<Track>>, parent: Parent| -> String { lists[&parent].iter().map(|track| track.title.as_str()).collect() };
        let slice = |order, backward| Slice { backward, ..Slice::of(order, &PageRequest::first(1)).unwrap() };
        for (order, backward, audience, expected) in [
            (Order::Name, false, Audience::Everybody, ["ac", "xy", "ac"]),
            (Order::Name, false, Audience::Owner(artist.owner_id), ["ab", "xy", "ab"]),
            (Order::Name, true, Audience::Admin, ["dc", "zy", "zy"]),
            (Order::Position, false, Audience::Admin, ["db", "zy", "dz"]),
            (Order::Position, true, Audience::Everybody, ["ac", "xy", "ac"]),
        ] {
            let lists = store.ports.tracks.list_by_parent(&parents, audience, &slice(order, backward)).await.unwrap();
            let mut found = parents.map(|parent| titles(&lists, parent));
            if order == Order::Position {
                // Tracks of different albums on one position follow their ids.
                found[2] = expected[2].to_owned();
            }
            assert_eq!(found, expected, "{order:?} {backward} {audience:?} {}", store.test.adapter);
        }
        let albums = store.ports.albums.list_by_artist(&[artist.id], &slice(Order::Name, true)).await.unwrap();
        assert_eq!(albums[&artist.id].iter().map(|album| album.title.as_str()).collect::<Vec<_>>(), ["Last Light", "First Light"]);
    }
}

#[tokio::test]
async fn one_at_a_time_has_the_right_to_receive() {
    for store in Store::each().await {
        let (_, album) = store.shelf().await;
        let track = store.track(&album, "Dawn", 1);
        store.ports.tracks.add(&track, &[]).await.unwrap();
        let upload = store.upload(&track);
        let uploads = &store.ports.uploads;
        uploads.add(&upload).await.unwrap();
        assert_eq!(uploads.find(upload.id).await.unwrap(), Some(upload.clone()));
        let now = store.test.clock.now();
        let lease = now + TimeDelta::minutes(2);
        let claims = join_all((0..4).map(|_| uploads.claim(upload.id, now, lease))).await;
        let claims: Vec<_> = claims.into_iter().filter_map(Result::unwrap).collect();
        assert_eq!(claims, [1]);
        assert_eq!(uploads.claim(upload.id, lease, lease).await.unwrap(), None, "the lease runs to its end");
        let later = lease + TimeDelta::seconds(1);
        assert_eq!(uploads.claim(upload.id, later, later + TimeDelta::minutes(2)).await.unwrap(), Some(2));
        // The first has lost everything.
        assert!(!uploads.renew(upload.id, 1, later).await.unwrap());
        assert!(!uploads.receive(upload.id, 1).await.unwrap());
        uploads.release(upload.id, 1).await.unwrap();
        assert_eq!(uploads.find(upload.id).await.unwrap().unwrap().state, UploadState::Receiving);
        uploads.release(upload.id, 2).await.unwrap();
        assert_eq!(uploads.claim(upload.id, now, lease).await.unwrap(), Some(3));
        assert!(uploads.renew(upload.id, 3, lease).await.unwrap());
        assert!(uploads.receive(upload.id, 3).await.unwrap());
        assert_eq!(uploads.claim(upload.id, later, later).await.unwrap(), None);

        let mut uploaded = track.clone();
        uploaded.uploaded(CurrentUpload { id: upload.id, uploader_id: upload.uploader_id }).unwrap();
        let stale = Track { version: 7, ..uploaded.clone() };
        assert!(is_conflict(&uploads.complete(&upload, Completion::Track(&stale), &[]).await, CHANGED));
        let (one, two) =
            tokio::join!(uploads.complete(&upload, Completion::Track(&uploaded), &[]), uploads.complete(&upload, Completion::Track(&uploaded), &[]));
        assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
        assert_eq!(uploads.find(upload.id).await.unwrap().unwrap().state, UploadState::Completed);
    }
}

#[tokio::test]
async fn only_what_nobody_needs_is_forgotten() {
    for store in Store::each().await {
        let (_, album) = store.shelf().await;
        let track = store.track(&album, "Dawn", 1);
        store.ports.tracks.add(&track, &[]).await.unwrap();
        let uploads = &store.ports.uploads;
        let (requested, receiving, received) = (store.upload(&track), store.upload(&track), store.upload(&track));
        let now = store.test.clock.now();
        for upload in [&requested, &receiving, &received] {
            uploads.add(upload).await.unwrap();
        }
        let expired = requested.expires_at + TimeDelta::seconds(1);
        uploads.claim(receiving.id, now, expired + TimeDelta::minutes(1)).await.unwrap();
        uploads.claim(received.id, now, now).await.unwrap();
        assert!(uploads.receive(received.id, 1).await.unwrap());
        uploads.discard_stale(requested.expires_at, expired).await.unwrap();
        assert_eq!(uploads.discarded(10).await.unwrap(), []);
        uploads.discard_stale(expired, expired).await.unwrap();
        let mut discarded: Vec<_> = uploads.discarded(10).await.unwrap().into_iter().map(|upload| upload.id).collect();
        discarded.sort();
        let mut expected = vec![requested.id, received.id];
        expected.sort();
        assert_eq!(discarded, expected);
        for id in [requested.id, receiving.id] {
            uploads.forget(id).await.unwrap();
        }
        assert_eq!(uploads.find(requested.id).await.unwrap(), None);
        assert!(uploads.find(receiving.id).await.unwrap().is_some(), "bytes are still coming in");
        assert!(!uploads.receive(received.id, 1).await.unwrap(), "a discarded one stays discarded");
    }
}
