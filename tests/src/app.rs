//! An app for one-time passwords (RFC 6238), as it is on a person's phone.

use std::time::{SystemTime, UNIX_EPOCH};

use totp_rs::TOTP;

/// Seconds for which a code is shown.
const STEP_SECS: i64 = 30;

/// An app that knows one secret.
#[derive(Debug)]
pub struct App(TOTP);

impl App {
    /// The app after it has read the address that a QR code carries.
    ///
    /// # Panics
    /// When that is no such address.
    pub fn scan(uri: &str) -> Self {
        Self(TOTP::from_url(uri).expect("an address for apps"))
    }

    /// The code that it shows so many codes from now. Each passes once, and the next passes already.
    ///
    /// # Panics
    /// When this machine's clock stands before 1970.
    #[expect(clippy::disallowed_methods, reason = "a phone has a clock of its own")]
    pub fn code(&self, codes_from_now: i64) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time").as_secs();
        self.0.generate(now.saturating_add_signed(codes_from_now * STEP_SECS))
    }
}
