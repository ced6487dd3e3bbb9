//! How a context's handlers are run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use kernel::Event;
use platform::bus::EventBus;
use platform::consumer::{Consumer, EventHandler, HandleError, Retry};
use platform::testing::TestPlatform;
use tokio::sync::{Notify, mpsc};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::{event, events, eventually, within};

const KIND: &str = "test.happened";
const OTHER: &str = "test.other";
const EAGER: Retry = Retry { max_attempts: 3, first_pause: Duration::from_millis(1), longest_pause: Duration::from_millis(2) };
/// Would be noticed.
const STUBBORN: Retry = Retry { max_attempts: 3, first_pause: Duration::from_secs(3600), longest_pause: Duration::from_secs(3600) };

/// Tells what it is given, and answers by the event's subject: `transient…` and `permanent…` fail, `recovers` fails once.
struct Recorder {
    types: &'static [&'static str],
    handled: mpsc::UnboundedSender<String>,
    failed_once: Mutex<bool>,
}

impl Recorder {
    fn new(types: &'static [&'static str]) -> (Arc<Self>, mpsc::UnboundedReceiver<String>) {
        let (handled, told) = mpsc::unbounded_channel();
        (Arc::new(Self { types, handled, failed_once: Mutex::new(false) }), told)
    }
}

#[async_trait]
impl EventHandler for Recorder {
    fn types(&self) -> &'static [&'static str] {
        self.types
    }

    async fn handle(&self, event: &Event) -> Result<(), HandleError> {
        self.handled.send(event.subject.clone()).unwrap();
        let subject = event.subject.as_str();
        if subject.starts_with("transient") {
            return Err(HandleError::Transient("the store is away".into()));
        }
        if subject.starts_with("permanent") {
            return Err(HandleError::Permanent("the data is broken".into()));
        }
        let recovers = subject == "recovers" && !std::mem::replace(&mut *self.failed_once.lock().unwrap(), true);
        if recovers { Err(HandleError::Transient("just now".into())) } else { Ok(()) }
    }
}

fn run(consumer: Consumer) -> (CancellationToken, JoinHandle<()>) {
    let stop = CancellationToken::new();
    (stop.clone(), tokio::spawn(consumer.run(stop)))
}

async fn next(told: &mut mpsc::UnboundedReceiver<String>) -> String {
    within("an event is handled", told.recv()).await.unwrap()
}

async fn all_committed(bus: &Arc<dyn EventBus>) {
    eventually("everything is committed", async || bus.poll("test", &[KIND, OTHER], 100).await.unwrap().is_empty()).await;
}

#[tokio::test]
async fn events_are_handled_in_order_by_those_who_want_them() {
    let test = TestPlatform::new().await;
    let bus = test.platform.bus.clone();
    let (both, mut told_both) = Recorder::new(&[KIND, OTHER]);
    let (one, mut told_one) = Recorder::new(&[OTHER]);
    bus.publish(&[event(KIND, "before"), event("test.unwanted", "x")]).await.unwrap();
    let (stop, running) = run(Consumer::new("test", vec![both, one], bus.clone()));
    assert_eq!(next(&mut told_both).await, "before");
    bus.publish(&[event(OTHER, "a"), event(KIND, "b"), event(OTHER, "c")]).await.unwrap();
    for subject in ["a", "b", "c"] {
        assert_eq!(next(&mut told_both).await, subject);
    }
    assert_eq!((next(&mut told_one).await, next(&mut told_one).await), ("a".into(), "c".into()));
    all_committed(&bus).await;
    stop.cancel();
    within("it stops", running).await.unwrap();
    assert!(bus.dead_letters(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_passing_failure_is_tried_again_in_place() {
    let test = TestPlatform::new().await;
    let bus = test.platform.bus.clone();
    let (handler, mut told) = Recorder::new(&[KIND]);
    bus.publish(&[event(KIND, "recovers"), event(KIND, "later")]).await.unwrap();
    let (stop, running) = run(Consumer::new("test", vec![handler], bus.clone()).with_retry(EAGER));
    for subject in ["recovers", "recovers", "later"] {
        assert_eq!(next(&mut told).await, subject);
    }
    all_committed(&bus).await;
    assert!(bus.dead_letters(None, 10).await.unwrap().is_empty());
    stop.cancel();
    within("it stops", running).await.unwrap();
}

#[tokio::test]
async fn a_lasting_failure_is_set_aside_and_later_events_go_on() {
    let test = TestPlatform::new().await;
    let bus = test.platform.bus.clone();
    let (handler, mut told) = Recorder::new(&[KIND]);
    bus.publish(&[event(KIND, "transient"), event(KIND, "permanent"), event(KIND, "later")]).await.unwrap();
    let (stop, running) = run(Consumer::new("test", vec![handler], bus.clone()).with_retry(EAGER));
    for subject in ["transient", "transient", "transient", "permanent", "later"] {
        assert_eq!(next(&mut told).await, subject);
    }
    all_committed(&bus).await;
    let letters = bus.dead_letters(Some("test"), 10).await.unwrap();
    let summary: Vec<_> = letters.iter().map(|letter| (letter.event.subject.as_str(), letter.attempts, letter.reason.as_str())).collect();
    assert_eq!(summary, [("transient", 3, "cannot be handled now: the store is away"), ("permanent", 1, "cannot be handled: the data is broken")]);
    stop.cancel();
    within("it stops", running).await.unwrap();
}

#[tokio::test]
async fn a_stop_ends_waiting_and_pausing_at_once() {
    let test = TestPlatform::new().await;
    let bus = test.platform.bus.clone();
    let (handler, _told) = Recorder::new(&[KIND]);
    let (stop, running) = run(Consumer::new("idle", vec![handler], bus.clone()));
    stop.cancel();
    within("the idle one stops", running).await.unwrap();

    let (handler, mut told) = Recorder::new(&[KIND]);
    bus.publish(&[event(KIND, "transient")]).await.unwrap();
    let (stop, running) = run(Consumer::new("test", vec![handler], bus.clone()).with_retry(STUBBORN));
    next(&mut told).await;
    stop.cancel();
    within("the pausing one stops", running).await.unwrap();
    // Neither done nor given up: it comes again after the restart.
    assert_eq!(bus.poll("test", &[KIND], 10).await.unwrap().len(), 1);
    assert!(bus.dead_letters(None, 10).await.unwrap().is_empty());
}

/// Holds the first event until released.
struct Slow {
    entered: Notify,
    release: Notify,
}

#[async_trait]
impl EventHandler for Slow {
    fn types(&self) -> &'static [&'static str] {
        &[KIND]
    }

    async fn handle(&self, _: &Event) -> Result<(), HandleError> {
        self.entered.notify_one();
        self.release.notified().await;
        Ok(())
    }
}

#[tokio::test]
async fn a_stop_finishes_the_event_in_hand_and_no_other() {
    let test = TestPlatform::new().await;
    let bus = test.platform.bus.clone();
    bus.publish(&events(KIND, 2)).await.unwrap();
    let slow = Arc::new(Slow { entered: Notify::new(), release: Notify::new() });
    let (stop, running) = run(Consumer::new("test", vec![slow.clone()], bus.clone()));
    within("the first is in hand", slow.entered.notified()).await;
    stop.cancel();
    slow.release.notify_one();
    within("it stops", running).await.unwrap();
    let left: Vec<_> = bus.poll("test", &[KIND], 10).await.unwrap().into_iter().map(|delivery| delivery.event.subject).collect();
    assert_eq!(left, ["1"]);
}
