//! What can be done with the catalog. Every entrance (GraphQL, HTTP, events) goes through these.

pub mod complete_artwork_upload;
pub mod complete_track_upload;
pub mod create_album;
pub mod create_artist;
pub mod create_track;
pub mod decide_review;
pub mod delete_album;
pub mod delete_artist;
pub mod delete_track;
pub mod discard_uploads;
pub mod edit_error;
pub mod fill_fingerprints;
pub mod find_artwork;
pub mod follow_track;
pub mod issue_ticket;
pub mod list_catalog;
pub mod list_reviews;
pub mod listing;
pub mod look_up;
pub mod on_media_report;
pub mod personal_catalog;
pub mod ports;
pub mod publish_track;
pub mod receive_upload;
pub mod request_artwork_upload;
pub mod request_track_upload;
pub mod screen_recording;
pub mod unpublish_track;
pub mod update_album;
pub mod update_artist;
pub mod update_track;
pub mod upload_artwork;
pub mod upload_error;

use std::sync::Arc;

use chrono::Duration;
use kernel::event::EventFactory;
use kernel::{Clock, IdGenerator};
use object_store::ObjectStore;
use platform::bus::EventBus;

use complete_artwork_upload::CompleteArtworkUpload;
use complete_track_upload::CompleteTrackUpload;
use create_album::CreateAlbum;
use create_artist::CreateArtist;
use create_track::CreateTrack;
use decide_review::DecideReview;
use delete_album::DeleteAlbum;
use delete_artist::DeleteArtist;
use delete_track::DeleteTrack;
use discard_uploads::DiscardUploads;
use edit_error::EditError;
use find_artwork::FindArtwork;
use follow_track::FollowTrack;
use issue_ticket::IssueTicket;
use list_catalog::ListCatalog;
use list_reviews::ListReviews;
use look_up::LookUp;
use on_media_report::{OnMediaReport, Written};
use personal_catalog::PersonalCatalog;
use ports::{AlbumRepository, ArtistRepository, FingerprintIndex, GenreRepository, ReviewRepository, TrackRepository, UploadRepository, UploadTokens};
use publish_track::PublishTrack;
use receive_upload::ReceiveUpload;
use request_artwork_upload::RequestArtworkUpload;
use request_track_upload::RequestTrackUpload;
use screen_recording::ScreenRecording;
use unpublish_track::UnpublishTrack;
use update_album::UpdateAlbum;
use update_artist::UpdateArtist;
use update_track::UpdateTrack;
use upload_artwork::UploadArtwork;

/// How often a change is tried that another change of the same thing came before.
const ATTEMPTS: u32 = 5;

/// Whether trying again may help.
const fn lost_race(error: &EditError, attempt: u32) -> bool {
    matches!(error, EditError::Changed) && attempt < ATTEMPTS
}

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Artists.
    pub artists: Arc<dyn ArtistRepository>,
    /// Albums.
    pub albums: Arc<dyn AlbumRepository>,
    /// Tracks.
    pub tracks: Arc<dyn TrackRepository>,
    /// Genres.
    pub genres: Arc<dyn GenreRepository>,
    /// Which recordings are known.
    pub fingerprints: Arc<dyn FingerprintIndex>,
    /// Recordings that sound like another.
    pub reviews: Arc<dyn ReviewRepository>,
    /// Uploads.
    pub uploads: Arc<dyn UploadRepository>,
    /// The secrets of upload addresses.
    pub upload_tokens: Arc<dyn UploadTokens>,
    /// Files.
    pub blobs: Arc<dyn ObjectStore>,
    /// Where others' facts are heard.
    pub bus: Arc<dyn EventBus>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: IdGenerator,
    /// Envelopes for facts.
    pub events: EventFactory,
    /// The limits of uploads.
    pub limits: UploadLimits,
}

/// The limits of uploads.
#[derive(Debug, Clone)]
pub struct UploadLimits {
    /// The largest recording in bytes.
    pub max_recording_bytes: u64,
    /// The largest picture in bytes.
    pub max_artwork_bytes: u64,
    /// How long an upload address works.
    pub life: Duration,
    /// What clients' addresses begin with, without a slash at the end.
    pub public_url: String,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// Make an artist.
    pub create_artist: CreateArtist,
    /// Edit an artist.
    pub update_artist: UpdateArtist,
    /// Remove an artist.
    pub delete_artist: DeleteArtist,
    /// Make an album.
    pub create_album: CreateAlbum,
    /// Edit an album.
    pub update_album: UpdateAlbum,
    /// Remove an album.
    pub delete_album: DeleteAlbum,
    /// Make a track.
    pub create_track: CreateTrack,
    /// Edit a track.
    pub update_track: UpdateTrack,
    /// Remove a track.
    pub delete_track: DeleteTrack,
    /// Open a track to everybody.
    pub publish_track: PublishTrack,
    /// Close it.
    pub unpublish_track: UnpublishTrack,
    /// Decide on a recording that is known already.
    pub decide_review: DecideReview,
    /// List those that wait for a decision.
    pub list_reviews: ListReviews,
    /// Ask for an address to send a recording to.
    pub request_track_upload: RequestTrackUpload,
    /// Make a received recording a track's sound.
    pub complete_track_upload: CompleteTrackUpload,
    /// Ask for an address to send a picture to.
    pub request_artwork_upload: RequestArtworkUpload,
    /// Make a received picture an artist's or album's.
    pub complete_artwork_upload: CompleteArtworkUpload,
    /// Both at once, for a small one.
    pub upload_artwork: UploadArtwork,
    /// Take a file's bytes.
    pub receive_upload: ReceiveUpload,
    /// Forget what nobody needs.
    pub discard_uploads: DiscardUploads,
    /// Show a picture.
    pub find_artwork: FindArtwork,
    /// Find by id.
    pub look_up: LookUp,
    /// List.
    pub list_catalog: ListCatalog,
    /// Watch a track being processed.
    pub follow_track: FollowTrack,
    /// Hear the media worker.
    pub on_media_report: Arc<OnMediaReport>,
    /// What is kept of one person.
    pub personal_catalog: PersonalCatalog,
}

impl UseCases {
    /// All use cases on `ports`.
    #[must_use]
    pub fn new(ports: &Ports) -> Self {
        let Ports { artists, albums, tracks, genres, fingerprints, reviews, uploads, upload_tokens, blobs, bus, clock, ids, events, limits } = ports.clone();
        let look_up = LookUp { artists: artists.clone(), albums: albums.clone(), tracks: tracks.clone(), genres: genres.clone(), reviews: reviews.clone() };
        let discard_uploads = DiscardUploads { uploads: uploads.clone(), blobs: blobs.clone(), clock: clock.clone(), grace: limits.life };
        let issue_ticket = IssueTicket {
            uploads: uploads.clone(),
            tokens: upload_tokens.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            life: limits.life,
            public_url: limits.public_url.clone(),
        };
        let request_artwork_upload = RequestArtworkUpload { look_up: look_up.clone(), issue_ticket: issue_ticket.clone(), max_bytes: limits.max_artwork_bytes };
        let complete_artwork_upload = CompleteArtworkUpload { uploads: uploads.clone(), look_up: look_up.clone(), discard_uploads: discard_uploads.clone() };
        let receive_upload = ReceiveUpload { uploads: uploads.clone(), tokens: upload_tokens, blobs: blobs.clone(), clock: clock.clone() };
        let written = Written::default();
        let screen_recording = ScreenRecording { index: fingerprints, clock: clock.clone(), ids: ids.clone() };
        let on_media_report = OnMediaReport { tracks: tracks.clone(), screen_recording, events: events.clone(), written: written.clone() };
        let delete_artist = DeleteArtist {
            artists: artists.clone(),
            albums: albums.clone(),
            tracks: tracks.clone(),
            look_up: look_up.clone(),
            discard_uploads: discard_uploads.clone(),
            events: events.clone(),
        };
        Self {
            decide_review: DecideReview { reviews: reviews.clone(), tracks: tracks.clone(), clock: clock.clone(), events: events.clone() },
            list_reviews: ListReviews { reviews: reviews.clone() },
            create_artist: CreateArtist { artists: artists.clone(), clock: clock.clone(), ids: ids.clone(), events: events.clone() },
            update_artist: UpdateArtist { artists: artists.clone(), look_up: look_up.clone(), events: events.clone() },
            personal_catalog: PersonalCatalog {
                artists: artists.clone(),
                albums: albums.clone(),
                tracks: tracks.clone(),
                uploads: uploads.clone(),
                reviews: reviews.clone(),
                delete_artist: delete_artist.clone(),
            },
            delete_artist,
            create_album: CreateAlbum { albums: albums.clone(), look_up: look_up.clone(), clock: clock.clone(), ids: ids.clone(), events: events.clone() },
            update_album: UpdateAlbum { albums: albums.clone(), look_up: look_up.clone(), events: events.clone() },
            delete_album: DeleteAlbum {
                albums: albums.clone(),
                tracks: tracks.clone(),
                look_up: look_up.clone(),
                discard_uploads: discard_uploads.clone(),
                events: events.clone(),
            },
            create_track: CreateTrack {
                tracks: tracks.clone(),
                genres: genres.clone(),
                look_up: look_up.clone(),
                clock: clock.clone(),
                ids,
                events: events.clone(),
            },
            update_track: UpdateTrack { tracks: tracks.clone(), genres, look_up: look_up.clone(), events: events.clone() },
            delete_track: DeleteTrack { tracks: tracks.clone(), look_up: look_up.clone(), discard_uploads: discard_uploads.clone(), events: events.clone() },
            publish_track: PublishTrack { tracks: tracks.clone(), look_up: look_up.clone(), clock: clock.clone(), events: events.clone() },
            unpublish_track: UnpublishTrack { tracks: tracks.clone(), look_up: look_up.clone(), events: events.clone() },
            request_track_upload: RequestTrackUpload { look_up: look_up.clone(), issue_ticket, max_bytes: limits.max_recording_bytes },
            complete_track_upload: CompleteTrackUpload { uploads: uploads.clone(), look_up: look_up.clone(), discard_uploads: discard_uploads.clone(), events },
            upload_artwork: UploadArtwork {
                request: request_artwork_upload.clone(),
                receive: receive_upload.clone(),
                complete: complete_artwork_upload.clone(),
            },
            request_artwork_upload,
            complete_artwork_upload,
            receive_upload,
            discard_uploads,
            find_artwork: FindArtwork { uploads, blobs, public_url: limits.public_url },
            list_catalog: ListCatalog { artists, albums, tracks: tracks.clone() },
            follow_track: FollowTrack { tracks, bus, written },
            on_media_report: Arc::new(on_media_report),
            look_up,
        }
    }
}
