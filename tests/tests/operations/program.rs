//! A program that knows its operations by name, as our apps do.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;
use tests::client::{Client, Live};
use tests::process::{Installation, Process};

/// What the program calls itself.
const NAME: &str = "polyphony-ios";

/// The file that is tested.
pub(crate) fn manifest() -> Value {
    let file = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../schema/persisted-operations.json");
    let text = std::fs::read_to_string(file).expect("the manifest is committed");
    serde_json::from_str(&text).expect("the manifest is JSON")
}

/// A running Polyphony that takes nothing but trusted operations, and a program that counts which of them it has used.
pub(crate) struct Program {
    _installation: Installation,
    pub(crate) polyphony: Process,
    ids: BTreeMap<String, String>,
    used: RefCell<BTreeSet<String>>,
}

impl Program {
    pub(crate) async fn start() -> Self {
        let mut installation = Installation::default();
        installation.set("GATEWAY__OPERATIONS__FREE_TEXT", "nobody");
        let polyphony = installation.up().await;
        let manifest = manifest();
        let operations = manifest["operations"].as_array().expect("operations");
        let ids = operations.iter().map(|operation| (text(&operation["name"]).to_owned(), format!("sha256:{}", text(&operation["id"])))).collect();
        Self { _installation: installation, polyphony, ids, used: RefCell::default() }
    }

    /// Somebody who has just installed the program.
    pub(crate) fn nobody(&self) -> Client {
        Client::anonymous(self.polyphony.url()).with_program(NAME)
    }

    fn id(&self, name: &str) -> &str {
        self.used.borrow_mut().insert(name.to_owned());
        self.ids.get(name).unwrap_or_else(|| panic!("{name} is not in the manifest"))
    }

    /// The data of an operation that succeeds and leaves no root field empty.
    pub(crate) async fn ask(&self, person: &Client, name: &str, variables: Value) -> Value {
        Self::whole(name, person.send_id(self.id(name), variables).await.expect_data())
    }

    /// The same with a file.
    pub(crate) async fn ask_with_file(&self, person: &Client, name: &str, file: &[u8]) -> Value {
        Self::whole(name, person.send_file_id(self.id(name), file).await.expect_data())
    }

    fn whole(name: &str, data: Value) -> Value {
        let fields = data.as_object().unwrap_or_else(|| panic!("{name} brings no data"));
        assert!(!fields.is_empty() && fields.values().all(|value| !value.is_null()), "{name} brings {data:#}");
        data
    }

    pub(crate) async fn live(&self, person: &Client, name: &str, variables: Value) -> Live {
        person.live_id(self.id(name), variables).await
    }

    /// What is in the manifest and has not been asked.
    pub(crate) fn unused(&self) -> Vec<&str> {
        let used = self.used.borrow();
        self.ids.keys().map(String::as_str).filter(|name| !used.contains(*name)).collect()
    }
}

pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("a text, not {value}"))
}
