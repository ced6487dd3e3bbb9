//! Grant tokens: the grant and the installation's signature of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::DateTime;
use kernel::Id;
use platform::signature::SignatureKey;
use uuid::Uuid;

use crate::application::ports::GrantTokens;
use crate::domain::grant::{Grant, Purpose};

/// The number grows with the layout: nobody reads what another one wrote.
const PURPOSE: &str = "polyphony playback media address 2";
const UUID_BYTES: usize = 16;
const TIME_BYTES: usize = 8;
/// The id, the track, the ladder, the purpose, and since when in milliseconds since 1970, big-endian.
const GRANT_BYTES: usize = 3 * UUID_BYTES + 1 + TIME_BYTES;

/// [`GrantTokens`] from a secret that the services of an installation share.
pub struct HmacGrantTokens {
    key: SignatureKey,
}

impl HmacGrantTokens {
    /// Tokens derived from `secret`.
    pub fn new(secret: &str) -> Self {
        Self { key: SignatureKey::derive(secret, PURPOSE) }
    }
}

impl GrantTokens for HmacGrantTokens {
    fn issue(&self, grant: &Grant) -> String {
        let mut bytes = Vec::with_capacity(2 * GRANT_BYTES);
        for uuid in [grant.id.uuid(), grant.track_id.uuid(), grant.ladder_id.uuid()] {
            bytes.extend_from_slice(uuid.as_bytes());
        }
        bytes.push(match grant.purpose {
            Purpose::Stream => 0,
            Purpose::Download => 1,
        });
        bytes.extend_from_slice(&grant.issued_at.timestamp_millis().to_be_bytes());
        let signature = self.key.sign(&bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn verify(&self, token: &str) -> Option<Grant> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (grant, signature) = bytes.split_first_chunk::<GRANT_BYTES>()?;
        if !self.key.verify(grant, signature) {
            return None;
        }
        let (id, rest) = grant.split_first_chunk()?;
        let (track_id, rest) = rest.split_first_chunk()?;
        let (ladder_id, rest) = rest.split_first_chunk()?;
        let (purpose, issued_at) = rest.split_first()?;
        Some(Grant {
            id: Id::from_uuid(Uuid::from_bytes(*id)),
            track_id: Id::from_uuid(Uuid::from_bytes(*track_id)),
            ladder_id: Id::from_uuid(Uuid::from_bytes(*ladder_id)),
            purpose: match purpose {
                0 => Purpose::Stream,
                1 => Purpose::Download,
                _ => return None,
            },
            issued_at: DateTime::from_timestamp_millis(i64::from_be_bytes(issued_at.try_into().ok()?))?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grant(purpose: Purpose) -> Grant {
        let [id, track_id, ladder_id] = [7, 8, 9].map(Uuid::from_u128);
        let issued_at = DateTime::from_timestamp_millis(1_795_996_800_123).unwrap();
        Grant { id: Id::from_uuid(id), track_id: Id::from_uuid(track_id), ladder_id: Id::from_uuid(ladder_id), purpose, issued_at }
    }

    #[test]
    fn a_token_is_its_grant() {
        let tokens = HmacGrantTokens::new("secret");
        for purpose in [Purpose::Stream, Purpose::Download] {
            assert_eq!(tokens.verify(&tokens.issue(&grant(purpose))), Some(grant(purpose)));
        }
    }

    #[test]
    fn no_character_of_a_token_can_be_changed() {
        let tokens = HmacGrantTokens::new("secret");
        let token = tokens.issue(&grant(Purpose::Stream));
        assert_eq!(HmacGrantTokens::new("other").verify(&token), None);
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(tokens.verify(&String::from_utf8(altered).unwrap()), None, "{at}");
        }
        for other in ["", "A", &token[..20], &token[1..], &format!("{token}A")] {
            assert_eq!(tokens.verify(other), None);
        }
    }
}
