//! A mail server of the test: speaks as much of RFC 5321 as a client needs, and keeps what it was given.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// Listens on a port of its own until dropped.
pub(crate) struct FakeSmtpServer {
    pub(crate) url: String,
    letters: Arc<Mutex<Vec<String>>>,
    task: tokio::task::JoinHandle<()>,
}

impl FakeSmtpServer {
    /// Answers recipients with `reply`, for example `250 ok`.
    pub(crate) async fn start(reply: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("smtp://{}", listener.local_addr().expect("an address"));
        let letters = Arc::new(Mutex::new(Vec::new()));
        let kept = letters.clone();
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                // A client that hangs up is its own affair.
                let _ = converse(socket, reply, &kept).await;
            }
        });
        Self { url, letters, task }
    }

    pub(crate) fn letters(&self) -> Vec<String> {
        self.letters.lock().expect("no test panicked holding it").clone()
    }
}

impl Drop for FakeSmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn converse(socket: TcpStream, reply: &str, kept: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let (reader, mut writer) = socket.into_split();
    let mut lines = BufReader::new(reader).lines();
    writer.write_all(b"220 test\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        let answer = match line.split(' ').next().unwrap_or_default() {
            "EHLO" => "250-test\r\n250 8BITMIME",
            "RCPT" => reply,
            "DATA" => {
                writer.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await?.filter(|line| line != ".") {
                    letter.push_str(&line);
                    letter.push_str("\r\n");
                }
                kept.lock().expect("no test panicked holding it").push(letter);
                "250 kept"
            }
            "QUIT" => return writer.write_all(b"221 bye\r\n").await,
            _ => "250 ok",
        };
        writer.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}
