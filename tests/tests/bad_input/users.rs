//! Accounts and sessions.

use serde_json::{Value, json};

use crate::stage::{Case, PASSWORD, Stage, Who, text};

const REGISTER: &str = "mutation($input: RegisterInput!) { register(input: $input) { accessToken } }";
const SIGN_IN: &str = "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { accessToken } } }";
const REFRESH: &str = "mutation($token: String!) { refreshSession(refreshToken: $token) { accessToken } }";
const SIGN_OUT: &str = "mutation { signOut }";
const UPDATE: &str = "mutation($input: UpdateProfileInput!) { updateProfile(input: $input) { displayName } }";
const BECOME: &str = "mutation { becomeArtist { accessToken } }";
const SET_ROLE: &str = "mutation($user: ID!, $role: Role!) { setUserRole(userId: $user, role: $role) { role } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[REGISTER, SIGN_IN, REFRESH, SIGN_OUT, UPDATE, BECOME, SET_ROLE];

/// A good registration, but for `field`.
fn register(field: &str, value: Value) -> Value {
    let mut input = json!({ "username": "somebody", "email": "somebody@example.org", "password": PASSWORD });
    input[field] = value;
    json!({ "input": input })
}

fn without(field: &str) -> Value {
    let mut variables = register("username", json!("somebody"));
    variables["input"].as_object_mut().expect("an object").remove(field);
    variables
}

#[tokio::test]
async fn registering() {
    let case = |what, variables, code, field| Case { what, who: Who::Nobody, operation: REGISTER, variables, code, field: Some(field) };
    let bad = |what, field, value| case(what, register(field, value), "BAD_USER_INPUT", field);
    let cases = [
        case("no input", json!({}), "BAD_USER_INPUT", "input"),
        case("no username", without("username"), "BAD_USER_INPUT", "username"),
        case("no email", without("email"), "BAD_USER_INPUT", "email"),
        case("no password", without("password"), "BAD_USER_INPUT", "password"),
        case("a role of one's own choice", register("role", json!("ADMIN")), "BAD_USER_INPUT", "role"),
        case("a number for a name", register("username", json!(7)), "BAD_USER_INPUT", "username"),
        case("null", register("password", Value::Null), "BAD_USER_INPUT", "password"),
        bad("empty username", "username", json!("")),
        bad("short username", "username", json!("ab")),
        bad("long username", "username", json!("a".repeat(31))),
        bad("username with a blank", "username", json!("some body")),
        bad("username with another script's letter", "username", json!("sоmebody")),
        bad("empty email", "email", json!("")),
        bad("no address", "email", json!("somebody")),
        bad("long email", "email", json!(format!("{}@example.org", "a".repeat(300)))),
        bad("short password", "password", json!("wvkq8zR")),
        bad("easily guessed password", "password", json!("password123")),
        bad("password of one's own name", "password", json!("somebody2026")),
        bad("long password", "password", json!("x".repeat(129))),
        bad("huge password", "password", json!("x".repeat(500_000))),
        bad("long display name", "displayName", json!("x".repeat(81))),
        bad("display name of two lines", "displayName", json!("a\nb")),
        case("a taken username", register("username", json!("artist")), "CONFLICT", "username"),
        case("a taken username in other case", register("username", json!("ARTIST")), "CONFLICT", "username"),
        case("a username that looks like another's", register("username", json!("1istener")), "CONFLICT", "username"),
    ];
    Stage::set().await.play(&cases).await;
}

#[tokio::test]
async fn sessions() {
    let stage = Stage::set().await;
    let sign_in = |what, login: &str, password: &str, code, field| {
        let variables = json!({ "input": { "login": login, "password": password } });
        Case { what, who: Who::Nobody, operation: SIGN_IN, variables, code, field }
    };
    let refresh = |what, token: &str, code, field| Case { what, who: Who::Nobody, operation: REFRESH, variables: json!({ "token": token }), code, field };

    let payload = stage
        .client(Who::Nobody)
        .ask(
            "mutation($input: SignInInput!) { signIn(input: $input) { ... on SignInPayload { refreshToken } } }",
            json!({ "input": { "login": "listener", "password": PASSWORD } }),
        )
        .await;
    let used = text(&payload["signIn"]["refreshToken"]).to_owned();
    let renewed =
        stage.client(Who::Nobody).ask("mutation($token: String!) { refreshSession(refreshToken: $token) { refreshToken } }", json!({ "token": used })).await;
    let newest = text(&renewed["refreshSession"]["refreshToken"]).to_owned();

    stage
        .play(&[
            sign_in("empty login", " ", PASSWORD, "BAD_USER_INPUT", Some("login")),
            sign_in("long login", &"a".repeat(255), PASSWORD, "BAD_USER_INPUT", Some("login")),
            sign_in("empty password", "artist", "", "BAD_USER_INPUT", Some("password")),
            sign_in("huge password", "artist", &"x".repeat(500_000), "BAD_USER_INPUT", Some("password")),
            sign_in("wrong password", "artist", "another long secret", "UNAUTHENTICATED", None),
            sign_in("unknown account", "nobody_there", PASSWORD, "UNAUTHENTICATED", None),
            sign_in("impossible account", "no body", PASSWORD, "UNAUTHENTICATED", None),
            refresh("empty token", "", "BAD_USER_INPUT", Some("refreshToken")),
            refresh("huge token", &"x".repeat(100_000), "BAD_USER_INPUT", Some("refreshToken")),
            refresh("unknown token", "bm90aGluZw", "UNAUTHENTICATED", None),
            refresh("used token", &used, "UNAUTHENTICATED", None),
            // The case before has shown that somebody copied a token: the whole session has ended.
            refresh("newest token of a session whose token was used twice", &newest, "UNAUTHENTICATED", None),
            Case { what: "no session", who: Who::Nobody, operation: SIGN_OUT, variables: Value::Null, code: "UNAUTHENTICATED", field: None },
            Case { what: "no session", who: Who::Nobody, operation: BECOME, variables: Value::Null, code: "UNAUTHENTICATED", field: None },
        ])
        .await;
    let forged = stage.client(Who::Nobody).with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyXzEifQ.").send("{ viewer { id } }", Value::Null).await;
    assert_eq!(forged.expect_error().code(), "UNAUTHENTICATED", "a bad token is an error, never a silent anonymous");
}

#[tokio::test]
async fn profiles_and_roles() {
    let stage = Stage::set().await;
    let update = |what, who, input: Value, code, field| Case { what, who, operation: UPDATE, variables: json!({ "input": input }), code, field };
    let set_role =
        |what, who, user: &str, role: &str, code, field| Case { what, who, operation: SET_ROLE, variables: json!({ "user": user, "role": role }), code, field };

    let id = async |who| text(&stage.client(who).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"]).to_owned();
    let (listener, admin) = (id(Who::Listener).await, id(Who::Admin).await);
    // Of the right form, but nobody's.
    let nobodys = format!("user_{}", "01jfz9k5hqf5e8z0t4m2b7n6xr");
    stage
        .play(&[
            update("no session", Who::Nobody, json!({ "bio": "x" }), "UNAUTHENTICATED", None),
            update("long name", Who::Listener, json!({ "displayName": "x".repeat(81) }), "BAD_USER_INPUT", Some("displayName")),
            update("name of two lines", Who::Listener, json!({ "displayName": "a\nb" }), "BAD_USER_INPUT", Some("displayName")),
            update("long bio", Who::Listener, json!({ "bio": "x".repeat(501) }), "BAD_USER_INPUT", Some("bio")),
            update("unknown field", Who::Listener, json!({ "role": "ADMIN" }), "BAD_USER_INPUT", Some("role")),
            set_role("no session", Who::Nobody, &listener, "ADMIN", "UNAUTHENTICATED", None),
            set_role("own rise", Who::Listener, &listener, "ADMIN", "FORBIDDEN", None),
            set_role("an artist is no admin", Who::Artist, &listener, "ARTIST", "FORBIDDEN", None),
            set_role("unknown role", Who::Admin, &listener, "KING", "BAD_USER_INPUT", Some("role")),
            set_role("no id", Who::Admin, "listener", "ARTIST", "BAD_USER_INPUT", Some("userId")),
            set_role("id of another kind", Who::Admin, "track_01jfz9k5hqf5e8z0t4m2b7n6xr", "ARTIST", "BAD_USER_INPUT", Some("userId")),
            set_role("nobody's id", Who::Admin, &nobodys, "ARTIST", "NOT_FOUND", Some("userId")),
            set_role("the only admin", Who::Admin, &admin, "USER", "CONFLICT", Some("userId")),
        ])
        .await;
}
