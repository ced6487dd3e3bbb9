//! Every context of Polyphony on one platform. Nothing runs by itself: a test says when events travel and what time it is.

use std::collections::BTreeSet;

use async_graphql::{Request, Variables};
use axum::body::Body;
use axum::http::{Request as HttpRequest, StatusCode};
use futures::StreamExt as _;
use kernel::{Clock as _, Role, Session, Viewer};
use platform::Context;
use platform::consumer::Consumer;
use platform::testing::TestPlatform;
use polyphony::contexts;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use users::infrastructure::argon2::HashingCost;

const CHEAP: HashingCost = HashingCost { memory_kib: 64, passes: 1, lanes: 1 };
pub(crate) const PASSWORD: &str = "correct horse battery";

pub(crate) struct World {
    pub(crate) test: TestPlatform,
    accounts: users::Accounts,
    contexts: Vec<Context>,
    /// Who takes no events.
    pub(crate) deaf: BTreeSet<&'static str>,
}

impl World {
    pub(crate) async fn on(test: TestPlatform) -> Self {
        let users = users::start_with(&test.platform, CHEAP).await.expect("users starts");
        let others = contexts::start_others(&test.platform).await.expect("the others start");
        let accounts = users.accounts.clone();
        let contexts = [users.context].into_iter().chain(others).collect();
        Self { test, accounts, contexts, deaf: BTreeSet::new() }
    }

    pub(crate) fn context(&self, name: &str) -> &Context {
        self.contexts.iter().find(|context| context.name == name).unwrap_or_else(|| panic!("there is no context {name}"))
    }

    /// Lets events travel until all is quiet, and background work do what is due.
    pub(crate) async fn settle(&self) {
        loop {
            self.accounts.keep_rights().await.expect("rights go on");
            let mut handled = 0;
            for context in &self.contexts {
                for database in &context.databases {
                    let stop = CancellationToken::new();
                    stop.cancel();
                    // A relay that is told to stop publishes first what is there.
                    platform::outbox::relay(database.clone(), self.test.platform.bus.clone(), stop).await;
                }
            }
            for context in self.contexts.iter().filter(|context| !self.deaf.contains(context.name)) {
                handled += self.work_off(context).await;
            }
            if handled == 0 {
                return;
            }
        }
    }

    /// What a context's consumer does, but that it gives up at once.
    async fn work_off(&self, context: &Context) -> usize {
        let bus = &self.test.platform.bus;
        let types: Vec<_> = context.handlers.iter().flat_map(|handler| handler.types()).copied().collect();
        let consumer = Consumer::new(context.name, context.handlers.clone(), bus.clone());
        let deliveries = bus.poll(context.name, &types, 100).await.expect("the bus answers");
        for delivery in &deliveries {
            match consumer.dispatch(&delivery.event).await {
                Ok(()) => bus.commit(context.name, delivery.position).await.expect("the bus keeps it"),
                Err(error) => bus.bury(context.name, delivery, 1, &error.to_string()).await.expect("the bus keeps it"),
            }
        }
        deliveries.len()
    }

    /// What the answer of a context holds; a refusal fails the test.
    pub(crate) async fn ask(&self, context: &str, viewer: &Viewer, operation: &str, variables: Value) -> Value {
        let answer = self.execute(context, viewer, operation, variables).await;
        assert!(answer.errors.is_empty(), "{operation}: {:?}", answer.errors);
        answer.data.into_json().expect("data is JSON")
    }

    /// The code of a refusal.
    pub(crate) async fn refusal(&self, context: &str, viewer: &Viewer, operation: &str, variables: Value) -> String {
        let answer = self.execute(context, viewer, operation, variables).await;
        let error = answer.errors.first().unwrap_or_else(|| panic!("{operation} was let do: {:?}", answer.data));
        serde_json::to_value(error).expect("JSON")["extensions"]["code"].as_str().expect("a code").to_owned()
    }

    async fn execute(&self, context: &str, viewer: &Viewer, operation: &str, variables: Value) -> async_graphql::Response {
        let subgraph = self.context(context).subgraph.clone().expect("a subgraph");
        subgraph.execute(Request::new(operation).variables(Variables::from_json(variables)).data(viewer.clone())).await
    }

    /// All that a live operation tells.
    pub(crate) async fn live(&self, context: &str, viewer: &Viewer, operation: &str, variables: Value) -> Vec<Value> {
        let subgraph = self.context(context).subgraph.clone().expect("a subgraph");
        let request = Request::new(operation).variables(Variables::from_json(variables)).data(viewer.clone());
        let told = subgraph.live(request).map(|answer| {
            assert!(answer.errors.is_empty(), "{:?}", answer.errors);
            answer.data.into_json().expect("data is JSON")
        });
        told.collect().await
    }

    /// `GET` of an address of this installation.
    pub(crate) async fn get(&self, context: &str, url: &str) -> (StatusCode, Vec<u8>) {
        let path = url.strip_prefix(&self.test.platform.config.public_url()).expect("an address of this installation");
        let request = HttpRequest::get(path).body(Body::empty()).expect("a request");
        let response = self.context(context).http.clone().oneshot(request).await.expect("an answer");
        let status = response.status();
        (status, axum::body::to_bytes(response.into_body(), usize::MAX).await.expect("a body").to_vec())
    }

    /// A new account, with all that belongs to a registration.
    pub(crate) async fn register(&self, username: &str) -> Viewer {
        let viewer = self.begin_registration(username).await;
        self.settle().await;
        viewer
    }

    /// The account alone.
    pub(crate) async fn begin_registration(&self, username: &str) -> Viewer {
        let input = json!({ "username": username, "email": email(username), "password": PASSWORD });
        let operation = "mutation($input: RegisterInput!) { register(input: $input) { user { id } } }";
        let made = self.ask("users", &Viewer::Anonymous, operation, json!({ "input": input })).await;
        let id = made["register"]["user"]["id"].as_str().expect("an id").parse().expect("a user's id");
        self.viewer(id, Role::User)
    }

    pub(crate) fn viewer(&self, user_id: kernel::id::UserId, role: Role) -> Viewer {
        let expires_at = self.test.clock.now() + chrono::Duration::minutes(15);
        Viewer::SignedIn(Session { user_id, session_id: self.test.platform.ids.next(), role, premium_until: None, expires_at })
    }
}

pub(crate) fn email(username: &str) -> String {
    format!("{username}@Wanderer.example")
}

/// The platforms on which everything must hold.
pub(crate) async fn worlds() -> Vec<World> {
    let mut worlds = Vec::new();
    for test in TestPlatform::each().await {
        worlds.push(World::on(test).await);
    }
    worlds
}

/// Who somebody signed in is.
pub(crate) fn id(viewer: &Viewer) -> kernel::id::UserId {
    viewer.user_id().expect("somebody")
}
