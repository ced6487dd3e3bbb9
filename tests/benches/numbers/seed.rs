//! An installation with an artist's published tracks, made through the public endpoint as an artist makes them.

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tests::client::Client;
use tests::eventually;
use tests::recording::Recording;

use crate::Bench;
use crate::server::Server;

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
const BECOME_ARTIST: &str = "mutation { becomeArtist { accessToken } }";
const CREATE_ARTIST: &str = "mutation($input: CreateArtistInput!) { createArtist(input: $input) { id } }";
const CREATE_ALBUM: &str = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }";
const CREATE_TRACK: &str = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id } }";
const REQUEST: &str = "mutation($input: RequestTrackUploadInput!) { requestTrackUpload(input: $input) { uploadId url headers { name value } } }";
const COMPLETE: &str = "mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id } }";
const STATE: &str = "query($id: ID!) { track(id: $id) { state failureReason } }";
const STREAM: &str = "query($id: ID!) { track(id: $id) { stream { url } } }";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { state } }";

/// So many that few requests in flight are the same; more would not fit on the pages that are asked for.
const TRACKS: u32 = 16;

/// A data folder, and what is needed to ask about it.
pub(crate) struct Seeded {
    /// The folder; nobody runs on it.
    pub(crate) data: PathBuf,
    /// The published tracks.
    pub(crate) tracks: Vec<String>,
    /// Whose they are.
    pub(crate) artist: String,
    /// What they are on.
    pub(crate) album: String,
    /// A track that nobody has uploaded anything for, so that it never stops waiting.
    pub(crate) draft: String,
    /// The artist's access token: good for fifteen minutes, and on a copy of the folder as well.
    pub(crate) token: String,
}

impl Seeded {
    /// What the token says; only its issuer and its readers need to believe it.
    pub(crate) fn claims(&self) -> Value {
        let claims = self.token.split('.').nth(1).expect("a JSON web token has three parts");
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("the parts are base64url")).expect("the claims are JSON")
    }

    /// The same installation in another folder.
    pub(crate) fn copy(&self, to: &Path) {
        copy_folder(&self.data, to).expect("a folder can be copied");
    }
}

pub(crate) async fn seed(bench: &Bench) -> Seeded {
    let data = bench.path("seeded");
    let server = Server::up(&data, &[]);
    let stranger = Client::anonymous(&server.url());
    let input = json!({ "username": "ada", "email": "ada@example.org", "password": "Ada keeps a long secret", "displayName": "Ada" });
    let registered = stranger.ask(REGISTER, json!({ "input": input })).await;
    let artist = stranger.with_token(text(&registered["register"]["accessToken"]));
    let token = text(&artist.ask(BECOME_ARTIST, Value::Null).await["becomeArtist"]["accessToken"]).to_owned();
    let artist = stranger.with_token(&token);

    let performer = artist.ask(CREATE_ARTIST, json!({ "input": { "name": "Ada Sound" } })).await["createArtist"]["id"].take();
    let album = artist.ask(CREATE_ALBUM, json!({ "input": { "artistId": performer, "title": "First Light" } })).await["createAlbum"]["id"].take();
    let recording = Recording::tone(2);
    let mut tracks = Vec::new();
    for number in 1..=TRACKS {
        let input = json!({ "artistId": performer, "albumId": album, "title": format!("Light {number}"), "trackNumber": number });
        let track = text(&artist.ask(CREATE_TRACK, json!({ "input": input })).await["createTrack"]["id"]).to_owned();
        upload(&artist, &track, &recording).await;
        tracks.push(track);
    }
    for track in &tracks {
        eventually("a track is processed", async || {
            let state = artist.ask(STATE, json!({ "id": track })).await["track"].take();
            assert_ne!(state["state"], "FAILED", "{state}");
            (state["state"] == "READY").then_some(())
        })
        .await;
        artist.ask(PUBLISH, json!({ "id": track })).await;
    }
    for track in &tracks {
        eventually("a published track has a stream", async || {
            let answer = artist.ask(STREAM, json!({ "id": track })).await;
            answer["track"]["stream"]["url"].is_string().then_some(())
        })
        .await;
    }
    let input = json!({ "artistId": performer, "title": "Not yet" });
    let draft = text(&artist.ask(CREATE_TRACK, json!({ "input": input })).await["createTrack"]["id"]).to_owned();
    server.stop();
    Seeded { data, tracks, artist: text(&performer).to_owned(), album: text(&album).to_owned(), draft, token }
}

async fn upload(artist: &Client, track: &str, recording: &Recording) {
    let input = json!({
        "trackId": track,
        "fileName": recording.file_name,
        "mediaType": recording.media_type,
        "sizeBytes": recording.bytes.len(),
        "sha256": recording.sha256(),
    });
    let ticket = artist.ask(REQUEST, json!({ "input": input })).await["requestTrackUpload"].take();
    let headers = ticket["headers"].as_array().expect("headers");
    let headers: Vec<_> = headers.iter().map(|header| (text(&header["name"]).to_owned(), text(&header["value"]).to_owned())).collect();
    let sent = artist.put(text(&ticket["url"]), &headers, recording.bytes.clone()).await;
    assert!(sent.status().is_success(), "the upload is taken: {}", sent.status());
    artist.ask(COMPLETE, json!({ "id": ticket["uploadId"] })).await;
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
