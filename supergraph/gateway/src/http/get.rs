//! `GET /graphql`: a WebSocket, or a query in the address.

use std::time::Instant;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Extension, Query, State, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::respond::{Asked, respond};
use crate::entrance::Entrance;
use crate::gateway::Gateway;
use crate::pipeline::{OperationRequest, RequestError};
use crate::websocket;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: Option<String>,
    document_id: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
    extensions: Option<String>,
}

pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(entrance): Extension<Entrance>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => return websocket::upgrade(gateway, upgrade, &headers, &entrance).await,
        Err(rejection) if headers.contains_key(header::UPGRADE) => return rejection.into_response(),
        Err(_) => {}
    }
    if parameters.is_empty() && headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html")) {
        // A person who opened the endpoint in a browser.
        return Redirect::to("/").into_response();
    }
    let asked = Asked { operation: parameters.into_request(), by_get: true, started: Instant::now() };
    respond(&gateway, &headers, &entrance, asked).await
}

impl Parameters {
    const fn is_empty(&self) -> bool {
        self.query.is_none() && self.document_id.is_none() && self.extensions.is_none()
    }

    fn into_request(self) -> Result<OperationRequest, RequestError> {
        let Self { query, document_id, operation_name, variables, extensions } = self;
        // An empty parameter is one that is left out.
        let objects: Vec<_> = [("variables", variables), ("extensions", extensions)]
            .into_iter()
            .filter_map(|(name, text)| text.filter(|text| !text.is_empty()).map(|text| format!("\"{name}\":{text}")))
            .collect();
        let objects = OperationRequest::from_json(format!("{{{}}}", objects.join(",")).as_bytes())?;
        let operation_name = operation_name.filter(|name| !name.is_empty());
        Ok(OperationRequest { query, document_id, operation_name, ..objects })
    }
}
