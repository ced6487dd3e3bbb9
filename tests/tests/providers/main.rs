//! Signing in by programs that speak the protocols of providers: the reference implementation of OpenID Connect for Node.js, and
//! look-alikes of Google and GitHub; each against a whole Polyphony, by a browser that follows every redirect, and the first by Chromium.
#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use serde_json::{Value, json};
use tests::browser::{Browser, Page};
use tests::client::Client;
use tests::node::Script;
use tests::process::{Installation, Process, free_address};
use url::Url;

const RETURN: &str = "http://app.example/signed-in";
const SIGN_IN: &str = "mutation($input: ProviderProofInput!) { signInWithProvider(input: $input) {
    __typename ... on SignInPayload { accessToken user { id username email emailVerified } } } }";

/// The two texts of PKCE between front end and Polyphony: RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

struct Stage {
    installation: Installation,
    polyphony: Process,
    _provider: Script,
}

impl Stage {
    /// Polyphony beside one provider, which `script` makes of its address and of where it is to send browsers back to.
    async fn set(script: &str, service: &[&str], provider: impl FnOnce(&str) -> String) -> Self {
        Self::with_front_end(RETURN, script, service, provider).await
    }

    /// The same with a front end at `return_url`.
    async fn with_front_end(return_url: &str, script: &str, service: &[&str], provider: impl FnOnce(&str) -> String) -> Self {
        let (here, there) = (free_address(), free_address());
        let (ours, theirs) = (format!("http://{here}"), format!("http://{there}"));
        let callback = format!("{ours}/auth/test/callback");
        let mut script_of_it = Script::start_in("oidc", script, &[service, &[&theirs, &callback]].concat()).await;
        script_of_it.says("ready").await;
        let mut installation = Installation::default();
        let file = installation.scratch().join("polyphony.toml");
        let common = "name = \"Test\"\nclient_id = \"polyphony\"\nclient_secret = \"a secret for tests alone\"";
        let text = format!("[users.identity]\nreturn_urls = [\"{return_url}\"]\n[users.identity.providers.test]\n{common}\n{}\n", provider(&theirs));
        std::fs::write(&file, text).expect("a file can be written");
        installation.set("CONFIG", file.to_str().expect("a text"));
        installation.set("LISTEN", &here.to_string());
        installation.set("PUBLIC_URL", &ours);
        installation.set("MEDIA__WORKERS", "0");
        let polyphony = installation.up().await;
        Self { installation, polyphony, _provider: script_of_it }
    }

    async fn oidc() -> Self {
        Self::set("provider.mjs", &[], |url| format!("kind = \"oidc\"\nissuer = \"{url}\"")).await
    }

    fn stranger(&self) -> Client {
        Client::anonymous(self.polyphony.url())
    }

    async fn set_out(&self, browser: &mut Browser) -> Page {
        let providers = self.stranger().ask("{ identityProviders { id startUrl } }", Value::Null).await;
        let mut start = Url::parse(providers["identityProviders"][0]["startUrl"].as_str().expect("an address")).expect("an address");
        start.query_pairs_mut().append_pair("return_to", RETURN).append_pair("code_challenge", CHALLENGE);
        browser.visit(start).await
    }

    async fn finish(&self, page: Page) -> Value {
        let url = page.front_end();
        let code = url
            .fragment()
            .and_then(|fragment| fragment.strip_prefix("code="))
            .unwrap_or_else(|| panic!("no code in {url}:\n{}", self.polyphony.log()))
            .to_owned();
        self.stranger().ask(SIGN_IN, json!({ "input": { "code": code, "verifier": VERIFIER } })).await["signInWithProvider"].take()
    }
}

/// Signs in at oidc-provider's own pages and agrees.
async fn sign_in_as(stage: &Stage, browser: &mut Browser, name: &str) -> Page {
    let page = stage.set_out(browser).await;
    let page = browser.send(&page, "password", &[("login", name), ("password", "whatever")]).await;
    browser.send(&page, "consent", &[]).await
}

#[tokio::test]
async fn a_person_signs_in_by_openid_connect_and_comes_back_to_the_same_account() {
    let stage = Stage::oidc().await;
    let first = stage.finish(sign_in_as(&stage, &mut Browser::new(RETURN), "nina").await).await;
    assert_eq!(first["user"]["username"], "nina");
    assert_eq!((&first["user"]["email"], &first["user"]["emailVerified"]), (&json!("nina@example.org"), &json!(true)));
    let again = stage.finish(sign_in_as(&stage, &mut Browser::new(RETURN), "nina").await).await;
    assert_eq!(again["user"]["id"], first["user"]["id"]);
    let nina = stage.stranger().with_token(again["accessToken"].as_str().expect("a token"));
    assert_eq!(nina.ask("{ viewer { username } linkedIdentities { provider } }", Value::Null).await["linkedIdentities"][0]["provider"], "test");
    let (status, log) = stage.polyphony.stop().await;
    assert!(status.success() && !log.contains("a secret for tests alone"), "{log}");
    drop(stage.installation);
}

#[tokio::test]
async fn a_person_signs_in_with_a_real_browser() {
    let front_end = free_address();
    let provider = |url: &str| format!("kind = \"oidc\"\nissuer = \"{url}\"");
    let stage = Stage::with_front_end(&format!("http://{front_end}/"), "provider.mjs", &[], provider).await;
    Script::start("sign_in.mjs", &[stage.polyphony.url(), &front_end.port().to_string(), "nina"]).await.succeeds().await;
    let (status, log) = stage.polyphony.stop().await;
    assert!(status.success(), "{log}");
    drop(stage.installation);
}

#[tokio::test]
async fn a_callback_is_good_once_and_in_the_browser_that_set_out() {
    let stage = Stage::oidc().await;
    let (mut mine, mut thief) = (Browser::new(RETURN), Browser::new(RETURN));
    // The way back, as it stands in the address bar, before it is followed.
    let mut stopped = Browser::new(&format!("{}/auth/test/callback", stage.polyphony.url()));
    let callback = sign_in_as(&stage, &mut stopped, "nina").await.front_end();
    let Page::Shown { status, .. } = thief.visit(callback.clone()).await else { panic!("another browser comes in") };
    assert_eq!(status, 400);
    mine.take_cookies(&stopped);
    mine.visit(callback.clone()).await.front_end();
    let Page::Shown { status, .. } = mine.visit(callback).await else { panic!("a replayed callback comes in") };
    assert_eq!(status, 400);
}

#[tokio::test]
async fn an_unverified_address_takes_no_account_over() {
    let stage = Stage::oidc().await;
    let owner = json!({ "username": "owner", "email": "unverified-owner@example.org", "password": "correct horse battery" });
    let register = "mutation($input: RegisterInput!) { register(input: $input) { user { id } } }";
    let owner = stage.stranger().ask(register, json!({ "input": owner })).await["register"]["user"]["id"].take();
    let other = stage.finish(sign_in_as(&stage, &mut Browser::new(RETURN), "unverified-owner").await).await;
    assert_ne!(other["user"]["id"], owner);
    assert_eq!(other["user"]["emailVerified"], false);
}

#[tokio::test]
async fn google_as_emulate_knows_it() {
    let stage = Stage::set("emulator.mjs", &["google"], |url| format!("kind = \"oidc\"\nissuer = \"{url}\"")).await;
    let mut browser = Browser::new(RETURN);
    let page = stage.set_out(&mut browser).await;
    let page = browser.send(&page, "nina@gmail.example", &[]).await;
    let signed_in = stage.finish(page).await;
    assert_eq!((&signed_in["user"]["email"], &signed_in["user"]["emailVerified"]), (&json!("nina@gmail.example"), &json!(true)));
}

#[tokio::test]
async fn github_as_emulate_knows_it() {
    let stage = Stage::set("emulator.mjs", &["github"], |url| format!("kind = \"github\"\nurl = \"{url}\"\napi_url = \"{url}\"")).await;
    let mut browser = Browser::new(RETURN);
    let page = stage.set_out(&mut browser).await;
    let page = browser.send(&page, "octo-nina", &[]).await;
    let signed_in = stage.finish(page).await;
    assert_eq!((&signed_in["user"]["username"], &signed_in["user"]["email"]), (&json!("octo_nina"), &json!("nina@github.example")));
}
