use axum::http::header::{ETAG, IF_RANGE, RANGE};
use axum::http::{HeaderName, Method, StatusCode};

use crate::support::{Playback, Reply, segment};

struct Segment {
    playback: Playback,
    path: String,
}

impl Segment {
    async fn serve() -> Self {
        let playback = Playback::start().await;
        let address = playback.address(playback.published().await.track_id).await;
        Self { playback, path: format!("{address}aac-64/0.m4s") }
    }

    async fn ask(&self, headers: &[(HeaderName, &str)]) -> Reply {
        self.playback.request(Method::GET, &self.path, headers).await
    }
}

fn assert_whole(reply: &Reply) {
    assert_eq!((reply.status, &reply.body), (StatusCode::OK, &segment()), "{reply:?}");
    assert_eq!((reply.header("content-range"), reply.header("content-length")), ("", "1000"));
}

#[tokio::test]
async fn one_range_is_sent_alone() {
    let served = Segment::serve().await;
    for (range, from, to) in [
        ("bytes=0-99", 0, 100),
        ("bytes=100-199", 100, 200),
        ("bytes=999-999", 999, 1000),
        ("bytes=900-", 900, 1000),
        ("bytes=0-", 0, 1000),
        ("bytes=-10", 990, 1000),
        ("bytes=-5000", 0, 1000),
        ("bytes=990-5000", 990, 1000),
    ] {
        let reply = served.ask(&[(RANGE, range)]).await;
        assert_eq!(reply.status, StatusCode::PARTIAL_CONTENT, "{range}");
        assert_eq!(reply.body, segment().slice(from..to), "{range}");
        assert_eq!(reply.header("content-range"), format!("bytes {from}-{}/1000", to - 1));
        assert_eq!(reply.header("content-length"), (to - from).to_string());
        assert_eq!(reply.header("content-type"), "audio/mp4");
    }
}

#[tokio::test]
async fn bytes_beyond_the_end_are_refused() {
    let served = Segment::serve().await;
    for range in ["bytes=1000-", "bytes=1000-2000", "bytes=-0", "bytes=2000-,3000-"] {
        let reply = served.ask(&[(RANGE, range)]).await;
        reply.assert_problem(StatusCode::RANGE_NOT_SATISFIABLE, "BAD_USER_INPUT");
        assert_eq!((reply.header("content-range"), reply.header(ETAG)), ("bytes */1000", ""), "{range}");
    }
}

#[tokio::test]
async fn several_ranges_and_what_is_none_are_answered_whole() {
    let served = Segment::serve().await;
    for range in ["bytes=0-9,20-29", "bytes=0-,0-,0-", "seconds=0-9", "bytes=9-0", "bytes=-", "bytes=x-y", "nonsense"] {
        assert_whole(&served.ask(&[(RANGE, range)]).await);
    }
}

#[tokio::test]
async fn a_part_is_sent_only_of_the_file_that_the_player_has_begun() {
    let served = Segment::serve().await;
    let whole = served.ask(&[]).await;
    let tag = whole.header(ETAG);
    let part = served.ask(&[(RANGE, "bytes=10-19"), (IF_RANGE, tag)]).await;
    assert_eq!((part.status, part.body), (StatusCode::PARTIAL_CONTENT, segment().slice(10..20)));
    for stale in ["\"other\"", &format!("W/{tag}"), "Thu, 01 Jan 2026 00:00:00 GMT", "nonsense"] {
        assert_whole(&served.ask(&[(RANGE, "bytes=10-19"), (IF_RANGE, stale)]).await);
        assert_whole(&served.ask(&[(RANGE, "bytes=5000-"), (IF_RANGE, stale)]).await);
    }
}
