//! What is kept of an operation, the same for all transports: one line in the access log, its share of the metrics, and its
//! part of the trace.
//!
//! The log has the viewer's kind and never who it is; request ids lead from a client's report to the lines of its request. The
//! line is a `tracing` event of the target `access`: `log.filter = "info,access=off"` silences it.

use std::sync::Arc;
use std::time::Instant;

use hive_router::query_planner::state::supergraph_state::OperationKind;
use kernel::Viewer;
use platform::graphql::RequestId;
use platform::telemetry::SPANS;
use tracing::Span;
use tracing::field::Empty;

use crate::client::Client;
use crate::durations::Labels;
use crate::gateway::Gateway;

/// The status of an operation that has none of its own: over a WebSocket.
pub(crate) const NO_STATUS: u16 = 0;

/// How an operation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It ran; its answer may hold errors.
    Executed,
    /// It was not let in.
    Refused,
    /// The client left before the last answer, or ended a live operation.
    Left,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "executed",
            Self::Refused => "refused",
            Self::Left => "left",
        }
    }
}

/// One operation from its arrival to its last answer. Dropped before it is ended, it counts as left by its client.
pub(crate) struct Record {
    gateway: Gateway,
    transport: &'static str,
    request_id: RequestId,
    client: Client,
    viewer: &'static str,
    name: Option<Arc<str>>,
    kind: &'static str,
    bytes: usize,
    started: Instant,
    span: Span,
    ended: bool,
}

impl Record {
    /// An operation, of which the first was heard at `started`.
    pub(crate) fn begin(gateway: &Gateway, transport: &'static str, request_id: &RequestId, client: Client, started: Instant) -> Self {
        let span = tracing::debug_span!(
            target: SPANS,
            "operation",
            otel.kind = "internal",
            graphql.operation.name = Empty,
            graphql.operation.r#type = Empty,
            request.id = &*request_id.0,
        );
        Self {
            gateway: gateway.clone(),
            transport,
            request_id: request_id.clone(),
            client,
            viewer: "unknown",
            name: None,
            kind: "none",
            bytes: 0,
            started,
            span,
            ended: false,
        }
    }

    /// The operation's part of the trace; run it in here.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Who asks is known.
    pub(crate) const fn viewer(&mut self, viewer: &Viewer) {
        self.viewer = match viewer {
            Viewer::Anonymous => "anonymous",
            Viewer::SignedIn(_) => "signed_in",
            Viewer::Partner(_) => "partner",
        };
    }

    /// What is asked is known.
    pub(crate) fn operation(&mut self, kind: &OperationKind, name: Option<&Arc<str>>) {
        self.kind = kind.as_str();
        self.name = name.cloned();
        self.span.record("graphql.operation.type", self.kind);
        if let Some(name) = name {
            self.span.record("graphql.operation.name", &**name);
        }
    }

    /// So many more bytes were answered.
    pub(crate) const fn answered(&mut self, bytes: usize) {
        self.bytes += bytes;
    }

    /// The last answer is there; `status` is that of HTTP, or [`NO_STATUS`].
    pub(crate) fn end(mut self, outcome: Outcome, status: u16) {
        self.write(outcome, status);
    }

    fn write(&mut self, outcome: Outcome, status: u16) {
        self.ended = true;
        let inner = &self.gateway.inner;
        let elapsed = self.started.elapsed();
        // The names of trusted operations are our own, so that they need no bound.
        let operation = match &self.name {
            Some(name) if inner.operations.are_trusted_as(name) => name.clone(),
            name => inner.operation_names.label(name.as_deref()),
        };
        let client = inner.client_names.label(self.client.name.as_deref());
        inner.durations.record(&Labels { operation, kind: self.kind, outcome: outcome.as_str(), client }, elapsed);
        tracing::info!(
            target: "access",
            request_id = &*self.request_id.0,
            transport = self.transport,
            viewer = self.viewer,
            client = self.client.name.as_deref(),
            client_version = self.client.version.as_deref(),
            operation = self.name.as_deref(),
            kind = self.kind,
            outcome = outcome.as_str(),
            status,
            ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX),
            bytes = self.bytes,
            "operation",
        );
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        if !self.ended {
            self.write(Outcome::Left, NO_STATUS);
        }
    }
}
