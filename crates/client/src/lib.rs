#![doc = include_str!("../README.md")]
#![warn(missing_docs)]

mod assertion;
mod authority;
mod backoff;
mod builder;
mod cache;
mod client;
mod clock;
mod credential;
mod environment;
mod error;
mod exchange;
mod file_cache;
mod life;
mod plan;
mod random;
mod refusal;
mod request;
mod response;
mod retry_after;
mod secret;
mod token;

pub use builder::{BuildError, ClientBuilder};
pub use client::Client;
pub use credential::{AssertionContext, CertificateError, ClientCertificate, Credential};
pub use error::{Error, ErrorKind};
pub use file_cache::FileCache;
pub use refusal::Refusal;
pub use request::TokenRequest;
pub use token::AccessToken;
