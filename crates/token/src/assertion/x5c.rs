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

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
    use serde_json::{Value, json};

    use super::*;

    fn read_all(member: &Value) -> Vec<Vec<u8>> {
        certificates(&serde_json::value::to_raw_value(member).expect("it is JSON"))
    }

    /// Stands for a certificate: whether it is one is for the chain to say.
    fn der(number: u8) -> Vec<u8> {
        vec![0x30, 0x03, 0x02, 0x01, number, 0xff, 0xfb]
    }

    fn pem(number: u8) -> String {
        let body = STANDARD.encode(der(number));
        format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n")
    }

    #[test]
    fn every_form_that_clients_send_is_read() {
        let (one, two) = (der(1), der(2));
        let standard = STANDARD.encode(&one);
        assert!(standard.contains(['+', '/']) && standard.ends_with('='));
        for (member, expected) in [
            (json!([standard, STANDARD.encode(&two)]), vec![&one, &two]),
            (json!(standard), vec![&one]),
            (json!([URL_SAFE_NO_PAD.encode(&one)]), vec![&one]),
            (
                json!([format!("{}\r\n{}\n", &standard[..4], &standard[4..])]),
                vec![&one],
            ),
            (json!([STANDARD.encode(pem(1))]), vec![&one]),
            (
                json!(STANDARD.encode(format!("subject=x\n{}{}", pem(1), pem(2)))),
                vec![&one, &two],
            ),
            (json!(pem(1)), vec![&one]),
            (json!([pem(1), standard]), vec![&one, &one]),
            (json!(format!("{}{}", pem(1), pem(2))), vec![&one, &two]),
        ] {
            assert_eq!(
                read_all(&member),
                expected.into_iter().cloned().collect::<Vec<_>>(),
                "{member}"
            );
        }
    }

    #[test]
    fn what_cannot_be_read_is_left_out() {
        for member in [
            json!(null),
            json!(7),
            json!({"x": ["y"]}),
            json!([]),
            json!(""),
            json!(["", "?", "A", "aGVsbG8=", "é", null, 1, [], {}, ["MAA="]]),
            json!("-----BEGIN CERTIFICATE-----"),
            json!("-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----"),
            json!("-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n"),
        ] {
            assert_eq!(read_all(&member), Vec::<Vec<u8>>::new(), "{member}");
        }
        assert_eq!(
            read_all(&json!([1, STANDARD.encode(der(3)), "?"])),
            [der(3)]
        );
    }

    #[test]
    fn a_chain_has_an_end() {
        let many: Vec<_> = (0..50).map(|number| STANDARD.encode(der(number))).collect();
        assert_eq!(read_all(&json!(many)).len(), CERTIFICATES_MAX);
    }
}
