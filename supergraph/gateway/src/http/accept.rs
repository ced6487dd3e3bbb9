//! Which of our media types a client takes. A query is answered once and a live operation in a stream, so a client that sends
//! both by the same code names types of both kinds, and which one counts is known only with the operation.

use axum::http::{HeaderMap, header};

use super::framing::Framing;

/// A media type of single answers. They differ in the status of a request that could not be executed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Media {
    /// `application/graphql-response+json`: the status tells whether the operation was executed.
    Response,
    /// `application/json`: 200 for every well-formed request.
    Json,
}

impl Media {
    pub(super) const fn content_type(self) -> &'static str {
        match self {
            Self::Response => "application/graphql-response+json; charset=utf-8",
            Self::Json => "application/json; charset=utf-8",
        }
    }
}

/// What a client takes; never neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Accepted {
    /// The preferred form of a single answer.
    pub(super) single: Option<Media>,
    /// The preferred form of a stream of answers.
    pub(super) stream: Option<Framing>,
}

impl Accepted {
    /// What `headers` tell, or nothing when there is no type that we have.
    pub(super) fn of(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Some(Self { single: Some(Media::Json), stream: None });
        }
        let (mut single, mut stream) = (Best::default(), Best::default());
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let media = parts.next().unwrap_or_default();
            let parameters: Vec<_> = parts.filter_map(|part| part.split_once('=')).map(|(name, value)| (name.trim(), value.trim().trim_matches('"'))).collect();
            let parameter = |wanted: &str| parameters.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| *value);
            let weight = parameter("q").map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            let is = |name: &str| media.eq_ignore_ascii_case(name);
            if is("application/graphql-response+json") {
                single.offer(Media::Response, weight);
            } else if is("application/json") || is("application/*") || is("*/*") {
                // Who does not name the newer type may not know its statuses.
                single.offer(Media::Json, weight);
            } else if is("text/event-stream") {
                stream.offer(Framing::Events, weight);
            } else if is("multipart/mixed") && parameter("subscriptionSpec") == Some("1.0") {
                stream.offer(Framing::Multipart, weight);
            }
        }
        let accepted = Self { single: single.0.map(|(media, _)| media), stream: stream.0.map(|(framing, _)| framing) };
        (accepted.single.is_some() || accepted.stream.is_some()).then_some(accepted)
    }
}

/// The heaviest offer, and of equal ones the first.
struct Best<T>(Option<(T, f32)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    fn offer(&mut self, kind: T, weight: f32) {
        if weight > 0.0 && self.0.as_ref().is_none_or(|(_, before)| weight > *before) {
            self.0 = Some((kind, weight));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted(accept: &str) -> Option<Accepted> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Accepted::of(&headers)
    }

    fn single(accept: &str) -> Option<Media> {
        accepted(accept).and_then(|accepted| accepted.single)
    }

    fn stream(accept: &str) -> Option<Framing> {
        accepted(accept).and_then(|accepted| accepted.stream)
    }

    #[test]
    fn the_heaviest_range_wins_and_then_the_first() {
        assert_eq!(single("application/json"), Some(Media::Json));
        assert_eq!(single("*/*"), Some(Media::Json));
        assert_eq!(single("Application/GraphQL-Response+JSON"), Some(Media::Response), "types have no case (RFC 9110 §8.3.1)");
        assert_eq!(single("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(single("application/json;q=0.5, application/graphql-response+json"), Some(Media::Response));
        assert_eq!(single("application/graphql-response+json, application/json, */*;q=0.1"), Some(Media::Response));
        assert_eq!(single("text/html, application/json;q=0.1"), Some(Media::Json));
        assert_eq!(accepted("text/html"), None);
        assert_eq!(accepted("application/json;q=0"), None);
        assert_eq!(Accepted::of(&HeaderMap::new()), Some(Accepted { single: Some(Media::Json), stream: None }));
    }

    #[test]
    fn streams_are_asked_for_by_name() {
        assert_eq!(accepted("text/event-stream"), Some(Accepted { single: None, stream: Some(Framing::Events) }));
        // Apollo Client 4, 3 and as its documentation writes it.
        let apollo = "multipart/mixed;boundary=graphql;subscriptionSpec=1.0,application/graphql-response+json,application/json;q=0.9";
        assert_eq!(accepted(apollo), Some(Accepted { single: Some(Media::Response), stream: Some(Framing::Multipart) }));
        assert_eq!(stream("multipart/mixed;boundary=\"graphql\";subscriptionSpec=1.0,application/json"), Some(Framing::Multipart));
        assert_eq!(stream("multipart/mixed;subscriptionSpec=\"1.0\", application/json"), Some(Framing::Multipart));
        // urql.
        assert_eq!(stream("text/event-stream, multipart/mixed"), Some(Framing::Events));
        assert_eq!(stream("multipart/mixed;deferSpec=20220824, application/json"), None);
        assert_eq!(stream("*/*"), None);
    }
}
