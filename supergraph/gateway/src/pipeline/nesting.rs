//! How deep things are nested and how many they become, told before anything recurses into them: a stack that overflows or
//! memory that runs out takes the whole process along.

use std::collections::HashMap;

use hive_router::graphql_tools::static_graphql::query::{Definition, Document, OperationDefinition, Selection, SelectionSet};

/// Whether a JSON text opens more than `limit` brackets within one another.
pub(crate) fn json_deeper_than(text: &[u8], limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => {
                depth += 1;
                if depth > limit {
                    return true;
                }
            }
            b'}' | b']' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    false
}

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
            Definition::Operation(operation) => todo.push((selections(operation), 1)),
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

/// How many fields the operations of a document have, their fragments put in. Only for documents whose nesting is limited.
pub(super) fn fields(document: &Document) -> usize {
    let mut sizes = HashMap::new();
    let operations = document.definitions.iter().filter_map(|definition| match definition {
        Definition::Operation(operation) => Some(selections(operation)),
        Definition::Fragment(_) => None,
    });
    operations.fold(0, |sum, set| sum.saturating_add(fields_of(set, document, &mut sizes)))
}

fn fields_of<'a>(set: &'a SelectionSet, document: &'a Document, sizes: &mut HashMap<&'a str, usize>) -> usize {
    set.items.iter().fold(0, |sum, selection| {
        let more = match selection {
            Selection::Field(field) => fields_of(&field.selection_set, document, sizes).saturating_add(1),
            Selection::InlineFragment(fragment) => fields_of(&fragment.selection_set, document, sizes),
            Selection::FragmentSpread(spread) => fields_of_fragment(&spread.fragment_name, document, sizes),
        };
        sum.saturating_add(more)
    })
}

fn fields_of_fragment<'a>(name: &'a str, document: &'a Document, sizes: &mut HashMap<&'a str, usize>) -> usize {
    if let Some(size) = sizes.get(name) {
        return *size;
    }
    let fragment = document.definitions.iter().find_map(|definition| match definition {
        Definition::Fragment(fragment) if fragment.name == name => Some(fragment),
        _ => None,
    });
    let size = fragment.map_or(0, |fragment| fields_of(&fragment.selection_set, document, sizes));
    sizes.insert(name, size);
    size
}

const fn selections(operation: &OperationDefinition) -> &SelectionSet {
    match operation {
        OperationDefinition::SelectionSet(set) => set,
        OperationDefinition::Query(query) => &query.selection_set,
        OperationDefinition::Mutation(mutation) => &mutation.selection_set,
        OperationDefinition::Subscription(subscription) => &subscription.selection_set,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_in_strings_do_not_count() {
        assert!(!json_deeper_than(br#"{"a": "[[[[[[\"[[["}"#, 2));
        assert!(json_deeper_than(b"[[[", 2));
        assert!(!json_deeper_than(b"[][]{}", 1));
    }

    #[test]
    fn fragments_multiply_fields() {
        let count = |text: &str| fields(&hive_router::query_planner::utils::parsing::safe_parse_operation(text).unwrap());
        assert_eq!(count("{ a { b } ... on T { c } }"), 3);
        assert_eq!(count("{ a { ...A } b { ...A } } fragment A on T { c { ...B } d { ...B } } fragment B on T { e f }"), 2 + 2 * (2 + 2 * 2));
        let bomb: String = (0..30).map(|n| format!("fragment F{n} on T {{ a {{ ...F{} }} b {{ ...F{} }} }} ", n + 1, n + 1)).collect();
        assert!(count(&format!("{{ ...F0 }} {bomb} fragment F30 on T {{ a }}")) > 1_000_000_000);
    }

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
