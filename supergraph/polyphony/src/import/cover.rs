//! An album's cover: the picture inside a recording, or the one beside it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use lofty::config::ParseOptions;
use lofty::file::TaggedFileExt as _;
use lofty::picture::PictureType;
use lofty::probe::Probe;

/// What people call a cover beside the music, in this order.
const NAMES: [&str; 4] = ["cover", "folder", "front", "album"];
const ENDINGS: [&str; 4] = ["jpg", "jpeg", "png", "webp"];
/// Larger files are no covers; the service has a limit of its own.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// A picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cover {
    pub(crate) media_type: &'static str,
    pub(crate) bytes: Vec<u8>,
}

impl Cover {
    /// `bytes`, if they are a picture that the service takes.
    fn of(bytes: Vec<u8>) -> Option<Self> {
        let media_type = match bytes.as_slice() {
            [0xff, 0xd8, 0xff, ..] => "image/jpeg",
            [0x89, b'P', b'N', b'G', ..] => "image/png",
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "image/webp",
            _ => return None,
        };
        Some(Self { media_type, bytes })
    }

    /// The cover that belongs to the recording at `path`.
    pub(crate) fn find(path: &Path) -> Option<Self> {
        inside(path).or_else(|| beside(path))
    }
}

fn inside(path: &Path) -> Option<Cover> {
    let options = ParseOptions::new().read_properties(false);
    let file = Probe::new(BufReader::new(File::open(path).ok()?)).options(options).guess_file_type().ok()?.read().ok()?;
    let pictures: Vec<_> = file.tags().iter().flat_map(lofty::tag::Tag::pictures).collect();
    let front = pictures.iter().find(|picture| picture.pic_type() == PictureType::CoverFront);
    front.or(pictures.first()).and_then(|picture| Cover::of(picture.data().to_vec()))
}

fn beside(path: &Path) -> Option<Cover> {
    let files: Vec<_> = std::fs::read_dir(path.parent()?).ok()?.filter_map(Result::ok).collect();
    let is = |file: &Path, name: &str| {
        let text = |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().to_lowercase()).unwrap_or_default();
        text(file.file_stem()) == name && ENDINGS.contains(&text(file.extension()).as_str())
    };
    let found = NAMES.iter().find_map(|name| files.iter().find(|file| is(&file.path(), name)))?;
    let small = found.metadata().is_ok_and(|about| about.is_file() && about.len() <= MOST_BYTES);
    small.then(|| std::fs::read(found.path()).ok()).flatten().and_then(Cover::of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_beside_the_music_is_its_cover() {
        let folder = tempfile::tempdir().unwrap();
        let (music, png) = (folder.path().join("1.ogg"), b"\x89PNG\r\n\x1a\n picture");
        assert_eq!(Cover::find(&music), None);
        std::fs::write(folder.path().join("back.png"), png).unwrap();
        std::fs::write(folder.path().join("folder.jpg"), "no picture").unwrap();
        assert_eq!(Cover::find(&music), None);
        std::fs::write(folder.path().join("Cover.PNG"), png).unwrap();
        assert_eq!(Cover::find(&music), Some(Cover { media_type: "image/png", bytes: png.to_vec() }));
    }
}
