//! Three subgraphs: `accounts` (users, partly secret), `library` (tracks and their live changes), `plays` (adds to tracks,
//! and fails in every way a subgraph can).

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use async_graphql::{
    Context, EmptyMutation, EmptySubscription, Enum, ErrorExtensions as _, ID, InputObject, Json, Object, OneofObject, Result, Schema, SimpleObject,
    Subscription, Union,
};
use chrono::{DateTime, Utc};
use futures::Stream;
use futures::StreamExt as _;
use platform::authenticated::authenticated;
use platform::cache_control::{CacheControlScope, cache_control};
use platform::cost::{cost, list_size};
use platform::entities::Entities;
use platform::graphql::{origin, viewer};
use platform::subgraph::{SchemaSubgraph, Subgraph};
use platform::upload::Upload;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;

/// What `signIn` answers.
pub(crate) type SignInToken = Arc<OnceLock<String>>;

pub(crate) fn all(changes: &broadcast::Sender<String>, token: &SignInToken) -> Vec<Arc<dyn Subgraph>> {
    let accounts =
        || Schema::build(Entities(accounts::Query), accounts::Mutation, EmptySubscription).enable_federation().data(token.clone()).data(changes.clone());
    let library = || {
        Schema::build(Entities(library::Query), EmptyMutation, library::Subscription)
            .enable_federation()
            .enable_subscription_in_federation()
            .data(changes.clone())
    };
    let plays = || Schema::build(Entities(plays::Query), EmptyMutation, EmptySubscription).enable_federation();
    vec![Arc::new(SchemaSubgraph::new("accounts", accounts)), Arc::new(SchemaSubgraph::new("library", library)), Arc::new(SchemaSubgraph::new("plays", plays))]
}

/// The one of that name, which hears of no changes.
pub(crate) fn one(name: &str) -> Arc<dyn Subgraph> {
    all(&broadcast::channel(1).0, &SignInToken::default()).into_iter().find(|subgraph| subgraph.name() == name).unwrap()
}

mod accounts {
    use super::*;

    #[derive(SimpleObject)]
    #[graphql(directive = cache_control::apply(Some(30), None, None))]
    pub(crate) struct User {
        id: ID,
        name: String,
        #[graphql(directive = authenticated::apply())]
        email: Option<String>,
    }

    impl User {
        fn new(id: &str) -> Self {
            Self { id: id.into(), name: format!("name of {id}"), email: Some(format!("{id}@example.org")) }
        }
    }

    #[derive(InputObject)]
    pub(crate) struct RenameInput {
        name: String,
        #[graphql(default = 1)]
        times: i32,
        tags: Option<Vec<String>>,
        #[graphql(deprecation = "nobody is called so")]
        nickname: Option<String>,
    }

    pub(crate) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_user(&self, id: ID) -> Option<User> {
            (id != "nobody").then(|| User::new(&id))
        }

        async fn user(&self, id: ID) -> Option<User> {
            Some(User::new(&id))
        }

        async fn users(&self, ids: Vec<ID>) -> Vec<User> {
            ids.iter().map(|id| User::new(id)).collect()
        }

        /// Who the subgraph thinks it answers.
        async fn viewer_id(&self, context: &Context<'_>) -> Option<String> {
            viewer(context).user_id().map(|id| id.to_string())
        }

        /// Which key the subgraph thinks it answers.
        async fn partner_key(&self, context: &Context<'_>) -> Option<String> {
            viewer(context).partner().map(|partner| partner.key_id.to_string())
        }

        #[graphql(requires_scopes = "profiles:read")]
        async fn profile(&self) -> Option<String> {
            Some("for readers of profiles".into())
        }

        #[graphql(requires_scopes = "usage:read")]
        async fn usage(&self) -> Option<String> {
            Some("for readers of usage".into())
        }

        #[graphql(directive = cache_control::apply(Some(5), Some(CacheControlScope::Private), None))]
        async fn request_id(&self, context: &Context<'_>) -> Option<String> {
            origin(context).request_id.map(|id| id.0.to_string())
        }

        #[graphql(directive = authenticated::apply())]
        async fn secret(&self) -> Option<String> {
            Some("for members".into())
        }
    }

    #[derive(InputObject)]
    pub(crate) struct SignInInput {
        login: String,
        password: String,
    }

    #[derive(SimpleObject)]
    pub(crate) struct SignInPayload {
        access_token: String,
        access_token_expires_at: String,
        refresh_token: String,
        user: Account,
    }

    /// What a second factor is asked for with.
    #[derive(SimpleObject)]
    pub(crate) struct SecondFactorChallenge {
        challenge: String,
    }

    #[derive(Union)]
    pub(crate) enum SignInResult {
        Done(SignInPayload),
        Asked(SecondFactorChallenge),
    }

    #[derive(SimpleObject)]
    pub(crate) struct Account {
        username: String,
    }

    pub(crate) struct Mutation;

    #[Object]
    impl Mutation {
        async fn sign_in(&self, context: &Context<'_>, input: SignInInput) -> Result<SignInResult> {
            if input.password != "right" {
                return Err(async_graphql::Error::new("wrong username or password").extend_with(|_, extensions| extensions.set("code", "UNAUTHENTICATED")));
            }
            let access_token = context.data::<SignInToken>()?.get().cloned().unwrap_or_default();
            // Over already, so that it has to be renewed before it is of use.
            let access_token_expires_at = "1970-01-01T00:00:00Z".into();
            Ok(SignInResult::Done(SignInPayload { access_token, access_token_expires_at, refresh_token: "1".into(), user: Account { username: input.login } }))
        }

        /// A token that works once: the next has the next number.
        async fn refresh_session(&self, context: &Context<'_>, refresh_token: String) -> Result<SignInPayload> {
            let access_token = context.data::<SignInToken>()?.get().cloned().unwrap_or_default();
            let refreshes: i32 = refresh_token.parse()?;
            let _ = context.data::<broadcast::Sender<String>>()?.send(format!("refreshed {refreshes}"));
            let access_token_expires_at = "2100-01-01T00:00:00Z".into();
            let user = Account { username: "ada".into() };
            Ok(SignInPayload { access_token, access_token_expires_at, refresh_token: (refreshes + 1).to_string(), user })
        }

        #[graphql(directive = authenticated::apply())]
        async fn sign_out(&self, context: &Context<'_>) -> Result<bool> {
            Ok(context.data::<broadcast::Sender<String>>()?.send("signed out".into()).is_ok())
        }

        async fn describe_files(&self, files: Vec<Upload>, title: Option<String>) -> String {
            let described = files.iter().map(|file| format!("{} {} {}", file.file_name, file.media_type, file.bytes.len()));
            title.into_iter().chain(described).collect::<Vec<_>>().join(", ")
        }

        /// Tells of its beginning and its end as changes.
        async fn slowly(&self, context: &Context<'_>) -> Result<bool> {
            let changes = context.data::<broadcast::Sender<String>>()?;
            let _ = changes.send("begun".into());
            tokio::time::sleep(Duration::from_millis(300)).await;
            let _ = changes.send("done".into());
            Ok(true)
        }

        #[graphql(directive = authenticated::apply())]
        async fn rename(&self, input: RenameInput) -> Option<User> {
            let tags = input.tags.unwrap_or_default().join("+");
            Some(User { name: format!("{}{tags}", input.name.repeat(usize::try_from(input.times).unwrap())), ..User::new("me") })
        }
    }
}

mod library {
    use super::*;

    #[derive(Enum, Clone, Copy, PartialEq, Eq)]
    pub(crate) enum Order {
        Title,
        #[graphql(deprecation = "nobody wants surprises")]
        Random,
    }

    #[derive(SimpleObject)]
    #[graphql(unresolvable = "id")]
    pub(crate) struct User {
        id: ID,
    }

    #[derive(SimpleObject)]
    #[graphql(directive = cache_control::apply(Some(60), None, None))]
    pub(crate) struct Track {
        id: ID,
        #[graphql(tag = "partner")]
        title: String,
        owner: Option<User>,
        #[graphql(deprecation = "use title")]
        name: Option<String>,
    }

    #[derive(SimpleObject)]
    pub(crate) struct TrackConnection {
        nodes: Vec<Track>,
        edges: Vec<TrackEdge>,
    }

    #[derive(SimpleObject)]
    pub(crate) struct TrackEdge {
        node: Track,
    }

    impl Track {
        fn new(id: &str) -> Self {
            Self { id: id.into(), title: format!("title of {id}"), name: None, owner: Some(User { id: format!("owner-{id}").into() }) }
        }
    }

    pub(crate) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_track(&self, id: ID) -> Track {
            Track::new(&id)
        }

        #[graphql(directive = list_size::apply(vec!["first".into()], vec![], 10, false), tag = "partner")]
        async fn tracks(&self, first: i32, #[graphql(deprecation = "there is one order")] order: Option<Order>, orders: Option<Vec<Order>>) -> Vec<Track> {
            let _ = (order, orders);
            (0..first).map(|n| Track::new(&n.to_string())).collect()
        }

        /// Half of what is asked for is there.
        async fn page(&self, first: Option<i32>, last: Option<i32>) -> TrackConnection {
            let size = first.or(last).unwrap_or(20) / 2;
            TrackConnection { nodes: (0..size).map(|n| Track::new(&n.to_string())).collect(), edges: Vec::new() }
        }

        #[graphql(directive = list_size::apply(vec!["first".into(), "last".into()], vec![], 10, true))]
        async fn ends(&self, first: Option<i32>, last: Option<i32>) -> Vec<Track> {
            let _ = (first, last);
            Vec::new()
        }

        async fn shelves(&self) -> Vec<Track> {
            // More than anybody would assume.
            (0..30).map(|n| Track::new(&n.to_string())).collect()
        }

        #[graphql(tag = "partner")]
        async fn track(&self, id: ID) -> Option<Track> {
            Some(Track::new(&id))
        }
    }

    pub(crate) struct Subscription;

    #[Subscription]
    impl Subscription {
        /// A track each time somebody changes it.
        async fn track_changed(&self, context: &Context<'_>, id: Option<ID>) -> Result<impl Stream<Item = Track> + use<>> {
            let changes = BroadcastStream::new(context.data::<broadcast::Sender<String>>()?.subscribe());
            Ok(changes.filter_map(move |change| {
                let change = change.ok().filter(|change| id.as_ref().is_none_or(|id| **id == *change));
                async move { change.map(|id| Track::new(&id)) }
            }))
        }

        /// Ends by itself.
        async fn countdown(&self, from: i32) -> impl Stream<Item = i32> + use<> {
            futures::stream::iter((1..=from).rev())
        }

        /// As fast as it is read; listens to changes only so that a test sees it run.
        async fn flood(&self, context: &Context<'_>) -> Result<impl Stream<Item = String> + use<>> {
            let running = context.data::<broadcast::Sender<String>>()?.subscribe();
            Ok(futures::stream::repeat_with(move || {
                let _ = &running;
                "x".repeat(64 * 1024)
            }))
        }

        #[graphql(directive = authenticated::apply())]
        async fn members_only(&self) -> impl Stream<Item = i32> + use<> {
            futures::stream::once(async { 1 }).chain(futures::stream::pending())
        }

        async fn live_panic(&self) -> impl Stream<Item = i32> + use<> {
            futures::stream::once(async { panic!("a live resolver's bug") })
        }
    }
}

mod plays {
    use super::*;

    pub(crate) struct Track {
        id: ID,
    }

    fn even(id: &ID) -> Result<i32> {
        let number: i32 = id.parse()?;
        if number % 2 == 0 { Ok(number) } else { Err(async_graphql::Error::new("odd").extend_with(|_, extensions| extensions.set("code", "CONFLICT"))) }
    }

    #[derive(InputObject)]
    pub(crate) struct Filter {
        #[graphql(directive = cost::apply(5))]
        word: Option<String>,
        and: Option<Vec<Filter>>,
    }

    #[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
    pub(crate) enum Color {
        Red,
        Green,
    }

    #[derive(Debug, OneofObject)]
    pub(crate) enum Choice {
        Name(String),
        Range(Range),
        At(DateTime<Utc>),
        Colors(Vec<Vec<Color>>),
    }

    #[derive(Debug, InputObject)]
    pub(crate) struct Range {
        from: i32,
        #[graphql(default = 9)]
        to: i32,
        step: Option<f64>,
    }

    fn bug() -> Option<i32> {
        panic!("a resolver's bug")
    }

    #[Object]
    impl Track {
        async fn id(&self) -> &ID {
            &self.id
        }

        #[graphql(directive = cache_control::apply(Some(10), None, None), tag = "partner")]
        async fn plays(&self) -> Option<i32> {
            i32::try_from(self.id.len()).ok()
        }

        async fn panics(&self) -> Option<i32> {
            bug()
        }

        async fn fails(&self) -> Result<Option<i32>> {
            Err("password=hunter2 in SELECT".into())
        }

        async fn conflicts(&self) -> Result<Option<i32>> {
            Err(async_graphql::Error::new("too late").extend_with(|_, extensions| {
                extensions.set("code", "CONFLICT");
                extensions.set("field", "plays");
                extensions.set("internal", "password");
            }))
        }

        /// Only even ones: half of a list fails.
        async fn evens(&self) -> Result<Option<i32>> {
            even(&self.id).map(Some)
        }

        /// The same, but it cannot be null: the whole entity fails.
        async fn must_be_even(&self) -> Result<i32> {
            even(&self.id)
        }

        async fn sleeps(&self) -> Option<i32> {
            tokio::time::sleep(Duration::from_secs(3600)).await;
            None
        }

        async fn echo(&self, value: Option<Json<serde_json::Value>>) -> Option<Json<serde_json::Value>> {
            value
        }
    }

    pub(crate) struct Query;

    #[Object]
    impl Query {
        #[graphql(entity)]
        async fn find_track(&self, id: ID) -> Track {
            Track { id }
        }

        async fn total(&self) -> i32 {
            42
        }

        #[graphql(directive = cost::apply(50))]
        async fn expensive(&self, filter: Option<Filter>) -> i32 {
            filter.map_or(0, |filter| i32::from(filter.word.is_some()))
        }

        /// Takes every kind of value.
        async fn choose(&self, choice: Choice, color: Option<Color>) -> String {
            format!("{choice:?} {color:?}")
        }

        /// Whatever it is told.
        async fn echo(&self, value: Option<Json<serde_json::Value>>) -> Option<Json<serde_json::Value>> {
            value
        }
    }
}
