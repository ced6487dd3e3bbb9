//! What people want otherwise and show of themselves, put together.

use std::sync::Arc;

use super::Ports;
use super::avatars::Avatars;
use super::ports::avatar::AvatarRepository;
use super::ports::preferences::PreferencesRepository;
use super::preferences::KeepPreferences;
use super::record::Recorder;

/// What these use cases work with besides the others' ports.
#[derive(Clone)]
pub struct MyselfPorts {
    /// Pictures' descriptions.
    pub avatars: Arc<dyn AvatarRepository>,
    /// Preferences.
    pub preferences: Arc<dyn PreferencesRepository>,
}

/// The use cases.
pub struct Myself {
    /// Pictures.
    pub avatars: Avatars,
    /// Preferences.
    pub preferences: KeepPreferences,
}

impl Myself {
    /// All of them.
    pub(super) fn new(ports: &Ports, recorder: &Recorder) -> Self {
        let MyselfPorts { avatars, preferences } = ports.myself.clone();
        Self {
            avatars: Avatars {
                avatars,
                users: ports.users.clone(),
                blobs: ports.rights.blobs.clone(),
                clock: ports.clock.clone(),
                ids: ports.ids.clone(),
                public_url: ports.rights.public_url.clone(),
            },
            preferences: KeepPreferences { preferences, users: ports.users.clone(), bus: ports.rights.bus.clone(), recorder: recorder.clone() },
        }
    }
}
