//! Every parser of ours that reads what strangers send, as a target for libFuzzer: whatever the bytes, it ends with an answer, soon, and
//! in little memory; and what it takes it gives back. `tests/fuzz/run` fuzzes them, guided by coverage.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a target fails by panicking")]

mod media;
mod texts;
mod wire;

/// A parser to fuzz.
#[derive(Debug)]
pub struct Target {
    /// What it is called.
    pub name: &'static str,
    /// What is right, to begin with.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Panics when the parser does not keep its word.
    pub run: fn(&[u8]),
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "source_file", seeds: media::files, run: media::source_file },
    Target { name: "source_tags", seeds: media::files, run: media::source_tags },
    Target { name: "mpeg_frames", seeds: media::mpeg, run: media::mpeg_frames },
    Target { name: "child_report", seeds: media::reports, run: media::child_report },
    Target { name: "playlist_keys", seeds: media::playlists, run: media::playlist_keys },
    Target { name: "fingerprint", seeds: texts::fingerprints, run: texts::fingerprint },
    Target { name: "music", seeds: texts::music, run: texts::of_music },
    Target { name: "people", seeds: texts::people, run: texts::of_people },
    Target { name: "tokens", seeds: texts::tokens, run: texts::token },
    Target { name: "picture", seeds: media::pictures, run: media::picture },
    Target { name: "waveform", seeds: texts::waveforms, run: texts::waveform },
    Target { name: "operation", seeds: wire::operations, run: wire::operation },
    Target { name: "document", seeds: wire::documents, run: wire::document },
    Target { name: "variables", seeds: wire::variables, run: wire::variable },
    Target { name: "live_message", seeds: wire::messages, run: wire::message },
    Target { name: "form", seeds: wire::forms, run: wire::form },
    Target { name: "manifest", seeds: wire::manifests, run: wire::manifest },
    Target { name: "accept", seeds: wire::accepts, run: wire::accept },
];

/// Inputs that once broke a target, which is mended.
pub const FOUND: &[(&str, &[u8])] = &[
    ("waveform", br#"{"sample_rate":96000,"samples_per_pixel":65536,"bits":16,"data":[-326,7,8]}"#),
    ("child_report", br#"{"event":"embedded","vector":[0.2,-0,277777777777777777777777777777777777777777]}"#),
    ("tokens", "iev0_12691_gmipkpk_lWpy1DAwJiev0_12691_gmipk_liive______U_:h_島_lj".as_bytes()),
];

fn all(seeds: &[&str]) -> Vec<Vec<u8>> {
    seeds.iter().map(|seed| seed.as_bytes().to_vec()).collect()
}
