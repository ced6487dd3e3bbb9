//! The gateway's program as a process, over a supergraph and subgraphs that know nothing of Polyphony.

use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use std::time::Duration;

use async_graphql::{Context, EmptyMutation, EmptySubscription, ID, Object, Schema, SimpleObject};
use async_graphql_axum::{GraphQLRequest, GraphQLResponse};
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::post;
use gateway::KeySource as _;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::app::{App, code, serve};

const SUPERGRAPH: &str = include_str!("fixture/foreign.graphql");
const PATIENCE: Duration = Duration::from_secs(20);

mod products {
    use super::*;

    #[derive(SimpleObject)]
    pub(super) struct Product {
        upc: ID,
        name: String,
    }

    pub(super) struct Query;

    #[Object]
    impl Query {
        async fn products(&self) -> Vec<Product> {
            ["a", "b"].map(|upc| Product { upc: upc.into(), name: format!("product {upc}") }).into()
        }

        /// What the gateway sent.
        async fn header(&self, context: &Context<'_>, name: String) -> Option<String> {
            Some(context.data_unchecked::<HeaderMap>().get(name)?.to_str().ok()?.to_owned())
        }
    }
}

mod reviews {
    use super::*;

    #[derive(SimpleObject)]
    pub(super) struct Review {
        body: String,
    }

    #[derive(SimpleObject)]
    pub(super) struct Product {
        upc: ID,
        reviews: Vec<Review>,
    }

    pub(super) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn product(&self, upc: ID) -> Product {
            let body = format!("review of {}", *upc);
            Product { upc, reviews: vec![Review { body }] }
        }
    }
}

/// A plain GraphQL server at `/graphql`: HTTP/1.1, no tokens.
async fn plain<Q: async_graphql::ObjectType + 'static>(query: Q) -> SocketAddr {
    type Plain<Q> = Schema<Q, EmptyMutation, EmptySubscription>;
    async fn answer<Q: async_graphql::ObjectType + 'static>(State(schema): State<Plain<Q>>, headers: HeaderMap, request: GraphQLRequest) -> GraphQLResponse {
        schema.execute(request.into_inner().data(headers)).await.into()
    }
    let schema = Schema::build(query, EmptyMutation, EmptySubscription).enable_federation().finish();
    serve(Router::new().route("/graphql", post(answer::<Q>)).with_state(schema)).await
}

/// Both subgraphs, and the file of the supergraph that names them.
struct World {
    folder: TempDir,
    sdl: String,
}

impl World {
    async fn start() -> Self {
        let (products, reviews) = (plain(products::Query).await, plain(reviews::Query).await);
        let sdl = SUPERGRAPH.replace("products.invalid", &products.to_string()).replace("reviews.invalid", &reviews.to_string());
        let world = Self { folder: tempfile::tempdir().unwrap(), sdl };
        world.write(&world.sdl);
        world
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("supergraph.graphql")
    }

    fn write(&self, sdl: &str) {
        std::fs::write(self.file(), sdl).unwrap();
    }

    async fn gateway(&self, arguments: &[&str]) -> Running {
        let mut child = command(&self.file(), arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = tokio::time::timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().expect("it says where it listens");
        let (_, url) = line.split_once(" listens on ").unwrap();
        Running { child, url: url.to_owned() }
    }
}

fn command(file: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.arg("--supergraph").arg(file).args(["--listen", "127.0.0.1:0"]).args(arguments);
    command.env_remove("POLYPHONY_CONFIG").env("POLYPHONY_DATA", "/nowhere").stdin(Stdio::null()).kill_on_drop(true);
    command
}

struct Running {
    child: Child,
    url: String,
}

impl Running {
    async fn ask(&self, query: &str, headers: &[(&str, &str)]) -> Value {
        let mut request = reqwest::Client::new().post(format!("{}/graphql", self.url)).json(&json!({ "query": query }));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().json().await.unwrap()
    }

    async fn get(&self, path: &str) -> String {
        reqwest::get(format!("{}{path}", self.url)).await.unwrap().text().await.unwrap()
    }

    async fn stop(mut self) -> Option<i32> {
        let pid = Pid::from_raw(self.child.id().unwrap().try_into().unwrap()).unwrap();
        kill_process(pid, Signal::TERM).unwrap();
        tokio::time::timeout(PATIENCE, self.child.wait()).await.expect("it stops in time").unwrap().code()
    }
}

async fn run(file: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let Output { status, stderr, .. } = tokio::time::timeout(PATIENCE, command(file, arguments).output()).await.expect("it ends in time").unwrap();
    (status.code(), String::from_utf8(stderr).unwrap())
}

#[tokio::test]
async fn any_supergraph_is_served_and_joined() {
    let world = World::start().await;
    let gateway = world.gateway(&[]).await;
    let joined = json!({ "data": { "products": [
        { "name": "product a", "reviews": [{ "body": "review of a" }] },
        { "name": "product b", "reviews": [{ "body": "review of b" }] },
    ] } });
    assert_eq!(gateway.ask("{ products { name reviews { body } } }", &[]).await, joined);
    assert_eq!(gateway.get("/health/ready").await, "ready\nsubgraph products: answers\nsubgraph reviews: answers\n");
    assert_eq!(gateway.get("/health/live").await, "live\n");
    let metrics = gateway.get("/metrics").await;
    assert!(metrics.contains("gateway_fetch_seconds_count{subgraph=\"reviews\",outcome=\"answered\"} 1"), "{metrics}");

    // Nothing of the client's, and nothing of Polyphony's, unless asked for.
    for name in ["x-tenant", "authorization", "x-polyphony-viewer"] {
        let answer = gateway.ask(&format!("{{ header(name: \"{name}\") }}"), &[("x-tenant", "t")]).await;
        assert_eq!(answer, json!({ "data": { "header": null } }));
    }
    // A token that nobody verifies is no silent anonymity.
    assert_eq!(code(&gateway.ask("{ products { name } }", &[("authorization", "Bearer x")]).await), "UNAUTHENTICATED");

    // The file is followed.
    world.write(&world.sdl.lines().filter(|line| !line.contains("reviews: [Review")).collect::<Vec<_>>().join("\n"));
    let followed = async {
        while gateway.ask("{ products { reviews { body } } }", &[]).await["data"].is_object() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, followed).await.expect("the new supergraph is served");
    assert_eq!(gateway.stop().await, Some(0));
}

#[tokio::test]
async fn headers_are_forwarded_and_subgraphs_moved_when_asked() {
    let world = World::start().await;
    let elsewhere = plain(reviews::Query).await;
    // The addresses in the file lead nowhere.
    world.write(SUPERGRAPH);
    let moved = format!("reviews=http://{elsewhere}/graphql");
    let products = products_address(&world.sdl);
    let placed = format!("products=http://{products}/graphql");
    let gateway = world.gateway(&["--subgraph", &moved, "--subgraph", &placed, "--forward-header", "x-tenant", "--forward-header", "authorization"]).await;
    assert_eq!(gateway.ask("{ products { reviews { body } } }", &[]).await["data"]["products"][0]["reviews"][0]["body"], "review of a");
    let sent = [("x-tenant", "t"), ("authorization", "Bearer theirs"), ("x-other", "o")];
    for (name, value) in [("x-tenant", json!("t")), ("authorization", json!("Bearer theirs")), ("x-other", Value::Null)] {
        assert_eq!(gateway.ask(&format!("{{ header(name: \"{name}\") }}"), &sent).await, json!({ "data": { "header": value } }));
    }
}

fn products_address(sdl: &str) -> &str {
    let (_, rest) = sdl.split_once("name: \"products\", url: \"http://").unwrap();
    rest.split_once('/').unwrap().0
}

#[tokio::test]
async fn tokens_of_a_foreign_issuer_are_verified() {
    let world = World::start().await;
    let linked = world.sdl.replacen("for: EXECUTION)", "for: EXECUTION) @link(url: \"https://specs.apollo.dev/authenticated/v0.1\", for: SECURITY)", 1);
    let secret = linked.replace("body: String!", "body: String @authenticated");
    world.write(&(secret + "\ndirective @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n"));
    // Its keys and tokens, as an issuer that happens to be called polyphony makes them.
    let issuer = App::start().await;
    let keys = serde_json::to_value(issuer.keys.jwks().await.unwrap()).unwrap();
    let address = serve(Router::new().route("/keys", axum::routing::get(async move || axum::Json(keys)))).await;
    let bearer = format!("Bearer {}", issuer.token_of("first", chrono::TimeDelta::days(36_500)));
    let past = format!("Bearer {}", issuer.token_of("first", chrono::TimeDelta::days(-3_650)));
    let keys = format!("http://{address}/keys");
    let query = "{ products { reviews { body } } }";

    let gateway = world.gateway(&["--jwks-url", &keys, "--issuer", "polyphony", "--audience", "polyphony"]).await;
    assert_eq!(code(&gateway.ask(query, &[]).await), "UNAUTHENTICATED");
    let answer = gateway.ask(query, &[("authorization", &bearer)]).await;
    assert_eq!(answer["data"]["products"][0]["reviews"][0]["body"], "review of a", "{answer}");
    for wrong in [past.as_str(), "Bearer x"] {
        let answer = gateway.ask("{ products { name } }", &[("authorization", wrong)]).await;
        assert_eq!((code(&answer), &answer["data"]), ("UNAUTHENTICATED", &Value::Null));
    }
    let elsewhere = world.gateway(&["--jwks-url", &keys, "--audience", "another"]).await;
    assert_eq!(code(&elsewhere.ask("{ products { name } }", &[("authorization", &bearer)]).await), "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_foreign_token_opens_what_its_scopes_name() {
    let world = World::start().await;
    let link = "for: EXECUTION) @link(url: \"https://specs.apollo.dev/requiresScopes/v0.1\", for: SECURITY)";
    let linked = world.sdl.replacen("for: EXECUTION)", link, 1).replace("body: String!", "body: String @requiresScopes(scopes: [[\"reviews:read\"]])");
    world.write(&(linked + "\nscalar requiresScopes__Scope\ndirective @requiresScopes(scopes: [[requiresScopes__Scope!]!]!) on FIELD_DEFINITION | OBJECT\n"));
    let issuer = App::start().await;
    let keys = serde_json::to_value(issuer.keys.jwks().await.unwrap()).unwrap();
    let address = serve(Router::new().route("/keys", axum::routing::get(async move || axum::Json(keys)))).await;
    let gateway = world.gateway(&["--jwks-url", &format!("http://{address}/keys")]).await;
    let ask = async |claims: Value| {
        let token = issuer.token_with(|own| {
            own["exp"] = json!(4_000_000_000_u64);
            own.as_object_mut().unwrap().extend(claims.as_object().unwrap().clone());
        });
        gateway.ask("{ products { reviews { body } } }", &[("authorization", &format!("Bearer {token}"))]).await
    };
    for opens in [json!({ "scope": "openid reviews:read" }), json!({ "scp": ["reviews:read"] })] {
        assert_eq!(ask(opens).await["data"]["products"][0]["reviews"][0]["body"], "review of a");
    }
    for other in [json!({}), json!({ "scope": "reviews:readonly reviews" }), json!({ "scope": [] })] {
        let answer = ask(other).await;
        assert_eq!((code(&answer), &answer["data"]["products"][0]["reviews"][0]["body"]), ("FORBIDDEN", &Value::Null), "{answer}");
    }
    assert_eq!(code(&ask(json!({ "scope": 7 })).await), "UNAUTHENTICATED");
}

#[tokio::test]
async fn what_cannot_be_served_is_told_with_an_exit_code() {
    let world = World::start().await;
    let missing = world.folder.path().join("nothing.graphql");
    let (status, text) = run(&missing, &[]).await;
    assert_eq!(status, Some(2));
    assert!(text.contains("nothing.graphql cannot be read: No such file"), "{text}");

    for (wrong, told) in [("type Query {", "the supergraph cannot be read"), ("type Query { a: Int }", "the supergraph ")] {
        world.write(wrong);
        let (status, text) = run(&world.file(), &[]).await;
        assert_eq!(status, Some(2), "{text}");
        assert!(text.contains("supergraph.graphql: ") && text.contains(told), "{text}");
    }

    let unlinked = "\ndirective @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n";
    world.write(&(world.sdl.replace("body: String!", "body: String! @authenticated") + unlinked));
    let (status, text) = run(&world.file(), &[]).await;
    assert_eq!(status, Some(2), "{text}");
    assert!(text.contains("does not link https://specs.apollo.dev/authenticated"), "{text}");

    world.write(&world.sdl);
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_gateway"));
    command.arg("--supergraph").arg(world.file()).args(["--listen", &address]).env("POLYPHONY_DATA", "/nowhere").kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await.unwrap().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains(&format!("cannot listen on {address}: Address already in use")), "{text}");

    let (status, text) = run(&world.file(), &["--subgraph", "nobody=http://127.0.0.1:1/graphql"]).await;
    assert_eq!((status, text.contains("no subgraph nobody")), (Some(2), true), "{text}");
    let (status, text) = run(&world.file(), &["--subgraph", "reviews=ftp://x"]).await;
    assert_eq!((status, text.contains("not the http or https address")), (Some(2), true), "{text}");
}
