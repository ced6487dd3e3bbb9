//! A track as a row of table `track`, and back.

use kernel::{Id, PortError};
use sea_orm::sea_query::{Expr, ExprTrait as _, Query, SelectStatement};
use sea_orm::{DbBackend, FromQueryResult, QuerySelect as _, Select, SelectModel, Selector};
use uuid::Uuid;

use super::entity::track::{Column, Entity, Log, Measures, Model};
use super::entity::track_genre;
use crate::domain::isrc::Isrc;
use crate::domain::name::Name;
use crate::domain::number::Number;
use crate::domain::sound::Sound;
use crate::domain::track::{CurrentUpload, Track};
use crate::domain::track_state::TrackState;

pub(super) fn row_of(track: &Track) -> Model {
    let failure_reason = match &track.state {
        TrackState::Failed { reason } => Some(reason.clone()),
        _ => None,
    };
    Model {
        id: track.id.uuid(),
        owner_id: track.owner_id.uuid(),
        artist_id: track.artist_id.uuid(),
        album_id: track.album_id.map(Id::uuid),
        // A unique index takes two nulls for different; tracks on no album must not have the same title either.
        album_key: track.album_id.map_or(Uuid::nil(), Id::uuid),
        title: track.title.as_str().to_owned(),
        title_key: track.title.key().to_owned(),
        track_number: track.track_number.map(|number| number.get().into()),
        disc_number: track.disc_number.get().into(),
        position: track.position(),
        explicit: track.explicit,
        isrc: track.isrc.as_ref().map(|isrc| isrc.as_str().to_owned()),
        state: track.state.name().to_owned(),
        percent: track.state.percent().into(),
        failure_reason,
        duration_ms: track.sound.map(|sound| sound.duration_ms.try_into().unwrap_or(i64::MAX)),
        loudness_lufs: track.sound.and_then(|sound| sound.loudness_lufs),
        measures: track.sound.map(|sound| Measures(sound.measures)),
        upload_id: track.upload.map(|upload| upload.id.uuid()),
        uploader_id: track.upload.map(|upload| upload.uploader_id.uuid()),
        processing_log: Log(track.processing_log.clone()),
        created_at: track.created_at,
        published_at: track.published_at,
        publish_wanted: track.state == TrackState::Held { publish_wanted: true },
        version: track.version,
    }
}

/// What is read of a track: its genres come with it, because a second statement would be a second round trip.
#[derive(FromQueryResult)]
pub(super) struct Row {
    #[sea_orm(nested)]
    track: Model,
    /// The ids of its genres in their order, in hexadecimal, between commas.
    genres: Option<String>,
}

/// Tracks as [`Row`]s.
pub(super) fn rows(query: Select<Entity>, backend: DbBackend) -> Selector<SelectModel<Row>> {
    query.expr_as(Expr::SubQuery(None, Box::new(genres(backend).into())), "genres").into_model()
}

fn genres(backend: DbBackend) -> SelectStatement {
    let list = match backend {
        DbBackend::Postgres => r#"STRING_AGG("genre_id"::TEXT, ',' ORDER BY "place")"#,
        _ => r#"GROUP_CONCAT(HEX("genre_id"), ',' ORDER BY "place")"#,
    };
    let of_the_track = Expr::col((track_genre::Entity, track_genre::Column::TrackId)).equals((Entity, Column::Id));
    Query::select().expr(Expr::cust(list)).from(track_genre::Entity).and_where(of_the_track).take()
}

pub(super) fn track_of(Row { track: row, genres }: Row) -> Result<Track, PortError> {
    let genre = |id| Uuid::parse_str(id).map(Id::from_uuid).map_err(PortError::corrupt);
    let genres = genres.iter().flat_map(|ids| ids.split(',')).map(genre).collect::<Result<_, _>>()?;
    let state = state_of(&row)?;
    let upload = match (row.upload_id, row.uploader_id) {
        (Some(id), Some(uploader_id)) => Some(CurrentUpload { id: Id::from_uuid(id), uploader_id: Id::from_uuid(uploader_id) }),
        _ => None,
    };
    let measures = row.measures.map(|Measures(measures)| measures).unwrap_or_default();
    let sound = row.duration_ms.map(|ms| Sound { duration_ms: ms.try_into().unwrap_or(0), loudness_lufs: row.loudness_lufs, measures });
    Ok(Track {
        id: Id::from_uuid(row.id),
        owner_id: Id::from_uuid(row.owner_id),
        artist_id: Id::from_uuid(row.artist_id),
        album_id: row.album_id.map(Id::from_uuid),
        title: Name::from_stored(row.title, row.title_key),
        track_number: row.track_number.map(number_of).transpose()?,
        disc_number: number_of(row.disc_number)?,
        genres,
        explicit: row.explicit,
        isrc: row.isrc.map(Isrc::from_stored),
        state,
        sound,
        upload,
        processing_log: row.processing_log.0,
        created_at: row.created_at,
        published_at: row.published_at,
        version: row.version,
    })
}

fn number_of(value: i32) -> Result<Number, PortError> {
    Number::parse("number", value).map_err(PortError::corrupt)
}

fn state_of(row: &Model) -> Result<TrackState, PortError> {
    Ok(match row.state.as_str() {
        "DRAFT" => TrackState::Draft,
        "UPLOADED" => TrackState::Uploaded,
        "PROCESSING" => TrackState::Processing { percent: row.percent.try_into().map_err(PortError::corrupt)? },
        "HELD" => TrackState::Held { publish_wanted: row.publish_wanted },
        "REJECTED" => TrackState::Rejected,
        "READY" => TrackState::Ready,
        "FAILED" => TrackState::Failed { reason: row.failure_reason.clone().unwrap_or_default() },
        "PUBLISHED" => TrackState::Published,
        other => return Err(PortError::corrupt(format!("unknown track state {other}"))),
    })
}
