//! Somebody who has left traces wherever a person can.

use kernel::events::{AccountMail, MailRequested};
use kernel::{Role, Viewer};
use serde_json::{Value, json};

use crate::search::Traces;
use crate::world::{PASSWORD, World, email, id};

pub(crate) const NAME: &str = "zyxwanderer";

pub(crate) struct Person {
    pub(crate) viewer: Viewer,
    pub(crate) traces: Traces,
}

/// A small picture: the chunks of a PNG, and nothing to see.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\0\0\0\0crc!\0\0\0\x01IDATxcrc!\0\0\0\0IENDcrc!";

/// An artist with music, a taste, mail that waits, a partner, sessions, and a history.
pub(crate) async fn live(world: &World) -> Person {
    let listener = world.register(NAME).await;
    let viewer = world.viewer(id(&listener), Role::Artist);
    let users = async |operation: &str, variables| world.ask("users", &viewer, operation, variables).await;
    users("mutation { updateProfile(input: { displayName: \"Zyx Wanderer\", bio: \"I am zyxwanderer\" }) { id } }", Value::Null).await;
    users("mutation { updatePreferences(input: { version: 0, language: \"de\" }) { version } }", Value::Null).await;
    let picture = platform::upload::Upload { file_name: "me.png".into(), media_type: "image/png".into(), bytes: PICTURE.into() };
    users("mutation($f: Upload!) { uploadAvatar(file: $f) { id } }", json!({ "f": picture.to_json() })).await;
    let sign_in = json!({ "login": NAME, "password": PASSWORD });
    world.ask("users", &Viewer::Anonymous, "mutation($i: SignInInput!) { signIn(input: $i) { __typename } }", json!({ "i": sign_in })).await;
    users(
        "mutation($i: RequestEmailChangeInput!) { requestEmailChange(input: $i) }",
        json!({ "i": { "email": "zyxwanderer@new.example", "password": PASSWORD } }),
    )
    .await;
    world.ask("users", &Viewer::Anonymous, "mutation($l: String!) { requestPasswordReset(login: $l) }", json!({ "l": email(NAME) })).await;
    let admin = world.viewer(id(&world.register("watcher").await), Role::Admin);
    let whose = json!({ "u": id(&viewer).to_string() });
    world.ask("users", &admin, "mutation($u: ID!) { setUserRole(userId: $u, role: ARTIST) { id } }", whose).await;
    world.ask("recommendations", &viewer, "mutation { setFavouriteGenres(slugs: [\"jazz\", \"dub\"]) { updatedAt } }", Value::Null).await;

    let catalog = async |operation: &str, variables| world.ask("catalog", &viewer, operation, variables).await;
    let artist = catalog("mutation { createArtist(input: { name: \"The Quiet Ones\" }) { id } }", Value::Null).await["createArtist"]["id"].clone();
    let input = json!({ "i": { "artistId": artist, "title": "Dawn" } });
    catalog("mutation($i: CreateAlbumInput!) { createAlbum(input: $i) { id } }", input.clone()).await;
    let track = catalog("mutation($i: CreateTrackInput!) { createTrack(input: $i) { id } }", input).await["createTrack"]["id"].clone();
    let upload = json!({ "i": { "trackId": track, "fileName": "zyxwanderer.flac", "mediaType": "audio/flac", "sizeBytes": 9, "sha256": "ab".repeat(32) } });
    catalog("mutation($i: RequestTrackUploadInput!) { requestTrackUpload(input: $i) { uploadId } }", upload).await;
    let cover = json!({ "i": { "artistId": artist, "file": picture.to_json() } });
    catalog("mutation($i: UploadArtworkInput!) { uploadArtwork(input: $i) { id } }", cover).await;
    world.settle().await;

    // Something that went wrong and waits for an operator, with the person's address in it.
    let events = world.test.platform.events("users");
    let mail = MailRequested {
        user_id: id(&viewer),
        mail: AccountMail::NewDevice,
        to: "nobody\n".into(),
        name: NAME.into(),
        ticket_id: None,
        expires_at: None,
        about: None,
    };
    world.test.platform.bus.publish(&[events.wrap(&mail)]).await.expect("the bus takes it");
    world.settle().await;
    Person { traces: Traces::of(id(&viewer), NAME), viewer }
}
