//! The TLS side of a listener.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::CipherSuite;
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

/// The protocols offered, best first.
const PROTOCOLS: [&[u8]; 2] = [b"h2", b"http/1.1"];

/// The TLS files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as PEM.
    #[error("cannot read {file} as PEM: {cause}")]
    File {
        /// Which.
        file: PathBuf,
        /// Why.
        cause: pem::Error,
    },
    /// Chain and key do not go together.
    #[error("the certificate in {file} cannot be used with its private key: {cause}")]
    Pair {
        /// The chain.
        file: PathBuf,
        /// Why.
        cause: rustls::Error,
    },
}

/// An acceptor for TLS 1.2 and 1.3 with a certificate from files.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let unreadable = |file: &PathBuf| {
        let file = file.clone();
        move |cause| TlsError::File { file, cause }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable(&files.certificate))?;
    if chain.is_empty() {
        return Err(unreadable(&files.certificate)(pem::Error::NoItemsFound));
    }
    let key =
        PrivateKeyDer::from_pem_file(&files.private_key).map_err(unreadable(&files.private_key))?;
    let pair = |cause| TlsError::Pair {
        file: files.certificate.clone(),
        cause,
    };
    let mut config = rustls::ServerConfig::builder_with_provider(Arc::new(provider()))
        .with_safe_default_protocol_versions()
        .map_err(pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(pair)?;
    config.alpn_protocols = PROTOCOLS.iter().map(|name| name.to_vec()).collect();
    config.ignore_client_order = true;
    // A resumed handshake costs more here than a full one with a P-256 certificate.
    config.send_tls13_tickets = 0;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// The library's choice of algorithms, with AES-128-GCM and SHA-256 first.
///
/// A handshake hashes much and often, and most processors have instructions for SHA-256 but none for
/// SHA-384, which most clients put first: it makes a handshake a sixth longer.
fn provider() -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    provider
        .cipher_suites
        .sort_by_key(|suite| suite.suite() != CipherSuite::TLS13_AES_128_GCM_SHA256);
    provider
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_suite_comes_first_and_none_is_lost() {
        let suites = provider().cipher_suites;
        assert_eq!(
            suites.first().map(rustls::SupportedCipherSuite::suite),
            Some(CipherSuite::TLS13_AES_128_GCM_SHA256)
        );
        assert_eq!(
            suites.len(),
            aws_lc_rs::default_provider().cipher_suites.len()
        );
    }
}
