//! The envelope in which facts travel: `CloudEvents` 1.0 in its JSON format, with the W3C `traceparent` extension.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::clock::Clock;
use crate::id::IdGenerator;

/// A fact a context tells the others, in the past tense. Its JSON schema is committed in `schema/events/`.
pub trait EventPayload: Serialize + DeserializeOwned + JsonSchema + Send + Sync + 'static {
    /// The event's type, `noun.verbed`.
    const TYPE: &'static str;

    /// What the fact is about (an id): events of one subject are delivered in the order they happened.
    fn subject(&self) -> String;
}

/// One event in its envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// Always `1.0`.
    pub specversion: String,
    /// Unique: consumers know by it what they have already seen.
    pub id: Uuid,
    /// The context that tells it, as `/polyphony/<context>`.
    pub source: String,
    /// The event's type, `noun.verbed`.
    pub r#type: String,
    /// When it happened.
    pub time: DateTime<Utc>,
    /// The id of what it is about.
    pub subject: String,
    /// The W3C trace context of the request that caused it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The fact itself; its shape is that of the type's schema.
    pub data: serde_json::Value,
}

/// An event's data does not have the shape of its type.
#[derive(Debug, thiserror::Error)]
#[error("the data of a {expected} event cannot be read")]
pub struct EventDataError {
    expected: &'static str,
    #[source]
    source: serde_json::Error,
}

impl Event {
    /// The payload, when this event is of its type.
    pub fn payload<P: EventPayload>(&self) -> Option<Result<P, EventDataError>> {
        (self.r#type == P::TYPE).then(|| P::deserialize(&self.data).map_err(|source| EventDataError { expected: P::TYPE, source }))
    }
}

/// Puts one context's facts in envelopes.
#[derive(Debug, Clone)]
pub struct EventFactory {
    context: &'static str,
    clock: std::sync::Arc<dyn Clock>,
    ids: IdGenerator,
}

impl EventFactory {
    /// Envelopes from `context`, stamped and numbered by the injected clock and ids.
    pub fn new(context: &'static str, clock: std::sync::Arc<dyn Clock>, ids: IdGenerator) -> Self {
        Self { context, clock, ids }
    }

    /// The envelope of `payload`, as having happened now.
    pub fn wrap<P: EventPayload>(&self, payload: &P) -> Event {
        Event {
            specversion: "1.0".into(),
            id: self.ids.uuid(),
            source: format!("/polyphony/{}", self.context),
            r#type: P::TYPE.into(),
            time: self.clock.now(),
            subject: payload.subject(),
            traceparent: None,
            data: serde_json::to_value(payload).unwrap_or_default(),
        }
    }
}
