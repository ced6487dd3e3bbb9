//! The fixture is what the code exports, composed like the real supergraph; and what must not be loaded is refused.

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use async_trait::async_trait;
use gateway::{AuthenticationError, Authenticator, EmbeddedOperationStore, Gateway, GatewayOptions, LoadError, Peers, Proof, SubgraphTarget};
use kernel::SystemClock;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

use crate::app::{SUPERGRAPH, config, viewer_tokens};
use crate::world;

struct Nobody;

#[async_trait]
impl Authenticator for Nobody {
    async fn authenticate(&self, _: &str) -> Result<Proof, AuthenticationError> {
        Err(AuthenticationError::Invalid)
    }
}

fn load(sdl: &str, with_subgraphs: bool) -> Result<Gateway, LoadError> {
    let subgraphs: HashMap<_, _> = if with_subgraphs {
        world::all(&broadcast::channel(1).0, &Arc::default())
            .into_iter()
            .map(|subgraph| (subgraph.name().to_owned(), SubgraphTarget::InProcess(subgraph)))
            .collect()
    } else {
        HashMap::new()
    };
    let clock = Arc::new(SystemClock);
    Gateway::new(GatewayOptions {
        supergraph_sdl: sdl.to_owned(),
        partner_sdl: None,
        subgraphs,
        authenticator: Arc::new(Nobody),
        api_keys: None,
        rate_limiter: None,
        usage_reports: None,
        trusted_operations: None,
        operation_store: Arc::new(EmbeddedOperationStore::new(1 << 20)),
        clock: clock.clone(),
        peers: Peers::Polyphony(viewer_tokens(clock)),
        config: config(),
        stop: CancellationToken::new(),
    })
}

/// `POLYPHONY_UPDATE_FIXTURES=1` writes the fixture anew; it needs node, and `npm ci` in `schema/`.
#[test]
fn the_fixture_is_what_the_code_exports() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/fixture");
    let update = std::env::var_os("POLYPHONY_UPDATE_FIXTURES").is_some();
    let mut pairs = Vec::new();
    for subgraph in world::all(&broadcast::channel(1).0, &Arc::default()) {
        let file = folder.join(format!("{}.graphql", subgraph.name()));
        if update {
            std::fs::write(&file, subgraph.sdl()).unwrap();
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap_or_default(), subgraph.sdl(), "{} drifted", file.display());
        pairs.push(format!("{}={}", subgraph.name(), file.display()));
    }
    if update {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schema/compose.mjs");
        let compose = |out: &str, options: &[&str]| {
            assert!(Command::new("node").arg(&script).arg(folder.join(out)).args(options).args(&pairs).status().unwrap().success());
        };
        compose("supergraph.graphql", &[]);
        compose("partner.graphql", &["--contract", "partner", "--without", "personal"]);
    }
}

#[test]
fn the_composed_supergraph_loads() {
    load(SUPERGRAPH, true).map(|_| ()).unwrap();
}

#[test]
fn a_supergraph_without_the_security_link_is_refused() {
    let without = SUPERGRAPH.replacen("@link(url: \"https://specs.apollo.dev/authenticated/v0.1\", for: SECURITY)", "", 1);
    assert_ne!(without, SUPERGRAPH);
    let error = load(&without, true).map(|_| ()).unwrap_err().to_string();
    assert!(error.contains("does not link https://specs.apollo.dev/authenticated"), "{error}");

    // A composer that drops the directive with the link leaves a supergraph that looks harmless.
    let stripped = without.replace("directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM", "").replace(" @authenticated", "");
    let error = load(&stripped, true).map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::SecurityNotLinked { directive: "authenticated" }), "{error}");
}

#[test]
fn scopes_without_their_link_and_renamed_links_are_refused() {
    let scoped = SUPERGRAPH.replacen("@link(url: \"https://specs.apollo.dev/requiresScopes/v0.1\", for: SECURITY)", "", 1);
    assert_ne!(scoped, SUPERGRAPH);
    let error = load(&scoped, true).map(|_| ()).unwrap_err();
    assert!(matches!(error, LoadError::SecurityNotLinked { directive: "requiresScopes" }), "{error}");

    let renamed =
        SUPERGRAPH.replacen("url: \"https://specs.apollo.dev/authenticated/v0.1\"", "url: \"https://specs.apollo.dev/authenticated/v0.1\", as: \"auth\"", 1);
    assert_ne!(renamed, SUPERGRAPH);
    assert!(matches!(load(&renamed, true).map(|_| ()).unwrap_err(), LoadError::SecurityRenamed { directive: "authenticated" }));
}

#[test]
fn a_subgraph_nobody_has_and_a_text_that_is_no_supergraph_are_refused() {
    assert!(matches!(load(SUPERGRAPH, false).map(|_| ()).unwrap_err(), LoadError::SubgraphMissing(_)));
    assert!(matches!(load("type Query {", true).map(|_| ()).unwrap_err(), LoadError::Invalid(_)));
}

#[test]
fn a_weight_that_is_none_is_refused_and_the_process_goes_on() {
    let wrong = SUPERGRAPH.replacen("@cost(weight: 50)", "@cost(weight: -50)", 1);
    assert_ne!(wrong, SUPERGRAPH);
    let error = load(&wrong, true).map(|_| ()).unwrap_err();
    assert!(matches!(&error, LoadError::Invalid(why) if why.contains("'weight' argument must be a non-negative integer")), "{error}");
}
