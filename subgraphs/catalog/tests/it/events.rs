//! What the others hear, in its order.

use std::time::Duration;

use kernel::EventPayload as _;
use kernel::events::{TrackPublished, TrackUploaded};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::kit::{Kit, sha256};

const TYPES: &[&str] = &[
    "artist.created",
    "artist.updated",
    "artist.deleted",
    "album.created",
    "album.updated",
    "album.deleted",
    "track.created",
    "track.uploaded",
    "track.published",
    "track.unpublished",
    "track.deleted",
];

#[tokio::test]
async fn every_change_is_told_once_and_in_order() {
    let mut kit = Kit::new().await;
    let stop = CancellationToken::new();
    for task in std::mem::take(&mut kit.context.tasks) {
        tokio::spawn((task.run)(stop.clone()));
    }
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    kit.ask(&ada, "mutation($id: ID!) { updateArtist(input: { id: $id, bio: \"Plays.\" }) { id } }", json!({ "id": artist })).await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    kit.ask(&ada, "mutation($id: ID!) { updateAlbum(input: { id: $id, title: \"Last Light\" }) { id } }", json!({ "id": album })).await;
    let track = kit.new_track(&ada, &artist, Some(&album), "Dawn").await;
    kit.publish(&ada, &track).await;
    kit.ask(&ada, "mutation($id: ID!) { unpublishTrack(id: $id) { id } }", json!({ "id": track })).await;
    // A refused change tells nothing.
    kit.refusal(&ada, "mutation($id: ID!) { unpublishTrack(id: $id) { id } }", json!({ "id": track })).await;
    kit.ask(&ada, "mutation($id: ID!) { deleteArtist(id: $id) }", json!({ "id": artist })).await;

    let bus = &kit.test.platform.bus;
    let heard = tokio::time::timeout(Duration::from_secs(20), async {
        loop {
            let heard = bus.poll("test", TYPES, 100).await.unwrap();
            if heard.last().is_some_and(|delivery| delivery.event.r#type == "artist.deleted") {
                return heard;
            }
            bus.wait("test").await;
        }
    })
    .await
    .expect("everything is told");
    stop.cancel();
    let told: Vec<_> = heard.iter().map(|delivery| (delivery.event.r#type.as_str(), delivery.event.subject.as_str())).collect();
    let expected = [
        ("artist.created", &artist),
        ("artist.updated", &artist),
        ("album.created", &album),
        ("album.updated", &album),
        ("track.created", &track),
        ("track.uploaded", &track),
        ("track.published", &track),
        ("track.unpublished", &track),
        ("track.deleted", &track),
        ("album.deleted", &album),
        ("artist.deleted", &artist),
    ];
    assert_eq!(told, expected.map(|(kind, subject)| (kind, subject.as_str())));
    let find = |kind| heard.iter().find(|delivery| delivery.event.r#type == kind).unwrap();
    let uploaded: TrackUploaded = find(TrackUploaded::TYPE).event.payload().unwrap().unwrap();
    assert_eq!((uploaded.blob, uploaded.sha256), (format!("uploads/{}", uploaded.upload_id), sha256(track.as_bytes())));
    assert_eq!((&*uploaded.file_name, &*uploaded.media_type, uploaded.uploader_id), ("dawn.flac", "audio/flac", ada.user_id().unwrap()));
    let published: TrackPublished = find(TrackPublished::TYPE).event.payload().unwrap().unwrap();
    assert_eq!(published.upload_id, uploaded.upload_id);
}
