//! JSON Web Keys (RFC 7517), public ones only.

use serde::{Deserialize, Serialize};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::public_key::{Curve, PublicKey};
use crate::{Certificate, KeyError, SigningKey, base64url};

/// A public key as it is published. Unknown members are ignored; there is no member for private
/// numbers, so none can be published by mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Jwk {
    /// `RSA`, `EC` or `OKP`.
    #[serde(default)]
    pub kty: String,
    /// `sig`, or absent.
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    pub use_: Option<String>,
    /// What the key may be used for, or absent; `verify` must be among it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_ops: Option<Vec<String>>,
    /// The key id a token's header refers to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kid: Option<String>,
    /// Base64url SHA-1 of the certificate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5t: Option<String>,
    /// RSA modulus, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub n: Option<String>,
    /// RSA exponent, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub e: Option<String>,
    /// `P-256`, `P-384` or `Ed25519`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub crv: Option<String>,
    /// First coordinate or Ed25519 key, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x: Option<String>,
    /// Second coordinate, base64url.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub y: Option<String>,
    /// The certificate chain: DER in *standard* base64 with padding (RFC 7517 §4.7).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub x5c: Option<Vec<String>>,
    /// The issuer the key is for, exact or with the literal `{tenantid}` in it. Not in RFC 7517;
    /// the v2.0 keys document of the Microsoft identity platform has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// The one algorithm the key is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alg: Option<String>,
}

/// A key set as it is published.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct JwkSet {
    /// The keys; their order means nothing.
    pub keys: Vec<Jwk>,
}

impl Jwk {
    /// The public form of a signing key and the certificate made for it: `kid` and `x5t` are the
    /// certificate's [`Certificate::key_id`], `issuer` and `alg` are left to the caller.
    ///
    /// # Errors
    /// [`KeyError::CertificateMismatch`] when the certificate holds another key.
    pub fn from_signing_key(key: &SigningKey, certificate: &Certificate) -> Result<Self, KeyError> {
        let public = PublicKey::from_spki(&key.public_key_spki()?)?;
        if PublicKey::from_spki(certificate.spki())? != public {
            return Err(KeyError::CertificateMismatch);
        }
        let key_id = certificate.key_id();
        Ok(Self {
            use_: Some("sig".into()),
            kid: Some(key_id.clone()),
            x5t: Some(key_id),
            x5c: Some(vec![STANDARD.encode(certificate.der())]),
            ..Self::from_public_key(&public)
        })
    }

    /// The same key, published for `issuer`.
    #[must_use]
    pub fn with_issuer(self, issuer: impl Into<String>) -> Self {
        Self {
            issuer: Some(issuer.into()),
            ..self
        }
    }

    fn from_public_key(key: &PublicKey) -> Self {
        let number = |bytes: &[u8]| Some(base64url::encode(bytes));
        match key {
            PublicKey::Rsa { n, e } => Self {
                kty: "RSA".into(),
                n: number(n),
                e: number(e),
                ..Self::default()
            },
            PublicKey::Ec { curve, x, y } => Self {
                kty: "EC".into(),
                crv: Some(curve.name().into()),
                x: number(x),
                y: number(y),
                ..Self::default()
            },
            PublicKey::Ed25519 { x } => Self {
                kty: "OKP".into(),
                crv: Some("Ed25519".into()),
                x: number(x),
                ..Self::default()
            },
        }
    }

    /// Whether signatures may be checked with the key, as far as its publisher says anything
    /// (RFC 7517 §4.2, §4.3).
    pub(crate) fn is_for_signatures(&self) -> bool {
        let allows = |operations: &Vec<String>| operations.iter().any(|name| name == "verify");
        self.use_.as_deref().is_none_or(|name| name == "sig")
            && self.key_ops.as_ref().is_none_or(allows)
    }

    /// Reads the numbers. `x5c` plays no part: the key itself is what was published.
    pub(crate) fn public_key(&self) -> Result<PublicKey, KeyError> {
        match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => PublicKey::rsa(number(self.n.as_ref())?, number(self.e.as_ref())?),
            ("EC", Some(crv)) => {
                let curve = Curve::ALL.into_iter().find(|curve| curve.name() == crv);
                let curve = curve.ok_or(KeyError::PublicKey("only P-256 and P-384 are taken"))?;
                PublicKey::ec(curve, number(self.x.as_ref())?, number(self.y.as_ref())?)
            }
            ("OKP", Some("Ed25519")) => PublicKey::ed25519(number(self.x.as_ref())?),
            _ => Err(KeyError::PublicKey(
                "only RSA, EC and Ed25519 keys are taken",
            )),
        }
    }
}

fn number(member: Option<&String>) -> Result<Vec<u8>, KeyError> {
    let text = member.ok_or(KeyError::PublicKey("a JWK member is missing"))?;
    base64url::decode(text).map_err(|_| KeyError::PublicKey("a JWK member is not base64url"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Algorithm, VerifyingKey};

    #[test]
    fn public_keys_survive_the_round_trip_through_json() {
        for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
            let pkcs8 = SigningKey::generate_pkcs8(algorithm).expect("generates");
            let key = SigningKey::from_pkcs8(algorithm, &pkcs8).expect("parses");
            let spki = key.public_key_spki().expect("encodes");
            let public = PublicKey::from_spki(&spki).expect("parses");
            let json = serde_json::to_string(&Jwk::from_public_key(&public)).expect("serialises");
            let jwk: Jwk = serde_json::from_str(&json).expect("parses");
            assert_eq!(jwk.public_key(), Ok(public));
        }
    }

    #[test]
    fn a_key_marked_for_one_algorithm_is_bound_to_it() {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Rs256).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::Rs256, &pkcs8).expect("parses");
        let spki = key.public_key_spki().expect("encodes");
        let mut jwk = Jwk::from_public_key(&PublicKey::from_spki(&spki).expect("parses"));

        let unmarked = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).expect("usable");
        assert_eq!(unmarked.algorithms().count(), 6);
        jwk.alg = Some("RS256".into());
        let marked = VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).expect("usable");
        assert_eq!(marked.algorithms().collect::<Vec<_>>(), [Algorithm::Rs256]);
        for (alg, allowed) in [
            ("HS256", &Algorithm::ALL[..]),
            ("RS256", &[Algorithm::Ps256]),
        ] {
            jwk.alg = Some(alg.into());
            let error = VerifyingKey::from_jwk(&jwk, allowed).expect_err("no algorithm is left");
            assert_eq!(error, KeyError::NoAlgorithm);
        }
    }

    #[test]
    fn a_key_marked_for_something_else_is_refused() {
        let pkcs8 = SigningKey::generate_pkcs8(Algorithm::Es256).expect("generates");
        let key = SigningKey::from_pkcs8(Algorithm::Es256, &pkcs8).expect("parses");
        let spki = key.public_key_spki().expect("encodes");
        let jwk = Jwk::from_public_key(&PublicKey::from_spki(&spki).expect("parses"));
        let marked = |use_: Option<&str>, key_ops: Option<&[&str]>| {
            let names = |names: &[&str]| names.iter().map(ToString::to_string).collect();
            let jwk = Jwk {
                use_: use_.map(str::to_owned),
                key_ops: key_ops.map(names),
                ..jwk.clone()
            };
            VerifyingKey::from_jwk(&jwk, &Algorithm::ALL).map(|_| ())
        };
        for (use_, key_ops) in [
            (None, None),
            (Some("sig"), None),
            (None, Some(&["verify"][..])),
            (Some("sig"), Some(&["sign", "verify"])),
        ] {
            assert_eq!(marked(use_, key_ops), Ok(()), "{use_:?} {key_ops:?}");
        }
        for (use_, key_ops) in [
            (Some("enc"), None),
            (Some("SIG"), None),
            (None, Some(&["encrypt"][..])),
            (None, Some(&[])),
            (Some("sig"), Some(&["sign"])),
            (Some("enc"), Some(&["verify"])),
        ] {
            let error = marked(use_, key_ops);
            assert_eq!(error, Err(KeyError::OtherUse), "{use_:?} {key_ops:?}");
        }
    }
}
