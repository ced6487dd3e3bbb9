//! A page in a real browser, driven over the DevTools protocol.

use std::ffi::OsStr;
use std::process::Stdio;
use std::time::{Duration, Instant};

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

const PATIENCE: Duration = Duration::from_secs(30);
const FLAGS: &str = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
                     --disable-component-update --disable-sync --remote-debugging-port=0 --window-size=1400,900";

/// A page; the browser ends with it.
pub(crate) struct Page {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    sent: u64,
    _browser: Child,
    /// Goes after the browser.
    _profile: TempDir,
}

impl Page {
    pub(crate) async fn open(program: &OsStr, url: &str) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let mut browser = Command::new(program)
            .args(FLAGS.split_whitespace())
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg(url)
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}; `make install` installs Chromium, POLYPHONY_TEST_BROWSER names another", program.display()));
        let mut lines = BufReader::new(browser.stderr.take().unwrap()).lines();
        let address = loop {
            let line = lines.next_line().await.unwrap().expect("the browser tells its address");
            if let Some(address) = line.strip_prefix("DevTools listening on ws://") {
                break address.split('/').next().unwrap().to_owned();
            }
        };
        // Its pipe must not fill up.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        let page = tokio::time::timeout(PATIENCE, async {
            loop {
                let pages: Vec<Value> = reqwest::get(format!("http://{address}/json/list")).await.unwrap().json().await.unwrap();
                let found = pages.iter().find(|page| page["type"] == "page" && page["url"] == url);
                if let Some(page) = found {
                    break page["webSocketDebuggerUrl"].as_str().unwrap().to_owned();
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        let (socket, _) = connect_async(page.await.unwrap()).await.unwrap();
        Self { socket, sent: 0, _browser: browser, _profile: profile }
    }

    /// What a script comes to, as text.
    pub(crate) async fn evaluate(&mut self, script: &str) -> String {
        self.sent += 1;
        let call = json!({ "id": self.sent, "method": "Runtime.evaluate", "params": { "expression": format!("String({script})") } });
        self.socket.send(Message::text(call.to_string())).await.unwrap();
        loop {
            let Message::Text(text) = self.socket.next().await.unwrap().unwrap() else { continue };
            let answer: Value = serde_json::from_str(&text).unwrap();
            if answer["id"] == self.sent {
                return answer["result"]["result"]["value"].as_str().unwrap_or_default().to_owned();
            }
        }
    }

    /// Waits until a script's text contains `text`.
    pub(crate) async fn until(&mut self, script: &str, text: &str) {
        if let Err(now) = self.wait(script, text, PATIENCE).await {
            panic!("{text:?} did not come; there is {now:?}");
        }
    }

    async fn wait(&mut self, script: &str, text: &str, patience: Duration) -> Result<(), String> {
        let started = Instant::now();
        loop {
            let now = self.evaluate(script).await;
            if now.contains(text) {
                return Ok(());
            }
            if started.elapsed() > patience {
                return Err(now);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Runs an operation in the editor until a script's text contains `text`. More than once if need be: the page looks at what
    /// is in the editor only after a moment, which cannot be seen from outside.
    pub(crate) async fn run(&mut self, operation: &str, script: &str, text: &str) {
        let operation = json!(operation);
        self.evaluate(&format!("document.querySelector('.graphiql-query-editor .CodeMirror').CodeMirror.setValue({operation})")).await;
        let started = Instant::now();
        loop {
            self.evaluate("document.querySelector('.graphiql-execute-button').click()").await;
            match self.wait(script, text, Duration::from_secs(2)).await {
                Ok(()) => return,
                Err(now) => assert!(started.elapsed() < PATIENCE, "{text:?} did not come; there is {now:?}"),
            }
        }
    }

    pub(crate) async fn sign_in(&mut self, username: &str, password: &str) {
        let (username, password) = (json!(username), json!(password));
        self.evaluate(&format!(
            "(form => {{ form.login.value = {username}; form.password.value = {password}; form.requestSubmit() }})(document.querySelector('.bar form'))"
        ))
        .await;
    }

    pub(crate) async fn sign_out(&mut self) {
        self.evaluate("document.querySelector('.bar form').requestSubmit()").await;
    }

    /// Types into the editor of headers, once it is there.
    pub(crate) async fn set_headers(&mut self, json: &str) {
        self.evaluate("[...document.querySelectorAll('.graphiql-editor-tools button')].find(button => button.textContent === 'Headers').click()").await;
        let editor = "document.querySelectorAll('.graphiql-editor-tool .CodeMirror')[1]?.CodeMirror";
        self.until(&format!("{editor} && 'ready'"), "ready").await;
        self.evaluate(&format!("{editor}.setValue({})", json!(json))).await;
    }
}
