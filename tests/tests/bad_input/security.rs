//! What keeps an account its owner's.

use serde_json::{Value, json};

use crate::stage::{Case, PASSWORD, Stage, Who, text};

const VERIFY: &str = "mutation($token: String!) { verifyEmail(token: $token) }";
const VERIFY_AGAIN: &str = "mutation { requestEmailVerification }";
const FORGOT: &str = "mutation($login: String!) { requestPasswordReset(login: $login) }";
const RESET: &str = "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) }";
const CHANGE_PASSWORD: &str = "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }";
const CHANGE_EMAIL: &str = "mutation($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) }";
const CONFIRM_EMAIL: &str = "mutation($token: String!) { confirmEmailChange(token: $token) }";
const REVOKE: &str = "mutation($id: ID!) { revokeSession(id: $id) }";
const REVOKE_ALL: &str = "mutation { revokeSessions }";
const SUSPEND: &str = "mutation($user: ID!, $reason: String!) { suspendUser(userId: $user, reason: $reason) { id } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) { accessToken } }";
const BEGIN: &str = "mutation($password: String!) { beginSecondFactor(password: $password) { secret } }";
const CONFIRM: &str = "mutation($code: String!) { confirmSecondFactor(code: $code) { codes } }";
const RENEW: &str = "mutation($input: SecondFactorProofInput!) { renewRecoveryCodes(input: $input) { codes } }";
const TURN_OFF: &str = "mutation($input: SecondFactorProofInput!) { turnSecondFactorOff(input: $input) }";
const RESET_FACTOR: &str = "mutation($input: ResetSecondFactorInput!) { resetSecondFactor(input: $input) { id } }";
const GRANT: &str = "mutation($user: ID!, $until: DateTime, $reason: String!) { grantPremium(userId: $user, until: $until, reason: $reason) { id } }";
const REINSTATE: &str = "mutation($user: ID!) { reinstateUser(userId: $user) { id } }";

/// Operations that have cases here.
pub(crate) const COVERED: &[&str] = &[
    VERIFY,
    VERIFY_AGAIN,
    FORGOT,
    RESET,
    CHANGE_PASSWORD,
    CHANGE_EMAIL,
    CONFIRM_EMAIL,
    REVOKE,
    REVOKE_ALL,
    SUSPEND,
    REINSTATE,
    COMPLETE,
    BEGIN,
    CONFIRM,
    RENEW,
    TURN_OFF,
    RESET_FACTOR,
    GRANT,
];

#[tokio::test]
async fn second_factors() {
    let stage = Stage::set().await;
    let begun = stage.client(Who::Listener).ask(BEGIN, json!({ "password": PASSWORD })).await;
    assert!(begun["beginSecondFactor"]["secret"].is_string());
    let case = |what, who, operation, variables, code, field| Case { what, who, operation, variables, code, field };
    let complete = |what, challenge: &str, field| {
        let variables = json!({ "input": { "challenge": challenge, "code": "123456" } });
        case(what, Who::Nobody, COMPLETE, variables, "UNAUTHENTICATED", field)
    };
    let begin = |what, who, password: &str, code, field| case(what, who, BEGIN, json!({ "password": password }), code, field);
    let confirm = |what, who, typed: &str, code, field| case(what, who, CONFIRM, json!({ "code": typed }), code, field);
    let proof = |password: &str, code: &str| json!({ "input": { "password": password, "code": code } });
    let mut cases = vec![
        complete("empty challenge", "", None),
        complete("made up challenge", &"a".repeat(64), None),
        complete("huge challenge", &"x".repeat(500_000), None),
        case("no code", Who::Nobody, COMPLETE, json!({ "input": { "challenge": "x" } }), "BAD_USER_INPUT", Some("code")),
        begin("no session", Who::Nobody, PASSWORD, "UNAUTHENTICATED", None),
        begin("wrong password", Who::Listener, "wrong", "BAD_USER_INPUT", Some("password")),
        begin("huge password", Who::Listener, &"x".repeat(500_000), "BAD_USER_INPUT", Some("password")),
        confirm("no session", Who::Nobody, "123456", "UNAUTHENTICATED", None),
        confirm("nothing begun", Who::Artist, "123456", "CONFLICT", None),
        confirm("no code", Who::Listener, "", "BAD_USER_INPUT", Some("code")),
        confirm("letters", Who::Listener, "12345x", "BAD_USER_INPUT", Some("code")),
        confirm("a recovery code", Who::Listener, "abcd-efgh-jkmn-pqrs", "BAD_USER_INPUT", Some("code")),
        confirm("huge code", Who::Listener, &"1".repeat(500_000), "BAD_USER_INPUT", Some("code")),
    ];
    for operation in [RENEW, TURN_OFF] {
        cases.extend([
            case("no session", Who::Nobody, operation, proof(PASSWORD, "123456"), "UNAUTHENTICATED", None),
            case("wrong password", Who::OtherArtist, operation, proof("wrong", "123456"), "BAD_USER_INPUT", Some("password")),
            case("no second factor", Who::OtherArtist, operation, proof(PASSWORD, "123456"), "CONFLICT", None),
        ]);
    }
    stage.play(&cases).await;
}

#[tokio::test]
async fn links() {
    let made_up = "a".repeat(64);
    let mut cases = Vec::new();
    for operation in [VERIFY, CONFIRM_EMAIL] {
        for (what, token) in [("empty", String::new()), ("short", "x".into()), ("made up", made_up.clone()), ("huge", "x".repeat(500_000))] {
            let variables = json!({ "token": token });
            cases.push(Case { what, who: Who::Nobody, operation, variables, code: "BAD_USER_INPUT", field: Some("token") });
        }
    }
    let reset = |what, token: &str, password: &str, field| {
        let variables = json!({ "input": { "token": token, "password": password } });
        Case { what, who: Who::Nobody, operation: RESET, variables, code: "BAD_USER_INPUT", field: Some(field) }
    };
    let forgot = |what, login: Value| Case {
        what,
        who: Who::Nobody,
        operation: FORGOT,
        variables: json!({ "login": login }),
        code: "BAD_USER_INPUT",
        field: Some("login"),
    };
    cases.extend([
        reset("made up token", &made_up, PASSWORD, "token"),
        reset("huge token", &"x".repeat(500_000), PASSWORD, "token"),
        forgot("nothing", json!(" ")),
        forgot("long", json!("x".repeat(255))),
        forgot("null", Value::Null),
        Case { what: "no session", who: Who::Nobody, operation: VERIFY_AGAIN, variables: Value::Null, code: "UNAUTHENTICATED", field: None },
    ]);
    Stage::set().await.play(&cases).await;
}

#[tokio::test]
async fn passwords_and_addresses() {
    let change = |what, who, current: &str, new: &str, code, field| {
        let variables = json!({ "input": { "currentPassword": current, "newPassword": new } });
        Case { what, who, operation: CHANGE_PASSWORD, variables, code, field }
    };
    let address = |what, who, email: &str, password: &str, code, field| {
        let variables = json!({ "input": { "email": email, "password": password } });
        Case { what, who, operation: CHANGE_EMAIL, variables, code, field }
    };
    let (bad, other) = ("BAD_USER_INPUT", "seventeen green umbrellas");
    let cases = [
        change("no session", Who::Nobody, PASSWORD, other, "UNAUTHENTICATED", None),
        change("wrong password", Who::Listener, "wrong", other, bad, Some("currentPassword")),
        change("no password", Who::Listener, "", other, bad, Some("currentPassword")),
        change("huge password", Who::Listener, &"x".repeat(500_000), other, bad, Some("currentPassword")),
        change("easily guessed", Who::Artist, PASSWORD, "listener123", bad, Some("newPassword")),
        change("too short", Who::Artist, PASSWORD, "wvkq8zR", bad, Some("newPassword")),
        change("huge new password", Who::Artist, PASSWORD, &"x".repeat(500_000), bad, Some("newPassword")),
        address("no session", Who::Nobody, "a@b.example", PASSWORD, "UNAUTHENTICATED", None),
        address("no address", Who::OtherArtist, "nowhere", PASSWORD, bad, Some("email")),
        address("a second header", Who::OtherArtist, "a@b.example\r\nBcc: c@d.example", PASSWORD, bad, Some("email")),
        address("the same address", Who::OtherArtist, "Other_Artist@example.org", PASSWORD, bad, Some("email")),
        address("wrong password", Who::OtherArtist, "a@b.example", "wrong", bad, Some("password")),
    ];
    Stage::set().await.play(&cases).await;
}

#[tokio::test]
async fn sessions_suspension_and_audit() {
    let stage = Stage::set().await;
    let id = async |who| text(&stage.client(who).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"]).to_owned();
    let (listener, admin) = (id(Who::Listener).await, id(Who::Admin).await);
    let session = stage.client(Who::Artist).ask("{ sessions { id } }", Value::Null).await["sessions"][0]["id"].take();
    let revoke = |what, who, id: &str, code, field| Case { what, who, operation: REVOKE, variables: json!({ "id": id }), code, field };
    let suspend = |what, who, user: &str, reason: &str, code, field| Case {
        what,
        who,
        operation: SUSPEND,
        variables: json!({ "user": user, "reason": reason }),
        code,
        field,
    };
    let reinstate = |what, who, user: &str, code, field| Case { what, who, operation: REINSTATE, variables: json!({ "user": user }), code, field };
    let reset = |what, who, user: &str, password: &str, code, field| {
        let variables = json!({ "input": { "userId": user, "reason": "lost", "password": password } });
        Case { what, who, operation: RESET_FACTOR, variables, code, field }
    };
    let grant = |what, who, until: &str, reason: &str, code, field| Case {
        what,
        who,
        operation: GRANT,
        variables: json!({ "user": listener, "until": until, "reason": reason }),
        code,
        field,
    };
    let trail = |what, who, variables, code, field| Case {
        what,
        who,
        operation: "query($user: ID, $first: Int, $after: String) { auditTrail(userId: $user, first: $first, after: $after) { nodes { id } } }",
        variables,
        code,
        field,
    };
    let nobodys = "user_01jfz9k5hqf5e8z0t4m2b7n6xr";
    stage
        .play(&[
            revoke("no session", Who::Nobody, text(&session), "UNAUTHENTICATED", None),
            revoke("somebody else's", Who::Listener, text(&session), "NOT_FOUND", Some("id")),
            revoke("no id", Who::Artist, "session", "BAD_USER_INPUT", Some("id")),
            revoke("nobody's", Who::Artist, "session_01jfz9k5hqf5e8z0t4m2b7n6xr", "NOT_FOUND", Some("id")),
            Case { what: "no session", who: Who::Nobody, operation: REVOKE_ALL, variables: Value::Null, code: "UNAUTHENTICATED", field: None },
            Case { what: "no session", who: Who::Nobody, operation: "{ sessions { id } }", variables: Value::Null, code: "UNAUTHENTICATED", field: None },
            suspend("no session", Who::Nobody, &listener, "spam", "UNAUTHENTICATED", None),
            suspend("an artist", Who::Artist, &listener, "spam", "FORBIDDEN", None),
            suspend("no reason", Who::Admin, &listener, " ", "BAD_USER_INPUT", Some("reason")),
            suspend("long reason", Who::Admin, &listener, &"x".repeat(501), "BAD_USER_INPUT", Some("reason")),
            suspend("no id", Who::Admin, "listener", "spam", "BAD_USER_INPUT", Some("userId")),
            suspend("nobody", Who::Admin, nobodys, "spam", "NOT_FOUND", Some("userId")),
            suspend("oneself", Who::Admin, &admin, "spam", "CONFLICT", Some("userId")),
            reinstate("no session", Who::Nobody, &listener, "UNAUTHENTICATED", None),
            reinstate("a listener", Who::Listener, &listener, "FORBIDDEN", None),
            reinstate("nobody", Who::Admin, nobodys, "NOT_FOUND", Some("userId")),
            reset("no session", Who::Nobody, &listener, PASSWORD, "UNAUTHENTICATED", None),
            reset("an artist", Who::Artist, &listener, PASSWORD, "FORBIDDEN", None),
            reset("a wrong password", Who::Admin, &listener, "wrong", "BAD_USER_INPUT", Some("password")),
            reset("oneself", Who::Admin, &admin, PASSWORD, "CONFLICT", Some("userId")),
            reset("nobody", Who::Admin, nobodys, PASSWORD, "NOT_FOUND", Some("userId")),
            reset("no second factor", Who::Admin, &listener, PASSWORD, "CONFLICT", Some("userId")),
            grant("no session", Who::Nobody, "2999-01-01T00:00:00Z", "x", "UNAUTHENTICATED", None),
            grant("oneself rich", Who::Listener, "2999-01-01T00:00:00Z", "x", "FORBIDDEN", None),
            grant("too long", Who::Admin, "2999-01-01T00:00:00Z", "x", "BAD_USER_INPUT", Some("until")),
            grant("past", Who::Admin, "2001-01-01T00:00:00Z", "x", "BAD_USER_INPUT", Some("until")),
            grant("no time", Who::Admin, "tomorrow", "x", "BAD_USER_INPUT", None),
            grant("no reason", Who::Admin, "2999-01-01T00:00:00Z", "", "BAD_USER_INPUT", Some("reason")),
            trail("no session", Who::Nobody, json!({ "user": listener }), "UNAUTHENTICATED", None),
            trail("somebody else's", Who::Artist, json!({ "user": listener }), "FORBIDDEN", None),
            trail("everybody's", Who::Artist, json!({}), "FORBIDDEN", None),
            trail("a long page", Who::Listener, json!({ "user": listener, "first": 101 }), "BAD_USER_INPUT", Some("first")),
            trail("a made up cursor", Who::Listener, json!({ "user": listener, "after": "x" }), "BAD_USER_INPUT", Some("after")),
        ])
        .await;
}
