//! All that can be done with identities of providers.

use std::sync::Arc;

use platform::sealed::Sealer;

use super::Ports;
use super::ask_second_factor::AskSecondFactor;
use super::create_account::CreateAccount;
use super::enter::Enter;
use super::link_provider::LinkProvider;
use super::ports::identity::{FlowRepository, IdentityRepository};
use super::record::Recorder;
use super::redeem_flow::RedeemFlow;
use super::return_from_provider::ReturnFromProvider;
use super::sign_in_with_provider::SignInWithProvider;
use super::start_provider_sign_in::{Providers, StartProviderSignIn};

/// What providers need of the outside.
#[derive(Clone)]
pub struct ProviderPorts {
    /// Those of the configuration.
    pub providers: Providers,
    /// Sign-ins on their way.
    pub flows: Arc<dyn FlowRepository>,
    /// Whose identities open which accounts.
    pub identities: Arc<dyn IdentityRepository>,
    /// Seals what travels with browsers.
    pub sealer: Sealer,
}

/// Everything the entrances can ask for about providers.
pub struct ProviderUseCases {
    /// Those of the configuration.
    pub list: Providers,
    /// Set out to one.
    pub start: StartProviderSignIn,
    /// Come back.
    pub come_back: ReturnFromProvider,
    /// Be signed in.
    pub sign_in: SignInWithProvider,
    /// Link and unlink.
    pub link: LinkProvider,
}

impl ProviderUseCases {
    /// All of them on `ports`.
    pub(super) fn new(ports: &Ports, create_account: CreateAccount, enter: Enter, second_factor: AskSecondFactor, recorder: Recorder) -> Self {
        let ProviderPorts { providers, flows, identities, sealer } = ports.providers.clone();
        let Ports { users, clock, randomness, ids, .. } = ports.clone();
        let redeem = RedeemFlow { flows: Arc::clone(&flows), clock: clock.clone() };
        Self {
            list: providers.clone(),
            start: StartProviderSignIn { providers: providers.clone(), sealer: sealer.clone(), clock: clock.clone(), randomness: randomness.clone() },
            come_back: ReturnFromProvider { providers, flows, sealer, clock: clock.clone(), randomness },
            sign_in: SignInWithProvider { redeem: redeem.clone(), identities: Arc::clone(&identities), users, create_account, enter, clock: clock.clone() },
            link: LinkProvider { redeem, identities, second_factor, clock, ids, recorder },
        }
    }
}
