//! Table `track`.

use kernel::events::MediaLogLine;
use sea_orm::FromJsonQueryResult;
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

use crate::domain::sound;

/// Measures in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(in crate::infrastructure) struct Measures(pub(in crate::infrastructure) sound::Measures);

/// A log in one column.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, FromJsonQueryResult)]
pub(in crate::infrastructure) struct Log(pub(in crate::infrastructure) Vec<MediaLogLine>);

#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "track")]
pub(in crate::infrastructure) struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub(in crate::infrastructure) id: Uuid,
    pub(in crate::infrastructure) owner_id: Uuid,
    pub(in crate::infrastructure) artist_id: Uuid,
    pub(in crate::infrastructure) album_id: Option<Uuid>,
    pub(in crate::infrastructure) album_key: Uuid,
    pub(in crate::infrastructure) title: String,
    pub(in crate::infrastructure) title_key: String,
    pub(in crate::infrastructure) track_number: Option<i32>,
    pub(in crate::infrastructure) disc_number: i32,
    pub(in crate::infrastructure) position: i64,
    pub(in crate::infrastructure) explicit: bool,
    pub(in crate::infrastructure) isrc: Option<String>,
    pub(in crate::infrastructure) state: String,
    pub(in crate::infrastructure) percent: i32,
    pub(in crate::infrastructure) failure_reason: Option<String>,
    pub(in crate::infrastructure) duration_ms: Option<i64>,
    pub(in crate::infrastructure) loudness_lufs: Option<f64>,
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub(in crate::infrastructure) measures: Option<Measures>,
    pub(in crate::infrastructure) upload_id: Option<Uuid>,
    pub(in crate::infrastructure) uploader_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub(in crate::infrastructure) processing_log: Log,
    pub(in crate::infrastructure) created_at: DateTimeUtc,
    pub(in crate::infrastructure) published_at: Option<DateTimeUtc>,
    pub(in crate::infrastructure) publish_wanted: bool,
    pub(in crate::infrastructure) version: i32,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub(in crate::infrastructure) enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
