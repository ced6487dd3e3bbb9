//! The public endpoint as a front end sees it: GraphQL over HTTP and WebSocket, uploads and media over HTTP.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use futures::{SinkExt as _, StreamExt as _};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use crate::PATIENCE;

/// Somebody who uses the endpoint, signed in or not.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    url: String,
    token: Option<String>,
    /// What the program calls itself.
    name: Option<String>,
}

/// What the endpoint answered.
#[derive(Debug, Clone, Deserialize)]
pub struct Answer {
    /// Null when nothing could be answered.
    #[serde(default)]
    pub data: Value,
    /// Empty when all went well.
    #[serde(default)]
    pub errors: Vec<AnswerError>,
}

/// One of the endpoint's errors.
#[derive(Debug, Clone, Deserialize)]
pub struct AnswerError {
    /// For people.
    pub message: String,
    /// For programs: `code`, and `field` of a bad input.
    #[serde(default)]
    pub extensions: Value,
}

impl AnswerError {
    /// `extensions.code`.
    pub fn code(&self) -> &str {
        self.extensions["code"].as_str().unwrap_or_default()
    }

    /// `extensions.field`.
    pub fn field(&self) -> Option<&str> {
        self.extensions["field"].as_str()
    }
}

impl Answer {
    /// The data, when there are no errors.
    ///
    /// # Panics
    /// When there are.
    pub fn expect_data(self) -> Value {
        assert!(self.errors.is_empty(), "{:#?}", self.errors);
        self.data
    }

    /// The first error.
    ///
    /// # Panics
    /// When there is none.
    pub fn expect_error(&self) -> &AnswerError {
        self.errors.first().unwrap_or_else(|| panic!("expected an error, got {:#}", self.data))
    }
}

impl Client {
    /// Somebody unknown to the Polyphony at `url`, `http://HOST:PORT`.
    pub fn anonymous(url: &str) -> Self {
        // Answers must be what the server says, not what a redirect leads to.
        let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).timeout(PATIENCE).build().expect("an HTTP client can be made");
        Self { http, url: url.to_owned(), token: None, name: None }
    }

    /// The same with an access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same person with a program that names itself.
    #[must_use]
    pub fn with_program(&self, name: &str) -> Self {
        Self { name: Some(name.to_owned()), ..self.clone() }
    }

    /// The same at another Polyphony's `url`.
    #[must_use]
    pub fn at(&self, url: &str) -> Self {
        Self { url: url.to_owned(), ..self.clone() }
    }

    /// What the access token says. Whether it is true, the endpoint knows.
    ///
    /// # Panics
    /// When there is no token.
    pub fn claims(&self) -> Value {
        let token = self.token.as_deref().expect("somebody is signed in");
        let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).expect("a payload")).expect("base64url");
        serde_json::from_slice(&payload).expect("JSON")
    }

    /// Sends an operation and returns the answer, errors and all.
    ///
    /// # Panics
    /// When there is no GraphQL answer.
    pub async fn send(&self, operation: &str, variables: Value) -> Answer {
        self.post(&json!({ "query": operation, "variables": variables })).await
    }

    /// The same for an operation that the endpoint knows by `id`.
    pub async fn send_id(&self, id: &str, variables: Value) -> Answer {
        self.post(&json!({ "documentId": id, "variables": variables })).await
    }

    /// Asks for a persisted operation by GET, as caches like it; `etag` is of an answer that is there already.
    pub async fn get_id(&self, id: &str, variables: &Value, etag: Option<&str>) -> reqwest::Response {
        let request = self.http.get(format!("{}/graphql", self.url)).query(&[("documentId", id), ("variables", &variables.to_string())]);
        let request = etag.into_iter().fold(request, |request, etag| request.header("if-none-match", etag));
        self.identified(request).send().await.expect("the endpoint answers")
    }

    fn identified(&self, mut request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(name) = &self.name {
            request = request.header("graphql-client-name", name);
        }
        request
    }

    async fn post(&self, body: &Value) -> Answer {
        Self::answer(self.identified(self.http.post(format!("{}/graphql", self.url)).json(body))).await
    }

    async fn answer(request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.expect("the endpoint answers");
        let (status, text) = (response.status(), response.text().await.expect("the answer comes to its end"));
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {status} {text}"))
    }

    /// Sends an operation that succeeds and returns its data.
    pub async fn ask(&self, operation: &str, variables: Value) -> Value {
        self.send(operation, variables).await.expect_data()
    }

    /// Starts a live operation.
    pub async fn live(&self, operation: &str, variables: Value) -> Live {
        self.subscribe(&json!({ "query": operation, "variables": variables })).await
    }

    /// The same for an operation that the endpoint knows by `id`.
    pub async fn live_id(&self, id: &str, variables: Value) -> Live {
        self.subscribe(&json!({ "documentId": id, "variables": variables })).await
    }

    async fn subscribe(&self, payload: &Value) -> Live {
        let mut request = format!("{}/graphql", self.url.replacen("http", "ws", 1)).into_client_request().expect("a WebSocket address");
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().expect("a header"));
        let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("the endpoint takes WebSockets");
        let mut live = Live { socket };
        let mut identity = json!({});
        if let Some(token) = &self.token {
            identity["authorization"] = json!(format!("Bearer {token}"));
        }
        if let Some(name) = &self.name {
            identity["graphql-client-name"] = json!(name);
        }
        live.tell(&json!({ "type": "connection_init", "payload": identity })).await;
        let acknowledgement = live.hear().await;
        assert_eq!(acknowledgement["type"], "connection_ack", "{acknowledgement:#}");
        live.tell(&json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        live
    }

    /// Sends an operation with a file as its variable `file`, as the GraphQL multipart request specification wants it.
    pub async fn send_file(&self, operation: &str, file: &[u8]) -> Answer {
        self.post_file(json!({ "query": operation, "variables": { "file": null } }), file).await
    }

    /// The same for an operation that the endpoint knows by `id`.
    pub async fn send_file_id(&self, id: &str, file: &[u8]) -> Answer {
        self.post_file(json!({ "documentId": id, "variables": { "file": null } }), file).await
    }

    async fn post_file(&self, operations: Value, file: &[u8]) -> Answer {
        const BOUNDARY: &str = "a-line-that-no-file-here-has";
        let part = |name: &str, more: &str| format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{more}\r\n\r\n");
        let body = [
            format!("{}{operations}\r\n{}{}\r\n", part("operations", ""), part("map", ""), json!({ "0": ["variables.file"] })).into_bytes(),
            part("0", "; filename=\"file\"\r\ncontent-type: application/octet-stream").into_bytes(),
            file.to_vec(),
            format!("\r\n--{BOUNDARY}--\r\n").into_bytes(),
        ];
        let request = self.http.post(format!("{}/graphql", self.url)).header("apollo-require-preflight", "true");
        let request = request.header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(body.concat());
        Self::answer(self.identified(request)).await
    }

    /// Sends `body` to an upload address.
    pub async fn put(&self, url: &str, headers: &[(String, String)], body: Vec<u8>) -> reqwest::Response {
        let request = self.http.put(url).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| request.header(name, value));
        request.send().await.expect("the upload address answers")
    }

    /// Fetches an address that needs no token: media addresses carry their own right.
    pub async fn get(&self, url: &str) -> reqwest::Response {
        self.http.get(url).send().await.expect("the address answers")
    }

    /// Fetches a part, as players do: `range` is the value of the header.
    pub async fn get_range(&self, url: &str, range: &str) -> reqwest::Response {
        self.http.get(url).header("range", range).send().await.expect("the address answers")
    }

    /// Fetches what may not have changed since the answer with `etag`.
    pub async fn get_unless(&self, url: &str, etag: &str) -> reqwest::Response {
        self.http.get(url).header("if-none-match", etag).send().await.expect("the address answers")
    }
}

/// A live operation: answers come until one side ends it.
pub struct Live {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
}

impl Live {
    /// The next answer; nothing when the server has said that it was the last.
    pub async fn next(&mut self) -> Option<Answer> {
        let message = self.hear().await;
        match message["type"].as_str() {
            Some("next") => Some(serde_json::from_value(message["payload"].clone()).expect("an answer")),
            Some("error") => Some(Answer { data: Value::Null, errors: serde_json::from_value(message["payload"].clone()).expect("errors") }),
            Some("complete") => None,
            _ => panic!("not expected here: {message:#}"),
        }
    }

    /// The code with which the server closes the connection; what comes before is of no interest.
    ///
    /// # Panics
    /// When it stays open for a minute, or breaks off without a word.
    pub async fn closed(&mut self) -> u16 {
        let closing = async {
            loop {
                if let Message::Close(frame) = self.socket.next().await.expect("the connection stays").expect("the connection stays sound") {
                    return frame.map_or(1005, |frame| frame.code.into());
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), closing).await.expect("the endpoint hangs up within a minute")
    }

    async fn tell(&mut self, message: &Value) {
        self.socket.send(Message::text(message.to_string())).await.expect("the endpoint listens");
    }

    /// The next message that is not a ping.
    async fn hear(&mut self) -> Value {
        loop {
            let message = tokio::time::timeout(Duration::from_secs(60), self.socket.next()).await.expect("the endpoint says something within a minute");
            match message.expect("the connection stays").expect("the connection stays sound") {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).expect("messages are JSON");
                    match message["type"].as_str() {
                        Some("ping") => self.tell(&json!({ "type": "pong" })).await,
                        Some("pong") => {}
                        _ => return message,
                    }
                }
                Message::Close(frame) => panic!("the endpoint hung up: {frame:?}"),
                _ => {}
            }
        }
    }
}
