//! How deep an operation is nested, told before anything recurses into it: a stack that overflows takes the whole process along.

use std::collections::HashMap;

use hive_router::graphql_tools::static_graphql::query::{Definition, Document, Selection, SelectionSet};

/// Whether an operation has more than `limit` fields within one another, its fragments put in. The parser limits brackets, but a
/// chain of fragments nests without any; and a cycle of them, which is invalid, nests without end.
pub(super) fn document_deeper_than(document: &Document, limit: usize) -> bool {
    let mut fragments = HashMap::new();
    let mut todo: Vec<(&SelectionSet, usize)> = Vec::new();
    for definition in &document.definitions {
        match definition {
            Definition::Fragment(fragment) => {
                fragments.insert(fragment.name.as_str(), &fragment.selection_set);
            }
            Definition::Operation(operation) => todo.push((operation.selection_set(), 1)),
        }
    }
    // A fragment is looked into again only where it lies deeper than before, so that this ends soon whatever the document is.
    let mut deepest: HashMap<&str, usize> = HashMap::new();
    while let Some((set, depth)) = todo.pop() {
        if depth > limit {
            return true;
        }
        for selection in &set.items {
            match selection {
                Selection::Field(field) if field.selection_set.items.is_empty() => {}
                Selection::Field(field) => todo.push((&field.selection_set, depth + 1)),
                // Counted like fields: they cost the stack as much.
                Selection::InlineFragment(fragment) => todo.push((&fragment.selection_set, depth + 1)),
                Selection::FragmentSpread(spread) => {
                    let name = spread.fragment_name.as_str();
                    let before = deepest.entry(name).or_default();
                    if let Some(set) = fragments.get(name).filter(|_| *before < depth + 1) {
                        *before = depth + 1;
                        todo.push((set, depth + 1));
                    }
                }
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fragments_count_where_they_are_put_in() {
        let deeper = |text: &str, limit| {
            let document = hive_router::query_planner::utils::parsing::safe_parse_operation(text).unwrap();
            document_deeper_than(&document, limit)
        };
        assert!(!deeper("{ a { b } c { d } }", 2));
        assert!(deeper("{ a { b { c } } }", 2));
        assert!(deeper("{ ...A } fragment A on T { a { ...B } } fragment B on T { b }", 3));
        assert!(!deeper("{ ...A } fragment A on T { a { ...B } } fragment B on T { b }", 4));
        assert!(deeper("{ ...A } fragment A on T { ...B } fragment B on T { ...A }", 40));
    }
}
