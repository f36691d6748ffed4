//! The token endpoints: what a client-credentials request means and how it is decided.
//!
//! Read in the order of a request: [`form`] and [`basic`] take it apart, [`request`] makes one
//! type of v1.0 and v2.0, [`tenant_name`] and [`resource`] read what it names, [`client_auth`],
//! [`assertion`], [`certificate_auth`], [`federation`] and [`grant`] decide, [`claims`] says what
//! the token says, and [`revocation`] which tokens are good no more. [`meaning`]
//! explains a token to people, and [`error`] is the table of every refusal.

pub mod assertion;
pub mod basic;
pub mod certificate_auth;
pub mod claims;
pub mod client_auth;
pub mod error;
pub mod federation;
pub mod form;
pub mod grant;
pub mod leaf;
pub mod meaning;
pub mod metadata;
pub mod request;
pub mod resource;
pub mod revocation;
pub mod tenant_name;
