//! A trace goes on through the outbox and into the handling of its events.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kernel::Event;
use platform::config::TelemetryConfig;
use platform::consumer::{Consumer, EventHandler, HandleError};
use platform::outbox;
use platform::telemetry::{self, SPANS, Traces};
use platform::testing::TestPlatform;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::support::{Migrator, event, eventually, within};

const KIND: &str = "test.happened";

/// Remembers the trace that ran while it handled an event.
#[derive(Default)]
struct FakeHandler(Mutex<Option<String>>);

#[async_trait]
impl EventHandler for FakeHandler {
    fn types(&self) -> &'static [&'static str] {
        &[KIND]
    }

    async fn handle(&self, _: &Event) -> Result<(), HandleError> {
        *self.0.lock().unwrap() = telemetry::current_text();
        Ok(())
    }
}

/// The id of the trace in a `traceparent`: `00-<trace>-<span>-<flags>`.
fn trace_of(traceparent: &str) -> &str {
    traceparent.split('-').nth(1).unwrap()
}

#[tokio::test]
async fn an_event_and_its_handling_belong_to_the_trace_of_their_cause() {
    // Nobody listens there: what is exported is not the point.
    let config = TelemetryConfig { endpoint: "http://127.0.0.1:1".into(), sample_one_in: 1, callers_decide: false, service_name: String::new() };
    let traces = Traces::start(&config, "test").unwrap().unwrap();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(traces.layer()));
    let test = TestPlatform::new().await;
    let database = test.platform.database::<Migrator>("contract").await.unwrap();
    let bus = test.platform.bus.clone();

    let causing = async {
        database.write(|txn| Box::pin(async move { outbox::append(txn, &[event(KIND, "a")]).await })).await.unwrap();
        telemetry::current_text().expect("a trace runs")
    };
    let cause = causing.instrument(tracing::debug_span!(target: SPANS, "cause")).await;
    assert_eq!(telemetry::current_text(), None, "and not beyond its span");

    let stop = CancellationToken::new();
    let relay = tokio::spawn(outbox::relay(database.clone(), bus.clone(), stop.clone()));
    let handler = Arc::new(FakeHandler::default());
    let consumer = tokio::spawn(Consumer::new("reader", vec![handler.clone()], bus.clone()).run(stop.clone()));
    eventually("the event is handled", async || handler.0.lock().unwrap().is_some()).await;
    let told = bus.poll("another", &[KIND], 10).await.unwrap().remove(0).event;
    assert_eq!(told.traceparent.as_deref(), Some(cause.as_str()));
    let handled = handler.0.lock().unwrap().take().unwrap();
    assert_eq!(trace_of(&handled), trace_of(&cause));
    assert_ne!(handled, cause, "in a span of its own");
    stop.cancel();
    within("the loops stop", async { (relay.await.unwrap(), consumer.await.unwrap()) }).await;
}
