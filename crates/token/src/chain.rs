//! Chains of certificates to a registered authority, and the names in a certificate.
//!
//! The path is built and verified by webpki. What webpki leaves to others is added here: whether
//! the registered certificate is an authority at all, its own path length, and key usages.

use std::time::Duration;

use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, Error, KeyUsage, VerifiedPath, anchor_from_trusted_cert,
};
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::FromDer;

/// So many intermediates are looked at. The search tries their every order, and who sends them has
/// proved nothing yet; real chains have up to three.
const INTERMEDIATES_MAX: usize = 5;

/// Why a certificate is not accepted under an authority.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The leaf is not one X.509 certificate in DER that this crate can read.
    #[error("the certificate cannot be read")]
    Malformed,
    /// The registered certificate cannot be read or may not sign certificates.
    #[error("the registered certificate is not a certificate authority")]
    Authority,
    /// The leaf is the authority itself, or an authority of its own.
    #[error("a certificate authority does not sign assertions")]
    LeafIsAuthority,
    /// A certificate of the path is not yet or no longer valid.
    #[error("a certificate of the chain has expired or is not valid yet")]
    NotCurrent,
    /// The leaf, by its key usages, is not for client authentication by signature.
    #[error("the certificate is not for client authentication")]
    Usage,
    /// No path with good signatures and constraints leads to the authority.
    #[error("no valid chain leads to the registered authority")]
    Untrusted,
}

/// Checks that a path leads from `leaf` over some of the first five `intermediates`, in any order,
/// to `anchor`, all in DER, and that every certificate on it is valid at `at`, in Unix seconds.
///
/// The leaf must be for client authentication, or say nothing about its purpose. Revocation is not
/// looked at.
///
/// # Errors
/// [`ChainError`], by what is wrong.
pub fn verify_chain(
    leaf: &[u8],
    intermediates: &[Vec<u8>],
    anchor: &[u8],
    at: i64,
) -> Result<(), ChainError> {
    let authority = Authority::read(anchor, at)?;
    if leaf == anchor {
        return Err(ChainError::LeafIsAuthority);
    }
    if !may_sign_assertions(&parse(leaf).ok_or(ChainError::Malformed)?) {
        return Err(ChainError::Usage);
    }
    let seconds = u64::try_from(at).map_err(|_| ChainError::NotCurrent)?;
    let (leaf, anchor) = (CertificateDer::from(leaf), CertificateDer::from(anchor));
    let leaf = EndEntityCert::try_from(&leaf).map_err(|_| ChainError::Malformed)?;
    let anchors = [anchor_from_trusted_cert(&anchor).map_err(|_| ChainError::Authority)?];
    let intermediates: Vec<_> = intermediates
        .iter()
        .take(INTERMEDIATES_MAX)
        .map(|der| CertificateDer::from(der.as_slice()))
        .collect();
    leaf.verify_for_usage(
        ALL_VERIFICATION_ALGS,
        &anchors,
        &intermediates,
        UnixTime::since_unix_epoch(Duration::from_secs(seconds)),
        KeyUsage::client_auth(),
        None,
        Some(&|path| check_path(path, &authority)),
    )
    .map(|_| ())
    .map_err(|error| refusal(&error))
}

/// Checks that a certificate in DER may be trusted as an authority by [`verify_chain`]: it says so
/// itself, and signs certificates where it has key usages. Its dates are not looked at.
///
/// # Errors
/// [`ChainError::Authority`] when it may not.
pub fn check_authority(der: &[u8]) -> Result<(), ChainError> {
    let certificate = parse(der).ok_or(ChainError::Authority)?;
    Authority::of(&certificate).map(drop)
}

/// The names that a certificate gives its subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateNames {
    /// The common name of the subject, if there is exactly one.
    pub common_name: Option<String>,
    /// DNS names among the alternative names.
    pub dns_names: Vec<String>,
    /// URIs among the alternative names.
    pub uris: Vec<String>,
}

impl CertificateNames {
    /// Reads the names of a certificate in DER. They mean something once [`verify_chain`] passed.
    ///
    /// # Errors
    /// [`ChainError::Malformed`] when it cannot be read.
    pub fn of(der: &[u8]) -> Result<Self, ChainError> {
        let certificate = parse(der).ok_or(ChainError::Malformed)?;
        let mut common_names = certificate.subject().iter_common_name();
        // Two common names would leave it to the reader which of them counts.
        let common_name = match (common_names.next(), common_names.next()) {
            (Some(only), None) => only.as_str().ok().map(str::to_owned),
            _ => None,
        };
        let (mut dns_names, mut uris) = (Vec::new(), Vec::new());
        let alternative = certificate.subject_alternative_name();
        let alternative = alternative.map_err(|_| ChainError::Malformed)?;
        for name in alternative
            .iter()
            .flat_map(|extension| &extension.value.general_names)
        {
            match name {
                GeneralName::DNSName(name) => dns_names.push((*name).to_owned()),
                GeneralName::URI(uri) => uris.push((*uri).to_owned()),
                GeneralName::Invalid(..) => return Err(ChainError::Malformed),
                _ => {}
            }
        }
        Ok(Self {
            common_name,
            dns_names,
            uris,
        })
    }
}

/// What a registered authority says of itself.
struct Authority {
    /// At most so many authorities below it.
    path_length: Option<u32>,
}

impl Authority {
    fn read(der: &[u8], at: i64) -> Result<Self, ChainError> {
        let certificate = parse(der).ok_or(ChainError::Authority)?;
        let authority = Self::of(&certificate)?;
        let validity = certificate.validity();
        if at < validity.not_before.timestamp() || at > validity.not_after.timestamp() {
            return Err(ChainError::NotCurrent);
        }
        Ok(authority)
    }

    fn of(certificate: &X509Certificate<'_>) -> Result<Self, ChainError> {
        let constraints = certificate
            .basic_constraints()
            .map_err(|_| ChainError::Authority)?;
        let constraints = constraints.filter(|constraints| constraints.value.ca);
        let constraints = constraints.ok_or(ChainError::Authority)?;
        if !may_sign_certificates(certificate) {
            return Err(ChainError::Authority);
        }
        Ok(Self {
            path_length: constraints.value.path_len_constraint,
        })
    }
}

fn check_path(path: &VerifiedPath<'_>, authority: &Authority) -> Result<(), Error> {
    let count = path.intermediate_certificates().count();
    let allowed = authority
        .path_length
        .map(|length| usize::try_from(length).unwrap_or(usize::MAX));
    if allowed.is_some_and(|allowed| count > allowed) {
        return Err(Error::PathLenConstraintViolated);
    }
    let may_all_sign = path.intermediate_certificates().all(|certificate| {
        parse(&certificate.der()).is_some_and(|parsed| may_sign_certificates(&parsed))
    });
    if may_all_sign {
        Ok(())
    } else {
        Err(Error::EndEntityUsedAsCa)
    }
}

/// No key usages at all means any (RFC 5280 §4.2.1.3); ones that cannot be read mean none.
fn may_sign_certificates(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.key_usage();
    usage.is_ok_and(|usage| usage.is_none_or(|usage| usage.value.key_cert_sign()))
}

fn may_sign_assertions(certificate: &X509Certificate<'_>) -> bool {
    let usage = certificate.key_usage();
    usage.is_ok_and(|usage| usage.is_none_or(|usage| usage.value.digital_signature()))
}

fn parse(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, certificate) = X509Certificate::from_der(der).ok()?;
    rest.is_empty().then_some(certificate)
}

fn refusal(error: &Error) -> ChainError {
    match error {
        Error::CertExpired { .. } | Error::CertNotValidYet { .. } | Error::InvalidCertValidity => {
            ChainError::NotCurrent
        }
        Error::RequiredEkuNotFoundContext(_) | Error::EmptyEkuExtension => ChainError::Usage,
        Error::CaUsedAsEndEntity => ChainError::LeafIsAuthority,
        _ => ChainError::Untrusted,
    }
}
