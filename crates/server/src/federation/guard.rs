//! Keeps requests that others cause from reaching inside (server-side request forgery).
//!
//! Whoever may add a federated credential chooses a URL that this server asks. So every URL is
//! checked before it is used, every name is resolved once, every address of the answer is checked,
//! and the connection goes to exactly those addresses: a second look-up could answer differently.

use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::Url;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

use super::policy::OutboundPolicy;

/// A name can have any number of addresses; more are not tried.
const ADDRESSES_MAX: usize = 16;

/// Why a request is not made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Another scheme, or no scheme at all.
    #[error("only absolute https URLs are fetched")]
    NotHttps,
    /// Characters that URL parsers disagree about, or no valid host or port.
    #[error("not a URL that every parser reads alike")]
    NotAUrl,
    /// A user or a password in it.
    #[error("the URL holds a user name or a password")]
    User,
    /// The address is not public, and the operator did not list it.
    #[error("the address {address} is {range}; list its network to allow it")]
    Address {
        /// The address.
        address: IpAddr,
        /// The kind of range it is in.
        range: &'static str,
    },
}

/// The operator's policy at work, on URLs and on names.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    policy: Arc<OutboundPolicy>,
    /// A look-up cannot be abandoned: it holds its thread until the system gives up, which may be
    /// long after the request that wanted it.
    lookups: Arc<Semaphore>,
}

impl Guard {
    pub(super) fn new(policy: Arc<OutboundPolicy>, lookups_max: usize) -> Self {
        Self {
            policy,
            lookups: Arc::new(Semaphore::new(lookups_max)),
        }
    }

    /// Reads a URL that may be fetched. An address that stands in it is checked here, since no
    /// resolver will see it; a name is checked when it has been resolved.
    pub(super) fn check_url(&self, text: &str) -> Result<Url, Refusal> {
        let is_https = text
            .get(..8)
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://"));
        if !is_https {
            return Err(Refusal::NotHttps);
        }
        // The parser drops tabs and newlines and turns backslashes around; others do not.
        if text.contains(|c: char| c <= ' ' || c == '\u{7f}' || c == '\\') {
            return Err(Refusal::NotAUrl);
        }
        let authority = text[8..].split(['/', '?', '#']).next().unwrap_or_default();
        if authority.contains('@') {
            return Err(Refusal::User);
        }
        let url = Url::parse(text).map_err(|_| Refusal::NotAUrl)?;
        if authority.is_empty() || url.port() == Some(0) {
            return Err(Refusal::NotAUrl);
        }
        match address_in(&url) {
            Some(address) => self.check_address(address).map(|()| url),
            None => Ok(url),
        }
    }

    fn check_address(&self, address: IpAddr) -> Result<(), Refusal> {
        match self.policy.denied_as(address) {
            Some(range) => Err(Refusal::Address { address, range }),
            None => Ok(()),
        }
    }

    /// Those of a name's addresses that may be connected to; why not, where there are none.
    fn permitted(
        &self,
        addresses: impl Iterator<Item = SocketAddr>,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        let mut permitted = Vec::new();
        let mut refusal = None;
        for address in addresses.take(ADDRESSES_MAX) {
            match self.check_address(address.ip()) {
                Ok(()) => permitted.push(address),
                Err(because) => refusal = Some(because),
            }
        }
        match refusal {
            Some(because) if permitted.is_empty() => Err(because),
            _ => Ok(permitted),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let permit = Arc::clone(&guard.lookups).acquire_owned().await?;
            let lookup = tokio::task::spawn_blocking(move || {
                let _until_the_thread_is_free = permit;
                // The port of the URL takes the place of 0.
                (name.as_str(), 0)
                    .to_socket_addrs()
                    .map(Iterator::collect::<Vec<_>>)
            });
            let found = lookup.await.map_err(io::Error::other)??;
            let permitted = guard.permitted(found.into_iter())?;
            Ok(Box::new(permitted.into_iter()) as Addrs)
        })
    }
}

fn address_in(url: &Url) -> Option<IpAddr> {
    let host = url.host_str()?;
    let host = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.parse().ok()
}

#[cfg(test)]
mod tests;
