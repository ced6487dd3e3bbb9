//! Changing. Every mutation is for signed-in viewers; the use cases decide who else may not.

use async_graphql::{Context, Error, ID, Object};
use platform::authenticated::authenticated;
use platform::graphql::{graphql_error, parse_id, viewer};

use super::album::Album;
use super::artist::Artist;
use super::entity::Artwork;
use super::object::{
    CreateAlbumInput, CreateArtistInput, CreateTrackInput, RequestArtworkUploadInput, RequestTrackUploadInput, UpdateAlbumInput, UpdateArtistInput,
    UpdateTrackInput, UploadArtworkInput, UploadTicket,
};
use super::review::RecordingReview;
use super::track::Track;
use super::use_cases;
use crate::application::decide_review::Verdict;

pub(super) struct Mutation;

#[Object]
impl Mutation {
    /// Makes an artist of the viewer's, who must be an ARTIST: see becomeArtist.
    #[graphql(directive = authenticated::apply())]
    async fn create_artist(&self, context: &Context<'_>, #[graphql(desc = "The artist.")] input: CreateArtistInput) -> Result<Artist, Error> {
        use_cases(context).create_artist.run(viewer(context), &input.into()).await.map(Artist).map_err(|error| graphql_error(&error))
    }

    /// Edits an artist.
    #[graphql(directive = authenticated::apply())]
    async fn update_artist(&self, context: &Context<'_>, #[graphql(desc = "The change.")] input: UpdateArtistInput) -> Result<Artist, Error> {
        let id = parse_id("id", &input.id)?;
        use_cases(context).update_artist.run(viewer(context), id, input.into()).await.map(Artist).map_err(|error| graphql_error(&error))
    }

    /// Removes an artist with all its albums, tracks and files. Returns its id.
    #[graphql(directive = authenticated::apply())]
    async fn delete_artist(&self, context: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<ID, Error> {
        let artist_id = parse_id("id", &id)?;
        use_cases(context).delete_artist.run(viewer(context), artist_id).await.map_err(|error| graphql_error(&error))?;
        Ok(id)
    }

    /// Makes an album.
    #[graphql(directive = authenticated::apply())]
    async fn create_album(&self, context: &Context<'_>, #[graphql(desc = "The album.")] input: CreateAlbumInput) -> Result<Album, Error> {
        use_cases(context).create_album.run(viewer(context), &input.try_into()?).await.map(Album).map_err(|error| graphql_error(&error))
    }

    /// Edits an album.
    #[graphql(directive = authenticated::apply())]
    async fn update_album(&self, context: &Context<'_>, #[graphql(desc = "The change.")] input: UpdateAlbumInput) -> Result<Album, Error> {
        let id = parse_id("id", &input.id)?;
        use_cases(context).update_album.run(viewer(context), id, input.into()).await.map(Album).map_err(|error| graphql_error(&error))
    }

    /// Removes an album with all its tracks and files. Returns its id.
    #[graphql(directive = authenticated::apply())]
    async fn delete_album(&self, context: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<ID, Error> {
        let album_id = parse_id("id", &id)?;
        use_cases(context).delete_album.run(viewer(context), album_id).await.map_err(|error| graphql_error(&error))?;
        Ok(id)
    }

    /// Makes a track, without sound yet.
    #[graphql(directive = authenticated::apply())]
    async fn create_track(&self, context: &Context<'_>, #[graphql(desc = "The track.")] input: CreateTrackInput) -> Result<Track, Error> {
        use_cases(context).create_track.run(viewer(context), &input.try_into()?).await.map(Track).map_err(|error| graphql_error(&error))
    }

    /// Edits what is said of a track.
    #[graphql(directive = authenticated::apply())]
    async fn update_track(&self, context: &Context<'_>, #[graphql(desc = "The change.")] input: UpdateTrackInput) -> Result<Track, Error> {
        let id = parse_id("id", &input.id)?;
        use_cases(context).update_track.run(viewer(context), id, &input.try_into()?).await.map(Track).map_err(|error| graphql_error(&error))
    }

    /// Removes a track with its files, whatever its state. Returns its id.
    #[graphql(directive = authenticated::apply())]
    async fn delete_track(&self, context: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<ID, Error> {
        let track_id = parse_id("id", &id)?;
        use_cases(context).delete_track.run(viewer(context), track_id).await.map_err(|error| graphql_error(&error))?;
        Ok(id)
    }

    /// Opens a READY track to everybody. One that is HELD is opened as soon as an admin allows it.
    #[graphql(directive = authenticated::apply())]
    async fn publish_track(&self, context: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Track, Error> {
        let id = parse_id("id", &id)?;
        use_cases(context).publish_track.run(viewer(context), id).await.map(Track).map_err(|error| graphql_error(&error))
    }

    /// Closes a PUBLISHED track to everybody but its owner; it is READY then. One that is HELD is not opened when it is allowed.
    #[graphql(directive = authenticated::apply())]
    async fn unpublish_track(&self, context: &Context<'_>, #[graphql(desc = "Which.")] id: ID) -> Result<Track, Error> {
        let id = parse_id("id", &id)?;
        use_cases(context).unpublish_track.run(viewer(context), id).await.map(Track).map_err(|error| graphql_error(&error))
    }

    /// Decides that a recording that sounds like another may be published, which it is at once where its owner wanted that; also after it
    /// was rejected. For admins.
    #[graphql(directive = authenticated::apply())]
    async fn allow_recording(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The review.")] review_id: ID,
        #[graphql(desc = "Words to its owner, at most 500 characters.")] reason: Option<String>,
    ) -> Result<RecordingReview, Error> {
        decide(context, &review_id, Verdict::Allow, reason.as_deref()).await
    }

    /// Decides that a recording that sounds like another may not be published. For admins.
    #[graphql(directive = authenticated::apply())]
    async fn reject_recording(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The review.")] review_id: ID,
        #[graphql(desc = "Why, for its owner: 1 to 500 characters.")] reason: String,
    ) -> Result<RecordingReview, Error> {
        decide(context, &review_id, Verdict::Reject, Some(&reason)).await
    }

    /// Asks for an address to send a recording to. Not for a track that is PROCESSING or PUBLISHED.
    #[graphql(directive = authenticated::apply())]
    async fn request_track_upload(&self, context: &Context<'_>, #[graphql(desc = "The file.")] input: RequestTrackUploadInput) -> Result<UploadTicket, Error> {
        let ticket = use_cases(context).request_track_upload.run(viewer(context), &input.try_into()?).await;
        ticket.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes a sent recording the track's sound, in place of any earlier one, and has it processed: see trackProcessing. Doing it
    /// again changes nothing. While another upload of the track is processed it is a conflict.
    #[graphql(directive = authenticated::apply())]
    async fn complete_track_upload(&self, context: &Context<'_>, #[graphql(desc = "The ticket's upload.")] upload_id: ID) -> Result<Track, Error> {
        let id = parse_id("uploadId", &upload_id)?;
        use_cases(context).complete_track_upload.run(viewer(context), id).await.map(Track).map_err(|error| graphql_error(&error))
    }

    /// Asks for an address to send a picture to.
    #[graphql(directive = authenticated::apply())]
    async fn request_artwork_upload(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The file.")] input: RequestArtworkUploadInput,
    ) -> Result<UploadTicket, Error> {
        let ticket = use_cases(context).request_artwork_upload.run(viewer(context), &input.try_into()?).await;
        ticket.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes a small picture the artist's or album's in one request, in place of any earlier one. For larger ones see
    /// requestArtworkUpload.
    #[graphql(directive = authenticated::apply())]
    async fn upload_artwork(&self, context: &Context<'_>, #[graphql(desc = "The picture.")] input: UploadArtworkInput) -> Result<Artwork, Error> {
        let artwork = use_cases(context).upload_artwork.run(viewer(context), input.try_into()?).await;
        artwork.map(Artwork).map_err(|error| graphql_error(&error))
    }

    /// Makes a sent picture the artist's or album's, in place of any earlier one. Doing it again changes nothing.
    #[graphql(directive = authenticated::apply())]
    async fn complete_artwork_upload(&self, context: &Context<'_>, #[graphql(desc = "The ticket's upload.")] upload_id: ID) -> Result<Artwork, Error> {
        let id = parse_id("uploadId", &upload_id)?;
        use_cases(context).complete_artwork_upload.run(viewer(context), id).await.map(Artwork).map_err(|error| graphql_error(&error))
    }
}

async fn decide(context: &Context<'_>, review_id: &ID, verdict: Verdict, reason: Option<&str>) -> Result<RecordingReview, Error> {
    let id = parse_id("reviewId", review_id)?;
    use_cases(context).decide_review.run(viewer(context), id, verdict, reason).await.map(RecordingReview).map_err(|error| graphql_error(&error))
}
