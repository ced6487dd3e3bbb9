//! Genres: the same list in every installation.

use sea_orm_migration::prelude::*;

/// Slug and name. A genre's id is its line, so lines are added at the end and never removed.
const GENRES: &[(&str, &str)] = &[
    ("acoustic", "Acoustic"),
    ("afrobeat", "Afrobeat"),
    ("alternative", "Alternative"),
    ("ambient", "Ambient"),
    ("blues", "Blues"),
    ("breakbeat", "Breakbeat"),
    ("chiptune", "Chiptune"),
    ("choral", "Choral"),
    ("classical", "Classical"),
    ("comedy", "Comedy"),
    ("country", "Country"),
    ("dance", "Dance"),
    ("disco", "Disco"),
    ("drone", "Drone"),
    ("drum-and-bass", "Drum and Bass"),
    ("dub", "Dub"),
    ("dubstep", "Dubstep"),
    ("easy-listening", "Easy Listening"),
    ("electronic", "Electronic"),
    ("experimental", "Experimental"),
    ("field-recording", "Field Recording"),
    ("folk", "Folk"),
    ("funk", "Funk"),
    ("game", "Game"),
    ("gospel", "Gospel"),
    ("hardcore", "Hardcore"),
    ("hip-hop", "Hip-Hop"),
    ("house", "House"),
    ("industrial", "Industrial"),
    ("instrumental", "Instrumental"),
    ("jazz", "Jazz"),
    ("latin", "Latin"),
    ("lo-fi", "Lo-Fi"),
    ("metal", "Metal"),
    ("new-age", "New Age"),
    ("noise", "Noise"),
    ("opera", "Opera"),
    ("orchestral", "Orchestral"),
    ("pop", "Pop"),
    ("post-rock", "Post-Rock"),
    ("psychedelic", "Psychedelic"),
    ("punk", "Punk"),
    ("reggae", "Reggae"),
    ("rhythm-and-blues", "Rhythm and Blues"),
    ("rock", "Rock"),
    ("ska", "Ska"),
    ("soul", "Soul"),
    ("soundtrack", "Soundtrack"),
    ("spoken-word", "Spoken Word"),
    ("synthpop", "Synthpop"),
    ("techno", "Techno"),
    ("trance", "Trance"),
    ("trip-hop", "Trip-Hop"),
    ("world", "World"),
];
/// What the ids begin with: a UUIDv7 that no clock will give again.
const FIRST_ID: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0001;

pub(super) struct CreateGenre;

impl MigrationName for CreateGenre {
    fn name(&self) -> &'static str {
        "catalog_0001_genre"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for CreateGenre {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("genre")
                    .col(ColumnDef::new("id").uuid().not_null().primary_key())
                    .col(ColumnDef::new("slug").text().not_null().unique_key())
                    .col(ColumnDef::new("name").text().not_null())
                    .to_owned(),
            )
            .await?;
        let mut insert = Query::insert();
        insert.into_table("genre").columns(["id", "slug", "name"]);
        for (place, (slug, name)) in (0_u128..).zip(GENRES) {
            insert.values_panic([uuid::Uuid::from_u128(FIRST_ID + place).into(), (*slug).into(), (*name).into()]);
        }
        manager.execute(insert).await
    }
}
