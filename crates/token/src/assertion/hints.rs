//! What an assertion's header says about its key, in every encoding that clients use.

use std::fmt;

use crate::base64url;

/// Hints to look a registered certificate up with. Trust never rests on them.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct KeyHints {
    /// `x5t`: SHA-1 of the certificate.
    pub x5t: Option<[u8; 20]>,
    /// `x5t#S256`: SHA-256 of the certificate.
    pub x5t_s256: Option<[u8; 32]>,
    /// `x5t` or `x5t#S256` is there and is no thumbprint. It names no registered certificate, so
    /// whoever looks one up must refuse it; the keys of other issuers are found by `kid` alone.
    pub has_unreadable_thumbprint: bool,
    /// `kid`, as sent.
    pub kid: Option<String>,
    /// `kid`, if it is a thumbprint.
    pub kid_thumbprint: Option<Thumbprint>,
    /// `x5c`: certificates in DER, the signer's first. What could not be read is left out.
    pub x5c: Vec<Vec<u8>>,
}

/// A hash that names a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thumbprint {
    /// SHA-1, a name only.
    Sha1([u8; 20]),
    /// SHA-256.
    Sha256([u8; 32]),
}

impl KeyHints {
    pub(super) fn new(
        x5t: Option<&str>,
        x5t_s256: Option<&str>,
        kid: Option<String>,
        x5c: Vec<Vec<u8>>,
    ) -> Self {
        let (sha1, sha256) = (x5t.and_then(hash), x5t_s256.and_then(hash));
        Self {
            has_unreadable_thumbprint: x5t.is_some() && sha1.is_none()
                || x5t_s256.is_some() && sha256.is_none(),
            x5t: sha1,
            x5t_s256: sha256,
            kid_thumbprint: kid.as_deref().and_then(Thumbprint::parse),
            kid,
            x5c,
        }
    }
}

// A `kid` is any text of the peer's, as long as the peer likes; `{:?}` escapes it at least.
impl fmt::Debug for KeyHints {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyHints")
            .field("x5t", &self.x5t)
            .field("x5t_s256", &self.x5t_s256)
            .field("kid", &self.kid)
            .field("x5c", &self.x5c.len())
            .finish_non_exhaustive()
    }
}

impl Thumbprint {
    /// Reads base64url or standard base64, with padding or without, or hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        hash(text)
            .map(Self::Sha1)
            .or_else(|| hash(text).map(Self::Sha256))
    }
}

/// A hash of `N` bytes. No length in hexadecimal is one in base64, so no text has two meanings.
fn hash<const N: usize>(text: &str) -> Option<[u8; N]> {
    if text.len() == 2 * N {
        return from_hex(text);
    }
    // Before anything is decoded: hints are as long as a peer likes.
    let is_base64_length = text.len().abs_diff(base64url::encoded_length(N)) <= 2;
    let decoded = is_base64_length.then(|| base64url::decode_either_alphabet(text))?;
    decoded.ok()?.try_into().ok()
}

fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn spellings(hash: &[u8]) -> Vec<String> {
        vec![
            URL_SAFE.encode(hash),
            URL_SAFE_NO_PAD.encode(hash),
            STANDARD.encode(hash),
            STANDARD_NO_PAD.encode(hash),
            hex(hash),
            hex(hash).to_uppercase(),
        ]
    }

    #[test]
    fn what_is_no_thumbprint_is_marked_where_it_must_be_one() {
        let sha1 = [0xfb; 20];
        let mut bad = vec![
            String::new(),
            "?".repeat(27),
            "é".repeat(20),
            "ab ".repeat(9),
        ];
        // Too short, too long, of the other hash, with other padding, bits or white space.
        bad.extend([hex(&sha1[1..]), format!("{}00", hex(&sha1)), hex(&[1; 32])]);
        bad.extend([URL_SAFE.encode([1; 32]), URL_SAFE.encode([1; 19])]);
        bad.extend([
            format!("{}==", URL_SAFE_NO_PAD.encode(sha1)),
            format!("-+{}", "A".repeat(25)),
        ]);
        bad.extend([
            format!("{}B", "A".repeat(26)),
            format!(" {}", URL_SAFE.encode(sha1)),
        ]);
        bad.push("A".repeat(60_000));
        for text in bad {
            let shown: String = text.chars().take(60).collect();
            let hints = KeyHints::new(Some(&text), None, None, vec![]);
            assert!(hints.has_unreadable_thumbprint, "{shown:?}");
            assert_eq!(hints.x5t, None, "{shown:?}");
        }
        let (sha1, sha256) = (hex(&sha1), hex(&[1; 32]));
        let is_marked =
            |x5t, x5t_s256| KeyHints::new(x5t, x5t_s256, None, vec![]).has_unreadable_thumbprint;
        assert!(is_marked(None, Some(&*sha1)));
        assert!(is_marked(Some(&*sha1), Some("")));
        assert!(is_marked(Some(""), Some(&*sha256)));
        assert!(!is_marked(Some(&*sha1), Some(&*sha256)));
        assert!(!is_marked(None, None));
    }

    #[test]
    fn a_kid_may_be_anything() {
        for kid in ["", "k1", "6fb2a1f2-5c3c-4d55-8f3d-0a6b4d2b9f01", "é", "A=="] {
            let hints = KeyHints::new(None, None, Some(kid.into()), vec![]);
            assert_eq!(
                (hints.kid.as_deref(), hints.kid_thumbprint),
                (Some(kid), None)
            );
        }
    }

    proptest! {
        #[test]
        fn every_spelling_of_a_thumbprint_is_the_same(sha1: [u8; 20], sha256: [u8; 32]) {
            for (one, other) in spellings(&sha1).iter().zip(spellings(&sha256)) {
                let hints = KeyHints::new(Some(one), Some(&other), Some(one.clone()), vec![]);
                prop_assert_eq!((hints.x5t, hints.x5t_s256), (Some(sha1), Some(sha256)));
                prop_assert_eq!(hints.kid_thumbprint, Some(Thumbprint::Sha1(sha1)));
                prop_assert_eq!(Thumbprint::parse(&other), Some(Thumbprint::Sha256(sha256)));
            }
        }
    }
}
