//! How many answers become one HTTP body: server-sent events by the GraphQL over SSE protocol (distinct connections mode), and
//! multipart by Apollo's subscription protocol over HTTP.

use axum::http::HeaderValue;
use bytes::Bytes;

use crate::pipeline::RequestError;

/// A way to put answers into a body, one after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// `text/event-stream`.
    Events,
    /// `multipart/mixed;subscriptionSpec=1.0`.
    Multipart,
}

impl Framing {
    pub(super) const fn content_type(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::Events => "text/event-stream; charset=utf-8",
            Self::Multipart => "multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0",
        })
    }

    /// What the body begins with. A boundary stands before each part and not after it, so each part brings along the next one's:
    /// otherwise readers would keep an answer until the next has come.
    pub(super) const fn opening(self) -> Bytes {
        Bytes::from_static(match self {
            Self::Events => b":\n\n",
            Self::Multipart => b"--graphql",
        })
    }

    /// A sign of life without meaning.
    pub(super) fn heartbeat(self) -> Bytes {
        match self {
            Self::Events => Bytes::from_static(b":\n\n"),
            Self::Multipart => part(b"{}"),
        }
    }

    /// An answer; `body` is the JSON of a GraphQL response.
    pub(super) fn next(self, body: &[u8]) -> Bytes {
        match self {
            Self::Events => event("next", body),
            Self::Multipart => part(&[b"{\"payload\":", body, b"}"].concat()),
        }
    }

    /// After the last answer.
    pub(super) fn complete(self) -> Bytes {
        match self {
            Self::Events => event("complete", b""),
            Self::Multipart => Bytes::from_static(b"--\r\n"),
        }
    }

    /// The end, by an error of the whole operation.
    pub(super) fn failed(self, error: &RequestError) -> Bytes {
        let last = match self {
            Self::Events => self.next(&error.body()),
            Self::Multipart => part(format!("{{\"payload\":null,\"errors\":{}}}", error.list()).as_bytes()),
        };
        [last, self.complete()].concat().into()
    }

    /// The end, because the service stops. Clients of server-sent events connect again when a stream ends without its last event;
    /// the other protocol has only errors to say so.
    pub(super) fn stopping(self) -> Bytes {
        match self {
            Self::Events => Bytes::from_static(b": the service is stopping, connect again\n\n"),
            Self::Multipart => self.failed(&RequestError::unavailable()),
        }
    }
}

fn part(json: &[u8]) -> Bytes {
    [b"\r\ncontent-type: application/json\r\n\r\n", json, b"\r\n--graphql"].concat().into()
}

/// Line ends can only stand between the tokens of a JSON text, where they mean nothing; in an event they would end the data.
fn event(name: &str, json: &[u8]) -> Bytes {
    let mut event = format!("event: {name}\ndata: ").into_bytes();
    event.extend(json.iter().filter(|byte| !matches!(byte, b'\n' | b'\r')));
    event.extend(b"\n\n");
    event.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_of_one_line() {
        assert_eq!(Framing::Events.next(b"{\r\n \"a\":\"\\n\"}"), "event: next\ndata: { \"a\":\"\\n\"}\n\n");
        assert_eq!(Framing::Events.complete(), "event: complete\ndata: \n\n");
    }

    #[test]
    fn a_multipart_body_is_one_by_rfc_2046() {
        let multipart = Framing::Multipart;
        let body = [multipart.opening(), multipart.heartbeat(), multipart.next(b"{\"data\":1}"), multipart.complete()].concat();
        let expected = "--graphql\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql\r\ncontent-type: application/json\r\n\r\n{\"payload\":{\"data\":1}}\r\n--graphql--\r\n";
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    }
}
