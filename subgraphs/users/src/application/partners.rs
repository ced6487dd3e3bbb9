//! All that can be done about partners: organisations and their API keys.

use std::sync::Arc;

use super::Ports;
use super::ask_second_factor::AskSecondFactor;
use super::create_api_key::CreateApiKey;
use super::create_organisation::CreateOrganisation;
use super::enter_organisation::EnterOrganisation;
use super::find_api_key::FindApiKey;
use super::find_organisation::FindOrganisation;
use super::ports::api_key::ApiKeyRepository;
use super::ports::organisation::OrganisationRepository;
use super::put_organisation_member::PutOrganisationMember;
use super::record::Recorder;
use super::remove_organisation_member::RemoveOrganisationMember;
use super::revoke_api_key::RevokeApiKey;
use super::rotate_api_key::RotateApiKey;
use super::set_organisation_limits::SetOrganisationLimits;
use super::verify_api_key::VerifyApiKey;
use crate::domain::organisation::Limits;

/// What partners need of the outside.
#[derive(Clone)]
pub struct PartnerPorts {
    /// Organisations.
    pub organisations: Arc<dyn OrganisationRepository>,
    /// Their keys.
    pub api_keys: Arc<dyn ApiKeyRepository>,
    /// What the keys of a new organisation may use together.
    pub limits: Limits,
}

/// Everything the entrances can ask for about partners.
pub struct Partners {
    /// Become a partner.
    pub create_organisation: CreateOrganisation,
    /// Say who works for it.
    pub put_member: PutOrganisationMember,
    /// Say who does no more.
    pub remove_member: RemoveOrganisationMember,
    /// Grant more.
    pub set_limits: SetOrganisationLimits,
    /// Look organisations up.
    pub find_organisation: FindOrganisation,
    /// Get a key.
    pub create_api_key: CreateApiKey,
    /// Get a new secret for it.
    pub rotate_api_key: RotateApiKey,
    /// End it.
    pub revoke_api_key: RevokeApiKey,
    /// Look keys up.
    pub find_api_key: FindApiKey,
    /// Say what a key is good for.
    pub verify_api_key: VerifyApiKey,
}

impl Partners {
    /// All of them on `ports`.
    pub(super) fn new(ports: &Ports, second_factor: &AskSecondFactor, recorder: &Recorder) -> Self {
        let PartnerPorts { organisations, api_keys, limits } = ports.partners.clone();
        let Ports { users, clock, randomness, ids, .. } = ports.clone();
        let enter = EnterOrganisation { organisations: organisations.clone(), api_keys: api_keys.clone() };
        Self {
            create_organisation: CreateOrganisation { organisations: organisations.clone(), clock: clock.clone(), ids: ids.clone(), limits },
            put_member: PutOrganisationMember { enter: enter.clone(), organisations: organisations.clone(), users, clock: clock.clone() },
            remove_member: RemoveOrganisationMember { enter: enter.clone(), organisations: organisations.clone() },
            set_limits: SetOrganisationLimits { organisations: organisations.clone() },
            find_organisation: FindOrganisation { enter: enter.clone(), organisations },
            create_api_key: CreateApiKey {
                enter: enter.clone(),
                api_keys: api_keys.clone(),
                clock: clock.clone(),
                randomness: randomness.clone(),
                ids,
                second_factor: second_factor.clone(),
                recorder: recorder.clone(),
            },
            rotate_api_key: RotateApiKey {
                enter: enter.clone(),
                api_keys: api_keys.clone(),
                clock: clock.clone(),
                randomness,
                second_factor: second_factor.clone(),
                recorder: recorder.clone(),
            },
            revoke_api_key: RevokeApiKey { enter, api_keys: api_keys.clone(), clock: clock.clone(), recorder: recorder.clone() },
            find_api_key: FindApiKey { api_keys: api_keys.clone(), clock: clock.clone() },
            verify_api_key: VerifyApiKey { api_keys, clock },
        }
    }
}
