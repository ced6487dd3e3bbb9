//! Second factors: turning them on and off, and signing in with them.

mod error;

use async_graphql::{Context, Error, ID, InputObject, Object, SimpleObject, Union};
use chrono::{DateTime, Utc};
use platform::authenticated::authenticated;
use platform::graphql::parse_id;

use super::entity::User;
use super::object::SignInPayload;
use super::told::graphql_error;
use super::{caller, use_cases};
use crate::application::begin_second_factor::Setup;
use crate::application::enter::{Challenge, Entered};
use crate::application::reset_second_factor::ResetWish;
use crate::domain;
use crate::domain::second_factor::RecoveryCode;

/// What signing in has come to.
#[derive(Union)]
pub(super) enum SignInResult {
    /// In.
    SignedIn(Box<SignInPayload>),
    /// Not before the second factor is proved.
    SecondFactor(SecondFactorChallenge),
}

impl From<Entered> for SignInResult {
    fn from(entered: Entered) -> Self {
        match entered {
            Entered::SignedIn(signed_in) => Self::SignedIn(Box::new((*signed_in).into())),
            Entered::SecondFactor(challenge) => Self::SecondFactor(challenge.into()),
        }
    }
}

/// The account has a second factor: send a code of it, with this challenge, to `completeSignIn`.
#[derive(SimpleObject)]
pub(super) struct SecondFactorChallenge {
    /// Stands for what is proved already; good for one sign-in.
    challenge: String,
    /// From when on signing in begins anew.
    expires_at: DateTime<Utc>,
}

impl From<Challenge> for SecondFactorChallenge {
    fn from(challenge: Challenge) -> Self {
        Self { challenge: challenge.token, expires_at: challenge.expires_at }
    }
}

/// The second half of signing in.
#[derive(InputObject)]
struct CompleteSignInInput {
    /// What `signIn` or `signInWithProvider` answered.
    challenge: String,
    /// Six digits of the app, or a recovery code. Each works once.
    code: String,
}

/// A proof of both factors.
#[derive(InputObject)]
struct SecondFactorProofInput {
    /// The password, once more.
    password: String,
    /// Six digits of the app, or a recovery code.
    code: String,
}

/// Whose second factor is to go, and a proof that it is an admin who wants it.
#[derive(InputObject)]
struct ResetSecondFactorInput {
    /// Whose.
    user_id: ID,
    /// Why, for the audit: 1 to 500 characters.
    reason: String,
    /// The admin's own password, once more.
    password: String,
    /// A code of the admin's own second factor, where they have one.
    code: Option<String>,
}

/// The viewer's second factor.
#[derive(SimpleObject)]
struct SecondFactor {
    /// Since when it is asked for.
    since: Option<DateTime<Utc>>,
    /// Recovery codes that have not been used.
    recovery_codes_left: u64,
}

impl From<domain::second_factor::SecondFactor> for SecondFactor {
    fn from(factor: domain::second_factor::SecondFactor) -> Self {
        Self { since: factor.confirmed_at, recovery_codes_left: factor.recovery_codes_left }
    }
}

/// What an app for one-time passwords needs. Shown once; nothing is asked for before `confirmSecondFactor`.
#[derive(SimpleObject)]
struct SecondFactorSetup {
    /// The secret in base 32, for who types it into the app.
    secret: String,
    /// An `otpauth:` address that opens the app on the same phone.
    uri: String,
    /// The same as a QR code for the app on another device: an SVG document.
    qr_code_svg: String,
}

impl From<Setup> for SecondFactorSetup {
    fn from(setup: Setup) -> Self {
        Self { secret: setup.secret, uri: setup.uri, qr_code_svg: setup.qr_code }
    }
}

/// Codes for when the phone is gone. Nobody can see them again.
#[derive(SimpleObject)]
struct RecoveryCodes {
    /// Ten codes; each works once in place of the app's.
    codes: Vec<String>,
}

impl From<Vec<RecoveryCode>> for RecoveryCodes {
    fn from(codes: Vec<RecoveryCode>) -> Self {
        Self { codes: codes.iter().map(RecoveryCode::text).collect() }
    }
}

#[derive(Default)]
pub(super) struct SecondFactorQuery;

#[Object]
impl SecondFactorQuery {
    /// The viewer's second factor; null when none is asked for.
    #[graphql(directive = authenticated::apply())]
    async fn second_factor(&self, context: &Context<'_>) -> Result<Option<SecondFactor>, Error> {
        let factor = use_cases(context).second_factors.of(&caller(context)).await.map_err(|error| graphql_error(&error))?;
        Ok(factor.map(SecondFactor::from))
    }
}

#[derive(Default)]
pub(super) struct SecondFactorMutation;

#[Object]
impl SecondFactorMutation {
    /// Finishes signing in to an account with a second factor. A wrong code leaves the challenge as it was; guessing gets slow.
    async fn complete_sign_in(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The challenge and a code.")] input: CompleteSignInInput,
    ) -> Result<SignInPayload, Error> {
        let completed = use_cases(context).complete_sign_in.run(&caller(context), &input.challenge, &input.code).await;
        completed.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Makes a secret for an app for one-time passwords, in place of one that was not confirmed.
    #[graphql(directive = authenticated::apply())]
    async fn begin_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "The password, once more.")] password: String,
    ) -> Result<SecondFactorSetup, Error> {
        use_cases(context).second_factors.begin.run(&caller(context), &password).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Turns the second factor on, by a code that proves that the app knows the secret: from now on signing in asks for one, and so
    /// does what a stolen session must not do.
    #[graphql(directive = authenticated::apply())]
    async fn confirm_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Six digits that the app shows.")] code: String,
    ) -> Result<RecoveryCodes, Error> {
        use_cases(context).second_factors.confirm.run(&caller(context), &code).await.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Gives new recovery codes; those before work no more.
    #[graphql(directive = authenticated::apply())]
    async fn renew_recovery_codes(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Both factors.")] input: SecondFactorProofInput,
    ) -> Result<RecoveryCodes, Error> {
        let renewed = use_cases(context).second_factors.renew_codes.run(&caller(context), &input.password, &input.code).await;
        renewed.map(Into::into).map_err(|error| graphql_error(&error))
    }

    /// Turns the second factor off and forgets the recovery codes. Always true.
    #[graphql(directive = authenticated::apply())]
    async fn turn_second_factor_off(&self, context: &Context<'_>, #[graphql(desc = "Both factors.")] input: SecondFactorProofInput) -> Result<bool, Error> {
        let off = use_cases(context).second_factors.turn_off.run(&caller(context), &input.password, &input.code).await;
        off.map(|()| true).map_err(|error| graphql_error(&error))
    }

    /// Takes away the second factor of somebody who has lost it, signs all their devices out and tells them by mail. For admins who have
    /// made sure that it is the person who asks; not on themselves.
    #[graphql(directive = authenticated::apply())]
    async fn reset_second_factor(
        &self,
        context: &Context<'_>,
        #[graphql(desc = "Whose, why, and the admin's own proof.")] input: ResetSecondFactorInput,
    ) -> Result<User, Error> {
        let user_id = parse_id("userId", &input.user_id)?;
        let wish = ResetWish { user_id, reason: &input.reason, password: &input.password, code: input.code.as_deref() };
        use_cases(context).second_factors.reset.run(&caller(context), wish).await.map(Into::into).map_err(|error| graphql_error(&error))
    }
}
