//! Address secrets: the installation's signature of an upload and its expiry.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use kernel::id::UploadId;
use platform::signature::SignatureKey;

use crate::application::ports::UploadTokens;

const PURPOSE: &str = "polyphony catalog upload address 1";

/// [`UploadTokens`] from a secret that the services of an installation share.
pub struct HmacUploadTokens {
    key: SignatureKey,
}

impl HmacUploadTokens {
    /// Secrets derived from `secret`.
    pub fn new(secret: &str) -> Self {
        Self { key: SignatureKey::derive(secret, PURPOSE) }
    }
}

fn message(id: UploadId, expires_at: DateTime<Utc>) -> Vec<u8> {
    let mut message = id.uuid().as_bytes().to_vec();
    message.extend(expires_at.timestamp_micros().to_be_bytes());
    message
}

impl UploadTokens for HmacUploadTokens {
    fn issue(&self, id: UploadId, expires_at: DateTime<Utc>) -> String {
        URL_SAFE_NO_PAD.encode(self.key.sign(&message(id, expires_at)))
    }

    fn verify(&self, token: &str, id: UploadId, expires_at: DateTime<Utc>) -> bool {
        URL_SAFE_NO_PAD.decode(token).is_ok_and(|signature| self.key.verify(&message(id, expires_at), &signature))
    }
}

#[cfg(test)]
mod tests {
    use kernel::Id;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_token_is_for_one_upload_one_expiry_and_one_secret() {
        let tokens = HmacUploadTokens::new("secret");
        let (id, other) = (Id::from_uuid(Uuid::from_u128(1)), Id::from_uuid(Uuid::from_u128(2)));
        let at = DateTime::UNIX_EPOCH;
        let token = tokens.issue(id, at);
        assert!(tokens.verify(&token, id, at));
        assert!(!tokens.verify(&token, other, at));
        assert!(!tokens.verify(&token, id, at + chrono::TimeDelta::microseconds(1)));
        assert!(!HmacUploadTokens::new("other").verify(&token, id, at));
        for altered in ["", &token[1..], &format!("{token}A"), &token.to_ascii_lowercase()] {
            assert!(!tokens.verify(altered, id, at), "{altered}");
        }
    }
}
