//! The importer as a client of the public endpoint, no different from anyone else's.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::sync::Mutex;
use url::Url;

/// A request that takes longer is given up; uploads have no such limit.
const TIMEOUT: Duration = Duration::from_secs(30);
/// Before a request is made again that may pass later. Nothing is made twice by that: what a lost answer told of is found.
const PAUSES: [Duration; 4] = [Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];

const TOKENS: &str = "accessToken refreshToken";

/// A signed-in client. Access tokens are renewed when the endpoint says that they are over.
pub(crate) struct Client {
    http: reqwest::Client,
    endpoint: Url,
    // Held while renewing: a refresh token works once, and a second use of it ends the session.
    tokens: Mutex<Tokens>,
}

#[derive(Debug, Clone, serde::Deserialize)]
#[serde(rename_all = "camelCase")]
struct Tokens {
    access_token: String,
    refresh_token: String,
}

/// The endpoint did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientError {
    /// It said why.
    #[error("{message}")]
    Refused {
        code: String,
        message: String,
        /// How long to wait, when a quota is used up.
        retry_after: Option<Duration>,
    },
    /// It cannot be reached, again and again.
    #[error("the endpoint cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// A file's bytes did not all arrive.
    #[error("the file could not be sent")]
    Unsent(#[source] reqwest::Error),
    /// It answered without what was asked for, or is no GraphQL endpoint.
    #[error("the endpoint gave an answer that makes no sense: {0}")]
    Nonsense(String),
}

impl From<reqwest::Error> for ClientError {
    fn from(error: reqwest::Error) -> Self {
        if error.is_decode() || error.is_builder() { Self::Nonsense(error.to_string()) } else { Self::Unreachable(error) }
    }
}

impl ClientError {
    /// Whether the endpoint refused with this `extensions.code`.
    pub(crate) fn is(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { code, .. } if code == wanted)
    }

    /// How long the endpoint wants its client to wait: then the same request may succeed.
    fn wait(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            _ => None,
        }
    }

    /// Whether the same request may succeed a little later.
    fn may_pass(&self) -> bool {
        matches!(self, Self::Unreachable(_)) || self.is("UNAVAILABLE") || self.is("RATE_LIMITED")
    }
}

impl Client {
    /// Signs in.
    pub(crate) async fn sign_in(endpoint: Url, username: &str, password: &str) -> Result<Self, ClientError> {
        let http = reqwest::Client::builder().user_agent(concat!("polyphony-import/", env!("CARGO_PKG_VERSION"))).build()?;
        let document = format!("mutation ImportSignIn($input: SignInInput!) {{ signIn(input: $input) {{ ... on SignInPayload {{ {TOKENS} }} }} }}");
        let variables = json!({ "input": { "login": username, "password": password } });
        let tokens = field(post(&http, &endpoint, None, &document, &variables).await?, "signIn")?;
        Ok(Self { http, endpoint, tokens: Mutex::new(tokens) })
    }

    /// Where the endpoint is.
    pub(crate) const fn endpoint(&self) -> &Url {
        &self.endpoint
    }

    /// The access token in use; it may be over.
    pub(crate) async fn access_token(&self) -> String {
        self.tokens.lock().await.access_token.clone()
    }

    /// Runs an operation and returns one root field of its data. What may pass is tried for some seconds; a used-up quota is waited
    /// for.
    pub(crate) async fn run<T: DeserializeOwned>(&self, document: &str, root: &str, variables: Value) -> Result<T, ClientError> {
        let mut pauses = PAUSES.into_iter();
        loop {
            match self.attempt(document, &variables).await {
                // A large collection is imported as fast as the account's quota allows.
                Err(error) if error.wait().is_some() => tokio::time::sleep(error.wait().unwrap_or_default()).await,
                Err(error) if error.may_pass() => match pauses.next() {
                    Some(pause) => tokio::time::sleep(pause).await,
                    None => return Err(error),
                },
                answer => return field(answer?, root),
            }
        }
    }

    async fn attempt(&self, document: &str, variables: &Value) -> Result<Value, ClientError> {
        let token = self.access_token().await;
        match post(&self.http, &self.endpoint, Some(&token), document, variables).await {
            Err(error) if error.is("UNAUTHENTICATED") => {
                let token = self.renewed(&token).await?;
                post(&self.http, &self.endpoint, Some(&token), document, variables).await
            }
            answer => answer,
        }
    }

    /// A newer access token than `stale`: another task's, when it was faster.
    async fn renewed(&self, stale: &str) -> Result<String, ClientError> {
        let mut tokens = self.tokens.lock().await;
        if tokens.access_token == stale {
            let document = format!("mutation ImportRefresh($token: String!) {{ refreshSession(refreshToken: $token) {{ {TOKENS} }} }}");
            let variables = json!({ "token": tokens.refresh_token });
            *tokens = field(post(&self.http, &self.endpoint, None, &document, &variables).await?, "refreshSession")?;
        }
        Ok(tokens.access_token.clone())
    }

    /// Becomes an artist; one who is stays one.
    pub(crate) async fn become_artist(&self) -> Result<(), ClientError> {
        let tokens: Tokens = self.run(&format!("mutation ImportBecomeArtist {{ becomeArtist {{ {TOKENS} }} }}"), "becomeArtist", json!({})).await?;
        *self.tokens.lock().await = tokens;
        Ok(())
    }

    /// Sends a file's bytes to an upload address.
    pub(crate) async fn put(&self, url: &str, media_type: &str, size_bytes: u64, body: reqwest::Body) -> Result<(), ClientError> {
        let request = self.http.put(url).header("content-type", media_type).header("content-length", size_bytes).body(body);
        let response = request.send().await.map_err(ClientError::Unsent)?;
        if response.status().is_success() {
            return Ok(());
        }
        let status = response.status();
        let problem: Value = response.json().await.unwrap_or_default();
        let message =
            ["detail", "title"].iter().find_map(|key| problem[key].as_str()).map_or_else(|| format!("the upload was refused ({status})"), ToOwned::to_owned);
        Err(ClientError::Refused { code: problem["code"].as_str().unwrap_or_default().to_owned(), message, retry_after: None })
    }
}

async fn post(http: &reqwest::Client, endpoint: &Url, token: Option<&str>, document: &str, variables: &Value) -> Result<Value, ClientError> {
    let mut request = http.post(endpoint.clone()).timeout(TIMEOUT).json(&json!({ "query": document, "variables": variables }));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut answer: Value = request.send().await?.json().await?;
    if let Some(error) = answer["errors"].get(0) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let extensions = &error["extensions"];
        let retry_after = extensions["retryAfter"].as_u64().map(Duration::from_secs);
        return Err(ClientError::Refused { code: text(&extensions["code"]), message: text(&error["message"]), retry_after });
    }
    Ok(answer["data"].take())
}

fn field<T: DeserializeOwned>(mut data: Value, root: &str) -> Result<T, ClientError> {
    serde_json::from_value(data[root].take()).map_err(|error| ClientError::Nonsense(format!("{root}: {error}")))
}
