//! Accounts, and what artists make before there is a recording.

use cucumber::{given, then, when};
use serde_json::{Value, json};

use crate::journey::Journey;

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) { accessToken user { username role } } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken user { username } } } }";
const BECOME_ARTIST: &str = "mutation { becomeArtist { accessToken user { role } } }";
const CREATE_ARTIST: &str = "mutation($input: CreateArtistInput!) { createArtist(input: $input) { id } }";
const CREATE_ALBUM: &str = "mutation($input: CreateAlbumInput!) { createAlbum(input: $input) { id } }";
const CREATE_TRACK: &str = "mutation($input: CreateTrackInput!) { createTrack(input: $input) { id state } }";

#[given(expr = "{word} registers")]
#[when(expr = "{word} registers")]
pub(crate) async fn register(journey: &mut Journey, name: String) {
    let input = json!({
        "username": name.to_lowercase(),
        "email": format!("{}@example.org", name.to_lowercase()),
        "password": password(&name),
        "displayName": name,
    });
    let stranger = journey.stranger();
    let registered = stranger.ask(REGISTER, json!({ "input": input })).await["register"].take();
    let user = &registered["user"];
    assert_eq!((&user["username"], &user["role"]), (&json!(name.to_lowercase()), &json!("USER")));
    journey.people.insert(name, stranger.with_token(text(&registered["accessToken"])));
}

#[given(expr = "{word} has registered and become an artist")]
async fn become_artist(journey: &mut Journey, name: String) {
    register(journey, name.clone()).await;
    let person = journey.person(&name).clone();
    let payload = person.ask(BECOME_ARTIST, Value::Null).await["becomeArtist"].take();
    assert_eq!(payload["user"]["role"], "ARTIST");
    journey.people.insert(name, person.with_token(text(&payload["accessToken"])));
}

#[then(expr = "{word} can sign in again")]
async fn sign_in(journey: &mut Journey, name: String) {
    let stranger = journey.stranger();
    let input = json!({ "login": name.to_lowercase(), "password": password(&name) });
    let payload = stranger.ask(SIGN_IN, json!({ "input": input })).await["signIn"].take();
    assert_eq!(payload["user"]["username"], name.to_lowercase());
    journey.people.insert(name, stranger.with_token(text(&payload["accessToken"])));
}

#[given(expr = "{word} has made the track {string} on the album {string} by {string}")]
async fn make_track(journey: &mut Journey, name: String, title: String, album: String, artist: String) {
    let person = journey.person(&name);
    let artist = person.ask(CREATE_ARTIST, json!({ "input": { "name": artist } })).await["createArtist"]["id"].take();
    let album = person.ask(CREATE_ALBUM, json!({ "input": { "artistId": artist, "title": album } })).await["createAlbum"]["id"].take();
    let input = json!({ "artistId": artist, "albumId": album, "title": title, "trackNumber": 1 });
    let track = person.ask(CREATE_TRACK, json!({ "input": input })).await["createTrack"].take();
    assert_eq!(track["state"], "DRAFT");
    journey.tracks.insert(title, text(&track["id"]).to_owned());
}

#[given(expr = "{word} has published the track {string} with a recording of {int} second(s)")]
async fn published_track(journey: &mut Journey, name: String, title: String, secs: u32) {
    become_artist(journey, name.clone()).await;
    make_track(journey, name.clone(), title.clone(), "First Light".into(), "Ada Sound".into()).await;
    crate::uploading::upload_tone(journey, name.clone(), secs, title.clone()).await;
    crate::uploading::rises_to_ready(journey, name.clone(), title.clone()).await;
    crate::uploading::publish(journey, name, title).await;
}

#[then(regex = r"^(\w+|the stranger) (?:is told) (\w+)$")]
async fn told(journey: &mut Journey, _name: String, code: String) {
    let answer = journey.answer.take().expect("something was wanted");
    assert_eq!(answer.expect_error().code(), code, "{answer:#?}");
}

#[then(expr = "{word} is told {word} about {string}")]
async fn told_about(journey: &mut Journey, _name: String, code: String, field: String) {
    let answer = journey.answer.take().expect("something was wanted");
    let error = answer.expect_error();
    assert_eq!((error.code(), error.field()), (code.as_str(), Some(field.as_str())), "{answer:#?}");
}

pub(crate) fn password(name: &str) -> String {
    format!("{name} keeps a long secret")
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
