//! `GET /internal/api-key`: what a key is good for, for gateways in other processes. The question is signed and names the key's
//! hash; nobody else learns anything here.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use platform::api_key::{HEADER, KeyQuestions, PATH};

use crate::application::UseCases;

#[derive(Clone)]
struct Endpoint {
    use_cases: Arc<UseCases>,
    questions: KeyQuestions,
}

pub(crate) fn router(use_cases: Arc<UseCases>, questions: KeyQuestions) -> Router {
    Router::new().route(PATH, get(answer)).with_state(Endpoint { use_cases, questions })
}

async fn answer(State(endpoint): State<Endpoint>, headers: HeaderMap) -> Response {
    let question = headers.get(HEADER).and_then(|value| value.to_str().ok());
    let Some(hash) = question.and_then(|question| endpoint.questions.verify(question).ok()) else {
        return StatusCode::UNAUTHORIZED.into_response();
    };
    match endpoint.use_cases.partners.verify_api_key.run(&hash).await {
        Ok(answer) => ([(header::CACHE_CONTROL, "no-store")], Json(answer)).into_response(),
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, "an API key cannot be looked up");
            (StatusCode::SERVICE_UNAVAILABLE, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
    }
}
