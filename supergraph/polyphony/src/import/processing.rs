//! Waits until a track is processed: live where the endpoint takes WebSockets, by asking again where something between does not.

use std::time::{Duration, Instant};

use super::client::{Client, ClientError};
use super::live;
use super::place::{Places, Track};
use super::progress::Share;

/// Pauses between two looks, when nothing is heard live.
const PAUSES: [Duration; 5] = [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(5)];
/// A connection that is silent so long may be dead: then one look tells.
const SILENCE: Duration = Duration::from_secs(60);
/// Processing that has not moved for so long is not waited for: no worker runs, or very many tracks are before this one.
const PATIENCE: Duration = Duration::from_secs(15 * 60);

/// The track once its processing has ended, well or not; nothing when it does not move any more.
pub(crate) async fn ended(client: &Client, places: &Places<'_>, mut track: Track, share: &Share) -> Result<Option<Track>, ClientError> {
    let mut moved = Instant::now();
    let mut pauses = PAUSES.into_iter().chain(std::iter::repeat(PAUSES[PAUSES.len() - 1]));
    loop {
        if !track.is_processed_now() {
            return Ok(Some(track));
        }
        if moved.elapsed() > PATIENCE {
            return Ok(None);
        }
        let token = client.access_token().await;
        let live = live::follow(client.endpoint(), &token, &track.id, |percent| {
            moved = Instant::now();
            share.at(percent);
        });
        match tokio::time::timeout(SILENCE, live).await {
            // Over, or worth a look.
            Ok(Ok(())) | Err(_) => {}
            Ok(Err(error)) => {
                tracing::debug!(track = track.id, error = &*error as &dyn std::error::Error, "the processing cannot be followed live");
                tokio::time::sleep(pauses.next().unwrap_or_default()).await;
            }
        }
        let before = std::mem::take(&mut track);
        // Renews the token, too, when that is why the connection ended.
        track = places.look(&before.id).await?;
        if track.state != before.state {
            moved = Instant::now();
        }
    }
}
