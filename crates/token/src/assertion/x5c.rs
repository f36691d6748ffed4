//! The certificates in `x5c`, in the forms that clients send. Never an error: nobody trusts them
//! as they are.

use std::borrow::Cow;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::value::RawValue;

use crate::base64url;

/// Real chains have two to four; the rest is left out. Their size is bounded by the assertion's.
const CERTIFICATES_MAX: usize = 10;

const PEM_START: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// Reads an array of texts or a single one, each base64 of DER, PEM, or base64 of PEM.
pub(super) fn certificates(member: &RawValue) -> Vec<Vec<u8>> {
    let texts: Vec<Cow<'_, str>> = match string(member) {
        Some(single) => vec![single],
        None => serde_json::from_str::<Vec<&RawValue>>(member.get())
            .unwrap_or_default()
            .into_iter()
            .filter_map(string)
            .collect(),
    };
    let certificates = texts.iter().flat_map(|text| read(text.as_bytes()));
    certificates.take(CERTIFICATES_MAX).collect()
}

fn string(value: &RawValue) -> Option<Cow<'_, str>> {
    serde_json::from_str(value.get()).ok()
}

fn read(text: &[u8]) -> Vec<Vec<u8>> {
    if let Some(certificates) = from_pem(text) {
        return certificates;
    }
    let visible: Vec<u8> = text
        .iter()
        .copied()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    let visible = String::from_utf8(visible).unwrap_or_default();
    let Ok(bytes) = base64url::decode_either_alphabet(&visible) else {
        return Vec::new();
    };
    from_pem(&bytes).unwrap_or_else(|| {
        bytes
            .starts_with(&[0x30])
            .then_some(bytes)
            .into_iter()
            .collect()
    })
}

/// All certificates of a PEM text; `None` if it is none.
fn from_pem(text: &[u8]) -> Option<Vec<Vec<u8>>> {
    let start = text
        .windows(PEM_START.len())
        .position(|window| window == PEM_START)?;
    let certificates = CertificateDer::pem_slice_iter(&text[start..]);
    Some(
        certificates
            .filter_map(|der| Some(der.ok()?.to_vec()))
            .collect(),
    )
}
