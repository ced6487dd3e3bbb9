//! What caches are told of an answer, computed from the hints of the supergraph.

use reqwest::Response;
use serde_json::json;

use crate::app::{App, Reach, config};

/// `Cache-Control` of an answer, and its entity tag.
fn told(response: &Response) -> (String, Option<String>) {
    let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
    (header("cache-control").unwrap(), header("etag"))
}

async fn by_get(app: &App, query: &str, token: Option<&str>) -> Response {
    let request = app.client.get(app.url()).query(&[("query", query)]);
    let request = token.into_iter().fold(request, reqwest::RequestBuilder::bearer_auth);
    request.send().await.unwrap()
}

async fn by_post(app: &App, query: &str) -> Response {
    app.client.post(app.url()).json(&json!({ "query": query })).send().await.unwrap()
}

#[tokio::test]
async fn the_shortest_time_of_all_subgraphs_counts() {
    let app = App::start().await;
    for (query, expected) in [
        ("{ tracks(first: 2) { title } }", "public, max-age=60"),
        ("{ tracks(first: 2) { title owner { name } } }", "public, max-age=30"),
        ("{ tracks(first: 2) { title plays } }", "public, max-age=10"),
        ("{ tracks(first: 2) { ...F } } fragment F on Track { t: title p: plays }", "public, max-age=10"),
        ("{ track(id: 1) { title } requestId }", "private, max-age=5"),
        // No hint, no time.
        ("{ total }", "no-store"),
        ("{ track(id: 1) { title } total }", "no-store"),
        ("{ __typename }", "no-store"),
        ("{ track(id: 1) { title } __schema { queryType { name } } }", "no-store"),
    ] {
        assert_eq!(told(&by_post(&app, query).await), (expected.to_owned(), None), "{query}");
        let (control, tag) = told(&by_get(&app, query, None).await);
        assert_eq!((control.as_str(), tag.is_some()), (expected, expected != "no-store"), "{query}");
    }
}

#[tokio::test]
async fn what_is_not_for_everybody_or_went_wrong_is_never_kept() {
    let app = App::start().await;
    let token = app.token();
    // For members, whoever asks; failed, in part or as a whole; and what changes something.
    for query in ["{ user(id: 1) { name email } }", "{ track(id: 1) { title fails } }", "{ nonsense }", "{ track(id: 1) { title }"] {
        for token in [None, Some(token.as_str())] {
            assert_eq!(told(&by_get(&app, query, token).await), ("no-store".to_owned(), None), "{query}");
        }
    }
    let mutation = r#"mutation { signIn(input: { login: "a", password: "right" }) { accessToken } }"#;
    assert_eq!(told(&by_post(&app, mutation).await).0, "no-store");
}

#[tokio::test]
async fn a_signed_in_viewers_answer_is_never_for_shared_caches() {
    let app = App::start().await;
    let query = "{ track(id: 1) { title } }";
    let anonymous = by_get(&app, query, None).await;
    assert_eq!(told(&anonymous).0, "public, max-age=60");
    let vary: Vec<_> = anonymous.headers().get_all("vary").iter().map(|value| value.to_str().unwrap().to_owned()).collect();
    for header in ["authorization", "x-api-key", "accept", "accept-encoding", "origin"] {
        assert!(vary.join(", ").contains(header), "{header} is not in {vary:?}");
    }
    assert_eq!(told(&by_get(&app, query, Some(&app.token())).await).0, "private, max-age=60");
}

#[tokio::test]
async fn a_client_that_has_the_answer_is_told_so() {
    let app = App::start().await;
    let ask = async |id: &str, tags: &str| {
        let query = [("query", "query($id: ID!) { track(id: $id) { title } }".to_owned()), ("variables", json!({ "id": id }).to_string())];
        app.client.get(app.url()).query(&query).header("if-none-match", tags).send().await.unwrap()
    };
    let first = ask("1", "\"other\"").await;
    assert_eq!(first.status(), 200);
    let (control, tag) = told(&first);
    let tag = tag.unwrap();
    for tags in [tag.as_str(), tag.strip_prefix("W/").unwrap(), &format!("\"other\", {tag}"), "*"] {
        let again = ask("1", tags).await;
        assert_eq!((again.status().as_u16(), told(&again)), (304, (control.clone(), Some(tag.clone()))), "{tags}");
        let vary = |answer: &Response| answer.headers().get_all("vary").iter().cloned().collect::<Vec<_>>();
        assert_eq!(vary(&again), vary(&first), "caches take over what a 304 tells");
        assert_eq!(again.bytes().await.unwrap().len(), 0);
    }
    // Costs are told in the same order each time.
    let mut config = config();
    config.limits.report_cost = true;
    let telling = App::start_with(Reach::InProcess, config).await;
    let mut tags = Vec::new();
    for _ in 0..8 {
        let answer = by_get(&telling, "{ track(id: 1) { title } }", None).await;
        tags.push(told(&answer).1);
        assert!(answer.text().await.unwrap().contains("estimated"));
    }
    assert!(tags[0].is_some() && tags.iter().all(|tag| *tag == tags[0]), "{tags:?}");
    // Another answer has another tag.
    let other = ask("2", &tag).await;
    assert_eq!(other.status(), 200);
    assert_ne!(told(&other).1, Some(tag));
}
