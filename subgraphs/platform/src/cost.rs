//! The federation directives `@cost` and `@listSize` (<https://ibm.github.io/graphql-specs/cost-spec.html>), by which the gateway
//! tells what an operation costs before it runs.
//!
//! ```ignore
//! use platform::cost::{cost, list_size};
//!
//! #[graphql(directive = cost::apply(20))]
//! async fn similar_tracks(&self) -> Result<Vec<Track>> { … }
//!
//! #[graphql(directive = list_size::apply(vec!["ids".into()], vec![], 10, false))]
//! async fn tracks(&self, ids: Vec<ID>) -> Result<Vec<Track>> { … }
//! ```
//!
//! Connections need nothing: all page by the same rule, so [`link`] writes `@listSize` to every field that returns one.

use kernel::paging::DEFAULT_PAGE_SIZE;

/// What async-graphql writes for directives of ours; federation directives must be linked, not defined.
const DEFINITIONS: [&str; 2] = ["directive @cost(", "directive @listSize("];
/// The version that async-graphql 7.2.1 links, and the first that has these directives.
const VERSIONS: [&str; 2] = ["https://specs.apollo.dev/federation/v2.5", "https://specs.apollo.dev/federation/v2.9"];
/// Arguments that tell the size of a page.
const SLICING: [&str; 2] = ["first", "last"];
/// Where the import list of the federation link begins.
const IMPORT: &str = "import: [";

mod directive {
    #![expect(missing_docs, reason = "the macro generates the public items and takes no documentation for them")]

    use async_graphql::TypeDirective;

    #[TypeDirective(location = "FieldDefinition", location = "ArgumentDefinition", location = "Object", location = "InputFieldDefinition")]
    pub fn cost(weight: u32) {}

    #[TypeDirective(name = "listSize", location = "FieldDefinition")]
    pub fn list_size(slicing_arguments: Vec<String>, sized_fields: Vec<String>, assumed_size: u32, require_one_slicing_argument: bool) {}
}

pub use directive::{cost, list_size};

/// The exported `sdl` with `@listSize` on every field that returns a connection, and both directives imported from the federation
/// specification where they are used.
pub fn link(sdl: &str) -> String {
    let lines = sdl.lines().filter(|line| !DEFINITIONS.iter().any(|definition| line.starts_with(definition)));
    let mut arguments = Vec::new();
    let mut linked: String = lines.flat_map(|line| [sized(line, &mut arguments), "\n".to_owned()]).collect();
    let used: Vec<_> = ["@cost", "@listSize"].into_iter().filter(|name| linked.contains(&format!(" {name}("))).map(|name| format!("\"{name}\", ")).collect();
    if used.is_empty() {
        return sdl.to_owned();
    }
    linked = linked.replacen(VERSIONS[0], VERSIONS[1], 1);
    linked.replacen(IMPORT, &format!("{IMPORT}{}", used.concat()), 1)
}

/// A line of SDL, with `@listSize` if it ends a field that returns a connection. `arguments` are those of the field so far that tell
/// its size.
fn sized(line: &str, arguments: &mut Vec<&'static str>) -> String {
    let text = line.trim_start();
    // A field with arguments begins: a name and a bracket.
    if text.trim_start_matches(|letter: char| letter.is_alphanumeric() || letter == '_').starts_with('(') && !text.starts_with('(') {
        arguments.clear();
    }
    let of_this_line = |name: &&str| text.split(['(', ',']).any(|part| part.trim_start().strip_prefix(*name).is_some_and(|rest| rest.starts_with(':')));
    arguments.extend(SLICING.into_iter().filter(of_this_line));
    let Some((_, after)) = line.split_once("): ").filter(|_| !line.contains(" @listSize(")) else { return line.to_owned() };
    let (kind, rest) = after.split_once(' ').map_or((after, ""), |(kind, rest)| (kind, rest));
    if !kind.trim_end_matches('!').ends_with("Connection") {
        return line.to_owned();
    }
    let start = line.strip_suffix(rest).unwrap_or(line).trim_end();
    let slicing: Vec<_> = arguments.iter().map(|name| format!("\"{name}\"")).collect();
    let slicing = if slicing.is_empty() { String::new() } else { format!("slicingArguments: [{}], ", slicing.join(", ")) };
    let size = format!("@listSize(assumedSize: {DEFAULT_PAGE_SIZE}, {slicing}sizedFields: [\"edges\", \"nodes\"], requireOneSlicingArgument: false)");
    format!("{start} {size} {rest}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use async_graphql::connection::{Connection, EmptyFields};
    use async_graphql::{EmptyMutation, EmptySubscription, Object, SDLExportOptions, Schema};

    use super::*;

    const SIZE: &str =
        "@listSize(assumedSize: 20, slicingArguments: [\"first\", \"last\"], sizedFields: [\"edges\", \"nodes\"], requireOneSlicingArgument: false)";

    struct Query;

    #[Object]
    impl Query {
        #[graphql(directive = cost::apply(20), directive = list_size::apply(vec!["ids".into()], vec![], 10, false))]
        async fn similar(&self, ids: Vec<i32>) -> Vec<i32> {
            ids
        }

        async fn numbers(&self, first: Option<i32>, #[graphql(desc = "From the end.")] last: Option<i32>) -> Connection<i32, i32, EmptyFields, EmptyFields> {
            let _ = (first, last);
            Connection::new(false, false)
        }
    }

    #[test]
    fn directives_are_imported_and_connections_sized() {
        let schema = Schema::build(Query, EmptyMutation, EmptySubscription).enable_federation().finish();
        let sdl = link(&schema.sdl_with_options(SDLExportOptions::new().federation().compose_directive()));
        assert!(sdl.contains(" @cost(weight: 20)"), "{sdl}");
        assert!(sdl.contains("slicingArguments: [\"ids\"]"), "{sdl}");
        assert!(sdl.contains(&format!("): IntConnection! {SIZE}\n")), "{sdl}");
        assert!(sdl.contains("federation/v2.9") && sdl.contains("import: [\"@cost\", \"@listSize\", \"@key\""), "{sdl}");
        assert!(!sdl.contains("directive @cost") && !sdl.contains("directive @listSize"), "{sdl}");
    }

    #[test]
    fn what_follows_the_type_stays() {
        let both = SIZE;
        let first = both.replace(", \"last\"", "");
        let none = both.replace("slicingArguments: [\"first\", \"last\"], ", "");
        let all = |lines: &[&str]| {
            lines.iter().fold((Vec::new(), String::new()), |(mut arguments, _), line| {
                let last = sized(line, &mut arguments);
                (arguments, last)
            })
        };
        let end = "\t): TrackConnection! @tag(name: \"a\")";
        assert_eq!(all(&["\ttracks(", "\t\tfirst: Int,", "\t\tlast: Int", end]).1, format!("\t): TrackConnection! {both} @tag(name: \"a\")"));
        assert_eq!(all(&["\tlast: Int", "\ttracks(", "\t\tfirst: Int", "\t): TrackConnection!"]).1, format!("\t): TrackConnection! {first}"));
        assert_eq!(all(&["\tfirst(last: Int): Int", "\tall(after: ID): TrackConnection"]).1, format!("\tall(after: ID): TrackConnection {none}"));
        assert_eq!(all(&["\tall(first: Int, last: Int): TrackConnection"]).1, format!("\tall(first: Int, last: Int): TrackConnection {both}"));
        for other in ["\ttrack(id: ID!): Track", "type TrackConnection @shareable {", "\tconnection: TrackConnection!"] {
            assert_eq!(sized(other, &mut Vec::new()), other);
        }
    }

    #[test]
    fn a_schema_without_them_stays_as_it_is() {
        assert_eq!(link("type Query {\n}\n"), "type Query {\n}\n");
    }
}
