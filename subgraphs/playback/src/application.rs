//! What the context does, one use case a file.

pub mod find_ladder;
pub mod issue_downloads;
mod issue_grant;
pub mod issue_stream;
pub mod on_media_completed;
pub mod on_publication_changed;
pub mod open_media;
pub mod personal_playback;
pub mod ports;
pub mod read_waveform;

use std::sync::Arc;

use kernel::{Clock, IdGenerator};
use object_store::ObjectStore;

use crate::domain::grant::Lifetimes;
use find_ladder::FindLadder;
use issue_downloads::IssueDownloads;
use issue_grant::IssueGrant;
use issue_stream::IssueStream;
use open_media::OpenMedia;
use ports::{GrantTokens, LadderRepository, Prolongations};
use read_waveform::ReadWaveform;

/// What the use cases stand on.
#[derive(Clone)]
pub struct Ports {
    /// Ladders and publications.
    pub ladders: Arc<dyn LadderRepository>,
    /// How far use has prolonged grants.
    pub prolongations: Arc<dyn Prolongations>,
    /// The tokens of grants.
    pub tokens: Arc<dyn GrantTokens>,
    /// Files.
    pub blobs: Arc<dyn ObjectStore>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fresh ids.
    pub ids: IdGenerator,
    /// How long grants last.
    pub lifetimes: Lifetimes,
    /// What media addresses begin with.
    pub public_url: String,
}

/// Everything a resolver or a route can ask for.
pub struct UseCases {
    /// Which tracks can be streamed.
    pub find_ladder: FindLadder,
    /// Gives a listener a media address.
    pub issue_stream: IssueStream,
    /// Gives a listener addresses of files to keep.
    pub issue_downloads: IssueDownloads,
    /// Serves a media address.
    pub open_media: OpenMedia,
    /// Peaks to draw.
    pub read_waveform: ReadWaveform,
}

impl UseCases {
    /// On `ports`.
    pub fn new(ports: &Ports) -> Self {
        let issue_grant = IssueGrant {
            tokens: ports.tokens.clone(),
            clock: ports.clock.clone(),
            ids: ports.ids.clone(),
            lifetimes: ports.lifetimes,
            public_url: ports.public_url.clone(),
        };
        Self {
            find_ladder: FindLadder { ladders: ports.ladders.clone() },
            issue_stream: IssueStream { issue_grant: issue_grant.clone() },
            issue_downloads: IssueDownloads { issue_grant },
            open_media: OpenMedia {
                ladders: ports.ladders.clone(),
                prolongations: ports.prolongations.clone(),
                tokens: ports.tokens.clone(),
                clock: ports.clock.clone(),
                lifetimes: ports.lifetimes,
            },
            read_waveform: ReadWaveform { blobs: ports.blobs.clone() },
        }
    }
}
