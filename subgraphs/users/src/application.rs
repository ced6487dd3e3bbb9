//! What can be done with accounts and sessions. Every entrance (GraphQL, HTTP, command line) goes through these.

pub mod become_artist;
pub mod create_account;
pub mod ensure_account;
pub mod find_user;
pub mod forget_sessions;
pub mod open_session;
pub mod ports;
pub mod refresh_session;
pub mod register;
pub mod set_user_role;
pub mod sign_in;
pub mod sign_out;
pub mod update_profile;

use std::sync::Arc;

use chrono::Duration;
use kernel::event::EventFactory;
use kernel::{Clock, IdGenerator, Randomness};

use become_artist::BecomeArtist;
use create_account::CreateAccount;
use ensure_account::EnsureAccount;
use find_user::FindUser;
use forget_sessions::ForgetSessions;
use open_session::OpenSession;
use ports::{AccessTokens, PasswordHasher, SessionRepository, UserRepository};
use refresh_session::RefreshSession;
use register::Register;
use set_user_role::SetUserRole;
use sign_in::SignIn;
use sign_out::SignOut;
use update_profile::UpdateProfile;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Accounts.
    pub users: Arc<dyn UserRepository>,
    /// Sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// Password hashing.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Unpredictable bytes.
    pub randomness: Arc<dyn Randomness>,
    /// Fresh ids.
    pub ids: IdGenerator,
    /// Envelopes for facts.
    pub events: EventFactory,
    /// How long a refresh token is accepted.
    pub refresh_token_life: Duration,
}

/// Everything the entrances can ask for.
pub struct UseCases {
    /// Make an account and sign in.
    pub register: Register,
    /// Sign in.
    pub sign_in: SignIn,
    /// Stay signed in.
    pub refresh_session: RefreshSession,
    /// Sign out.
    pub sign_out: SignOut,
    /// Edit one's profile.
    pub update_profile: UpdateProfile,
    /// Be an artist from now on.
    pub become_artist: BecomeArtist,
    /// Change somebody's role.
    pub set_user_role: SetUserRole,
    /// Look accounts up.
    pub find_user: FindUser,
    /// Forget what nobody can use.
    pub forget_sessions: ForgetSessions,
    /// Have an account there, for operators.
    pub ensure_account: EnsureAccount,
}

impl UseCases {
    /// All use cases on `ports`.
    pub fn new(ports: &Ports) -> Self {
        let Ports { users, sessions, passwords, clock, randomness, .. } = ports.clone();
        let open_session = OpenSession {
            sessions: sessions.clone(),
            access_tokens: ports.access_tokens.clone(),
            clock: clock.clone(),
            randomness,
            ids: ports.ids.clone(),
            refresh_token_life: ports.refresh_token_life,
        };
        let create_account =
            CreateAccount { users: users.clone(), passwords: passwords.clone(), clock: clock.clone(), ids: ports.ids.clone(), events: ports.events.clone() };
        Self {
            register: Register { create_account: create_account.clone(), open_session: open_session.clone() },
            sign_in: SignIn { users: users.clone(), passwords, open_session: open_session.clone() },
            refresh_session: RefreshSession { users: users.clone(), sessions: sessions.clone(), open_session: open_session.clone() },
            sign_out: SignOut { sessions: sessions.clone(), clock: clock.clone() },
            forget_sessions: ForgetSessions { sessions: sessions.clone(), clock },
            update_profile: UpdateProfile { users: users.clone() },
            become_artist: BecomeArtist { users: users.clone(), sessions, open_session },
            set_user_role: SetUserRole { users: users.clone() },
            find_user: FindUser { users: users.clone() },
            ensure_account: EnsureAccount { users, create_account },
        }
    }
}
