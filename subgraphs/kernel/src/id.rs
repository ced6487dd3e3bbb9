//! Typed, opaque ids: a UUIDv7 (RFC 9562 §5.7) under a prefix that names its entity, in the `TypeID` 0.3 text form
//! (`track_01jd3q5v6me7ht0c4z2x9f8k1w`). They sort by creation time.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use type_safe_id::{DynamicType, TypeSafeId};
use uuid::Uuid;

use crate::clock::Clock;
use crate::error::InvalidField;
use crate::randomness::Randomness;

/// A kind of thing that has ids.
pub trait Entity: 'static {
    /// The prefix of its ids: lower case letters, unique in the product.
    const PREFIX: &'static str;
}

/// The id of one `E`. The ids of different entities are different types and do not parse as one another.
pub struct Id<E> {
    uuid: Uuid,
    entity: PhantomData<fn() -> E>,
}

impl<E: Entity> Id<E> {
    /// The id stored as `uuid`.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self { uuid, entity: PhantomData }
    }

    /// What a store keeps.
    pub const fn uuid(self) -> Uuid {
        self.uuid
    }

    /// Parses a client's text; a wrong one is the client's fault and names `field`.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, InvalidField> {
        text.parse().map_err(|_| InvalidField::new(field, format!("is not the id of a {}", E::PREFIX)))
    }
}

/// The text is no id, or the id of another entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid id")]
pub struct ParseIdError;

impl<E: Entity> FromStr for Id<E> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // type-safe-id 0.3.3 cuts long prefixes after 63 bytes, wherever that is, and panics within a letter of several.
        if !text.is_ascii() {
            return Err(ParseIdError);
        }
        let id: TypeSafeId<DynamicType> = text.parse().map_err(|_| ParseIdError)?;
        if id.type_prefix() == E::PREFIX { Ok(Self::from_uuid(id.uuid())) } else { Err(ParseIdError) }
    }
}

impl<E: Entity> fmt::Display for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DynamicType::new(E::PREFIX) {
            Ok(prefix) => fmt::Display::fmt(&TypeSafeId::from_type_and_uuid(prefix, self.uuid), f),
            Err(_) => Err(fmt::Error),
        }
    }
}

impl<E: Entity> fmt::Debug for Id<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<E> Clone for Id<E> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<E> Copy for Id<E> {}
impl<E> PartialEq for Id<E> {
    fn eq(&self, other: &Self) -> bool {
        self.uuid == other.uuid
    }
}
impl<E> Eq for Id<E> {}
impl<E> PartialOrd for Id<E> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<E> Ord for Id<E> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.uuid.cmp(&other.uuid)
    }
}
impl<E> Hash for Id<E> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.uuid.hash(state);
    }
}

impl<E: Entity> Serialize for Id<E> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, E: Entity> Deserialize<'de> for Id<E> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl<E: Entity> schemars::JsonSchema for Id<E> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("{}Id", E::PREFIX).into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", E::PREFIX) })
    }
}

/// Makes ids from the injected time and chance.
#[derive(Debug, Clone)]
pub struct IdGenerator {
    clock: Arc<dyn Clock>,
    randomness: Arc<dyn Randomness>,
}

impl IdGenerator {
    /// Ids whose time comes from `clock` and whose rest from `randomness`.
    pub fn new(clock: Arc<dyn Clock>, randomness: Arc<dyn Randomness>) -> Self {
        Self { clock, randomness }
    }

    /// A fresh id.
    pub fn next<E: Entity>(&self) -> Id<E> {
        Id::from_uuid(self.uuid())
    }

    /// A fresh UUIDv7, for rows that no client ever names.
    pub fn uuid(&self) -> Uuid {
        uuid_v7(self.clock.now(), &*self.randomness)
    }
}

fn uuid_v7(now: DateTime<Utc>, randomness: &dyn Randomness) -> Uuid {
    let mut bytes = [0; 10];
    randomness.fill_id(&mut bytes);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

macro_rules! entities {
    ($($(#[$doc:meta])* $name:ident $id:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}
        impl Entity for $name {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("The id of a [`", stringify!($name), "`].")]
        pub type $id = Id<$name>;
    )*};
}

// A macro, because every line of an entity is the same but for three names; the table is what a reader wants to see.
entities! {
    /// A person's account (users).
    User UserId "user";
    /// A signed-in device; the family of its refresh tokens (users).
    SessionEntity SessionId "session";
    /// A right to do one thing once, that a link in a mail carries (users).
    Ticket TicketId "ticket";
    /// What somebody is at a provider of identities (users).
    ProviderIdentity IdentityId "identity";
    /// A mail on its way (notifications).
    Mail MailId "mail";
    /// A record of what somebody changed (users).
    AuditEntry AuditEntryId "audit";
    /// A copy of all that is kept of a person (users).
    DataExport DataExportId "export";
    /// The end of an account (users).
    Deletion DeletionId "deletion";
    /// A partner: the people whose programs use our API (users).
    Organisation OrganisationId "organisation";
    /// A credential of a partner's program (users).
    ApiKey ApiKeyId "apikey";
    /// A picture of a person (users).
    Avatar AvatarId "avatar";
    /// A performer (catalog).
    Artist ArtistId "artist";
    /// A release (catalog).
    Album AlbumId "album";
    /// A recording (catalog).
    Track TrackId "track";
    /// A musical genre (catalog).
    Genre GenreId "genre";
    /// A file on its way to becoming a track's sound (catalog).
    Upload UploadId "upload";
    /// A picture of an artist or album (catalog).
    Artwork ArtworkId "artwork";
    /// A question to an admin: whether a recording that is known already may be published (catalog).
    RecordingReview ReviewId "review";
    /// All renditions of one upload of a track (media-worker).
    Ladder LadderId "ladder";
    /// A piece of work of the media worker.
    Job JobId "job";
    /// A wish to have the catalogue heard by another model (recommendations).
    Rebuild RebuildId "rebuild";
    /// A right to stream one ladder for some minutes (playback).
    Grant GrantId "grant";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;
    use crate::randomness::OsRandomness;

    fn ids() -> IdGenerator {
        IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
    }

    #[test]
    fn text_form_round_trips() {
        let id: TrackId = ids().next();
        assert!(id.to_string().starts_with("track_"), "{id}");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn foreign_and_broken_ids_are_refused_and_name_the_field() {
        let album: AlbumId = ids().next();
        let error = TrackId::parse("trackId", &album.to_string()).unwrap_err();
        assert_eq!(error.field, "trackId");
        for broken in ["", "track", "track_", "track_zzz", "01jd3q5v6me7ht0c4z2x9f8k1w", "träck_01jd3q5v6me7ht0c4z2x9f8k1w"] {
            assert!(broken.parse::<TrackId>().is_err(), "{broken:?}");
        }
        for length in 0..=70 {
            let broken = format!("{}島_01jd3q5v6me7ht0c4z2x9f8k1w", "x".repeat(length));
            assert!(broken.parse::<TrackId>().is_err(), "{broken:?}");
        }
    }

    #[test]
    fn ids_sort_by_creation() {
        let early = uuid_v7(DateTime::from_timestamp_millis(1_000).unwrap(), &OsRandomness);
        let late = uuid_v7(DateTime::from_timestamp_millis(2_000).unwrap(), &OsRandomness);
        assert!(early < late);
    }
}
