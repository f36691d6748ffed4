//! The rules of Countersign: what a directory is, how a token request is decided, what a
//! directory file means.
//!
//! Nothing here does I/O. The time, random bytes and stored values come in as arguments, so every
//! rule can be tested and fuzzed alone. This crate knows no HTTP server, no SQL and no files.

pub mod account;
pub mod clock;
pub mod consent;
pub mod directory;
pub mod directory_file;
pub mod graph;
pub mod ids;
pub mod node;
pub mod oauth;
pub mod random;
pub mod secret;
