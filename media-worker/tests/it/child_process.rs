//! What becomes of a child that misbehaves.

use std::path::Path;

use kernel::events::MediaFailure;
use media_worker::TranscodeCommand;
use media_worker::application::ports::{TranscodeError, Transcoder as _};
use media_worker::infrastructure::child_process::{ChildLimits, ChildProcess, Extras};
use tokio::sync::watch;

async fn run(script: &str) -> Result<(), TranscodeError> {
    let command = TranscodeCommand { program: "/bin/sh".into(), arguments: vec!["-c".into(), script.into(), "sh".into()] };
    let limits = ChildLimits { max_duration_secs: 60, max_memory_bytes: 1 << 32, max_threads: 0 };
    ChildProcess::new(command, limits, Extras::default()).transcode(Path::new("/nowhere"), Path::new("/nowhere"), &watch::Sender::new(0)).await.map(drop)
}

#[tokio::test]
async fn one_that_ran_into_its_limits_had_too_large_a_file() {
    for script in [
        "kill -XCPU $$",
        "echo 'GLib-ERROR **: failed to allocate 17248 bytes' >&2; kill -TRAP $$",
        "echo 'memory allocation of 9 bytes failed' >&2; kill -ABRT $$",
    ] {
        match run(script).await {
            Err(TranscodeError::File(failure)) => assert_eq!(failure.kind, MediaFailure::TooLarge, "{script}"),
            other => panic!("{script}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn one_that_crashed_or_babbled_is_our_fault() {
    for script in
        ["kill -SEGV $$", "exit 0", "exit 3", "echo babble; echo complaint >&2; exit 1", "echo '{\"event\":\"failed\",\"detail\":\"complaint\"}'; exit 1"]
    {
        match run(script).await {
            Err(TranscodeError::Internal(detail)) => assert!(!script.contains("complaint") || detail.contains("complaint"), "{script}: {detail}"),
            other => panic!("{script}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn one_sees_none_of_our_secrets() {
    assert!(std::env::var_os("CARGO_MANIFEST_DIR").is_some(), "cargo gives the test this variable");
    match run("env >&2; exit 1").await {
        Err(TranscodeError::Internal(environment)) => assert!(environment.contains("PATH=") && !environment.contains("CARGO_MANIFEST_DIR"), "{environment}"),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_missing_program_is_our_fault() {
    let command = TranscodeCommand { program: "/nowhere/transcoder".into(), arguments: Vec::new() };
    let limits = ChildLimits { max_duration_secs: 60, max_memory_bytes: 1 << 32, max_threads: 0 };
    let result = ChildProcess::new(command, limits, Extras::default()).transcode(Path::new("/a"), Path::new("/b"), &watch::Sender::new(0)).await;
    assert!(matches!(result, Err(TranscodeError::Internal(_))), "{result:?}");
}
