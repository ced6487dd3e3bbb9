//! Parsers of requests.

use std::path::Path;
use std::sync::LazyLock;

use gateway::parsers;
use platform::config::Config;

use crate::all;

/// The limits of an installation as it comes.
static CONFIG: LazyLock<Config> = LazyLock::new(|| Config::embedded(Path::new("unused")).unwrap());

pub(crate) fn operations() -> Vec<Vec<u8>> {
    all(&[
        r#"{"query":"query($id: ID!) { track(id: $id) { title } }","variables":{"id":"track_01jd3q5v6me7ht0c4z2x9f8k1w"},"operationName":null}"#,
        r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"ecf4edb46db40b5132295c0291d62fb65d6759a9eedfa4d5d612dd5ec54a6b38"}}}"#,
        r#"{"documentId":"sha256:a","variables":{"a":[1,-2.5e9,{"b":null,"c":"\u00e9\ud834\udd1e"}],"d":true}}"#,
        r#"[{"query":"{ __typename }"}]"#,
    ])
}

pub(crate) fn operation(bytes: &[u8]) {
    let _ = parsers::operation(bytes, &CONFIG.gateway.limits);
}

pub(crate) fn documents() -> Vec<Vec<u8>> {
    all(&[
        "query Q($id: ID! = \"a\", $n: [Int!]) @live { a: track(id: $id, n: [1, 2.5e3, {x: null, y: ENUM}]) { ...T ... on Track @skip(if: true) { id } } } fragment T on Track { id }",
        "subscription { trackProcessing(trackId: \"\"\"a \\\"\"\" b\"\"\") { percent } } # end",
        "mutation { register(input: {username: \"\\u0041\"}) { accessToken } }",
        "fragment A on T { ...B } fragment B on T { ...A } { ...A @defer }",
    ])
}

pub(crate) fn document(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = parsers::document(text, CONFIG.gateway.limits.max_tokens);
    }
}

const INPUTS: &str = "
    type Query { a(all: All): Int }
    input All { int: Int, ints: [[Int!]!], float: Float! = 1, text: String!, yes: Boolean, id: ID, kind: Kind, one: One, all: [All!], other: Other }
    input One @oneOf { a: Int, b: All }
    enum Kind { FIRST SECOND }
    scalar Other
    directive @oneOf on INPUT_OBJECT";

static INPUT_TYPES: LazyLock<parsers::Inputs> = LazyLock::new(|| parsers::Inputs::of(INPUTS).expect("a schema"));

pub(crate) fn variables() -> Vec<Vec<u8>> {
    all(&[
        r#"{"text":"a","int":1,"ints":[[1,2],3],"float":2.5,"yes":true,"id":"a","kind":"FIRST","one":{"a":1},"all":[{"text":"b"}],"other":{"x":[]}}"#,
        r#"{"text":"a","one":{"b":{"text":"c","id":7}},"int":2147483648,"kind":"THIRD"}"#,
        r#"{"text":null,"one":{},"unknown":1}"#,
    ])
}

pub(crate) fn variable(bytes: &[u8]) {
    let _ = INPUT_TYPES.take("All", bytes);
}

pub(crate) fn messages() -> Vec<Vec<u8>> {
    all(&[
        r#"{"type":"connection_init","payload":{"authorization":"Bearer x"}}"#,
        r#"{"id":"1","type":"subscribe","payload":{"query":"subscription { trackProcessing(trackId: 1) { percent } }","variables":{"id":"a"}}}"#,
        r#"{"id":"1","type":"complete"}"#,
        r#"{"type":"ping","payload":{"a":[1,2,{"b":null}]}}"#,
        r#"{"type":"pong"}"#,
    ])
}

pub(crate) fn message(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes) {
        let _ = parsers::live_message(text);
    }
}

pub(crate) fn forms() -> Vec<Vec<u8>> {
    all(&[
        "--x\r\ncontent-disposition: form-data; name=\"operations\"\r\n\r\n{\"query\":\"mutation($f: Upload!) { a(f: $f) }\",\"variables\":{\"f\":null,\"l\":[null]}}\r\n--x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{\"0\":[\"variables.f\"],\"1\":[\"variables.l.0\"]}\r\n--x\r\ncontent-disposition: form-data; name=\"0\"; filename=\"a.png\"\r\ncontent-type: image/png\r\n\r\nPNG\r\n--x\r\ncontent-disposition: form-data; name=\"1\"\r\n\r\nb\r\n--x--\r\n",
        "--x\r\ncontent-disposition: form-data; name=\"map\"\r\n\r\n{}\r\n--x--\r\n",
    ])
}

pub(crate) fn form(bytes: &[u8]) {
    let _ = parsers::form("multipart/form-data; boundary=x", bytes.to_vec(), &CONFIG.gateway);
}

pub(crate) fn manifests() -> Vec<Vec<u8>> {
    all(&[
        r#"{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"sha256:a","name":"A","type":"query","body":"{ a }"},{"id":"b","name":"B","type":"query","body":"{ b }"}]}"#,
        r#"{"format":"apollo-persisted-query-manifest","version":2,"operations":[]}"#,
    ])
}

pub(crate) fn manifest(bytes: &[u8]) {
    let _ = parsers::manifest(bytes);
}

pub(crate) fn accepts() -> Vec<Vec<u8>> {
    all(&[
        "application/graphql-response+json;q=0.9, text/event-stream, multipart/mixed;subscriptionSpec=\"1.0\"",
        "application/json, */*;q=0.1, application/*;q=NaN",
    ])
}

pub(crate) fn accept(bytes: &[u8]) {
    let _ = parsers::accept(bytes);
}
