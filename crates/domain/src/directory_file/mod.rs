//! The directory file: tenants, applications, secrets, grants and users as one YAML (or JSON)
//! text, under the property names of Microsoft Graph.
//!
//! A file is read and checked by [`DirectoryFile::parse`], compared with the stored directory by
//! [`plan`], and written by [`export`]. Applying a file twice changes nothing, and so does
//! applying an export. This module opens no file and asks no clock: texts, the stored state, the
//! time, random bytes and the reading of certificates come in as arguments.
//!
//! ```
//! use countersign_domain::directory_file::DirectoryFile;
//!
//! let text = "
//! tenants:
//! - displayName: Contoso
//!   applications:
//!   - displayName: Orders API
//!     identifierUris: [orders]
//! ";
//! let errors = DirectoryFile::parse("contoso.yaml", text).expect_err("`orders` is no URI");
//! assert_eq!(errors.errors()[0].line, 6);
//! assert_eq!(
//!     errors.errors()[0].path,
//!     "tenants[0].applications[0].identifierUris[0]"
//! );
//! ```

mod certificate;
mod error;
mod export;
mod federated;
mod key_set;
mod keys;
mod parse;
mod plan;
mod reference;
mod schema;
mod shape;
#[cfg(test)]
mod tests;
mod tree;
mod validate;

pub use certificate::{check_certificate, read_certificate};
pub use error::{FileError, FileErrors};
pub(crate) use export::certificate_dates;
pub use export::export;
pub use federated::check_federated_credential;
pub(crate) use key_set::from_value as key_set;
pub use key_set::read_key_set;
pub use parse::DirectoryFile;
pub use plan::{GeneratedSecret, Plan, PlanLine, Sign, Situation, plan};
pub use reference::reference;

pub(crate) use error::quoted;
pub(crate) use plan::changes;
