//! A started context and short ways to ask it.

use async_graphql::{Request, Response, Variables};
use kernel::id::{DataExportId, UserId};
use kernel::{EventPayload, Role, Session, Viewer};
use object_store::ObjectStoreExt as _;
use platform::Context;
use platform::consumer::Consumer;
use platform::person::export_folder;
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use tokio_util::sync::CancellationToken;

pub(crate) struct Recommendations {
    // Dropped in this order: what keeps files before the folder.
    consumer: Consumer,
    pub(crate) context: Context,
    pub(crate) platform: TestPlatform,
}

impl Recommendations {
    pub(crate) async fn on(platform: TestPlatform) -> Self {
        let context = recommendations::start(&platform.platform).await.expect("the context starts");
        let consumer = Consumer::new(recommendations::NAME, context.handlers.clone(), platform.platform.bus.clone());
        Self { consumer, context, platform }
    }

    /// Another context tells a fact, twice, as may happen to every fact.
    pub(crate) async fn hear(&self, payload: &impl EventPayload) {
        let event = self.platform.platform.events("users").wrap(payload);
        for _ in 0..2 {
            self.consumer.dispatch(&event).await.expect("the event is handled");
        }
    }

    /// What the outbox has told.
    pub(crate) async fn told<P: EventPayload>(&self) -> Vec<P> {
        let stop = CancellationToken::new();
        stop.cancel();
        // A relay that is told to stop publishes first what is there.
        platform::outbox::relay(self.context.databases[0].clone(), self.platform.platform.bus.clone(), stop).await;
        let told = self.platform.platform.bus.poll("test", &[P::TYPE], 100).await.expect("the bus answers");
        told.iter().map(|delivery| delivery.event.payload().expect("of the type").expect("in its shape")).collect()
    }

    pub(crate) fn user(&self) -> UserId {
        self.platform.platform.ids.next()
    }

    pub(crate) fn viewer(&self, user_id: UserId, role: Role) -> Viewer {
        let expires_at = self.platform.platform.clock.now() + chrono::Duration::minutes(15);
        Viewer::SignedIn(Session { user_id, session_id: self.platform.platform.ids.next(), role, premium_until: None, expires_at })
    }

    pub(crate) async fn ask(&self, viewer: &Viewer, query: &str, variables: Json) -> Response {
        let subgraph = self.context.subgraph.as_ref().expect("the context has a subgraph");
        subgraph.execute(Request::new(query).variables(Variables::from_json(variables)).data(viewer.clone())).await
    }

    /// A file of a person's copy.
    pub(crate) async fn copy(&self, export_id: DataExportId, name: &str) -> Json {
        let path = format!("{}/{name}.json", export_folder(export_id, recommendations::NAME)).into();
        let file = self.platform.platform.blobs.get(&path).await.expect("the file is there").bytes().await.expect("its bytes");
        serde_json::from_slice(&file).expect("JSON")
    }

    /// What `viewer` sees of the taste profile of `user_id`.
    pub(crate) async fn profile(&self, viewer: &Viewer, user_id: UserId) -> Json {
        let query =
            "query($references: [_Any!]!) { _entities(representations: $references) { ... on User { tasteProfile { genres { genre { id } weight } } } } }";
        let answer = self.ask(viewer, query, json!({ "references": [{ "__typename": "User", "id": user_id.to_string() }] })).await;
        assert!(answer.errors.is_empty(), "{:?}", answer.errors);
        answer.data.into_json().expect("JSON")["_entities"][0]["tasteProfile"].clone()
    }
}

/// The code of the only error.
pub(crate) fn code(answer: &Response) -> Option<String> {
    let error = answer.errors.first()?;
    Some(format!("{:?}", error.extensions.as_ref()?.get("code")?))
}
