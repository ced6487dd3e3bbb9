//! The composition root: picks what runs in this process and wires it together. `polyphony up` is the whole product;
//! `polyphony serve NAME` is one service of it; the other commands are tools for operators and artists.

pub mod cli;
pub mod contexts;
pub mod demo;
pub mod embeddings;
pub mod events;
pub mod fingerprints;
pub mod import;
pub mod jobs;
pub mod node;
pub mod schema;
pub mod schema_check;
pub mod serve;
pub mod up;
