//! What a person wants otherwise than others, and who may see what of them. Kept here for all their devices; who heeds what is the
//! business of whoever does: clients today, other contexts by `user.preferences_changed`.

use kernel::events::{Audience, AudioQuality};
use kernel::{Edit, InvalidField};

/// Longer than any registered combination of subtags (RFC 5646 §4.4.1 reserves 35).
const LONGEST_LANGUAGE: usize = 35;

/// A person's preferences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// How often they were changed: 0 for what everybody begins with.
    pub version: u32,
    /// The language; none: the device's own.
    pub language: Option<Language>,
    /// Whether recordings marked explicit may be played and shown.
    pub explicit_allowed: bool,
    /// The most to spend on sound.
    pub audio_quality: AudioQuality,
    /// Whether music goes on when what was asked for has ended.
    pub autoplay: bool,
    /// Who may see what the person listens to.
    pub listening_visible_to: Audience,
}

impl Default for Preferences {
    /// Nothing of a person is shown before they say so (GDPR, article 25).
    fn default() -> Self {
        Self { version: 0, language: None, explicit_allowed: true, audio_quality: AudioQuality::High, autoplay: true, listening_visible_to: Audience::Nobody }
    }
}

/// A checked change of preferences; what is none stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PreferencesEdit {
    /// The language.
    pub language: Edit<Language>,
    /// Explicit recordings.
    pub explicit_allowed: Option<bool>,
    /// The most to spend on sound.
    pub audio_quality: Option<AudioQuality>,
    /// Whether music goes on.
    pub autoplay: Option<bool>,
    /// Who may see what the person listens to.
    pub listening_visible_to: Option<Audience>,
}

impl Preferences {
    /// The next version.
    #[must_use]
    pub fn edited(&self, edit: PreferencesEdit) -> Self {
        let mut language = self.language.clone();
        edit.language.apply(&mut language);
        Self {
            version: self.version.saturating_add(1),
            language,
            explicit_allowed: edit.explicit_allowed.unwrap_or(self.explicit_allowed),
            audio_quality: edit.audio_quality.unwrap_or(self.audio_quality),
            autoplay: edit.autoplay.unwrap_or(self.autoplay),
            listening_visible_to: edit.listening_visible_to.unwrap_or(self.listening_visible_to),
        }
    }
}

/// A language tag in the form of BCP 47 (RFC 5646 §2.1): a language of two or three letters, then subtags of one to eight letters and
/// digits. Whether they are registered is left to who heeds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Language(String);

impl Language {
    /// `None` when the text is blank, which means: the device's own.
    pub fn parse(text: &str) -> Result<Option<Self>, InvalidField> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let mut subtags = text.split('-');
        let language = subtags.next().unwrap_or_default();
        let well_formed = text.len() <= LONGEST_LANGUAGE
            && (2..=3).contains(&language.len())
            && language.bytes().all(|byte| byte.is_ascii_alphabetic())
            && subtags.all(|subtag| (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric()));
        if well_formed { Ok(Some(Self(text.to_owned()))) } else { Err(InvalidField::new("language", "must be a language tag like de or pt-BR")) }
    }

    /// What a store kept of an earlier [`parse`](Self::parse).
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_and_leaves_the_rest() {
        let first = Preferences::default();
        assert_eq!(first.listening_visible_to, Audience::Nobody);
        let second = first.edited(PreferencesEdit { language: Edit::Set(Language("de".into())), autoplay: Some(false), ..PreferencesEdit::default() });
        assert_eq!(second, Preferences { version: 1, language: Some(Language("de".into())), autoplay: false, ..first.clone() });
        let third = second.edited(PreferencesEdit { language: Edit::Clear, ..PreferencesEdit::default() });
        assert_eq!(third, Preferences { version: 2, autoplay: false, ..first });
    }

    #[test]
    fn languages_are_tags() {
        assert_eq!(Language::parse("  "), Ok(None));
        for good in ["de", "pt-BR", "zh-Hant-TW", "sl-rozaj-biske-1994", "gsw"] {
            assert_eq!(Language::parse(good).unwrap().unwrap().as_str(), good);
        }
        for bad in ["d", "german", "de_AT", "de-", "-de", "de--AT", "1a", "de-ä", &format!("de{}", "-a".repeat(17)), &"de-".repeat(100_000)] {
            assert_eq!(Language::parse(bad).unwrap_err().field, "language", "{bad}");
        }
    }
}
