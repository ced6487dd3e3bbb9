//! Recordings, and the way each takes from a draft to its listeners.

use chrono::{DateTime, Utc};
use kernel::events::MediaLogLine;
use kernel::id::{AlbumId, ArtistId, GenreId, TrackId, UploadId, UserId};
use kernel::{Role, Viewer};

use super::isrc::Isrc;
use super::media_report::{MediaReport, News};
use super::name::Name;
use super::number::Number;
use super::sound::Sound;
use super::track_state::{IllegalTransition, TrackState};

/// The upload a track's sound comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CurrentUpload {
    /// Which.
    pub id: UploadId,
    /// Who uploaded it.
    pub uploader_id: UserId,
}

/// A recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Track {
    /// The id.
    pub id: TrackId,
    /// Who may edit it: its artist's owner.
    pub owner_id: UserId,
    /// Whose.
    pub artist_id: ArtistId,
    /// On which of the artist's albums.
    pub album_id: Option<AlbumId>,
    /// Its title. One track of the artist has it on one place of one album.
    pub title: Name,
    /// Its number on its disc.
    pub track_number: Option<Number>,
    /// Its disc's number.
    pub disc_number: Number,
    /// Its genres, the most fitting first.
    pub genres: Vec<GenreId>,
    /// Whether it is not for children.
    pub explicit: bool,
    /// Its recording's code.
    pub isrc: Option<Isrc>,
    /// How far it has come.
    pub state: TrackState,
    /// Its sound, once processed.
    pub sound: Option<Sound>,
    /// Where its sound comes from.
    pub upload: Option<CurrentUpload>,
    /// How the processing of its upload went; empty before its end.
    pub processing_log: Vec<MediaLogLine>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it was published, while it is.
    pub published_at: Option<DateTime<Utc>>,
    /// Counts changes, so that none overwrites another unseen.
    pub version: i32,
}

impl Track {
    /// Whether `viewer` may know of it: everybody once it is published, before only the owner and admins.
    pub fn is_visible_to(&self, viewer: &Viewer) -> bool {
        self.state == TrackState::Published || self.belongs_to(viewer)
    }

    /// Whether `viewer` may know all of it: its owner, and admins.
    pub fn belongs_to(&self, viewer: &Viewer) -> bool {
        viewer.session().is_some_and(|session| session.user_id == self.owner_id || session.role == Role::Admin)
    }

    /// Its place on the album, as a number to sort by; tracks without a number come last on their disc.
    pub fn position(&self) -> i64 {
        i64::from(self.disc_number.get()) * 10_000 + self.track_number.map_or(9_999, |number| i64::from(number.get()))
    }

    /// Whether an upload may take the place of its sound now.
    pub fn check_uploadable(&self) -> Result<(), IllegalTransition> {
        match self.state {
            TrackState::Draft | TrackState::Uploaded | TrackState::Held { .. } | TrackState::Rejected | TrackState::Ready | TrackState::Failed { .. } => Ok(()),
            TrackState::Processing { .. } => Err(self.illegal("wait until its upload is processed")),
            TrackState::Published => Err(self.illegal("unpublish it first")),
        }
    }

    /// A verified upload becomes its sound, in place of any earlier one.
    pub fn uploaded(&mut self, upload: CurrentUpload) -> Result<(), IllegalTransition> {
        self.check_uploadable()?;
        self.upload = Some(upload);
        self.processing_log.clear();
        self.sound = None;
        self.state = TrackState::Uploaded;
        Ok(())
    }

    /// The media worker reports; whether that changes anything. A report on an upload that has been replaced does not, nor one
    /// that comes late or again.
    pub fn reported(&mut self, report: &MediaReport) -> bool {
        if self.upload.is_none_or(|upload| upload.id != report.upload_id) {
            return false;
        }
        match (&self.state, &report.news) {
            (TrackState::Uploaded, News::Progressed(percent)) => self.state = TrackState::Processing { percent: *percent },
            // A second attempt begins at 0 again; what its owner sees does not fall.
            (TrackState::Processing { percent: before }, News::Progressed(percent)) if percent > before => {
                self.state = TrackState::Processing { percent: *percent };
            }
            // Failed, then completed: an operator had it tried again.
            (TrackState::Uploaded | TrackState::Processing { .. } | TrackState::Failed { .. }, News::Completed(sound)) => {
                self.sound = Some(*sound);
                self.state = TrackState::Ready;
            }
            (TrackState::Uploaded | TrackState::Processing { .. }, News::Failed(reason)) => self.state = TrackState::Failed { reason: reason.clone() },
            _ => return false,
        }
        if report.is_last() {
            self.processing_log.clone_from(&report.log);
        }
        true
    }

    /// It sounds like another recording: nobody but its owner and admins hears it until an admin has decided.
    pub fn hold(&mut self) {
        if self.state == TrackState::Ready {
            self.state = TrackState::Held { publish_wanted: false };
        }
    }

    /// An admin has decided that it can be published, which it is at once when its owner wanted that; returns the upload that is
    /// heard now, if one is.
    pub fn allow(&mut self, now: DateTime<Utc>) -> Result<Option<UploadId>, IllegalTransition> {
        match self.state {
            TrackState::Held { publish_wanted } => {
                self.state = TrackState::Ready;
                if publish_wanted { self.publish(now) } else { Ok(None) }
            }
            TrackState::Rejected => {
                self.state = TrackState::Ready;
                Ok(None)
            }
            _ => Err(self.illegal("no decision on it is waited for")),
        }
    }

    /// An admin has decided that it cannot be published.
    pub fn reject(&mut self) -> Result<(), IllegalTransition> {
        if !matches!(self.state, TrackState::Held { .. }) {
            return Err(self.illegal("no decision on it is waited for"));
        }
        self.state = TrackState::Rejected;
        Ok(())
    }

    /// Opens it to everybody; returns the upload that is heard now. None when it is held: it is opened as soon as it is allowed.
    pub fn publish(&mut self, now: DateTime<Utc>) -> Result<Option<UploadId>, IllegalTransition> {
        match (&self.state, self.upload) {
            (TrackState::Ready, Some(upload)) => {
                self.state = TrackState::Published;
                self.published_at = Some(now);
                Ok(Some(upload.id))
            }
            (TrackState::Held { .. }, _) => {
                self.state = TrackState::Held { publish_wanted: true };
                Ok(None)
            }
            (TrackState::Rejected, _) => Err(self.illegal("its recording may not be published, upload another")),
            (TrackState::Published, _) => Err(self.illegal("there is nothing to do")),
            (TrackState::Draft, _) => Err(self.illegal("upload a recording first")),
            (TrackState::Failed { .. }, _) => Err(self.illegal("upload another recording")),
            _ => Err(self.illegal("wait until its upload is processed")),
        }
    }

    /// Closes it to everybody but its owner; returns whether it was open. One that waits to be allowed is not opened then.
    pub fn unpublish(&mut self) -> Result<bool, IllegalTransition> {
        match self.state {
            TrackState::Published => {
                self.state = TrackState::Ready;
                self.published_at = None;
                Ok(true)
            }
            TrackState::Held { publish_wanted: true } => {
                self.state = TrackState::Held { publish_wanted: false };
                Ok(false)
            }
            _ => Err(self.illegal("there is nothing to do")),
        }
    }

    const fn illegal(&self, advice: &'static str) -> IllegalTransition {
        IllegalTransition { from: self.state.name(), advice }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use kernel::{Clock as _, IdGenerator, OsRandomness, SystemClock};

    use super::super::sound::Measures;
    use super::*;

    const SOUND: Sound = Sound {
        duration_ms: 61_000,
        loudness_lufs: Some(-14.0),
        measures: Measures { loudness_range_lu: None, true_peak_dbtp: None, leading_silence_ms: 0, trailing_silence_ms: 0, tempo: None, key: None },
    };

    fn ids() -> IdGenerator {
        IdGenerator::new(Arc::new(SystemClock), Arc::new(OsRandomness))
    }

    fn draft() -> Track {
        let ids = ids();
        Track {
            id: ids.next(),
            owner_id: ids.next(),
            artist_id: ids.next(),
            album_id: None,
            title: Name::parse("title", "Dawn").unwrap(),
            track_number: None,
            disc_number: Number::ONE,
            genres: Vec::new(),
            explicit: false,
            isrc: None,
            state: TrackState::Draft,
            sound: None,
            upload: None,
            created_at: SystemClock.now(),
            published_at: None,
            processing_log: Vec::new(),
            version: 0,
        }
    }

    fn upload() -> CurrentUpload {
        let ids = ids();
        CurrentUpload { id: ids.next(), uploader_id: ids.next() }
    }

    fn report(track: &Track, upload: CurrentUpload, news: News) -> MediaReport {
        MediaReport { track_id: track.id, upload_id: upload.id, news, remaining_secs: None, log: Vec::new(), fingerprint: None, loudness_blocks: None }
    }

    /// A track in each state, by the way that leads there, with its upload.
    fn all_states() -> Vec<(Track, CurrentUpload)> {
        let upload = upload();
        let uploaded = Track { state: TrackState::Uploaded, upload: Some(upload), ..draft() };
        let with = |news: News| {
            let mut track = uploaded.clone();
            assert!(track.reported(&report(&uploaded, upload, news)));
            track
        };
        let ready = with(News::Completed(SOUND));
        let mut published = ready.clone();
        assert_eq!(published.publish(SystemClock.now()), Ok(Some(upload.id)));
        let mut held = ready.clone();
        held.hold();
        let mut rejected = held.clone();
        rejected.reject().unwrap();
        [draft(), uploaded.clone(), with(News::Progressed(30)), ready, with(News::Failed("no audio".into())), published, held, rejected]
            .map(|track| (track, upload))
            .into()
    }

    #[test]
    fn only_what_is_ready_can_be_published() {
        for (mut track, _) in all_states() {
            let from = track.state.name();
            let published = track.publish(SystemClock.now());
            assert_eq!(published.is_ok(), matches!(from, "READY" | "HELD"), "{from}");
            assert_eq!(published.ok().flatten().is_some(), from == "READY", "{from}");
            assert_eq!(track.published_at.is_some(), track.state == TrackState::Published);
        }
    }

    #[test]
    fn what_is_held_is_published_once_it_is_allowed_if_that_is_still_wanted() {
        let now = SystemClock.now();
        let (held, upload) = all_states().into_iter().find(|(track, _)| track.state.name() == "HELD").unwrap();
        let mut wanted = held.clone();
        assert_eq!((wanted.publish(now), wanted.published_at), (Ok(None), None));
        let mut allowed = wanted.clone();
        assert_eq!((allowed.allow(now), allowed.published_at), (Ok(Some(upload.id)), Some(now)));
        assert_eq!((wanted.unpublish(), &wanted), (Ok(false), &held), "the wish is taken back");
        assert_eq!((wanted.allow(now), &wanted.state), (Ok(None), &TrackState::Ready));
        assert!(wanted.allow(now).is_err() && wanted.reject().is_err());
    }

    #[test]
    fn what_is_rejected_stays_closed_until_the_admin_thinks_again_or_another_recording_comes() {
        let (rejected, _) = all_states().into_iter().find(|(track, _)| track.state == TrackState::Rejected).unwrap();
        let mut track = rejected.clone();
        assert!(track.publish(SystemClock.now()).is_err() && track.unpublish().is_err() && track.reject().is_err());
        assert_eq!((track.allow(SystemClock.now()), &track.state), (Ok(None), &TrackState::Ready));
        let mut track = rejected;
        track.uploaded(upload()).unwrap();
        assert_eq!(track.state, TrackState::Uploaded);
    }

    #[test]
    fn only_what_is_published_can_be_unpublished_and_is_ready_then() {
        for (mut track, _) in all_states() {
            let from = track.state.name();
            let done = track.unpublish();
            assert_eq!(done.is_ok(), from == "PUBLISHED", "{from}");
            assert_eq!(track.published_at, None);
            if done.is_ok() {
                assert_eq!(track.state, TrackState::Ready);
            }
        }
    }

    #[test]
    fn a_new_upload_replaces_the_sound_unless_it_is_heard_or_processed() {
        for (mut track, _) in all_states() {
            let (from, next) = (track.state.name(), upload());
            let refused = track.uploaded(next).is_err();
            assert_eq!(refused, matches!(from, "PROCESSING" | "PUBLISHED"), "{from}");
            if !refused {
                assert_eq!((&track.state, track.upload, track.sound), (&TrackState::Uploaded, Some(next), None), "{from}");
            }
        }
    }

    #[test]
    fn reports_on_a_replaced_upload_change_nothing() {
        for (track, _) in all_states() {
            for news in [News::Progressed(50), News::Completed(SOUND), News::Failed("damaged".into())] {
                let mut after = track.clone();
                assert!(!after.reported(&report(&track, upload(), news)), "{}", track.state.name());
                assert_eq!(after, track);
            }
        }
    }

    #[test]
    fn reports_come_again_without_effect() {
        for (track, upload) in all_states() {
            for news in [News::Progressed(50), News::Completed(SOUND), News::Failed("damaged".into())] {
                let mut after = track.clone();
                after.reported(&report(&track, upload, news.clone()));
                let once = after.clone();
                assert!(!after.reported(&report(&track, upload, news)), "{}", track.state.name());
                assert_eq!(after, once);
            }
        }
    }

    #[test]
    fn progress_never_falls_nor_outlives_the_end() {
        let upload = upload();
        let mut track = Track { state: TrackState::Uploaded, upload: Some(upload), ..draft() };
        for (percent, seen) in [(10, 10), (40, 40), (0, 40), (41, 41)] {
            let news = report(&track, upload, News::Progressed(percent));
            track.reported(&news);
            assert_eq!(track.state.percent(), seen);
        }
        let completed = report(&track, upload, News::Completed(SOUND));
        assert!(track.reported(&completed));
        let late = report(&track, upload, News::Progressed(99));
        assert!(!track.reported(&late));
        assert_eq!(track.state, TrackState::Ready);
    }

    #[test]
    fn drafts_are_for_their_owner_and_admins() {
        let ids = ids();
        let viewer =
            |user_id, role| Viewer::SignedIn(kernel::Session { user_id, session_id: ids.next(), role, premium_until: None, expires_at: SystemClock.now() });
        for (track, _) in all_states() {
            assert!(track.is_visible_to(&viewer(track.owner_id, Role::User)));
            assert!(track.is_visible_to(&viewer(ids.next(), Role::Admin)));
            let public = track.state == TrackState::Published;
            assert_eq!(track.is_visible_to(&viewer(ids.next(), Role::Artist)), public);
            assert_eq!(track.is_visible_to(&Viewer::Anonymous), public);
        }
    }
}
