//! Who calls a use case, and from where. Every entrance makes one.

use kernel::viewer::AccessError;
use kernel::{Session, Viewer};

/// The longest name of a program that is kept.
const LONGEST_DEVICE: usize = 200;

/// A caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub viewer: Viewer,
    /// From which address, where it is known.
    pub address: Option<String>,
    /// With which program, as it calls itself; at most 200 characters without control characters.
    pub device: Option<String>,
}

impl Caller {
    /// `viewer`, from `address`, with the program that calls itself `device`.
    pub fn new(viewer: Viewer, address: Option<String>, device: Option<&str>) -> Self {
        let device = device.map(|text| text.chars().filter(|c| !c.is_control()).take(LONGEST_DEVICE).collect::<String>());
        Self { viewer, address, device: device.filter(|text| !text.trim().is_empty()) }
    }

    /// The signed-in session, or the refusal.
    pub fn require_session(&self) -> Result<&Session, AccessError> {
        self.viewer.require_session()
    }

    /// An admin's session, or the refusal.
    pub fn require_admin(&self) -> Result<&Session, AccessError> {
        self.viewer.require_admin()
    }
}
