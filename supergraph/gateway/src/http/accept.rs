//! Which of our two media types a client prefers.

use axum::http::{HeaderMap, header};

/// A media type of answers. They differ in the status of a request that could not be executed.
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

    /// The preferred one, or none that is accepted. Without a preference it is the newer, as the draft wants since 2025.
    pub(super) fn preferred(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(header::ACCEPT).iter().peekable();
        if values.peek().is_none() {
            return Some(Self::Response);
        }
        let ranges = values.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(','));
        let mut best: Option<(Self, f32)> = None;
        for range in ranges {
            let mut parts = range.split(';').map(str::trim);
            let media = match parts.next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "application/graphql-response+json" | "application/*" | "*/*" => Self::Response,
                "application/json" => Self::Json,
                _ => continue,
            };
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
            if weight > 0.0 && best.is_none_or(|(_, before)| weight > before) {
                best = Some((media, weight));
            }
        }
        best.map(|(media, _)| media)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accept: &str) -> Option<Media> {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, accept.parse().unwrap());
        Media::preferred(&headers)
    }

    #[test]
    fn the_heaviest_range_wins_and_then_the_first() {
        assert_eq!(preferred("application/json"), Some(Media::Json));
        assert_eq!(preferred("*/*"), Some(Media::Response));
        assert_eq!(preferred("application/json, application/graphql-response+json"), Some(Media::Json));
        assert_eq!(preferred("application/json;q=0.5, application/graphql-response+json"), Some(Media::Response));
        assert_eq!(preferred("text/html, application/json;q=0.1"), Some(Media::Json));
        assert_eq!(preferred("text/html"), None);
        assert_eq!(preferred("application/json;q=0"), None);
        assert_eq!(Media::preferred(&HeaderMap::new()), Some(Media::Response));
    }
}
