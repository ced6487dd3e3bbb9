//! Inputs and payloads.

use async_graphql::{Context, Enum, Error, ID, InputObject, MaybeUndefined, Object, SimpleObject};
use kernel::InvalidField;
use kernel::id::AvatarId;
use platform::graphql::edit;

use crate::application::preferences::PreferencesWish;
use crate::domain;
use crate::domain::preferences::{Language, PreferencesEdit};
use crate::graphql::told::graphql_error;
use crate::graphql::use_cases;

/// Who may see something of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::events::Audience")]
pub(super) enum Audience {
    /// Everybody.
    Everyone,
    /// Those who follow the person.
    Followers,
    /// The person alone.
    Nobody,
}

/// The most that a person wants to spend on sound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Enum)]
#[graphql(remote = "kernel::events::AudioQuality")]
pub(super) enum AudioQuality {
    /// The smallest rendition.
    Low,
    /// The middle.
    Normal,
    /// The best lossy rendition.
    High,
    /// Whatever there is.
    Lossless,
}

/// What a person wants otherwise, kept for all their devices. Clients heed it; the service itself only keeps it and tells of changes.
#[derive(SimpleObject)]
pub(super) struct Preferences {
    /// How often they were changed. A change names the version it was made on.
    version: u32,
    /// The language, as a BCP 47 tag; null: the device's own.
    language: Option<String>,
    /// Whether recordings marked explicit may be played and shown.
    explicit_allowed: bool,
    /// The most to spend on sound.
    audio_quality: AudioQuality,
    /// Whether music goes on when what was asked for has ended.
    autoplay: bool,
    /// Who may see what the person listens to.
    listening_visible_to: Audience,
}

impl From<domain::preferences::Preferences> for Preferences {
    fn from(preferences: domain::preferences::Preferences) -> Self {
        Self {
            version: preferences.version,
            language: preferences.language.as_ref().map(|language| Language::as_str(language).to_owned()),
            explicit_allowed: preferences.explicit_allowed,
            audio_quality: preferences.audio_quality.into(),
            autoplay: preferences.autoplay,
            listening_visible_to: preferences.listening_visible_to.into(),
        }
    }
}

/// A change of preferences. A field that is left out stays.
#[derive(InputObject)]
pub(super) struct UpdatePreferencesInput {
    /// The version that the change is made on. Another one by now: CONFLICT.
    version: i32,
    /// The language, as a BCP 47 tag like `de` or `pt-BR`; null or blank: the device's own.
    language: MaybeUndefined<String>,
    /// Whether recordings marked explicit may be played and shown.
    explicit_allowed: Option<bool>,
    /// The most to spend on sound.
    audio_quality: Option<AudioQuality>,
    /// Whether music goes on when what was asked for has ended.
    autoplay: Option<bool>,
    /// Who may see what the person listens to.
    listening_visible_to: Option<Audience>,
}

impl TryFrom<UpdatePreferencesInput> for PreferencesWish {
    type Error = Error;

    fn try_from(input: UpdatePreferencesInput) -> Result<Self, Error> {
        let version = u32::try_from(input.version).map_err(|_| graphql_error(&InvalidField::new("version", "must not be negative")))?;
        let rest = PreferencesEdit {
            explicit_allowed: input.explicit_allowed,
            audio_quality: input.audio_quality.map(Into::into),
            autoplay: input.autoplay,
            listening_visible_to: input.listening_visible_to.map(Into::into),
            ..PreferencesEdit::default()
        };
        Ok(Self { version, language: edit(input.language), rest })
    }
}

/// A picture of a person.
pub(in crate::graphql) struct Avatar(pub(in crate::graphql) AvatarId);

/// A picture of a person.
#[Object]
impl Avatar {
    /// The id: opaque, never reused. Another picture has another.
    #[graphql(tag = "partner")]
    async fn id(&self) -> ID {
        self.0.to_string().into()
    }

    /// Where it is: JPEG or PNG. It never changes there, and is gone when the person shows another.
    #[graphql(tag = "partner")]
    async fn url(&self, context: &Context<'_>) -> String {
        use_cases(context).myself.avatars.url(self.0)
    }
}
