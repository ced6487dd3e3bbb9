//! A second factor: one-time passwords by time (TOTP, RFC 6238) of an app, and recovery codes for when the phone is gone.
//!
//! SHA-1, six digits, thirty seconds: what every app understands (RFC 6238 §4, §5.3). A code of the step before and of the one after
//! passes too (§5.2), because a phone's clock may be wrong and typing takes time. The step of the last accepted code is kept, and
//! nothing at or before it is accepted again (§5.2: a code passes once).

use std::fmt;

use chrono::{DateTime, Utc};
use kernel::id::UserId;
use kernel::{InvalidField, Randomness};
use sha2::{Digest as _, Sha256};
use totp_rs::{Algorithm, TOTP};

/// What an app shows beside the account's name.
const ISSUER: &str = "Polyphony";
const DIGITS: usize = 6;
/// Seconds of a step.
const STEP_SECS: u64 = 30;
/// Steps before and after the present one whose codes pass.
const SKEW: i64 = 1;
/// RFC 4226 §4, R6: 160 bits are recommended.
const SECRET_BYTES: usize = 20;

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;
/// Bits of a recovery code, in bytes: nobody guesses it, so a plain hash protects it in the store.
const RECOVERY_BYTES: usize = 10;
/// Characters of a recovery code, five bits each.
const RECOVERY_CHARS: usize = RECOVERY_BYTES * 8 / 5;
/// Digits and letters that nobody mistakes for one another (Crockford's base 32).
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What app and service share.
#[derive(Clone, PartialEq, Eq)]
pub struct TotpSecret(Vec<u8>);

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

/// The bytes cannot be a secret, or the name stands in no `otpauth:` address.
#[derive(Debug, thiserror::Error)]
#[error("no time-based one-time password can be made: {0}")]
pub struct TotpError(String);

impl TotpSecret {
    /// A new one.
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = vec![0; SECRET_BYTES];
        randomness.fill(&mut bytes);
        Self(bytes)
    }

    /// One that the store kept.
    pub const fn from_stored(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// For the store, which seals it.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// For people who type it into their app, in base 32.
    pub fn text(&self, account: &str) -> Result<String, TotpError> {
        Ok(self.totp(account)?.get_secret_base32())
    }

    /// For apps: the `otpauth:` address that a QR code carries.
    pub fn uri(&self, account: &str) -> Result<String, TotpError> {
        Ok(self.totp(account)?.get_url())
    }

    /// The step that `code` is of, among those that pass at `now` and come after `last_step`.
    pub fn step_of(&self, code: &str, now: DateTime<Utc>, last_step: i64) -> Result<Option<i64>, TotpError> {
        let totp = self.totp("")?;
        let present = now.timestamp().div_euclid(STEP_SECS.cast_signed());
        let mut found = None;
        // All of them, whichever fits: the time taken tells nothing.
        for step in present - SKEW..=present + SKEW {
            let expected = totp.generate(step.cast_unsigned() * STEP_SECS);
            if equal(&expected, code) && step > last_step {
                found = found.or(Some(step));
            }
        }
        Ok(found)
    }

    /// The code that an app shows at `at`.
    pub fn code(&self, at: DateTime<Utc>) -> Result<String, TotpError> {
        Ok(self.totp("")?.generate(at.timestamp().cast_unsigned()))
    }

    fn totp(&self, account: &str) -> Result<TOTP, TotpError> {
        TOTP::new(Algorithm::SHA1, DIGITS, SKEW.unsigned_abs().try_into().unwrap_or(1), STEP_SECS, self.0.clone(), Some(ISSUER.into()), account.into())
            .map_err(|error| TotpError(error.to_string()))
    }
}

/// Compares without telling by its time where the difference is.
fn equal(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |difference, (a, b)| difference | (a ^ b)) == 0
}

/// The second factor of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecondFactor {
    /// Whose.
    pub user_id: UserId,
    /// What the app knows.
    pub secret: TotpSecret,
    /// Since when it is asked for; none while nobody has proved that an app knows the secret.
    pub confirmed_at: Option<DateTime<Utc>>,
    /// The step of the last code that was accepted.
    pub last_step: i64,
    /// Recovery codes that have not been used.
    pub recovery_codes_left: u64,
}

/// A way back in without the app; each works once.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(String);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    /// A new set.
    pub fn generate_set(randomness: &dyn Randomness) -> Vec<Self> {
        (0..RECOVERY_CODES).map(|_| Self::generate(randomness)).collect()
    }

    fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; RECOVERY_BYTES + 6];
        randomness.fill(&mut bytes[6..]);
        let bits = u128::from_be_bytes(bytes);
        let characters = (0..RECOVERY_CHARS).rev().map(|at| char::from(ALPHABET[(bits >> (5 * at) & 31) as usize]));
        Self(characters.collect())
    }

    /// As it is shown: `abcd-efgh-jkmn-pqrs`.
    pub fn text(&self) -> String {
        self.0.as_bytes().chunks(4).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }

    /// What the store knows it by: its SHA-256 in hexadecimal.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.0))
    }
}

/// What a person typed as their second factor.
#[derive(Clone, PartialEq, Eq)]
pub enum Code {
    /// Of an app.
    Totp(String),
    /// Of the list on paper.
    Recovery(RecoveryCode),
}

impl Code {
    /// A person's text, with spaces and hyphens wherever they like. Letters that look like digits are read as those.
    pub fn parse(field: &'static str, text: &str) -> Result<Self, InvalidField> {
        let refused = || InvalidField::new(field, "must be the six digits that your app shows, or a recovery code");
        if text.len() > 64 {
            return Err(refused());
        }
        let typed: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect::<String>().to_ascii_lowercase();
        if typed.len() == DIGITS && typed.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self::Totp(typed));
        }
        let typed = typed.replace('o', "0").replace(['i', 'l'], "1");
        if typed.len() == RECOVERY_CHARS && typed.bytes().all(|byte| ALPHABET.contains(&byte)) {
            return Ok(Self::Recovery(RecoveryCode(typed)));
        }
        Err(refused())
    }
}

#[cfg(test)]
mod tests {
    use chrono::Duration;
    use kernel::OsRandomness;

    use super::*;

    fn at(secs: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + Duration::seconds(secs)
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        let secret = TotpSecret::from_stored(b"12345678901234567890".to_vec());
        // Appendix B, SHA-1, the last six of its eight digits.
        for (secs, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (20_000_000_000, "353130")] {
            assert_eq!(secret.code(at(secs)).unwrap(), code);
            assert_eq!(secret.step_of(code, at(secs), 0).unwrap(), Some(secs / 30));
        }
    }

    #[test]
    fn a_code_passes_a_step_early_and_late_and_never_again() {
        let secret = TotpSecret::generate(&OsRandomness);
        let code = secret.code(at(90_000)).unwrap();
        for (secs, passes) in [(-31, false), (-30, true), (0, true), (29, true), (59, true), (60, false)] {
            assert_eq!(secret.step_of(&code, at(90_000 + secs), 0).unwrap().is_some(), passes, "{secs}");
        }
        assert_eq!(secret.step_of(&code, at(90_000), 3000).unwrap(), None, "used");
        assert_eq!(secret.step_of(&code, at(90_000), 3001).unwrap(), None, "older than the last used");
        assert_eq!(secret.step_of("", at(90_000), 0).unwrap(), None);
    }

    #[test]
    fn apps_get_an_address_and_people_a_text() {
        let secret = TotpSecret::generate(&OsRandomness);
        let uri = secret.uri("nina").unwrap();
        assert!(uri.starts_with("otpauth://totp/Polyphony:nina?") && uri.contains(&secret.text("nina").unwrap()), "{uri}");
        assert_eq!(secret.text("nina").unwrap().len(), 32);
        assert_eq!(format!("{secret:?}"), "TotpSecret(…)");
    }

    #[test]
    fn recovery_codes_are_read_as_people_type_them() {
        let codes = RecoveryCode::generate_set(&OsRandomness);
        assert_eq!(codes.len(), RECOVERY_CODES);
        for code in &codes {
            let text = code.text();
            assert_eq!((text.len(), text.matches('-').count()), (19, 3), "{text}");
            for typed in [text.clone(), text.to_uppercase(), text.replace('-', " "), text.replace('1', "l").replace('0', "O")] {
                assert!(matches!(Code::parse("code", &typed), Ok(Code::Recovery(read)) if read.hash() == code.hash()), "{typed}");
            }
            assert!(!code.hash().contains(&text));
        }
        let different: std::collections::HashSet<_> = codes.iter().map(RecoveryCode::hash).collect();
        assert_eq!(different.len(), RECOVERY_CODES);
    }

    #[test]
    fn what_can_be_no_code_is_refused_by_field() {
        assert!(matches!(Code::parse("code", " 123 456 "), Ok(Code::Totp(code)) if code == "123456"));
        for text in ["", "12345", "1234567", "12345a", "é23456", "abcd-efgh", "uuuu-uuuu-uuuu-uuuu", &"1".repeat(1 << 20)] {
            assert_eq!(Code::parse("code", text).err().map(|error| error.field), Some("code"), "{}", &text[..text.len().min(20)]);
        }
    }
}
