//! What identical requests of one viewer share, and what is never shared.

use serde_json::json;

use crate::app::{App, Reach, config, until};
use crate::live::change_until_heard;
use crate::socket::Socket;

const LIVE: &str = "subscription { trackChanged { id } }";

#[tokio::test]
async fn identical_live_operations_of_one_viewer_have_one_source() {
    for reach in [Reach::InProcess, Reach::Http] {
        let app = App::start_with(reach, config()).await;
        let token = app.token();
        let mut sockets = Vec::new();
        for token in [None, None, Some(token.as_str()), Some(token.as_str())] {
            let mut socket = Socket::start(&app, token).await;
            socket.subscribe("1", LIVE).await;
            change_until_heard(&app, &mut socket, "abc").await;
            sockets.push(socket);
        }
        // One of who is not signed in, and one of who is.
        assert_eq!(app.changes.receiver_count(), 2);
        drop(sockets);
        until(|| app.changes.receiver_count() == 0).await;
    }
}

#[tokio::test]
async fn live_operations_have_a_source_each_where_sharing_is_off() {
    let mut config = config();
    config.sharing.live = false;
    let app = App::start_with(Reach::InProcess, config).await;
    let mut sockets = Vec::new();
    for _ in 0..2 {
        let mut socket = Socket::start(&app, None).await;
        socket.subscribe("1", LIVE).await;
        change_until_heard(&app, &mut socket, "abc").await;
        sockets.push(socket);
    }
    assert_eq!(app.changes.receiver_count(), 2);
}

#[tokio::test]
async fn other_variables_are_another_operation() {
    let app = App::start().await;
    let mut sockets = Vec::new();
    for id in ["a", "b"] {
        let mut socket = Socket::start(&app, None).await;
        let payload = json!({ "query": "subscription($id: ID) { trackChanged(id: $id) { id } }", "variables": { "id": id } });
        socket.send(json!({ "id": "1", "type": "subscribe", "payload": payload })).await;
        sockets.push(socket);
    }
    until(|| app.changes.receiver_count() == 2).await;
    app.changes.send("b".into()).unwrap();
    app.changes.send("a".into()).unwrap();
    for (socket, id) in sockets.iter_mut().zip(["a", "b"]) {
        assert_eq!(socket.expect("next").await, json!({ "data": { "trackChanged": { "id": id } } }));
    }
}

#[tokio::test]
async fn identical_queries_at_once_are_each_answered_for_their_viewer() {
    let app = App::start().await;
    let token = app.token();
    let ask = |token: Option<String>| {
        let app = &app;
        async move { app.send(json!({ "query": "{ viewerId track(id: \"a\") { plays } }" }), token.as_deref()).await }
    };
    let answers = futures::future::join_all((0..40).map(|number| ask((number % 2 == 0).then(|| token.clone())))).await;
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(answer["data"]["track"]["plays"], 1, "{answer}");
        assert_eq!(answer["data"]["viewerId"].is_string(), number % 2 == 0, "{answer}");
    }
}

#[tokio::test]
async fn identical_mutations_are_each_run() {
    let app = App::start().await;
    let mut changes = app.changes.subscribe();
    let answers = futures::future::join_all((0..2).map(|_| app.query("mutation { slowly }"))).await;
    assert!(answers.iter().all(|answer| answer["data"]["slowly"] == true), "{answers:?}");
    let mut begun = 0;
    while let Ok(change) = changes.try_recv() {
        begun += usize::from(change == "begun");
    }
    assert_eq!(begun, 2);
}
