//! Signatures that only this installation can make: HMAC-SHA256 (RFC 2104) under a key derived from its secret, one key a use.

use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// The key of one use of the installation's secret.
#[derive(Clone)]
pub struct SignatureKey {
    keyed: Hmac<Sha256>,
}

impl SignatureKey {
    /// The key for `purpose`, a text that no other use has: what was signed for one can never pass for another.
    pub fn derive(secret: &str, purpose: &str) -> Self {
        let mut derivation = keyed(secret.as_bytes());
        derivation.update(purpose.as_bytes());
        Self { keyed: keyed(&derivation.finalize().into_bytes()) }
    }

    /// The signature of `message`: 32 bytes.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let mut code = self.keyed.clone();
        code.update(message);
        code.finalize().into_bytes().to_vec()
    }

    /// Whether `signature` is that of `message`; compares in constant time.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        let mut code = self.keyed.clone();
        code.update(message);
        code.verify_slice(signature).is_ok()
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_of_one_message_one_purpose_and_one_secret() {
        let key = SignatureKey::derive("secret", "a");
        let signature = key.sign(b"message");
        assert!(key.verify(b"message", &signature));
        assert!(!key.verify(b"massage", &signature));
        assert!(!key.verify(b"message", &signature[1..]));
        assert!(!SignatureKey::derive("secret", "b").verify(b"message", &signature));
        assert!(!SignatureKey::derive("other", "a").verify(b"message", &signature));
    }
}
