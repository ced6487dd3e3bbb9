//! A listener's right to one ladder: short, and as long as it is used.

use chrono::{DateTime, Duration, SubsecRound as _, Utc};
use kernel::id::{GrantId, LadderId, TrackId};

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To listen.
    Stream,
    /// To keep.
    Download,
}

/// The right to stream one ladder, or to download it, of whoever was given its address. It says itself what it opens; only how far
/// use has prolonged it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grant {
    /// Its id.
    pub id: GrantId,
    /// To which track.
    pub track_id: TrackId,
    /// To which ladder of it; a track's next ladder wants a new grant.
    pub ladder_id: LadderId,
    /// What for.
    pub purpose: Purpose,
    /// Since when, in whole milliseconds.
    pub issued_at: DateTime<Utc>,
}

impl Grant {
    /// A right from `now`.
    pub fn issue(id: GrantId, ladder: &Ladder, purpose: Purpose, now: DateTime<Utc>) -> Self {
        Self { id, track_id: ladder.track_id, ladder_id: ladder.id, purpose, issued_at: now.trunc_subsecs(3) }
    }

    /// Whether `file` is what the grant is for.
    pub const fn opens(&self, file: &MediaFile) -> bool {
        matches!(
            (self.purpose, file),
            (Purpose::Download, MediaFile::Download(_)) | (Purpose::Stream, MediaFile::Listing(_) | MediaFile::OfRendition { .. } | MediaFile::Picture(_))
        )
    }

    /// When it ends unless it is used before.
    pub fn expires_at(&self, lifetimes: Lifetimes) -> DateTime<Utc> {
        self.issued_at + lifetimes.idle
    }

    /// Until when a use at `now` prolongs it that ends at `expires_at`, when that is worth keeping: a player fetches a segment every
    /// few seconds, and a change is kept only when a fifth of the time has gone. `None` too once the right can grow no older.
    pub fn prolonged(&self, expires_at: DateTime<Utc>, now: DateTime<Utc>, lifetimes: Lifetimes) -> Option<DateTime<Utc>> {
        let until = (now + lifetimes.idle).min(self.issued_at + lifetimes.most);
        (until - expires_at >= lifetimes.idle / 5 && until > expires_at).then_some(until)
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
        Grant { id: Id::from_uuid(uuid), track_id: Id::from_uuid(uuid), ladder_id: Id::from_uuid(uuid), purpose: Purpose::Stream, issued_at: at(0) }
    }

    fn prolonged(ends: i64, used: i64) -> Option<DateTime<Utc>> {
        grant().prolonged(at(ends), at(used), LIFETIMES)
    }

    #[test]
    fn it_ends_unless_it_is_used() {
        assert_eq!(grant().expires_at(LIFETIMES), at(300));
        assert_eq!(prolonged(300, 200), Some(at(500)));
    }

    #[test]
    fn a_use_soon_after_another_changes_nothing() {
        assert_eq!(prolonged(300, 59), None);
        assert_eq!(prolonged(300, 60), Some(at(360)));
    }

    #[test]
    fn use_prolongs_it_only_so_far() {
        let mut ends = grant().expires_at(LIFETIMES);
        for second in (200..=1000).step_by(200) {
            ends = grant().prolonged(ends, at(second), LIFETIMES).unwrap_or(ends);
        }
        assert_eq!(ends, at(1000));
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
