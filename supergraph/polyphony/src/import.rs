//! `polyphony import FOLDER`: brings a folder of music into a running Polyphony, as a client of its public endpoint.
//!
//! Safe to stop and to run again: a track that is there is not made again, one that lacks its sound gets it, and one that is
//! done is left alone.

mod client;
mod cover;
mod genre;
mod live;
mod place;
mod processing;
mod progress;
mod scan;
mod tags;
mod upload;

use std::fmt;
use std::path::PathBuf;

use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::{Value, json};
use url::Url;

use client::{Client, ClientError};
use place::Places;
use progress::{Progress, Share};
use tags::Recording;
use upload::UploadError;

pub use scan::Refused;

/// What to import, where to, and as whom.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    /// The folder; all below it is searched.
    pub folder: PathBuf,
    /// The GraphQL endpoint.
    pub endpoint: Url,
    /// The account, which becomes an artist's if it is not.
    pub username: String,
    /// Its password.
    pub password: String,
    /// Whether READY tracks are opened to everybody.
    pub publish: bool,
    /// Files in hand at the same time; at least 1.
    pub jobs: usize,
}

/// The import could not begin, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// There is no such folder.
    #[error("{} is not a folder", .0.display())]
    NotAFolder(PathBuf),
    /// Nobody could sign in.
    #[error("cannot sign in at {endpoint}")]
    SignIn {
        /// Where.
        endpoint: Url,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The folder could not be searched.
    #[error("the search of the folder was interrupted")]
    Interrupted,
    /// The endpoint went away in the middle.
    #[error("stopped after {imported} imported files; run the import again to go on")]
    Lost {
        /// Files that became tracks before.
        imported: usize,
        /// What was seen of it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What became of the folder's files.
#[derive(Debug, Default)]
pub struct ImportSummary {
    /// Files that became tracks now.
    pub imported: usize,
    /// Files whose tracks were done before.
    pub present: usize,
    /// Files that do not claim to be audio.
    pub passed_over: usize,
    /// Albums that got a cover now.
    pub covers: usize,
    /// Files that were not imported, and why.
    pub refused: Vec<Refused>,
    /// Titles of albums whose cover was not taken, and why. Their tracks do without.
    pub covers_refused: Vec<(String, String)>,
}

impl ImportSummary {
    /// Whether every audio file is a track now.
    pub const fn is_complete(&self) -> bool {
        self.refused.is_empty()
    }
}

impl fmt::Display for ImportSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { imported, present, passed_over, covers, refused, covers_refused } = self;
        writeln!(f, "{imported} imported, {present} already there, {} refused, {passed_over} other files passed over, {covers} covers added", refused.len())?;
        covers_refused.iter().try_for_each(|(album, reason)| writeln!(f, "cover of {album} not taken: {reason}"))?;
        refused.iter().try_for_each(|file| writeln!(f, "refused: {}: {}", file.path.display(), file.reason))
    }
}

/// Why one file did not become a track.
#[derive(Debug, thiserror::Error)]
enum FileError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error(transparent)]
    Upload(#[from] UploadError),
    #[error("{0}")]
    Processing(String),
    #[error("its processing does not move: run the import again later")]
    Stuck,
}

enum Outcome {
    Imported,
    Present,
}

/// Imports the folder.
pub async fn run(options: ImportOptions) -> Result<ImportSummary, ImportError> {
    if !options.folder.is_dir() {
        return Err(ImportError::NotAFolder(options.folder));
    }
    let refused = |source: ClientError| ImportError::SignIn { endpoint: options.endpoint.clone(), source: source.into() };
    let client = sign_in(&options).await.map_err(refused)?;
    let places = Places::new(&client).await.map_err(refused)?;
    let (progress, folder) = (Progress::searching(), options.folder.clone());
    let (progress, found) = tokio::task::spawn_blocking(move || {
        let found = scan::scan(&folder, || progress.found());
        (progress, found)
    })
    .await
    .map_err(|_| ImportError::Interrupted)?;

    let mut summary = ImportSummary { passed_over: found.passed_over, refused: found.refused, ..ImportSummary::default() };
    progress.begin(found.recordings.iter().map(|recording| recording.size_bytes).sum());
    let importer = Importer { client: &client, places: &places, progress: &progress, publish: options.publish };
    let (importer, jobs) = (&importer, options.jobs.max(1));
    let mut outcomes = futures::stream::iter(found.recordings)
        .map(|recording| async move {
            let outcome = importer.import(&recording).await;
            (recording, outcome)
        })
        .buffer_unordered(jobs);
    while let Some((recording, outcome)) = outcomes.next().await {
        let word = match outcome {
            Ok(Outcome::Imported) => {
                summary.imported += 1;
                "imported"
            }
            Ok(Outcome::Present) => {
                summary.present += 1;
                "present"
            }
            Err(FileError::Client(lost @ ClientError::Unreachable(_)) | FileError::Upload(UploadError::Client(lost @ ClientError::Unreachable(_)))) => {
                progress.end();
                return Err(ImportError::Lost { imported: summary.imported, source: lost.into() });
            }
            Err(error) => {
                summary.refused.push(Refused { path: recording.path.clone(), reason: told(&error) });
                "refused"
            }
        };
        progress.finished(&recording.path, word);
    }
    drop(outcomes);
    progress.end();
    let covers = places.into_covers();
    (summary.covers, summary.covers_refused) = (covers.added, covers.refused);
    summary.refused.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(summary)
}

async fn sign_in(options: &ImportOptions) -> Result<Client, ClientError> {
    #[derive(Deserialize)]
    struct Viewer {
        role: String,
    }
    let client = Client::sign_in(options.endpoint.clone(), &options.username, &options.password).await?;
    let viewer: Viewer = client.run("query ImportViewer { viewer { role } }", "viewer", json!({})).await?;
    if viewer.role == "USER" {
        client.become_artist().await?;
    }
    Ok(client)
}

struct Importer<'i> {
    client: &'i Client,
    places: &'i Places<'i>,
    progress: &'i Progress,
    publish: bool,
}

impl Importer<'_> {
    async fn import(&self, recording: &Recording) -> Result<Outcome, FileError> {
        let share = self.progress.share(&recording.path, recording.size_bytes);
        share.at(0);
        let outcome = self.bring(recording, &share).await;
        match outcome {
            Ok(Outcome::Imported) => share.at(100),
            Ok(Outcome::Present) | Err(_) => share.drop_rest(),
        }
        outcome
    }

    /// Goes on from where the track is, whoever brought it there.
    async fn bring(&self, recording: &Recording, share: &Share) -> Result<Outcome, FileError> {
        let mut track = self.places.track(recording).await?;
        let is_done = |state: &str| state == "PUBLISHED" || (state == "READY" && !self.publish);
        if is_done(&track.state) {
            return Ok(Outcome::Present);
        }
        if track.lacks_sound() {
            track = match upload::send_recording(self.client, &track.id, recording).await {
                // Another run's upload was faster.
                Err(UploadError::Client(error)) if error.is("CONFLICT") => self.places.look(&track.id).await?,
                sent => sent?,
            };
        }
        let track = processing::ended(self.client, self.places, track, share).await?.ok_or(FileError::Stuck)?;
        match track.state.as_str() {
            state if is_done(state) => {}
            "READY" => self.publish(&track.id).await?,
            "HELD" => {
                if self.publish {
                    self.publish(&track.id).await?;
                }
                return Err(FileError::Processing("sounds like a recording that is known already: an admin has to allow it".into()));
            }
            "REJECTED" => return Err(FileError::Processing("may not be published: an admin has rejected the recording".into())),
            _ => return Err(FileError::Processing(track.failure_reason.unwrap_or_else(|| "could not be processed".into()))),
        }
        Ok(Outcome::Imported)
    }

    async fn publish(&self, track_id: &str) -> Result<(), ClientError> {
        let document = "mutation ImportPublish($id: ID!) { publishTrack(id: $id) { state } }";
        match self.client.run::<Value>(document, "publishTrack", json!({ "id": track_id })).await {
            // Published meanwhile: by another run, or by a request of ours whose answer was lost.
            Err(error) if error.is("CONFLICT") && self.places.look(track_id).await?.state == "PUBLISHED" => Ok(()),
            published => published.map(|_| ()),
        }
    }
}

/// An error and its causes in one sentence.
fn told(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
