//! A person gets a secret for their app. It is asked for only after [`ConfirmSecondFactor`](super::confirm_second_factor).

use std::sync::Arc;

use kernel::{Clock, PortError, Randomness};
use qrcode::QrCode;
use qrcode::render::svg;

use super::caller::Caller;
use super::ports::second_factor::SecondFactorRepository;
use super::prove_again::{ProveAgain, ProveAgainError};
use crate::domain::second_factor::TotpSecret;

/// Pixels of a side at least; an SVG grows without loss.
const QR_CODE_SIZE: u32 = 240;

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum BeginSecondFactorError {
    /// The password is not proved.
    #[error(transparent)]
    Proof(#[from] ProveAgainError),
    /// There is a second factor already.
    #[error("there is a second factor already; turn it off first")]
    AlreadyOn,
    /// A port failed.
    #[error("a second factor cannot be prepared")]
    Port(#[from] PortError),
}

/// What an app needs, shown once.
#[derive(Clone)]
pub struct Setup {
    /// The secret in base 32, for who types it.
    pub secret: String,
    /// The `otpauth:` address, for who opens it on the phone.
    pub uri: String,
    /// That address as a QR code, a whole SVG document.
    pub qr_code: String,
}

/// Prepares second factors.
pub struct BeginSecondFactor {
    pub(super) prove_again: ProveAgain,
    pub(super) factors: Arc<dyn SecondFactorRepository>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl BeginSecondFactor {
    /// A new secret; an earlier one that was not confirmed works no more.
    pub async fn run(&self, caller: &Caller, password: &str) -> Result<Setup, BeginSecondFactorError> {
        let user = self.prove_again.password(caller, "password", password).await?;
        let secret = TotpSecret::generate(&*self.randomness);
        let account = user.username.as_str();
        let (text, uri) = (secret.text(account).map_err(PortError::corrupt)?, secret.uri(account).map_err(PortError::corrupt)?);
        let qr_code = QrCode::new(&uri).map_err(PortError::corrupt)?;
        let qr_code = qr_code.render::<svg::Color<'_>>().min_dimensions(QR_CODE_SIZE, QR_CODE_SIZE).build();
        if !self.factors.begin(user.id, &secret, self.clock.now()).await? {
            return Err(BeginSecondFactorError::AlreadyOn);
        }
        Ok(Setup { secret: text, uri, qr_code })
    }
}
