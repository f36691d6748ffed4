//! The claims of an app-only access token, v1.0 and v2.0, and the question whether they are
//! current.
//!
//! A claim of an unexpected JSON type, `null` included, is an error and never "absent"
//! (CVE-2026-25537 shows what happens otherwise).

use serde::{Deserialize, Deserializer};

/// The claims that a resource decides by. Unknown claims are ignored.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct AccessTokenClaims {
    /// Who made the token.
    pub iss: String,
    /// The one resource it is for; a list of audiences is refused.
    pub aud: String,
    /// End of life, Unix seconds.
    pub exp: i64,
    /// Start of life, Unix seconds.
    pub nbf: i64,
    /// Time of issue, Unix seconds.
    pub iat: i64,
    /// The tenant the token was issued in.
    pub tid: String,
    /// Object id of the client's service principal in that tenant.
    pub oid: String,
    /// Equal to `oid` in app-only tokens.
    pub sub: String,
    /// `1.0` or `2.0`.
    pub ver: TokenVersion,
    /// The client's application id in a v1.0 token.
    #[serde(default, deserialize_with = "present")]
    pub appid: Option<String>,
    /// How the client proved itself, in a v1.0 token.
    #[serde(default, deserialize_with = "present")]
    pub appidacr: Option<CredentialStrength>,
    /// The client's application id in a v2.0 token.
    #[serde(default, deserialize_with = "present")]
    pub azp: Option<String>,
    /// How the client proved itself, in a v2.0 token.
    #[serde(default, deserialize_with = "present")]
    pub azpacr: Option<CredentialStrength>,
    /// Granted app roles. An issuer leaves the claim out when there are none.
    #[serde(default, deserialize_with = "present")]
    pub roles: Option<Vec<String>>,
    /// `app` if the resource asked for the claim.
    #[serde(default, deserialize_with = "present")]
    pub idtyp: Option<String>,
    /// For the issuer's own use. Countersign begins it with the mark of the credential.
    #[serde(default, deserialize_with = "present")]
    pub aio: Option<String>,
    /// The issuer's name of this token, for logs on both sides.
    #[serde(default, deserialize_with = "present")]
    pub uti: Option<String>,
}

/// The shape of a token, chosen by its resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
pub enum TokenVersion {
    /// `ver` is `1.0`.
    #[serde(rename = "1.0")]
    V1,
    /// `ver` is `2.0`.
    #[serde(rename = "2.0")]
    V2,
}

/// How the client proved itself: the values `0`, `1` and `2` of `appidacr` and `azpacr`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
pub enum CredentialStrength {
    /// Not at all: a public client.
    #[serde(rename = "0")]
    None,
    /// By a shared secret.
    #[serde(rename = "1")]
    Secret,
    /// By a signed assertion: a certificate or a federated token.
    #[serde(rename = "2")]
    Assertion,
}

/// Why a token is not current.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// `exp` has passed by more than the skew.
    #[error("the token has expired")]
    Expired,
    /// `nbf` or `iat` is ahead by more than the skew.
    #[error("the token is not valid yet")]
    NotYetValid,
    /// `exp` does not come after `nbf`.
    #[error("the token ends before it starts")]
    Inverted,
}

impl AccessTokenClaims {
    /// The client's application id from the claim that belongs to the version; `None` means the
    /// token is not of its own version's shape.
    pub fn application_id(&self) -> Option<&str> {
        match self.ver {
            TokenVersion::V1 => self.appid.as_deref(),
            TokenVersion::V2 => self.azp.as_deref(),
        }
    }

    /// How the client proved itself, from the claim that belongs to the version.
    pub fn credential_strength(&self) -> Option<CredentialStrength> {
        match self.ver {
            TokenVersion::V1 => self.appidacr,
            TokenVersion::V2 => self.azpacr,
        }
    }

    /// Whether the token is current at `now` for a reader whose clock may be off by `skew`, both in
    /// seconds. The last good second is `exp + skew - 1`, the first `max(nbf, iat) - skew`.
    ///
    /// # Errors
    /// [`TimeError`], by which side of its life the token is on.
    pub fn check(&self, now: i64, skew: i64) -> Result<(), TimeError> {
        if self.exp <= self.nbf {
            return Err(TimeError::Inverted);
        }
        if now >= self.exp.saturating_add(skew) {
            return Err(TimeError::Expired);
        }
        if now < self.nbf.max(self.iat).saturating_sub(skew) {
            return Err(TimeError::NotYetValid);
        }
        Ok(())
    }
}

/// Reads an optional member that, if there, must have its type: serde alone would take `null` for
/// absent.
pub(crate) fn present<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn v2() -> Value {
        json!({
            "iss": "https://localhost/t/v2.0", "aud": "r", "exp": 4000, "nbf": 1000, "iat": 1000,
            "tid": "t", "oid": "o", "sub": "o", "ver": "2.0", "azp": "c", "azpacr": "1",
        })
    }

    fn parse(claims: &Value) -> Result<AccessTokenClaims, serde_json::Error> {
        serde_json::from_value(claims.clone())
    }

    #[test]
    fn version_decides_which_claim_names_the_client() {
        let mut claims = v2();
        assert_eq!(parse(&claims).expect("good").application_id(), Some("c"));
        claims["ver"] = "1.0".into();
        assert_eq!(parse(&claims).expect("good").application_id(), None);
        claims["appid"] = "d".into();
        claims["appidacr"] = "2".into();
        let claims = parse(&claims).expect("good");
        assert_eq!(claims.application_id(), Some("d"));
        assert_eq!(
            claims.credential_strength(),
            Some(CredentialStrength::Assertion)
        );
    }

    #[test]
    fn a_claim_of_another_type_is_an_error() {
        for (name, value) in [
            ("aud", json!(["r"])),
            ("iss", json!(["https://localhost/t/v2.0"])),
            ("exp", json!("4000")),
            ("exp", json!(4000.5)),
            ("exp", json!(true)),
            ("nbf", Value::Null),
            ("iat", json!(1e300)),
            ("ver", json!(2.0)),
            ("ver", json!("3.0")),
            ("azpacr", json!(1)),
            ("roles", json!("Orders.Read.All")),
            ("roles", Value::Null),
            ("roles", json!([1])),
            ("azp", Value::Null),
        ] {
            let mut claims = v2();
            claims[name] = value.clone();
            assert!(parse(&claims).is_err(), "{name}: {value}");
        }
    }

    #[test]
    fn a_missing_claim_that_is_always_there_is_an_error() {
        for name in [
            "iss", "aud", "exp", "nbf", "iat", "tid", "oid", "sub", "ver",
        ] {
            let mut claims = v2();
            claims.as_object_mut().expect("object").remove(name);
            assert!(parse(&claims).is_err(), "{name}");
        }
    }

    #[test]
    fn the_edges_of_a_life_are_exact() {
        let claims = parse(&v2()).expect("good");
        assert_eq!(claims.check(700, 300), Ok(()));
        assert_eq!(claims.check(699, 300), Err(TimeError::NotYetValid));
        assert_eq!(claims.check(4299, 300), Ok(()));
        assert_eq!(claims.check(4300, 300), Err(TimeError::Expired));
        let issued_later = AccessTokenClaims {
            iat: 2000,
            ..claims.clone()
        };
        assert_eq!(issued_later.check(1699, 300), Err(TimeError::NotYetValid));
        let inverted = AccessTokenClaims {
            exp: 1000,
            ..claims
        };
        assert_eq!(inverted.check(1000, 300), Err(TimeError::Inverted));
    }

    #[test]
    fn extreme_times_do_not_overflow() {
        let mut claims = parse(&v2()).expect("good");
        claims.exp = i64::MAX;
        claims.nbf = i64::MIN;
        assert_eq!(claims.check(2000, 300), Ok(()));
    }
}
