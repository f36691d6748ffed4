//! Private keys: parsed once, kept parsed.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384, RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384,
    RSA_PSS_SHA512, RsaEncoding, RsaKeyPair,
};
use zeroize::Zeroizing;

use crate::{Algorithm, KeyError, SignError};

/// A private key bound to one algorithm.
///
/// Parsing checks the key and costs about as much as an RSA signature, so make one of these per key
/// and share it; `sign` never parses.
pub struct SigningKey {
    algorithm: Algorithm,
    pair: Pair,
}

enum Pair {
    Rsa {
        pair: RsaKeyPair,
        encoding: &'static dyn RsaEncoding,
    },
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl SigningKey {
    /// Parses a private key in PKCS#8 DER.
    ///
    /// # Errors
    /// [`KeyError::PrivateKey`] when the bytes are not a key for `algorithm`,
    /// [`KeyError::RsaSize`] for RSA outside 2048 to 8192 bits.
    pub fn from_pkcs8(algorithm: Algorithm, pkcs8: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::PrivateKey(algorithm);
        let pair = match algorithm {
            Algorithm::Es256 => EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8)
                .map(Pair::Ecdsa)
                .map_err(|_| malformed)?,
            Algorithm::Es384 => EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, pkcs8)
                .map(Pair::Ecdsa)
                .map_err(|_| malformed)?,
            Algorithm::EdDsa => Ed25519KeyPair::from_pkcs8(pkcs8)
                .map(Pair::Ed25519)
                .map_err(|_| malformed)?,
            _ => {
                let pair = RsaKeyPair::from_pkcs8(pkcs8).map_err(|_| malformed)?;
                require_rsa_size(pair.public_modulus_len() * 8)?;
                Pair::Rsa {
                    pair,
                    encoding: rsa_encoding(algorithm),
                }
            }
        };
        Ok(Self { algorithm, pair })
    }

    /// Makes a new private key in PKCS#8 DER: RSA-2048 for RS256, P-256 for ES256, Ed25519.
    ///
    /// # Errors
    /// [`KeyError::Generate`] for the other algorithms, [`KeyError::Library`] when the system has
    /// no randomness to give.
    pub fn generate_pkcs8(algorithm: Algorithm) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let library = |_| KeyError::Library;
        let random = SystemRandom::new();
        let document = match algorithm {
            Algorithm::Rs256 => {
                let pair = RsaKeyPair::generate(KeySize::Rsa2048).map_err(library)?;
                let der = pair.as_der().map_err(library)?;
                return Ok(Zeroizing::new(der.as_ref().to_vec()));
            }
            Algorithm::Es256 => {
                EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random)
            }
            Algorithm::EdDsa => Ed25519KeyPair::generate_pkcs8v1(&random),
            other => return Err(KeyError::Generate(other)),
        };
        Ok(Zeroizing::new(document.map_err(library)?.as_ref().to_vec()))
    }

    /// The algorithm this key signs with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// Signs `message` in the JOSE form: for ECDSA the two numbers in fixed length (RFC 7518 §3.4).
    ///
    /// # Errors
    /// [`SignError::Library`], which no valid key and message are known to cause.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignError> {
        let random = SystemRandom::new();
        match &self.pair {
            Pair::Rsa { pair, encoding } => {
                let mut signature = vec![0; pair.public_modulus_len()];
                pair.sign(*encoding, &random, message, &mut signature)
                    .map_err(|_| SignError::Library)?;
                Ok(signature)
            }
            Pair::Ecdsa(pair) => {
                let signature = pair
                    .sign(&random, message)
                    .map_err(|_| SignError::Library)?;
                Ok(signature.as_ref().to_vec())
            }
            Pair::Ed25519(pair) => {
                let signature = pair.try_sign(message).map_err(|_| SignError::Library)?;
                Ok(signature.as_ref().to_vec())
            }
        }
    }

    /// The public half as an X.509 SubjectPublicKeyInfo in DER.
    ///
    /// # Errors
    /// [`KeyError::Library`] when the library cannot encode it.
    pub fn public_key_spki(&self) -> Result<Vec<u8>, KeyError> {
        let der: Result<PublicKeyX509Der<'_>, _> = match &self.pair {
            Pair::Rsa { pair, .. } => pair.public_key().as_der(),
            Pair::Ecdsa(pair) => pair.public_key().as_der(),
            Pair::Ed25519(pair) => pair.public_key().as_der(),
        };
        Ok(der.map_err(|_| KeyError::Library)?.as_ref().to_vec())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, redacted)", self.algorithm)
    }
}

/// Smaller RSA keys are within reach of factoring; larger ones only serve to burn a verifier's time.
pub(crate) fn require_rsa_size(bits: usize) -> Result<(), KeyError> {
    if (2048..=8192).contains(&bits) {
        Ok(())
    } else {
        Err(KeyError::RsaSize(bits))
    }
}

fn rsa_encoding(algorithm: Algorithm) -> &'static dyn RsaEncoding {
    match algorithm {
        Algorithm::Rs384 => &RSA_PKCS1_SHA384,
        Algorithm::Rs512 => &RSA_PKCS1_SHA512,
        Algorithm::Ps256 => &RSA_PSS_SHA256,
        Algorithm::Ps384 => &RSA_PSS_SHA384,
        Algorithm::Ps512 => &RSA_PSS_SHA512,
        _ => &RSA_PKCS1_SHA256,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_algorithm_only() {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::EdDsa).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::EdDsa, &pkcs8).expect("parses");
        assert_eq!(format!("{key:?}"), "SigningKey(EdDSA, redacted)");
    }

    #[test]
    fn a_key_of_another_type_is_refused() {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("generates");
        for algorithm in Algorithm::ALL
            .into_iter()
            .filter(|a| *a != Algorithm::Es256)
        {
            let error = SigningKey::from_pkcs8(algorithm, &pkcs8).expect_err("wrong type");
            assert_eq!(error, KeyError::PrivateKey(algorithm));
        }
    }

    #[test]
    fn ecdsa_signatures_have_the_fixed_length() {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("parses");
        for n in 0..50_u8 {
            assert_eq!(key.sign(&[n]).expect("signs").len(), 64);
        }
    }
}
