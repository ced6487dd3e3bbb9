//! Signing in by providers of identities, and who tries to get in by them.

use std::collections::HashMap;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, Header};
use kernel::events::{AccountMail, MailRequested, TasteProfileCreated};
use kernel::{Clock as _, Viewer};
use platform::config::ProviderConfig;
use platform::testing::TestPlatform;
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;
use url::Url;

use crate::issuer::{CLIENT, FakeIssuer, Grant, SECRET};
use crate::support::{Answer, PASSWORD, Users};

const RETURN: &str = "https://app.example/signed-in";
pub(crate) const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const SIGN_IN: &str = "mutation($input: ProviderProofInput!) { signInWithProvider(input: $input) { __typename ...Tokens } }
    fragment Tokens on SignInPayload { accessToken accessTokenExpiresAt refreshToken refreshTokenExpiresAt
        user { id username displayName email emailVerified role } }";
const LINK: &str = "mutation($input: ProviderProofInput!) { linkProvider(input: $input) { id provider email } }";
const UNLINK: &str = "mutation($id: ID!) { unlinkProvider(id: $id) }";
const LINKED: &str = "{ linkedIdentities { id provider email lastUsedAt } }";

pub(crate) struct Stage {
    pub(crate) users: Users,
    issuer: FakeIssuer,
}

/// What somebody makes of an honest answer.
type Change = fn(&mut Grant);

/// A browser at the provider's page.
struct Visit {
    query: HashMap<String, String>,
    cookie: String,
}

impl Stage {
    pub(crate) async fn set() -> Self {
        Self::with(|_| {}).await
    }

    async fn with(change: impl FnOnce(&mut platform::config::Config)) -> Self {
        let issuer = FakeIssuer::start().await;
        let (url, api_url) = (issuer.url.clone(), format!("{}/api", issuer.url));
        let (client_id, client_secret) = (CLIENT.to_owned(), SECRET.to_owned());
        let oidc = ProviderConfig::Oidc { name: "Issuer".into(), issuer: url.clone(), client_id: client_id.clone(), client_secret: client_secret.clone() };
        let github = ProviderConfig::Github { name: "GitHub".into(), client_id, client_secret, url, api_url };
        let platform = TestPlatform::with(|config| {
            config.users.identity.return_urls = vec![RETURN.into()];
            config.users.identity.providers.extend([("issuer".to_owned(), oidc.clone()), ("other".to_owned(), oidc), ("github".to_owned(), github)]);
            change(config);
        })
        .await;
        Self { users: Users::on(platform).await, issuer }
    }

    async fn get(&self, path: &str, cookie: Option<&str>) -> (StatusCode, Option<String>, Option<String>, String) {
        let mut request = Request::get(path);
        if let Some(cookie) = cookie {
            request = request.header(header::COOKIE, format!("theme=dark; {cookie}"));
        }
        let response = self.users.started.context.http.clone().oneshot(request.body(Body::empty()).expect("a request")).await.expect("an answer");
        let text = |name| response.headers().get(name).map(|value: &axum::http::HeaderValue| value.to_str().expect("a text").to_owned());
        let (status, location, cookie) = (response.status(), text(header::LOCATION), text(header::SET_COOKIE));
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        (status, location, cookie, String::from_utf8_lossy(&body).into_owned())
    }

    async fn set_out(&self, provider: &str) -> Visit {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
        let (status, location, cookie, _) = self.get(&format!("/auth/{provider}/start?return_to={RETURN}&code_challenge={challenge}"), None).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let cookie = cookie.expect("a cookie");
        for attribute in ["HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        let query = Url::parse(&location.expect("a way")).expect("an address").query_pairs().into_owned().collect();
        Visit { query, cookie: cookie.split(';').next().expect("a value").to_owned() }
    }

    /// The person signs in at the provider, which grants `code` with these claims.
    fn grant(&self, visit: &Visit, code: &str, change: impl FnOnce(&mut Grant)) {
        let now = self.users.platform.clock.now().timestamp();
        let claims = json!({
            "iss": self.issuer.url, "aud": CLIENT, "sub": "nina-1", "iat": now, "exp": now + 600, "nonce": visit.query.get("nonce"),
            "email": "nina@example.org", "email_verified": true, "preferred_username": "Nina", "name": "Nina Simone",
        });
        let challenge = visit.query["code_challenge"].clone();
        let mut grant = Grant { challenge, claims, key: FakeIssuer::KEY, header: Header::new(Algorithm::EdDSA), unsigned: false };
        change(&mut grant);
        self.issuer.grant(code, grant);
    }

    async fn come_back(&self, provider: &str, visit: &Visit, code: &str) -> (StatusCode, Option<String>) {
        let (status, location, ..) = self.get(&format!("/auth/{provider}/callback?code={code}&state={}", visit.query["state"]), Some(&visit.cookie)).await;
        (status, location)
    }

    /// All of it, to the code in the front end's fragment.
    pub(crate) async fn code(&self, provider: &str, change: impl FnOnce(&mut Grant)) -> String {
        let visit = self.set_out(provider).await;
        self.grant(&visit, "granted", change);
        let (status, location) = self.come_back(provider, &visit, "granted").await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        let location = location.expect("a way");
        location.strip_prefix(&format!("{RETURN}#code=")).unwrap_or_else(|| panic!("{location}")).to_owned()
    }

    pub(crate) async fn sign_in(&self, code: &str) -> Answer {
        self.users.ask(&Viewer::Anonymous, SIGN_IN, json!({ "input": { "code": code, "verifier": VERIFIER } })).await
    }

    pub(crate) async fn link(&self, viewer: &Viewer, code: &str) -> Answer {
        self.users.ask(viewer, LINK, json!({ "input": { "code": code, "verifier": VERIFIER } })).await
    }

    pub(crate) async fn proved(&self, name: &str) -> Viewer {
        let viewer = self.users.register(name).await.viewer(&self.users).await;
        let token = self.users.link(AccountMail::Welcome, &format!("{name}@example.com")).await;
        self.users.ask(&viewer, "mutation($token: String!) { verifyEmail(token: $token) }", json!({ "token": token })).await.data();
        viewer
    }
}

pub(crate) fn subject(subject: &str) -> impl FnOnce(&mut Grant) {
    let subject = subject.to_owned();
    move |grant| grant.claims["sub"] = subject.into()
}

#[tokio::test]
async fn who_is_new_gets_an_account_and_comes_back_to_it() {
    let stage = Stage::set().await;
    let tokens = stage.sign_in(&stage.code("issuer", |_| {}).await).await.tokens("signInWithProvider");
    let user = &tokens.0["user"];
    assert_eq!((&user["username"], &user["displayName"], &user["email"]), (&json!("nina"), &json!("Nina Simone"), &json!("nina@example.org")));
    assert_eq!(user["emailVerified"], true);
    let again = stage.sign_in(&stage.code("issuer", |grant| grant.claims["email"] = "other@example.org".into()).await).await;
    assert_eq!(again.tokens("signInWithProvider").0["user"]["id"], user["id"], "known by the subject, not by the address");
    let viewer = tokens.viewer(&stage.users).await;
    let linked = stage.users.ask(&viewer, LINKED, json!({})).await.data();
    assert_eq!(linked["linkedIdentities"][0]["provider"], "issuer");
    assert!(linked["linkedIdentities"][0]["lastUsedAt"].is_string());
    // Another person whose name is taken.
    let other = stage.code("issuer", |grant| (grant.claims["sub"], grant.claims["email"]) = ("nina-2".into(), "n2@example.org".into())).await;
    let other = stage.sign_in(&other).await.tokens("signInWithProvider");
    let username = other.text_of_user("username");
    assert!(username.starts_with("nina") && username.len() == 10, "{username}");
}

#[tokio::test]
async fn providers_are_listed_and_take_pkce_state_and_nonce() {
    let stage = Stage::set().await;
    let listed = stage.users.ask(&Viewer::Anonymous, "{ identityProviders { id name startUrl } }", json!({})).await.data();
    let names: Vec<_> = listed["identityProviders"].as_array().expect("a list").iter().map(|provider| provider["id"].clone()).collect();
    assert_eq!(names, ["github", "issuer", "other"]);
    assert!(listed["identityProviders"][0]["startUrl"].as_str().expect("an address").ends_with("/auth/github/start"));
    let (one, two) = (stage.set_out("issuer").await, stage.set_out("issuer").await);
    for name in ["state", "nonce", "code_challenge"] {
        assert!(one.query[name].len() >= 40 && one.query[name] != two.query[name], "{name}");
    }
    assert_eq!(one.query["code_challenge_method"], "S256");
    assert_eq!(one.query["response_type"], "code");
    assert!(one.query["redirect_uri"].ends_with("/auth/issuer/callback"));
    assert_eq!(stage.set_out("github").await.query["code_challenge_method"], "S256");
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let stage = Stage::set().await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    for return_to in [
        "",
        "https://evil.example/",
        "https://app.example/signed-in/",
        "https://app.example/signed-in?x",
        "https://app.example/signed-in%0d%0aSet-Cookie:%20a=b",
        "https://app.example@evil.example/signed-in",
        "https://app.example/signed-in.evil.example",
        "//app.example/signed-in",
        "HTTPS://app.example/signed-in",
        "javascript:alert(1)",
    ] {
        let (status, location, cookie, body) = stage.get(&format!("/auth/issuer/start?return_to={return_to}&code_challenge={challenge}"), None).await;
        assert_eq!((status, location, cookie), (StatusCode::BAD_REQUEST, None, None), "{return_to} {body}");
    }
    for challenge in ["", "short", &"a".repeat(1000)] {
        let (status, location, ..) = stage.get(&format!("/auth/issuer/start?return_to={RETURN}&code_challenge={challenge}"), None).await;
        assert_eq!((status, location), (StatusCode::BAD_REQUEST, None));
    }
    let (status, ..) = stage.get(&format!("/auth/nobody/start?return_to={RETURN}&code_challenge={challenge}"), None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_browser_comes_back_with_its_own_state_once_and_in_time() {
    let stage = Stage::set().await;
    let refused = (StatusCode::BAD_REQUEST, None);
    let (mine, other) = (stage.set_out("issuer").await, stage.set_out("issuer").await);
    stage.grant(&mine, "granted", |_| {});
    // Without the cookie, with another's, with another state, without any, and at another provider's callback.
    let path = |provider: &str, state: &str| format!("/auth/{provider}/callback?code=granted&state={state}");
    let mine_state = mine.query["state"].clone();
    for (path, cookie) in [
        (path("issuer", &mine_state), None),
        (path("issuer", &mine_state), Some(other.cookie.as_str())),
        (path("issuer", &other.query["state"]), Some(mine.cookie.as_str())),
        (path("issuer", ""), Some(mine.cookie.as_str())),
        ("/auth/issuer/callback?code=granted".to_owned(), Some(mine.cookie.as_str())),
        (path("other", &mine_state), Some(mine.cookie.as_str())),
        (path("issuer", &mine_state), Some("polyphony_flow=made-up")),
    ] {
        let (status, location, ..) = stage.get(&path, cookie).await;
        assert_eq!((status, location), refused, "{path} {cookie:?}");
    }
    let (status, location) = stage.come_back("issuer", &mine, "granted").await;
    assert!(status == StatusCode::SEE_OTHER && location.is_some_and(|location| location.contains("#code=")));
    assert_eq!(stage.come_back("issuer", &mine, "granted").await, refused, "a replayed callback");
    stage.users.platform.clock.advance(Duration::minutes(10));
    assert_eq!(stage.come_back("issuer", &other, "granted").await, refused, "too late");
}

#[tokio::test]
async fn a_replayed_callback_stays_refused_whatever_is_redeemed() {
    let stage = Stage::set().await;
    let visit = stage.set_out("issuer").await;
    stage.grant(&visit, "granted", |_| {});
    stage.come_back("issuer", &visit, "granted").await;
    // The state is no code, although both are kept in one place.
    stage.sign_in(&visit.query["state"]).await.assert_refused("BAD_USER_INPUT", Some("code"));
    stage.grant(&visit, "granted", |_| {});
    assert_eq!(stage.come_back("issuer", &visit, "granted").await, (StatusCode::BAD_REQUEST, None));
}

#[tokio::test]
async fn an_id_token_that_proves_nothing_signs_nobody_in() {
    let stage = Stage::set().await;
    let cases: [(&str, Change); 9] = [
        ("another nonce", |grant| grant.claims["nonce"] = "another".into()),
        ("no nonce", |grant| grant.claims["nonce"] = Json::Null),
        ("another audience", |grant| grant.claims["aud"] = "another-client".into()),
        ("another issuer", |grant| grant.claims["iss"] = "https://evil.example".into()),
        ("expired", |grant| grant.claims["exp"] = 1.into()),
        ("an unknown key", |grant| grant.key = [9; 32]),
        ("a known name for an unknown key", |grant| {
            grant.key = [9; 32];
            grant.header.kid = Some("key-7".into());
        }),
        ("not signed, as it says itself", |grant| grant.unsigned = true),
        ("signed with the client's secret", |grant| grant.header = Header::new(Algorithm::HS256)),
    ];
    for (what, change) in cases {
        let visit = stage.set_out("issuer").await;
        stage.grant(&visit, "granted", change);
        let (status, location) = stage.come_back("issuer", &visit, "granted").await;
        assert_eq!((status, location.as_deref()), (StatusCode::SEE_OTHER, Some("https://app.example/signed-in#error=refused")), "{what}");
    }
    // A code that was meant for another challenge: PKCE.
    let visit = stage.set_out("issuer").await;
    stage.grant(&visit, "granted", |grant| grant.challenge = "another".into());
    let (_, location) = stage.come_back("issuer", &visit, "granted").await;
    assert_eq!(location.as_deref(), Some("https://app.example/signed-in#error=refused"));
    // An answer of another issuer (mix-up).
    let visit = stage.set_out("issuer").await;
    stage.grant(&visit, "granted", |_| {});
    let path = format!("/auth/issuer/callback?code=granted&state={}&iss=https://evil.example", visit.query["state"]);
    let (_, location, ..) = stage.get(&path, Some(&visit.cookie)).await;
    assert_eq!(location.as_deref(), Some("https://app.example/signed-in#error=refused"));
}

#[tokio::test]
async fn a_provider_that_says_no_or_nothing_is_told_to_the_front_end() {
    let stage = Stage::set().await;
    let visit = stage.set_out("issuer").await;
    let path = format!("/auth/issuer/callback?error=access_denied&state={}", visit.query["state"]);
    let (status, location, cookie, _) = stage.get(&path, Some(&visit.cookie)).await;
    assert_eq!((status, location.as_deref()), (StatusCode::SEE_OTHER, Some("https://app.example/signed-in#error=denied")));
    assert!(cookie.is_some_and(|cookie| cookie.contains("Max-Age=0")));
    let gone = Stage::with(|config| {
        let issuer = "http://127.0.0.1:9".to_owned();
        let gone = ProviderConfig::Oidc { name: "Gone".into(), issuer, client_id: CLIENT.into(), client_secret: SECRET.into() };
        config.users.identity.providers.insert("gone".into(), gone);
    })
    .await;
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let (status, ..) = gone.get(&format!("/auth/gone/start?return_to={RETURN}&code_challenge={challenge}"), None).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_key_that_is_new_at_the_issuer_is_found() {
    let stage = Stage::set().await;
    stage.code("issuer", |_| {}).await;
    stage.issuer.list_keys(vec![[8; 32]]);
    stage.users.platform.clock.advance(Duration::minutes(1));
    stage.code("issuer", |grant| grant.key = [8; 32]).await;
}

#[tokio::test]
async fn only_who_set_out_comes_in_and_once() {
    let stage = Stage::set().await;
    let code = stage.code("issuer", |_| {}).await;
    // A code that leaked is burnt by who has not the verifier.
    let stolen = json!({ "input": { "code": code, "verifier": "a".repeat(43) } });
    stage.users.ask(&Viewer::Anonymous, SIGN_IN, stolen).await.assert_refused("BAD_USER_INPUT", Some("code"));
    stage.sign_in(&code).await.assert_refused("BAD_USER_INPUT", Some("code"));
    let code = stage.code("issuer", |_| {}).await;
    let answers = futures::future::join_all((0..4).map(|_| stage.sign_in(&code))).await;
    assert_eq!(answers.iter().filter(|answer| answer.0.errors.is_empty()).count(), 1);
    let code = stage.code("issuer", |_| {}).await;
    stage.users.platform.clock.advance(Duration::minutes(2));
    stage.sign_in(&code).await.assert_refused("BAD_USER_INPUT", Some("code"));
    for code in ["", "x", &"a".repeat(1 << 20)] {
        stage.sign_in(code).await.assert_refused("BAD_USER_INPUT", Some("code"));
    }
}

#[tokio::test]
async fn no_foreign_address_takes_an_account_over() {
    let stage = Stage::set().await;
    let nina = stage.proved("nina").await;
    let named = |verified: bool| {
        move |grant: &mut Grant| {
            grant.claims["email"] = "nina@example.com".into();
            grant.claims["email_verified"] = verified.into();
        }
    };
    // Even one that the provider has verified: it may be of a person who held the address once.
    stage.sign_in(&stage.code("issuer", named(true)).await).await.assert_refused("CONFLICT", Some("email"));
    // One that it has not verified makes an account of its own, which the address does not open.
    let thief = stage.sign_in(&stage.code("issuer", named(false)).await).await.tokens("signInWithProvider");
    assert_ne!(thief.0["user"]["id"].as_str(), nina.user_id().map(|id| id.to_string()).as_deref());
    assert_eq!(thief.0["user"]["emailVerified"], false);
    stage.users.hear(&TasteProfileCreated { user_id: thief.user_id() }).await;
    let mails: Vec<MailRequested> = stage.users.told().await;
    assert!(mails.iter().any(|mail| mail.mail == AccountMail::AddressInUse && mail.to == "nina@example.com"));
    assert!(!mails.iter().any(|mail| mail.mail == AccountMail::Welcome && mail.to == "nina@example.com"));
}

#[tokio::test]
async fn who_registered_with_anothers_address_before_them_gets_nothing() {
    let stage = Stage::set().await;
    let squatter = stage.users.register("squatter").await;
    let named = |grant: &mut Grant| grant.claims["email"] = "squatter@example.com".into();
    let owner = stage.sign_in(&stage.code("issuer", named).await).await.tokens("signInWithProvider");
    assert_ne!(owner.0["user"]["id"], squatter.0["user"]["id"]);
    assert_eq!(owner.0["user"]["emailVerified"], true);
    // The link of the welcome mail, followed by the owner who wonders, proves nothing for the squatter any more.
    let token = stage.users.link(AccountMail::Welcome, "squatter@example.com").await;
    let verify = "mutation($token: String!) { verifyEmail(token: $token) }";
    stage.users.ask(&Viewer::Anonymous, verify, json!({ "token": token })).await.assert_refused("BAD_USER_INPUT", Some("token"));
}

#[tokio::test]
async fn a_signed_in_person_links_and_unlinks_but_never_the_last_way_in() {
    let stage = Stage::set().await;
    let nina = stage.proved("nina").await;
    let linked = stage.link(&nina, &stage.code("issuer", subject("n")).await).await.data()["linkProvider"].take();
    assert_eq!(linked["provider"], "issuer");
    let signed_in = stage.sign_in(&stage.code("issuer", subject("n")).await).await.tokens("signInWithProvider");
    assert_eq!(signed_in.text_of_user("username"), "nina");
    // It opens one account only.
    let otis = stage.users.register("otis").await.viewer(&stage.users).await;
    stage.link(&otis, &stage.code("issuer", subject("n")).await).await.assert_refused("CONFLICT", None);
    stage.users.ask(&otis, UNLINK, json!({ "id": linked["id"] })).await.assert_refused("NOT_FOUND", Some("id"));
    stage.link(&Viewer::Anonymous, &stage.code("issuer", subject("n")).await).await.assert_refused("UNAUTHENTICATED", None);
    assert_eq!(stage.users.ask(&nina, UNLINK, json!({ "id": linked["id"] })).await.data()["unlinkProvider"], true);
    assert_eq!(stage.users.ask(&nina, LINKED, json!({})).await.data(), json!({ "linkedIdentities": [] }));
    // An account without a password.
    let tokens = stage.sign_in(&stage.code("issuer", subject("x")).await).await.tokens("signInWithProvider");
    let viewer = tokens.viewer(&stage.users).await;
    let first = stage.users.ask(&viewer, LINKED, json!({})).await.data()["linkedIdentities"][0]["id"].take();
    stage.users.ask(&viewer, UNLINK, json!({ "id": first })).await.assert_refused("CONFLICT", Some("id"));
    let second = stage.link(&viewer, &stage.code("issuer", subject("y")).await).await.data()["linkProvider"]["id"].take();
    let answers = futures::future::join_all([&first, &second].map(|id| stage.users.ask(&viewer, UNLINK, json!({ "id": id })))).await;
    assert_eq!(answers.iter().filter(|answer| answer.0.errors.is_empty()).count(), 1, "of the last two, one stays");
}

#[tokio::test]
async fn github_tells_by_its_list_which_address_is_verified() {
    let stage = Stage::set().await;
    let emails = |verified: bool| {
        json!([
            { "email": "old@example.org", "primary": false, "verified": true },
            { "email": "octo@example.org", "primary": true, "verified": verified },
        ])
    };
    stage.issuer.say_github(json!({ "id": 583_231, "login": "Octo-Cat", "name": "Octo", "email": "profile@example.org" }), emails(false));
    let tokens = stage.sign_in(&stage.code("github", |_| {}).await).await.tokens("signInWithProvider");
    let user = &tokens.0["user"];
    assert_eq!((&user["username"], &user["email"], &user["emailVerified"]), (&json!("octo_cat"), &json!("octo@example.org"), &json!(false)));
    // The login went to another number: another person.
    stage.issuer.say_github(json!({ "id": 1, "login": "Octo-Cat", "name": null }), emails(true));
    let other = stage.sign_in(&stage.code("github", |_| {}).await).await.tokens("signInWithProvider");
    assert_ne!(other.0["user"]["id"], user["id"]);
    assert_eq!(other.0["user"]["emailVerified"], true);
}

#[tokio::test]
async fn an_address_that_only_the_user_info_endpoint_tells_counts_for_the_same_subject() {
    let stage = Stage::set().await;
    let silent = |grant: &mut Grant| grant.claims["email"] = Json::Null;
    stage.issuer.say_userinfo(json!({ "sub": "nina-1", "email": "info@example.org", "email_verified": true }));
    let tokens = stage.sign_in(&stage.code("issuer", silent).await).await.tokens("signInWithProvider");
    assert_eq!(tokens.text_of_user("email"), "info@example.org");
    stage.issuer.say_userinfo(json!({ "sub": "another", "email": "root@example.org", "email_verified": true }));
    let visit = stage.set_out("issuer").await;
    stage.grant(&visit, "granted", silent);
    let (_, location) = stage.come_back("issuer", &visit, "granted").await;
    assert_eq!(location.as_deref(), Some("https://app.example/signed-in#error=refused"));
}

#[tokio::test]
async fn suspended_accounts_and_second_factors_are_not_got_around() {
    let stage = Stage::set().await;
    let nina = stage.proved("nina").await;
    stage.link(&nina, &stage.code("issuer", subject("n")).await).await.data();
    let setup = stage.users.ask(&nina, "mutation($p: String!) { beginSecondFactor(password: $p) { uri } }", json!({ "p": PASSWORD })).await.data();
    let app = totp_rs::TOTP::from_url(setup["beginSecondFactor"]["uri"].as_str().expect("an address")).expect("a secret");
    let code = app.generate(stage.users.platform.clock.now().timestamp().cast_unsigned());
    stage.users.ask(&nina, "mutation($c: String!) { confirmSecondFactor(code: $c) { codes } }", json!({ "c": code })).await.data();
    let answer = stage.sign_in(&stage.code("issuer", subject("n")).await).await.data();
    assert_eq!(answer["signInWithProvider"]["__typename"], "SecondFactorChallenge");
    stage.link(&nina, &stage.code("issuer", subject("m")).await).await.assert_refused("BAD_USER_INPUT", Some("secondFactorCode"));
    let admin = stage.users.admin().await;
    let suspend = "mutation($id: ID!) { suspendUser(userId: $id, reason: \"test\") { id } }";
    stage.users.ask(&admin, suspend, json!({ "id": nina.user_id().expect("a person").to_string() })).await.data();
    stage.sign_in(&stage.code("issuer", subject("n")).await).await.assert_refused("FORBIDDEN", None);
}
