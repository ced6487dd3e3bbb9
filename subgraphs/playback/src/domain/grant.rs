//! A listener's right to one ladder: short, and as long as it is used.

use chrono::{DateTime, Duration, Utc};
use kernel::id::{GrantId, LadderId, TrackId, UserId};
use serde::{Deserialize, Serialize};

use super::ladder::Ladder;
use super::media_file::MediaFile;

/// How long grants last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// After the last use.
    pub idle: Duration,
    /// In all.
    pub most: Duration,
}

impl Lifetimes {
    /// In seconds; a grant never lasts longer idle than in all.
    pub fn from_secs(idle: u32, most: u32) -> Self {
        let most = Duration::seconds(most.into());
        Self { idle: Duration::seconds(idle.into()).min(most), most }
    }
}

/// What a grant is for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Purpose {
    /// To listen.
    #[default]
    Stream,
    /// To keep.
    Download,
}

/// The right of one listener to stream one ladder, or to download it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// Whose right it is; none when a partner's program has it.
    pub user_id: Option<UserId>,
    /// To which track.
    pub track_id: TrackId,
    /// To which ladder of it; a track's next ladder wants a new grant.
    pub ladder_id: LadderId,
    /// What for.
    #[serde(default)]
    pub purpose: Purpose,
    /// Since when.
    pub issued_at: DateTime<Utc>,
    /// Until when, unless it is used before.
    pub expires_at: DateTime<Utc>,
}

impl Grant {
    /// A right from `now`.
    pub fn issue(id: GrantId, user_id: Option<UserId>, ladder: &Ladder, purpose: Purpose, now: DateTime<Utc>, lifetimes: Lifetimes) -> Self {
        Self { id, user_id, track_id: ladder.track_id, ladder_id: ladder.id, purpose, issued_at: now, expires_at: now + lifetimes.idle }
    }

    /// Whether `file` is what the grant is for.
    pub const fn opens(&self, file: &MediaFile) -> bool {
        matches!(
            (self.purpose, file),
            (Purpose::Download, MediaFile::Download(_)) | (Purpose::Stream, MediaFile::Listing(_) | MediaFile::OfRendition { .. } | MediaFile::Picture(_))
        )
    }

    /// Whether it has ended.
    pub fn is_over(&self, now: DateTime<Utc>) -> bool {
        now >= self.expires_at
    }

    /// The grant after a use at `now`, when that is worth keeping: a player fetches a segment every few seconds, and a change
    /// is stored only when a fifth of the time has gone. `None` too once the right can grow no older.
    pub fn used(&self, now: DateTime<Utc>, lifetimes: Lifetimes) -> Option<Self> {
        let expires_at = (now + lifetimes.idle).min(self.issued_at + lifetimes.most);
        (expires_at - self.expires_at >= lifetimes.idle / 5 && expires_at > self.expires_at).then(|| Self { expires_at, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use uuid::Uuid;

    use super::*;

    const LIFETIMES: Lifetimes = Lifetimes { idle: Duration::seconds(300), most: Duration::seconds(1000) };

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(seconds)
    }

    fn grant() -> Grant {
        let uuid = Uuid::from_u128(1);
        Grant {
            id: Id::from_uuid(uuid),
            user_id: Some(Id::from_uuid(uuid)),
            track_id: Id::from_uuid(uuid),
            ladder_id: Id::from_uuid(uuid),
            purpose: Purpose::Stream,
            issued_at: at(0),
            expires_at: at(0) + LIFETIMES.idle,
        }
    }

    #[test]
    fn it_ends_unless_it_is_used() {
        assert!(!grant().is_over(at(299)));
        assert!(grant().is_over(at(300)));
        let used = grant().used(at(200), LIFETIMES).unwrap();
        assert!(!used.is_over(at(499)));
        assert!(used.is_over(at(500)));
    }

    #[test]
    fn a_use_soon_after_another_changes_nothing() {
        assert_eq!(grant().used(at(59), LIFETIMES), None);
        assert!(grant().used(at(60), LIFETIMES).is_some());
    }

    #[test]
    fn use_prolongs_it_only_so_far() {
        let mut grant = grant();
        for second in (200..=1000).step_by(200) {
            grant = grant.used(at(second), LIFETIMES).unwrap_or(grant);
        }
        assert_eq!(grant.expires_at, at(1000));
    }

    #[test]
    fn idle_is_never_longer_than_all() {
        assert_eq!(Lifetimes::from_secs(300, 10).idle, Duration::seconds(10));
    }

    #[test]
    fn who_may_listen_may_not_download_and_the_other_way_round() {
        let (listing, download) = (MediaFile::of_ladder("master.m3u8").unwrap(), MediaFile::Download("mp3-320.mp3".into()));
        let picture = MediaFile::of_ladder("spectrogram.png").unwrap();
        let keep = Grant { purpose: Purpose::Download, ..grant() };
        assert_eq!([&listing, &picture, &download].map(|file| grant().opens(file)), [true, true, false]);
        assert_eq!([&listing, &picture, &download].map(|file| keep.opens(file)), [false, false, true]);
    }
}
