//! How long an operation's answers may be kept, and by whom: computed from the supergraph's `@cacheControl` hints as Apollo Server
//! computes them.
//!
//! The shortest time of all fields counts; one PRIVATE makes it private. A field's hint counts more than the one of the type it
//! returns. Without a hint, root fields and fields that return objects, interfaces or unions have 0, unless they say
//! `inheritMaxAge`; other fields take part in what they belong to. Beyond that: what not everybody may see is never kept, nor is
//! introspection, whose policy may change with the configuration.

use std::collections::HashMap;

use axum::http::HeaderValue;
use hive_router::graphql_tools::static_graphql::schema::{Definition, Directive, Document, Field, InterfaceType, ObjectType, Type, TypeDefinition, Value};
use hive_router::pipeline::normalize::GraphQLNormalizationPayload;
use hive_router::query_planner::ast::selection_item::SelectionItem;
use hive_router::query_planner::ast::selection_set::SelectionSet;
use hive_router::query_planner::state::supergraph_state::OperationKind;

const DIRECTIVE: &str = "cacheControl";
/// Directives that let only some viewers see something.
const FOR_SOME: [&str; 3] = ["authenticated", "requiresScopes", "policy"];

/// How long an answer may be kept, and by whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct CachePolicy {
    /// More than 0.
    pub(crate) max_age_secs: u32,
    /// Whether only by the viewer's own program.
    pub(crate) private: bool,
}

/// What caches are told of all answers to one operation (RFC 9111 §5.2.2): written once, and not for each answer.
#[derive(Debug)]
pub(crate) struct CacheControl {
    /// To nobody in particular.
    pub(crate) public: HeaderValue,
    /// To somebody, who may see more than others.
    pub(crate) private: HeaderValue,
}

impl CacheControl {
    pub(super) fn of(CachePolicy { max_age_secs, private }: CachePolicy) -> Option<Self> {
        let control = |scope: &str| HeaderValue::try_from(format!("{scope}, max-age={max_age_secs}")).ok();
        let mine = control("private")?;
        Some(Self { public: if private { mine.clone() } else { control("public")? }, private: mine })
    }
}

/// What the supergraph says of each field, by type and name.
pub(crate) struct CacheHints {
    fields: HashMap<String, HashMap<String, FieldPolicy>>,
    /// What each type says of itself, unless only some may see it.
    types: HashMap<String, Hint>,
}

#[derive(Debug, Clone)]
struct FieldPolicy {
    returns: String,
    /// None: as long as what the field belongs to.
    max_age_secs: Option<u32>,
    private: bool,
    /// Whether not everybody may see it.
    for_some: bool,
}

/// What an operation's fields have said so far.
#[derive(Default)]
struct Sum {
    max_age_secs: Option<u32>,
    private: bool,
}

impl Sum {
    fn at_most(&mut self, secs: u32) {
        self.max_age_secs = Some(self.max_age_secs.map_or(secs, |before| before.min(secs)));
    }
}

/// One `@cacheControl`.
#[derive(Debug, Clone, Copy, Default)]
struct Hint {
    max_age_secs: Option<u32>,
    private: Option<bool>,
    inherit: bool,
}

impl Hint {
    fn of(directives: &[Directive]) -> Self {
        let mut hint = Self::default();
        for (name, value) in directives.iter().filter(|directive| directive.name == DIRECTIVE).flat_map(|directive| &directive.arguments) {
            match (name.as_str(), value) {
                // What is no number of seconds is none.
                ("maxAge", Value::Int(secs)) => hint.max_age_secs = Some(secs.as_i64().and_then(|secs| secs.try_into().ok()).unwrap_or(0)),
                ("scope", Value::Enum(scope)) => hint.private = Some(scope == "PRIVATE"),
                ("inheritMaxAge", Value::Boolean(inherit)) => hint.inherit = *inherit,
                _ => {}
            }
        }
        hint
    }
}

/// What fields return.
struct Target {
    hint: Hint,
    for_some: bool,
    /// Whether it has fields or members of its own.
    composite: bool,
}

impl CacheHints {
    /// The hints of `document`, to whose readers without a credential the scopes `open` are given.
    pub(crate) fn of(document: &Document, open: &[String]) -> Self {
        let types = || {
            document.definitions.iter().filter_map(|definition| match definition {
                Definition::TypeDefinition(definition) => Some(definition),
                _ => None,
            })
        };
        let targets: HashMap<_, _> = types().map(|definition| target(definition, open)).collect();
        let fields_of = |directives: &[Directive], fields: &[Field]| -> HashMap<String, FieldPolicy> {
            let for_some = is_for_some(directives, open);
            fields.iter().map(|field| (field.name.clone(), policy(field, for_some, &targets, open))).collect()
        };
        let own = targets.iter().filter(|(_, target)| target.composite && !target.for_some).map(|(name, target)| ((*name).to_owned(), target.hint));
        let mut hints = Self { fields: HashMap::new(), types: own.collect() };
        for definition in types() {
            match definition {
                TypeDefinition::Object(object) => hints.fields.insert(object.name.clone(), fields_of(&object.directives, &object.fields)),
                TypeDefinition::Interface(interface) => hints.fields.insert(interface.name.clone(), fields_of(&interface.directives, &interface.fields)),
                _ => None,
            };
        }
        for definition in types() {
            if let TypeDefinition::Object(ObjectType { name, implements_interfaces, .. })
            | TypeDefinition::Interface(InterfaceType { name, implements_interfaces, .. }) = definition
            {
                hints.bind_interfaces(name, implements_interfaces);
            }
        }
        hints
    }

    /// A field of an interface may turn out to be that of any type that implements it.
    fn bind_interfaces(&mut self, name: &str, interfaces: &[String]) {
        let own = self.fields.get(name).cloned().unwrap_or_default();
        for interface in interfaces {
            for (name, policy) in self.fields.get_mut(interface).into_iter().flatten() {
                let Some(own) = own.get(name) else { continue };
                policy.max_age_secs = policy.max_age_secs.into_iter().chain(own.max_age_secs).min();
                policy.private |= own.private;
                policy.for_some |= own.for_some;
            }
        }
    }

    /// How long the answers of an operation may be kept, if at all.
    pub(crate) fn policy(&self, operation: &GraphQLNormalizationPayload) -> Option<CachePolicy> {
        if operation.operation_kind != OperationKind::Query || operation.operation_for_introspection.is_some() {
            return None;
        }
        let mut sum = Sum::default();
        self.add(&mut sum, &operation.root_type_name, &operation.operation_for_plan.selection_set, true);
        let max_age_secs = sum.max_age_secs.filter(|secs| *secs > 0)?;
        Some(CachePolicy { max_age_secs, private: sum.private })
    }

    /// How long what a fetch of entities brings may be kept, if at all: each entity's type must say so itself.
    pub(crate) fn entities(&self, selections: &SelectionSet) -> Option<CachePolicy> {
        let mut sum = Sum::default();
        for item in &selections.items {
            match item {
                SelectionItem::Field(field) if field.name.starts_with("__") => {}
                SelectionItem::InlineFragment(fragment) => {
                    let hint = self.types.get(&fragment.type_condition).copied().unwrap_or_default();
                    sum.at_most(hint.max_age_secs.unwrap_or(0));
                    sum.private |= hint.private == Some(true);
                    self.add(&mut sum, &fragment.type_condition, &fragment.selections, false);
                }
                SelectionItem::Field(_) | SelectionItem::FragmentSpread(_) => sum.at_most(0),
            }
        }
        let max_age_secs = sum.max_age_secs.filter(|secs| *secs > 0)?;
        Some(CachePolicy { max_age_secs, private: sum.private })
    }

    /// The nesting of operations is limited before they come here.
    fn add(&self, sum: &mut Sum, type_name: &str, selections: &SelectionSet, root: bool) {
        for item in &selections.items {
            match item {
                SelectionItem::Field(field) if field.name.starts_with("__") => {}
                SelectionItem::Field(field) => match self.fields.get(type_name).and_then(|fields| fields.get(&field.name)) {
                    Some(policy) if !policy.for_some => {
                        if let Some(secs) = policy.max_age_secs.or(root.then_some(0)) {
                            sum.at_most(secs);
                        }
                        sum.private |= policy.private;
                        self.add(sum, &policy.returns, &field.selections, false);
                    }
                    _ => sum.at_most(0),
                },
                SelectionItem::InlineFragment(fragment) => self.add(sum, &fragment.type_condition, &fragment.selections, root),
                // Normal forms have none.
                SelectionItem::FragmentSpread(_) => sum.at_most(0),
            }
        }
    }
}

fn target<'d>(definition: &'d TypeDefinition, open: &[String]) -> (&'d str, Target) {
    let (name, directives, composite) = match definition {
        TypeDefinition::Object(object) => (&object.name, &object.directives, true),
        TypeDefinition::Interface(interface) => (&interface.name, &interface.directives, true),
        TypeDefinition::Union(union) => (&union.name, &union.directives, true),
        TypeDefinition::Scalar(scalar) => (&scalar.name, &scalar.directives, false),
        TypeDefinition::Enum(enumeration) => (&enumeration.name, &enumeration.directives, false),
        TypeDefinition::InputObject(input) => (&input.name, &input.directives, false),
    };
    (name, Target { hint: Hint::of(directives), for_some: is_for_some(directives, open), composite })
}

fn policy(field: &Field, for_some: bool, targets: &HashMap<&str, Target>, open: &[String]) -> FieldPolicy {
    let returns = name_of(&field.field_type);
    let target = targets.get(returns);
    let (of_type, own) = (target.map(|target| target.hint).unwrap_or_default(), Hint::of(&field.directives));
    let inherit = of_type.inherit || own.inherit;
    let max_age_secs = match (own.max_age_secs.filter(|_| !own.inherit), of_type.max_age_secs) {
        (Some(secs), _) | (None, Some(secs)) => Some(secs),
        (None, None) if target.is_some_and(|target| target.composite) && !inherit => Some(0),
        (None, None) => None,
    };
    let for_some = for_some || is_for_some(&field.directives, open) || target.is_some_and(|target| target.for_some);
    FieldPolicy { returns: returns.to_owned(), max_age_secs, private: own.private.or(of_type.private).unwrap_or(false), for_some }
}

fn name_of(kind: &Type) -> &str {
    match kind {
        Type::NamedType(name) => name,
        Type::ListType(inner) | Type::NonNullType(inner) => name_of(inner),
    }
}

/// Scopes that everybody has keep nobody out.
fn is_for_some(directives: &[Directive], open: &[String]) -> bool {
    directives.iter().filter(|directive| FOR_SOME.contains(&directive.name.as_str())).any(|directive| {
        let groups = directive.arguments.iter().find(|(name, _)| directive.name == "requiresScopes" && name == "scopes");
        let is_open = |group: &Value| matches!(group, Value::List(all) if all.iter().all(|one| matches!(one, Value::String(scope) if open.contains(scope))));
        !matches!(groups, Some((_, Value::List(groups))) if groups.iter().any(is_open))
    })
}

#[cfg(test)]
mod tests {
    use hive_router::query_planner::ast::selection_set::{FieldSelection, InlineFragmentSelection};
    use hive_router::query_planner::utils::parsing::safe_parse_schema;

    use super::*;

    /// The examples of Apollo Server's documentation, and some of ours below.
    const SDL: &str = "
        type Query {
            book: Book
            cachedBook: Book @cacheControl(maxAge: 60)
            reader: Reader @cacheControl(maxAge: 40)
            number: Int
            list: BookConnection @cacheControl(maxAge: 20)
            bareList: BookConnection
            named: Named @cacheControl(maxAge: 50)
            either: Either
            author: Author
            short: Author @cacheControl(maxAge: 5)
            mine: Author @cacheControl(scope: PRIVATE)
            bad: Int @cacheControl(maxAge: -1)
            members: Secret @cacheControl(maxAge: 10)
            open: Open @cacheControl(maxAge: 10)
            half: Int @cacheControl(maxAge: 10) @requiresScopes(scopes: [[\"open\", \"a\"]])
        }
        type Book { title: String  cachedTitle: String @cacheControl(maxAge: 30)  shelf: Shelf @cacheControl(maxAge: 9) }
        type Reader { book: Book @cacheControl(inheritMaxAge: true) }
        type BookConnection @cacheControl(inheritMaxAge: true) { nodes: [Book!]! @cacheControl(inheritMaxAge: true)  count: Int }
        type Author implements Named @cacheControl(maxAge: 100) {
            name: String @cacheControl(maxAge: 7)
            rating: Int @cacheControl(scope: PRIVATE)
            income: Int @authenticated
        }
        interface Named { name: String }
        union Either @cacheControl(maxAge: 80) = Author | Book
        scalar Shelf @authenticated
        type Secret @requiresScopes(scopes: [[\"a\"]]) { a: Int }
        type Open @requiresScopes(scopes: [[\"a\"], [\"open\"]]) { a: Int }
    ";

    fn field(name: &str, selections: Vec<SelectionItem>) -> SelectionItem {
        SelectionItem::Field(FieldSelection {
            name: name.into(),
            selections: SelectionSet { items: selections },
            alias: None,
            arguments: None,
            skip_if: None,
            include_if: None,
            omit_from_response: false,
        })
    }

    /// `a.b` is the selection `a { b }`.
    fn path(text: &str) -> SelectionItem {
        match text.split_once('.') {
            Some((first, rest)) => field(first, vec![path(rest)]),
            None => field(text, Vec::new()),
        }
    }

    fn sum(selections: Vec<SelectionItem>) -> (u32, bool) {
        let hints = CacheHints::of(&safe_parse_schema(SDL).unwrap(), &["open".to_owned()]);
        let mut sum = Sum::default();
        hints.add(&mut sum, "Query", &SelectionSet { items: selections }, true);
        (sum.max_age_secs.unwrap_or(0), sum.private)
    }

    fn secs(paths: &[&str]) -> u32 {
        sum(paths.iter().map(|text| path(text)).collect()).0
    }

    #[test]
    fn the_examples_of_apollos_documentation() {
        assert_eq!(secs(&["book.cachedTitle"]), 0);
        assert_eq!(secs(&["cachedBook.title"]), 60);
        assert_eq!(secs(&["cachedBook.cachedTitle"]), 30);
        assert_eq!(secs(&["reader.book.title"]), 40);
        assert_eq!(secs(&["reader.book.cachedTitle"]), 30);
    }

    #[test]
    fn roots_need_a_hint_and_the_shortest_counts() {
        assert_eq!(secs(&["number"]), 0);
        assert_eq!(secs(&["bad"]), 0);
        assert_eq!(secs(&["cachedBook.title", "reader.book.title"]), 40);
        assert_eq!(secs(&["cachedBook.title", "number"]), 0);
        assert_eq!(secs(&["cachedBook.title", "__typename"]), 60);
        assert_eq!(secs(&["cachedBook.title", "unknown"]), 0);
    }

    #[test]
    fn a_fields_hint_counts_more_than_its_types() {
        assert_eq!((secs(&["author.rating"]), secs(&["short.rating"]), secs(&["author.name"])), (100, 5, 7));
        assert_eq!((secs(&["list.nodes.title"]), secs(&["list.count"]), secs(&["bareList.count"])), (20, 20, 0));
    }

    #[test]
    fn one_private_field_makes_it_private() {
        assert_eq!(sum(vec![path("author.name"), path("author.rating")]), (7, true));
        assert_eq!(sum(vec![path("mine.name")]), (7, true));
        assert_eq!(sum(vec![path("author.name")]), (7, false));
    }

    #[test]
    fn what_only_some_may_see_is_not_kept() {
        assert_eq!((secs(&["author.income"]), secs(&["cachedBook.shelf"]), secs(&["members.a"])), (0, 0, 0));
        assert_eq!((secs(&["open.a"]), secs(&["half"])), (10, 0), "scopes that everybody has keep nobody out");
    }

    #[test]
    fn an_interface_is_as_strict_as_its_strictest_type() {
        assert_eq!(secs(&["named.name"]), 7);
        let author = InlineFragmentSelection {
            type_condition: "Author".into(),
            selections: SelectionSet { items: vec![path("rating")] },
            skip_if: None,
            include_if: None,
        };
        assert_eq!(sum(vec![field("either", vec![SelectionItem::InlineFragment(author)])]), (80, true));
    }

    fn entities(type_name: &str, fields: &[&str]) -> Option<(u32, bool)> {
        let entity = InlineFragmentSelection {
            type_condition: type_name.into(),
            selections: SelectionSet { items: fields.iter().map(|text| path(text)).collect() },
            skip_if: None,
            include_if: None,
        };
        let selections = SelectionSet { items: vec![path("__typename"), SelectionItem::InlineFragment(entity)] };
        CacheHints::of(&safe_parse_schema(SDL).unwrap(), &[]).entities(&selections).map(|policy| (policy.max_age_secs, policy.private))
    }

    #[test]
    fn entities_are_kept_when_their_type_says_so() {
        assert_eq!(entities("Author", &["__typename", "name"]), Some((7, false)));
        assert_eq!(entities("Author", &["rating"]), Some((100, true)));
        assert_eq!(entities("Author", &["income"]), None);
        assert_eq!((entities("Book", &["cachedTitle"]), entities("Secret", &["a"]), entities("Unknown", &["a"])), (None, None, None));
    }
}
