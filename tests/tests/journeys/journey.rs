//! What one scenario has so far.

use std::collections::BTreeMap;
use std::path::PathBuf;

use cucumber::World;
use cucumber::event::ScenarioFinished;
use rustix::process::Pid;
use serde_json::{Value, json};
use tests::client::{Answer, Client, Live};
use tests::process::{Installation, Process};

/// One scenario's installation and the people who use it.
#[derive(Debug, Default, World)]
pub(crate) struct Journey {
    pub(crate) installation: Installation,
    pub(crate) polyphony: Option<Process>,
    pub(crate) worker: Option<Process>,
    /// The other services, by name, when each has a process of its own; `polyphony` is the gateway then.
    pub(crate) services: BTreeMap<String, Process>,
    /// How the last process that was asked to stop did so.
    pub(crate) stopped: Option<(std::process::ExitStatus, String)>,
    /// Processes of a worker that was killed.
    pub(crate) orphans: Vec<Pid>,
    /// By first name.
    pub(crate) people: BTreeMap<String, Client>,
    /// Ids by title.
    pub(crate) tracks: BTreeMap<String, String>,
    /// The newest of a track's uploads, as it is processed.
    pub(crate) processing: Option<Processing>,
    /// What the endpoint said last to somebody who wanted something.
    pub(crate) answer: Option<Answer>,
    /// What an upload address said last, or its completion: an HTTP status and a text.
    pub(crate) refusal: Option<(u16, String)>,
    /// The media address in hand.
    pub(crate) address: Option<String>,
    /// What a phone has been answered last, with what caches are told of it.
    pub(crate) kept: Option<crate::phones::Kept>,
    /// The second factor that somebody has.
    pub(crate) phone: Option<crate::second_factor::Phone>,
    /// The provider of identities beside Polyphony.
    pub(crate) provider: Option<crate::providing::Provider>,
    /// The folder to import, and what is in it.
    pub(crate) music: Option<crate::importing::Music>,
    /// What partners have, by name.
    pub(crate) partners: BTreeMap<String, crate::partners::PartnerKey>,
    pub(crate) imported: Option<std::process::Output>,
    /// Recordings that wait for an admin.
    pub(crate) queue: Value,
    /// The id of an account's end.
    pub(crate) deletion: Option<String>,
}

/// A live operation that tells how far the processing of a track is.
pub(crate) struct Processing(pub(crate) Live);

impl std::fmt::Debug for Processing {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Processing")
    }
}

impl Journey {
    pub(crate) fn polyphony(&self) -> &Process {
        self.polyphony.as_ref().expect("Polyphony is running")
    }

    /// Somebody without an account.
    pub(crate) fn stranger(&self) -> Client {
        Client::anonymous(self.polyphony().url())
    }

    pub(crate) fn person(&self, name: &str) -> &Client {
        self.people.get(name).unwrap_or_else(|| panic!("{name} has registered"))
    }

    pub(crate) fn track(&self, title: &str) -> &str {
        self.tracks.get(title).unwrap_or_else(|| panic!("{title} has been made"))
    }

    pub(crate) fn address(&self) -> &str {
        self.address.as_deref().expect("an address is in hand")
    }

    pub(crate) fn blobs(&self) -> PathBuf {
        self.installation.data().join("blobs")
    }

    /// `TrackState` as its artist sees it.
    pub(crate) async fn state_of(&self, title: &str) -> Value {
        let track = "query($id: ID!) { track(id: $id) { state } }";
        let artist = self.people.values().next().expect("somebody has made it");
        artist.ask(track, json!({ "id": self.track(title) })).await["track"]["state"].clone()
    }
}

/// Shows what the processes of a failed scenario have printed.
#[expect(clippy::print_stderr, reason = "for the person who reads why the test failed")]
pub(crate) fn explain(outcome: &ScenarioFinished, journey: Option<&mut Journey>) {
    let failed = !matches!(outcome, ScenarioFinished::StepPassed);
    let Some(journey) = journey.filter(|_| failed) else { return };
    for process in [&journey.polyphony, &journey.worker].into_iter().flatten().chain(journey.services.values()) {
        eprintln!("--- {} printed:\n{}", process.url(), process.log());
    }
}
