//! Descriptions for what async-graphql (7.2.1) makes by itself and describes not at all or for Rust programmers: root types,
//! connections, moments.

/// What stands between the lines of a description.
const QUOTES: &str = "\"\"\"";

/// async-graphql's own words and ours.
const BETTER: [(&str, &str); 11] = [
    (
        "Implement the DateTime<Utc> scalar\n\nThe input/output is a string in RFC3339 format.",
        "A moment as RFC 3339 writes it, for example 2026-11-21T09:30:00Z.",
    ),
    ("Information about pagination in a connection", "Where a page lies in its list."),
    ("When paginating forwards, the cursor to continue.", "The cursor of the last item: `after` for the next page. Null on an empty page."),
    ("When paginating backwards, the cursor to continue.", "The cursor of the first item: `before` for the page before. Null on an empty page."),
    ("When paginating forwards, are there more items?", "Whether there are items behind this page."),
    ("When paginating backwards, are there more items?", "Whether there are items before this page."),
    ("A cursor for use in pagination", "The item's place in the list, for `after` and `before`: opaque."),
    ("The item at the end of the edge", "The item."),
    ("A list of edges.", "The items of this page with their cursors."),
    ("A list of nodes.", "The items of this page."),
    ("An edge in a connection.", "An item and its place in a list."),
];

/// The exported `sdl` with descriptions where it has none of its own.
pub(crate) fn describe(sdl: &str) -> String {
    let mut described = String::with_capacity(sdl.len());
    let mut before = "";
    for line in sdl.lines() {
        if before != QUOTES
            && let Some(description) = line.strip_prefix("type ").and_then(|rest| rest.split([' ', '{']).next()).and_then(description)
        {
            described.extend([QUOTES, "\n", description, "\n", QUOTES, "\n"]);
        }
        described.extend([line, "\n"]);
        before = line;
    }
    for (theirs, ours) in BETTER {
        described = described.replace(theirs, ours);
    }
    described
}

fn description(type_name: &str) -> Option<&'static str> {
    Some(match type_name {
        "Query" => "What can be asked.",
        "Mutation" => "What can be changed. The fields of one operation run one after the other.",
        "Subscription" => "What can be listened to, as it happens.",
        name if name.ends_with("Connection") => "A page of a list, in the form of Relay's cursor connections.",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_description_gets_one_and_what_has_keeps_it() {
        let sdl = "type Query {\n\tx: X!\n}\n\n\"\"\"\nMine.\n\"\"\"\ntype YConnection @shareable {\n}\ntype XConnection @shareable {\n}\ntype X {\n}\n";
        let described = describe(sdl);
        assert!(described.starts_with("\"\"\"\nWhat can be asked.\n\"\"\"\ntype Query {\n\tx: X!\n"), "{described}");
        assert!(described.contains("Mine.\n\"\"\"\ntype YConnection"), "{described}");
        assert!(described.contains("A page of a list, in the form of Relay's cursor connections.\n\"\"\"\ntype XConnection"), "{described}");
        assert!(described.ends_with("}\ntype X {\n}\n"), "{described}");
    }

    #[test]
    fn library_texts_are_put_for_those_who_use_the_api() {
        let described = describe("\"\"\"\nImplement the DateTime<Utc> scalar\n\nThe input/output is a string in RFC3339 format.\n\"\"\"\nscalar DateTime\n");
        assert_eq!(described, "\"\"\"\nA moment as RFC 3339 writes it, for example 2026-11-21T09:30:00Z.\n\"\"\"\nscalar DateTime\n");
    }
}
