//! `GET /graphql`: a WebSocket, or a query in the address.

use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, Extension, Query, State, WebSocketUpgrade};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Redirect, Response};
use platform::graphql::RequestId;
use serde::Deserialize;

use super::accept::Media;
use super::post::{not_acceptable, respond};
use crate::admission::Carrier;
use crate::gateway::Gateway;
use crate::pipeline::{OperationRequest, RequestError};
use crate::websocket;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameters {
    query: Option<String>,
    operation_name: Option<String>,
    variables: Option<String>,
}

pub(super) async fn get(
    State(gateway): State<Gateway>,
    Extension(request_id): Extension<RequestId>,
    address: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    Query(parameters): Query<Parameters>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => return websocket::upgrade(gateway, upgrade, &headers, request_id, address.map(|Extension(ConnectInfo(address))| address.ip())).await,
        Err(rejection) if headers.contains_key(header::UPGRADE) => return rejection.into_response(),
        Err(_) => {}
    }
    if parameters.query.is_none() && headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).is_some_and(|accept| accept.contains("text/html")) {
        // A person who opened the endpoint in a browser.
        return Redirect::to("/").into_response();
    }
    let started = Instant::now();
    let Some(media) = Media::preferred(&headers) else { return not_acceptable() };
    respond(&gateway, media, &headers, parameters.into_request(), request_id, Carrier::Get, started).await
}

impl Parameters {
    fn into_request(self) -> Result<OperationRequest, RequestError> {
        let variables = match self.variables.filter(|text| !text.is_empty()) {
            Some(text) => OperationRequest::from_json(format!(r#"{{"variables":{text}}}"#).as_bytes())?.variables,
            None => None,
        };
        Ok(OperationRequest { query: self.query, operation_name: self.operation_name, variables })
    }
}
