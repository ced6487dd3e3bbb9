//! The rules of a new account, for everyone who makes one.

use std::sync::Arc;

use kernel::event::EventFactory;
use kernel::events::UserRegistered;
use kernel::{Clock, IdGenerator, InvalidField, PortError, Role};

use super::ports::{EMAIL_TAKEN, PasswordHasher, USERNAME_TAKEN, UserRepository};
use crate::domain::email::Email;
use crate::domain::password::Password;
use crate::domain::profile::DisplayName;
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
}

/// Why there is no new account.
#[derive(Debug, thiserror::Error)]
pub enum CreateAccountError {
    /// A field breaks a rule.
    #[error(transparent)]
    Invalid(#[from] InvalidField),
    /// Somebody else has that username or address.
    #[error("this {field} is already taken")]
    Taken {
        /// `username` or `email`.
        field: &'static str,
    },
    /// A port failed.
    #[error("the account cannot be created")]
    Port(#[source] PortError),
}

/// Checks, hashes, adds, and tells `user.registered`.
#[derive(Clone)]
pub struct CreateAccount {
    pub(super) users: Arc<dyn UserRepository>,
    pub(super) passwords: Arc<dyn PasswordHasher>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: IdGenerator,
    pub(super) events: EventFactory,
}

impl CreateAccount {
    /// The account, once it is durable.
    pub(super) async fn run(&self, wish: NewAccount) -> Result<User, CreateAccountError> {
        // Everything cheap first: a hash costs tens of milliseconds.
        let user = User {
            id: self.ids.next(),
            username: Username::parse(&wish.username)?,
            email: Email::parse(&wish.email)?,
            display_name: wish.display_name.as_deref().map(DisplayName::parse).transpose()?.flatten(),
            bio: None,
            role: wish.role,
            created_at: self.clock.now(),
        };
        let password = self.passwords.hash(Password::choose(&wish.password)?).await.map_err(CreateAccountError::Port)?;
        let registered = self.events.wrap(&UserRegistered { user_id: user.id, username: user.username.to_string() });
        self.users.add(&user, &password, &[registered]).await.map_err(taken)?;
        Ok(user)
    }
}

fn taken(error: PortError) -> CreateAccountError {
    match &error {
        PortError::Conflict { constraint } if constraint == USERNAME_TAKEN => CreateAccountError::Taken { field: "username" },
        PortError::Conflict { constraint } if constraint == EMAIL_TAKEN => CreateAccountError::Taken { field: "email" },
        _ => CreateAccountError::Port(error),
    }
}
