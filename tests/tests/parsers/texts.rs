//! Parsers of texts.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalog::application::listing::{Order, Slice};
use catalog::domain::artwork::begins_like;
use catalog::domain::bio::Bio;
use catalog::domain::fingerprint::Fingerprint;
use catalog::domain::isrc::Isrc;
use catalog::domain::name::Name;
use catalog::domain::recording_review::Reason;
use catalog::domain::release_date;
use catalog::domain::upload::FileClaim;
use gateway::parsers::{self, Inputs};
use gateway::public_schema::PublicSchema;
use kernel::id::{TrackId, UserId};
use kernel::{Cursor, OsRandomness, PageRequest, Scope, SystemClock, Viewer};
use platform::api_key::{ApiKeySecret, KeyQuestions};
use platform::one_time::OneTimeTokens;
use platform::sealed::Sealer;
use platform::testing::parsers::{almost_right, almost_right_text, cases};
use platform::viewer_token::ViewerTokens;
use playback::domain::media_file::MediaFile;
use playback::domain::waveform::{Points, Waveform};
use proptest::prelude::*;
use users::domain::email::Email;
use users::domain::second_factor::{Code, TotpSecret};
use users::domain::username::Username;

/// What is right, to be changed a little.
const TEXTS: &[&str] = &[
    "track_01jd3q5v6me7ht0c4z2x9f8k1w",
    "user_01jd3q5v6me7ht0c4z2x9f8k1w",
    "WyJOYW1lIiwiYSIsIjAxOGYwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd",
    "Ada Sound",
    "USRC17607839",
    "US-RC1-76-07839",
    "2024-02-29",
    "ada@example.org",
    "catalog:read",
    "ABCDE-FGHJK",
    "123456",
    "audio/flac; charset=utf-8",
    "index.m3u8",
    "0.m4s",
    "type Query { track(id: ID!): Track @deprecated(reason: \"\"\"no\"\"\") } type Track { id: ID! }",
    "{\"sample_rate\":44100,\"samples_per_pixel\":256,\"bits\":8,\"data\":[-1,1,-128,127]}",
];

/// A fingerprint of fpcalc's, and its text's bytes.
static FINGERPRINTS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let text = "AQAAE0mUaEkSZUkUHP8AAAAAAAA";
    vec![URL_SAFE_NO_PAD.decode(text).unwrap(), vec![1, 0, 0, 2, 0x41, 0], vec![1, 0, 15, 160], [vec![1, 0, 0, 200], vec![0x49; 600]].concat()]
});

static PICTURES: LazyLock<Vec<Vec<u8>>> =
    LazyLock::new(|| vec![b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec(), b"\xff\xd8\xff\xe0\0\x10JFIF\0".to_vec(), b"RIFF\x10\0\0\0WEBPVP8 ".to_vec()]);

const MANIFESTS: &[&str] = &[
    r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"sha256:a","name":"A","type":"query","body":"{ a }"}]}"#,
    r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#,
];

const VARIABLES: &[&str] = &[r#"{"text":"a","int":1,"ints":[[1],2],"kind":"FIRST","one":{"a":1},"all":[{"text":"b"}],"other":{"x":[]}}"#];

static INPUTS: LazyLock<Inputs> = LazyLock::new(|| {
    let schema = "type Query { a(all: All): Int } input All { int: Int, ints: [[Int!]!], text: String!, kind: Kind, one: One, all: [All!], other: Other }
        input One @oneOf { a: Int, b: All } enum Kind { FIRST SECOND } scalar Other directive @oneOf on INPUT_OBJECT";
    Inputs::of(schema).unwrap()
});

/// Any JSON, a few levels deep.
fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf =
        prop_oneof![Just(serde_json::Value::Null), any::<bool>().prop_map(Into::into), any::<i64>().prop_map(Into::into), any::<String>().prop_map(Into::into)];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            prop::collection::hash_map("[a-z]{0,5}", inner, 0..6).prop_map(|fields| fields.into_iter().collect::<serde_json::Map<_, _>>().into()),
        ]
    })
}

/// RFC 4648 §6, without padding, read bit by bit.
fn base32(text: &str) -> Option<Vec<u8>> {
    let value = |letter: u8| b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".iter().position(|known| *known == letter);
    let mut bits = Vec::new();
    for letter in text.bytes() {
        let value = value(letter)?;
        bits.extend((0..5).rev().map(|bit| u8::from(value >> bit & 1 == 1)));
    }
    Some(bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |sum, bit| sum << 1 | bit)).collect())
}

const SECRET: &str = "a secret of the tests that is long enough";

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn ids(text in almost_right_text(TEXTS)) {
        if let Ok(id) = text.parse::<TrackId>() {
            prop_assert_eq!(id.to_string().parse::<TrackId>(), Ok(id));
            prop_assert!(text.parse::<UserId>().is_err(), "of one kind alone");
        }
    }

    #[test]
    fn cursors(text in almost_right_text(TEXTS), name in any::<String>(), number in any::<i64>()) {
        let _ = Cursor::from_text(text.as_str()).decode::<(String, i64)>("after");
        for order in [Order::Name, Order::Newest, Order::Position] {
            let _ = Slice::of(order, &PageRequest { cursor: Some(Cursor::from_text(text.as_str())), ..PageRequest::first(1) });
        }
        prop_assert_eq!(Cursor::encode(&(&name, number)).decode::<(String, i64)>("after"), Ok((name, number)));
    }

    #[test]
    fn what_is_said_of_music(text in almost_right_text(TEXTS), size in any::<i64>()) {
        if let Ok(name) = Name::parse("title", &text) {
            prop_assert_eq!(Name::parse("title", name.as_str()), Ok(name));
        }
        if let Ok(Some(bio)) = Bio::parse(&text) {
            prop_assert_eq!(Bio::parse(bio.as_str()), Ok(Some(bio)));
        }
        if let Ok(Some(reason)) = Reason::parse(&text) {
            prop_assert!(reason.as_str().chars().count() <= 500);
        }
        if let Ok(Some(isrc)) = Isrc::parse(&text) {
            prop_assert_eq!(isrc.as_str().len(), 12);
            prop_assert_eq!(Isrc::parse(isrc.as_str()), Ok(Some(isrc)));
        }
        if let Ok(date) = release_date::parse(&text) {
            prop_assert_eq!(release_date::parse(&date.to_string()), Ok(date));
        }
        if let Ok(claim) = FileClaim::recording(&text, &text, size, &text, 1000) {
            prop_assert!(claim.size_bytes <= 1000 && !claim.file_name.contains('/'));
        }
    }

    #[test]
    fn fingerprints(bytes in almost_right(&FINGERPRINTS), text in almost_right_text(TEXTS)) {
        let _ = Fingerprint::parse(&text);
        if let Some(fingerprint) = Fingerprint::parse(&URL_SAFE_NO_PAD.encode(bytes)) {
            prop_assert!(fingerprint.to_bytes().len() <= 16_000 && fingerprint.terms().len() <= 500, "bounded whatever the header says");
            prop_assert_eq!(Fingerprint::from_stored(&fingerprint.to_bytes()), fingerprint.clone());
            if let Some(found) = fingerprint.find_in(&fingerprint) {
                prop_assert!((0.8..=1.0).contains(&found.similarity));
            }
        }
    }

    #[test]
    fn pictures(bytes in almost_right(&PICTURES), media_type in almost_right_text(&["image/png", "image/jpeg", "image/webp"])) {
        let _ = begins_like(&media_type, &bytes);
    }

    #[test]
    fn who_somebody_says_they_are(text in almost_right_text(TEXTS)) {
        if let Ok(name) = Username::parse(&text) {
            prop_assert!(!name.skeleton().is_empty());
            prop_assert_eq!(Username::parse(name.as_str()).map(|again| again.as_str().to_owned()), Ok(name.as_str().to_owned()));
        }
        if let Ok(email) = Email::parse(&text) {
            prop_assert_eq!(Email::parse(email.as_str()).map(|again| again.key().to_owned()), Ok(email.key().to_owned()));
        }
        let _ = Code::parse("code", &text);
        let _ = text.parse::<Scope>();
        // No code but the right one opens, and a text is no code.
        let totp = TotpSecret::generate(&OsRandomness);
        let now = chrono::DateTime::from_timestamp(1_700_000_000, 0).unwrap();
        if totp.step_of(&text, now, 0).is_ok_and(|step| step.is_some()) {
            prop_assert!(text.chars().filter(char::is_ascii_digit).count() == 6);
        }
    }

    #[test]
    fn tokens_open_to_the_right_text_alone(text in almost_right_text(TEXTS), at in any::<prop::sample::Index>(), with in any::<char>()) {
        let viewers = ViewerTokens::new(SECRET, Arc::new(SystemClock));
        let sealer = Sealer::new(SECRET, "test");
        let one_time = OneTimeTokens::new(SECRET);
        let questions = KeyQuestions::new(SECRET, Arc::new(SystemClock));
        prop_assert!(viewers.verify(&text).is_err() && sealer.open(b"", &text).is_err() && questions.verify(&text).is_err());
        prop_assert!(one_time.verify::<kernel::id::Track>(&text).is_none());
        let _ = ApiKeySecret::parse(&text);

        let changed = |right: &str| {
            let mut changed: Vec<char> = right.chars().collect();
            let at = at.index(changed.len());
            changed[at] = with;
            changed.into_iter().collect::<String>()
        };
        let token = viewers.sign(&Viewer::Anonymous).unwrap();
        if let Ok(viewer) = viewers.verify(&changed(&token)) {
            // The last letter of base64 may have bits that count for nothing.
            prop_assert_eq!(viewer, Viewer::Anonymous);
        }
        let sealed = sealer.seal(&OsRandomness, b"for", text.as_bytes());
        prop_assert_eq!(sealer.open(b"for", &sealed).ok(), Some(text.clone().into_bytes()));
        prop_assert!(sealer.open(b"for others", &sealed).is_err());
        if let Ok(plain) = sealer.open(b"for", &changed(&sealed)) {
            prop_assert_eq!(plain, text.into_bytes());
        }
        let key = ApiKeySecret::generate(&OsRandomness);
        prop_assert_eq!(ApiKeySecret::parse(key.as_str()).map(|again| again.hash()).ok(), Some(key.hash()));
    }

    #[test]
    fn names_of_media_files_lead_nowhere_else(rendition in almost_right_text(&["aac-64", "flac"]), file in almost_right_text(&["index.m3u8", "0.m4s", "init.mp4", "master.m3u8", "1.key"])) {
        if MediaFile::of_rendition(&rendition, &file).is_some() {
            for part in [&rendition, &file] {
                prop_assert!(part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) && !part.starts_with('.'), "{part:?}");
            }
        }
        let _ = MediaFile::of_ladder(&file);
    }

    #[test]
    fn peaks(text in almost_right_text(TEXTS), points in prop::collection::vec(any::<[i16; 2]>(), 0..200), wanted in any::<i32>()) {
        let _ = serde_json::from_str::<Waveform>(&text);
        let waveform = Waveform { sample_rate: 44_100, samples_per_pixel: u32::MAX, bits: 8, data: points.into_flattened() };
        prop_assert_eq!(serde_json::from_str::<Waveform>(&serde_json::to_string(&waveform).unwrap()).ok(), Some(waveform.clone()));
        if let Ok(points) = Points::parse(wanted) {
            let most = usize::try_from(wanted).unwrap() * 2;
            prop_assert!(waveform.thinned(points).data.len() <= most);
        }
    }

    #[test]
    fn manifests_of_trusted_operations(text in almost_right_text(MANIFESTS), names in prop::collection::hash_set("[A-Za-z]{1,8}", 0..9), twice in any::<bool>()) {
        let _ = parsers::manifest(text.as_bytes());
        let operation = |name: &String| serde_json::json!({ "id": format!("sha256:{name}"), "name": name, "type": "query", "body": "{ a }" });
        let mut operations: Vec<_> = names.iter().map(operation).collect();
        // The prefix of a hash is no part of the id, so these two are one.
        let again = names.iter().next().filter(|_| twice).map(|name| serde_json::json!({ "id": name, "name": "Again", "body": "{ b }" }));
        let ambiguous = again.is_some();
        operations.extend(again);
        let manifest = serde_json::json!({ "format": "apollo-persisted-query-manifest", "version": 1, "operations": operations });
        prop_assert_eq!(parsers::manifest(manifest.to_string().as_bytes()), (!ambiguous).then_some(names.len()));
    }

    #[test]
    fn variables(text in almost_right_text(VARIABLES), value in json(), number in any::<i64>(), wanted in any::<String>()) {
        let take = |value: &serde_json::Value| INPUTS.take("All", value.to_string().as_bytes());
        let _ = INPUTS.take("All", text.as_bytes());
        let _ = take(&value);
        // What is right is taken, and what is not is not, wherever it stands.
        let right = serde_json::json!({ "text": wanted, "other": value, "int": 1, "all": [{ "text": "" }] });
        prop_assert!(take(&right));
        prop_assert_eq!(take(&serde_json::json!({ "text": "", "int": number })), i32::try_from(number).is_ok());
        prop_assert_eq!(take(&serde_json::json!({ "text": "", "kind": wanted })), ["FIRST", "SECOND"].contains(&wanted.as_str()));
        let wrong = [
            serde_json::json!({}),
            serde_json::json!({ "text": "", "all": [right, { "text": null }] }),
            serde_json::json!({ "text": "", "one": {} }),
            serde_json::json!({ "text": "", "one": { "a": 1, "b": { "text": "" } } }),
            serde_json::json!({ "text": "", "unknown": null }),
        ];
        for value in &wrong {
            prop_assert!(!take(value), "{}", value);
        }
    }

    #[test]
    fn secrets_of_authenticators(account in "[a-z]{1,20}") {
        let secret = TotpSecret::generate(&OsRandomness);
        let text = secret.text(&account).unwrap();
        prop_assert_eq!(base32(&text), Some(secret.as_bytes().to_vec()), "{}", text);
    }

    #[test]
    fn schemas(text in almost_right_text(TEXTS)) {
        let _ = PublicSchema::read(&text);
    }
}
