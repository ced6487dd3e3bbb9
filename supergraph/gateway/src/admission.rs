//! A request's way from its parameters to an operation that may run: the stages that all transports share, in their order.

use std::sync::Arc;

use hive_router::query_planner::state::supergraph_state::OperationKind;

use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, Pipeline, Ready, RequestError, Scope, Trace};

/// What a way into the gateway can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Carrier {
    /// GET with one answer. It is safe: links and prefetching must change nothing.
    Get,
    /// POST with one answer.
    Post,
    /// GET with as many answers as there are; as safe as the other.
    GetStream,
    /// As many answers as there are.
    Stream,
}

impl Carrier {
    fn check(self, kind: &OperationKind) -> Result<(), RequestError> {
        match (kind, self) {
            (OperationKind::Subscription, Self::Get | Self::Post) => {
                let ways = "live operations need a WebSocket (graphql-transport-ws) at this address, \
                            or `Accept: text/event-stream` or `Accept: multipart/mixed;subscriptionSpec=1.0`";
                Err(RequestError::new(Fault::Operation, "BAD_USER_INPUT", ways))
            }
            (OperationKind::Mutation, Self::Get | Self::GetStream) => Err(RequestError::new(Fault::MethodNotAllowed, "BAD_USER_INPUT", "mutations need POST")),
            _ => Ok(()),
        }
    }
}

/// An operation that may run, on the supergraph it was planned for.
pub(crate) struct Admitted {
    pub(crate) pipeline: Arc<Pipeline>,
    pub(crate) ready: Ready,
    pub(crate) kind: OperationKind,
}

/// A request was refused before it ran.
pub(crate) struct Refusal {
    pub(crate) error: RequestError,
    /// When it got as far as being an operation.
    pub(crate) kind: Option<OperationKind>,
}

impl From<RequestError> for Refusal {
    fn from(error: RequestError) -> Self {
        Self { error, kind: None }
    }
}

/// Lets the operation of `request` run for `scope`, or says why not.
pub(crate) async fn admit(gateway: &Gateway, scope: &Scope, mut request: OperationRequest, carrier: Carrier) -> Result<Admitted, Refusal> {
    // First of all: what follows costs more than a refusal.
    let place = gateway.inner.overload.enter()?;
    let trace = Trace::begin(scope.client.wants_trace && gateway.traces(&scope.viewer));
    let pipeline = gateway.pipeline(&scope.viewer);
    let operations = &gateway.inner.operations;
    let found = operations.find(scope, &mut request).await?;
    let prepared = pipeline.prepare(found.text.to_string(), request.operation_name.take())?;
    operations.keep(found).await;
    trace.stage("prepare");
    let kind = prepared.kind();
    tracing::debug!(kind = kind.as_str(), client = scope.client.name.as_deref(), client_version = scope.client.version.as_deref(), "an operation is valid");
    let ready = carrier.check(&kind).and_then(|()| pipeline.ready(&prepared, request.variables.take().unwrap_or_default(), &scope.viewer));
    match ready {
        Ok(mut ready) => {
            trace.stage("plan");
            ready.trace(trace);
            let cost = ready.cost();
            tracing::debug!(cost = cost.estimated, max_cost = cost.max, "an operation may run");
            ready.take_place(place);
            Ok(Admitted { pipeline, ready, kind })
        }
        Err(error) => Err(Refusal { error: error.under(&scope.request_id), kind: Some(kind) }),
    }
}
