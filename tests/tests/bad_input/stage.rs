//! An installation with one person of each kind, and the table that is played on it.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::client::Client;
use tests::process::{Installation, Process};

/// Who sends a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Who {
    /// Not signed in.
    Nobody,
    /// A plain account.
    Listener,
    /// Owns what the case is about.
    Artist,
    /// Owns other things.
    OtherArtist,
    Admin,
}

/// A request that must be refused.
pub(crate) struct Case {
    /// What is wrong, for the message of a failure.
    pub(crate) what: &'static str,
    pub(crate) who: Who,
    pub(crate) operation: &'static str,
    pub(crate) variables: Value,
    pub(crate) code: &'static str,
    pub(crate) field: Option<&'static str>,
}

/// A running Polyphony and its people.
pub(crate) struct Stage {
    _installation: Installation,
    _polyphony: Process,
    people: BTreeMap<Who, Client>,
}

pub(crate) const PASSWORD: &str = "a long secret of mine";

impl Stage {
    pub(crate) async fn set() -> Self {
        let installation = Installation::default();
        let polyphony = installation.up().await;
        let nobody = Client::anonymous(polyphony.url());
        let mut people = BTreeMap::from([(Who::Nobody, nobody.clone())]);
        for (who, username) in [(Who::Listener, "listener"), (Who::Artist, "artist"), (Who::OtherArtist, "other_artist"), (Who::Admin, "admin")] {
            let token = register(&nobody, username).await;
            let mut person = nobody.with_token(&token);
            match who {
                Who::Artist | Who::OtherArtist => {
                    let payload = person.ask("mutation { becomeArtist { accessToken } }", Value::Null).await;
                    person = nobody.with_token(text(&payload["becomeArtist"]["accessToken"]));
                }
                Who::Admin => {
                    grant_admin(&installation, username).await;
                    let input = json!({ "login": username, "password": PASSWORD });
                    let payload =
                        nobody.ask("mutation($i: SignInInput!) { signIn(input: $i) { ... on SignInPayload { accessToken } } }", json!({ "i": input })).await;
                    person = nobody.with_token(text(&payload["signIn"]["accessToken"]));
                }
                Who::Nobody | Who::Listener => {}
            }
            people.insert(who, person);
        }
        Self { _installation: installation, _polyphony: polyphony, people }
    }

    pub(crate) fn client(&self, who: Who) -> &Client {
        &self.people[&who]
    }

    /// Sends every case and tells of all that were answered otherwise than they should be.
    pub(crate) async fn play(&self, cases: &[Case]) {
        let mut wrong = Vec::new();
        for case in cases {
            let answer = self.client(case.who).send(case.operation, case.variables.clone()).await;
            let given = answer.errors.first().map(|error| (error.code(), error.field()));
            if given != Some((case.code, case.field)) {
                let message = answer.errors.first().map(|error| &error.message);
                wrong.push(format!(
                    "{:?}, {}: expected {:?}, got {given:?} {message:?} {} by {}",
                    case.who,
                    case.what,
                    (case.code, case.field),
                    answer.data,
                    case.operation
                ));
            }
        }
        assert!(wrong.is_empty(), "{} of {} cases:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    }
}

pub(crate) async fn register(nobody: &Client, username: &str) -> String {
    let input = json!({ "username": username, "email": format!("{username}@example.org"), "password": PASSWORD });
    let payload = nobody.ask("mutation($i: RegisterInput!) { register(input: $i) { accessToken } }", json!({ "i": input })).await;
    text(&payload["register"]["accessToken"]).to_owned()
}

/// As an operator does it, beside the running Polyphony.
async fn grant_admin(installation: &Installation, username: &str) {
    let email = format!("{username}@example.org");
    let output = installation.run(&["account", "grant", username, "--email", &email, "--role", "admin"]).await;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
