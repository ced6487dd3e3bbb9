//! Providers of identities: oidc-provider beside Polyphony, and a browser that goes between them.

use cucumber::{given, then, when};
use serde_json::{Value, json};
use tests::browser::Browser;
use tests::client::Answer;
use tests::node::Script;
use tests::process::free_address;
use url::Url;

use crate::journey::Journey;
use crate::people::text;

const RETURN: &str = "http://app.example/signed-in";
/// RFC 7636, appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
const SIGN_IN: &str = "mutation($input: ProviderProofInput!) { signInWithProvider(input: $input) {
    ... on SignInPayload { accessToken user { id username emailVerified } } } }";

/// The provider, and the account that somebody had last.
#[derive(Debug)]
pub(crate) struct Provider {
    _script: Script,
    account: Value,
}

#[given("Polyphony is running beside a provider of identities")]
async fn running(journey: &mut Journey) {
    let (here, there) = (free_address(), free_address());
    let (ours, theirs) = (format!("http://{here}"), format!("http://{there}"));
    let mut script = Script::start_in("oidc", "provider.mjs", &[&theirs, &format!("{ours}/auth/test/callback")]).await;
    script.says("ready").await;
    let file = journey.installation.scratch().join("polyphony.toml");
    let provider = format!("kind = \"oidc\"\nname = \"Test\"\nissuer = \"{theirs}\"\nclient_id = \"polyphony\"\nclient_secret = \"a secret for tests alone\"");
    std::fs::write(&file, format!("[users.identity]\nreturn_urls = [\"{RETURN}\"]\n[users.identity.providers.test]\n{provider}\n"))
        .expect("a file can be written");
    journey.installation.set("CONFIG", file.to_str().expect("a text"));
    journey.installation.set("LISTEN", &here.to_string());
    journey.installation.set("PUBLIC_URL", &ours);
    journey.polyphony = Some(journey.installation.up().await);
    journey.provider = Some(Provider { _script: script, account: Value::Null });
}

/// A browser goes to the provider, signs in there as `name`, and comes back with what the front end needs.
async fn proof(journey: &Journey, name: &str) -> Value {
    let mut start = Url::parse(&format!("{}/auth/test/start", journey.polyphony().url())).expect("an address");
    start.query_pairs_mut().append_pair("return_to", RETURN).append_pair("code_challenge", CHALLENGE);
    let mut browser = Browser::new(RETURN);
    let page = browser.visit(start).await;
    let page = browser.send(&page, "password", &[("login", name), ("password", "whatever")]).await;
    let url = browser.send(&page, "consent", &[]).await.front_end();
    let code = url.fragment().and_then(|fragment| fragment.strip_prefix("code=")).unwrap_or_else(|| panic!("no code in {url}"));
    json!({ "input": { "code": code, "verifier": VERIFIER } })
}

async fn enter(journey: &Journey, name: &str) -> Answer {
    journey.stranger().send(SIGN_IN, proof(journey, &name.to_lowercase()).await).await
}

fn provider(journey: &mut Journey) -> &mut Provider {
    journey.provider.as_mut().expect("there is a provider")
}

#[when(expr = "{word} signs in at the provider")]
#[when(expr = "{word} signs in at the provider once more")]
async fn signs_in(journey: &mut Journey, name: String) {
    let payload = enter(journey, &name).await.expect_data()["signInWithProvider"].take();
    let person = journey.stranger().with_token(text(&payload["accessToken"]));
    let before = provider(journey).account.take();
    assert!(before.is_null() || before["id"] == payload["user"]["id"], "{before} is not {payload}");
    provider(journey).account = payload["user"].clone();
    journey.people.insert(name, person);
}

#[then(expr = "{word} has an account with a proved address")]
#[then(expr = "{word} has the same account")]
async fn has_account(journey: &mut Journey, name: String) {
    let account = provider(journey).account.clone();
    assert_eq!((&account["username"], &account["emailVerified"]), (&json!(name.to_lowercase()), &json!(true)));
    assert_eq!(journey.person(&name).ask("{ viewer { id } }", Value::Null).await["viewer"]["id"], account["id"]);
}

#[when(expr = "somebody signs in at the provider as {string}")]
async fn somebody(journey: &mut Journey, name: String) {
    journey.answer = Some(enter(journey, &name).await);
}

#[when(expr = "{word} links the provider")]
async fn link(journey: &mut Journey, name: String) {
    let proof = proof(journey, "linked").await;
    let link = "mutation($input: ProviderProofInput!) { linkProvider(input: $input) { id } }";
    provider(journey).account = journey.person(&name).clone().ask(link, proof).await["linkProvider"].take();
}

#[when(expr = "{word} removes the provider")]
async fn unlink(journey: &mut Journey, name: String) {
    let id = provider(journey).account["id"].take();
    let answer = journey.person(&name).ask("mutation($id: ID!) { unlinkProvider(id: $id) }", json!({ "id": id })).await;
    assert_eq!(answer["unlinkProvider"], true);
}

#[then(expr = "who signs in at the provider as {word} is {word}")]
async fn is_the_same(journey: &mut Journey, name: String, who: String) {
    let payload = enter(journey, "linked").await.expect_data()["signInWithProvider"].take();
    assert_eq!(payload["user"]["username"], who.to_lowercase(), "{name}");
}

#[then(expr = "who signs in at the provider as {word} is somebody else")]
async fn is_another(journey: &mut Journey, name: String) {
    let payload = enter(journey, "linked").await.expect_data()["signInWithProvider"].take();
    assert_ne!(payload["user"]["username"], name.to_lowercase());
}
