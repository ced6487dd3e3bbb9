//! What a transcoding process cannot do, whoever has taken it over.

use std::io::{BufRead as _, BufReader, ErrorKind};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use media_worker::infrastructure::sandbox::confine;

use crate::support::{command, stereo};

const ADDRESS: &str = "POLYPHONY_TEST_LISTENER";

/// Runs in a process of its own, started by the test below.
#[test]
#[ignore = "takes the network from its own process"]
fn inside() {
    let address = std::env::var(ADDRESS).unwrap();
    TcpStream::connect(&address).unwrap();
    confine().unwrap();
    let refused = |error: std::io::Error| assert_eq!(error.kind(), ErrorKind::PermissionDenied, "{error}");
    refused(TcpStream::connect(&address).unwrap_err());
    refused(TcpStream::connect("[::1]:9").unwrap_err());
    refused(UdpSocket::bind("127.0.0.1:0").unwrap_err());
    refused(UnixStream::connect("/run/nobody").unwrap_err());
    refused(TcpListener::bind("127.0.0.1:0").unwrap_err());
    refused(Command::new("/bin/true").spawn().unwrap_err());
    assert!(std::thread::spawn(|| TcpStream::connect("127.0.0.1:9").is_err()).join().unwrap(), "a thread may begin, and is as confined");
    println!("confined");
}

#[test]
fn the_network_and_other_programs_are_out_of_reach() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let output =
        Command::new(std::env::current_exe().unwrap()).args(["--exact", "--ignored", "--nocapture", "sandbox::inside"]).env(ADDRESS, address).output().unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && told.contains("confined"), "{told} {}", String::from_utf8_lossy(&output.stderr));
    listener.accept().expect("the one before the confinement");
    assert!(listener.accept().is_err(), "and none after it");
}

/// The rows of `/proc/PID/status` and `/proc/PID/limits` that tell of confinement.
#[test]
fn a_process_that_decodes_is_confined() {
    let folder = tempfile::tempdir().unwrap();
    let input = folder.path().join("long.wav");
    std::fs::write(&input, stereo(120)).unwrap();
    let mut child = command(&input, &folder.path().join("ladder"))
        .args(["--max-memory-bytes", "4294967296", "--max-cpu-secs", "100", "--max-threads", "1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    // Told when the pipeline plays.
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
    assert!(told.contains("progressed"), "{told}");
    let read = |file: &str| std::fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let (status, limits) = (read("status"), read("limits"));
    child.kill().unwrap();
    child.wait().unwrap();
    let row = |text: &str, name: &str| text.lines().find(|line| line.starts_with(name)).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!((row(&status, "Seccomp:"), row(&status, "NoNewPrivs:")), ("Seccomp: 2".into(), "NoNewPrivs: 1".into()));
    assert!(!row(&status, "Cpus_allowed_list:").contains([',', '-']), "one processor: {status}");
    assert_eq!(row(&limits, "Max address space"), "Max address space 4294967296 4294967296 bytes");
    assert_eq!(row(&limits, "Max cpu time"), "Max cpu time 100 105 seconds");
    assert_eq!(row(&limits, "Max open files"), "Max open files 256 256 files");
    assert_eq!(row(&limits, "Max file size"), "Max file size 1073741824 1073741824 bytes");
    assert_eq!(row(&limits, "Max core file size"), "Max core file size 0 0 bytes");
}
