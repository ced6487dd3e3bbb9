//! Parsers of texts.

use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use catalog::domain::bio::Bio;
use catalog::domain::fingerprint::Fingerprint;
use catalog::domain::isrc::Isrc;
use catalog::domain::name::Name;
use catalog::domain::recording_review::Reason;
use catalog::domain::release_date;
use catalog::domain::upload::FileClaim;
use kernel::id::{TrackId, UserId};
use kernel::{Cursor, Scope, SystemClock};
use platform::api_key::{ApiKeySecret, KeyQuestions};
use platform::one_time::OneTimeTokens;
use platform::sealed::Sealer;
use platform::viewer_token::ViewerTokens;
use playback::domain::media_file::MediaFile;
use playback::domain::waveform::{Points, Waveform};
use users::domain::email::Email;
use users::domain::second_factor::Code;
use users::domain::username::Username;

use crate::all;

const SECRET: &str = "a secret of the tests that is long enough";

pub(crate) fn fingerprints() -> Vec<Vec<u8>> {
    let long = [vec![1, 0, 0, 200], vec![0x49; 600]].concat();
    vec![vec![1, 0, 0, 2, 0x41, 0], URL_SAFE_NO_PAD.decode("AQAAE0mUaEkSZUkUHP8AAAAAAAA").unwrap(), long]
}

/// As the media worker tells it, once as it is and once in its alphabet.
pub(crate) fn fingerprint(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = Fingerprint::parse(text);
    }
    if let Some(fingerprint) = Fingerprint::parse(&URL_SAFE_NO_PAD.encode(bytes)) {
        assert!(fingerprint.to_bytes().len() <= 16_000 && fingerprint.terms().len() <= 500, "bounded whatever the header says");
        assert_eq!(Fingerprint::from_stored(&fingerprint.to_bytes()), fingerprint);
        if let Some(found) = fingerprint.find_in(&fingerprint) {
            assert!((0.8..=1.0).contains(&found.similarity));
        }
    }
    let _ = Fingerprint::from_stored(bytes);
}

pub(crate) fn music() -> Vec<Vec<u8>> {
    all(&["Ada Sound", "USRC17607839", "US-RC1-76-07839", "2024-02-29", "It is Ada's.", "a.flac\naudio/flac; charset=utf-8", "Straße 𝄞 \u{202e}"])
}

pub(crate) fn of_music(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(name) = Name::parse("title", text) {
        assert_eq!(Name::parse("title", name.as_str()), Ok(name));
    }
    if let Ok(Some(bio)) = Bio::parse(text) {
        assert_eq!(Bio::parse(bio.as_str()), Ok(Some(bio)));
    }
    if let Ok(Some(reason)) = Reason::parse(text) {
        assert!(reason.as_str().chars().count() <= 500);
    }
    if let Ok(Some(isrc)) = Isrc::parse(text) {
        assert_eq!(isrc.as_str().len(), 12);
        assert_eq!(Isrc::parse(isrc.as_str()), Ok(Some(isrc)));
    }
    if let Ok(date) = release_date::parse(text) {
        assert_eq!(release_date::parse(&date.to_string()), Ok(date));
    }
    let (name, media_type) = text.split_once('\n').unwrap_or((text, "audio/flac"));
    if let Ok(claim) = FileClaim::recording(name, media_type, 1000, text, 1000) {
        assert!(claim.size_bytes <= 1000 && !claim.file_name.contains('/'));
    }
}

pub(crate) fn people() -> Vec<Vec<u8>> {
    all(&["ada", "Ada_Sound", "ada@example.org", "\"a b\"@[2001:db8::1]", "ADA+tag@EXAMPLE.ORG", "ABCDE-FGHJK", "123456", "аda"])
}

pub(crate) fn of_people(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(name) = Username::parse(text) {
        assert!(!name.skeleton().is_empty());
        assert_eq!(Username::parse(name.as_str()).unwrap().as_str(), name.as_str());
    }
    if let Ok(email) = Email::parse(text) {
        assert_eq!(Email::parse(email.as_str()).unwrap().key(), email.key());
    }
    let _ = Code::parse("code", text);
}

pub(crate) fn tokens() -> Vec<Vec<u8>> {
    all(&[
        "track_01jd3q5v6me7ht0c4z2x9f8k1w",
        "user_01jd3q5v6me7ht0c4z2x9f8k1w",
        "WyJOYW1lIiwiYSIsIjAxOGYwMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMCJd",
        "catalog:read",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ1c2VyXzAxIn0.c2ln",
        "pk_live_0123456789abcdefghijklmnop",
        "index.m3u8",
        "0.m4s",
    ])
}

struct Openers {
    viewers: ViewerTokens,
    sealer: Sealer,
    one_time: OneTimeTokens,
    questions: KeyQuestions,
}

static OPENERS: LazyLock<Openers> = LazyLock::new(|| Openers {
    viewers: ViewerTokens::new(SECRET, Arc::new(SystemClock)),
    sealer: Sealer::new(SECRET, "test"),
    one_time: OneTimeTokens::new(SECRET),
    questions: KeyQuestions::new(SECRET, Arc::new(SystemClock)),
});

/// Nothing opens to who does not know the secret.
pub(crate) fn token(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(id) = text.parse::<TrackId>() {
        assert_eq!(id.to_string().parse::<TrackId>(), Ok(id));
        assert!(text.parse::<UserId>().is_err(), "of one kind alone");
    }
    let _ = Cursor::from_text(text).decode::<(String, i64)>("after");
    let _ = text.parse::<Scope>();
    let _ = ApiKeySecret::parse(text);
    let Openers { viewers, sealer, one_time, questions } = &*OPENERS;
    assert!(viewers.verify(text).is_err() && sealer.open(b"", text).is_err() && questions.verify(text).is_err());
    assert!(one_time.verify::<kernel::id::Track>(text).is_none());
    let (rendition, file) = text.split_once('/').unwrap_or(("aac-64", text));
    if MediaFile::of_rendition(rendition, file).is_some() {
        for part in [rendition, file] {
            assert!(part.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')) && !part.starts_with('.'), "{part:?}");
        }
    }
    let _ = MediaFile::of_ladder(file);
}

pub(crate) fn waveforms() -> Vec<Vec<u8>> {
    all(&[
        r#"{"sample_rate":44100,"samples_per_pixel":256,"bits":8,"data":[-1,1,-128,127]}"#,
        r#"{"sample_rate":48000,"samples_per_pixel":65536,"bits":16,"data":[-32768,32767,0,0,5,6,7,8]}"#,
    ])
}

pub(crate) fn waveform(bytes: &[u8]) {
    let Ok(waveform) = serde_json::from_slice::<Waveform>(bytes) else { return };
    assert_eq!(serde_json::from_str::<Waveform>(&serde_json::to_string(&waveform).unwrap()).unwrap(), waveform);
    for wanted in [1, 2, 1000] {
        if let Ok(points) = Points::parse(wanted) {
            assert!(waveform.clone().thinned(points).data.len() <= usize::try_from(wanted).unwrap() * 2);
        }
    }
}
