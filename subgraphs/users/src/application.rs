//! What can be done with accounts, sessions and partners. Every entrance (GraphQL, HTTP, command line) goes through these.

pub mod address_in_use;
pub mod ask_second_factor;
pub mod avatars;
pub mod become_artist;
pub mod begin_second_factor;
pub mod caller;
pub mod change_password;
pub mod complete_registration;
pub mod complete_sign_in;
pub mod confirm_email_change;
pub mod confirm_second_factor;
pub mod create_account;
pub mod create_api_key;
pub mod create_organisation;
pub mod delete_account;
pub mod end_account;
pub mod ensure_account;
pub mod enter;
pub mod enter_organisation;
pub mod export_data;
pub mod find_api_key;
pub mod find_organisation;
pub mod find_user;
pub mod follow_export;
pub mod forget_sessions;
pub mod grant_premium;
pub mod link_provider;
pub mod list_sessions;
pub mod myself;
pub mod on_api_key_used;
pub mod on_embeddings_changed;
pub mod on_person_answer;
pub mod on_registration_step;
pub mod on_track_held;
pub mod on_track_reviewed;
pub mod one_time_link;
pub mod open_session;
pub mod partner_error;
pub mod partners;
pub mod personal_account;
pub mod ports;
pub mod preferences;
pub mod prove_again;
pub mod providers;
pub mod put_organisation_member;
pub mod read_audit;
pub mod record;
pub mod redeem_flow;
pub mod refresh_session;
pub mod register;
pub mod remove_organisation_member;
pub mod renew_recovery_codes;
pub mod request_email_change;
pub mod request_email_verification;
pub mod request_password_reset;
pub mod reset_password;
pub mod reset_second_factor;
pub mod return_from_provider;
pub mod revoke_api_key;
pub mod revoke_sessions;
pub mod rights;
pub mod rights_ports;
pub mod rotate_api_key;
pub mod second_factors;
pub mod send_password_resets;
pub mod set_organisation_limits;
pub mod set_user_role;
pub mod sign_in;
pub mod sign_in_with_provider;
pub mod sign_out;
pub mod start_provider_sign_in;
pub mod suspend_user;
pub mod throttle;
pub mod turn_second_factor_off;
pub mod update_profile;
pub mod verify_api_key;
pub mod verify_email;

use std::sync::Arc;

use chrono::Duration;
use kernel::event::EventFactory;
use kernel::{Clock, IdGenerator, Randomness};

use address_in_use::AddressInUse;
use ask_second_factor::AskSecondFactor;
use become_artist::BecomeArtist;
use change_password::ChangePassword;
use complete_sign_in::CompleteSignIn;
use confirm_email_change::ConfirmEmailChange;
use create_account::CreateAccount;
use ensure_account::EnsureAccount;
use enter::Enter;
use find_user::FindUser;
use forget_sessions::ForgetSessions;
use grant_premium::GrantPremium;
use list_sessions::ListSessions;
use myself::{Myself, MyselfPorts};
use on_embeddings_changed::OnEmbeddingsChanged;
use on_track_held::OnTrackHeld;
use on_track_reviewed::OnTrackReviewed;
use one_time_link::OneTimeLink;
use open_session::OpenSession;
use partners::{PartnerPorts, Partners};
use platform::consumer::EventHandler;
use platform::one_time::OneTimeTokens;
use ports::second_factor::SecondFactorRepository;
use ports::{AccessTokens, AttemptLog, AuditLog, PasswordHasher, SessionRepository, TicketRepository, UserRepository};
use prove_again::ProveAgain;
use providers::{ProviderPorts, ProviderUseCases};
use read_audit::ReadAudit;
use record::Recorder;
use redeem_flow::RedeemFlow;
use refresh_session::RefreshSession;
use register::Register;
use request_email_change::RequestEmailChange;
use request_email_verification::RequestEmailVerification;
use request_password_reset::RequestPasswordReset;
use reset_password::ResetPassword;
use revoke_sessions::RevokeSessions;
use rights::{Rights, RightsPorts};
use second_factors::SecondFactors;
use send_password_resets::SendPasswordResets;
use set_user_role::SetUserRole;
use sign_in::SignIn;
use sign_out::SignOut;
use suspend_user::SuspendUser;
use throttle::Throttle;
use update_profile::UpdateProfile;
use verify_email::VerifyEmail;

/// What the use cases work with.
#[derive(Clone)]
pub struct Ports {
    /// Accounts.
    pub users: Arc<dyn UserRepository>,
    /// Sessions.
    pub sessions: Arc<dyn SessionRepository>,
    /// Second factors.
    pub second_factors: Arc<dyn SecondFactorRepository>,
    /// One-time rights.
    pub tickets: Arc<dyn TicketRepository>,
    /// The audit.
    pub audit: Arc<dyn AuditLog>,
    /// Attempts.
    pub attempts: Arc<dyn AttemptLog>,
    /// New accounts that one address may make in an hour.
    pub registrations_per_hour: u32,
    /// The tokens of links.
    pub one_time: OneTimeTokens,
    /// Password hashing.
    pub passwords: Arc<dyn PasswordHasher>,
    /// Access tokens.
    pub access_tokens: Arc<dyn AccessTokens>,
    /// Partners.
    pub partners: PartnerPorts,
    /// Registrations, copies and ends.
    pub rights: RightsPorts,
    /// Providers of identities.
    pub providers: ProviderPorts,
    /// Preferences and pictures.
    pub myself: MyselfPorts,
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
    /// Prove the second factor, and be in.
    pub complete_sign_in: CompleteSignIn,
    /// Have a second factor, or not.
    pub second_factors: SecondFactors,
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
    /// Give somebody premium.
    pub grant_premium: GrantPremium,
    /// Look accounts up.
    pub find_user: FindUser,
    /// Forget what nobody can use.
    pub forget_sessions: ForgetSessions,
    /// Confirm one's address.
    pub verify_email: VerifyEmail,
    /// Get the mail for it again.
    pub request_email_verification: RequestEmailVerification,
    /// Say that one has forgotten the password.
    pub request_password_reset: RequestPasswordReset,
    /// Send the mails for it.
    pub send_password_resets: SendPasswordResets,
    /// Choose a new one.
    pub reset_password: ResetPassword,
    /// Change the password.
    pub change_password: ChangePassword,
    /// Want another address.
    pub request_email_change: RequestEmailChange,
    /// Agree to it.
    pub confirm_email_change: ConfirmEmailChange,
    /// See one's sessions.
    pub list_sessions: ListSessions,
    /// End them.
    pub revoke_sessions: RevokeSessions,
    /// Shut accounts.
    pub suspend_user: SuspendUser,
    /// Read who did what.
    pub read_audit: ReadAudit,
    /// Have an account there, for operators.
    pub ensure_account: EnsureAccount,
    /// All about the rights of a person.
    pub rights: Rights,
    /// All about partners.
    pub partners: Partners,
    /// All about providers of identities.
    pub providers: ProviderUseCases,
    /// Preferences and pictures.
    pub myself: Myself,
}

/// Who acts on what other contexts tell of somebody.
pub fn handlers(ports: &Ports) -> Vec<Arc<dyn EventHandler>> {
    let recorder = Recorder { clock: ports.clock.clone(), ids: ports.ids.clone(), events: ports.events.clone() };
    let (users, audit) = (ports.users.clone(), ports.audit.clone());
    vec![
        Arc::new(OnTrackHeld { users: users.clone(), audit: audit.clone(), recorder: recorder.clone() }),
        Arc::new(OnTrackReviewed { users, audit: audit.clone(), recorder: recorder.clone() }),
        Arc::new(OnEmbeddingsChanged { audit, recorder }),
    ]
}

impl UseCases {
    /// All use cases on `ports`.
    pub fn new(ports: &Ports) -> Self {
        let Ports { users, sessions, tickets, passwords, clock, randomness, ids, .. } = ports.clone();
        let recorder = Recorder { clock: clock.clone(), ids: ids.clone(), events: ports.events.clone() };
        let throttle = Throttle { log: ports.attempts.clone(), clock: clock.clone() };
        let open_session = OpenSession {
            sessions: sessions.clone(),
            access_tokens: ports.access_tokens.clone(),
            clock: clock.clone(),
            randomness: randomness.clone(),
            ids: ids.clone(),
            refresh_token_life: ports.refresh_token_life,
            recorder: recorder.clone(),
        };
        let address_in_use = AddressInUse { recorder: recorder.clone(), throttle: throttle.clone() };
        let create_account = CreateAccount {
            users: users.clone(),
            passwords: passwords.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            recorder: recorder.clone(),
            throttle: throttle.clone(),
            registrations_per_hour: ports.registrations_per_hour,
            randomness,
        };
        let link = OneTimeLink { tickets: tickets.clone(), tokens: ports.one_time.clone(), clock: clock.clone() };
        let second_factor =
            AskSecondFactor { factors: ports.second_factors.clone(), clock: clock.clone(), recorder: recorder.clone(), throttle: throttle.clone() };
        let prove_again = ProveAgain {
            users: users.clone(),
            passwords: passwords.clone(),
            throttle: throttle.clone(),
            second_factor: second_factor.clone(),
            redeem: RedeemFlow { flows: ports.providers.flows.clone(), clock: clock.clone() },
            identities: ports.providers.identities.clone(),
        };
        let enter = Enter {
            second_factor: second_factor.clone(),
            tickets: tickets.clone(),
            tokens: ports.one_time.clone(),
            open_session: open_session.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
        };
        let providers = ProviderUseCases::new(ports, create_account.clone(), enter.clone(), second_factor.clone(), recorder.clone());
        let second_factors = SecondFactors::new(ports, second_factor.clone(), prove_again.clone(), recorder.clone());
        let rights = Rights::new(ports, &recorder, &throttle, &prove_again);
        Self {
            register: Register { create_account: create_account.clone(), open_session: open_session.clone() },
            sign_in: SignIn { users: users.clone(), passwords: passwords.clone(), enter, throttle: throttle.clone() },
            complete_sign_in: CompleteSignIn {
                link: link.clone(),
                users: users.clone(),
                second_factor: second_factor.clone(),
                open_session: open_session.clone(),
            },
            refresh_session: RefreshSession {
                users: users.clone(),
                sessions: sessions.clone(),
                open_session: open_session.clone(),
                recorder: recorder.clone(),
            },
            sign_out: SignOut { sessions: sessions.clone(), clock: clock.clone(), recorder: recorder.clone() },
            forget_sessions: ForgetSessions {
                flows: ports.providers.flows.clone(),
                sessions: sessions.clone(),
                tickets: tickets.clone(),
                attempts: ports.attempts.clone(),
                clock: clock.clone(),
            },
            update_profile: UpdateProfile { users: users.clone() },
            become_artist: BecomeArtist { users: users.clone(), sessions: sessions.clone(), open_session, recorder: recorder.clone() },
            set_user_role: SetUserRole { users: users.clone(), recorder: recorder.clone() },
            grant_premium: GrantPremium { users: users.clone(), clock: clock.clone(), recorder: recorder.clone() },
            find_user: FindUser { users: users.clone() },
            verify_email: VerifyEmail { link: link.clone(), tickets: tickets.clone(), clock: clock.clone(), recorder: recorder.clone() },
            request_email_verification: RequestEmailVerification {
                users: users.clone(),
                tickets: tickets.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                recorder: recorder.clone(),
                throttle: throttle.clone(),
                address_in_use: address_in_use.clone(),
            },
            request_password_reset: RequestPasswordReset { tickets: tickets.clone(), clock: clock.clone(), ids: ids.clone(), throttle: throttle.clone() },
            send_password_resets: SendPasswordResets {
                users: users.clone(),
                tickets: tickets.clone(),
                clock: clock.clone(),
                ids: ids.clone(),
                recorder: recorder.clone(),
                throttle,
            },
            reset_password: ResetPassword {
                link: link.clone(),
                users: users.clone(),
                passwords: passwords.clone(),
                clock: clock.clone(),
                recorder: recorder.clone(),
            },
            change_password: ChangePassword {
                prove_again: prove_again.clone(),
                users: users.clone(),
                passwords,
                clock: clock.clone(),
                recorder: recorder.clone(),
            },
            request_email_change: RequestEmailChange {
                prove_again,
                users: users.clone(),
                tickets: tickets.clone(),
                clock: clock.clone(),
                ids,
                recorder: recorder.clone(),
                address_in_use,
            },
            confirm_email_change: ConfirmEmailChange { link, users: users.clone(), tickets, clock: clock.clone(), recorder: recorder.clone() },
            list_sessions: ListSessions { sessions: sessions.clone(), clock: clock.clone() },
            revoke_sessions: RevokeSessions { sessions, clock: clock.clone(), recorder: recorder.clone() },
            suspend_user: SuspendUser { users: users.clone(), clock, recorder: recorder.clone() },
            read_audit: ReadAudit { log: ports.audit.clone() },
            ensure_account: EnsureAccount { users, create_account, recorder: recorder.clone() },
            partners: Partners::new(ports, &second_factor, &recorder),
            myself: Myself::new(ports, &recorder),
            second_factors,
            rights,
            providers,
        }
    }
}
