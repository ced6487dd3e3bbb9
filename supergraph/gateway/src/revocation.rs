//! Sessions that ended before their time. An access token speaks for itself for a quarter of an hour; this list is what makes a
//! sign-out count within seconds.
//!
//! The list is asked for again and again, with an overlap: a change that committed late is not missed. While its source does not
//! answer, what is known stays; nobody can end a session then either.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::SessionId;
use kernel::{Clock, PortError, Viewer};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// How often the source is asked: well within the five seconds after which an ended session must be refused everywhere.
const EVERY: Duration = Duration::from_secs(1);
/// How far each question reaches back beyond the newest answer.
const OVERLAP: TimeDelta = TimeDelta::seconds(60);

/// Who knows which sessions ended.
#[async_trait]
pub trait RevocationSource: Send + Sync + 'static {
    /// Sessions that ended before their time since `since`, with when.
    async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError>;
}

/// The list.
pub struct Revocations {
    source: Arc<dyn RevocationSource>,
    clock: Arc<dyn Clock>,
    /// No access token lives longer: after that an entry can go.
    token_life: TimeDelta,
    // Read by every request, changed once a second at most.
    ended: ArcSwap<HashMap<SessionId, DateTime<Utc>>>,
    changed: watch::Sender<()>,
}

impl Revocations {
    /// An empty list of what `source` knows, for tokens that live `token_life`.
    pub fn new(source: Arc<dyn RevocationSource>, clock: Arc<dyn Clock>, token_life: TimeDelta) -> Self {
        Self { source, clock, token_life, ended: ArcSwap::default(), changed: watch::Sender::new(()) }
    }

    /// Whether the viewer's session has ended.
    pub fn has_ended(&self, viewer: &Viewer) -> bool {
        viewer.session().is_some_and(|session| self.ended.load().contains_key(&session.session_id))
    }

    /// Resolves once the viewer's session has ended; never for a viewer without one.
    pub async fn ended(&self, viewer: &Viewer) {
        let mut changes = self.changed.subscribe();
        while !self.has_ended(viewer) {
            if changes.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    /// Keeps the list true until `stop`.
    pub async fn keep(self: Arc<Self>, stop: CancellationToken) {
        let mut interval = tokio::time::interval(EVERY);
        interval.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        while stop.run_until_cancelled(interval.tick()).await.is_some() {
            if let Err(error) = self.refresh().await {
                tracing::warn!(error = &error as &dyn std::error::Error, "the ended sessions cannot be asked for now");
            }
        }
    }

    /// Asks the source once.
    pub async fn refresh(&self) -> Result<(), PortError> {
        let oldest = self.clock.now() - self.token_life - OVERLAP;
        let newest = self.ended.load().values().max().copied();
        let since = newest.map_or(oldest, |newest| (newest - OVERLAP).max(oldest));
        let news = self.source.ended_since(since).await?;
        let grown = news.iter().any(|(session, at)| *at > oldest && !self.ended.load().contains_key(session));
        self.ended.rcu(|ended| {
            ended.iter().map(|(session, at)| (*session, *at)).chain(news.iter().copied()).filter(|(_, at)| *at > oldest).collect::<HashMap<_, _>>()
        });
        if grown {
            self.changed.send_replace(());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use kernel::{IdGenerator, OsRandomness, Role, Session, SystemClock};

    use super::*;

    #[derive(Default)]
    struct FakeSource(Mutex<Vec<(SessionId, DateTime<Utc>)>>);

    #[async_trait]
    impl RevocationSource for FakeSource {
        async fn ended_since(&self, since: DateTime<Utc>) -> Result<Vec<(SessionId, DateTime<Utc>)>, PortError> {
            Ok(self.0.lock().unwrap().iter().filter(|(_, at)| *at > since).copied().collect())
        }
    }

    fn viewer(session_id: SessionId) -> Viewer {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        Viewer::SignedIn(Session { user_id: ids.next(), session_id, role: Role::User, premium_until: None, expires_at: SystemClock.now() })
    }

    #[tokio::test]
    async fn an_ended_session_is_known_while_its_tokens_live_and_whoever_waits_is_told() {
        let ids = IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness));
        let source = Arc::new(FakeSource::default());
        let list = Arc::new(Revocations::new(source.clone(), Arc::new(SystemClock), TimeDelta::minutes(15)));
        let (ended, running, long_ago) = (ids.next(), ids.next(), ids.next());
        let waiting = tokio::spawn({
            let list = list.clone();
            async move { list.ended(&viewer(ended)).await }
        });
        list.refresh().await.unwrap();
        assert!(!list.has_ended(&viewer(ended)));
        let now = SystemClock.now();
        source.0.lock().unwrap().extend([(ended, now), (long_ago, now - TimeDelta::minutes(17))]);
        list.refresh().await.unwrap();
        waiting.await.unwrap();
        assert!(list.has_ended(&viewer(ended)));
        assert!(!list.has_ended(&viewer(running)) && !list.has_ended(&viewer(long_ago)) && !list.has_ended(&Viewer::Anonymous));
        // One that committed after a later one was read.
        let late = ids.next();
        source.0.lock().unwrap().push((late, now - TimeDelta::seconds(30)));
        list.refresh().await.unwrap();
        assert!(list.has_ended(&viewer(late)));
    }
}
