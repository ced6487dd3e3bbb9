use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_graphql::{Request, Variables};
use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::{PortError, Role, Viewer};
use platform::testing::TestPlatform;
use serde_json::json;
use users::application::ports::{Credentials, Ending, NewPassword, UserRepository};
use users::application::record::Record;
use users::application::{Ports, UseCases};
use users::domain::email::Email;
use users::domain::login::Login;
use users::domain::password::PasswordHash;
use users::domain::profile::ProfileEdit;
use users::domain::user::User;
use users::domain::username::Username;
use users::infrastructure::migration::Migrator;
use users::infrastructure::user_repository::SqlUserRepository;

use crate::profile::gone;
use crate::support::{Answer, Users, ports};

const USER: &str = "{ id username displayName bio role createdAt email }";

#[tokio::test]
async fn anyone_finds_a_user_by_id_and_by_name() {
    let users = Users::start().await;
    let id = users.register("nina").await.0["user"]["id"].clone();
    let query = format!("query($id: ID!) {{ user(id: $id) {USER} userByName(username: \"NINA\") {USER} }}");
    let data = users.ask(&Viewer::Anonymous, &query, json!({ "id": id })).await.data();
    assert_eq!(data["user"], data["userByName"]);
    let expected = json!({
        "id": id, "username": "nina", "displayName": "nina", "bio": null, "role": "USER", "createdAt": "2026-01-01T00:00:00+00:00", "email": null
    });
    assert_eq!(data["user"], expected);
}

#[tokio::test]
async fn an_address_is_for_its_owner_and_admins() {
    let users = Users::start().await;
    let nina = users.register("nina").await;
    let otis = users.register("otis").await;
    let query = r#"{ userByName(username: "nina") { email } }"#;
    for (viewer, email) in [
        (nina.viewer(&users).await, json!("nina@example.com")),
        (users.admin().await, json!("nina@example.com")),
        (otis.viewer(&users).await, json!(null)),
        (Viewer::Anonymous, json!(null)),
    ] {
        assert_eq!(users.ask(&viewer, query, json!({})).await.data()["userByName"]["email"], email);
    }
}

#[tokio::test]
async fn who_is_not_there_is_null_and_what_is_no_id_is_refused() {
    let users = Users::start().await;
    let stranger = gone(&users.platform.platform.ids);
    let by_id = "query($id: ID!) { user(id: $id) { id } }";
    let id = stranger.user_id().expect("an id").to_string();
    assert_eq!(users.ask(&stranger, by_id, json!({ "id": id })).await.data()["user"], json!(null));
    for name in ["nobody", "", "no such name!", &"a".repeat(100_000)] {
        let data = users.ask(&stranger, "query($name: String!) { userByName(username: $name) { id } }", json!({ "name": name })).await.data();
        assert_eq!(data["userByName"], json!(null));
    }
    let track = users.platform.platform.ids.next::<kernel::id::Track>().to_string();
    for id in ["", "nina", &track] {
        users.ask(&stranger, by_id, json!({ "id": id })).await.assert_refused("BAD_USER_INPUT", Some("id"));
    }
    for viewer in [Viewer::Anonymous, stranger] {
        assert_eq!(users.ask(&viewer, "{ viewer { id } }", json!({})).await.data()["viewer"], json!(null));
    }
}

/// Counts the lookups by id, each of which is one statement.
struct CountingUsers {
    inner: SqlUserRepository,
    lookups: AtomicUsize,
}

#[async_trait]
impl UserRepository for CountingUsers {
    async fn add(&self, user: &User, password: &PasswordHash, record: &Record) -> Result<(), PortError> {
        self.inner.add(user, password, record).await
    }
    async fn unproved_with(&self, email: &Email, limit: u64) -> Result<Vec<User>, PortError> {
        self.inner.unproved_with(email, limit).await
    }
    async fn credentials_of(&self, id: UserId) -> Result<Option<Credentials>, PortError> {
        self.inner.credentials_of(id).await
    }
    async fn set_password(&self, password: &NewPassword, ending: Ending<'_>, record: &Record) -> Result<bool, PortError> {
        self.inner.set_password(password, ending, record).await
    }
    async fn set_suspended(&self, id: UserId, since: Option<DateTime<Utc>>, ending: Ending<'_>, record: &Record) -> Result<User, PortError> {
        self.inner.set_suspended(id, since, ending, record).await
    }
    async fn find(&self, ids: &[UserId]) -> Result<Vec<User>, PortError> {
        self.lookups.fetch_add(1, Ordering::Relaxed);
        self.inner.find(ids).await
    }
    async fn find_by_username(&self, username: &Username) -> Result<Option<User>, PortError> {
        self.inner.find_by_username(username).await
    }
    async fn credentials(&self, login: &Login) -> Result<Option<Credentials>, PortError> {
        self.inner.credentials(login).await
    }
    async fn edit_profile(&self, id: UserId, edit: &ProfileEdit) -> Result<User, PortError> {
        self.inner.edit_profile(id, edit).await
    }
    async fn set_role(&self, id: UserId, role: Role, record: &Record) -> Result<User, PortError> {
        self.inner.set_role(id, role, record).await
    }

    async fn set_premium(&self, id: UserId, until: Option<DateTime<Utc>>, record: &Record) -> Result<User, PortError> {
        self.inner.set_premium(id, until, record).await
    }
}

#[tokio::test]
async fn many_references_are_one_lookup_and_a_bad_one_spoils_no_other() {
    let TestPlatform { platform, .. } = &TestPlatform::new().await;
    let database = platform.database::<Migrator>("users").await.expect("the database opens");
    let repository = Arc::new(CountingUsers { inner: SqlUserRepository::new(database), lookups: AtomicUsize::new(0) });
    let ports = Ports { users: repository.clone(), ..ports(platform).await };
    let subgraph = users::graphql::subgraph(Arc::new(UseCases::new(&ports)));

    let mut references = Vec::new();
    for number in 0..25 {
        let user = crate::repository::user(&platform.ids, &format!("user{number}"));
        repository.add(&user, &PasswordHash::new("x".into()), &Record::NOTHING).await.expect("it is added");
        references.push(json!({ "__typename": "User", "id": user.id.to_string() }));
    }
    references.push(json!({ "__typename": "User", "id": platform.ids.next::<kernel::id::User>().to_string() }));
    references.push(json!({ "__typename": "User", "id": "nonsense" }));
    let query = "query($references: [_Any!]!) { _entities(representations: $references) { ... on User { username } } }";
    let request = Request::new(query).variables(Variables::from_json(json!({ "references": references })));
    let data = Answer(subgraph.execute(request).await).data();
    let entities = data["_entities"].as_array().expect("entities");
    assert_eq!(entities.len(), 27);
    for (number, entity) in entities.iter().enumerate().take(25) {
        assert_eq!(entity["username"], format!("user{number}"));
    }
    assert_eq!((&entities[25], &entities[26]), (&json!(null), &json!(null)));
    assert_eq!(repository.lookups.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn the_sdl_guards_what_needs_a_viewer_and_describes_everything() {
    let users = Users::start().await;
    let sdl = users.subgraph().sdl();
    for field in ["signOut: Boolean!", "becomeArtist: SignInPayload!", "): User!"] {
        let lines: Vec<_> = sdl.lines().filter(|line| line.contains(field)).collect();
        assert!(!lines.is_empty() && lines.iter().all(|line| line.contains("@authenticated")), "{field}: {lines:?}");
    }
    assert!(sdl.lines().any(|line| line.starts_with("type User ") && line.contains(r#"@key(fields: "id")"#)), "{sdl}");
    let data = users.ask(&Viewer::Anonymous, "{ __schema { types { name kind description fields { name description args { name description } } inputFields { name description } enumValues { name description } } } }", json!({})).await.data();
    for kind in data["__schema"]["types"].as_array().expect("types") {
        let name = kind["name"].as_str().expect("a name");
        if name.starts_with('_') || kind["kind"] == "SCALAR" || ["Query", "Mutation"].contains(&name) && kind["fields"].is_null() {
            continue;
        }
        for member in ["fields", "inputFields", "enumValues"].iter().filter_map(|members| kind[members].as_array()).flatten() {
            let member_name = member["name"].as_str().expect("a name");
            if !member_name.starts_with('_') {
                assert!(member["description"].is_string(), "{name}.{member_name} has no description");
            }
            for argument in member["args"].as_array().into_iter().flatten().filter(|_| !member_name.starts_with('_')) {
                assert!(argument["description"].is_string(), "{name}.{member_name}({})", argument["name"]);
            }
        }
    }
}
