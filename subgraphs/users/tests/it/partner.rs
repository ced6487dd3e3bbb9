//! Organisations and API keys through the schema, and what gateways ask.

use axum::body::Body;
use chrono::Duration;
use http_body_util::BodyExt as _;
use kernel::events::{ApiKeyUsed, OperationUse};
use kernel::{Clock as _, Partner, Scope, Viewer};
use platform::api_key::{ApiKeySecret, HEADER, KeyAnswer, KeyQuestions, PATH};
use platform::consumer::Consumer;
use serde_json::{Value as Json, json};
use tower::ServiceExt as _;

use crate::support::{Answer, Users};

const CREATE: &str = "mutation($name: String!) { createOrganisation(input: { name: $name }) { id name perMinute perDay members { role user { username } } } }";
const PUT: &str = "mutation($id: ID!, $user: ID!, $role: OrganisationRole!) {
    putOrganisationMember(input: { organisationId: $id, userId: $user, role: $role }) { members { role user { username } } } }";
const REMOVE: &str = "mutation($id: ID!, $user: ID!) { removeOrganisationMember(organisationId: $id, userId: $user) { members { user { username } } } }";
const LIMITS: &str = "mutation($id: ID!) { setOrganisationLimits(organisationId: $id, perMinute: 500, perDay: 50000) { perMinute perDay } }";
const KEY: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id name prefix scopes perMinute perDay
    expiresAt allowedOrigins allowedAddresses createdAt revokedAt lastUsedAt usage { day } } } }";
const ROTATE: &str = "mutation($id: ID!, $overlap: Int! = 60) { rotateApiKey(id: $id, overlapSecs: $overlap) { secret apiKey { id prefix } } }";
const REVOKE: &str = "mutation($id: ID!) { revokeApiKey(id: $id) { id revokedAt } }";
const MINE: &str = "{ organisations { id name apiKeys { id name } } }";

struct Stage {
    users: Users,
    owner: Viewer,
    member: Viewer,
    stranger: Viewer,
    organisation: String,
}

impl Stage {
    async fn set() -> Self {
        let users = Users::start().await;
        let mut people = Vec::new();
        for name in ["owner", "member", "stranger"] {
            people.push(users.register(name).await.viewer(&users).await);
        }
        let [owner, member, stranger] = people.try_into().expect("three people");
        let made = users.ask(&owner, CREATE, json!({ "name": "Radio Nord" })).await.data();
        let organisation = made["createOrganisation"]["id"].as_str().expect("an id").to_owned();
        let this = Self { users, owner, member, stranger, organisation };
        // Members stand in the order they came.
        this.users.platform.clock.advance(Duration::seconds(1));
        this.put(&this.owner, &this.member, "MEMBER").await.data();
        this
    }

    async fn ask(&self, viewer: &Viewer, query: &str, variables: Json) -> Answer {
        self.users.ask(viewer, query, variables).await
    }

    async fn put(&self, viewer: &Viewer, whom: &Viewer, role: &str) -> Answer {
        self.ask(viewer, PUT, json!({ "id": self.organisation, "user": id(whom), "role": role })).await
    }

    async fn key(&self, viewer: &Viewer) -> Answer {
        let input =
            json!({ "organisationId": self.organisation, "name": "Player", "scopes": ["PLAYBACK_STREAM", "USAGE_READ"], "perMinute": 10, "perDay": 100 });
        self.ask(viewer, KEY, json!({ "input": input })).await
    }

    async fn verify(&self, secret: &str) -> KeyAnswer {
        let hash = ApiKeySecret::parse(secret).expect("a key").hash();
        self.users.started.api_keys.verify(&hash).await.expect("the store answers")
    }
}

fn id(viewer: &Viewer) -> String {
    viewer.user_id().expect("a person").to_string()
}

#[tokio::test]
async fn an_organisation_is_its_makers_and_strangers_do_not_see_it() {
    let stage = Stage::set().await;
    let query = "query($id: ID!) { organisation(id: $id) { name perMinute perDay members { role user { username } } apiKeys { id } } }";
    let seen = json!({ "organisation": {
        "name": "Radio Nord", "perMinute": 100, "perDay": 10000, "apiKeys": [],
        "members": [{ "role": "OWNER", "user": { "username": "owner" } }, { "role": "MEMBER", "user": { "username": "member" } }],
    } });
    let variables = || json!({ "id": stage.organisation });
    for viewer in [&stage.owner, &stage.member, &stage.users.admin().await] {
        assert_eq!(stage.ask(viewer, query, variables()).await.data(), seen);
    }
    assert_eq!(stage.ask(&stage.stranger, query, variables()).await.data(), json!({ "organisation": null }));
    stage.ask(&Viewer::Anonymous, query, variables()).await.assert_refused("UNAUTHENTICATED", None);
    assert_eq!(stage.ask(&stage.stranger, MINE, json!({})).await.data(), json!({ "organisations": [] }));
    assert_eq!(stage.ask(&stage.member, MINE, json!({})).await.data()["organisations"][0]["name"], "Radio Nord");
}

#[tokio::test]
async fn owners_say_who_is_a_member_and_everybody_may_leave() {
    let stage = Stage::set().await;
    let remove = async |viewer: &Viewer, whom: &Viewer| stage.ask(viewer, REMOVE, json!({ "id": stage.organisation, "user": id(whom) })).await;
    stage.put(&stage.member, &stage.stranger, "MEMBER").await.assert_refused("FORBIDDEN", None);
    stage.put(&stage.stranger, &stage.stranger, "OWNER").await.assert_refused("NOT_FOUND", Some("organisationId"));
    remove(&stage.member, &stage.owner).await.assert_refused("FORBIDDEN", None);
    remove(&stage.owner, &stage.stranger).await.assert_refused("NOT_FOUND", Some("userId"));
    remove(&stage.owner, &stage.owner).await.assert_refused("CONFLICT", Some("userId"));
    stage.put(&stage.owner, &stage.owner, "MEMBER").await.assert_refused("CONFLICT", Some("userId"));
    let nobody = crate::profile::gone(&stage.users.platform.platform.ids);
    stage.put(&stage.owner, &nobody, "MEMBER").await.assert_refused("NOT_FOUND", Some("userId"));
    let left = remove(&stage.member, &stage.member).await.data();
    assert_eq!(left["removeOrganisationMember"]["members"], json!([{ "user": { "username": "owner" } }]));
    stage.key(&stage.member).await.assert_refused("NOT_FOUND", Some("organisationId"));
}

#[tokio::test]
async fn one_person_owns_three_organisations_and_only_admins_raise_limits() {
    let stage = Stage::set().await;
    for name in ["Second", "Third"] {
        stage.ask(&stage.owner, CREATE, json!({ "name": name })).await.data();
    }
    stage.ask(&stage.owner, CREATE, json!({ "name": "Fourth" })).await.assert_refused("CONFLICT", Some("name"));
    let variables = || json!({ "id": stage.organisation });
    stage.ask(&stage.owner, LIMITS, variables()).await.assert_refused("FORBIDDEN", None);
    let admin = stage.users.admin().await;
    assert_eq!(stage.ask(&admin, LIMITS, variables()).await.data()["setOrganisationLimits"], json!({ "perMinute": 500, "perDay": 50000 }));
}

#[tokio::test]
async fn a_key_is_shown_once_verified_rotated_with_an_overlap_and_revoked() {
    let stage = Stage::set().await;
    let made = stage.key(&stage.member).await.data()["createApiKey"].take();
    let (secret, key) = (made["secret"].as_str().expect("a secret"), made["apiKey"]["id"].clone());
    let expected = json!({
        "id": key, "name": "Player", "prefix": &secret[..11], "scopes": ["PLAYBACK_STREAM", "USAGE_READ"], "perMinute": 10, "perDay": 100,
        "expiresAt": null, "allowedOrigins": [], "allowedAddresses": [], "createdAt": "2026-01-01T00:00:01+00:00", "revokedAt": null,
        "lastUsedAt": null, "usage": [],
    });
    assert_eq!(made["apiKey"], expected);
    let KeyAnswer::Good(rights) = stage.verify(secret).await else { panic!("the key is good") };
    assert_eq!((rights.per_minute, rights.per_day, rights.scopes), (10, 100, vec![Scope::PlaybackStream, Scope::UsageRead]));
    assert_eq!(stage.verify(ApiKeySecret::generate(&kernel::OsRandomness).as_str()).await, KeyAnswer::Unknown);

    stage.ask(&stage.stranger, ROTATE, json!({ "id": key })).await.assert_refused("NOT_FOUND", Some("id"));
    stage.ask(&stage.owner, ROTATE, json!({ "id": key, "overlap": -1 })).await.assert_refused("BAD_USER_INPUT", Some("overlapSecs"));
    let rotated = stage.ask(&stage.owner, ROTATE, json!({ "id": key, "overlap": 60 })).await.data()["rotateApiKey"].take();
    let next = rotated["secret"].as_str().expect("a secret");
    assert_eq!(rotated["apiKey"], json!({ "id": key, "prefix": &next[..11] }));
    assert!(matches!(stage.verify(secret).await, KeyAnswer::Good(_)) && matches!(stage.verify(next).await, KeyAnswer::Good(_)));
    stage.users.platform.clock.advance(Duration::seconds(60));
    assert_eq!(stage.verify(secret).await, KeyAnswer::Expired);
    assert!(matches!(stage.verify(next).await, KeyAnswer::Good(_)));

    stage.ask(&stage.stranger, REVOKE, json!({ "id": key })).await.assert_refused("NOT_FOUND", Some("id"));
    let revoked = stage.ask(&stage.member, REVOKE, json!({ "id": key })).await.data()["revokeApiKey"]["revokedAt"].take();
    assert_eq!(stage.ask(&stage.member, REVOKE, json!({ "id": key })).await.data()["revokeApiKey"]["revokedAt"], revoked, "once is enough");
    assert_eq!(stage.verify(next).await, KeyAnswer::Revoked);
    stage.ask(&stage.owner, ROTATE, json!({ "id": key })).await.assert_refused("CONFLICT", Some("id"));
}

#[tokio::test]
async fn keys_share_the_limits_of_their_organisation() {
    let stage = Stage::set().await;
    let attempt = async |per_minute: i32, per_day: i32| {
        let input = json!({ "organisationId": stage.organisation, "name": "A", "scopes": ["CATALOG_READ"], "perMinute": per_minute, "perDay": per_day });
        stage.ask(&stage.owner, KEY, json!({ "input": input })).await
    };
    attempt(101, 1).await.assert_refused("CONFLICT", Some("perMinute"));
    attempt(1, 10_001).await.assert_refused("CONFLICT", Some("perDay"));
    attempt(100, 1).await.data();
    attempt(1, 1).await.assert_refused("CONFLICT", Some("perMinute"));
}

#[tokio::test]
async fn use_that_the_gateway_tells_is_seen_by_members_and_by_the_key_itself() {
    let stage = Stage::set().await;
    let made = stage.key(&stage.owner).await.data()["createApiKey"].take();
    let KeyAnswer::Good(rights) = stage.verify(made["secret"].as_str().expect("a secret")).await else { panic!("the key is good") };
    let clock = &stage.users.platform.platform.clock;
    let used = ApiKeyUsed {
        key_id: rights.key_id,
        day: clock.now().date_naive(),
        last_used_at: clock.now(),
        operations: vec![OperationUse { operation: "Charts".into(), requests: 5, refused: 2, cost: 7 }],
    };
    let platform = &stage.users.platform.platform;
    let consumer = Consumer::new("users", stage.users.started.context.handlers.clone(), platform.bus.clone());
    consumer.dispatch(&platform.events("gateway").wrap(&used)).await.expect("it is handled");

    let expected = json!([{ "day": "2026-01-01", "operation": "Charts", "requests": 5, "refused": 2, "cost": 7 }]);
    let mine =
        stage.ask(&stage.member, "{ organisations { apiKeys { lastUsedAt usage(days: 1) { day operation requests refused cost } } } }", json!({})).await.data();
    assert_eq!(mine["organisations"][0]["apiKeys"][0], json!({ "lastUsedAt": "2026-01-01T00:00:01+00:00", "usage": expected }));
    let program = |scopes| Viewer::Partner(Partner { key_id: rights.key_id, organisation_id: rights.organisation_id, scopes, expires_at: None });
    let own = "{ currentApiKey { name usage { day operation requests refused cost } } }";
    assert_eq!(stage.ask(&program(vec![Scope::UsageRead]), own, json!({})).await.data()["currentApiKey"], json!({ "name": "Player", "usage": expected }));
    stage.ask(&program(vec![Scope::CatalogRead]), own, json!({})).await.assert_refused("FORBIDDEN", None);
    stage.ask(&program(Scope::ALL.to_vec()), MINE, json!({})).await.assert_refused("FORBIDDEN", None);
    for days in [0, 91] {
        let answer = stage.ask(&stage.member, "query($d: Int!) { organisations { apiKeys { usage(days: $d) { day } } } }", json!({ "d": days })).await;
        answer.assert_refused("BAD_USER_INPUT", Some("days"));
    }
}

#[tokio::test]
async fn only_a_gateway_of_this_installation_can_ask_about_a_key() {
    let stage = Stage::set().await;
    let made = stage.key(&stage.owner).await.data()["createApiKey"].take();
    let hash = ApiKeySecret::parse(made["secret"].as_str().expect("a secret")).expect("a key").hash();
    let platform = &stage.users.platform.platform;
    let ask = async |question: Option<String>| {
        let mut request = axum::http::Request::get(PATH);
        if let Some(question) = question {
            request = request.header(HEADER, question);
        }
        let router = stage.users.started.context.http.clone();
        let response = router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let status = response.status().as_u16();
        (status, response.into_body().collect().await.expect("a body").to_bytes())
    };
    let (status, body) = ask(platform.key_questions().sign(&hash).ok()).await;
    assert_eq!(status, 200);
    assert!(matches!(serde_json::from_slice(&body).expect("an answer"), KeyAnswer::Good(_)));
    let foreign = KeyQuestions::new("another installation's secret, 32+", platform.clock.clone()).sign(&hash).ok();
    let viewer = platform.viewer_tokens().sign(&stage.owner).ok();
    let late = platform.key_questions().sign(&hash).ok();
    stage.users.platform.clock.advance(Duration::seconds(61));
    for question in [None, Some(hash.clone()), foreign, viewer, late] {
        assert_eq!(ask(question).await.0, 401);
    }
}
