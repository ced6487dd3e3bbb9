//! Secrets that a store must give back, and a thief of the store must not: sealed with XChaCha20-Poly1305 under a key derived from
//! the installation's secret, one key a use.
//!
//! What is sealed says for what it is (its context), and opens for nothing else: a row copied to another account opens no more. The
//! secret must be kept apart from the database, and whoever changes it cannot open what was sealed before.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use kernel::Randomness;

use crate::signature::SignatureKey;

const NONCE_BYTES: usize = 24;

/// Seals and opens.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

/// The text was not sealed here, for this, or was altered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this was not sealed here, or for something else")]
pub struct NotSealed;

impl Sealer {
    /// Seals for `purpose`, a text that no other use has.
    #[expect(clippy::expect_used, reason = "a signature is as long as the cipher's key: 32 bytes")]
    pub fn new(secret: &str, purpose: &str) -> Self {
        let key = SignatureKey::derive(secret, "sealing").sign(purpose.as_bytes());
        Self { cipher: XChaCha20Poly1305::new_from_slice(&key).expect("the key has 32 bytes") }
    }

    /// `plain`, sealed for `context`; never the same twice.
    #[expect(clippy::expect_used, reason = "the cipher fails beyond 256 GiB only")]
    pub fn seal(&self, randomness: &dyn Randomness, context: &[u8], plain: &[u8]) -> String {
        // 192 random bits: no two are the same, however many are made.
        let mut nonce = [0; NONCE_BYTES];
        randomness.fill(&mut nonce);
        let sealed = self.cipher.encrypt(XNonce::from_slice(&nonce), Payload { msg: plain, aad: context }).expect("it is short");
        URL_SAFE_NO_PAD.encode([&nonce[..], &sealed].concat())
    }

    /// What was sealed for `context`.
    pub fn open(&self, context: &[u8], sealed: &str) -> Result<Vec<u8>, NotSealed> {
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| NotSealed)?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_BYTES).ok_or(NotSealed)?;
        self.cipher.decrypt(XNonce::from_slice(nonce), Payload { msg: sealed, aad: context }).map_err(|_| NotSealed)
    }
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;

    use super::*;

    #[test]
    fn what_is_sealed_opens_here_for_the_same_alone() {
        let sealer = Sealer::new("secret", "a");
        let sealed = sealer.seal(&OsRandomness, b"nina", b"plain");
        assert_eq!(sealer.open(b"nina", &sealed).unwrap(), b"plain");
        assert_ne!(sealer.seal(&OsRandomness, b"nina", b"plain"), sealed);
        assert_eq!(sealer.open(b"otis", &sealed), Err(NotSealed));
        assert_eq!(Sealer::new("secret", "b").open(b"nina", &sealed), Err(NotSealed));
        assert_eq!(Sealer::new("other", "a").open(b"nina", &sealed), Err(NotSealed));
        for text in ["", "x", &sealed[1..], &sealed[..sealed.len() - 2]] {
            assert_eq!(sealer.open(b"nina", text), Err(NotSealed));
        }
    }
}
