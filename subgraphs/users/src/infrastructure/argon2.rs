//! Password hashing with Argon2id (RFC 9106).

use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHash as Phc, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use async_trait::async_trait;
use kernel::{PortError, Randomness};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::application::ports::PasswordHasher;
use crate::domain::password::{Password, PasswordHash};

/// How long somebody waits for a turn before being told to come again.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one hash costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashingCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes of it that could be filled in parallel.
    pub lanes: u32,
}

impl HashingCost {
    /// The OWASP password storage cheat sheet's first choice for Argon2id with little memory.
    pub const OWASP: Self = Self { memory_kib: 19_456, passes: 2, lanes: 1 };
}

/// [`PasswordHasher`] with Argon2id, on the blocking threads, at most one hash a core at a time.
pub struct Argon2PasswordHasher {
    argon2: Argon2<'static>,
    randomness: Arc<dyn Randomness>,
    turns: Arc<Semaphore>,
    /// What an unknown account's password is compared with.
    dummy: PasswordHash,
}

impl Argon2PasswordHasher {
    /// A hasher of that cost; `Corrupt` when Argon2 does not know such a cost.
    pub fn new(cost: HashingCost, randomness: Arc<dyn Randomness>) -> Result<Self, PortError> {
        let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(corrupt)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let nobodys = kernel::randomness::secret(&*randomness);
        let dummy = hash(&argon2, nobodys.as_bytes(), &salt(&*randomness)?)?;
        let turns = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { argon2, randomness, turns: Arc::new(Semaphore::new(turns)), dummy })
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, PortError> {
        let turn = tokio::time::timeout(PATIENCE, self.turns.clone().acquire_owned()).await;
        turn.map_err(|_| PortError::unavailable("too many passwords wait to be hashed"))?.map_err(PortError::unavailable)
    }

    /// Runs `work` where it may block. The turn goes with it: a caller who gives up does not free a core that is still busy.
    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce(&Argon2<'static>) -> Result<T, PortError> + Send + 'static) -> Result<T, PortError> {
        let turn = self.turn().await?;
        let argon2 = self.argon2.clone();
        let done = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            work(&argon2)
        });
        done.await.map_err(PortError::unavailable)?
    }
}

#[async_trait]
impl PasswordHasher for Argon2PasswordHasher {
    async fn hash(&self, password: Password) -> Result<PasswordHash, PortError> {
        let salt = salt(&*self.randomness)?;
        self.in_turn(move |argon2| hash(argon2, password.as_bytes(), &salt)).await
    }

    async fn verify(&self, password: Password, expected: Option<PasswordHash>) -> Result<bool, PortError> {
        let known = expected.is_some();
        let expected = expected.unwrap_or_else(|| self.dummy.clone());
        let matches = self.in_turn(move |argon2| verify(argon2, password.as_bytes(), &expected)).await?;
        Ok(matches && known)
    }
}

fn salt(randomness: &dyn Randomness) -> Result<SaltString, PortError> {
    let mut bytes = [0; 16];
    randomness.fill(&mut bytes);
    SaltString::encode_b64(&bytes).map_err(corrupt)
}

fn hash(argon2: &Argon2<'_>, password: &[u8], salt: &SaltString) -> Result<PasswordHash, PortError> {
    argon2.hash_password(password, salt).map(|phc| PasswordHash::new(phc.to_string())).map_err(corrupt)
}

fn verify(argon2: &Argon2<'_>, password: &[u8], expected: &PasswordHash) -> Result<bool, PortError> {
    let phc = Phc::new(expected.as_str()).map_err(corrupt)?;
    match argon2.verify_password(password, &phc) {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::Password) => Ok(false),
        Err(other) => Err(corrupt(other)),
    }
}

fn corrupt(error: impl std::error::Error + Send + Sync + 'static) -> PortError {
    PortError::corrupt(error)
}

#[cfg(test)]
mod tests {
    use kernel::OsRandomness;

    use super::*;

    fn hasher() -> Argon2PasswordHasher {
        Argon2PasswordHasher::new(HashingCost { memory_kib: 64, passes: 1, lanes: 1 }, Arc::new(OsRandomness)).unwrap()
    }

    fn password(text: &str) -> Password {
        Password::present(text).unwrap()
    }

    #[tokio::test]
    async fn only_the_same_password_verifies() {
        let hasher = hasher();
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hasher.verify(password("correct horse"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(password("wrong horse"), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify(password("correct horse"), None).await.unwrap());
        assert_ne!(hasher.hash(password("correct horse")).await.unwrap(), hash);
    }

    #[tokio::test]
    async fn hashes_name_their_algorithm_and_cost() {
        let hasher = Argon2PasswordHasher::new(HashingCost::OWASP, Arc::new(OsRandomness)).unwrap();
        let hash = hasher.hash(password("correct horse")).await.unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", hash.as_str());
    }

    #[tokio::test]
    async fn a_hash_of_another_cost_still_verifies() {
        let older = Argon2PasswordHasher::new(HashingCost { memory_kib: 32, passes: 2, lanes: 1 }, Arc::new(OsRandomness)).unwrap();
        let hash = older.hash(password("correct horse")).await.unwrap();
        assert!(hasher().verify(password("correct horse"), Some(hash)).await.unwrap());
    }
}
