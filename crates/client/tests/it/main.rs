//! Tests of the crate through its public face, against a small authority that speaks real HTTP. One
//! binary: add modules, not files beside this one.

mod authority;
mod authorizing;
mod azure;
mod caching;
mod credentials;
mod failures;
mod sharing;
mod tls;
