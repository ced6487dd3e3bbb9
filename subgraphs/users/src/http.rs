//! The routes besides GraphQL.

pub(crate) mod api_key;
pub(crate) mod avatar;
pub(crate) mod export;
pub(crate) mod provider;

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use chrono::{DateTime, Duration, Utc};
use kernel::Clock;
use kernel::id::SessionId;
use platform::viewer_token::{HEADER, ViewerTokens};
use serde::{Deserialize, Serialize};

use crate::application::ports::SessionRepository;
use crate::infrastructure::jwt::SigningKeys;

/// Shorter than the time between a key's announcement and its first signature.
const CACHE: &str = "public, max-age=300";
/// How far back anybody needs to ask: no access token lives longer.
const LONGEST_LOOK_BACK: Duration = Duration::days(1);

/// A session that ended before its time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndedSession {
    /// Which.
    pub session_id: SessionId,
    /// When.
    pub ended_at: DateTime<Utc>,
}

#[derive(Clone)]
struct Ended {
    sessions: Arc<dyn SessionRepository>,
    clock: Arc<dyn Clock>,
    tokens: ViewerTokens,
}

#[derive(Deserialize)]
struct Since {
    since: DateTime<Utc>,
}

/// `GET /.well-known/jwks.json` for everybody, `GET /internal/ended-sessions?since=` for gateways.
pub(crate) fn router(keys: Arc<SigningKeys>, sessions: Arc<dyn SessionRepository>, clock: Arc<dyn Clock>, tokens: ViewerTokens) -> Router {
    let internal = Router::new().route("/internal/ended-sessions", get(ended_sessions)).with_state(Ended { sessions, clock, tokens });
    Router::new().route("/.well-known/jwks.json", get(jwks)).with_state(keys).merge(internal)
}

async fn jwks(State(keys): State<Arc<SigningKeys>>) -> Response {
    match keys.jwks().await {
        Ok(jwks) => ([(header::CONTENT_TYPE, "application/jwk-set+json"), (header::CACHE_CONTROL, CACHE)], Json(jwks)).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "the signing keys cannot be read");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
    }
}

/// Answers who holds the installation's secret: the same proof that a subgraph wants of the gateway.
async fn ended_sessions(State(ended): State<Ended>, headers: HeaderMap, Query(Since { since }): Query<Since>) -> Result<Json<Vec<EndedSession>>, StatusCode> {
    let token = headers.get(HEADER).and_then(|value| value.to_str().ok()).ok_or(StatusCode::UNAUTHORIZED)?;
    ended.tokens.verify(token).map_err(|_| StatusCode::UNAUTHORIZED)?;
    let since = since.max(ended.clock.now() - LONGEST_LOOK_BACK);
    let sessions = ended.sessions.ended_since(since).await.map_err(|error| {
        tracing::error!(error = &error as &dyn std::error::Error, "the ended sessions cannot be read");
        StatusCode::SERVICE_UNAVAILABLE
    })?;
    Ok(Json(sessions.into_iter().map(|(session_id, ended_at)| EndedSession { session_id, ended_at }).collect()))
}
