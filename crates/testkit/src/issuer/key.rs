//! Signing keys of an issuer.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::{Algorithm, Certificate, Jwk, SigningKey, base64url};
use rcgen::{CertificateParams, KeyPair};
use serde_json::Value;

/// A key pair with its published form.
#[derive(Debug)]
pub struct IssuerKey {
    signing: SigningKey,
    pkcs8: Vec<u8>,
    jwk: Jwk,
}

impl IssuerKey {
    /// Makes a key: RSA for `Rs256`, P-256 for `Es256`.
    ///
    /// # Panics
    /// For other algorithms: [`IssuerKey::signing_as`] makes those of RSA.
    pub fn new(kid: &str, algorithm: Algorithm) -> Self {
        let pkcs8 = SigningKey::generate_pkcs8(algorithm).expect("keys are made for it");
        Self::from_pkcs8(kid, algorithm, &pkcs8)
    }

    /// The same key pair, to sign with another algorithm that fits it.
    ///
    /// # Panics
    /// Where it does not fit.
    #[must_use]
    pub fn signing_as(&self, algorithm: Algorithm) -> Self {
        Self::from_pkcs8(self.kid(), algorithm, &self.pkcs8)
    }

    fn from_pkcs8(kid: &str, algorithm: Algorithm, pkcs8: &[u8]) -> Self {
        let pair = KeyPair::try_from(pkcs8).expect("a key that rcgen reads");
        let certificate = CertificateParams::default()
            .self_signed(&pair)
            .expect("signs");
        let certificate = Certificate::from_der(certificate.der()).expect("one certificate");
        let signing = SigningKey::from_pkcs8(algorithm, pkcs8).expect("it fits the key");
        let jwk = Jwk {
            kid: Some(kid.to_owned()),
            alg: Some(algorithm.name().to_owned()),
            ..Jwk::from_signing_key(&signing, &certificate).expect("they belong together")
        };
        Self {
            signing,
            pkcs8: pkcs8.to_vec(),
            jwk,
        }
    }

    /// The key id.
    pub fn kid(&self) -> &str {
        self.jwk.kid.as_deref().unwrap_or_default()
    }

    /// The name of the algorithm that it signs with.
    pub fn alg(&self) -> &'static str {
        self.signing.algorithm().name()
    }

    /// The published form, with `alg`, `use` and `x5c`.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// The private key in PEM, for clients in other languages.
    pub fn private_key_pem(&self) -> String {
        let base64 = STANDARD.encode(&self.pkcs8);
        let lines: Vec<_> = base64
            .as_bytes()
            .chunks(64)
            .map(String::from_utf8_lossy)
            .collect();
        let body = lines.join("\n");
        format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n")
    }

    /// Signs any header and claims, also such as no honest issuer would.
    ///
    /// # Panics
    /// Where signing fails.
    pub fn sign(&self, header: &Value, claims: &Value) -> String {
        let part = |json: &Value| base64url::encode(json.to_string().as_bytes());
        let input = format!("{}.{}", part(header), part(claims));
        let signature = self.signing.sign(input.as_bytes()).expect("signs");
        format!("{input}.{}", base64url::encode(&signature))
    }
}
