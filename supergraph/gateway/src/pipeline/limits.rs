//! Stage: is the operation small enough? Everything is counted in one walk over the text as it was sent, fragments put in where
//! they are used, and each limit is refused with a code and a message of its own. Codes are those of Apollo Router, and alike
//! where it has none.
//!
//! The walk recurses, so it wants a document whose nesting was limited before, which also means one without cycles.

use std::collections::HashMap;

use hive_router::graphql_tools::static_graphql::query::{
    Definition, Directive, Document, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use platform::config::LimitsConfig;

use super::error::{Fault, RequestError};

pub(super) const MAX_DEPTH: &str = "MAX_DEPTH_LIMIT";
pub(super) const MAX_TOKENS: &str = "MAX_TOKENS_LIMIT";
const MAX_HEIGHT: &str = "MAX_HEIGHT_LIMIT";
const MAX_ALIASES: &str = "MAX_ALIASES_LIMIT";
const MAX_ROOT_FIELDS: &str = "MAX_ROOT_FIELDS_LIMIT";
const MAX_DIRECTIVES: &str = "MAX_DIRECTIVES_LIMIT";

/// How large something is with its fragments put in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Size {
    /// Fields within one another, without introspection: a tool's introspection query has 14 and takes nothing from subgraphs.
    depth: usize,
    height: usize,
    aliases: usize,
    directives: usize,
    /// Fields of the set itself.
    root_fields: usize,
}

impl Size {
    /// Both side by side.
    const fn and(self, other: Self) -> Self {
        Self {
            depth: if self.depth > other.depth { self.depth } else { other.depth },
            height: self.height.saturating_add(other.height),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            root_fields: self.root_fields.saturating_add(other.root_fields),
        }
    }
}

/// Refuses a document that is too large in any way. Operations of one document count together, but for their roots.
pub(super) fn check(document: &Document, limits: &LimitsConfig) -> Result<(), RequestError> {
    let mut measure = Measure::of(document);
    let mut root_fields = 0;
    let mut size = Size::default();
    for definition in &document.definitions {
        if let Definition::Operation(operation) = definition {
            let own = measure.operation(operation);
            root_fields = root_fields.max(own.root_fields);
            size = size.and(own);
        }
    }
    let found = [
        (size.depth, limits.max_depth, MAX_DEPTH, "levels of fields"),
        (size.height, limits.max_height, MAX_HEIGHT, "fields"),
        (size.aliases, limits.max_aliases, MAX_ALIASES, "aliases"),
        (root_fields, limits.max_root_fields, MAX_ROOT_FIELDS, "fields at the top"),
        (size.directives, limits.max_directives, MAX_DIRECTIVES, "directives"),
    ];
    match found.into_iter().find(|(size, limit, ..)| size > limit) {
        Some((_, limit, code, what)) => Err(too_large(code, limit, what)),
        None => Ok(()),
    }
}

/// The operation has more than `limit` of something.
pub(super) fn too_large(code: &str, limit: usize, what: &str) -> RequestError {
    RequestError::new(Fault::Operation, code, format!("the operation has more than {limit} {what}"))
}

struct Measure<'a> {
    fragments: HashMap<&'a str, &'a FragmentDefinition>,
    /// Measured once each: a few fragments that use each other twice would otherwise take for ever.
    sizes: HashMap<&'a str, Size>,
}

impl<'a> Measure<'a> {
    fn of(document: &'a Document) -> Self {
        let fragments = document.definitions.iter().filter_map(|definition| match definition {
            Definition::Fragment(fragment) => Some((fragment.name.as_str(), fragment)),
            Definition::Operation(_) => None,
        });
        Self { fragments: fragments.collect(), sizes: HashMap::new() }
    }

    fn operation(&mut self, operation: &'a OperationDefinition) -> Size {
        self.set(operation.selection_set()).and(only(operation.directives()))
    }

    fn set(&mut self, set: &'a SelectionSet) -> Size {
        set.items.iter().fold(Size::default(), |size, selection| {
            size.and(match selection {
                Selection::Field(field) => self.field(field),
                Selection::InlineFragment(fragment) => self.set(&fragment.selection_set).and(only(&fragment.directives)),
                Selection::FragmentSpread(spread) => self.fragment(&spread.fragment_name).and(only(&spread.directives)),
            })
        })
    }

    fn field(&mut self, field: &'a Field) -> Size {
        let below = self.set(&field.selection_set);
        let is_introspection = field.name == "__schema" || field.name == "__type";
        Size {
            depth: if is_introspection { 0 } else { below.depth + 1 },
            height: below.height.saturating_add(1),
            aliases: below.aliases.saturating_add(usize::from(field.alias.is_some())),
            directives: below.directives.saturating_add(field.directives.len()),
            root_fields: 1,
        }
    }

    fn fragment(&mut self, name: &'a str) -> Size {
        if let Some(size) = self.sizes.get(name) {
            return *size;
        }
        // One that is not there is for validation to name.
        let size = match self.fragments.get(name).copied() {
            Some(fragment) => self.set(&fragment.selection_set).and(only(&fragment.directives)),
            None => Size::default(),
        };
        self.sizes.insert(name, size);
        size
    }
}

fn only(directives: &[Directive]) -> Size {
    Size { directives: directives.len(), ..Size::default() }
}

#[cfg(test)]
mod tests {
    use hive_router::query_planner::utils::parsing::safe_parse_operation;

    use super::*;

    fn size(text: &str) -> Size {
        let document = safe_parse_operation(text).unwrap();
        let mut measure = Measure::of(&document);
        document.definitions.iter().fold(Size::default(), |size, definition| match definition {
            Definition::Operation(operation) => size.and(measure.operation(operation)),
            Definition::Fragment(_) => size,
        })
    }

    #[test]
    fn everything_is_counted_where_fragments_put_it() {
        let counted = size("query @a { x: a @b { ...F @c } ... on Q @d { ...F } } fragment F on T @e { y: b { c } }");
        assert_eq!(counted, Size { depth: 3, height: 5, aliases: 3, directives: 6, root_fields: 2 });
    }

    #[test]
    fn introspection_has_no_depth_but_a_height() {
        assert_eq!(size("{ __schema { types { name } } a { b } }"), Size { depth: 2, height: 5, root_fields: 2, ..Size::default() });
    }

    #[test]
    fn fragments_multiply_without_taking_time() {
        let bomb: String = (0..60).map(|n| format!("fragment F{n} on T {{ a {{ ...F{} }} b {{ ...F{} }} }} ", n + 1, n + 1)).collect();
        assert!(size(&format!("{{ ...F0 }} {bomb} fragment F60 on T {{ a }}")).height > 1_000_000_000);
    }
}
