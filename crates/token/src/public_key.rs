//! Public keys taken apart into the numbers that a JWK carries, and put together again.

use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as ParsedSpki;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::key::require_rsa_size;
use crate::{Algorithm, KeyError};

/// OID 1.3.101.112, id-Ed25519 (RFC 8410).
const ED25519_OID: &str = "1.3.101.112";

/// A public key of a type this crate verifies with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// Big-endian, without leading zeros.
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// Coordinates in the fixed length of the curve.
    Ec {
        curve: Curve,
        x: Vec<u8>,
        y: Vec<u8>,
    },
    Ed25519 {
        x: Vec<u8>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Curve {
    P256,
    P384,
}

impl Curve {
    pub(crate) const ALL: [Self; 2] = [Self::P256, Self::P384];

    /// The value of `crv` (RFC 7518 §6.2.1.1).
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::P256 => "P-256",
            Self::P384 => "P-384",
        }
    }

    /// The named curve of a SubjectPublicKeyInfo (RFC 5480 §2.1.1.1).
    const fn oid(self) -> &'static str {
        match self {
            Self::P256 => "1.2.840.10045.3.1.7",
            Self::P384 => "1.3.132.0.34",
        }
    }

    /// Bytes of one coordinate.
    pub(crate) const fn coordinate_length(self) -> usize {
        match self {
            Self::P256 => 32,
            Self::P384 => 48,
        }
    }
}

impl PublicKey {
    pub(crate) fn rsa(n: Vec<u8>, e: Vec<u8>) -> Result<Self, KeyError> {
        if n.first().is_none_or(|first| *first == 0) {
            return Err(KeyError::PublicKey(
                "the RSA modulus is empty or has leading zeros",
            ));
        }
        let leading = n[0].leading_zeros() as usize;
        require_rsa_size(n.len() * 8 - leading)?;
        // A huge exponent only burns time; 1 or an even one makes forging trivial or impossible.
        let odd = e.last().is_some_and(|last| last % 2 == 1);
        if !odd || e.len() > 4 || e[0] == 0 || e == [1] {
            return Err(KeyError::PublicKey(
                "the RSA exponent is not an odd number from 3 to 2^32",
            ));
        }
        if has_roca_fingerprint(&n) {
            return Err(KeyError::PublicKey(
                "the RSA modulus can be factored (ROCA, CVE-2017-15361)",
            ));
        }
        Ok(Self::Rsa { n, e })
    }

    pub(crate) fn ec(curve: Curve, x: Vec<u8>, y: Vec<u8>) -> Result<Self, KeyError> {
        if x.len() != curve.coordinate_length() || y.len() != curve.coordinate_length() {
            return Err(KeyError::PublicKey(
                "a coordinate does not have the length of the curve",
            ));
        }
        Ok(Self::Ec { curve, x, y })
    }

    pub(crate) fn ed25519(x: Vec<u8>) -> Result<Self, KeyError> {
        if x.len() != 32 {
            return Err(KeyError::PublicKey("an Ed25519 key has 32 bytes"));
        }
        Ok(Self::Ed25519 { x })
    }

    /// Reads an X.509 SubjectPublicKeyInfo in DER, with nothing after it.
    pub(crate) fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::PublicKey("not a SubjectPublicKeyInfo in DER");
        let (rest, spki) = SubjectPublicKeyInfo::from_der(der).map_err(|_| malformed.clone())?;
        if !rest.is_empty() {
            return Err(malformed);
        }
        if spki.algorithm.algorithm.to_id_string() == ED25519_OID {
            return Self::ed25519(spki.subject_public_key.data.to_vec());
        }
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|named| Some(named.as_oid().ok()?.to_id_string()));
        match spki.parsed().map_err(|_| malformed)? {
            ParsedSpki::RSA(key) => Self::rsa(
                without_leading_zeros(key.modulus),
                without_leading_zeros(key.exponent),
            ),
            ParsedSpki::EC(point) => Self::from_uncompressed_point(curve.as_deref(), point.data()),
            _ => Err(KeyError::PublicKey(
                "only RSA, P-256, P-384 and Ed25519 keys are taken",
            )),
        }
    }

    /// The algorithms that this type of key can verify.
    pub(crate) fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        match self {
            Self::Rsa { .. } => matches!(algorithm, Rs256 | Rs384 | Rs512 | Ps256 | Ps384 | Ps512),
            Self::Ec {
                curve: Curve::P256, ..
            } => algorithm == Es256,
            Self::Ec {
                curve: Curve::P384, ..
            } => algorithm == Es384,
            Self::Ed25519 { .. } => algorithm == EdDsa,
        }
    }

    /// The curve is the one that is named: others have coordinates of the same length.
    fn from_uncompressed_point(curve: Option<&str>, point: &[u8]) -> Result<Self, KeyError> {
        let unsupported = KeyError::PublicKey("only uncompressed P-256 and P-384 points are taken");
        let curve = Curve::ALL
            .into_iter()
            .find(|known| Some(known.oid()) == curve);
        let curve = curve.ok_or_else(|| unsupported.clone())?;
        let Some((4, coordinates)) = point.split_first() else {
            return Err(unsupported);
        };
        let (x, y) = coordinates.split_at(coordinates.len() / 2);
        Self::ec(curve, x.to_vec(), y.to_vec())
    }
}

/// DER integers carry a zero byte before a set top bit.
fn without_leading_zeros(integer: &[u8]) -> Vec<u8> {
    let zeros = integer.iter().take_while(|byte| **byte == 0).count();
    integer[zeros..].to_vec()
}

/// Tells the keys that the library in Infineon's TPMs and smart cards made from their product: each
/// prime, so the modulus too, is a power of 65537 modulo every prime to 701 (Nemec et al., CCS 2017).
/// Of other moduli one in 2^169 is.
fn has_roca_fingerprint(modulus: &[u8]) -> bool {
    let is_prime = |number: &u32| (2..*number).all(|divisor| !number.is_multiple_of(divisor));
    (3..=701).filter(is_prime).all(|prime| {
        let append = |rest: u32, byte: &u8| (rest << 8 | u32::from(*byte)) % prime;
        let rest = modulus.iter().fold(0, append);
        let powers = std::iter::successors(Some(1), |power| Some(power * 65_537 % prime));
        powers.take(prime as usize).any(|power| power == rest)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_or_odd_rsa_numbers_are_refused() {
        let e = vec![1, 0, 1];
        assert_eq!(
            PublicKey::rsa(vec![0x80; 128], e.clone()),
            Err(KeyError::RsaSize(1024))
        );
        assert_eq!(
            PublicKey::rsa(vec![0x7f; 256], e.clone()),
            Err(KeyError::RsaSize(2047))
        );
        assert_eq!(
            PublicKey::rsa(vec![0x80; 1025], e.clone()),
            Err(KeyError::RsaSize(8200))
        );
        assert!(PublicKey::rsa(vec![0x80; 256], e).is_ok());
        for e in [vec![], vec![1], vec![2], vec![0, 3], vec![1, 0, 0, 0, 1]] {
            let error = PublicKey::rsa(vec![0x80; 256], e).expect_err("bad exponent");
            assert!(matches!(error, KeyError::PublicKey(_)));
        }
    }
}
