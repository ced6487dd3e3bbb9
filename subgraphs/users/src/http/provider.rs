//! `GET /auth/{provider}/start` and `GET /auth/{provider}/callback`: browsers on their way to a provider of identities and back.
//!
//! Both answer with a redirect to an address of the configuration, or with a problem document (RFC 9457); never to an address that
//! came with the request.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use kernel::ErrorKind;
use platform::problem::Problem;
use serde::Deserialize;

use crate::application::UseCases;
use crate::application::return_from_provider::{Brought, ReturnFromProviderError};
use crate::application::start_provider_sign_in::{FLOW_LIFE, StartProviderSignInError};

#[derive(Clone)]
struct Endpoint {
    use_cases: Arc<UseCases>,
    /// Whether clients come by https: then the cookie is bound to it, and to this host alone (RFC 6265bis §4.1.3.2).
    secure: bool,
}

impl Endpoint {
    const fn cookie_name(&self) -> &'static str {
        if self.secure { "__Host-polyphony_flow" } else { "polyphony_flow" }
    }

    /// `Lax`, not `Strict`: it must come along when the provider leads the browser back.
    fn cookie(&self, value: &str, life_secs: i64) -> String {
        let secure = if self.secure { "; Secure" } else { "" };
        format!("{}={value}; Path=/; Max-Age={life_secs}; HttpOnly; SameSite=Lax{secure}", self.cookie_name())
    }

    fn find<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok()).flat_map(|value| value.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == self.cookie_name()).map(|(_, value)| value)
    }
}

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    return_to: String,
    #[serde(default)]
    code_challenge: String,
}

#[derive(Deserialize)]
struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    iss: Option<String>,
}

pub(crate) fn router(use_cases: Arc<UseCases>, public_url: &str) -> Router {
    let endpoint = Endpoint { use_cases, secure: public_url.starts_with("https:") };
    Router::new().route("/auth/{provider}/start", get(start)).route("/auth/{provider}/callback", get(callback)).with_state(endpoint)
}

async fn start(State(endpoint): State<Endpoint>, Path(provider): Path<String>, Query(wish): Query<Wish>) -> Response {
    match endpoint.use_cases.providers.start.run(&provider, &wish.return_to, &wish.code_challenge).await {
        Ok(out) => redirect(out.url.as_str(), &endpoint.cookie(&out.cookie, FLOW_LIFE.num_seconds())),
        Err(error) => {
            let (status, kind) = match &error {
                StartProviderSignInError::UnknownProvider => (StatusCode::NOT_FOUND, ErrorKind::NotFound),
                StartProviderSignInError::ReturnTo | StartProviderSignInError::Challenge => (StatusCode::BAD_REQUEST, ErrorKind::BadUserInput),
                StartProviderSignInError::Port(cause) => {
                    tracing::warn!(provider, error = cause as &dyn std::error::Error, "a provider cannot be used");
                    (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable)
                }
            };
            Problem::new(status, kind, error.to_string()).into_response()
        }
    }
}

async fn callback(State(endpoint): State<Endpoint>, Path(provider): Path<String>, Query(answer): Query<Answer>, headers: HeaderMap) -> Response {
    let brought = Brought { state: answer.state, code: answer.code, error: answer.error, issuer: answer.iss };
    match endpoint.use_cases.providers.come_back.run(&provider, endpoint.find(&headers), brought).await {
        Ok(url) => redirect(&url, &endpoint.cookie("", 0)),
        Err(error @ ReturnFromProviderError::Mismatch) => Problem::new(StatusCode::BAD_REQUEST, ErrorKind::BadUserInput, error.to_string()).into_response(),
        Err(error @ ReturnFromProviderError::Port(_)) => {
            tracing::error!(provider, error = &error as &dyn std::error::Error, "a sign-in cannot be kept");
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, ErrorKind::Unavailable, error.to_string()).into_response()
        }
    }
}

/// No cache keeps it, and the page that follows learns no address of ours.
fn redirect(url: &str, cookie: &str) -> Response {
    let (Ok(location), Ok(cookie)) = (HeaderValue::from_str(url), HeaderValue::from_str(cookie)) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = [
        (header::LOCATION, location),
        (header::SET_COOKIE, cookie),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    ];
    (StatusCode::SEE_OTHER, headers).into_response()
}
