//! A forge of assertions: any header, any payload, any key. Nothing here repairs what a test got
//! wrong on purpose.

use std::ops::Range;
use std::sync::LazyLock;

use base64::prelude::{BASE64_STANDARD, Engine};
use countersign_domain::clock::Clock;
use countersign_server::SystemClock;
use countersign_testkit::form::Form;
use countersign_token::{Algorithm, Certificate, SigningKey, base64url};
use rcgen::{
    CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_ECDSA_P384_SHA384, date_time_ymd,
};
use serde_json::{Value, json};

use crate::sample::DAEMON;

/// An RSA key with a certificate, which most tests register.
pub(crate) static FIRST: LazyLock<Pair> =
    LazyLock::new(|| Pair::new(Algorithm::Rs256, "Daemon", 2020..2040));
/// A P-256 key with a certificate.
pub(crate) static SECOND: LazyLock<Pair> =
    LazyLock::new(|| Pair::new(Algorithm::Es256, "Daemon", 2020..2040));
/// A P-384 key with a certificate.
pub(crate) static THIRD: LazyLock<Pair> =
    LazyLock::new(|| Pair::new(Algorithm::Es384, "Daemon", 2020..2040));
/// Never registered, though it has the same name.
pub(crate) static STRANGER: LazyLock<Pair> =
    LazyLock::new(|| Pair::new(Algorithm::Rs256, "Daemon", 2020..2040));

/// A private key with its certificate.
pub(crate) struct Pair {
    pkcs8: Vec<u8>,
    algorithm: Algorithm,
    pub(crate) certificate: Certificate,
}

impl Pair {
    /// A new key, RSA, P-256 or P-384, and a certificate of its own from one year to another.
    pub(crate) fn new(algorithm: Algorithm, name: &str, years: Range<i32>) -> Self {
        let params = params(name, years);
        Self::certified(algorithm, |key| params.self_signed(key))
    }

    /// A new key, and the certificate that is made for it.
    pub(crate) fn certified(
        algorithm: Algorithm,
        certify: impl FnOnce(&KeyPair) -> Result<rcgen::Certificate, rcgen::Error>,
    ) -> Self {
        let pkcs8 = match algorithm {
            // The platform never signs with it, so it makes no key for it either.
            Algorithm::Es384 => KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384)
                .expect("a key")
                .serialize_der(),
            _ => SigningKey::generate_pkcs8(algorithm)
                .expect("a key")
                .to_vec(),
        };
        let key = KeyPair::try_from(pkcs8.as_slice()).expect("a key that rcgen reads");
        let made = certify(&key).expect("a certificate");
        Self {
            pkcs8,
            algorithm,
            certificate: Certificate::from_der(made.der()).expect("one certificate"),
        }
    }

    /// A pair that was made elsewhere.
    pub(crate) fn from_pem(certificate: &str, private_key: &str) -> Self {
        Self {
            pkcs8: from_pem(private_key),
            algorithm: Algorithm::Rs256,
            certificate: Certificate::from_der(&from_pem(certificate)).expect("one certificate"),
        }
    }

    pub(crate) fn sign(&self, algorithm: Algorithm, input: &[u8]) -> Vec<u8> {
        let key = SigningKey::from_pkcs8(algorithm, &self.pkcs8).expect("it fits the key");
        key.sign(input).expect("it signs")
    }

    /// The certificate's DER in base64, as the directory file and `x5c` take it.
    pub(crate) fn base64(&self) -> String {
        BASE64_STANDARD.encode(self.certificate.der())
    }

    pub(crate) fn pem(&self) -> String {
        pem("CERTIFICATE", self.certificate.der())
    }

    pub(crate) fn private_key_pem(&self) -> String {
        pem("PRIVATE KEY", &self.pkcs8)
    }

    pub(crate) fn x5t(&self) -> String {
        base64url::encode(&self.certificate.thumbprint_sha1())
    }

    pub(crate) fn x5t_s256(&self) -> String {
        base64url::encode(&self.certificate.thumbprint_sha256())
    }

    /// The SHA-1 thumbprint in hexadecimal, as error texts show it.
    pub(crate) fn hex(&self) -> String {
        hex(&self.certificate.thumbprint_sha1())
    }
}

/// What a certificate says: a common name, from one year to another.
pub(crate) fn params(name: &str, years: Range<i32>) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_before = date_time_ymd(years.start, 1, 1);
    params.not_after = date_time_ymd(years.end, 1, 1);
    params
}

/// An assertion that may be bent before it is signed.
#[derive(Clone)]
pub(crate) struct Draft {
    header: Value,
    claims: Value,
    signs: Algorithm,
    pair: &'static Pair,
}

impl Draft {
    /// A good assertion of the daemon for an audience, named by `x5t`.
    pub(crate) fn new(pair: &'static Pair, audience: &str) -> Self {
        let now = now();
        Self {
            header: json!({"alg": pair.algorithm.name(), "typ": "JWT", "x5t": pair.x5t()}),
            claims: json!({
                "aud": audience, "iss": DAEMON, "sub": DAEMON, "jti": guid(),
                "iat": now, "nbf": now, "exp": now + 600,
            }),
            signs: pair.algorithm,
            pair,
        }
    }

    pub(crate) fn header(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header[name] = value.into();
        self
    }

    pub(crate) fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims[name] = value.into();
        self
    }

    /// The same with another client as issuer and subject.
    pub(crate) fn of(self, client_id: &str) -> Self {
        self.claim("iss", client_id).claim("sub", client_id)
    }

    pub(crate) fn without_header(mut self, name: &str) -> Self {
        remove(&mut self.header, name);
        self
    }

    pub(crate) fn without(mut self, name: &str) -> Self {
        remove(&mut self.claims, name);
        self
    }

    /// Another algorithm, in the header and in fact.
    pub(crate) fn alg(self, algorithm: Algorithm) -> Self {
        self.header("alg", algorithm.name()).signs_as(algorithm)
    }

    /// Another algorithm in fact, whatever the header says.
    pub(crate) fn signs_as(mut self, algorithm: Algorithm) -> Self {
        self.signs = algorithm;
        self
    }

    /// Another key in fact, whatever the header says.
    pub(crate) fn signs_with(mut self, pair: &'static Pair) -> Self {
        self.signs = pair.algorithm;
        self.pair = pair;
        self
    }

    /// Header and claims as JSON.
    pub(crate) fn parts(&self) -> (String, String) {
        (self.header.to_string(), self.claims.to_string())
    }

    pub(crate) fn signed(&self) -> String {
        let (header, claims) = self.parts();
        self.signed_over(&part(header), &part(claims))
    }

    /// Signs two parts, whatever they are.
    pub(crate) fn signed_over(&self, header: &str, payload: &str) -> String {
        compact(header, payload, |input| self.pair.sign(self.signs, input))
    }

    /// Ends with any signature.
    pub(crate) fn sealed(&self, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
        let (header, claims) = self.parts();
        compact(&part(header), &part(claims), sign)
    }
}

/// A part of a compact JWS.
pub(crate) fn part(bytes: impl AsRef<[u8]>) -> String {
    base64url::encode(bytes.as_ref())
}

/// What a client sends for a token of R with an assertion.
pub(crate) fn form(client_id: &str, assertion: &str) -> Form {
    Form::new(&[
        ("grant_type", "client_credentials"),
        ("client_id", client_id),
        ("scope", "api://orders/.default"),
        (
            "client_assertion_type",
            "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        ),
        ("client_assertion", assertion),
    ])
}

/// Unix seconds.
pub(crate) fn now() -> i64 {
    SystemClock.now().unix_seconds()
}

/// Hexadecimal digits, as error texts show thumbprints.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02X}")).collect()
}

pub(crate) fn pem(label: &str, der: &[u8]) -> String {
    let text = BASE64_STANDARD.encode(der);
    let lines: Vec<_> = text
        .as_bytes()
        .chunks(64)
        .map(String::from_utf8_lossy)
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}

fn compact(header: &str, payload: &str, sign: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let input = format!("{header}.{payload}");
    let signature = sign(input.as_bytes());
    format!("{input}.{}", base64url::encode(&signature))
}

/// Another each time.
pub(crate) fn guid() -> String {
    countersign_domain::ids::KeyId::random(&countersign_server::SystemRandom).to_string()
}

fn remove(object: &mut Value, name: &str) {
    let removed = object.as_object_mut().and_then(|o| o.remove(name));
    assert!(removed.is_some(), "{name} is not there");
}

/// The DER of a PEM text.
pub(crate) fn from_pem(text: &str) -> Vec<u8> {
    let body: String = text.lines().filter(|l| !l.starts_with('-')).collect();
    BASE64_STANDARD.decode(body).expect("base64")
}
