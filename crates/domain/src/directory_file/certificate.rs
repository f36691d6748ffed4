//! Certificates as people and tools hand them in: DER, PEM, or either of them in base64.
//!
//! Terraform sends the base64 of PEM text, the Azure CLI base64 with line breaks, SDKs plain base64
//! of DER. A private key that was taken for the certificate is named as such, and never shown.

use std::borrow::Cow;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::{KeyError, check_authority};

use crate::directory::rules;
use crate::directory::{CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate};

/// The largest certificate that is read, in bytes of its file or text.
const BYTES_MAX: usize = 1024 * 1024;

const PRIVATE_KEY: &str = "this is a private key: never put it here; it stays with the client. \
                           Give the certificate, which begins with `-----BEGIN CERTIFICATE-----`";

const NO_CERTIFICATE: &str = "is not one X.509 certificate in DER or PEM; make one from a key with \
                              `openssl req -x509 -key key.pem -subj /CN=name -out certificate.pem`";

const NO_AUTHORITY: &str = "is not a certificate authority, so no chain could lead to it: it needs \
                            the basic constraint CA and, where it has key usages, keyCertSign. \
                            Give the authority's own certificate, or trust this one without a \
                            subject";

/// Checks a new certificate credential as the directory file would, for one that comes by another
/// way.
///
/// The error is a sentence that says what is wrong and what to do.
pub fn check_certificate(new: &KeyCredential) -> Result<(), String> {
    if let Some(name) = &new.display_name {
        rules::name(name).map_err(|reason| format!("the name {reason}"))?;
    }
    if let KeyTrust::Authority(
        CertificateSubject::CommonName(subject)
        | CertificateSubject::DnsName(subject)
        | CertificateSubject::Uri(subject),
    ) = &new.trust
    {
        rules::word(subject).map_err(|reason| format!("the trusted subject {reason}"))?;
    }
    check_trust(&new.certificate, &new.trust).map_err(|reason| format!("the certificate {reason}"))
}

/// Refuses to trust as an authority what is none: no assertion would ever be accepted under it.
pub(super) fn check_trust(
    certificate: &RegisteredCertificate,
    trust: &KeyTrust,
) -> Result<(), String> {
    match trust {
        KeyTrust::Authority(_) => {
            check_authority(certificate.certificate().der()).map_err(|_| NO_AUTHORITY.to_owned())
        }
        KeyTrust::Certificate => Ok(()),
    }
}

/// Reads exactly one certificate: DER, PEM, base64 of DER or base64 of PEM, with or without line
/// breaks.
///
/// The error is a sentence for the person who wrote it; it never holds what was written, because
/// that may be a private key.
pub fn read_certificate(bytes: &[u8]) -> Result<RegisteredCertificate, String> {
    if bytes.len() > BYTES_MAX {
        return Err("is larger than 1 MiB; a certificate has a few kilobytes".into());
    }
    let der = match form(bytes) {
        Form::Der => Cow::Borrowed(bytes),
        Form::Pem => Cow::Owned(from_pem(bytes)?),
        Form::Base64 => {
            let inner = base64(bytes)?;
            match form(&inner) {
                Form::Pem => Cow::Owned(from_pem(&inner)?),
                Form::Der | Form::Base64 => Cow::Owned(inner),
            }
        }
    };
    refuse_private_der(&der)?;
    let certificate = RegisteredCertificate::from_der(&der).map_err(|error| reason(&error))?;
    match certificate.certificate().weak_signature_hash() {
        // Somebody else can have another certificate under the same signature, and this one is
        // trusted for what it says: its dates, and as an authority its constraints.
        Some(hash) => Err(format!(
            "is signed with {hash}, which can be forged; have a new one made with SHA-256"
        )),
        None => Ok(certificate),
    }
}

enum Form {
    Der,
    Pem,
    Base64,
}

fn form(bytes: &[u8]) -> Form {
    let marker = PEM_BEGIN.as_bytes();
    if bytes.windows(marker.len()).any(|window| window == marker) {
        Form::Pem
    } else if bytes.first() == Some(&SEQUENCE) {
        Form::Der
    } else {
        Form::Base64
    }
}

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;

/// PKCS#1, PKCS#8, SEC 1 and PKCS#12 begin with a version number; a certificate does not.
fn refuse_private_der(der: &[u8]) -> Result<(), String> {
    let length_bytes = match der.get(1) {
        Some(length) if length & 0x80 != 0 => usize::from(length & 0x7f),
        _ => 0,
    };
    match der.get(2 + length_bytes..) {
        Some([INTEGER, 1, 3, ..]) => Err(
            "this is a PKCS#12 store (.pfx), which holds a private key: never put it here; take \
             the certificate out with `openssl pkcs12 -in store.pfx -clcerts -nokeys`"
                .into(),
        ),
        Some([INTEGER, ..]) => Err(PRIVATE_KEY.into()),
        _ => Ok(()),
    }
}

const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_DASHES: &str = "-----";

/// The DER of the one certificate of a PEM text (RFC 7468). Text around it is passed over, as
/// OpenSSL writes some.
fn from_pem(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let text = String::from_utf8_lossy(bytes);
    let blocks: Vec<_> = text.split(PEM_BEGIN).skip(1).map(block).collect();
    // Looked for first: a file with both must not be kept, whatever else is wrong with it.
    if text.contains("PRIVATE KEY") {
        return Err(PRIVATE_KEY.into());
    }
    let blocks = blocks.into_iter().collect::<Result<Vec<_>, _>>()?;
    match blocks[..] {
        [("CERTIFICATE" | "X509 CERTIFICATE", body)] => base64(body.as_bytes()),
        [("PUBLIC KEY" | "RSA PUBLIC KEY", _)] => Err(
            "is a public key without a certificate; make a certificate for it with `openssl req \
             -x509`"
                .into(),
        ),
        [("CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST", _)] => {
            Err("is a request for a certificate; give the certificate itself".into())
        }
        [_] => Err(NO_CERTIFICATE.into()),
        _ => Err(format!(
            "holds {} certificates; give one, the application's own, without its chain",
            blocks.len()
        )),
    }
}

/// Label and base64 of a block, from behind `-----BEGIN `.
fn block(text: &str) -> Result<(&str, &str), String> {
    let (label, rest) = text.split_once(PEM_DASHES).ok_or(NO_CERTIFICATE)?;
    let end = format!("-----END {label}{PEM_DASHES}");
    let (body, _) = rest
        .split_once(&end)
        .ok_or_else(|| format!("is cut off: the line `{end}` is missing"))?;
    Ok((label, body))
}

fn base64(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let text: Vec<u8> = bytes
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    match STANDARD.decode(text) {
        Ok(decoded) if !decoded.is_empty() => Ok(decoded),
        _ => Err(NO_CERTIFICATE.into()),
    }
}

fn reason(error: &KeyError) -> String {
    match error {
        KeyError::Certificate => NO_CERTIFICATE.into(),
        KeyError::RsaSize(_) => format!("{error}; make a larger key"),
        KeyError::NoAlgorithm => {
            "has a key that no client assertion is signed with; use RSA of at least 2048 bits, \
             P-256 or P-384"
                .into()
        }
        other => format!("{other}; use RSA of at least 2048 bits, P-256 or P-384"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::directory_file::tests::fixtures;
    use crate::ids::{ApplicationId, KeyId};

    #[track_caller]
    fn check(bytes: impl AsRef<[u8]>, expected: &str) {
        match read_certificate(bytes.as_ref()) {
            Ok(read) => assert_eq!(expected, read.certificate().subject()),
            Err(reason) => assert!(
                !expected.is_empty() && reason.contains(expected),
                "{reason:?} for {expected:?}"
            ),
        }
    }

    #[test]
    fn one_certificate_in_every_wrapping() {
        let pem = fixtures::EC;
        let der = fixtures::der(pem);
        let text = STANDARD.encode(&der);
        let broken = |text: &str| {
            let lines: Vec<_> = text
                .as_bytes()
                .chunks(60)
                .map(String::from_utf8_lossy)
                .collect();
            lines.join("\r\n")
        };
        check(pem, "CN=orders");
        check(pem.replace('\n', "\r\n"), "CN=orders");
        check(pem.replace('\n', " "), "CN=orders");
        check(
            format!("Bag Attributes\n  name: x\n{pem}\ntrailer"),
            "CN=orders",
        );
        check(format!("\u{feff}{pem}"), "CN=orders");
        check(&der, "CN=orders");
        check(&text, "CN=orders");
        check(format!(" {}\n", broken(&text)), "CN=orders");
        check(STANDARD.encode(pem), "CN=orders");
        check(broken(&STANDARD.encode(pem)), "CN=orders");
        check(fixtures::RSA_2048, "CN=rsa");
        check(fixtures::EC_384, "O=Contoso, CN=nightly job");
    }

    #[test]
    fn what_is_no_certificate_is_told_apart() {
        let labelled =
            |label: &str| format!("-----BEGIN {label}-----\nMAA=\n-----END {label}-----\n");
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
            check(labelled(label), "this is a private key");
            check(STANDARD.encode(labelled(label)), "this is a private key");
            check(labelled(label) + fixtures::EC, "this is a private key");
            check(
                fixtures::EC.to_owned() + &labelled(label),
                "this is a private key",
            );
        }
        check(
            b"-----BEGIN EC PRIVATE KEY-----\ncut",
            "this is a private key",
        );
        check(
            [0x30, 0x82, 4, 0xa4, 2, 1, 0, 0x30],
            "this is a private key",
        );
        check(
            STANDARD.encode([0x30, 0x0a, 2, 1, 0]),
            "this is a private key",
        );
        check([0x30, 0x82, 9, 0, 2, 1, 3, 0x30], "PKCS#12 store");
        check(labelled("PUBLIC KEY"), "public key without");
        check(labelled("CERTIFICATE REQUEST"), "request for a certificate");
        check(labelled("CERTIFICATE"), "not one X.509 certificate");
        check(labelled("PKCS7"), "not one X.509 certificate");
        check("-----BEGIN CERTIFICATE-----\nMAA=", "is cut off");
        check("-----BEGIN CERTIFICATE", "not one X.509 certificate");
        check(fixtures::EC.repeat(2), "holds 2 certificates");
        check(fixtures::EC.repeat(300), "holds 300 certificates");
        check(
            fixtures::der(fixtures::EC).repeat(2),
            "not one X.509 certificate",
        );
        check(fixtures::EC.repeat(3000), "larger than 1 MiB");
        check(" ".repeat(BYTES_MAX + 1), "larger than 1 MiB");
        for nothing in ["", "\n", "certificate", "\0", "AAAA", "0"] {
            check(nothing, "not one X.509 certificate");
        }
        check([0x30], "not one X.509 certificate");
        check([0x30, 0xff], "not one X.509 certificate");
    }

    /// AST-36.
    #[test]
    fn weak_signatures_are_refused_whoever_made_them() {
        for pem in [
            fixtures::SHA1,
            fixtures::SHA1_ECDSA,
            fixtures::SHA1_PSS,
            fixtures::SHA1_BELOW,
        ] {
            check(pem, "is signed with SHA-1, which can be forged");
        }
        check(fixtures::MD5, "is signed with MD5, which can be forged");
        check(fixtures::SHA256_PSS, "CN=pss");
        check(fixtures::AUTHORITY, "CN=authority");
    }

    #[test]
    fn a_certificate_by_another_way_meets_the_files_rules() {
        let authority =
            |name: &str| KeyTrust::Authority(CertificateSubject::CommonName(name.into()));
        let long = "a".repeat(257);
        for (pem, name, trust, expected) in [
            (fixtures::EC, Some("nightly"), KeyTrust::Certificate, ""),
            (fixtures::EC, None, KeyTrust::Certificate, ""),
            (
                fixtures::EC,
                Some(" nightly"),
                KeyTrust::Certificate,
                "the name must not begin or end with a space",
            ),
            (
                fixtures::EC,
                Some("\u{202e}x"),
                KeyTrust::Certificate,
                "the name contains the control character U+202E",
            ),
            (
                fixtures::EC,
                Some(""),
                KeyTrust::Certificate,
                "the name must not be empty",
            ),
            (fixtures::AUTHORITY, None, authority("job"), ""),
            (
                fixtures::AUTHORITY,
                None,
                authority(""),
                "the trusted subject must not be empty",
            ),
            (
                fixtures::AUTHORITY,
                None,
                authority(&long),
                "the trusted subject has 257 characters",
            ),
            (
                fixtures::AUTHORITY,
                None,
                KeyTrust::Authority(CertificateSubject::DnsName("a\nb".into())),
                "the trusted subject contains the control character U+000A",
            ),
            (
                fixtures::AUTHORITY,
                None,
                KeyTrust::Authority(CertificateSubject::Uri(String::new())),
                "the trusted subject must not be empty",
            ),
            (
                fixtures::EC,
                None,
                authority("job"),
                "the certificate is not a certificate authority",
            ),
            (
                fixtures::NO_CERT_SIGN,
                None,
                authority("job"),
                "the certificate is not a certificate authority",
            ),
        ] {
            let certificate = read_certificate(pem.as_bytes()).expect("a good certificate");
            let (start_at, end_at) = certificate.validity();
            let found = check_certificate(&KeyCredential {
                key_id: KeyId::new(uuid::Uuid::from_u128(1)),
                application_id: ApplicationId::new(uuid::Uuid::from_u128(2)),
                service_principal_id: None,
                display_name: name.map(str::to_owned),
                certificate: Arc::new(certificate),
                trust,
                start_at,
                end_at,
            });
            match found {
                Ok(()) => assert_eq!(expected, "", "accepted"),
                Err(reason) => assert!(
                    !expected.is_empty() && reason.starts_with(expected),
                    "{reason:?} for {expected:?}"
                ),
            }
        }
    }

    #[test]
    fn weak_and_foreign_keys_are_refused() {
        check(
            fixtures::RSA_1024,
            "an RSA key of 1024 bits is refused; 2048",
        );
        check(fixtures::ED25519, "no client assertion is signed with");
    }
}
