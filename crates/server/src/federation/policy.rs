//! Where the operator lets outgoing requests go, and whom they trust there.

use std::net::IpAddr;

use rustls::RootCertStore;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

use super::address;
use super::network::Network;

/// Where outgoing requests may go: the public internet, and networks that the operator lists.
#[derive(Debug, Clone, Default)]
pub struct OutboundPolicy {
    allowed: Vec<Network>,
    roots: Vec<CertificateDer<'static>>,
}

/// The PEM text holds no usable certificate authority.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no certificate authority: {0}; give one or more CERTIFICATE blocks in PEM")]
pub struct InvalidRoots(String);

impl OutboundPolicy {
    /// Opens networks that are not public, such as that of a cluster's own issuer. It opens exactly
    /// these and nothing beside them.
    #[must_use]
    pub fn allow(mut self, networks: impl IntoIterator<Item = Network>) -> Self {
        self.allowed.extend(networks);
        self
    }

    /// Opens the loopback addresses, for development.
    #[must_use]
    pub fn allow_loopback(self) -> Self {
        self.allow(Network::LOOPBACK)
    }

    /// Trusts the certificate authorities of a PEM text beside the system's.
    pub fn trust(mut self, pem: &[u8]) -> Result<Self, InvalidRoots> {
        let certificates = CertificateDer::pem_slice_iter(pem)
            .collect::<Result<Vec<_>, _>>()
            .map_err(|error| InvalidRoots(error.to_string()))?;
        if certificates.is_empty() {
            return Err(InvalidRoots("there is none in the text".to_owned()));
        }
        let mut store = RootCertStore::empty();
        for certificate in certificates {
            store
                .add(certificate.clone())
                .map_err(|error| InvalidRoots(error.to_string()))?;
            self.roots.push(certificate);
        }
        Ok(self)
    }

    /// What keeps requests from an address; `None` where they may go there.
    pub(super) fn denied_as(&self, address: IpAddr) -> Option<&'static str> {
        let denied = address::denied_as(address)?;
        let is_listed = self.allowed.iter().any(|network| network.contains(address));
        (!is_listed).then_some(denied)
    }

    pub(super) fn roots(&self) -> &[CertificateDer<'static>] {
        &self.roots
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_opens_exactly_what_it_names() {
        let listed = ["10.20.0.0/16", "fd00:1::/32"].map(|text| text.parse().expect("a network"));
        let policy = OutboundPolicy::default().allow(listed);
        let may_reach = |text: &str| {
            let address = text.parse().expect("an address");
            policy.denied_as(address).is_none()
        };
        for open in ["10.20.0.1", "10.20.255.255", "fd00:1::5", "8.8.8.8"] {
            assert!(may_reach(open), "{open}");
        }
        for shut in [
            "10.21.0.0",
            "10.19.255.255",
            "::ffff:10.20.0.1",
            "fd00:2::1",
            "127.0.0.1",
        ] {
            assert!(!may_reach(shut), "{shut}");
        }
    }

    #[test]
    fn roots_are_read_when_they_are_given() {
        for text in [
            "",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
            "no pem",
        ] {
            assert!(
                OutboundPolicy::default().trust(text.as_bytes()).is_err(),
                "{text:?}"
            );
        }
    }
}
