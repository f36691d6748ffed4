#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod assertion;
mod authority;
mod authorize;
#[cfg(feature = "azure-core")]
mod azure;
mod backoff;
mod builder;
mod cache;
mod challenge;
mod client;
mod clock;
mod credential;
mod environment;
mod error;
mod exchange;
mod file_cache;
#[cfg(feature = "tower")]
mod layer;
mod life;
#[cfg(feature = "reqwest-middleware")]
mod middleware;
mod plan;
mod random;
mod refusal;
mod request;
mod response;
mod retry_after;
mod secret;
mod state;
mod token;

pub use authorize::{Authorizer, InsecureAddress, SendError};
pub use builder::{BuildError, ClientBuilder};
pub use challenge::claims_challenge;
pub use client::Client;
pub use credential::{AssertionContext, CertificateError, ClientCertificate, Credential};
pub use error::{Error, ErrorKind};
pub use file_cache::FileCache;
#[cfg(feature = "tower")]
pub use layer::Authorize;
pub use refusal::Refusal;
pub use request::TokenRequest;
pub use token::AccessToken;
