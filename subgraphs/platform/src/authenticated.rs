//! The federation directive `@authenticated`: the gateway refuses the field to anonymous viewers before any subgraph is asked.
//!
//! ```ignore
//! use platform::authenticated::authenticated;
//!
//! #[graphql(directive = authenticated::apply())]
//! async fn sign_out(&self, context: &Context<'_>) -> Result<bool> { … }
//! ```
//!
//! It works on fields of objects, mutations and live operations and on whole objects. The use case keeps its own
//! `viewer.require_session()`: the directive spares work, the use case is what must hold.

/// The directive's name in the SDL, as it is linked.
const NAME: &str = "\"@authenticated\"";
/// What async-graphql writes for a directive of ours; a federation directive must be linked, not defined.
const DEFINITION: &str = "directive @authenticated on ";
/// The last import of the federation link that async-graphql always writes.
const LAST_IMPORT: &str = "\"@requiresScopes\"]";

mod directive {
    #![expect(missing_docs, reason = "the macro generates the public items and takes no documentation for them")]

    use async_graphql::TypeDirective;

    #[TypeDirective(location = "FieldDefinition", location = "Object")]
    pub fn authenticated() {}
}

pub use directive::authenticated;

/// The exported `sdl` with `@authenticated` imported from the federation specification where it is used. Without the import
/// composition would take it for a private directive, drop it, and leave the field open to everybody.
pub fn link(sdl: &str) -> String {
    if !sdl.lines().any(|line| line.starts_with(DEFINITION)) {
        return sdl.to_owned();
    }
    let mut linked: String = sdl.lines().filter(|line| !line.starts_with(DEFINITION)).flat_map(|line| [line, "\n"]).collect();
    linked = linked.replacen(LAST_IMPORT, &format!("\"@requiresScopes\", {NAME}]"), 1);
    linked
}

#[cfg(test)]
mod tests {
    use async_graphql::{EmptySubscription, Object, SDLExportOptions, Schema};

    use super::*;

    struct Query;

    #[Object]
    impl Query {
        async fn open(&self) -> bool {
            true
        }

        #[graphql(directive = authenticated::apply())]
        async fn closed(&self) -> bool {
            true
        }
    }

    struct Mutation;

    #[Object]
    impl Mutation {
        #[graphql(directive = authenticated::apply())]
        async fn change(&self) -> bool {
            true
        }
    }

    #[test]
    fn the_directive_is_imported_and_not_defined() {
        let schema = Schema::build(Query, Mutation, EmptySubscription).enable_federation().finish();
        let sdl = link(&schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive()));
        assert!(sdl.contains("closed: Boolean! @authenticated"), "{sdl}");
        assert!(sdl.contains("change: Boolean! @authenticated"), "{sdl}");
        assert!(sdl.contains("\"@requiresScopes\", \"@authenticated\"]"), "{sdl}");
        assert!(!sdl.contains("directive @authenticated"), "{sdl}");
    }

    #[test]
    fn a_schema_without_it_stays_as_it_is() {
        assert_eq!(link("type Query {\n}\n"), "type Query {\n}\n");
    }
}
