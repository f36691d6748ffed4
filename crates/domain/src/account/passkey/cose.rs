//! Public keys of authenticators: `COSE_Key` (RFC 9052 7, RFC 9053 7, RFC 8230 4), strict.

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use countersign_token::{Algorithm, VerifyingKey};
use minicbor::Decoder;
use minicbor::data::Type;

use super::PasskeyRefusal;
use super::cbor::{self, once};

/// The algorithms that are asked for, the first one first: ECDSA with P-256 and SHA-256, Ed25519,
/// RSASSA-PKCS1-v1_5 with SHA-256 (TPMs).
pub(super) const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Bytes of an RSA modulus: 2048 to 4096 bits. More only burns time.
const MODULUS_BYTES: std::ops::RangeInclusive<usize> = 256..=512;

/// 65537, which every authenticator uses.
const EXPONENT: [u8; 3] = [1, 0, 1];

/// What precedes an uncompressed P-256 point in a SubjectPublicKeyInfo (RFC 5480).
const P256_SPKI: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The same for Ed25519 (RFC 8410).
const ED25519_SPKI: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

/// A public key that can check signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CredentialKey {
    /// One of [`ALGORITHMS`].
    pub(super) algorithm: i64,
    /// A DER SubjectPublicKeyInfo.
    pub(super) spki: Vec<u8>,
}

/// The parameters of all three key types. Others, and any one twice, are refused: authenticators
/// must not send optional ones (Web Authentication 6.5.1.1).
#[derive(Default)]
struct Parameters<'a> {
    key_type: Option<i64>,
    algorithm: Option<i64>,
    /// -1 of EC2 and OKP.
    curve: Option<i64>,
    /// -1 of RSA (n).
    modulus: Option<&'a [u8]>,
    /// -2: x of EC2 and OKP, e of RSA.
    second: Option<&'a [u8]>,
    /// -3: y of EC2.
    third: Option<&'a [u8]>,
}

impl CredentialKey {
    /// Reads the key at the decoder's position, and nothing after it.
    pub(super) fn read(decoder: &mut Decoder<'_>) -> Result<Self, PasskeyRefusal> {
        let parameters = Parameters::read(decoder).ok_or(PasskeyRefusal::Malformed("key"))?;
        let spki = parameters.spki()?;
        let algorithm = parameters.algorithm.unwrap_or_default();
        let key = Self { algorithm, spki };
        key.require_sound()?;
        Ok(key)
    }

    /// Whether `signature` is this key's over `message`, in the form of Web Authentication 6.5.5.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), PasskeyRefusal> {
        verify(self.algorithm, &self.spki, message, signature)
    }

    /// The tokens' own check: the point is on its curve, the modulus has no known weakness. TPMs
    /// are where those moduli came from.
    fn require_sound(&self) -> Result<(), PasskeyRefusal> {
        let algorithm = match self.algorithm {
            -7 => Algorithm::Es256,
            -8 => Algorithm::EdDsa,
            _ => Algorithm::Rs256,
        };
        VerifyingKey::from_spki(&self.spki, &[algorithm])
            .map(drop)
            .map_err(|_| PasskeyRefusal::Key("it is weak or no key"))
    }
}

/// Whether `signature` is that of the key in `spki` over `message`.
pub(super) fn verify(
    algorithm: i64,
    spki: &[u8],
    message: &[u8],
    signature: &[u8],
) -> Result<(), PasskeyRefusal> {
    let verification: &'static dyn VerificationAlgorithm = match algorithm {
        -7 => &ECDSA_P256_SHA256_ASN1,
        -8 => &ED25519,
        -257 => &RSA_PKCS1_2048_8192_SHA256,
        _ => return Err(PasskeyRefusal::Key("its algorithm is not known")),
    };
    UnparsedPublicKey::new(verification, spki)
        .verify(message, signature)
        .map_err(|_| PasskeyRefusal::Signature)
}

impl<'a> Parameters<'a> {
    fn read(decoder: &mut Decoder<'a>) -> Option<Self> {
        let mut read = Self::default();
        for _ in 0..cbor::map(decoder)? {
            match decoder.i64().ok()? {
                1 => once(&mut read.key_type, decoder.i64().ok()?)?,
                3 => once(&mut read.algorithm, decoder.i64().ok()?)?,
                -1 if decoder.datatype().ok()? == Type::Bytes => {
                    once(&mut read.modulus, decoder.bytes().ok()?)?;
                }
                -1 => once(&mut read.curve, decoder.i64().ok()?)?,
                -2 => once(&mut read.second, decoder.bytes().ok()?)?,
                -3 => once(&mut read.third, decoder.bytes().ok()?)?,
                _ => return None,
            }
        }
        Some(read)
    }

    /// Key type, algorithm, curve and lengths have to fit each other.
    fn spki(&self) -> Result<Vec<u8>, PasskeyRefusal> {
        let Self {
            key_type,
            algorithm,
            curve,
            modulus,
            second,
            third,
        } = *self;
        match (key_type, algorithm, curve, modulus, second, third) {
            (Some(2), Some(-7), Some(1), None, Some(x), Some(y))
                if x.len() == 32 && y.len() == 32 =>
            {
                Ok([&P256_SPKI[..], &[4], x, y].concat())
            }
            (Some(1), Some(-8), Some(6), None, Some(x), None) if x.len() == 32 => {
                Ok([&ED25519_SPKI[..], x].concat())
            }
            (Some(3), Some(-257), None, Some(n), Some(e), None) => rsa_spki(n, e),
            (_, Some(-7 | -8 | -257), ..) => {
                Err(PasskeyRefusal::Key("its parts do not fit its algorithm"))
            }
            _ => Err(PasskeyRefusal::Key("its algorithm was not asked for")),
        }
    }
}

fn rsa_spki(n: &[u8], e: &[u8]) -> Result<Vec<u8>, PasskeyRefusal> {
    if !MODULUS_BYTES.contains(&n.len()) || n[0] == 0 || e != EXPONENT {
        return Err(PasskeyRefusal::Key(
            "RSA takes 2048 to 4096 bits and the exponent 65537",
        ));
    }
    let der = RsaPublicKeyComponents { n, e }
        .as_der()
        .map_err(|_| PasskeyRefusal::Key("it is weak or no key"))?;
    Ok(der.as_ref().to_vec())
}
