//! The rules of a new account, for everyone who makes one.

use std::sync::Arc;

use kernel::events::UserRegistered;
use kernel::{Clock, IdGenerator, InvalidField, PortError, Randomness, Role};
use serde_json::json;

use super::caller::Caller;
use super::ports::identity::IdentityRepository;
use super::ports::{EMAIL_TAKEN, PasswordHasher, USERNAME_ALIKE, USERNAME_TAKEN, UserRepository};
use super::record::{Record, Recorder};
use super::throttle::{Throttle, ThrottleError};
use crate::domain::audit::Action;
use crate::domain::email::Email;
use crate::domain::identity::{ForeignIdentity, Identity};
use crate::domain::password::Password;
use crate::domain::profile::DisplayName;
use crate::domain::throttle::{Gate, Policy};
use crate::domain::user::User;
use crate::domain::username::Username;

/// A wished-for account, unchecked.
#[derive(Clone)]
pub struct NewAccount {
    /// The name others see.
    pub username: String,
    /// Where the person gets mail.
    pub email: String,
    /// What they will sign in with.
    pub password: String,
    /// The name to show; blank or none: the username.
    pub display_name: Option<String>,
    /// What the account may do.
    pub role: Role,
    /// Whether whoever runs Polyphony vouches for the address: no mail goes there to prove it.
    pub vouched_for: bool,
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Somebody else has that username, or has proved the address that a vouched-for account is to have.
    #[error("this {field} is already taken")]
    Taken {
        /// `username` or `email`.
        field: &'static str,
    },
    /// Somebody else has a name that looks the same.
    #[error("this username looks like another's")]
    Alike,
    /// Too many new accounts from that address.
    #[error(transparent)]
    Throttled(#[from] ThrottleError),
    /// A port failed.
    #[error("the account cannot be created")]
    Port(#[source] PortError),
}

/// Checks, hashes, adds, and tells `user.registered`: the first step of a registration, and the only one that whoever registers waits
/// for. The others follow in [`super::complete_registration`].
#[derive(Clone)]
pub struct CreateAccount {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) recorder: Recorder,
    pub(super) throttle: Throttle,
    pub(super) registrations_per_hour: u32,
    pub(super) randomness: Arc<dyn Randomness>,
}

impl CreateAccount {
    /// The account, once it is durable.
    pub(super) async fn run(&self, caller: &Caller, wish: NewAccount) -> Result<User, CreateAccountError> {
        // Everything cheap first: a hash costs tens of milliseconds.
        let now = self.clock.now();
        let user = User {
            id: self.ids.next(),
            username: Username::parse(&wish.username)?,
            email: Email::parse(&wish.email)?,
            display_name: wish.display_name.as_deref().map(DisplayName::parse).transpose()?.flatten(),
            bio: None,
            role: wish.role,
            created_at: now,
            email_verified_at: wish.vouched_for.then_some(now),
            suspended_at: None,
            avatar_id: None,
            premium_until: None,
        };
        let about = [user.username.as_str(), user.email.as_str(), user.shown_name()];
        let password = Password::choose(&wish.password, &about)?;
        self.admit(caller).await?;
        let password = self.passwords.hash(password).await.map_err(CreateAccountError::Port)?;
        let record = self.record(caller, &user);
        self.added(&user, self.users.add(&user, &password, &record).await).await?;
        Ok(user)
    }

    /// An account without a password, for who proved themself at a provider. An address that the provider has not verified is to be
    /// proved by mail, like everybody's.
    pub(super) async fn by_identity(
        &self,
        caller: &Caller,
        identities: &dyn IdentityRepository,
        foreign: &ForeignIdentity,
    ) -> Result<User, CreateAccountError> {
        let email = foreign.email.as_deref().ok_or_else(|| InvalidField::new("email", "is missing: the provider tells none"))?;
        let email = Email::parse(email)?;
        self.admit(caller).await?;
        let display_name = foreign.name.as_deref().and_then(|name| DisplayName::parse(name).ok().flatten());
        let mut refused = CreateAccountError::Taken { field: "username" };
        for username in foreign.usernames(&*self.randomness) {
            let now = self.clock.now();
            let user = User {
                id: self.ids.next(),
                username: Username::parse(&username)?,
                email: email.clone(),
                display_name: display_name.clone(),
                bio: None,
                role: Role::User,
                created_at: now,
                email_verified_at: foreign.email_verified.then_some(now),
                suspended_at: None,
                avatar_id: None,
                premium_until: None,
            };
            let identity = Identity {
                id: self.ids.next(),
                user_id: user.id,
                provider: foreign.provider.clone(),
                subject: foreign.subject.clone(),
                email: foreign.email.clone(),
                linked_at: now,
                last_used_at: Some(now),
            };
            let record = self.record(caller, &user);
            match self.added(&user, identities.add_user(&user, &identity, &record).await).await {
                Ok(()) => return Ok(user),
                // The name is somebody's, or looks like it: the next one.
                Err(error @ (CreateAccountError::Taken { field: "username" } | CreateAccountError::Alike)) => refused = error,
                Err(error) => return Err(error),
            }
        }
        Err(refused)
    }

    /// Counts a registration from the caller's address.
    async fn admit(&self, caller: &Caller) -> Result<(), CreateAccountError> {
        let Some(address) = &caller.address else { return Ok(()) };
        Ok(self.throttle.attempt(&[Gate::new("registration", &[address], Policy::registrations(self.registrations_per_hour))]).await?)
    }

    fn record(&self, caller: &Caller, user: &User) -> Record {
        let after = json!({ "username": user.username.as_str(), "role": user.role });
        let mut record = self.recorder.note(caller, Action::Registered, user.id, None, Some(after));
        record.events.push(self.recorder.events().wrap(&UserRegistered { user_id: user.id, username: user.username.to_string() }));
        record
    }

    async fn added(&self, user: &User, added: Result<(), PortError>) -> Result<(), CreateAccountError> {
        match added.map_err(taken) {
            // The very same name looks the same too, and which of the two a store tells is its own choice.
            Err(CreateAccountError::Alike) if self.users.find_by_username(&user.username).await.map_err(CreateAccountError::Port)?.is_some() => {
                Err(CreateAccountError::Taken { field: "username" })
            }
            other => other,
        }
    }
}

fn taken(error: PortError) -> CreateAccountError {
    match &error {
        PortError::Conflict { constraint } if constraint == USERNAME_TAKEN => CreateAccountError::Taken { field: "username" },
        PortError::Conflict { constraint } if constraint == EMAIL_TAKEN => CreateAccountError::Taken { field: "email" },
        PortError::Conflict { constraint } if constraint == USERNAME_ALIKE => CreateAccountError::Alike,
        _ => CreateAccountError::Port(error),
    }
}
