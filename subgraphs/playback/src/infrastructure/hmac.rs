//! Grant tokens: the grant's id and the installation's signature of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Id;
use kernel::id::GrantId;
use platform::signature::SignatureKey;
use uuid::Uuid;

use crate::application::ports::GrantTokens;

const PURPOSE: &str = "polyphony playback media address 1";
const ID_BYTES: usize = 16;

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
    fn issue(&self, id: GrantId) -> String {
        let mut bytes = id.uuid().into_bytes().to_vec();
        let signature = self.key.sign(&bytes);
        bytes.extend(signature);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    fn verify(&self, token: &str) -> Option<GrantId> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, signature) = bytes.split_first_chunk::<ID_BYTES>()?;
        self.key.verify(id, signature).then(|| Id::from_uuid(Uuid::from_bytes(*id)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_of_a_token_can_be_changed() {
        let tokens = HmacGrantTokens::new("secret");
        let id = Id::from_uuid(Uuid::from_u128(7));
        let token = tokens.issue(id);
        assert_eq!(tokens.verify(&token), Some(id));
        assert_eq!(HmacGrantTokens::new("other").verify(&token), None);
        for at in 0..token.len() {
            let mut altered = token.clone().into_bytes();
            altered[at] = if altered[at] == b'A' { b'B' } else { b'A' };
            assert_eq!(tokens.verify(&String::from_utf8(altered).unwrap()), None, "{at}");
        }
        for short in ["", "A", &token[..20], &token[1..]] {
            assert_eq!(tokens.verify(short), None);
        }
    }
}
