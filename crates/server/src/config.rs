//! What the server needs to be told.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use countersign_domain::consent::answer::AnswerForm;
use countersign_token::JwkSet;

use crate::federation::{Limits, Network, OutboundPolicy};

/// The public base URL: scheme, host and port, without a path or a slash at its end.
///
/// Every address that is published is built from it, never from a request, so that a forged `Host`
/// cannot move an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl(String);

/// Why a text is not a public base URL.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidBaseUrl(&'static str);

impl BaseUrl {
    /// Reads a base URL such as `https://id.example:8443`.
    pub fn parse(text: &str) -> Result<Self, InvalidBaseUrl> {
        let authority = text.strip_prefix("https://").ok_or(InvalidBaseUrl(
            "the public URL must start with https://: every client library refuses plain http",
        ))?;
        let authority = authority.strip_suffix('/').unwrap_or(authority);
        if authority.contains(['/', '?', '#']) {
            return Err(InvalidBaseUrl(
                "the public URL may not have a path: several client libraries drop it",
            ));
        }
        let parsed: ::http::uri::Authority = authority
            .parse()
            .map_err(|_| InvalidBaseUrl("the public URL has no valid host"))?;
        if authority.contains('@') || parsed.host().is_empty() {
            return Err(InvalidBaseUrl(
                "the public URL is https://HOST or https://HOST:PORT",
            ));
        }
        let authority = authority.to_ascii_lowercase();
        let authority = authority.strip_suffix(":443").unwrap_or(&authority);
        Ok(Self(format!("https://{authority}")))
    }

    /// The URL, without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Host and port, as clients compare them.
    pub fn authority(&self) -> &str {
        &self.0["https://".len()..]
    }

    /// The host alone, without the brackets of an IPv6 address.
    pub fn host(&self) -> &str {
        let authority = self.authority();
        let host = match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        };
        host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where and how connections are taken.
#[derive(Debug)]
pub enum Listener {
    /// TLS with these files.
    Tls(TlsFiles),
    /// Plain HTTP behind proxies that end TLS; the client's address is taken from
    /// `X-Forwarded-For` where the connection comes from one of them.
    BehindProxy(TrustedProxies),
}

/// A certificate chain and its private key, in PEM.
#[derive(Debug, Clone)]
pub struct TlsFiles {
    /// The chain, leaf first.
    pub certificate: PathBuf,
    /// The leaf's private key.
    pub private_key: PathBuf,
}

/// Addresses whose forwarding headers are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(pub Vec<IpAddr>);

/// How to serve.
#[derive(Debug)]
pub struct Config {
    /// The name of the machine, by which people tell servers of one database apart.
    pub node_name: String,
    /// The public base URL.
    pub base_url: BaseUrl,
    /// Where to listen.
    pub listen: SocketAddr,
    /// TLS, or behind a proxy.
    pub listener: Listener,
    /// How long a node that cannot reach its database serves what it knows.
    pub stale_max: Duration,
    /// Which addresses may be asked for the keys of other issuers, and whose certificates count.
    pub outbound: OutboundPolicy,
    /// How long keys of other issuers are believed, and how much fetching them may take.
    pub outbound_limits: Limits,
    /// From where the metrics may be read.
    pub metrics_networks: Vec<Network>,
    /// How applications are told what became of their consent requests.
    pub consent_answer: AnswerForm,
    /// The keys of the issuer inside a development server.
    pub development_issuer: Option<JwkSet>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_url_is_a_scheme_and_a_host() {
        let parse = |text| BaseUrl::parse(text).map(|url| url.to_string()).ok();
        assert_eq!(
            parse("https://localhost:8443").as_deref(),
            Some("https://localhost:8443")
        );
        assert_eq!(
            parse("https://ID.Example/").as_deref(),
            Some("https://id.example")
        );
        assert_eq!(
            parse("https://id.example:443").as_deref(),
            Some("https://id.example")
        );
        assert_eq!(
            parse("https://[::1]:8443").as_deref(),
            Some("https://[::1]:8443")
        );
        for text in [
            "http://a",
            "https://",
            "https://a/b",
            "https://a?b",
            "https://u@a",
            "a",
            "https:// a",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        let host = |text| BaseUrl::parse(text).map(|url| url.host().to_owned());
        assert_eq!(host("https://[::1]:8443"), Ok("::1".into()));
        assert_eq!(host("https://[::1]"), Ok("::1".into()));
        assert_eq!(host("https://id.example:8443"), Ok("id.example".into()));
    }
}
