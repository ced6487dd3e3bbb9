//! How loud tracks are, in table `track_loudness`: apart from the tracks, because only albums need it.

use std::collections::HashMap;

use kernel::id::{AlbumId, TrackId};
use kernel::loudness::LoudnessBin;
use kernel::{Id, PortError};
use platform::database::{Database, Transaction, store_error};
use sea_orm::{ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _};

use super::entity::track;
use super::entity::track_loudness::{self, Blocks};
use crate::domain::album_loudness::TrackLoudness;
use crate::domain::track_state::TrackState;

/// Takes the place of what was known of the track.
pub(super) async fn put(txn: &Transaction<'_>, track_id: TrackId, blocks: &[LoudnessBin]) -> Result<(), PortError> {
    remove(txn, track_id).await?;
    let row = track_loudness::Model { track_id: track_id.uuid(), blocks: Blocks(blocks.to_vec()) };
    track_loudness::Entity::insert(row.into_active_model()).exec_without_returning(&**txn).await.map_err(store_error)?;
    Ok(())
}

pub(super) async fn remove(txn: &Transaction<'_>, track_id: TrackId) -> Result<(), PortError> {
    track_loudness::Entity::delete_by_id(track_id.uuid()).exec(&**txn).await.map_err(store_error)?;
    Ok(())
}

/// Of the published tracks of each album; two statements however many.
pub(super) async fn of_albums(database: &Database, albums: &[AlbumId]) -> Result<HashMap<AlbumId, Vec<TrackLoudness>>, PortError> {
    let published = track::Entity::find()
        .filter(track::Column::AlbumId.is_in(albums.iter().map(|id| id.uuid())))
        .filter(track::Column::State.eq(TrackState::Published.name()));
    let tracks = published.all(database.read()).await.map_err(store_error)?;
    let known = track_loudness::Entity::find().filter(track_loudness::Column::TrackId.is_in(tracks.iter().map(|track| track.id)));
    let known = known.all(database.read()).await.map_err(store_error)?;
    let mut blocks: HashMap<_, _> = known.into_iter().map(|row| (row.track_id, row.blocks.0)).collect();
    let mut found: HashMap<AlbumId, Vec<TrackLoudness>> = HashMap::new();
    for track in tracks {
        let Some(album) = track.album_id.map(Id::from_uuid) else { continue };
        let blocks = blocks.remove(&track.id);
        found.entry(album).or_default().push(TrackLoudness { blocks, true_peak_dbtp: track.measures.and_then(|measures| measures.0.true_peak_dbtp) });
    }
    Ok(found)
}
