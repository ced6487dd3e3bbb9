//! The adapters: the queue's table, templates, files and SMTP.

pub mod eml;
mod entity;
pub mod lettre;
pub mod mail_queue;
pub mod migration;
pub mod minijinja;
