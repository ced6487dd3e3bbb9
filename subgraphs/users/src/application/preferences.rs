//! What a person wants otherwise: they read it, change it, and all their devices follow.

use std::sync::Arc;

use futures::StreamExt as _;
use futures::stream::BoxStream;
use kernel::events::PreferencesChanged;
use kernel::viewer::AccessError;
use kernel::{Edit, EventPayload as _, InvalidField, PortError};
use platform::bus::EventBus;

use super::caller::Caller;
use super::ports::UserRepository;
use super::ports::preferences::PreferencesRepository;
use super::record::Recorder;
use crate::domain::preferences::{Language, Preferences, PreferencesEdit};

const TYPES: &[&str] = &[PreferencesChanged::TYPE];

/// The wished-for change, unchecked.
#[derive(Debug, Clone, Default)]
pub struct PreferencesWish {
    /// The version it was made on.
    pub version: u32,
    /// The language; blank: the device's own.
    pub language: Edit<String>,
    /// Everything else needs no check.
    pub rest: PreferencesEdit,
}

/// Why preferences are not read or changed.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesError {
    /// Nobody is signed in, or the account is gone.
    #[error(transparent)]
    Access(#[from] AccessError),
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Another device was faster.
    #[error("the preferences were changed meanwhile: read them again")]
    Changed,
    /// A port failed.
    #[error("the preferences cannot be had")]
    Port(#[source] PortError),
}

impl From<PortError> for PreferencesError {
    fn from(error: PortError) -> Self {
        match error {
            PortError::NotFound => AccessError::Unauthenticated.into(),
            other => Self::Port(other),
        }
    }
}

/// Keeps people's preferences.
#[derive(Clone)]
pub struct KeepPreferences {
    pub(super) preferences: Arc<dyn PreferencesRepository>,
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) bus: Arc<dyn EventBus>,
    pub(super) recorder: Recorder,
}

impl KeepPreferences {
    /// The caller's: what everybody begins with while they have changed nothing.
    pub async fn find(&self, caller: &Caller) -> Result<Preferences, PreferencesError> {
        let user_id = caller.require_session()?.user_id;
        if let Some(changed) = self.preferences.find(user_id).await? {
            return Ok(changed);
        }
        let there = self.users.find(&[user_id]).await?;
        if there.is_empty() { Err(AccessError::Unauthenticated.into()) } else { Ok(Preferences::default()) }
    }

    /// The preferences afterwards. Every other device and every context is told.
    pub async fn update(&self, caller: &Caller, wish: PreferencesWish) -> Result<Preferences, PreferencesError> {
        let user_id = caller.require_session()?.user_id;
        let edit = PreferencesEdit { language: wish.language.try_map(|text| Language::parse(&text))?, ..wish.rest };
        let now = self.find(caller).await?;
        if now.version != wish.version {
            return Err(PreferencesError::Changed);
        }
        let next = now.edited(edit);
        let told = PreferencesChanged {
            user_id,
            version: next.version,
            language: next.language.as_ref().map(|language| language.as_str().to_owned()),
            explicit_allowed: next.explicit_allowed,
            audio_quality: next.audio_quality,
            autoplay: next.autoplay,
            listening_visible_to: next.listening_visible_to,
        };
        if self.preferences.put(user_id, &next, &self.recorder.events().wrap(&told)).await? { Ok(next) } else { Err(PreferencesError::Changed) }
    }

    /// The caller's as they are, then each newer version, until the account is gone. A device that is slow gets the newest.
    pub async fn follow(&self, caller: &Caller) -> Result<BoxStream<'static, Result<Preferences, PreferencesError>>, PreferencesError> {
        let user_id = caller.require_session()?.user_id;
        // The tail first: what happens between the two is heard, not lost.
        let mut tail = self.bus.tail(TYPES);
        let mut last = self.find(caller).await?;
        let (this, caller, subject) = (self.clone(), caller.clone(), user_id.to_string());
        Ok(Box::pin(async_stream::try_stream! {
            yield last.clone();
            while let Some(event) = tail.next().await {
                if event.subject != subject {
                    continue;
                }
                let next = this.find(&caller).await?;
                if next.version > last.version {
                    yield next.clone();
                    last = next;
                }
            }
        }))
    }
}
