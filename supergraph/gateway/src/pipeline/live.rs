//! Stage: a live operation. Its source runs as a stream; each event answers the plan's first fetch, and the rest of the plan
//! joins what other subgraphs add.

use std::sync::Arc;

use bytes::Bytes;
use futures::StreamExt as _;
use futures::stream::BoxStream;

use super::error::RequestError;
use super::execute::Begun;
use super::single::{Fetched, request};
use super::{Pipeline, Ready, Scope};
use crate::sharing::Asked;

impl Pipeline {
    /// One answer an event, until the source ends. A query or mutation is a stream of one answer.
    ///
    /// Identical operations of the same viewer share one source and its joins. Of two viewers they never do, even if nothing in the
    /// schema depends on the viewer: that a source does not look at its viewer is nowhere promised.
    pub(crate) fn live(self: Arc<Self>, ready: Ready, scope: Arc<Scope>) -> BoxStream<'static, Bytes> {
        // Without a source: a query, a mutation, or a live operation that is refused to this viewer as a whole.
        if ready.plan.source.is_none() {
            return Box::pin(futures::stream::once(async move { self.execute(ready, scope).await.body }));
        }
        let sharing = self.live.as_ref().and_then(|sharing| Some((sharing, Asked::new(&ready, &scope)?)));
        match sharing {
            Some((sharing, asked)) => sharing.answers(asked, || self.clone().listen(ready, scope)),
            None => self.listen(ready, scope),
        }
    }

    /// The answers of a source of its own.
    fn listen(self: Arc<Self>, mut ready: Ready, scope: Arc<Scope>) -> BoxStream<'static, Bytes> {
        Box::pin(async_stream::stream! {
            let place = ready.place.take();
            let Some(source) = &ready.plan.source else { return };
            // What is awaited now and then is boxed, here and in the connection: it would take its room all the time that is waited for events.
            let mut events = match Box::pin(self.engine.subgraphs.live(&source.service_name, request(source, &ready.variables), &scope)).await {
                Ok(events) => events,
                Err(error) => {
                    tracing::warn!(%error, subgraph = source.service_name, "a live operation cannot start");
                    yield RequestError::unavailable().body().into();
                    return;
                }
            };
            // Started, it mostly waits.
            drop(place);
            let query: Arc<str> = source.operation.document_str.as_ref().into();
            while let Some(event) = events.next().await {
                let response = match event {
                    Ok(response) => response,
                    Err(error) => {
                        tracing::warn!(%error, subgraph = source.service_name, "a live operation broke off");
                        yield RequestError::unavailable().body().into();
                        return;
                    }
                };
                let fetched = Some(Fetched::new(query.clone(), response));
                // Boxed: running a plan takes many kilobytes, which thousands of idle operations must not hold.
                yield Box::pin(self.run(&ready, Begun { fetched, ..Begun::new(scope.clone()) })).await.body;
            }
        })
    }
}
