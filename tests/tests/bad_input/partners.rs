//! Organisations and API keys.

use serde_json::{Value, json};

use crate::stage::{Case, Stage, Who, text};

const CREATE_ORGANISATION: &str = "mutation($name: String!) { createOrganisation(input: { name: $name }) { id } }";
const PUT_MEMBER: &str = "mutation($input: PutOrganisationMemberInput!) { putOrganisationMember(input: $input) { id } }";
const REMOVE_MEMBER: &str = "mutation($id: ID!, $user: ID!) { removeOrganisationMember(organisationId: $id, userId: $user) { id } }";
const SET_LIMITS: &str =
    "mutation($id: ID!, $minute: Int!, $day: Int!) { setOrganisationLimits(organisationId: $id, perMinute: $minute, perDay: $day) { id } }";
const CREATE_KEY: &str = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { secret apiKey { id } } }";
const ROTATE_KEY: &str = "mutation($id: ID!, $overlap: Int! = 60) { rotateApiKey(id: $id, overlapSecs: $overlap) { secret } }";
const REVOKE_KEY: &str = "mutation($id: ID!) { revokeApiKey(id: $id) { id } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[CREATE_ORGANISATION, PUT_MEMBER, REMOVE_MEMBER, SET_LIMITS, CREATE_KEY, ROTATE_KEY, REVOKE_KEY];

const NOBODYS: &str = "01jfz9k5hqf5e8z0t4m2b7n6xr";

#[tokio::test]
async fn organisations() {
    let stage = Stage::set().await;
    let id = async |who| text(&stage.client(who).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"]).to_owned();
    let (owner, other) = (id(Who::Artist).await, id(Who::OtherArtist).await);
    let made = stage.client(Who::Artist).ask(CREATE_ORGANISATION, json!({ "name": "Radio Nord" })).await;
    let ours = text(&made["createOrganisation"]["id"]).to_owned();
    let (no_organisation, no_user) = (format!("organisation_{NOBODYS}"), format!("user_{NOBODYS}"));

    let create = |what, who, name: &str, code, field| Case { what, who, operation: CREATE_ORGANISATION, variables: json!({ "name": name }), code, field };
    let put = |what, who, organisation: &str, user: &str, role: &str, code, field| {
        let input = json!({ "organisationId": organisation, "userId": user, "role": role });
        Case { what, who, operation: PUT_MEMBER, variables: json!({ "input": input }), code, field }
    };
    let remove = |what, who, organisation: &str, user: &str, code, field| Case {
        what,
        who,
        operation: REMOVE_MEMBER,
        variables: json!({ "id": organisation, "user": user }),
        code,
        field,
    };
    let limits = |what, who, organisation: &str, minute: i64, day: i64, code, field| Case {
        what,
        who,
        operation: SET_LIMITS,
        variables: json!({ "id": organisation, "minute": minute, "day": day }),
        code,
        field,
    };
    stage
        .play(&[
            create("no session", Who::Nobody, "A", "UNAUTHENTICATED", None),
            create("empty name", Who::Listener, " ", "BAD_USER_INPUT", Some("name")),
            create("long name", Who::Listener, &"x".repeat(81), "BAD_USER_INPUT", Some("name")),
            create("name of two lines", Who::Listener, "a\nb", "BAD_USER_INPUT", Some("name")),
            put("no session", Who::Nobody, &ours, &other, "MEMBER", "UNAUTHENTICATED", None),
            put("a stranger's organisation", Who::Listener, &ours, &other, "MEMBER", "NOT_FOUND", Some("organisationId")),
            put("no organisation", Who::Artist, &no_organisation, &other, "MEMBER", "NOT_FOUND", Some("organisationId")),
            put("id of another kind", Who::Artist, &other, &other, "MEMBER", "BAD_USER_INPUT", Some("organisationId")),
            put("no id", Who::Artist, &ours, "other", "MEMBER", "BAD_USER_INPUT", Some("userId")),
            put("nobody", Who::Artist, &ours, &no_user, "MEMBER", "NOT_FOUND", Some("userId")),
            put("unknown role", Who::Artist, &ours, &other, "KING", "BAD_USER_INPUT", Some("role")),
            put("the only owner steps down", Who::Artist, &ours, &owner, "MEMBER", "CONFLICT", Some("userId")),
            remove("no session", Who::Nobody, &ours, &owner, "UNAUTHENTICATED", None),
            remove("a stranger's organisation", Who::Listener, &ours, &owner, "NOT_FOUND", Some("organisationId")),
            remove("no member", Who::Artist, &ours, &other, "NOT_FOUND", Some("userId")),
            remove("the only owner", Who::Artist, &ours, &owner, "CONFLICT", Some("userId")),
            limits("no session", Who::Nobody, &ours, 1, 1, "UNAUTHENTICATED", None),
            limits("its owner", Who::Artist, &ours, 1, 1, "FORBIDDEN", None),
            limits("none a minute", Who::Admin, &ours, 0, 1, "BAD_USER_INPUT", Some("perMinute")),
            limits("less than none a day", Who::Admin, &ours, 1, -1, "BAD_USER_INPUT", Some("perDay")),
            limits("more than a number", Who::Admin, &ours, 3_000_000_000, 1, "BAD_USER_INPUT", Some("minute")),
            limits("no organisation", Who::Admin, &no_organisation, 1, 1, "NOT_FOUND", Some("organisationId")),
        ])
        .await;
}

#[tokio::test]
async fn api_keys() {
    let stage = Stage::set().await;
    let artist = stage.client(Who::Artist);
    let made = artist.ask(CREATE_ORGANISATION, json!({ "name": "Radio Nord" })).await;
    let organisation = text(&made["createOrganisation"]["id"]).to_owned();
    let good = json!({ "organisationId": organisation, "name": "Player", "scopes": ["CATALOG_READ"], "perMinute": 10, "perDay": 100 });
    let key = text(&artist.ask(CREATE_KEY, json!({ "input": good })).await["createApiKey"]["apiKey"]["id"]).to_owned();
    let gone = text(&artist.ask(CREATE_KEY, json!({ "input": good })).await["createApiKey"]["apiKey"]["id"]).to_owned();
    artist.ask(REVOKE_KEY, json!({ "id": gone })).await;

    let with = |field: &str, value: Value| {
        let mut input = good.clone();
        input[field] = value;
        json!({ "input": input })
    };
    let create = |what, who, variables, code, field| Case { what, who, operation: CREATE_KEY, variables, code, field };
    let bad = |what, field, value| create(what, Who::Artist, with(field, value), "BAD_USER_INPUT", Some(field));
    let rotate = |what, who, id: &str, overlap: i64, code, field| Case {
        what,
        who,
        operation: ROTATE_KEY,
        variables: json!({ "id": id, "overlap": overlap }),
        code,
        field,
    };
    let revoke = |what, who, id: &str, code, field| Case { what, who, operation: REVOKE_KEY, variables: json!({ "id": id }), code, field };
    let nobodys = format!("apikey_{NOBODYS}");
    stage
        .play(&[
            create("no session", Who::Nobody, with("name", json!("A")), "UNAUTHENTICATED", None),
            create("a stranger's organisation", Who::Listener, with("name", json!("A")), "NOT_FOUND", Some("organisationId")),
            create(
                "an organisation that is not there",
                Who::Artist,
                with("organisationId", json!(format!("organisation_{NOBODYS}"))),
                "NOT_FOUND",
                Some("organisationId"),
            ),
            create("more than the organisation may", Who::Artist, with("perMinute", json!(1_000)), "CONFLICT", Some("perMinute")),
            create("more a day than the organisation may", Who::Artist, with("perDay", json!(1_000_000)), "CONFLICT", Some("perDay")),
            bad("no id", "organisationId", json!("ours")),
            bad("empty name", "name", json!("")),
            bad("long name", "name", json!("x".repeat(81))),
            bad("no scopes", "scopes", json!([])),
            bad("none a minute", "perMinute", json!(0)),
            bad("less than none a day", "perDay", json!(-5)),
            bad("the past", "expiresAt", json!("2020-01-01T00:00:00Z")),
            bad("a page instead of an origin", "allowedOrigins", json!(["https://app.example/page"])),
            bad("any origin", "allowedOrigins", json!(["*"])),
            bad("no network", "allowedAddresses", json!(["192.0.2.0/33"])),
            bad("a name instead of an address", "allowedAddresses", json!(["example.org"])),
            bad("too many networks", "allowedAddresses", json!(vec!["192.0.2.1"; 51])),
            rotate("no session", Who::Nobody, &key, 1, "UNAUTHENTICATED", None),
            rotate("a stranger's key", Who::Listener, &key, 1, "NOT_FOUND", Some("id")),
            rotate("nobody's key", Who::Artist, &nobodys, 1, "NOT_FOUND", Some("id")),
            rotate("no id", Who::Artist, "pk_x", 1, "BAD_USER_INPUT", Some("id")),
            rotate("an overlap before now", Who::Artist, &key, -1, "BAD_USER_INPUT", Some("overlapSecs")),
            rotate("an overlap without end", Who::Artist, &key, 2_592_001, "BAD_USER_INPUT", Some("overlapSecs")),
            rotate("a revoked key", Who::Artist, &gone, 1, "CONFLICT", Some("id")),
            revoke("no session", Who::Nobody, &key, "UNAUTHENTICATED", None),
            revoke("a stranger's key", Who::OtherArtist, &key, "NOT_FOUND", Some("id")),
            revoke("nobody's key", Who::Artist, &nobodys, "NOT_FOUND", Some("id")),
            revoke("id of another kind", Who::Artist, &organisation, "BAD_USER_INPUT", Some("id")),
        ])
        .await;
}
