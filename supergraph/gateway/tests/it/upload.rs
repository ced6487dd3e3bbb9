//! Files in requests, to subgraphs in this process and behind HTTP.

use platform::config::{GatewayConfig, TransportConfig};
use serde_json::{Value, json};

use crate::app::{App, Reach, code, config};

const DESCRIBE: &str = "mutation($files: [Upload!]!, $title: String) { describeFiles(files: $files, title: $title) }";
const BOUNDARY: &str = "5f2c";

/// A part of a form: its name, the file's name where it is one, and what it holds.
type Part<'p> = (&'p str, Option<&'p str>, &'p [u8]);

fn form(parts: &[Part<'_>]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, file, bytes) in parts {
        let file = file.map(|file| format!("; filename=\"{file}\"\r\ncontent-type: image/png")).unwrap_or_default();
        body.extend(format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"{file}\r\n\r\n").into_bytes());
        body.extend(*bytes);
        body.extend(b"\r\n");
    }
    body.extend(format!("--{BOUNDARY}--\r\n").into_bytes());
    body
}

async fn send(app: &App, preflight: bool, parts: &[Part<'_>]) -> (u16, Value) {
    let mut request = app.client.post(app.url()).header("content-type", format!("multipart/form-data; boundary={BOUNDARY}")).body(form(parts));
    if preflight {
        request = request.header("apollo-require-preflight", "true");
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn operations(files: &Value) -> Vec<u8> {
    json!({ "query": DESCRIBE, "variables": { "files": files, "title": "two" } }).to_string().into_bytes()
}

#[tokio::test]
async fn files_reach_their_subgraph() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let operations = operations(&json!([null, null]));
        let map = br#"{"a":["variables.files.1"],"b":["variables.files.0"]}"#;
        let files: [Part<'_>; 2] = [("a", Some("a.png"), b"\0\xff1"), ("b", Some("b.png"), &[7; 40_000])];
        let (status, answer) = send(&app, true, &[("operations", None, &operations), ("map", None, map), files[0], files[1]]).await;
        let described = "two, b.png image/png 40000, a.png image/png 3";
        assert_eq!((status, answer), (200, json!({ "data": { "describeFiles": described } })));
    }
}

#[tokio::test]
async fn a_form_that_a_page_of_another_origin_could_send_is_refused() {
    let app = App::start().await;
    let parts: [Part<'_>; 2] = [("operations", None, br#"{"query":"mutation { slowly }"}"#), ("map", None, b"{}")];
    let (status, answer) = send(&app, false, &parts).await;
    assert_eq!((status, code(&answer)), (400, "CSRF_ERROR"));
    assert!(answer["errors"][0]["message"].as_str().unwrap().contains("apollo-require-preflight"), "{answer}");
    assert_eq!(send(&app, true, &parts).await, (200, json!({ "data": { "slowly": true } })));
}

#[tokio::test]
async fn forms_against_the_specification_are_refused() {
    let app = App::start().await;
    let one = operations(&json!([null]));
    let file: Part<'_> = ("a", Some("a.png"), b"1");
    let map: Part<'_> = ("map", None, br#"{"a":["variables.files.0"]}"#);
    let operations: Part<'_> = ("operations", None, &one);
    let batch = [b"[".as_slice(), &one, b"]"].concat();
    let cases: [&[Part<'_>]; 11] = [
        &[],
        &[map, operations, file],
        &[operations, file],
        &[operations, map],
        &[operations, map, ("b", Some("b.png"), b"1")],
        &[operations, map, file, file],
        &[("operations", None, b"{"), map, file],
        &[operations, ("map", None, br#"{"a":"variables.files.0"}"#), file],
        &[operations, ("map", None, br#"{"a":["variables.files.1"]}"#), file],
        // Something else than a null for a file.
        &[operations, ("map", None, br#"{"a":["variables.title"]}"#), file],
        &[("operations", None, &batch), map, file],
    ];
    for (index, parts) in cases.into_iter().enumerate() {
        let (status, answer) = send(&app, true, parts).await;
        assert_eq!((status, code(&answer)), (400, "BAD_USER_INPUT"), "{index}: {answer}");
    }
}

#[tokio::test]
async fn files_are_few_and_small() {
    let config = config();
    let config = GatewayConfig { transport: TransportConfig { max_uploads: 2, max_upload_bytes: 1000, ..config.transport.clone() }, ..config };
    let app = App::start_with(Reach::InProcess, config).await;
    let (one, three) = (operations(&json!([null])), operations(&json!([null, null, null])));
    let map = br#"{"a":["variables.files.0"]}"#;
    let refused: [&[Part<'_>]; 3] = [
        &[("operations", None, &one), ("map", None, map), ("a", Some("a.png"), &[0; 1001])],
        // One file in three places becomes three.
        &[("operations", None, &three), ("map", None, br#"{"a":["variables.files.0","variables.files.1","variables.files.2"]}"#), ("a", Some("a"), b"1")],
        &[("operations", None, &[b' '; 70_000]), ("map", None, map), ("a", Some("a.png"), b"1")],
    ];
    for (index, parts) in refused.into_iter().enumerate() {
        let (status, answer) = send(&app, true, parts).await;
        assert_eq!((status, code(&answer)), (413, "BAD_USER_INPUT"), "{index}: {answer}");
    }
    let (status, _) = send(&app, true, &[("operations", None, &one), ("map", None, map), ("a", Some("a.png"), &[0; 1000])]).await;
    assert_eq!(status, 200);
}
