//! Second factors, and who tries to get around them.

use chrono::Duration;
use kernel::events::{AccountMail, MailRequested, SessionEnded};
use kernel::{Clock as _, Viewer};
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use users::domain::second_factor::TotpSecret;
use users::infrastructure::migration::Migrator;

use crate::support::{Answer, PASSWORD, SIGN_IN, Tokens, Users};

const BEGIN: &str = "mutation($password: String!) { beginSecondFactor(password: $password) { secret uri qrCodeSvg } }";
const CONFIRM: &str = "mutation($code: String!) { confirmSecondFactor(code: $code) { codes } }";
const COMPLETE: &str = "mutation($input: CompleteSignInInput!) { completeSignIn(input: $input) { ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt user { id username displayName email role } }";
const CHALLENGE: &str = "mutation($input: SignInInput!) { signIn(input: $input) { __typename ... on SecondFactorChallenge { challenge expiresAt } } }";
const STATE: &str = "{ secondFactor { since recoveryCodesLeft } }";
const OFF: &str = "mutation($input: SecondFactorProofInput!) { turnSecondFactorOff(input: $input) }";
const RENEW: &str = "mutation($input: SecondFactorProofInput!) { renewRecoveryCodes(input: $input) { codes } }";

struct Nina {
    users: Users,
    viewer: Viewer,
    secret: TotpSecret,
    recovery: Vec<String>,
}

fn base32(text: &str) -> Vec<u8> {
    let mut bits = 0_u32;
    let (mut held, mut bytes) = (0, Vec::new());
    for c in text.bytes() {
        let value = if c.is_ascii_uppercase() { c - b'A' } else { c - b'2' + 26 };
        (bits, held) = (bits << 5 | u32::from(value), held + 5);
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held & 255) as u8);
        }
    }
    bytes
}

impl Nina {
    async fn set() -> Self {
        Self::on(TestPlatform::new().await).await
    }

    async fn on(platform: TestPlatform) -> Self {
        let users = Users::on(platform).await;
        let viewer = users.register("nina").await.viewer(&users).await;
        let setup = users.ask(&viewer, BEGIN, json!({ "password": PASSWORD })).await.data();
        let secret = TotpSecret::from_stored(base32(setup["beginSecondFactor"]["secret"].as_str().expect("a secret")));
        let mut this = Self { users, viewer, secret, recovery: Vec::new() };
        let codes = this.ask(CONFIRM, json!({ "code": this.code(-1) })).await.data();
        this.recovery = texts(&codes["confirmSecondFactor"]["codes"]);
        this
    }

    /// What the app shows so many steps from now.
    fn code(&self, steps: i32) -> String {
        self.secret.code(self.users.platform.clock.now() + Duration::seconds(30) * steps).expect("a code")
    }

    async fn ask(&self, query: &str, variables: Json) -> Answer {
        self.users.ask(&self.viewer, query, variables).await
    }

    async fn challenge(&self) -> String {
        let input = json!({ "input": { "login": "nina", "password": PASSWORD } });
        let answer = self.users.ask(&Viewer::Anonymous, CHALLENGE, input).await.data()["signIn"].take();
        assert_eq!(answer["__typename"], "SecondFactorChallenge", "{answer}");
        answer["challenge"].as_str().expect("a challenge").to_owned()
    }

    async fn complete(&self, challenge: &str, code: &str) -> Answer {
        self.users.ask(&Viewer::Anonymous, COMPLETE, json!({ "input": { "challenge": challenge, "code": code } })).await
    }

    /// Long enough that guesses are forgotten and codes are new.
    fn later(&self) {
        self.users.platform.clock.advance(Duration::days(2));
    }
}

fn texts(list: &Json) -> Vec<String> {
    list.as_array().expect("a list").iter().map(|text| text.as_str().expect("a text").to_owned()).collect()
}

#[tokio::test]
async fn signing_in_takes_both_factors_on_every_database() {
    for platform in TestPlatform::each().await {
        let nina = Nina::on(platform).await;
        let challenge = nina.challenge().await;
        let tokens = nina.complete(&challenge, &nina.code(0)).await.tokens("completeSignIn");
        assert_eq!(tokens.0["user"]["username"], "nina");
        nina.users.ask(&tokens.viewer(&nina.users).await, "{ viewer { id } }", json!({})).await.data();
        let state = nina.ask(STATE, json!({})).await.data();
        assert_eq!(state["secondFactor"]["recoveryCodesLeft"], 10);
        assert!(state["secondFactor"]["since"].is_string());
    }
}

#[tokio::test]
async fn an_app_gets_an_address_a_text_and_a_picture_and_nothing_is_asked_before_it_proves_itself() {
    let users = Users::start().await;
    let nina = users.register("nina").await.viewer(&users).await;
    users.ask(&nina, BEGIN, json!({ "password": "wrong" })).await.assert_refused("BAD_USER_INPUT", Some("password"));
    let setup = users.ask(&nina, BEGIN, json!({ "password": PASSWORD })).await.data()["beginSecondFactor"].take();
    let (secret, uri) = (setup["secret"].as_str().expect("a secret"), setup["uri"].as_str().expect("an address"));
    assert_eq!(secret.len(), 32);
    assert!(uri.starts_with("otpauth://totp/Polyphony:nina?secret=") && uri.contains(secret) && uri.contains("issuer=Polyphony"), "{uri}");
    let picture = setup["qrCodeSvg"].as_str().expect("a picture");
    assert!(picture.contains("<svg") && picture.trim_end().ends_with("</svg>"), "{picture}");
    assert_eq!(users.ask(&nina, STATE, json!({})).await.data(), json!({ "secondFactor": null }));
    let input = json!({ "input": { "login": "nina", "password": PASSWORD } });
    users.ask(&Viewer::Anonymous, SIGN_IN, input).await.tokens("signIn");
    users.ask(&nina, CONFIRM, json!({ "code": "000000" })).await.assert_refused("BAD_USER_INPUT", Some("code"));
    // Another beginning: the first secret is good for nothing any more.
    let first = TotpSecret::from_stored(base32(secret)).code(users.platform.clock.now()).expect("a code");
    users.ask(&nina, BEGIN, json!({ "password": PASSWORD })).await.data();
    users.ask(&nina, CONFIRM, json!({ "code": first })).await.assert_refused("BAD_USER_INPUT", Some("code"));
}

#[tokio::test]
async fn a_code_is_refused_the_second_time_wherever_it_is_shown() {
    let nina = Nina::set().await;
    let code = nina.code(0);
    let challenge = nina.challenge().await;
    nina.complete(&challenge, &code).await.tokens("completeSignIn");
    nina.complete(&challenge, &nina.code(1)).await.assert_refused("UNAUTHENTICATED", None);
    let another = nina.challenge().await;
    nina.complete(&another, &code).await.assert_refused("BAD_USER_INPUT", Some("code"));
    let off = |code: &str| json!({ "input": { "password": PASSWORD, "code": code } });
    nina.ask(OFF, off(&code)).await.assert_refused("BAD_USER_INPUT", Some("code"));
    // The one before it neither, although it has not been used.
    nina.complete(&another, &nina.code(-1)).await.assert_refused("BAD_USER_INPUT", Some("code"));
    nina.complete(&another, &nina.code(1)).await.tokens("completeSignIn");
}

#[tokio::test]
async fn of_many_who_show_one_code_at_once_one_gets_in() {
    for platform in TestPlatform::each().await {
        let nina = Nina::on(platform).await;
        let (challenge, code) = (nina.challenge().await, nina.code(0));
        let answers = futures::future::join_all((0..4).map(|_| nina.complete(&challenge, &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.0.errors.is_empty()).count(), 1);
        // The race counted as guesses.
        nina.later();
        let (challenge, code) = (nina.challenge().await, nina.recovery[0].clone());
        let answers = futures::future::join_all((0..4).map(|_| nina.complete(&challenge, &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.0.errors.is_empty()).count(), 1);
    }
}

#[tokio::test]
async fn guessing_gets_slow_whatever_the_challenge() {
    let nina = Nina::set().await;
    for _ in 0..6 {
        let challenge = nina.challenge().await;
        nina.complete(&challenge, "000000").await.assert_refused("BAD_USER_INPUT", Some("code"));
    }
    let challenge = nina.challenge().await;
    nina.complete(&challenge, &nina.code(0)).await.assert_refused("RATE_LIMITED", None);
    nina.users.platform.clock.advance(Duration::seconds(2));
    nina.complete(&challenge, &nina.code(0)).await.tokens("completeSignIn");
}

#[tokio::test]
async fn a_challenge_is_of_our_making_for_this_and_not_for_long() {
    let nina = Nina::set().await;
    for text in ["", "x", &"a".repeat(64), &"a".repeat(1 << 20)] {
        nina.complete(text, &nina.code(0)).await.assert_refused("UNAUTHENTICATED", None);
    }
    let mail = nina.users.link(AccountMail::Welcome, "nina@example.com").await;
    nina.complete(&mail, &nina.code(0)).await.assert_refused("UNAUTHENTICATED", None);
    let challenge = nina.challenge().await;
    let verify = "mutation($token: String!) { verifyEmail(token: $token) }";
    nina.users.ask(&Viewer::Anonymous, verify, json!({ "token": challenge })).await.assert_refused("BAD_USER_INPUT", Some("token"));
    nina.users.platform.clock.advance(Duration::minutes(5));
    nina.complete(&challenge, &nina.code(0)).await.assert_refused("UNAUTHENTICATED", None);
}

#[tokio::test]
async fn an_account_that_is_suspended_meanwhile_stays_shut() {
    let nina = Nina::set().await;
    let challenge = nina.challenge().await;
    let admin = nina.users.admin().await;
    let suspend = "mutation($id: ID!) { suspendUser(userId: $id, reason: \"test\") { id } }";
    nina.users.ask(&admin, suspend, json!({ "id": nina.viewer.user_id().expect("a person").to_string() })).await.data();
    nina.complete(&challenge, &nina.code(0)).await.assert_refused("FORBIDDEN", None);
}

#[tokio::test]
async fn recovery_codes_work_once_each_and_are_noted() {
    let nina = Nina::set().await;
    assert_eq!(nina.recovery.len(), 10);
    let code = nina.recovery[3].to_uppercase().replace('-', " ");
    nina.complete(&nina.challenge().await, &code).await.tokens("completeSignIn");
    nina.complete(&nina.challenge().await, &code).await.assert_refused("BAD_USER_INPUT", Some("code"));
    assert_eq!(nina.ask(STATE, json!({})).await.data()["secondFactor"]["recoveryCodesLeft"], 9);
    let renewed = nina.ask(RENEW, json!({ "input": { "password": PASSWORD, "code": nina.code(0) } })).await.data();
    let renewed = texts(&renewed["renewRecoveryCodes"]["codes"]);
    nina.complete(&nina.challenge().await, &nina.recovery[4]).await.assert_refused("BAD_USER_INPUT", Some("code"));
    nina.complete(&nina.challenge().await, &renewed[0]).await.tokens("completeSignIn");
    assert_eq!(actions(&nina).await, ["RECOVERY_CODES_RENEWED", "RECOVERY_CODE_USED", "RECOVERY_CODE_USED", "REGISTERED", "SECOND_FACTOR_ON"]);
}

/// What was done, by name: within a moment nothing tells what came first.
async fn actions(nina: &Nina) -> Vec<String> {
    let id = nina.viewer.user_id().expect("a person").to_string();
    let trail = nina.ask("query($id: ID) { auditTrail(userId: $id) { nodes { action } } }", json!({ "id": id })).await.data();
    let lines = trail["auditTrail"]["nodes"].as_array().expect("lines").iter();
    let mut actions: Vec<_> = lines.map(|line| line["action"].as_str().expect("an action").to_owned()).collect();
    actions.sort();
    actions
}

#[tokio::test]
async fn a_stolen_session_changes_nothing_without_the_second_factor() {
    let nina = Nina::set().await;
    let organisation = nina.ask("mutation { createOrganisation(input: { name: \"Radio\" }) { id } }", json!({})).await.data();
    let organisation = organisation["createOrganisation"]["id"].clone();
    let key = "mutation($input: CreateApiKeyInput!) { createApiKey(input: $input) { apiKey { id } } }";
    let cases = [
        ("mutation($input: RequestEmailChangeInput!) { requestEmailChange(input: $input) }", json!({ "email": "n@example.org", "password": PASSWORD })),
        (key, json!({ "organisationId": organisation, "name": "Player", "scopes": ["CATALOG_READ"], "perMinute": 1, "perDay": 1 })),
        // Last: the others want the password that there was.
        (
            "mutation($input: ChangePasswordInput!) { changePassword(input: $input) }",
            json!({ "currentPassword": PASSWORD, "newPassword": "seventeen green umbrellas" }),
        ),
    ];
    for (mutation, mut input) in cases {
        nina.ask(mutation, json!({ "input": input })).await.assert_refused("BAD_USER_INPUT", Some("code"));
        input["code"] = "000000".into();
        nina.ask(mutation, json!({ "input": input })).await.assert_refused("BAD_USER_INPUT", Some("code"));
        nina.later();
        input["code"] = nina.code(0).into();
        nina.ask(mutation, json!({ "input": input })).await.data();
        nina.later();
    }
    let rotate = "mutation($id: ID!, $code: String) { rotateApiKey(id: $id, code: $code) { apiKey { id } } }";
    let id = nina.ask("{ organisations { apiKeys { id } } }", json!({})).await.data()["organisations"][0]["apiKeys"][0]["id"].take();
    nina.ask(rotate, json!({ "id": id })).await.assert_refused("BAD_USER_INPUT", Some("code"));
    nina.ask(rotate, json!({ "id": id, "code": nina.code(0) })).await.data();
    nina.ask("mutation($id: ID!) { revokeApiKey(id: $id) { id } }", json!({ "id": id })).await.data();
    assert_eq!(actions(&nina).await[..4], ["API_KEY_CREATED", "API_KEY_REVOKED", "API_KEY_ROTATED", "PASSWORD_CHANGED"]);
}

#[tokio::test]
async fn turning_it_off_takes_both_and_is_told() {
    let nina = Nina::set().await;
    let input = |password: &str, code: &str| json!({ "input": { "password": password, "code": code } });
    nina.ask(OFF, input("wrong", &nina.code(0))).await.assert_refused("BAD_USER_INPUT", Some("password"));
    nina.ask(OFF, input(PASSWORD, "000000")).await.assert_refused("BAD_USER_INPUT", Some("code"));
    nina.ask(OFF, input(PASSWORD, &nina.code(0))).await.data();
    assert_eq!(nina.ask(STATE, json!({})).await.data(), json!({ "secondFactor": null }));
    let answer = nina.users.ask(&Viewer::Anonymous, SIGN_IN, json!({ "input": { "login": "nina", "password": PASSWORD } })).await;
    answer.tokens("signIn");
    nina.ask(OFF, input(PASSWORD, &nina.recovery[0])).await.assert_refused("CONFLICT", None);
    let mails: Vec<kernel::events::MailRequested> = nina.users.told().await;
    let reasons: Vec<_> = mails.iter().map(|mail| mail.mail).collect();
    assert!(reasons.contains(&AccountMail::SecondFactorOn) && reasons.contains(&AccountMail::SecondFactorOff), "{reasons:?}");
}

#[tokio::test]
async fn a_new_password_by_mail_does_not_get_around_it() {
    let nina = Nina::set().await;
    nina.users.ask(&Viewer::Anonymous, "mutation { requestPasswordReset(login: \"nina\") }", json!({})).await.data();
    nina.users.work_off_forgotten().await;
    let token = nina.users.link(AccountMail::ResetPassword, "nina@example.com").await;
    let input = json!({ "input": { "token": token, "password": "seventeen green umbrellas" } });
    nina.users.ask(&Viewer::Anonymous, "mutation($input: ResetPasswordInput!) { resetPassword(input: $input) }", input).await.data();
    let input = json!({ "input": { "login": "nina", "password": "seventeen green umbrellas" } });
    let answer = nina.users.ask(&Viewer::Anonymous, CHALLENGE, input).await.data();
    assert_eq!(answer["signIn"]["__typename"], "SecondFactorChallenge");
}

#[tokio::test]
async fn the_database_alone_makes_no_code() {
    let nina = Nina::set().await;
    let database = nina.users.platform.platform.database::<Migrator>("users").await.expect("the database opens");
    let rows = sea_orm::ConnectionTrait::query_all_raw(
        database.read(),
        sea_orm::Statement::from_string(sea_orm::DbBackend::Sqlite, "SELECT secret FROM second_factor UNION ALL SELECT hash FROM recovery_code"),
    )
    .await
    .expect("the rows are there");
    let kept: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("a text")).collect();
    assert_eq!(kept.len(), 11);
    let text = nina.secret.text("nina").expect("a text");
    for kept in kept {
        assert!(!kept.contains(&text) && !kept.contains(&hex::encode(nina.secret.as_bytes())));
        assert!(nina.recovery.iter().all(|code| !kept.contains(code.as_str()) && !kept.contains(&code.replace('-', ""))));
    }
}

#[tokio::test]
async fn others_learn_nothing_and_nobody_needs_it() {
    let nina = Nina::set().await;
    nina.users.ask(&Viewer::Anonymous, STATE, json!({})).await.assert_refused("UNAUTHENTICATED", None);
    nina.users.ask(&Viewer::Anonymous, BEGIN, json!({ "password": PASSWORD })).await.assert_refused("UNAUTHENTICATED", None);
    nina.users.ask(&Viewer::Anonymous, CONFIRM, json!({ "code": "123456" })).await.assert_refused("UNAUTHENTICATED", None);
    nina.ask(CONFIRM, json!({ "code": nina.code(0) })).await.assert_refused("CONFLICT", None);
    nina.ask(BEGIN, json!({ "password": PASSWORD })).await.assert_refused("CONFLICT", None);
    let Tokens(otis) = nina.users.register("otis").await;
    assert!(otis["accessToken"].is_string());
}

const RESET: &str = "mutation($input: ResetSecondFactorInput!) { resetSecondFactor(input: $input) { username } }";

#[tokio::test]
async fn an_admin_helps_who_has_lost_it_and_the_person_learns_of_it() {
    for platform in TestPlatform::each().await {
        let nina = Nina::on(platform).await;
        let admin = nina.users.admin().await;
        let id = nina.viewer.user_id().expect("a person").to_string();
        let waiting = nina.challenge().await;
        let tokens = nina.complete(&waiting, &nina.code(0)).await.tokens("completeSignIn");
        let challenge = nina.challenge().await;
        nina.users.told::<SessionEnded>().await;
        nina.users.platform.clock.advance(Duration::seconds(1));
        let input = json!({ "input": { "userId": id, "reason": "showed a passport", "password": PASSWORD } });
        assert_eq!(nina.users.ask(&admin, RESET, input.clone()).await.data()["resetSecondFactor"]["username"], "nina");
        assert_eq!(nina.ask(STATE, json!({})).await.data()["secondFactor"], Json::Null, "{}", nina.users.platform.adapter);
        assert_eq!(nina.users.told::<SessionEnded>().await.len(), 2, "every device is signed out");
        nina.users.refresh(tokens.refresh_token()).await.assert_refused("UNAUTHENTICATED", None);
        let mails: Vec<MailRequested> = nina.users.told().await;
        assert!(mails.iter().any(|mail| mail.mail == AccountMail::SecondFactorReset && mail.to == "nina@example.com"));
        // Neither what was begun before nor the codes on paper open anything.
        nina.complete(&challenge, &nina.recovery[0]).await.assert_refused("UNAUTHENTICATED", None);
        let sign_in = json!({ "input": { "login": "nina", "password": PASSWORD } });
        nina.users.ask(&Viewer::Anonymous, SIGN_IN, sign_in).await.tokens("signIn");
        nina.users.ask(&admin, RESET, input).await.assert_refused("CONFLICT", Some("userId"));
        let trail = "query($id: ID!) { auditTrail(userId: $id, first: 1) { nodes { action after actor { username } } } }";
        let line = nina.users.ask(&admin, trail, json!({ "id": id })).await.data()["auditTrail"]["nodes"][0].take();
        let expected = json!({ "action": "SECOND_FACTOR_RESET", "after": { "reason": "showed a passport" }, "actor": { "username": "root" } });
        assert_eq!(line, expected);
    }
}

#[tokio::test]
async fn only_an_admin_who_proves_it_takes_a_second_factor_away() {
    let nina = Nina::set().await;
    let admin = nina.users.admin().await;
    let id = nina.viewer.user_id().expect("a person").to_string();
    let good = json!({ "userId": id, "reason": "x", "password": PASSWORD });
    let with = |field: &str, value: Json| {
        let mut input = good.clone();
        input[field] = value;
        json!({ "input": input })
    };
    let other = nina.users.register("otis").await.viewer(&nina.users).await;
    for (viewer, code) in [(&Viewer::Anonymous, "UNAUTHENTICATED"), (&other, "FORBIDDEN"), (&nina.viewer, "FORBIDDEN")] {
        nina.users.ask(viewer, RESET, json!({ "input": good })).await.assert_refused(code, None);
    }
    let own = admin.user_id().expect("an id").to_string();
    let nobody = nina.users.platform.platform.ids.next::<kernel::id::User>().to_string();
    for (input, code, field) in [
        (with("password", json!("wrong")), "BAD_USER_INPUT", "password"),
        (with("password", json!("x".repeat(1 << 20))), "BAD_USER_INPUT", "password"),
        (with("reason", json!(" ")), "BAD_USER_INPUT", "reason"),
        (with("reason", json!("x".repeat(501))), "BAD_USER_INPUT", "reason"),
        (with("userId", json!("nina")), "BAD_USER_INPUT", "userId"),
        (with("userId", json!(own)), "CONFLICT", "userId"),
        (with("userId", json!(nobody)), "NOT_FOUND", "userId"),
    ] {
        nina.users.ask(&admin, RESET, input).await.assert_refused(code, Some(field));
    }
    // An admin with a second factor of their own needs a code of it.
    let setup = nina.users.ask(&admin, BEGIN, json!({ "password": PASSWORD })).await.data();
    let secret = TotpSecret::from_stored(base32(setup["beginSecondFactor"]["secret"].as_str().expect("a secret")));
    let code = secret.code(nina.users.platform.clock.now()).expect("a code");
    nina.users.ask(&admin, CONFIRM, json!({ "code": code })).await.data();
    nina.users.ask(&admin, RESET, json!({ "input": good })).await.assert_refused("BAD_USER_INPUT", Some("code"));
    nina.users.ask(&admin, RESET, with("code", json!(code))).await.assert_refused("BAD_USER_INPUT", Some("code"));
    assert!(nina.ask(STATE, json!({})).await.data()["secondFactor"]["since"].is_string());
    nina.users.platform.clock.advance(Duration::seconds(30));
    let code = secret.code(nina.users.platform.clock.now()).expect("a code");
    nina.users.ask(&admin, RESET, with("code", json!(code))).await.data();
}
