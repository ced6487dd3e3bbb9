//! The five operations of Polyphony that are measured: what its pages and players really ask.

/// What an operation's variable `id` is the id of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Each of the tracks in turn.
    Track,
    /// The artist.
    Artist,
    /// The album.
    Album,
    /// Nothing: it has no variable.
    Nothing,
}

/// An operation.
pub(crate) struct Operation {
    /// For the table.
    pub(crate) name: &'static str,
    pub(crate) about: About,
    pub(crate) query: &'static str,
}

pub(crate) const OPERATIONS: [Operation; 5] = [
    Operation { name: "title of a track (catalog)", about: About::Track, query: "query Title($id: ID!) { track(id: $id) { id title } }" },
    Operation {
        name: "page of a track (catalog, playback, users)",
        about: About::Track,
        query: "query Track($id: ID!) { track(id: $id) { id title durationMs artist { id name } album { id title } \
            uploadedBy { id username displayName } stream { url expiresAt mediaType renditions { name codecs bandwidthBps } } } }",
    },
    Operation {
        name: "page of an artist (catalog, users)",
        about: About::Artist,
        query: "query Artist($id: ID!) { artist(id: $id) { id name bio owner { id displayName } albums(first: 10) { nodes { id title } } \
            tracks(first: 10) { nodes { id title durationMs } pageInfo { hasNextPage endCursor } } } }",
    },
    Operation {
        name: "album to play (catalog, playback)",
        about: About::Album,
        query: "query Album($id: ID!) { album(id: $id) { id title artist { id name } \
            tracks(first: 20) { nodes { id title durationMs stream { url mediaType renditions { name bandwidthBps } } } } } }",
    },
    Operation {
        name: "home of a listener (users, catalog)",
        about: About::Nothing,
        query: "query Home { viewer { id displayName role } tracks(first: 20, order: NEWEST) { nodes { id title durationMs artist { id name } \
            album { id title } } pageInfo { hasNextPage endCursor } } }",
    },
];
