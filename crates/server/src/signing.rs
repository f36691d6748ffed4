//! The signing keys: parsed once, held behind an atomic swap.

use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    SealedSigningKey, SigningAlgorithm, SigningKeyState, TokenVersion,
};
use countersign_domain::oauth::claims::AccessTokenClaims;
use countersign_token::revocation::{self, RevocationList};
use countersign_token::{
    Algorithm, Certificate, HeaderFields, Jwk, JwkSet, KeyError, SignError, Signer, SigningKey,
};
use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, SignatureAlgorithm};

use crate::seal::{MasterKey, WrongMasterKey};

/// Years for which a signing certificate is made out. Nothing checks its dates; validators find
/// the key in it.
const CERTIFICATE_YEARS: i32 = 5;

/// Signing keys could not be made or read.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// The master key is not the one that sealed them.
    #[error(transparent)]
    WrongMasterKey(#[from] WrongMasterKey),
    /// A key or certificate cannot be read.
    #[error("signing key {kid:?} in the database is damaged: {cause}")]
    Damaged {
        /// Which.
        kid: String,
        /// What is wrong with it.
        cause: KeyError,
    },
    /// There is no active key for an algorithm.
    #[error("there is no active {0} signing key in the database")]
    Missing(SigningAlgorithm),
    /// A key could not be made.
    #[error("cannot make a signing key: {0}")]
    Generation(String),
}

/// The keys that sign now and the keys that are published.
pub(crate) struct Keyring {
    signers: [Signers; SigningAlgorithm::ALL.len()],
    published: Vec<Jwk>,
}

/// One key with the header of each kind of text: only v1.0 tokens repeat the key id as `x5t`.
struct Signers {
    v1: Signer,
    v2: Signer,
    list: Signer,
}

/// The current keyring.
pub(crate) struct Signing(ArcSwap<Keyring>);

impl Signing {
    pub(crate) fn new(keyring: Keyring) -> Self {
        Self(ArcSwap::from_pointee(keyring))
    }

    /// Signs claims with the active key of an algorithm.
    pub(crate) fn sign(
        &self,
        algorithm: SigningAlgorithm,
        version: TokenVersion,
        claims: &AccessTokenClaims<'_>,
    ) -> Result<String, SignError> {
        let keyring = self.0.load();
        let signers = &keyring.signers[place(algorithm)];
        match version {
            TokenVersion::V1 => signers.v1.sign_claims(claims),
            TokenVersion::V2 => signers.v2.sign_claims(claims),
        }
    }

    /// Signs the list of withdrawn tokens, always with RSA: every validator has that.
    pub(crate) fn sign_revocations(&self, list: &RevocationList) -> Result<String, SignError> {
        let keyring = self.0.load();
        let signers = &keyring.signers[place(SigningAlgorithm::Rs256)];
        signers.list.sign_claims(list)
    }

    /// The public keys; `issuer` is named in the v2.0 document only.
    pub(crate) fn published(&self, issuer: Option<&str>) -> JwkSet {
        let keyring = self.0.load();
        let with_issuer = |key: &Jwk| match issuer {
            Some(issuer) => key.clone().with_issuer(issuer),
            None => key.clone(),
        };
        JwkSet {
            keys: keyring.published.iter().map(with_issuer).collect(),
        }
    }

    /// The keys of this moment. They stay the same object until they change.
    pub(crate) fn current(&self) -> Arc<Keyring> {
        self.0.load_full()
    }

    pub(crate) fn replace(&self, keyring: Keyring) {
        self.0.store(Arc::new(keyring));
    }
}

impl Keyring {
    /// The public keys, good for every issuer of this server.
    pub(crate) fn published(&self) -> JwkSet {
        JwkSet {
            keys: self.published.clone(),
        }
    }

    /// Opens the stored keys.
    pub(crate) fn open(
        stored: &[SealedSigningKey],
        master: &MasterKey,
    ) -> Result<Self, SigningError> {
        let mut published = Vec::with_capacity(stored.len());
        let mut active: [Option<Signers>; SigningAlgorithm::ALL.len()] = Default::default();
        for sealed in stored {
            let damaged = |cause| SigningError::Damaged {
                kid: sealed.kid.clone(),
                cause,
            };
            let pkcs8 = master.open(&sealed.kid, &sealed.sealed_private_key)?;
            let algorithm = jose(sealed.algorithm);
            let key = SigningKey::from_pkcs8(algorithm, &pkcs8).map_err(damaged)?;
            let certificate = BASE64_URL_SAFE_NO_PAD
                .decode(&sealed.certificate)
                .map_err(|_| damaged(KeyError::CertificateMismatch))?;
            let certificate = Certificate::from_der(&certificate).map_err(damaged)?;
            published.push(Jwk::from_signing_key(&key, &certificate).map_err(damaged)?);
            if sealed.state == SigningKeyState::Active {
                let key = Arc::new(key);
                let fields = |x5t| HeaderFields {
                    kid: &sealed.kid,
                    x5t,
                };
                active[place(sealed.algorithm)] = Some(Signers {
                    v1: Signer::new(key.clone(), fields(Some(&sealed.kid))),
                    v2: Signer::new(key.clone(), fields(None)),
                    list: Signer::of_type(revocation::TYPE, key, fields(None)),
                });
            }
        }
        let [rs256, es256, eddsa] = active;
        let some =
            |signers: Option<Signers>, algorithm| signers.ok_or(SigningError::Missing(algorithm));
        Ok(Self {
            signers: [
                some(rs256, SigningAlgorithm::Rs256)?,
                some(es256, SigningAlgorithm::Es256)?,
                some(eddsa, SigningAlgorithm::EdDsa)?,
            ],
            published,
        })
    }
}

/// Makes one key for each algorithm, for a database that has none.
pub(crate) fn generate(
    master: &MasterKey,
    now: Timestamp,
) -> Result<Vec<SealedSigningKey>, SigningError> {
    SigningAlgorithm::ALL
        .into_iter()
        .map(|algorithm| generate_one(algorithm, master, now))
        .collect()
}

fn generate_one(
    algorithm: SigningAlgorithm,
    master: &MasterKey,
    now: Timestamp,
) -> Result<SealedSigningKey, SigningError> {
    let failed = |error: &dyn std::fmt::Display| SigningError::Generation(error.to_string());
    let pkcs8 = SigningKey::generate_pkcs8(jose(algorithm)).map_err(|error| failed(&error))?;
    let der = self_signed(algorithm, &pkcs8, now).map_err(|error| failed(&error))?;
    let certificate = Certificate::from_der(&der).map_err(|error| failed(&error))?;
    let kid = certificate.key_id();
    Ok(SealedSigningKey {
        algorithm,
        certificate: BASE64_URL_SAFE_NO_PAD.encode(&der),
        sealed_private_key: master.seal(&kid, &pkcs8),
        kid,
        state: SigningKeyState::Active,
        created_at: now,
    })
}

fn self_signed(
    algorithm: SigningAlgorithm,
    pkcs8: &[u8],
    now: Timestamp,
) -> Result<Vec<u8>, rcgen::Error> {
    let signature: &SignatureAlgorithm = match algorithm {
        SigningAlgorithm::Rs256 => &rcgen::PKCS_RSA_SHA256,
        SigningAlgorithm::Es256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        SigningAlgorithm::EdDsa => &rcgen::PKCS_ED25519,
    };
    let key_pair = KeyPair::from_pkcs8_der_and_sign_algo(&pkcs8.into(), signature)?;
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, "Countersign token signing");
    let (year, month, day) = now.date();
    let mut params = CertificateParams::default();
    params.distinguished_name = name;
    params.not_before = rcgen::date_time_ymd(year, month, day);
    // The 28th exists in every month of every year.
    params.not_after = rcgen::date_time_ymd(year + CERTIFICATE_YEARS, month, day.min(28));
    Ok(params.self_signed(&key_pair)?.der().to_vec())
}

fn jose(algorithm: SigningAlgorithm) -> Algorithm {
    match algorithm {
        SigningAlgorithm::Rs256 => Algorithm::Rs256,
        SigningAlgorithm::Es256 => Algorithm::Es256,
        SigningAlgorithm::EdDsa => Algorithm::EdDsa,
    }
}

fn place(algorithm: SigningAlgorithm) -> usize {
    match algorithm {
        SigningAlgorithm::Rs256 => 0,
        SigningAlgorithm::Es256 => 1,
        SigningAlgorithm::EdDsa => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_keys_open_with_the_same_master_key_only() {
        let master = MasterKey::new(&[1; 32]);
        let now = Timestamp::from_unix_seconds(1_795_000_000);
        let stored = generate(&master, now).expect("keys can be made");
        let keyring = Keyring::open(&stored, &master).expect("our own keys open");
        let published = Signing::new(keyring).published(Some("https://id.example/{tenantid}/v2.0"));
        let kinds: Vec<_> = published.keys.iter().map(|key| key.kty.as_str()).collect();
        assert_eq!(kinds, ["RSA", "EC", "OKP"]);
        for (key, sealed) in published.keys.iter().zip(&stored) {
            assert_eq!(key.kid.as_deref(), Some(sealed.kid.as_str()));
            assert_eq!((key.kid.as_ref(), sealed.kid.len()), (key.x5t.as_ref(), 27));
            assert_eq!(
                key.issuer.as_deref(),
                Some("https://id.example/{tenantid}/v2.0")
            );
        }
        let wrong = Keyring::open(&stored, &MasterKey::new(&[2; 32]));
        assert!(matches!(wrong, Err(SigningError::WrongMasterKey(_))));
        let missing = Keyring::open(&stored[..2], &master);
        assert!(matches!(
            missing,
            Err(SigningError::Missing(SigningAlgorithm::EdDsa))
        ));
    }
}
