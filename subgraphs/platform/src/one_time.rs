//! One-time tokens in links: made from an id that may be seen and the installation's secret, which may not.
//!
//! Whoever sends the link derives the token anew from the id, and whoever takes it back checks it the same way. So no store, no log
//! and no event ever holds one: reading the event log or a database is not enough to follow somebody's link. Whether an id is
//! still good (known, unused, in time) is its keeper's to say.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Entity, Id};
use uuid::Uuid;

use crate::signature::SignatureKey;

/// Bytes of the id, and of the signature that follows it.
const ID: usize = 16;
const SIGNATURE: usize = 32;

/// Derives one-time tokens and takes them back.
#[derive(Clone)]
pub struct OneTimeTokens {
    key: SignatureKey,
}

impl OneTimeTokens {
    /// Tokens under the installation's secret.
    pub fn new(secret: &str) -> Self {
        Self { key: SignatureKey::derive(secret, "one-time token") }
    }

    /// The token of `id`: 64 characters, safe in an address.
    pub fn token<E: Entity>(&self, id: Id<E>) -> String {
        let id = id.uuid();
        let mut bytes = id.as_bytes().to_vec();
        bytes.extend(self.key.sign(&message::<E>(id)));
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The id that `token` was made of, unless it was not made here.
    pub fn verify<E: Entity>(&self, token: &str) -> Option<Id<E>> {
        // Decoding what cannot be one would be work for a stranger.
        if token.len() != (ID + SIGNATURE) * 4 / 3 {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (id, signature) = bytes.split_at_checked(ID)?;
        let id = Uuid::from_slice(id).ok()?;
        self.key.verify(&message::<E>(id), signature).then(|| Id::from_uuid(id))
    }
}

/// The entity is part of it: one kind of token never passes for another.
fn message<E: Entity>(id: Uuid) -> Vec<u8> {
    [E::PREFIX.as_bytes(), id.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use kernel::id::{Artist, User};

    use super::*;

    #[test]
    fn only_the_same_secret_and_entity_take_a_token_back() {
        let tokens = OneTimeTokens::new("ours");
        let id = Id::<User>::from_uuid(Uuid::from_u128(7));
        let token = tokens.token(id);
        assert_eq!(tokens.verify::<User>(&token), Some(id));
        assert_eq!(tokens.verify::<Artist>(&token), None);
        assert_eq!(OneTimeTokens::new("theirs").verify::<User>(&token), None);
        for at in 0..token.len() {
            let mut altered: Vec<char> = token.chars().collect();
            altered[at] = if altered[at] == 'A' { 'B' } else { 'A' };
            assert_eq!(tokens.verify::<User>(&altered.into_iter().collect::<String>()), None, "at {at}");
        }
        for text in ["", "x", &token[1..], &"a".repeat(1 << 20)] {
            assert_eq!(tokens.verify::<User>(text), None);
        }
    }
}
