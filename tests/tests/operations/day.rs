//! A day with every trusted operation.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tests::app::App;
use tests::client::Client;
use tests::eventually;
use tests::recording::Recording;

use crate::program::{Program, text};

const PASSWORD: &str = "a long secret of Ada's";
/// What a picture begins with; the rest is nobody's business but the viewer's.
const PICTURE: &[u8] = b"\x89PNG\r\n\x1a\n and so on";

#[tokio::test]
async fn each_trusted_operation_brings_data() {
    let program = Program::start().await;
    let ada = signs_up(&program).await;
    let shelf = publishes(&program, &ada).await;
    browses(&program, &shelf).await;
    plays(&program, &ada, &shelf).await;
    looks_after_her_data(&program, &ada).await;
    tidies_up(&program, &ada, &shelf).await;
    assert_eq!(program.unused(), Vec::<&str>::new(), "these operations of the manifest have no case here");
    // What is no trusted operation does not run.
    let refused = program.nobody().send("{ genres { slug } }", Value::Null).await;
    assert_eq!(refused.expect_error().code(), "PERSISTED_QUERY_ID_REQUIRED");
}

/// Ada's phone asks for a second factor, and then does without.
async fn second_factor(program: &Program, ada: &Client) {
    let setup = program.ask(ada, "BeginSecondFactor", json!({ "password": PASSWORD })).await;
    let app = App::scan(text(&setup["beginSecondFactor"]["uri"]));
    let paper = program.ask(ada, "ConfirmSecondFactor", json!({ "code": app.code(0) })).await;
    let nobody = program.nobody();
    let challenge = program.ask(&nobody, "SignIn", json!({ "input": { "login": "ada", "password": PASSWORD } })).await;
    let proof = json!({ "input": { "challenge": challenge["signIn"]["challenge"], "code": app.code(1) } });
    let completed = program.ask(&nobody, "CompleteSignIn", proof).await;
    let proof = json!({ "input": { "password": PASSWORD, "code": paper["confirmSecondFactor"]["codes"][0] } });
    program.ask(&signed_in(&nobody, &completed["completeSignIn"]), "TurnSecondFactorOff", proof).await;
}

/// What Ada has made.
struct Shelf {
    artist: String,
    album: String,
    track: String,
}

fn signed_in(nobody: &Client, payload: &Value) -> Client {
    nobody.with_token(text(&payload["accessToken"]))
}

async fn signs_up(program: &Program) -> Client {
    let nobody = program.nobody();
    let account = json!({ "username": "ada", "email": "ada@example.org", "password": PASSWORD });
    let registered = program.ask(&nobody, "Register", json!({ "input": account })).await;
    assert_eq!(registered["register"]["user"]["email"], "ada@example.org");
    let session = program.ask(&nobody, "SignIn", json!({ "input": { "login": "ada", "password": PASSWORD } })).await;
    let refreshed = program.ask(&nobody, "RefreshSession", json!({ "refreshToken": session["signIn"]["refreshToken"] })).await;
    let ada = signed_in(&nobody, &refreshed["refreshSession"]);
    second_factor(program, &ada).await;
    let profile = json!({ "displayName": "Ada", "bio": "Sings." });
    assert_eq!(program.ask(&ada, "UpdateProfile", json!({ "input": profile })).await["updateProfile"]["displayName"], "Ada");
    assert_eq!(program.ask(&ada, "Me", Value::Null).await["viewer"]["username"], "ada");
    shows_herself(program, &ada).await;
    let artist = program.ask(&ada, "BecomeArtist", Value::Null).await;
    assert_eq!(artist["becomeArtist"]["user"]["role"], "ARTIST");
    signed_in(&nobody, &artist["becomeArtist"])
}

/// Ada's picture, and what she wants otherwise than others.
async fn shows_herself(program: &Program, ada: &Client) {
    let shown = program.ask_with_file(ada, "UploadAvatar", &pixel()).await["uploadAvatar"]["avatar"]["url"].take();
    assert_eq!(ada.get(text(&shown)).await.bytes().await.expect("a picture"), pixel());
    assert_eq!(program.ask(ada, "DeleteAvatar", Value::Null).await["deleteAvatar"]["avatar"], Value::Null);
    let mut live = program.live(ada, "PreferencesChanged", Value::Null).await;
    let first = live.next().await.expect("what it is").expect_data()["preferencesChanged"].take();
    assert_eq!(program.ask(ada, "Preferences", Value::Null).await["preferences"], first);
    let input = json!({ "version": first["version"], "language": "de", "listeningVisibleTo": "FOLLOWERS" });
    let wanted = program.ask(ada, "UpdatePreferences", json!({ "input": input })).await["updatePreferences"].take();
    assert_eq!(live.next().await.expect("the change").expect_data()["preferencesChanged"], wanted);
}

/// A PNG of one white pixel.
fn pixel() -> Vec<u8> {
    const HEX: &str =
        "89504e470d0a1a0a0000000d4948445200000001000000010800000000 3a7e9b55 0000000a49444154789c63f80f00010101 001bb6ee56 0000000049454e44ae426082";
    hex::decode(HEX.replace(' ', "")).expect("a picture")
}

async fn publishes(program: &Program, ada: &Client) -> Shelf {
    let artist = program.ask(ada, "CreateArtist", json!({ "input": { "name": "Ada Sound" } })).await["createArtist"]["id"].take();
    let album = program.ask(ada, "CreateAlbum", json!({ "input": { "artistId": artist, "title": "First Light" } })).await["createAlbum"]["id"].take();
    let input = json!({ "artistId": artist, "albumId": album, "title": "Dawn", "trackNumber": 1 });
    let track = program.ask(ada, "CreateTrack", json!({ "input": input })).await["createTrack"]["id"].take();
    let edit = json!({ "id": track, "genres": [a_genre(program).await] });
    assert_eq!(program.ask(ada, "UpdateTrack", json!({ "input": edit })).await["updateTrack"]["genres"][0]["slug"], edit["genres"][0]);

    let recording = Recording::tone(2);
    let file = json!({
        "trackId": track, "fileName": recording.file_name, "mediaType": recording.media_type,
        "sizeBytes": recording.bytes.len(), "sha256": recording.sha256(),
    });
    let ticket = program.ask(ada, "RequestTrackUpload", json!({ "input": file })).await["requestTrackUpload"].take();
    send(ada, &ticket, recording.bytes).await;
    program.ask(ada, "CompleteTrackUpload", json!({ "uploadId": ticket["uploadId"] })).await;
    let mut live = program.live(ada, "TrackProcessing", json!({ "trackId": track })).await;
    loop {
        let processing = live.next().await.expect("it is told until the track is READY").expect_data()["trackProcessing"].take();
        assert_ne!(processing["state"], "FAILED", "{processing:#}");
        if processing["state"] == "READY" {
            break;
        }
    }
    let file = json!({ "albumId": album, "mediaType": "image/png", "sizeBytes": PICTURE.len(), "sha256": hex::encode(Sha256::digest(PICTURE)) });
    let ticket = program.ask(ada, "RequestArtworkUpload", json!({ "input": file })).await["requestArtworkUpload"].take();
    send(ada, &ticket, PICTURE.to_vec()).await;
    program.ask(ada, "CompleteArtworkUpload", json!({ "uploadId": ticket["uploadId"] })).await;

    assert_eq!(program.ask(ada, "PublishTrack", json!({ "id": track })).await["publishTrack"]["state"], "PUBLISHED");
    let studio = program.ask(ada, "Studio", json!({ "first": 10 })).await;
    assert_eq!((&studio["artists"]["nodes"][0]["name"], &studio["tracks"]["nodes"][0]["title"]), (&json!("Ada Sound"), &json!("Dawn")));
    Shelf { artist: text(&artist).to_owned(), album: text(&album).to_owned(), track: text(&track).to_owned() }
}

async fn a_genre(program: &Program) -> String {
    text(&program.ask(&program.nobody(), "Home", Value::Null).await["genres"][0]["slug"]).to_owned()
}

async fn send(person: &Client, ticket: &Value, bytes: Vec<u8>) {
    let headers = ticket["headers"].as_array().expect("headers");
    let headers: Vec<_> = headers.iter().map(|header| (text(&header["name"]).to_owned(), text(&header["value"]).to_owned())).collect();
    let sent = person.put(text(&ticket["url"]), &headers, bytes).await;
    assert!(sent.status().is_success(), "{}", sent.text().await.unwrap_or_default());
}

async fn browses(program: &Program, shelf: &Shelf) {
    let nobody = program.nobody();
    let home = program.ask(&nobody, "Home", Value::Null).await;
    assert_eq!((&home["albums"]["nodes"][0]["id"], &home["tracks"]["nodes"][0]["id"]), (&json!(shelf.album), &json!(shelf.track)));
    let genre = a_genre(program).await;
    let of_genre = program.ask(&nobody, "GenreTracks", json!({ "genre": genre, "first": 10 })).await;
    assert_eq!(of_genre["tracks"]["nodes"][0]["id"], shelf.track);
    for (name, list) in [("Artists", "artists"), ("Albums", "albums")] {
        let page = program.ask(&nobody, name, json!({ "first": 1 })).await[list].take();
        assert_eq!((page["nodes"].as_array().map(Vec::len), &page["pageInfo"]["hasNextPage"]), (Some(1), &json!(false)), "{page:#}");
        let next = program.ask(&nobody, name, json!({ "first": 1, "after": page["pageInfo"]["endCursor"] })).await[list].take();
        assert_eq!(next["nodes"], json!([]));
    }
    let found = program.ask(&nobody, "Find", json!({ "text": "daw" })).await;
    assert_eq!(found["tracks"]["nodes"][0]["id"], shelf.track);
    let artist = program.ask(&nobody, "ArtistPage", json!({ "id": shelf.artist })).await;
    assert_eq!(artist["artist"]["albums"]["nodes"][0]["id"], shelf.album);
    let album = program.ask(&nobody, "AlbumPage", json!({ "id": shelf.album })).await;
    assert_eq!(album["album"]["tracks"]["nodes"][0]["id"], shelf.track);
    assert!(album["album"]["artwork"]["url"].is_string(), "{album:#}");
    assert_eq!(program.ask(&nobody, "UserPage", json!({ "username": "ada" })).await["userByName"]["displayName"], "Ada");
}

async fn plays(program: &Program, ada: &Client, shelf: &Shelf) {
    let id = json!({ "id": shelf.track });
    // The news that it is published takes a moment to the service that streams it.
    eventually("the published track has a stream", async || {
        let track = program.ask(ada, "PlayTrack", id.clone()).await["track"].take();
        track["stream"]["url"].is_string().then_some(())
    })
    .await;
    let page = program.ask(&program.nobody(), "TrackPage", id).await["track"].take();
    assert!(page["waveform"]["data"].is_array(), "{page:#}");
    assert_eq!(page["uploadedBy"]["displayName"], "Ada");
}

/// What a phone's settings offer about what is kept of Ada.
async fn looks_after_her_data(program: &Program, ada: &Client) {
    // It takes a moment until everything that belongs to an account is there.
    eventually("Ada has a taste profile", async || {
        program.ask(ada, "MyTaste", Value::Null).await["viewer"]["tasteProfile"]["updatedAt"].is_string().then_some(())
    })
    .await;
    let taste = program.ask(ada, "SetFavouriteGenres", json!({ "slugs": [a_genre(program).await] })).await;
    assert_eq!(taste["setFavouriteGenres"]["genres"][0]["weight"], 1.0);

    let copy = program.ask(ada, "RequestDataExport", Value::Null).await["requestDataExport"]["id"].take();
    let mut live = program.live(ada, "DataExportProgress", json!({ "id": copy })).await;
    loop {
        let progress = live.next().await.expect("it is told until the copy is ready").expect_data()["dataExportProgress"].take();
        if progress["readyAt"].is_string() {
            break;
        }
    }
    let ending = program.ask(ada, "DeleteAccount", json!({ "password": PASSWORD })).await["deleteAccount"].take();
    let settings = program.ask(ada, "PrivacySettings", Value::Null).await;
    assert_eq!((&settings["dataExports"][0]["id"], &settings["accountDeletion"]["id"]), (&copy, &ending["id"]));
    assert_eq!(program.ask(ada, "CancelAccountDeletion", Value::Null).await["cancelAccountDeletion"], true);
}

async fn tidies_up(program: &Program, ada: &Client, shelf: &Shelf) {
    let id = json!({ "id": shelf.track });
    assert_eq!(program.ask(ada, "UnpublishTrack", id.clone()).await["unpublishTrack"]["state"], "READY");
    assert_eq!(program.ask(ada, "DeleteTrack", id).await["deleteTrack"], shelf.track);
    assert_eq!(program.ask(ada, "SignOut", Value::Null).await["signOut"], true);
}
