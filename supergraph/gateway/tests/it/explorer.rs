//! The page at `/` is complete: it loads nothing from elsewhere.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::browser::Page;

const RESULT: &str = "document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue()";

#[tokio::test]
async fn the_page_and_its_files_are_served_from_here() {
    let app = App::start().await;
    let root = format!("http://{}", app.address);
    let response = app.client.get(format!("{root}/")).send().await.unwrap();
    assert!(response.headers()["content-security-policy"].to_str().unwrap().contains("script-src 'self'"));
    let page = response.text().await.unwrap();
    assert!(page.contains("/explorer/explorer.js") && !page.contains("://"), "{page}");
    for file in ["explorer.js", "explorer.css", "licences.txt"] {
        let response = app.client.get(format!("{root}/explorer/{file}")).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-encoding"], "gzip");
        assert!(response.bytes().await.unwrap().len() > 1000, "{file}");
    }
    assert_eq!(app.client.get(format!("{root}/explorer/other")).send().await.unwrap().status(), 404);
    let response = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    let response = response.get(app.url()).header("accept", "text/html").send().await.unwrap();
    assert_eq!((response.status().as_u16(), response.headers()["location"].to_str().unwrap()), (303, "/"));
}

#[test]
fn the_bundle_is_made_of_the_sources_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("explorer");
    let sums = std::fs::read_to_string(folder.join("dist/sources.sha256")).unwrap();
    let listed: BTreeMap<_, _> = sums.lines().map(|line| line.split_once("  ").unwrap()).map(|(sum, name)| (name.to_owned(), sum.to_owned())).collect();
    let files = std::fs::read_dir(&folder).unwrap().map(Result::unwrap).filter(|entry| entry.file_type().unwrap().is_file());
    let files = files.filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    let found: BTreeMap<_, _> =
        files.map(|entry| (entry.file_name().into_string().unwrap(), hex::encode(Sha256::digest(std::fs::read(entry.path()).unwrap())))).collect();
    assert_eq!(listed, found, "run `npm ci && npm run build` in {}", folder.display());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_signs_in_and_asks_and_listens_in_a_browser() {
    let program = std::env::var_os("POLYPHONY_TEST_BROWSER").unwrap_or("chromium".into());
    let app = App::start().await;
    app.sign_in_token.set(app.token()).unwrap();
    let mut changes = app.changes.subscribe();
    let mut page = Page::open(&program, &format!("http://{}/", app.address)).await;

    page.until("document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror && 'ready'", "ready").await;
    page.run("{ secret }", RESULT, "UNAUTHENTICATED").await;

    page.sign_in("ada", "wrong").await;
    page.until("document.querySelector('[role=alert]')?.textContent", "wrong username or password").await;
    page.sign_in("ada", "right").await;
    page.until("document.querySelector('.bar form').textContent", "Signed in as ada").await;
    // The token is renewed before it is used, once.
    page.run("{ secret }", RESULT, "for members").await;
    assert_eq!(changes.recv().await.unwrap(), "refreshed 1");
    page.run("subscription { membersOnly }", RESULT, "\"membersOnly\": 1").await;
    page.run("subscription { countdown(from: 3) }", RESULT, "\"countdown\": 1").await;

    page.sign_out().await;
    page.until("document.querySelector('.bar form').textContent", "Sign in").await;
    assert_eq!(changes.recv().await.unwrap(), "signed out");
    page.run("{ secret }", RESULT, "UNAUTHENTICATED").await;

    // A header that is typed into the editor goes with requests and with live operations.
    page.set_headers(&json!({ "Authorization": format!("Bearer {}", app.token()) }).to_string()).await;
    page.run("{ secret }", RESULT, "for members").await;
    page.run("subscription { membersOnly }", RESULT, "\"membersOnly\": 1").await;

    // Nothing was loaded from elsewhere, and nothing was refused by the page's own policy.
    let elsewhere = "performance.getEntriesByType('resource').map(e => e.name).filter(name => !name.startsWith(location.origin)).join() + '|end'";
    page.until(elsewhere, "|end").await;
    assert_eq!(page.evaluate(elsewhere).await, "|end");
}
