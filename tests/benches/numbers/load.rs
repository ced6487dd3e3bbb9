//! A closed loop of clients over HTTP/1.1 with kept connections, as light as can be: its processor time is not the server's.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Clients that each wait for their answer before they ask again: enough that the servers always have something to do, so that how often
/// they answer tells what an answer costs and not how long it takes.
const CLIENTS: usize = 32;

/// Operations to be asked in turn, as they go over the wire.
pub(crate) struct Requests(Vec<Vec<u8>>);

impl Requests {
    /// These operations with their variables, each with `headers` as well.
    pub(crate) fn new<'q>(operations: impl IntoIterator<Item = (&'q str, Value)>, headers: &[(&str, String)]) -> Self {
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let request = |(query, variables): (&str, Value)| {
            let body = json!({ "query": query, "variables": variables }).to_string();
            format!(
                "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\n{headers}content-length: {}\r\n\r\n{body}",
                body.len()
            )
            .into_bytes()
        };
        Self(operations.into_iter().map(request).collect())
    }
}

/// Asks for `time` and returns how long each answer took, in microseconds.
///
/// # Panics
/// When an answer is not a success with data and without errors.
pub(crate) async fn run(address: SocketAddr, requests: &Requests, time: Duration) -> Vec<u64> {
    let until = Instant::now() + time;
    let clients = (0..CLIENTS).map(|number| client(address, requests, number, until));
    futures::future::join_all(clients).await.concat()
}

/// Asks the first operation once, and returns the answer's body.
pub(crate) async fn once(address: SocketAddr, requests: &Requests) -> Vec<u8> {
    let mut stream = connect(address).await;
    stream.write_all(&requests.0[0]).await.expect("the connection stays");
    let mut buffer = Vec::new();
    let body = receive(&mut stream, &mut buffer).await;
    buffer.split_off(body)
}

async fn client(address: SocketAddr, requests: &Requests, number: usize, until: Instant) -> Vec<u64> {
    let mut stream = connect(address).await;
    let mut buffer = Vec::with_capacity(256 * 1024);
    let mut took = Vec::new();
    for request in requests.0.iter().cycle().skip(number) {
        let began = Instant::now();
        if began >= until {
            break;
        }
        stream.write_all(request).await.expect("the connection stays");
        receive(&mut stream, &mut buffer).await;
        took.push(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX));
    }
    took
}

async fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).await.expect("the server takes connections");
    stream.set_nodelay(true).expect("a socket can be told");
    stream
}

/// Reads one answer into `buffer`, and returns where its body begins.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> usize {
    buffer.clear();
    let (mut body_start, mut end) = (None, usize::MAX);
    while buffer.len() < end {
        let read = stream.read_buf(buffer).await.expect("the connection stays");
        assert!(read > 0, "the server hung up after {}", String::from_utf8_lossy(buffer));
        if body_start.is_none()
            && let Some(found) = buffer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            body_start = Some(found + 4);
            end = found + 4 + content_length(&buffer[..found]);
        }
    }
    let start = body_start.unwrap_or_default();
    // Errors come after the data, or before it: looking at both ends is enough, and much cheaper than at all of a large answer.
    let body = &buffer[start..];
    let sound = buffer.starts_with(b"HTTP/1.1 200")
        && body.starts_with(b"{\"data\":{")
        && !body[body.len().saturating_sub(512)..].windows(9).any(|window| window == b"\"errors\":");
    assert!(sound, "not the answer that was asked for: {}", String::from_utf8_lossy(buffer));
    start
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|length| length.trim().parse().ok());
    length.unwrap_or_else(|| panic!("an answer of known length, not {head}"))
}
