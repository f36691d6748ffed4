//! Admin consent: what an application asks an administrator for, what accepting does, and where the
//! browser goes afterwards.
//!
//! Read in the order of a request: [`request`] makes one type of v1.0 and v2.0, [`redirect_uri`]
//! says where the answer may go, [`offer`] is what the page shows, [`effects`] what accepting does,
//! [`answer`] what the application is told. Until [`redirect_uri`] has found a registered URI, and
//! for every refusal after it, people see a page: no browser is sent to an address that nobody
//! registered (RFC 9700 section 4.11). Refusals are rows of [`crate::oauth::error`].

pub mod answer;
pub mod effects;
#[cfg(test)]
mod fixtures;
pub mod offer;
pub mod redirect_uri;
pub mod request;
