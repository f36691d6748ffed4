//! What the load driver is asked to do, and what it answers: JSON over its standard streams.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

use anyhow::bail;
use countersign_domain::ids::AppId;
use serde::{Deserialize, Serialize};

use crate::proof::Verified;

/// What tokens are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Algorithm {
    Rs256,
    Es256,
    EdDsa,
}

impl Algorithm {
    pub(crate) const ALL: [Self; 3] = [Self::Rs256, Self::Es256, Self::EdDsa];

    /// The name in a token's header.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Algorithm {
    type Err = anyhow::Error;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match Self::ALL
            .into_iter()
            .find(|algorithm| algorithm.name() == name)
        {
            Some(algorithm) => Ok(algorithm),
            None => bail!("{name:?} is not RS256, ES256 or EdDSA"),
        }
    }
}

/// Requests, and how to send them.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoadPlan {
    pub(crate) address: SocketAddr,
    /// The certificate to trust, in PEM.
    pub(crate) ca_file: PathBuf,
    /// The path of the token endpoint.
    pub(crate) path: String,
    pub(crate) scope: String,
    /// The clients that take turns, each with the form fields that prove it.
    pub(crate) clients: Vec<(AppId, String)>,
    pub(crate) connections: usize,
    /// Whether each request is sent on a new connection.
    pub(crate) is_fresh: bool,
    /// Seconds before anything is counted.
    pub(crate) warm_up_seconds: f64,
    pub(crate) limit: Limit,
    /// What the tokens must be signed with; another algorithm is an error.
    pub(crate) algorithm: Algorithm,
    /// What the clients' assertions are signed with; `None` where they show secrets.
    pub(crate) verified: Option<Verified>,
}

/// When to end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Limit {
    Seconds(f64),
    Grants(u64),
}

/// What the server did.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct LoadReport {
    /// Tokens that came in the measured time.
    pub(crate) grants: u64,
    /// The measured time.
    pub(crate) seconds: f64,
    /// From before sending (or connecting) to the last byte, in microseconds.
    pub(crate) p50_micros: u32,
    pub(crate) p99_micros: u32,
}

impl LoadReport {
    pub(crate) fn rate(&self) -> f64 {
        self.grants as f64 / self.seconds
    }
}
