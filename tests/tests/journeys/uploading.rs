//! Recordings on their way in: announced, sent, completed, processed, published.

use cucumber::{then, when};
use serde_json::{Value, json};
use tests::client::{Answer, Client};
use tests::eventually;
use tests::recording::Recording;

use crate::journey::{Journey, Processing};
use crate::people::text;

const REQUEST: &str = "mutation($input: RequestTrackUploadInput!) {
    requestTrackUpload(input: $input) { uploadId url method headers { name value } expiresAt }
}";
const COMPLETE: &str = "mutation($id: ID!) { completeTrackUpload(uploadId: $id) { id state } }";
// `uploadedBy` is another subgraph's: what is pushed is joined like any answer.
const PROCESSING: &str = "subscription($id: ID!) {
    trackProcessing(trackId: $id) { percent state failureReason track { title state uploadedBy { username } } }
}";
const PUBLISH: &str = "mutation($id: ID!) { publishTrack(id: $id) { state publishedAt } }";
const UNPUBLISH: &str = "mutation($id: ID!) { unpublishTrack(id: $id) { state } }";

/// What `requestTrackUpload` gives.
struct Ticket {
    upload: String,
    url: String,
    headers: Vec<(String, String)>,
}

impl Ticket {
    fn of(answer: Answer) -> Self {
        let ticket = answer.expect_data()["requestTrackUpload"].take();
        assert_eq!(ticket["method"], "PUT");
        let headers = ticket["headers"].as_array().expect("headers");
        Self {
            upload: text(&ticket["uploadId"]).to_owned(),
            url: text(&ticket["url"]).to_owned(),
            headers: headers.iter().map(|header| (text(&header["name"]).to_owned(), text(&header["value"]).to_owned())).collect(),
        }
    }
}

async fn request(client: &Client, track: &str, recording: &Recording) -> Answer {
    let input = json!({
        "trackId": track,
        "fileName": recording.file_name,
        "mediaType": recording.media_type,
        "sizeBytes": recording.bytes.len(),
        "sha256": recording.sha256(),
    });
    client.send(REQUEST, json!({ "input": input })).await
}

async fn complete(client: &Client, ticket: &Ticket) -> Answer {
    client.send(COMPLETE, json!({ "id": ticket.upload })).await
}

pub(crate) async fn upload(journey: &mut Journey, name: &str, title: &str, recording: Recording) {
    let client = journey.person(name).clone();
    let track = journey.track(title).to_owned();
    let ticket = Ticket::of(request(&client, &track, &recording).await);
    let sent = client.put(&ticket.url, &ticket.headers, recording.bytes).await;
    assert!(sent.status().is_success(), "{}", sent.text().await.unwrap_or_default());
    let completed = complete(&client, &ticket).await.expect_data();
    assert_eq!(completed["completeTrackUpload"]["id"], track);
    journey.processing = Some(Processing(client.live(PROCESSING, json!({ "id": track })).await));
}

#[when(expr = "{word} uploads a recording of {int} seconds to {string}")]
pub(crate) async fn upload_tone(journey: &mut Journey, name: String, secs: u32, title: String) {
    upload(journey, &name, &title, Recording::tone(secs)).await;
}

#[when(expr = "{word} uploads a text to {string} and calls it a recording")]
async fn upload_text(journey: &mut Journey, name: String, title: String) {
    upload(journey, &name, &title, Recording::text()).await;
}

/// What is pushed until the state is a final one, and that last one.
pub(crate) async fn follow(journey: &mut Journey, title: &str) -> (Vec<Value>, Value) {
    let mut live = journey.processing.take().expect("it is being processed").0;
    let mut pushed = Vec::new();
    loop {
        let answer = live.next().await.unwrap_or_else(|| panic!("the live operation ended before its time, after {pushed:#?}"));
        let processing = answer.expect_data()["trackProcessing"].take();
        assert_eq!(processing["track"]["title"], title);
        let state = text(&processing["state"]).to_owned();
        pushed.push(processing.clone());
        if matches!(state.as_str(), "READY" | "FAILED" | "HELD") {
            return (pushed, processing);
        }
    }
}

#[then(expr = "{word} sees the processing of {string} rise until it is READY")]
pub(crate) async fn rises_to_ready(journey: &mut Journey, name: String, title: String) {
    let (pushed, last) = follow(journey, &title).await;
    assert_eq!(last["state"], "READY", "{pushed:#?}");
    assert_eq!(last["track"]["state"], "READY", "{pushed:#?}");
    assert_eq!(last["track"]["uploadedBy"]["username"], name.to_lowercase(), "{pushed:#?}");
    let percents: Vec<_> = pushed.iter().map(|processing| processing["percent"].as_f64().expect("a percentage")).collect();
    assert!(percents.is_sorted() && percents.last() == Some(&100.0), "{percents:?}");
}

#[then(expr = "{string} gets READY")]
async fn gets_ready(journey: &mut Journey, title: String) {
    let journey = &*journey;
    eventually("the track is processed", async || {
        let state = journey.state_of(&title).await;
        assert_ne!(state, "FAILED");
        (state == "READY").then_some(())
    })
    .await;
}

#[then(expr = "the processing of {string} fails, with a reason that a person understands")]
async fn fails(journey: &mut Journey, title: String) {
    let (pushed, last) = follow(journey, &title).await;
    assert_eq!(last["state"], "FAILED", "{pushed:#?}");
    let reason = text(&last["failureReason"]);
    assert!(reason.contains("audio") || reason.contains("sound") || reason.contains("recording"), "{reason}");
    assert!(!reason.contains('/') && !reason.contains("::") && !reason.contains("Gst"), "not for people: {reason}");
}

#[when(expr = "{word} publishes {string}")]
pub(crate) async fn publish(journey: &mut Journey, name: String, title: String) {
    let published = journey.person(&name).ask(PUBLISH, json!({ "id": journey.track(&title) })).await["publishTrack"].take();
    assert_eq!(published["state"], "PUBLISHED");
    assert!(published["publishedAt"].is_string(), "{published:#}");
}

#[when(expr = "{word} unpublishes {string}")]
async fn unpublish(journey: &mut Journey, name: String, title: String) {
    let unpublished = journey.person(&name).ask(UNPUBLISH, json!({ "id": journey.track(&title) })).await["unpublishTrack"].take();
    assert_eq!(unpublished["state"], "READY");
}

#[then(expr = "{string} is still DRAFT")]
async fn still_draft(journey: &mut Journey, title: String) {
    assert_eq!(journey.state_of(&title).await, "DRAFT");
}

/// Announces one thing, sends another, and completes what was taken all the same.
async fn deceive(journey: &mut Journey, name: &str, title: &str, change: impl FnOnce(&mut Vec<u8>)) {
    let client = journey.person(name).clone();
    let mut recording = Recording::tone(2);
    let ticket = Ticket::of(request(&client, journey.track(title), &recording).await);
    change(&mut recording.bytes);
    let sent = client.put(&ticket.url, &ticket.headers, recording.bytes).await;
    journey.refusal = Some((sent.status().as_u16(), sent.text().await.expect("the answer comes to its end")));
    journey.answer = Some(complete(&client, &ticket).await);
}

#[when(expr = "{word} announces a recording for {string} and sends other bytes")]
async fn other_bytes(journey: &mut Journey, name: String, title: String) {
    deceive(journey, &name, &title, |bytes| bytes.reverse()).await;
}

#[when(expr = "{word} announces a recording for {string} and sends one byte more")]
async fn one_byte_more(journey: &mut Journey, name: String, title: String) {
    deceive(journey, &name, &title, |bytes| bytes.push(0)).await;
}

#[when(expr = "{word} announces a recording for {string} and sends one byte less")]
async fn one_byte_less(journey: &mut Journey, name: String, title: String) {
    deceive(journey, &name, &title, |bytes| bytes.truncate(bytes.len() - 1)).await;
}

#[then(expr = "the upload is refused because of {string}")]
async fn refused_because(journey: &mut Journey, field: String) {
    if let Some((status, text)) = journey.refusal.take() {
        assert!((400..500).contains(&status) && text.contains(&field), "{status} {text}");
        let completed = journey.answer.take().expect("it was completed all the same");
        assert!(!completed.errors.is_empty(), "a refused upload cannot be completed: {completed:#?}");
    } else {
        let completed = journey.answer.take().expect("it was completed all the same");
        assert_eq!(completed.expect_error().field(), Some(field.as_str()), "{completed:#?}");
    }
}

#[when(expr = "{word} announces a recording for {string} and sends nothing")]
async fn sends_nothing(journey: &mut Journey, name: String, title: String) {
    let client = journey.person(&name).clone();
    let ticket = Ticket::of(request(&client, journey.track(&title), &Recording::tone(2)).await);
    journey.answer = Some(complete(&client, &ticket).await);
}

#[when(expr = "{word} announces a recording for {string}")]
async fn announces(journey: &mut Journey, name: String, title: String) {
    journey.answer = Some(request(journey.person(&name), journey.track(&title), &Recording::tone(2)).await);
}

#[when(expr = "a stranger announces a recording for {string}")]
async fn stranger_announces(journey: &mut Journey, title: String) {
    journey.answer = Some(request(&journey.stranger(), journey.track(&title), &Recording::tone(2)).await);
}

#[when(expr = "{word} announces a file of the type {string} for {string}")]
async fn announces_type(journey: &mut Journey, name: String, media_type: String, title: String) {
    let recording = Recording { media_type, ..Recording::tone(2) };
    journey.answer = Some(request(journey.person(&name), journey.track(&title), &recording).await);
}

#[when(expr = "{word} announces a recording for {string} and sends it to an altered address")]
async fn altered_address(journey: &mut Journey, name: String, title: String) {
    let client = journey.person(&name).clone();
    let recording = Recording::tone(2);
    let ticket = Ticket::of(request(&client, journey.track(&title), &recording).await);
    // The middle of the token: neither its first character nor one whose last bits may not count.
    let token = ticket.url.find("token=").expect("the address carries a token") + "token=".len();
    let altered = alter(&ticket.url, token + (ticket.url.len() - token) / 2);
    let sent = client.put(&altered, &ticket.headers, recording.bytes).await;
    journey.refusal = Some((sent.status().as_u16(), sent.text().await.expect("the answer comes to its end")));
}

#[then("the altered address is refused")]
async fn altered_refused(journey: &mut Journey) {
    let (status, text) = journey.refusal.take().expect("it was sent");
    assert!(matches!(status, 401 | 403 | 404), "{status} {text}");
}

/// `address` with the character at `index` replaced by another that could stand there.
pub(crate) fn alter(address: &str, index: usize) -> String {
    let replacement = if address[index..].starts_with('A') { "B" } else { "A" };
    let mut altered = address.to_owned();
    altered.replace_range(index..=index, replacement);
    altered
}
