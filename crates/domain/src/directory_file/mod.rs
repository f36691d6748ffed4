//! The directory file: tenants, applications, secrets, grants and users as one YAML (or JSON)
//! text, under the property names of Microsoft Graph.
//!
//! A file is read and checked by [`DirectoryFile::parse`], compared with the stored directory by
//! [`plan`], and written by [`export`]. Applying a file twice changes nothing, and so does
//! applying an export. This module opens no file and asks no clock: texts, the stored state, the
//! time and random bytes come in as arguments.

mod error;
mod export;
mod keys;
mod parse;
mod plan;
mod reference;
mod rules;
mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod tree;
mod validate;

pub use error::{FileError, FileErrors};
pub use export::export;
pub use parse::DirectoryFile;
pub use plan::{GeneratedSecret, Plan, PlanLine, Sign, Situation, plan};
pub use reference::reference;
