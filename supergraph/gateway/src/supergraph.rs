//! Loads the composed supergraph, and refuses one that would not hold what its subgraphs meant.

use std::any::Any;
use std::collections::{HashMap, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hive_router::AuthorizationMetadataError;
use hive_router::executor::hooks::on_supergraph_load::{Supergraph as Planned, SupergraphBuildError, SupergraphOptions};
use hive_router::graphql_tools::static_graphql::schema::{Definition, Directive, Document, TypeDefinition, Value};
use hive_router::pipeline::authorization::metadata::AuthorizationMetadata;
use hive_router::query_planner::utils::parsing::safe_parse_schema;

use crate::access;
use crate::operations::OperationsError;
use crate::options::{InvalidUrl, Peers, SubgraphTarget};
use crate::pipeline::{CacheHints, Deprecations, InputTypes};
use crate::schema::ApiSchema;

/// `@authenticated` must be linked even when unused: a composer that drops the link drops its uses as well, and what is left
/// looks like a supergraph without secrets.
const ALWAYS_LINKED: &str = "authenticated";
const SECURITY: [&str; 3] = ["authenticated", "requiresScopes", "policy"];
const SPECS: &str = "https://specs.apollo.dev";

/// The supergraph, or what comes with it, cannot be used; the text is for whoever starts the gateway.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// It is no SDL, or not one of a supergraph.
    #[error("the supergraph cannot be read: {0}")]
    Invalid(String),
    /// The planner cannot use it.
    #[error("the supergraph cannot be planned: {0}")]
    Unplannable(#[source] SupergraphBuildError),
    /// A security specification is not linked, so its directive would silently be ignored.
    #[error(
        "the supergraph does not link {SPECS}/{directive}, so @{directive} would be ignored and its fields be open to everybody; \
         compose it with a composer that keeps security links (ours: `make schema`)"
    )]
    SecurityNotLinked {
        /// The directive without its `@`.
        directive: &'static str,
    },
    /// A security directive is imported under another name, which the planner does not know.
    #[error("the supergraph links @{directive} under another name, which would not be enforced")]
    SecurityRenamed {
        /// The directive without its `@`.
        directive: &'static str,
    },
    /// The arguments of a security directive make no sense.
    #[error("the supergraph's authorisation cannot be read: {0}")]
    Authorization(#[from] AuthorizationMetadataError),
    /// No one said where a subgraph is.
    #[error("the supergraph has a subgraph {0}, but nobody says where it is")]
    SubgraphMissing(String),
    /// The configuration names no address as a proxy.
    #[error("gateway.rate.trusted_proxies: {0} is neither an address nor a network")]
    TrustedProxy(String),
    /// The trusted operations cannot be used.
    #[error(transparent)]
    Operations(#[from] OperationsError),
    /// The address that the supergraph has for a subgraph is none.
    #[error("the supergraph has no usable address for its subgraph {name}: {source}")]
    SubgraphAddress {
        /// Which.
        name: String,
        /// What is wrong with it.
        source: InvalidUrl,
    },
    /// The engine could not be prepared.
    #[error("the gateway cannot be prepared: {0}")]
    Engine(String),
}

/// A loaded supergraph.
pub(crate) struct Supergraph {
    pub(crate) planned: Planned,
    pub(crate) authorization: AuthorizationMetadata,
    pub(crate) inputs: InputTypes,
    pub(crate) cache_hints: Arc<CacheHints>,
    pub(crate) deprecations: Deprecations,
    pub(crate) api: ApiSchema,
}

/// Leaves out what clients must not see of join v0.5 and the engine's own list does not know.
pub(crate) fn leave_out_join(document: &mut Document) {
    document.definitions.retain(|definition| match definition {
        Definition::TypeDefinition(TypeDefinition::InputObject(input)) => input.name != "join__ContextArgument",
        Definition::TypeDefinition(TypeDefinition::Scalar(scalar)) => scalar.name != "join__FieldValue",
        _ => true,
    });
}

impl Supergraph {
    /// The supergraph of `sdl`, whose readers without a credential have `anonymous_scopes`, and where each of its subgraphs is.
    pub(crate) fn load(
        sdl: &str,
        mut targets: HashMap<String, SubgraphTarget>,
        peers: &Peers,
        anonymous_scopes: &[String],
    ) -> Result<(Self, HashMap<String, SubgraphTarget>), LoadError> {
        let mut document = safe_parse_schema(sdl).map_err(|error| LoadError::Invalid(error.to_string()))?;
        leave_out_join(&mut document);
        refuse_open_doors(&document, peers)?;
        let cache_hints = Arc::new(CacheHints::of(&document, anonymous_scopes));
        let planned = plan(document)?;
        if planned.planner.supergraph.subgraph_endpoint_map.is_empty() {
            return Err(LoadError::Invalid("it names no subgraph".into()));
        }
        for (name, address) in &planned.planner.supergraph.subgraph_endpoint_map {
            if targets.contains_key(name) {
                continue;
            }
            let Peers::Foreign { .. } = peers else { return Err(LoadError::SubgraphMissing(name.clone())) };
            let target = SubgraphTarget::http(address).map_err(|source| LoadError::SubgraphAddress { name: name.clone(), source })?;
            targets.insert(name.clone(), target);
        }
        let mut authorization = AuthorizationMetadata::build(&planned.planner.supergraph, &planned.metadata)?;
        let schema = &planned.planner.consumer_schema.document;
        access::as_scopes(&mut authorization, schema);
        let (inputs, deprecations, api) = (InputTypes::of(schema), Deprecations::of(schema), ApiSchema::of(schema));
        Ok((Self { planned, authorization, inputs, cache_hints, deprecations, api }, targets))
    }
}

/// The engine asserts some of what it expects, such as weights of `@cost` that are not negative: of a supergraph that others have composed
/// that is bad input, not a reason to end.
fn plan(document: Document) -> Result<Planned, LoadError> {
    let load = || Planned::from_document("polyphony", document, SupergraphOptions::default());
    catch_unwind(AssertUnwindSafe(load)).map_err(|panic| LoadError::Invalid(message(&*panic).to_owned()))?.map_err(LoadError::Unplannable)
}

fn message(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the planner does not say why")
}

fn refuse_open_doors(document: &Document, peers: &Peers) -> Result<(), LoadError> {
    let used = used_directives(document);
    // Ours are composed so that it is; what others have composed may know no sign-in at all.
    let always_linked = |directive| directive == ALWAYS_LINKED && matches!(peers, Peers::Polyphony(_));
    for directive in SECURITY {
        let links: Vec<_> = links(document, directive).collect();
        if links.is_empty() && (always_linked(directive) || used.contains(directive)) {
            return Err(LoadError::SecurityNotLinked { directive });
        }
        if links.iter().any(|link| argument(link, "as").is_some_and(|name| name != directive)) {
            return Err(LoadError::SecurityRenamed { directive });
        }
    }
    Ok(())
}

fn links<'a>(document: &'a Document, directive: &'a str) -> impl Iterator<Item = &'a Directive> {
    let prefix = format!("{SPECS}/{directive}/");
    let schema = document.definitions.iter().filter_map(|definition| match definition {
        Definition::SchemaDefinition(schema) => Some(schema),
        _ => None,
    });
    schema.flat_map(|schema| &schema.directives).filter(move |link| link.name == "link" && argument(link, "url").is_some_and(|url| url.starts_with(&prefix)))
}

fn argument<'a>(directive: &'a Directive, name: &str) -> Option<&'a str> {
    directive.arguments.iter().find(|(argument, _)| argument == name).and_then(|(_, value)| match value {
        Value::String(text) => Some(text.as_str()),
        _ => None,
    })
}

fn used_directives(document: &Document) -> HashSet<&str> {
    let types = document.definitions.iter().filter_map(|definition| match definition {
        Definition::TypeDefinition(definition) => Some(definition),
        _ => None,
    });
    types.flat_map(directives_of).map(|directive| directive.name.as_str()).collect()
}

fn directives_of(definition: &TypeDefinition) -> Vec<&Directive> {
    match definition {
        TypeDefinition::Scalar(scalar) => scalar.directives.iter().collect(),
        TypeDefinition::Object(object) => object.directives.iter().chain(object.fields.iter().flat_map(|field| &field.directives)).collect(),
        TypeDefinition::Interface(interface) => interface.directives.iter().chain(interface.fields.iter().flat_map(|field| &field.directives)).collect(),
        TypeDefinition::Union(union) => union.directives.iter().collect(),
        TypeDefinition::Enum(enumeration) => enumeration.directives.iter().collect(),
        TypeDefinition::InputObject(input) => input.directives.iter().collect(),
    }
}
