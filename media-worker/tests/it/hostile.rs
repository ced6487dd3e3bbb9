//! Files that are not what they seem.

use std::net::TcpListener;
use std::os::unix::process::ExitStatusExt as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use kernel::events::MediaFailure;

use crate::support::{FORMATS, command, encoded, random, stereo, transcode, transcode_with, wav};

fn refused(bytes: &[u8], name: &str) -> (MediaFailure, String) {
    match transcode(bytes, name) {
        Ok(made) => panic!("{name} became a ladder of {} ms", made.ladder.duration_ms()),
        Err(failure) => (failure.kind, failure.reason),
    }
}

#[test]
fn other_things_are_refused_with_a_name() {
    let png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0";
    let noise = random(50_000);
    for (bytes, name, word) in [
        (&b"Dear diary, today I recorded nothing.\n"[..], "song.mp3", "a text file"),
        ("Grüße aus Köln\n".as_bytes(), "song.wav", "a text file"),
        (png, "song.flac", "a picture"),
        (b"PK\x03\x04\x14\0\0\0\x08\0aaaaaaaaaaaaaaaaaaaaaaaaaaaa", "song.ogg", "an archive"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "song.mp3", "not a recording"),
        (&[b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0".as_slice(), &[0; 64]].concat(), "song.mp3", "a program"),
        (&noise, "song.mp3", "No audio"),
    ] {
        let (kind, reason) = refused(bytes, name);
        assert_eq!(kind, MediaFailure::NotAudio, "{name}: {reason}");
        assert!(reason.contains(word), "{name}: {reason}");
    }
}

#[test]
fn files_without_sound_are_empty() {
    assert_eq!(refused(b"", "a.wav").0, MediaFailure::Empty);
    assert_eq!(refused(&wav(&[], 44_100, 2), "a.wav").0, MediaFailure::Empty);
}

#[test]
fn a_film_without_sound_is_told_so() {
    let film = encoded(&stereo(1), "a.mp4", &["-f", "lavfi", "-i", "testsrc=d=1:s=64x64", "-map", "1", "-c:v", "mpeg4"]);
    let (kind, reason) = refused(&film, "a.mp4");
    assert_eq!((kind, reason.as_str()), (MediaFailure::NotAudio, "This file has no audio track."));
}

#[test]
fn files_that_were_cut_off_are_damaged() {
    let source = stereo(10);
    for (name, arguments) in FORMATS {
        let whole = encoded(&source, name, arguments);
        for keep in [whole.len() / 2, whole.len() * 9 / 10] {
            let (kind, reason) = refused(&whole[..keep], name);
            assert_eq!(kind, MediaFailure::Damaged, "{name} at {keep} of {}: {reason}", whole.len());
        }
    }
}

#[test]
fn sound_with_a_hole_is_damaged() {
    let mut flac = encoded(&stereo(10), "a.flac", &[]);
    let third = flac.len() / 3;
    for (n, byte) in flac[third..third * 2].iter_mut().enumerate() {
        *byte = n.to_le_bytes()[0].wrapping_mul(31);
    }
    assert_eq!(refused(&flac, "a.flac").0, MediaFailure::Damaged);
}

#[test]
fn a_chain_of_recordings_is_refused_rather_than_cut() {
    let link = encoded(&stereo(2), "a.ogg", &["-c:a", "libvorbis"]);
    let (kind, reason) = refused(&[link.clone(), link].concat(), "a.ogg");
    assert!(kind == MediaFailure::Damaged && reason.contains("several recordings"), "{kind:?} {reason}");
}

#[test]
fn a_process_that_uses_too_much_time_is_ended_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("long.wav");
    std::fs::write(&input, stereo(60)).unwrap();
    let output = command(&input, &folder.path().join("ladder")).args(["--max-cpu-secs", "1"]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.signal(), Some(24), "{output:?}");
}

#[test]
fn longer_than_allowed_is_too_large() {
    for (name, arguments) in [("a.wav", &[][..]), ("a.mp3", &["-c:a", "libmp3lame", "-write_xing", "0"])] {
        let failure = transcode_with(&encoded(&stereo(10), name, arguments), name, &["--max-duration-secs", "5"]).err().expect("refused");
        assert_eq!(failure.kind, MediaFailure::TooLarge, "{name}: {failure}");
        assert!(failure.reason.contains("5 s"), "{failure}");
    }
}

/// A playlist under a song's name would make a player fetch what it lists, from inside our network.
#[test]
fn nothing_a_file_says_makes_us_fetch() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let url = format!("http://{}/segment.ts", listener.local_addr().unwrap());
    let hls = format!("#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n{url}\n#EXT-X-ENDLIST\n");
    let dash = format!("<?xml version=\"1.0\"?><MPD xmlns=\"urn:mpeg:dash:schema:mpd:2011\" type=\"static\"><BaseURL>{url}</BaseURL></MPD>");
    // Behind tags that our own look at a file does not know, so that the demuxers get their turn. (With all of GStreamer's
    // elements both of these do connect.)
    let id3 = b"ID3\x03\0\0\0\0\0\x0a\0\0\0\0\0\0\0\0\0\0".as_slice();
    let ape =
        |flags: u32| [b"APETAGEX".as_slice(), &2000_u32.to_le_bytes(), &32_u32.to_le_bytes(), &0_u32.to_le_bytes(), &flags.to_le_bytes(), &[0; 8]].concat();
    for (name, bytes) in [
        ("song.mp3", hls.clone().into_bytes()),
        ("song.wav", format!("{url}\n").into_bytes()),
        ("tagged.mp3", [id3, hls.as_bytes()].concat()),
        ("tagged-twice.mp3", [id3, id3, hls.as_bytes()].concat()),
        ("tagged-by-ape.mp3", [ape(0xA000_0000), ape(0x8000_0000), hls.clone().into_bytes()].concat()),
        ("hidden.mp3", [hls.as_bytes(), b"\0\x01\x02"].concat()),
        ("hidden-dash.mp3", [dash.as_bytes(), b"\0\x01\x02"].concat()),
        ("list.pls", format!("[playlist]\nFile1={url}\nNumberOfEntries=1\n\0").into_bytes()),
    ] {
        let (kind, reason) = refused(&bytes, name);
        assert_eq!(kind, MediaFailure::NotAudio, "{name}: {reason}");
        assert!(listener.accept().is_err(), "{name} made us connect");
    }
}

#[test]
fn a_process_whose_parent_is_gone_ends() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("long.wav");
    std::fs::write(&input, stereo(60)).unwrap();
    let mut child = command(&input, &folder.path().join("ladder")).arg("--bound").stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    // What the kernel does to the pipe when the parent is killed.
    drop(child.stdin.take());
    let deadline = Instant::now() + Duration::from_secs(10);
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(Instant::now() < deadline, "still running");
        std::thread::sleep(Duration::from_millis(20));
    };
    assert_eq!(status.code(), Some(1));
}
