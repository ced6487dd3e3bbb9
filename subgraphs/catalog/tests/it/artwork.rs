//! Pictures of artists and albums.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use kernel::Viewer;
use serde_json::{Value, json};

use crate::kit::{Kit, Ticket, sha256, text};

const REQUEST: &str = "mutation($input: RequestArtworkUploadInput!) {
    requestArtworkUpload(input: $input) { uploadId url method headers { name value } expiresAt }
}";
const COMPLETE: &str = "mutation($id: ID!) { completeArtworkUpload(uploadId: $id) { id url } }";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

fn input(subject: &Value, file: &[u8]) -> Value {
    let mut input = json!({ "mediaType": "image/png", "sizeBytes": file.len(), "sha256": sha256(file) });
    for (field, id) in subject.as_object().unwrap() {
        input[field] = id.clone();
    }
    json!({ "input": input })
}

async fn send(kit: &Kit, viewer: &Viewer, subject: &Value, file: &[u8]) -> Value {
    let ticket = Ticket::of(&kit.ask(viewer, REQUEST, input(subject, file)).await["requestArtworkUpload"]);
    assert_eq!(kit.put(&ticket, file.to_vec()).await.0, StatusCode::NO_CONTENT);
    let completed = kit.ask(viewer, COMPLETE, json!({ "id": ticket.upload_id })).await["completeArtworkUpload"].take();
    assert_eq!(kit.ask(viewer, COMPLETE, json!({ "id": ticket.upload_id })).await["completeArtworkUpload"], completed, "again");
    completed
}

#[tokio::test]
async fn pictures_are_shown_and_replaced() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let picture = send(&kit, &ada, &json!({ "artistId": artist }), PNG).await;
    let cover = send(&kit, &ada, &json!({ "albumId": album }), &[PNG, b"!"].concat()).await;
    let shown = kit
        .ask(&Viewer::Anonymous, "query($id: ID!) { artist(id: $id) { artwork { id url } albums { nodes { artwork { id } } } } }", json!({ "id": artist }))
        .await;
    assert_eq!(shown["artist"], json!({ "artwork": picture, "albums": { "nodes": [{ "artwork": { "id": cover["id"] } }] } }));

    let path = text(&picture["url"]).strip_prefix("http://127.0.0.1:4000").unwrap().to_owned();
    let (status, headers, body) = kit.http(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!((status, &*body), (StatusCode::OK, PNG));
    for (name, value) in
        [("content-type", "image/png"), ("content-length", "18"), ("x-content-type-options", "nosniff"), ("content-security-policy", "default-src 'none'")]
    {
        assert_eq!(headers[name], value);
    }
    assert!(headers["cache-control"].to_str().unwrap().contains("immutable"));
    let known = Request::get(&path).header("if-none-match", format!("\"x\", W/{}", headers["etag"].to_str().unwrap()));
    let (status, _, body) = kit.http(known.body(Body::empty()).unwrap()).await;
    assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));

    send(&kit, &ada, &json!({ "artistId": artist }), &[PNG, b"?"].concat()).await;
    assert_eq!(kit.http(Request::get(&path).body(Body::empty()).unwrap()).await.0, StatusCode::NOT_FOUND);
    assert_eq!(kit.blobs().await.len(), 2);
    kit.ask(&ada, "mutation($id: ID!) { deleteArtist(id: $id) }", json!({ "id": artist })).await;
    assert_eq!(kit.blobs().await, Vec::<String>::new());
}

#[tokio::test]
async fn small_pictures_come_in_one_request() {
    const UPLOAD: &str = "mutation($input: UploadArtworkInput!) { uploadArtwork(input: $input) { id url } }";
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let file = |media_type: &str, bytes: &'static [u8]| {
        platform::upload::Upload { file_name: "a".into(), media_type: media_type.into(), bytes: bytes.into() }.to_json()
    };
    let input = |file: Value| json!({ "input": { "artistId": artist, "file": file } });
    let picture = kit.ask(&ada, UPLOAD, input(file("image/png", PNG))).await["uploadArtwork"].take();
    let shown = kit.ask(&Viewer::Anonymous, "query($id: ID!) { artist(id: $id) { artwork { id url } } }", json!({ "id": artist })).await;
    assert_eq!(shown["artist"]["artwork"], picture);
    let path = text(&picture["url"]).strip_prefix("http://127.0.0.1:4000").unwrap().to_owned();
    let (status, _, body) = kit.http(Request::get(&path).body(Body::empty()).unwrap()).await;
    assert_eq!((status, &*body), (StatusCode::OK, PNG));

    for bad in [file("text/html", PNG), file("image/png", b"no picture"), file("image/png", b"")] {
        assert!(kit.refusal(&ada, UPLOAD, input(bad)).await.is("BAD_USER_INPUT", Some("file")));
    }
    assert!(kit.refusal(&kit.artist(), UPLOAD, input(file("image/png", PNG))).await.is("FORBIDDEN", None));
}

#[tokio::test]
async fn bad_pictures_are_refused_by_field() {
    let kit = Kit::new().await;
    let ada = kit.artist();
    let artist = kit.new_artist(&ada, "Ada Sound").await;
    let album = kit.new_album(&ada, &artist, "First Light").await;
    let ids = &kit.test.platform.ids;
    let good = json!({ "artistId": artist, "mediaType": "image/png", "sizeBytes": 1, "sha256": sha256(b"a") });
    let bad = [
        ("artistId", json!(null), "BAD_USER_INPUT"),
        ("artistId", json!(album), "BAD_USER_INPUT"),
        ("artistId", json!(ids.next::<kernel::id::Artist>().to_string()), "NOT_FOUND"),
        ("albumId", json!(album), "BAD_USER_INPUT"),
        ("mediaType", json!("image/svg+xml"), "BAD_USER_INPUT"),
        ("sizeBytes", json!(10_485_761), "BAD_USER_INPUT"),
        ("sizeBytes", json!(0), "BAD_USER_INPUT"),
        ("sha256", json!(""), "BAD_USER_INPUT"),
    ];
    kit.refuses(&ada, REQUEST, &good, &bad).await;
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, REQUEST, json!({ "input": good })).await.is(code, None));
    }

    let text = b"<svg onload=alert(1)>";
    let ticket = Ticket::of(&kit.ask(&ada, REQUEST, input(&json!({ "artistId": artist }), text)).await["requestArtworkUpload"]);
    let (status, problem) = kit.put(&ticket, text.to_vec()).await;
    assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("mediaType")));
    assert_eq!(kit.blobs().await, Vec::<String>::new());
    assert!(kit.refusal(&ada, COMPLETE, json!({ "id": ticket.upload_id })).await.is("CONFLICT", Some("uploadId")));
    for (viewer, code) in [(kit.artist(), "FORBIDDEN"), (Viewer::Anonymous, "UNAUTHENTICATED")] {
        assert!(kit.refusal(&viewer, COMPLETE, json!({ "id": ticket.upload_id })).await.is(code, None));
    }
    // The upload of a recording is none of a picture, and the other way round.
    let track = kit.new_track(&ada, &artist, None, "Dawn").await;
    let recording = kit.request_upload(&ada, &track, b"x").await;
    for (operation, id) in [
        (COMPLETE, json!(recording.upload_id)),
        ("mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id } }", json!(ticket.upload_id)),
        (COMPLETE, json!(ids.next::<kernel::id::Upload>().to_string())),
    ] {
        assert!(kit.refusal(&ada, operation, json!({ "id": id })).await.is("NOT_FOUND", Some("uploadId")));
    }
    assert!(kit.refusal(&ada, COMPLETE, json!({ "id": "x" })).await.is("BAD_USER_INPUT", Some("uploadId")));
    for path in ["/artwork/x".to_owned(), format!("/artwork/{}", ids.next::<kernel::id::Artwork>())] {
        assert_eq!(kit.http(Request::get(path).body(Body::empty()).unwrap()).await.0, StatusCode::NOT_FOUND);
    }
}
