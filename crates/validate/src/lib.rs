#![doc = include_str!("../README.md")]
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
mod revocations;
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
