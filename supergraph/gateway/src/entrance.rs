//! The way in that all transports share before there is an operation: where a request comes from, who it is for and who pays.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::USER_AGENT;
use platform::graphql::{Origin, RequestId};

use crate::authentication::{self, Identity};
use crate::caller::Caller;
use crate::client::Client;
use crate::gateway::Gateway;
use crate::pipeline::{RequestError, Scope};
use crate::rate::Ledger;

/// What is known of a request before it is read.
#[derive(Debug, Clone)]
pub(crate) struct Entrance {
    pub(crate) caller: Caller,
    pub(crate) ledger: Ledger,
    pub(crate) request_id: RequestId,
}

impl Entrance {
    /// That of `request`, which has its id already.
    pub(crate) fn of(gateway: &Gateway, request: &Request) -> Self {
        let caller = Caller::of(request, &gateway.inner.proxies);
        let request_id = request.extensions().get::<RequestId>().cloned().unwrap_or_else(|| RequestId("".into()));
        Self { caller, ledger: Ledger::default(), request_id }
    }

    /// The scope of a request with these headers, or why its credentials do not open.
    pub(crate) async fn scope(&self, gateway: &Gateway, headers: &HeaderMap) -> Result<Scope, RequestError> {
        let Identity { viewer, scopes, payer, key } = authentication::authenticate(gateway, headers, self).await?;
        let Self { caller, ledger, request_id } = self.clone();
        let (client, forwarded) = (Client::of(headers), gateway.forwarded(headers));
        let user_agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).map(Into::into);
        Ok(Scope { viewer, scopes, payer, key, caller: Arc::new(caller), user_agent, ledger, client, request_id, forwarded })
    }
}

impl Scope {
    /// What subgraphs are told of where it comes from.
    pub(crate) fn origin(&self) -> Origin {
        Origin { request_id: Some(self.request_id.clone()), address: self.caller.known_address(), user_agent: self.user_agent.clone() }
    }

    /// The same for whom a credential proves that came later, in `connection_init`.
    pub(crate) async fn authenticated(&self, gateway: &Gateway, authorization: &str) -> Result<Self, RequestError> {
        let entrance = Entrance { caller: (*self.caller).clone(), ledger: self.ledger.clone(), request_id: self.request_id.clone() };
        let Identity { viewer, scopes, payer, key } = authentication::authenticate_text(gateway, authorization, &entrance).await?;
        Ok(Self { viewer, scopes, payer, key, ..self.clone() })
    }
}
