//! Checks access tokens at the resource: the receiving half of the client-credentials flow.
//!
//! A [`Validator`] knows one authority, one tenant and the audiences of one API. It fetches the
//! authority's signing keys itself and accepts v1.0 and v2.0 tokens. What a caller may do is a
//! [`Policy`], a plain value; [`ValidateLayer`] puts both in front of any `tower` service, and with
//! the feature `axum` (on by default) handlers take the [`Caller`] as an argument.
//!
//! ```no_run
//! use axum::{Router, routing::get};
//! use countersign_validate::{Caller, Policy, ValidateLayer, Validator};
//!
//! async fn orders(caller: Caller) -> String {
//!     format!("orders for application {}", caller.application_id)
//! }
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let validator = Validator::builder()
//!     .authority("https://login.example.com:8443")
//!     .tenant("11111111-2222-3333-4444-555555555555")
//!     .audience("api://orders")
//!     .audience("66666666-7777-8888-9999-000000000000")
//!     .build()?;
//! let readers = Policy::roles_any(["Orders.Read.All", "Orders.ReadWrite.All"]);
//! let app: Router =
//!     Router::new().route("/orders", get(orders)).layer(ValidateLayer::new(validator, readers));
//! # Ok(())
//! # }
//! ```
//!
//! # What is decided here, and how
//!
//! * **A valid signature opens nothing.** Any client of the tenant may be given a token for this
//!   API, one without `roles` included. Such tokens are refused unless the policy is an access
//!   list or says [`Policy::allow_without_roles`].
//! * **Identity is tenant and object id**, never a name; see [`Caller::id`].
//! * **Keys** are believed for ten minutes, fetched again for an unknown key id at most every 30
//!   seconds, and serve on for up to a day while the authority is down. Until the first fetch has
//!   succeeded requests are answered 503; there is no state in which tokens pass unchecked.
//! * **The peer learns nothing** about why a token was refused (RFC 6750 §3.1 codes only); the log
//!   gets the cause through `tracing`, without the token.
#![warn(missing_docs)]

mod build;
mod builder;
mod cache;
mod caller;
mod challenge;
mod claims;
mod clock;
mod discovery;
mod error;
#[cfg(feature = "axum")]
mod extract;
mod grpc;
mod header;
mod issuer;
mod keys;
mod layer;
mod metadata;
mod policy;
mod rules;
mod validator;

pub use builder::{BuildError, ValidatorBuilder};
pub use caller::{Caller, CallerId};
pub use challenge::Challenge;
#[cfg(feature = "axum")]
pub use claims::Claims;
pub use claims::{ClaimsError, RawClaims};
pub use countersign_token::encrypted::OpenError;
pub use countersign_token::keyset::Keys;
pub use countersign_token::{
    CredentialStrength, Jwk, JwkSet, KeyError, TimeError, TokenVersion, VerifyError,
};
pub use error::{ClaimsRequest, InvalidToken, Rejection};
#[cfg(feature = "axum")]
pub use extract::LayerMissing;
pub use header::bearer_token;
pub use layer::{Validate, ValidateLayer};
pub use metadata::{MetadataService, ResourceError, ResourceMetadata};
pub use policy::Policy;
pub use validator::Validator;
