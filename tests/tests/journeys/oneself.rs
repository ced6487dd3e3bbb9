//! What people want otherwise, and show of themselves.

use cucumber::{given, then, when};
use serde_json::{Value, json};

use crate::journey::{Journey, Processing};
use crate::people::text;

const UPDATE: &str = "mutation($input: UpdatePreferencesInput!) { updatePreferences(input: $input) { version } }";
const UPLOAD: &str = "mutation($file: Upload!) { uploadAvatar(file: $file) { avatar { url } } }";

#[given(expr = "{word}'s other device follows what {word} wants")]
async fn follow(journey: &mut Journey, name: String, _same: String) {
    let mut live = journey.person(&name).live("subscription { preferencesChanged { version language } }", Value::Null).await;
    assert_eq!(live.next().await.expect("what it is").expect_data()["preferencesChanged"]["version"], 0);
    journey.processing = Some(Processing(live));
}

#[when(expr = "{word} wants the language {string} and shows what they listen to {word}")]
async fn want(journey: &mut Journey, name: String, language: String, audience: String) {
    let input = json!({ "version": 0, "language": language, "listeningVisibleTo": audience });
    journey.person(&name).ask(UPDATE, json!({ "input": input })).await;
}

#[then(expr = "{word}'s other device knows the language {string}")]
async fn knows(journey: &mut Journey, _name: String, language: String) {
    let live = &mut journey.processing.as_mut().expect("it follows").0;
    assert_eq!(live.next().await.expect("the change").expect_data()["preferencesChanged"]["language"], language);
}

#[when(expr = "{word}'s other device, which has not looked, wants the language {string}")]
async fn want_late(journey: &mut Journey, name: String, language: String) {
    let input = json!({ "version": 0, "language": language });
    journey.answer = Some(journey.person(&name).send(UPDATE, json!({ "input": input })).await);
}

/// A JPEG's container with what a camera writes into it; nobody here looks at the picture itself.
fn photograph(place: &str) -> Vec<u8> {
    let exif = [b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0".as_slice(), place.as_bytes()].concat();
    let length = u16::try_from(exif.len() + 2).expect("a short place").to_be_bytes();
    let (camera, frame, scan) =
        ([&[0xff, 0xe1], &length[..], &exif].concat(), b"\xff\xc0\0\x0b\x08\0\x01\0\x01\x01\x01\x11\0", b"\xff\xda\0\x08\x01\x01\0\0\x3f\0x");
    [b"\xff\xd8".as_slice(), &camera, frame, scan, b"\xff\xd9"].concat()
}

#[when(expr = "{word} shows a photograph that was taken {string}")]
async fn show(journey: &mut Journey, name: String, place: String) {
    journey.person(&name).send_file(UPLOAD, &photograph(&place)).await.expect_data();
}

#[when(expr = "{word} wants to show {string}")]
async fn show_else(journey: &mut Journey, name: String, what: String) {
    journey.answer = Some(journey.person(&name).send_file(UPLOAD, what.as_bytes()).await);
}

async fn avatar(journey: &Journey, name: &str) -> Value {
    let seen = "query($name: String!) { userByName(username: $name) { avatar { url } } }";
    journey.stranger().ask(seen, json!({ "name": name.to_lowercase() })).await["userByName"]["avatar"].take()
}

#[then(expr = "everybody sees the picture of {word}")]
async fn seen(journey: &mut Journey, name: String) {
    journey.address = Some(text(&avatar(journey, &name).await["url"]).to_owned());
    let picture = journey.stranger().get(journey.address()).await;
    assert_eq!((picture.status().as_u16(), &picture.headers()["content-type"]), (200, &"image/jpeg".parse().expect("a header")));
}

#[then(expr = "nobody can find {string} in it")]
async fn not_told(journey: &mut Journey, place: String) {
    let picture = journey.stranger().get(journey.address()).await.bytes().await.expect("a picture");
    assert!(!picture.windows(place.len()).any(|part| part == place.as_bytes()));
}

#[when(expr = "{word} takes their picture away")]
async fn take_away(journey: &mut Journey, name: String) {
    journey.person(&name).ask("mutation { deleteAvatar { id } }", Value::Null).await;
}

#[then(expr = "nobody sees a picture of {word}")]
async fn unseen(journey: &mut Journey, name: String) {
    assert_eq!(avatar(journey, &name).await, Value::Null);
    if let Some(address) = &journey.address {
        assert_eq!(journey.stranger().get(address).await.status(), 404);
    }
}
