//! The tables as rows.

pub(super) mod answer;
pub(super) mod api_key;
pub(super) mod api_key_secret;
pub(super) mod api_key_use;
pub(super) mod attempt;
pub(super) mod audit;
pub(super) mod avatar;
pub(super) mod data_export;
pub(super) mod deletion;
pub(super) mod ended_session;
pub(super) mod forgotten_password;
pub(super) mod identity;
pub(super) mod organisation;
pub(super) mod organisation_member;
pub(super) mod password;
pub(super) mod preferences;
pub(super) mod provider_flow;
pub(super) mod recovery_code;
pub(super) mod refresh_token;
pub(super) mod registration;
pub(super) mod second_factor;
pub(super) mod session;
pub(super) mod signing_key;
pub(super) mod ticket;
pub(super) mod user;
