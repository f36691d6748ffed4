//! JOSE and claims for workload identity: compact tokens, keys, certificates and key sets.
//!
//! Small on purpose, so that one person can audit it: the issuer signs and every resource verifies
//! with exactly this code. It knows no clock, no network, no files and no runtime; time comes in as
//! an argument.
//!
//! ```
//! use std::sync::Arc;
//! use countersign_token::{
//!     Algorithm, HeaderFields, Signer, SigningKey, Unverified, Verified, VerifyingKey, verify,
//! };
//! use serde_json::{Value, json};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256)?;
//! let key = Arc::new(SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8)?);
//! let signer = Signer::new(Arc::clone(&key), HeaderFields { kid: "k1", x5t: None });
//! let token = signer.sign_claims(&json!({"sub": "daemon"}))?;
//!
//! let verifying_key = VerifyingKey::from_spki(&key.public_key_spki()?, &[Algorithm::Es256])?;
//! let verified: Verified<Value> = verify(&Unverified::parse(&token)?, &verifying_key)?;
//! assert_eq!(verified.claims()["sub"], "daemon");
//! # Ok(())
//! # }
//! ```
#![warn(missing_docs)]

pub mod alg;
pub mod assertion;
pub mod base64url;
pub mod cert;
pub mod chain;
pub mod claims;
mod compact;
pub mod encrypted;
pub mod error;
mod header;
pub mod jwk;
mod key;
pub mod keyset;
mod public_key;
pub mod revocation;
pub mod sign;
pub mod verify;

pub use alg::Algorithm;
pub use assertion::{
    Assertion, AssertionClaims, AssertionError, Audience, KeyHints, Thumbprint, VerifiedClaims,
    verify_assertion,
};
pub use cert::Certificate;
pub use chain::{CertificateNames, ChainError, check_authority, verify_chain};
pub use claims::{AccessTokenClaims, CredentialStrength, TimeError, TokenVersion};
pub use compact::{TOKEN_LENGTH_MAX, Unverified};
pub use error::{KeyError, SignError, VerifyError};
pub use jwk::{Jwk, JwkSet};
pub use key::SigningKey;
pub use sign::{HeaderFields, Signer};
pub use verify::{Verified, VerifyingKey, verify};
