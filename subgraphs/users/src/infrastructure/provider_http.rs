//! How providers of identities are talked to: with time-outs, no redirects, and answers of bounded size, so that neither a provider
//! nor whoever answers in its place leads us elsewhere or fills our memory. Addresses come from the configuration and from the
//! provider's own discovery document, never from a client.

use std::time::Duration;

use futures::StreamExt as _;
use futures::future::BoxFuture;
use kernel::PortError;
use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// A whole exchange; a person waits for it.
const TIMEOUT: Duration = Duration::from_secs(10);
const CONNECT: Duration = Duration::from_secs(5);
/// Discovery documents and key sets are some kilobytes.
const MAX_BYTES: usize = 1 << 20;

/// The client that all providers share.
#[derive(Clone)]
pub struct ProviderHttp {
    client: reqwest::Client,
}

/// No usable answer came.
#[derive(Debug, thiserror::Error)]
pub enum ProviderHttpError {
    /// Not reached, too slow, or cut off.
    #[error("the provider cannot be reached")]
    Unreachable(#[from] reqwest::Error),
    /// More than any honest answer.
    #[error("the provider's answer is larger than {MAX_BYTES} bytes")]
    TooLarge,
    /// What came is no HTTP answer that can be read.
    #[error("the provider's answer is malformed")]
    Malformed(#[from] openidconnect::http::Error),
}

impl ProviderHttp {
    /// A client.
    pub fn new() -> Result<Self, PortError> {
        let client = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(CONNECT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("polyphony/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(PortError::corrupt)?;
        Ok(Self { client })
    }

    /// Sends a request and reads its whole answer.
    pub(super) async fn send(&self, request: HttpRequest) -> Result<HttpResponse, ProviderHttpError> {
        let response = self.client.execute(request.try_into()?).await?;
        let mut builder = openidconnect::http::Response::builder().status(response.status());
        for (name, value) in response.headers() {
            builder = builder.header(name, value);
        }
        let (mut body, mut chunks) = (Vec::new(), response.bytes_stream());
        while let Some(chunk) = chunks.next().await {
            let chunk = chunk?;
            if body.len() + chunk.len() > MAX_BYTES {
                return Err(ProviderHttpError::TooLarge);
            }
            body.extend_from_slice(&chunk);
        }
        Ok(builder.body(body)?)
    }
}

impl<'c> AsyncHttpClient<'c> for ProviderHttp {
    type Error = ProviderHttpError;
    type Future = BoxFuture<'c, Result<HttpResponse, ProviderHttpError>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.send(request))
    }
}
