//! A closed loop of clients over HTTP/1.1 with kept connections, as light as can be: its processor time is not the server's.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Clients that each wait for their answer before they ask again.
const CLIENTS: usize = 16;

/// Operations to be asked in turn, as they go over the wire.
pub(crate) struct Requests(Vec<Vec<u8>>);

impl Requests {
    /// The operation `query` for each of `ids`, its variable `id`, by whom `token` says.
    pub(crate) fn new(query: &str, ids: &[String], token: &str) -> Self {
        let request = |id: &String| {
            let body = json!({ "query": query, "variables": { "id": id } }).to_string();
            let head = format!(
                "POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\nauthorization: Bearer {token}\r\ncontent-length: {}\r\n\r\n",
                body.len()
            );
            [head.into_bytes(), body.into_bytes()].concat()
        };
        Self(ids.iter().map(request).collect())
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

async fn client(address: SocketAddr, requests: &Requests, number: usize, until: Instant) -> Vec<u64> {
    let mut stream = TcpStream::connect(address).await.expect("the server takes connections");
    stream.set_nodelay(true).expect("a socket can be told");
    let mut buffer = Vec::with_capacity(64 * 1024);
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

/// Reads one answer into `buffer`.
async fn receive(stream: &mut TcpStream, buffer: &mut Vec<u8>) {
    buffer.clear();
    let (mut head_end, mut end) = (None, usize::MAX);
    while buffer.len() < end {
        let read = stream.read_buf(buffer).await.expect("the connection stays");
        assert!(read > 0, "the server hung up after {}", String::from_utf8_lossy(buffer));
        if head_end.is_none()
            && let Some(found) = buffer.windows(4).position(|window| window == b"\r\n\r\n")
        {
            head_end = Some(found);
            end = found + 4 + content_length(&buffer[..found]);
        }
    }
    let body = &buffer[head_end.map_or(0, |found| found + 4)..];
    let sound = buffer.starts_with(b"HTTP/1.1 200") && body.starts_with(b"{\"data\":{") && !body.windows(9).any(|window| window == b"\"errors\":");
    assert!(sound, "not the answer that was asked for: {}", String::from_utf8_lossy(buffer));
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")).and_then(|length| length.trim().parse().ok());
    length.unwrap_or_else(|| panic!("an answer of known length, not {head}"))
}
