//! A token in hand.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::HeaderValue;

use crate::life::Life;

/// An access token. Neither `Debug` nor `Display` shows it.
pub struct AccessToken {
    /// `Bearer`, a space and the token: one copy serves both uses.
    authorization: HeaderValue,
    life: Life,
}

impl AccessToken {
    pub(crate) fn new(authorization: HeaderValue, life: Life) -> Self {
        Self {
            authorization,
            life,
        }
    }

    /// The token itself. It is not for the client to look into: it may be encrypted.
    pub fn secret(&self) -> &str {
        let value = self.authorization.to_str().unwrap_or_default();
        value.strip_prefix("Bearer ").unwrap_or_default()
    }

    /// The value for an `Authorization` header, marked as sensitive.
    pub fn authorization(&self) -> HeaderValue {
        self.authorization.clone()
    }

    /// When the token ends, by this machine's clock when it was asked for.
    pub fn expires_at(&self) -> SystemTime {
        UNIX_EPOCH + self.life.expires_at()
    }

    pub(crate) fn life(&self) -> &Life {
        &self.life
    }

    pub(crate) fn expires_at_unix(&self) -> Duration {
        self.life.expires_at()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessToken")
            .field("expires_at_unix", &self.expires_at_unix().as_secs())
            .finish_non_exhaustive()
    }
}

impl fmt::Display for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = httpdate::fmt_http_date(self.expires_at());
        write!(f, "access token until {ends}, redacted")
    }
}
