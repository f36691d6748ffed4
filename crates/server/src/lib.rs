//! Countersign's server: the token endpoints, discovery and keys over HTTP.
//!
//! It can be embedded: it knows no arguments, no environment and no exit codes. Give it a
//! [`Config`], a database and the keys that are not in it, and it serves until it is told to stop.

mod clock;
mod cloud;
mod config;
mod development_issuer;
mod directory;
pub mod federation;
mod graph;
mod health;
mod http;
mod known_leaves;
mod metrics;
mod nodes;
mod oauth;
mod password_work;
mod platform;
mod portal;
mod random;
mod run;
mod seal;
mod seen_assertions;
mod sign_in_log;
mod signing;
mod state;
mod throttle;

pub use clock::SystemClock;

pub use config::{BaseUrl, Config, InvalidBaseUrl, Listener, TlsFiles, TrustedProxies};
pub use development_issuer::development_issuer;
pub use federation::{Limits, Network, OutboundPolicy};
pub use metrics::reference as metrics_reference;
pub use platform::{PlatformError, platform_writes};
pub use random::SystemRandom;
pub use run::{Running, StartError, start};
pub use seal::MasterKey;
pub use state::Keys;
