//! When which key signs. A key is published [`LEAD`] before it signs, so that whoever caches the key document knows it by
//! then, and stays published until the last token it signed has ended.

use chrono::{DateTime, Duration, Utc};

/// How long a key signs before the next takes over.
const SIGNING_LIFE: Duration = Duration::days(30);
/// Longer than the key document may be cached.
const LEAD: Duration = Duration::minutes(10);
/// What a verifier's clock may be behind.
const LEEWAY: Duration = Duration::minutes(1);

/// A key pair of the installation.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKey {
    /// Its name in tokens and in the key document (`kid`).
    pub id: String,
    /// The Ed25519 private key, PKCS#8 in PEM. Whoever reads it can sign in as anybody.
    pub private_key_pem: String,
    /// From when on it signs.
    pub signs_from: DateTime<Utc>,
    /// From when on nothing it signed is accepted.
    pub expires_at: DateTime<Utc>,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("id", &self.id).field("signs_from", &self.signs_from).field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// A key that begins to sign at `signs_from` tokens that live `token_life`.
    pub fn new(id: String, private_key_pem: String, signs_from: DateTime<Utc>, token_life: Duration) -> Self {
        Self { id, private_key_pem, signs_from, expires_at: signs_from + SIGNING_LIFE + LEAD * 2 + token_life + LEEWAY }
    }

    /// Whether tokens it signed may still be alive, or are to come.
    pub fn is_published(&self, now: DateTime<Utc>) -> bool {
        now < self.expires_at
    }

    fn may_sign(&self, now: DateTime<Utc>) -> bool {
        self.signs_from <= now && now < self.signs_from + SIGNING_LIFE + LEAD * 2
    }
}

/// The key that signs now: the newest that has begun.
pub fn signer<'key>(keys: impl IntoIterator<Item = &'key SigningKey>, now: DateTime<Utc>) -> Option<&'key SigningKey> {
    keys.into_iter().filter(|key| key.may_sign(now)).max_by(|a, b| (a.signs_from, &a.id).cmp(&(b.signs_from, &b.id)))
}

/// Whether another key is needed, and from when on it must sign.
pub fn next_signs_from<'key>(keys: impl IntoIterator<Item = &'key SigningKey>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let Some(newest) = keys.into_iter().map(|key| key.signs_from).max() else { return Some(now) };
    if now >= newest + SIGNING_LIFE + LEAD {
        // Nobody signed in for long: too late to announce it, for the old key stops before the new one would begin.
        Some(now)
    } else if now >= newest + SIGNING_LIFE - LEAD {
        Some(now + LEAD)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str, signs_from: DateTime<Utc>) -> SigningKey {
        SigningKey::new(id.into(), String::new(), signs_from, Duration::minutes(15))
    }

    #[test]
    fn somebody_signs_at_every_instant_and_is_published_as_long_as_it_matters() {
        let start = DateTime::UNIX_EPOCH;
        // However often somebody looks: every minute, or once in hours or months.
        for step in [Duration::minutes(1), Duration::minutes(7), Duration::hours(5), Duration::days(11), Duration::days(70)] {
            let mut keys: Vec<SigningKey> = Vec::new();
            let mut now = start;
            while now < start + Duration::days(150) {
                if let Some(signs_from) = next_signs_from(&keys, now) {
                    keys.push(key(&keys.len().to_string(), signs_from));
                }
                let signer = signer(&keys, now).expect("a key signs");
                assert!(signer.is_published(now + Duration::minutes(15)), "a token outlives its key, looking every {step}");
                now += step;
            }
        }
    }

    #[test]
    fn the_next_key_is_announced_before_it_signs() {
        let start = DateTime::UNIX_EPOCH;
        let now = start + SIGNING_LIFE;
        let old = key("old", start);
        let signs_from = next_signs_from([&old], now).expect("it is time");
        assert_eq!(signs_from, now + LEAD);
        let new = key("new", signs_from);
        assert_eq!(signer([&old, &new], now).unwrap().id, "old");
        assert_eq!(signer([&old, &new], signs_from).unwrap().id, "new");
        assert_eq!(next_signs_from([&old, &new], now), None);
    }
}
