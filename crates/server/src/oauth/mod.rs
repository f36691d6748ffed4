//! The OAuth endpoints.

mod authenticate;
mod body;
pub(crate) mod discovery;
mod issue;
pub(crate) mod token;
