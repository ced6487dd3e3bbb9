//! The directive `@cacheControl`, as Apollo defines it: how long an answer with this field, or with a field of this type, may be
//! kept, and by whom. The gateway reads it out of the supergraph and computes each answer's `Cache-Control`.
//!
//! ```ignore
//! use platform::cache_control::{CacheControlScope, cache_control};
//!
//! /// Every field that returns an artist.
//! #[Object(directive = cache_control::apply(Some(60), None, None))]
//! impl Artist { … }
//!
//! /// One field; this counts more than its type's.
//! #[graphql(directive = cache_control::apply(None, Some(CacheControlScope::Private), None))]
//! async fn email(&self) -> Option<&str> { … }
//! ```
//!
//! Without any hint, root fields and fields that return objects may not be kept at all, and other fields as long as what they are
//! part of. Of all that an operation asks for, the shortest time counts, and one PRIVATE makes the answer private. What depends
//! on whether somebody is signed in need not be PRIVATE: the gateway never lets a signed-in viewer's answer be shared.

/// What async-graphql writes where the directive is used.
const DEFINITION: &str = "directive @cacheControl(";
/// By which the composed directive is known. It is a name and no address: nobody fetches it.
const SPEC: &str = "https://polyphony.invalid/cacheControl/v1.0";
/// Types of Relay's lists: parts of the field that returns the list, and made by a macro that takes no directives.
const LIST_PARTS: [&str; 2] = ["Connection", "Edge"];
/// The same, by its whole name.
const PAGE_INFO: &str = "PageInfo";

mod directive {
    #![expect(missing_docs, reason = "the macro generates the public items and takes no documentation for them")]

    use async_graphql::{Enum, TypeDirective};

    /// Who may keep an answer.
    #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
    pub enum CacheControlScope {
        /// Any cache on the way.
        Public,
        /// Only the viewer's own.
        Private,
    }

    #[TypeDirective(name = "cacheControl", location = "FieldDefinition", location = "Object", location = "Interface")]
    pub fn cache_control(
        #[graphql(desc = "How long, in seconds.")] max_age: Option<i32>,
        #[graphql(desc = "By whom; by default PUBLIC.")] scope: Option<CacheControlScope>,
        #[graphql(desc = "As long as what it is part of.")] inherit_max_age: Option<bool>,
    ) {
    }
}

pub use directive::{CacheControlScope, cache_control};

/// The exported `sdl` such that composition keeps the directive where it is used (composition drops directives it was not told
/// of), and with lists that may be kept as long as the field that returns them.
///
/// async-graphql could write the link, but with several specifications in an order that changes with every run.
pub fn link(sdl: &str) -> String {
    if !sdl.lines().any(|line| line.starts_with(DEFINITION)) {
        return sdl.to_owned();
    }
    let mut linked: String = sdl
        .lines()
        .flat_map(|line| {
            let hint = if is_list_part(line) { line.strip_suffix(" {") } else { None };
            hint.map_or([line, "", "\n"], |start| [start, " @cacheControl(inheritMaxAge: true) {", "\n"])
        })
        .collect();
    linked.push_str("extend schema @link(\n\turl: \"");
    linked.push_str(SPEC);
    linked.push_str("\",\n\timport: [\"@cacheControl\"]\n) @composeDirective(name: \"@cacheControl\")\n");
    linked
}

fn is_list_part(line: &str) -> bool {
    let name = line.strip_prefix("type ").and_then(|rest| rest.split(' ').next());
    name.is_some_and(|name| name == PAGE_INFO || LIST_PARTS.iter().any(|part| name.ends_with(part)))
}

#[cfg(test)]
mod tests {
    use async_graphql::connection::{Connection, Edge};
    use async_graphql::{EmptyMutation, EmptySubscription, Object, SDLExportOptions, Schema, SimpleObject};

    use super::*;

    #[derive(SimpleObject)]
    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    struct Song {
        title: String,
        #[graphql(directive = cache_control::apply(Some(0), Some(CacheControlScope::Private), None))]
        rating: i32,
    }

    struct Query;

    #[Object]
    impl Query {
        #[graphql(directive = cache_control::apply(Some(30), None, None))]
        async fn songs(&self) -> Connection<String, Song> {
            let mut songs = Connection::new(false, false);
            songs.edges.push(Edge::new("1".into(), Song { title: "Dawn".into(), rating: 5 }));
            songs
        }
    }

    fn sdl() -> String {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).enable_federation().finish();
        schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive())
    }

    #[test]
    fn hints_are_written_as_apollo_writes_them() {
        let sdl = link(&sdl());
        assert!(sdl.contains("type Song @cacheControl(maxAge: 60) {"), "{sdl}");
        assert!(sdl.contains("rating: Int! @cacheControl(maxAge: 0, scope: PRIVATE)"), "{sdl}");
        assert!(sdl.contains("songs: SongConnection! @cacheControl(maxAge: 30)"), "{sdl}");
        assert!(sdl.contains("@composeDirective(name: \"@cacheControl\")"), "{sdl}");
    }

    #[test]
    fn lists_are_part_of_the_field_that_returns_them() {
        let sdl = link(&sdl());
        for name in ["SongConnection", "SongEdge", "PageInfo"] {
            assert!(sdl.contains(&format!("type {name} @shareable @cacheControl(inheritMaxAge: true) {{")), "{name}: {sdl}");
        }
    }

    #[test]
    fn a_schema_without_hints_stays_as_it_is() {
        assert_eq!(link("type PageInfo {\n}\n"), "type PageInfo {\n}\n");
    }
}
