//! Stage: which program is asking? It says so itself, so this is for the people who operate Polyphony and never a proof.
//! Beside its name it may ask to be told what answering takes.

use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};

/// Where clients name themselves: Apollo's clients the first way, others the second.
const NAMES: [HeaderName; 2] = [HeaderName::from_static("apollographql-client-name"), HeaderName::from_static("graphql-client-name")];
const VERSIONS: [HeaderName; 2] = [HeaderName::from_static("apollographql-client-version"), HeaderName::from_static("graphql-client-version")];
/// Asks for plan and timing, with any value but 0.
pub(crate) const TRACE: HeaderName = HeaderName::from_static("x-polyphony-trace");
/// The longest name or version that is taken for one.
const LONGEST: usize = 64;

/// A client program, as far as it has named itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Client {
    pub(crate) name: Option<Arc<str>>,
    pub(crate) version: Option<Arc<str>>,
    /// Whether it wants plan and timing with each answer.
    pub(crate) wants_trace: bool,
}

impl Client {
    /// What `headers` tell of it.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let first = |names: &[HeaderName]| names.iter().find_map(|name| sound(headers.get(name)?.to_str().ok()?));
        let wants_trace = headers.get(TRACE).is_some_and(|value| value.as_bytes().trim_ascii() != b"0");
        Self { name: first(&NAMES), version: first(&VERSIONS), wants_trace }
    }

    /// The same client, once it has said `name` and `version` of itself where it could set no headers; what it leaves out stays.
    pub(crate) fn named(&self, name: Option<&str>, version: Option<&str>) -> Self {
        Self {
            name: name.and_then(sound).or_else(|| self.name.clone()),
            version: version.and_then(sound).or_else(|| self.version.clone()),
            wants_trace: self.wants_trace,
        }
    }
}

fn sound(text: &str) -> Option<Arc<str>> {
    let text = text.trim();
    (1..=LONGEST).contains(&text.len()).then(|| text.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(list: &[(&'static str, &str)]) -> HeaderMap {
        list.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_client_names_itself_in_one_of_two_ways() {
        let apollo = Client::of(&headers(&[("apollographql-client-name", "ios"), ("apollographql-client-version", "1.2")]));
        let other = Client::of(&headers(&[("graphql-client-name", "ios"), ("graphql-client-version", "1.2")]));
        assert_eq!(apollo, other);
        assert_eq!((apollo.name.as_deref(), apollo.version.as_deref()), (Some("ios"), Some("1.2")));
    }

    #[test]
    fn a_client_can_name_itself_later() {
        let before = Client::of(&headers(&[("graphql-client-name", "web"), ("graphql-client-version", "1")]));
        let after = before.named(Some("ios"), None);
        assert_eq!((after.name.as_deref(), after.version.as_deref()), (Some("ios"), Some("1")));
    }

    #[test]
    fn what_is_no_name_is_left_out() {
        let long = "x".repeat(LONGEST + 1);
        assert_eq!(Client::of(&headers(&[("graphql-client-name", " "), ("graphql-client-version", &long)])), Client::default());
    }
}
