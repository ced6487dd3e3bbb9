//! A request's way from its parameters to an operation that may run: the stages that all transports share, in their order.

use std::sync::Arc;

use hive_router::query_planner::state::supergraph_state::OperationKind;

use crate::gateway::Gateway;
use crate::pipeline::{Fault, OperationRequest, Pipeline, Ready, RequestError, Scope, Trace};
use crate::rate::Bill;
use crate::record::Record;

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
    /// For logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Post => "post",
            Self::GetStream | Self::Stream => "stream",
        }
    }

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

impl Admitted {
    /// What is left to pay once it has been answered.
    pub(crate) fn debt(&self) -> Debt {
        Debt { name: self.ready.prepared().name().cloned(), bill: self.ready.bill().clone() }
    }
}

/// What an operation may owe when its answer is dearer than it was let in for.
pub(crate) struct Debt {
    name: Option<Arc<str>>,
    bill: Bill,
}

impl Debt {
    /// Charges the payer of `scope`, whose operation has been answered.
    pub(crate) async fn settle(self, gateway: &Gateway, scope: &Scope) {
        let further = gateway.inner.rate.settle(scope, &self.bill).await;
        if further > 0 {
            gateway.inner.meter.spent(&scope.viewer, self.name.as_deref(), further);
        }
    }
}

/// What every request costs, of whatever the payer has.
const REQUEST: u64 = 1;

/// Lets the operation of `request` run for `scope`, or says why not. What is asked goes to `record` as soon as it is known.
pub(crate) async fn admit(
    gateway: &Gateway,
    scope: &Scope,
    mut request: OperationRequest,
    carrier: Carrier,
    record: &mut Record,
) -> Result<Admitted, RequestError> {
    // First of all: what follows costs more than a refusal.
    let place = gateway.inner.overload.enter()?;
    let trace = Trace::begin(scope.client.wants_trace && gateway.traces(&scope.viewer));
    let (rate, meter) = (&gateway.inner.rate, &gateway.inner.meter);
    let named = request.operation_name.clone();
    rate.spend(scope, REQUEST).await.inspect_err(|_| meter.refused(&scope.viewer, named.as_deref()))?;
    let pipeline = gateway.pipeline(&scope.viewer);
    let operations = &gateway.inner.operations;
    let found = operations.find(scope, &mut request).await.inspect_err(|_| meter.let_in(&scope.viewer, named.as_deref(), REQUEST))?;
    let prepared = pipeline.prepare(found.text.clone(), request.operation_name.take());
    let name = prepared.as_ref().ok().and_then(|prepared| prepared.name()).map(|name| &**name).or(named.as_deref());
    meter.let_in(&scope.viewer, name, REQUEST);
    let prepared = prepared?;
    let name = prepared.name().map(|name| &**name);
    operations.keep(found).await;
    trace.stage("prepare");
    let kind = prepared.kind();
    record.operation(&kind, prepared.name());
    let variables = request.variables.take().unwrap_or_default();
    let ready = carrier.check(&kind).and_then(|()| pipeline.ready(&prepared, variables, scope));
    let mut ready = ready.map_err(|error| error.under(&scope.request_id))?;
    trace.stage("plan");
    ready.trace(trace);
    let cost = ready.cost();
    let further = rate.units(cost.estimated);
    if further > 0 {
        rate.spend(scope, further).await.inspect_err(|_| meter.refused(&scope.viewer, name))?;
        meter.spent(&scope.viewer, name, further);
    }
    tracing::debug!(cost = cost.estimated, max_cost = cost.max, units = REQUEST + further, "an operation may run");
    ready.take_place(place);
    // A live operation has an answer for each event, and is paid for once.
    if kind != OperationKind::Subscription {
        ready.put_on(rate.bill(cost.estimated));
    }
    Ok(Admitted { pipeline, ready, kind })
}
