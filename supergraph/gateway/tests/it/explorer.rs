//! The page at `/` is complete: it loads nothing from elsewhere.

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

/// `POLYPHONY_BROWSER=chromium` runs it.
#[tokio::test(flavor = "multi_thread")]
async fn one_signs_in_and_asks_and_listens_in_a_browser() {
    let Some(program) = std::env::var_os("POLYPHONY_BROWSER") else { return };
    let app = App::start().await;
    app.sign_in_token.set(app.token()).unwrap();
    let mut page = Page::open(&program, &format!("http://{}/", app.address)).await;

    page.until("document.querySelector('.graphiql-query-editor .CodeMirror')?.CodeMirror && 'ready'", "ready").await;
    page.run("{ secret }", RESULT, "UNAUTHENTICATED").await;

    page.sign_in("ada", "wrong").await;
    page.until("document.querySelector('[role=alert]')?.textContent", "wrong username or password").await;
    page.sign_in("ada", "right").await;
    page.until("document.querySelector('.bar form').textContent", "Signed in as ada").await;
    page.run("{ secret }", RESULT, "for members").await;
    page.run("subscription { membersOnly }", RESULT, "\"membersOnly\": 1").await;
    // Nothing was loaded from elsewhere, and nothing was refused by the page's own policy.
    let elsewhere = "performance.getEntriesByType('resource').map(e => e.name).filter(name => !name.startsWith(location.origin)).join() + '|end'";
    page.until(elsewhere, "|end").await;
    assert_eq!(page.evaluate(elsewhere).await, "|end");
}
