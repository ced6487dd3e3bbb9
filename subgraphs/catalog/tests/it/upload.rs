//! Recordings on their way in: asked for, sent, completed.

use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use chrono::TimeDelta;
use kernel::{Role, Viewer};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::kit::{Kit, Ticket, sha256};

const REQUEST: &str = "mutation($input: RequestTrackUploadInput!) { requestTrackUpload(input: $input) { uploadId } }";
const COMPLETE: &str = "mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id state uploadedBy { id } } }";
const FILE: &[u8] = b"not really a recording, but nobody looks yet";

async fn draft(kit: &Kit, viewer: &Viewer) -> String {
    let artist = kit.new_artist(viewer, "Ada Sound").await;
    kit.new_track(viewer, &artist, None, "Dawn").await
}

/// A body that the test sends bit by bit.
fn slow_body() -> (mpsc::Sender<Result<Bytes, std::io::Error>>, Body) {
    let (sender, receiver) = mpsc::channel(1);
    (sender, Body::from_stream(received(receiver)))
}

fn received<T: Send + 'static>(receiver: mpsc::Receiver<T>) -> impl futures::Stream<Item = T> + Send + 'static {
    futures::stream::unfold(receiver, async |mut receiver| receiver.recv().await.map(|item| (item, receiver)))
}

#[tokio::test]
async fn a_recording_comes_in_and_completing_again_changes_nothing() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let too_early = kit.refusal(&ada, COMPLETE, json!({ "id": ticket.upload_id })).await;
    assert!(too_early.is("CONFLICT", Some("uploadId")), "{too_early:?}");
    // In pieces, without a length: nothing is assumed of how it comes.
    let pieces: Vec<_> = FILE.chunks(7).map(|piece| Ok::<_, std::io::Error>(Bytes::from_static(piece))).collect();
    assert_eq!(kit.put_body(&ticket, None, Body::from_stream(futures::stream::iter(pieces))).await.0, StatusCode::NO_CONTENT);
    assert_eq!(kit.blobs().await, [format!("uploads/{}", ticket.upload_id)]);
    assert_eq!(kit.state(&ada, &track).await, "DRAFT");
    for _ in 0..2 {
        let completed = kit.complete(&ada, &ticket.upload_id).await;
        assert_eq!(completed, json!({ "id": track, "state": "UPLOADED", "uploadedBy": { "id": ada.user_id().unwrap().to_string() } }));
    }
    let (status, problem) = kit.put(&ticket, FILE.to_vec()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("CONFLICT")));
}

#[tokio::test]
async fn a_file_larger_than_any_buffer_comes_in_whole() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let file: Vec<u8> = (0..12_000_000_u32).map(|index| index.to_le_bytes()[usize::from(index % 3 == 0)]).collect();
    kit.upload(&ada, &track, &file).await;
    let blob = kit.blobs().await.remove(0);
    let kept = object_store::ObjectStoreExt::get(&*kit.test.platform.blobs, &blob.into()).await.unwrap().bytes().await.unwrap();
    assert!(kept == file, "other bytes are kept than were sent");
}

#[tokio::test]
async fn bad_requests_are_refused_by_field() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let good = json!({ "trackId": track, "fileName": "dawn.flac", "mediaType": "audio/flac", "sizeBytes": FILE.len(), "sha256": sha256(FILE) });
    let ids = &kit.test.platform.ids;
    let bad = [
        ("trackId", json!(""), "BAD_USER_INPUT"),
        ("trackId", json!(ids.next::<kernel::id::Artist>().to_string()), "BAD_USER_INPUT"),
        ("trackId", json!(ids.next::<kernel::id::Track>().to_string()), "NOT_FOUND"),
        ("fileName", json!(""), "BAD_USER_INPUT"),
        ("fileName", json!("../dawn.flac"), "BAD_USER_INPUT"),
        ("fileName", json!("é".repeat(256)), "BAD_USER_INPUT"),
        ("mediaType", json!("application/pdf"), "BAD_USER_INPUT"),
        ("mediaType", json!("a".repeat(10_000)), "BAD_USER_INPUT"),
        ("sizeBytes", json!(0), "BAD_USER_INPUT"),
        ("sizeBytes", json!(-5), "BAD_USER_INPUT"),
        ("sizeBytes", json!(1_073_741_825_i64), "BAD_USER_INPUT"),
        ("sha256", json!("abc"), "BAD_USER_INPUT"),
        ("sha256", json!("z".repeat(64)), "BAD_USER_INPUT"),
    ];
    kit.refuses(&ada, REQUEST, &good, &bad).await;
    for (id, code) in [(String::new(), "BAD_USER_INPUT"), (track, "BAD_USER_INPUT"), (ids.next::<kernel::id::Upload>().to_string(), "NOT_FOUND")] {
        assert!(kit.refusal(&ada, COMPLETE, json!({ "id": id })).await.is(code, Some("uploadId")), "{id}");
    }
}

#[tokio::test]
async fn uploads_are_the_owners_business() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    kit.put(&ticket, FILE.to_vec()).await;
    let input = json!({ "trackId": track, "fileName": "a", "mediaType": "audio/flac", "sizeBytes": 1, "sha256": sha256(b"a") });
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, REQUEST, json!({ "input": input })).await.is(code, None));
        assert!(kit.refusal(&viewer, COMPLETE, json!({ "id": ticket.upload_id })).await.is(code, None));
    }
    // An admin may, and is told to have: the upload was the owner's.
    let completed = kit.complete(&kit.person(Role::Admin), &ticket.upload_id).await;
    assert_eq!(completed["uploadedBy"]["id"], ada.user_id().unwrap().to_string());
}

#[tokio::test]
async fn what_does_not_keep_its_claim_is_refused_by_field_and_leaves_nothing() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let (mut other, longer, shorter) = (FILE.to_vec(), [FILE, b"!"].concat(), FILE[1..].to_vec());
    other.reverse();
    let lying = Some(FILE.len());
    for (length, body, status, field) in [
        (lying, &other, StatusCode::UNPROCESSABLE_ENTITY, "sha256"),
        (Some(longer.len()), &longer, StatusCode::PAYLOAD_TOO_LARGE, "sizeBytes"),
        (lying, &longer, StatusCode::PAYLOAD_TOO_LARGE, "sizeBytes"),
        (None, &longer, StatusCode::PAYLOAD_TOO_LARGE, "sizeBytes"),
        (Some(shorter.len()), &shorter, StatusCode::UNPROCESSABLE_ENTITY, "sizeBytes"),
        (None, &shorter, StatusCode::UNPROCESSABLE_ENTITY, "sizeBytes"),
        (None, &Vec::new(), StatusCode::UNPROCESSABLE_ENTITY, "sizeBytes"),
    ] {
        let (answered, problem) = kit.put_body(&ticket, length, Body::from(body.clone())).await;
        assert_eq!((answered, &problem["code"], &problem["field"]), (status, &json!("BAD_USER_INPUT"), &json!(field)), "{problem:#}");
        assert_eq!(problem["status"], status.as_u16());
        assert_eq!(kit.blobs().await, Vec::<String>::new());
    }
    let wrong = Ticket { media_type: "audio/mpeg".into(), ..ticket.clone() };
    let (status, problem) = kit.put(&wrong, FILE.to_vec()).await;
    assert_eq!((status, &problem["field"]), (StatusCode::UNSUPPORTED_MEDIA_TYPE, &json!("mediaType")));
    let (status, _, _) = kit.http(Request::put(&ticket.path).body(Body::from(FILE)).unwrap()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // And none of it keeps the right file from coming in.
    assert_eq!(kit.put(&ticket, FILE.to_vec()).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn addresses_are_secret_and_expire() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let other = kit.request_upload(&ada, &track, FILE).await;
    let (address, _) = ticket.path.split_once('?').unwrap();
    let (_, others_token) = other.path.split_once("token=").unwrap();
    for path in [address.to_owned(), format!("{address}?token="), format!("{address}?token=x"), format!("{address}?token={others_token}")] {
        let (status, problem) = kit.put(&Ticket { path, ..ticket.clone() }, FILE.to_vec()).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("FORBIDDEN")), "{problem:#}");
    }
    let unknown = kit.test.platform.ids.next::<kernel::id::Upload>();
    for path in [format!("/uploads/{unknown}?token={others_token}"), "/uploads/x?token=y".into()] {
        assert_eq!(kit.put(&Ticket { path, ..ticket.clone() }, FILE.to_vec()).await.0, StatusCode::NOT_FOUND);
    }
    kit.test.clock.advance(TimeDelta::seconds(3599));
    assert_eq!(kit.put(&other, FILE.to_vec()).await.0, StatusCode::NO_CONTENT);
    kit.test.clock.advance(TimeDelta::seconds(1));
    assert_eq!(kit.put(&ticket, FILE.to_vec()).await.0, StatusCode::GONE);
}

#[tokio::test]
async fn of_two_transfers_of_one_upload_one_is_received() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let (sender, body) = slow_body();
    let first = kit.begin_put(&ticket, FILE.len(), body);
    // Taken out of the channel: the first has the right to the upload by then.
    sender.send(Ok(Bytes::from_static(&FILE[..5]))).await.unwrap();
    sender.send(Ok(Bytes::from_static(&FILE[5..9]))).await.unwrap();
    let (status, problem) = kit.put(&ticket, FILE.to_vec()).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("CONFLICT")));
    sender.send(Ok(Bytes::from_static(&FILE[9..]))).await.unwrap();
    drop(sender);
    assert_eq!(first.await.unwrap(), StatusCode::NO_CONTENT);
    assert_eq!(kit.blobs().await.len(), 1);
}

#[tokio::test]
async fn a_broken_transfer_leaves_nothing_and_can_be_tried_again() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let broken = futures::stream::iter([Ok(Bytes::from_static(&FILE[..9])), Err(std::io::Error::other("gone"))]);
    let (status, _) = kit.put_body(&ticket, Some(FILE.len()), Body::from_stream(broken)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(kit.blobs().await, Vec::<String>::new());

    // The server drops the handler of a client that has gone: the transfer is put in order all the same.
    let (sender, body) = slow_body();
    let dropped = kit.begin_put(&ticket, FILE.len(), body);
    sender.send(Ok(Bytes::from_static(&FILE[..5]))).await.unwrap();
    sender.send(Ok(Bytes::from_static(&FILE[5..9]))).await.unwrap();
    dropped.abort();
    assert!(dropped.await.unwrap_err().is_cancelled());
    sender.send(Err(std::io::Error::other("gone"))).await.unwrap();
    sender.closed().await;
    let retried = tokio::time::timeout(std::time::Duration::from_secs(20), async {
        loop {
            let status = kit.put(&ticket, FILE.to_vec()).await.0;
            if status != StatusCode::CONFLICT {
                return status;
            }
            tokio::task::yield_now().await;
        }
    });
    assert_eq!(retried.await.expect("the right to receive is given back"), StatusCode::NO_CONTENT);
    assert_eq!(kit.blobs().await.len(), 1);
}

#[tokio::test]
async fn a_transfer_whose_process_died_is_given_to_another_after_its_lease() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let ticket = kit.request_upload(&ada, &track, FILE).await;
    let (sender, body) = slow_body();
    let silent = kit.begin_put(&ticket, FILE.len(), body);
    sender.send(Ok(Bytes::from_static(&FILE[..9]))).await.unwrap();
    // Taken and dealt with: the runtime has one thread, which is here.
    drop(sender.reserve().await.unwrap());
    kit.test.clock.advance(TimeDelta::seconds(121));
    assert_eq!(kit.put(&ticket, FILE.to_vec()).await.0, StatusCode::NO_CONTENT);
    // The first comes back to life, and is told; what the second brought stays.
    sender.send(Ok(Bytes::from_static(&FILE[9..]))).await.unwrap();
    drop(sender);
    assert_eq!(silent.await.unwrap(), StatusCode::CONFLICT);
    assert_eq!(kit.blobs().await.len(), 1);
    kit.complete(&ada, &ticket.upload_id).await;
}

#[tokio::test]
async fn a_later_upload_replaces_an_earlier_one_until_it_is_processed() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let (first, second, third) =
        (kit.request_upload(&ada, &track, b"1").await, kit.request_upload(&ada, &track, b"2").await, kit.request_upload(&ada, &track, b"3").await);
    for (ticket, file) in [(&first, b"1"), (&second, b"2"), (&third, b"3")] {
        assert_eq!(kit.put(ticket, file.to_vec()).await.0, StatusCode::NO_CONTENT);
    }
    kit.complete(&ada, &first.upload_id).await;
    kit.complete(&ada, &second.upload_id).await;
    let mut kept = kit.blobs().await;
    kept.sort();
    let mut expected = [format!("uploads/{}", second.upload_id), format!("uploads/{}", third.upload_id)];
    expected.sort();
    assert_eq!(kept, expected, "the first is replaced, the third may still come");

    kit.hear(&kit.progressed(&track, &first.upload_id, 50)).await;
    assert_eq!(kit.state(&ada, &track).await, "UPLOADED", "reports on the replaced one are ignored");
    kit.hear(&kit.progressed(&track, &second.upload_id, 50)).await;
    let refusal = kit.refusal(&ada, COMPLETE, json!({ "id": third.upload_id })).await;
    assert!(refusal.is("CONFLICT", Some("uploadId")), "{refusal:?}");
    kit.hear(&kit.completed(&track, &second.upload_id)).await;
    assert_eq!(kit.complete(&ada, &third.upload_id).await["state"], "UPLOADED");
    kit.hear(&kit.completed(&track, &third.upload_id)).await;
    kit.ask(&ada, "mutation($id: ID!) { publishTrack(id: $id) { id } }", json!({ "id": track })).await;
    let input = json!({ "trackId": track, "fileName": "a", "mediaType": "audio/flac", "sizeBytes": 1, "sha256": sha256(b"a") });
    assert!(kit.refusal(&ada, REQUEST, json!({ "input": input })).await.is("CONFLICT", Some("trackId")));
}

#[tokio::test]
async fn of_concurrent_completions_of_two_uploads_each_is_told() {
    let kit = Kit::on(platform::testing::TestPlatform::postgres().await).await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let (one, two) = (kit.request_upload(&ada, &track, b"1").await, kit.request_upload(&ada, &track, b"2").await);
    kit.put(&one, b"1".to_vec()).await;
    kit.put(&two, b"2".to_vec()).await;
    let again = async || {
        let response = kit.execute(&ada, COMPLETE, json!({ "id": two.upload_id })).await;
        serde_json::to_value(&response).unwrap()
    };
    let (of_one, first, second) = tokio::join!(kit.complete(&ada, &one.upload_id), again(), again());
    assert_eq!(of_one["state"], "UPLOADED");
    let is_done = |answer: &Value| answer["data"]["completeTrackUpload"]["state"] == "UPLOADED";
    assert!(is_done(&first) || is_done(&second), "{first} {second}");
    for answer in [first, second] {
        // Repeated after the other one has replaced it, it is told that it is gone.
        assert!(is_done(&answer) || answer["errors"][0]["extensions"]["code"] == "NOT_FOUND", "{answer}");
    }
    // Whichever came last is the sound; the other's file is gone.
    assert_eq!(kit.blobs().await.len(), 1);
}

#[tokio::test]
async fn what_is_never_completed_is_forgotten_with_its_file() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let track = draft(&kit, &ada).await;
    let (received, completed) = (kit.request_upload(&ada, &track, FILE).await, kit.upload(&ada, &track, b"kept").await);
    kit.put(&received, FILE.to_vec()).await;
    let kept = [format!("uploads/{completed}")];
    let database = kit.context.databases[0].clone();
    let discard_uploads = catalog::application::UseCases::new(&catalog::ports(&kit.test.platform, &database)).discard_uploads;
    kit.test.clock.advance(TimeDelta::seconds(7200));
    discard_uploads.run().await.unwrap();
    assert_eq!(kit.blobs().await.len(), 2, "there is still time to complete it");
    kit.test.clock.advance(TimeDelta::seconds(1));
    // The loop itself, which looks at once and then stops.
    let stop = CancellationToken::new();
    stop.cancel();
    catalog::discard_regularly(discard_uploads, std::time::Duration::from_secs(3600), stop).await;
    assert_eq!(kit.blobs().await, kept);
    assert!(kit.refusal(&ada, COMPLETE, json!({ "id": received.upload_id })).await.is("NOT_FOUND", Some("uploadId")));
    assert_eq!(kit.put(&received, FILE.to_vec()).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_any_origin_may_send() {
    let kit = Kit::new().await;
    let request = Request::options("/uploads/x").header("origin", "https://app.example").header("access-control-request-method", "PUT");
    let (status, headers, _) = kit.http(request.header("access-control-request-headers", "content-type").body(Body::empty()).unwrap()).await;
    assert_eq!((status, headers["access-control-allow-origin"].to_str().unwrap()), (StatusCode::OK, "*"));
}
