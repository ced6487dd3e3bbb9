//! What people show of themselves: pictures, and who tries to show something else.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use futures::TryStreamExt as _;
use http_body_util::BodyExt as _;
use kernel::Viewer;
use object_store::ObjectStore as _;
use platform::testing::TestPlatform;
use platform::upload::Upload;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;
use users::application::ports::UserRepository as _;
use users::application::ports::avatar::AvatarRepository as _;
use users::application::record::Record;
use users::domain::avatar::Avatar;
use users::domain::password::PasswordHash;
use users::infrastructure::avatar_repository::SqlAvatarRepository;
use users::infrastructure::migration::Migrator;
use users::infrastructure::user_repository::SqlUserRepository;

use crate::profile::gone;
use crate::repository::user;
use crate::support::{Answer, Users};

const UPLOAD: &str = "mutation($file: Upload!) { uploadAvatar(file: $file) { avatar { id url } } }";
const DELETE: &str = "mutation { deleteAvatar { avatar { id } } }";

/// A picture of one pixel in the colour of `shade`, that says where it was taken.
fn picture(shade: u8, size: u32) -> Vec<u8> {
    let chunk = |kind: &[u8], data: &[u8]| [&u32::try_from(data.len()).expect("short").to_be_bytes()[..], kind, data, b"crc!"].concat();
    let header = [&size.to_be_bytes()[..], &size.to_be_bytes(), &[8, 0, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".to_vec(), chunk(b"IHDR", &header), chunk(b"tEXt", b"Place\0At home"), chunk(b"IDAT", &[shade]), chunk(b"IEND", b"")].concat()
}

async fn upload(users: &Users, viewer: &Viewer, bytes: Vec<u8>) -> Answer {
    let file = Upload { file_name: "me.svg".into(), media_type: "text/html".into(), bytes: bytes.into() };
    users.ask(viewer, UPLOAD, json!({ "file": file.to_json() })).await
}

async fn get(users: &Users, path: &str, etag: Option<&str>) -> (StatusCode, HeaderMap, Bytes) {
    let request = etag.into_iter().fold(Request::get(path), |request, etag| request.header("if-none-match", etag));
    let response = users.started.context.http.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, response.into_body().collect().await.expect("a body").to_bytes())
}

fn path(avatar: &Json) -> String {
    let url = url::Url::parse(avatar["url"].as_str().expect("an address")).expect("an address");
    url.path().to_owned()
}

async fn blobs(users: &Users) -> usize {
    users.platform.platform.blobs.list(None).try_collect::<Vec<_>>().await.expect("a list").len()
}

#[tokio::test]
async fn descriptions_are_kept_one_an_account() {
    for platform in TestPlatform::each().await {
        let database = platform.platform.database::<Migrator>("users").await.expect("the database opens");
        let (users, avatars) = (SqlUserRepository::new(database.clone()), SqlAvatarRepository::new(database));
        let ids = &platform.platform.ids;
        let nina = user(ids, "nina");
        users.add(&nina, &PasswordHash::new("$hash".into()), &Record::NOTHING).await.unwrap();
        let [first, second, third] = [1, 2, 3].map(|size_bytes| Avatar {
            id: ids.next(),
            user_id: nina.id,
            media_type: "image/png".into(),
            size_bytes,
            sha256: "ab".into(),
            created_at: nina.created_at,
        });
        assert_eq!(avatars.replace(nina.id, Some(&first)).await.unwrap(), None, "{}", platform.adapter);
        assert_eq!(avatars.find(first.id).await.unwrap(), Some(first.clone()));
        let (one, two) = tokio::join!(avatars.replace(nina.id, Some(&second)), avatars.replace(nina.id, Some(&third)));
        let (one, two) = (one.unwrap(), two.unwrap());
        // Whoever came second was told of the other, so that no blob stays behind.
        assert!((one, two) == (Some(first.id), Some(second.id)) || (one, two) == (Some(third.id), Some(first.id)), "{one:?} {two:?}");
        let shown = users.find(&[nina.id]).await.unwrap().pop().unwrap().avatar_id;
        assert_eq!(avatars.replace(nina.id, None).await.unwrap(), shown);
        assert_eq!(avatars.replace(nina.id, None).await.unwrap(), None);
        assert_eq!(users.find(&[nina.id]).await.unwrap().pop().unwrap().avatar_id, None);
        assert_eq!(avatars.find(third.id).await.unwrap(), None);
        let nobody = ids.next();
        assert!(matches!(avatars.replace(nobody, None).await, Err(kernel::PortError::NotFound)));
    }
}

#[tokio::test]
async fn a_picture_is_shown_without_what_it_tells_replaced_and_taken_away() {
    for platform in TestPlatform::each().await {
        let users = Users::on(platform).await;
        let nina = users.register("nina").await;
        let viewer = nina.viewer(&users).await;
        let first = upload(&users, &viewer, picture(1, 1)).await.data()["uploadAvatar"]["avatar"].clone();
        let seen = users.ask(&Viewer::Anonymous, "{ userByName(username: \"nina\") { avatar { id url } } }", json!({})).await.data();
        assert_eq!(seen["userByName"]["avatar"], first, "everybody sees it");
        let (status, headers, body) = get(&users, &path(&first), None).await;
        assert_eq!((status, body.len()), (StatusCode::OK, picture(1, 1).len() - 25), "{}", users.platform.adapter);
        assert!(!body.windows(7).any(|part| part == b"At home"));
        for (name, value) in [
            ("content-type", "image/png"),
            ("x-content-type-options", "nosniff"),
            ("content-security-policy", "default-src 'none'"),
            ("cache-control", "public, max-age=3600, immutable"),
        ] {
            assert_eq!(headers[name], value);
        }
        let etag = headers["etag"].to_str().expect("a text");
        let (status, _, body) = get(&users, &path(&first), Some(etag)).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0));

        let second = upload(&users, &viewer, picture(2, 4096)).await.data()["uploadAvatar"]["avatar"].clone();
        assert_eq!(get(&users, &path(&first), None).await.0, StatusCode::NOT_FOUND);
        assert_eq!((get(&users, &path(&second), None).await.0, blobs(&users).await), (StatusCode::OK, 1));
        for _ in 0..2 {
            assert_eq!(users.ask(&viewer, DELETE, json!({})).await.data()["deleteAvatar"]["avatar"], Json::Null);
        }
        assert_eq!((get(&users, &path(&second), None).await.0, blobs(&users).await), (StatusCode::NOT_FOUND, 0));
    }
}

#[tokio::test]
async fn what_is_no_picture_is_refused_and_leaves_nothing() {
    let users = Users::start().await;
    let viewer = users.register("nina").await.viewer(&users).await;
    let cut = picture(1, 1);
    let too_large = [picture(1, 1), vec![0; 2 * 1024 * 1024]].concat();
    for bad in [Vec::new(), b"<svg onload=alert(1)>".to_vec(), b"GIF89a".to_vec(), cut[..cut.len() - 1].to_vec(), picture(1, 0), picture(1, 4097), too_large] {
        upload(&users, &viewer, bad).await.assert_refused("BAD_USER_INPUT", Some("file"));
    }
    for nobody in [Viewer::Anonymous, gone(&users.platform.platform.ids)] {
        upload(&users, &nobody, picture(1, 1)).await.assert_refused("UNAUTHENTICATED", None);
        users.ask(&nobody, DELETE, json!({})).await.assert_refused("UNAUTHENTICATED", None);
    }
    assert_eq!(blobs(&users).await, 0);
    for path in ["/avatars/x".to_owned(), format!("/avatars/{}", users.platform.platform.ids.next::<kernel::id::Avatar>())] {
        assert_eq!(get(&users, &path, None).await.0, StatusCode::NOT_FOUND);
    }
}
