//! The OAuth endpoints.

pub(crate) mod admin_consent;
mod authenticate;
mod body;
pub(crate) mod discovery;
pub(crate) mod error_page;
mod issue;
pub(crate) mod revocations;
pub(crate) mod token;

pub(crate) use authenticate::verify_federated;
