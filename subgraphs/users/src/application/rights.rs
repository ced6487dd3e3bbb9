//! What the rights of a person need, put together: whole registrations, copies, and an end that leaves nothing.

use std::sync::Arc;

use chrono::Duration;
use kernel::PortError;
use object_store::ObjectStore;
use platform::bus::EventBus;
use platform::config::RightsConfig;
use platform::consumer::EventHandler;

use super::Ports;
use super::address_in_use::AddressInUse;
use super::complete_registration::CompleteRegistration;
use super::delete_account::DeleteAccount;
use super::end_account::EndAccount;
use super::export_data::ExportData;
use super::follow_export::FollowExport;
use super::on_person_answer::OnPersonAnswer;
use super::on_registration_step::OnRegistrationStep;
use super::prove_again::ProveAgain;
use super::record::Recorder;
use super::rights_ports::{DataExportRepository, DeletionRepository, RegistrationRepository};
use super::throttle::Throttle;

/// What the use cases of rights work with besides the others' ports.
#[derive(Clone)]
pub struct RightsPorts {
    /// Registrations.
    pub registrations: Arc<dyn RegistrationRepository>,
    /// Copies.
    pub exports: Arc<dyn DataExportRepository>,
    /// Ends.
    pub deletions: Arc<dyn DeletionRepository>,
    /// Where contexts are asked and answer.
    pub bus: Arc<dyn EventBus>,
    /// Where copies lie.
    pub blobs: Arc<dyn ObjectStore>,
    /// How long all of it takes at most.
    pub times: RightsConfig,
    /// What addresses begin with.
    pub public_url: String,
}

/// The use cases of rights.
pub struct Rights {
    /// Lead registrations to their end.
    pub complete_registration: CompleteRegistration,
    /// Copies.
    pub export_data: ExportData,
    /// Their progress.
    pub follow_export: FollowExport,
    /// What a person says about the end of their account.
    pub delete_account: DeleteAccount,
    /// The end itself.
    pub end_account: EndAccount,
    on_person_answer: Arc<OnPersonAnswer>,
}

impl Rights {
    /// All of them.
    pub(super) fn new(ports: &Ports, recorder: &Recorder, throttle: &Throttle, prove_again: &ProveAgain) -> Self {
        let RightsPorts { registrations, exports, deletions, bus, blobs, times, public_url } = ports.rights.clone();
        let (clock, ids) = (ports.clock.clone(), ports.ids.clone());
        let patience = Duration::seconds(times.answer_secs.into());
        let end_account = EndAccount {
            users: ports.users.clone(),
            deletions: deletions.clone(),
            bus: bus.clone(),
            blobs: blobs.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            recorder: recorder.clone(),
            patience,
        };
        let complete_registration = CompleteRegistration {
            registrations,
            users: ports.users.clone(),
            end_account: end_account.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            recorder: recorder.clone(),
            address_in_use: AddressInUse { recorder: recorder.clone(), throttle: throttle.clone() },
            patience: Duration::seconds(times.registration_secs.into()),
        };
        let export_data = ExportData {
            exports: exports.clone(),
            blobs,
            tokens: ports.one_time.clone(),
            clock: clock.clone(),
            ids: ids.clone(),
            recorder: recorder.clone(),
            throttle: throttle.clone(),
            patience,
            life: Duration::seconds(times.export_secs.into()),
            public_url,
        };
        let delete_account = DeleteAccount {
            deletions,
            prove_again: prove_again.clone(),
            clock: clock.clone(),
            ids,
            recorder: recorder.clone(),
            grace: Duration::seconds(times.deletion_grace_secs.into()),
        };
        let on_person_answer = Arc::new(OnPersonAnswer { exports, end_account: end_account.clone(), clock });
        let follow_export = FollowExport { export_data: export_data.clone(), bus };
        Self { complete_registration, export_data, follow_export, delete_account, end_account, on_person_answer }
    }

    /// What is done on events.
    pub fn handlers(&self) -> Vec<Arc<dyn EventHandler>> {
        vec![Arc::new(OnRegistrationStep { complete_registration: self.complete_registration.clone() }), self.on_person_answer.clone()]
    }

    /// Does what is due by now: what ran out of time, what is to begin, what all have answered.
    pub async fn go_on(&self) -> Result<(), PortError> {
        self.complete_registration.undo_overdue().await?;
        self.end_account.begin_due().await?;
        self.end_account.go_on().await?;
        self.export_data.go_on().await
    }
}
