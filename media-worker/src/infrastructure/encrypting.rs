//! A transcoder whose ladders are encrypted. Keys are chance, made in this process and not in the one that sees hostile files; they lie
//! beside the segments, and only who may stream is given them.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use kernel::Randomness;
use kernel::events::Rendition;
use tokio::sync::watch;

use crate::application::ports::{TranscodeError, Transcoder};
use crate::domain::encryption::{Key, PADDING_BPS, encrypt_segment, key_file, with_keys};
use crate::domain::ladder::Ladder;
use crate::domain::playlist::multivariant_playlist;

/// Encrypts what another [`Transcoder`] makes.
pub struct EncryptingTranscoder {
    /// The other.
    pub inner: Arc<dyn Transcoder>,
    /// Where keys come from.
    pub randomness: Arc<dyn Randomness>,
    /// Segments of a rendition that share a key; at least 1.
    pub segments_per_key: u32,
}

#[async_trait]
impl Transcoder for EncryptingTranscoder {
    async fn embed(&self, input: &Path, progress: &watch::Sender<u8>) -> Result<Option<Vec<f32>>, TranscodeError> {
        self.inner.embed(input, progress).await
    }

    async fn transcode(&self, input: &Path, output: &Path, progress: &watch::Sender<u8>) -> Result<Ladder, TranscodeError> {
        let ladder = self.inner.transcode(input, output, progress).await?;
        let (folder, randomness, segments_per_key) = (output.to_owned(), self.randomness.clone(), self.segments_per_key);
        let encrypted = tokio::task::spawn_blocking(move || encrypt(ladder, &folder, randomness.as_ref(), segments_per_key));
        encrypted.await.map_err(|error| TranscodeError::Internal(error.to_string()))?
    }
}

/// Replaces all segments in `folder`; what cannot play encrypted segments goes.
fn encrypt(mut ladder: Ladder, folder: &Path, randomness: &dyn Randomness, segments_per_key: u32) -> Result<Ladder, TranscodeError> {
    for (listing, manifest, renditions) in [("master.m3u8", "manifest.mpd", &mut ladder.renditions), ("lossless.m3u8", "lossless.mpd", &mut ladder.lossless)] {
        if renditions.is_empty() {
            continue;
        }
        for rendition in &mut *renditions {
            encrypt_rendition(&folder.join(&rendition.name), randomness, segments_per_key)?;
            let Rendition { bandwidth_bps, average_bandwidth_bps, .. } = rendition;
            (*bandwidth_bps, *average_bandwidth_bps) = (*bandwidth_bps + PADDING_BPS, *average_bandwidth_bps + PADDING_BPS);
        }
        fs::write(folder.join(listing), multivariant_playlist(renditions, ladder.channels))?;
        fs::remove_file(folder.join(manifest))?;
    }
    ladder.dash = false;
    Ok(ladder)
}

fn encrypt_rendition(folder: &Path, randomness: &dyn Randomness, segments_per_key: u32) -> Result<(), TranscodeError> {
    let mut key = Key::default();
    for number in 0.. {
        let segment = folder.join(format!("{number}.m4s"));
        if !segment.exists() {
            break;
        }
        if number % segments_per_key.max(1) == 0 {
            randomness.fill(&mut key);
            fs::write(folder.join(key_file(number, segments_per_key)), key)?;
        }
        fs::write(&segment, encrypt_segment(&key, number, &fs::read(&segment)?))?;
    }
    let playlist = folder.join("index.m3u8");
    let text = fs::read_to_string(&playlist)?;
    Ok(fs::write(&playlist, with_keys(&text, segments_per_key))?)
}
