//! `polyphony import`.

use std::collections::BTreeSet;
use std::path::PathBuf;

use cucumber::gherkin::Step;
use cucumber::{given, then, when};
use reqwest::StatusCode;
use serde_json::Value;
use tests::{eventually, recording};

use crate::journey::Journey;
use crate::people::{register, text};

const ALL: &str = "query { tracks(first: 100) { nodes { title trackNumber state artist { name } album { title } stream { url } } } }";

/// A folder, and the tags of what is in it.
#[derive(Debug, Default)]
pub(crate) struct Music {
    folder: PathBuf,
    /// Artist, album, title, number.
    tracks: BTreeSet<[String; 4]>,
}

#[given("a folder of music:")]
async fn folder(journey: &mut Journey, step: &Step) {
    let mut music = Music { folder: journey.installation.scratch().join("music"), tracks: BTreeSet::new() };
    let table = step.table.as_ref().expect("a table of the folder's files");
    for row in table.rows.iter().skip(1) {
        let [file, artist, album, title, number] = row.as_slice() else { panic!("file, artist, album, title and number: {row:?}") };
        let file = music.folder.join(file);
        std::fs::create_dir_all(file.parent().expect("below the folder")).expect("a folder can be made");
        recording::write_tagged(&file, 2, &[("artist", artist), ("album", album), ("title", title), ("track", number)]).await;
        music.tracks.insert([artist.clone(), album.clone(), title.clone(), number.clone()]);
    }
    journey.music = Some(music);
}

#[given(expr = "in it a text called {string}")]
async fn text_file(journey: &mut Journey, file: String) {
    let folder = &journey.music.as_ref().expect("a folder of music").folder;
    std::fs::write(folder.join(file), recording::Recording::text().bytes).expect("a file can be written");
}

#[when("the folder is imported")]
async fn import(journey: &mut Journey) {
    let folder = journey.music.as_ref().expect("a folder of music").folder.clone();
    let endpoint = format!("{}/graphql", journey.polyphony().url());
    let arguments = ["import".as_ref(), folder.as_os_str(), "--endpoint".as_ref(), endpoint.as_ref()];
    journey.imported = Some(journey.installation.run(&arguments).await);
}

#[then(expr = "the import ends with exit code {int}")]
async fn ends_with(journey: &mut Journey, code: i32) {
    let output = journey.imported.as_ref().expect("something was imported");
    assert_eq!(output.status.code(), Some(code), "{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
}

#[then(expr = "the import ends with exit code {int} and names {string} with a reason")]
async fn names(journey: &mut Journey, code: i32, file: String) {
    ends_with(journey, code).await;
    let summary = String::from_utf8_lossy(&journey.imported.as_ref().expect("something was imported").stdout).into_owned();
    let line = summary.lines().find(|line| line.contains(&file)).unwrap_or_else(|| panic!("{file} is not named:\n{summary}"));
    let (_, reason) = line.split_once(&file).expect("the line names it");
    assert!(reason.split_whitespace().count() >= 3, "no reason: {line}");
}

#[then("everybody finds exactly the music of the folder, ready to be played")]
async fn found(journey: &mut Journey) {
    if !journey.people.contains_key("Listener") {
        register(journey, "Listener".into()).await;
    }
    let expected = &journey.music.as_ref().expect("a folder of music").tracks;
    let listener = journey.person("Listener");
    let nodes = eventually("all tracks are published and have a stream", async || {
        let nodes = listener.ask(ALL, Value::Null).await["tracks"]["nodes"].take();
        let playable = |track: &&Value| track["state"] == "PUBLISHED" && track["stream"].is_object();
        let published = nodes.as_array().expect("a list of tracks").iter().filter(playable).count();
        (published >= expected.len()).then_some(nodes)
    })
    .await;
    let nodes = nodes.as_array().expect("a list of tracks");
    let found: Vec<_> = nodes
        .iter()
        .map(|track| [text(&track["artist"]["name"]), text(&track["album"]["title"]), text(&track["title"])].map(ToOwned::to_owned))
        .zip(nodes.iter().map(|track| track["trackNumber"].to_string()))
        .map(|([artist, album, title], number)| [artist, album, title, number])
        .collect();
    assert_eq!(found.len(), expected.len(), "something is there twice, or lacking: {found:#?}");
    assert_eq!(&found.into_iter().collect::<BTreeSet<_>>(), expected);
    for track in nodes {
        assert_eq!(listener.get(text(&track["stream"]["url"])).await.status(), StatusCode::OK, "{track:#}");
    }
}
