//! Musical genres: one list for all contexts and all installations.

use crate::id::{GenreId, Id};

/// A musical genre. Its id is its line in [`GENRES`], so lines are added at the end and never removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genre {
    /// Its name in filters and inputs: lower case letters and hyphens.
    pub slug: &'static str,
    /// Its name for people.
    pub name: &'static str,
    line: u128,
}

/// What the ids begin with: a UUIDv7 that no clock will give again.
const FIRST_ID: u128 = 0x0000_0000_0000_7000_8000_0000_0000_0001;

/// Slug and name, in the order of the ids.
const NAMES: [(&str, &str); 54] = [
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

/// All there are.
pub const GENRES: [Genre; NAMES.len()] = {
    let mut genres = [Genre { slug: "", name: "", line: 0 }; NAMES.len()];
    let mut line = 0;
    while line < NAMES.len() {
        let (slug, name) = NAMES[line];
        genres[line] = Genre { slug, name, line: line as u128 };
        line += 1;
    }
    genres
};

impl Genre {
    /// Its id: the same in every installation.
    pub const fn id(&self) -> GenreId {
        Id::from_uuid(uuid::Uuid::from_u128(FIRST_ID + self.line))
    }

    /// The genre of that slug.
    pub fn by_slug(slug: &str) -> Option<Self> {
        GENRES.into_iter().find(|genre| genre.slug == slug)
    }

    /// The genre of that id.
    pub fn by_id(id: GenreId) -> Option<Self> {
        GENRES.into_iter().find(|genre| genre.id() == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_genre_is_found_by_slug_and_by_the_id_it_always_had() {
        let jazz = Genre::by_slug("jazz").unwrap();
        assert_eq!((jazz.name, Genre::by_id(jazz.id())), ("Jazz", Some(jazz)));
        assert_eq!(GENRES[0].id().uuid().as_u128(), FIRST_ID);
        assert_eq!(Genre::by_slug("jaz"), None);
    }
}
