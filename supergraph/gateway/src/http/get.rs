//! `GET /graphql`: a WebSocket, or a query in the address.

use std::time::Instant;

use axum::extract::{FromRequestParts as _, Query, Request, WebSocketUpgrade};
use axum::http::header;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::answer;
use super::respond::{Asked, respond};
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{OperationRequest, RequestError, read_object};
use crate::websocket;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

pub(super) async fn get(gateway: &Gateway, entrance: &Entrance, request: Request) -> Response {
    let (mut head, _) = request.into_parts();
    let Ok(Query(parameters)) = Query::<Parameters>::try_from_uri(&head.uri) else {
        let names = "query, documentId, operationName, variables, extensions";
        return answer::refused_early(&head.headers, &RequestError::bad_request(format!("each parameter of the address may come once: {names}")));
    };
    let upgrade = WebSocketUpgrade::from_request_parts(&mut head, &()).await;
    let headers = &head.headers;
    match upgrade {
        Ok(upgrade) => return websocket::upgrade(gateway, upgrade, headers, entrance).await,
        Err(rejection) if headers.contains_key(header::UPGRADE) => {
            let mut response = answer::refused_early(headers, &RequestError::bad_request(rejection.body_text()));
            *response.status_mut() = rejection.status();
            return response;
        }
        Err(_) => {}
    }
    if parameters.is_empty() && headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html")) {
        // A person who opened the endpoint in a browser.
        return Redirect::to("/").into_response();
    }
    let asked = Asked { operation: parameters.into_request(), by_get: true, started: Instant::now() };
    respond(gateway, headers, entrance, asked).await
}

impl Parameters {
    const fn is_empty(&self) -> bool {
        self.query.is_none() && self.document_id.is_none() && self.extensions.is_none()
    }

    fn into_request(self) -> Result<OperationRequest, RequestError> {
        let Self { query, document_id, operation_name, variables, extensions } = self;
        let (variables, extensions) = (object("variables", variables)?, object("extensions", extensions)?);
        Ok(OperationRequest { query, document_id, operation_name: filled(operation_name), variables, extensions })
    }
}

fn object<T: DeserializeOwned>(name: &str, text: Option<String>) -> Result<Option<T>, RequestError> {
    filled(text).map_or(Ok(None), |text| read_object(name, &text))
}

/// An empty parameter is one that is left out.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
