//! The token request: which token is wanted, and the form that asks for it. Pure.

use serde_json::{Map, Value, json};

use crate::Error;
use crate::secret::Secret;

/// More is no scope but a mistake.
const SCOPE_LENGTH_MAX: usize = 2048;

/// A claims challenge takes a few hundred bytes.
pub(crate) const CLAIMS_LENGTH_MAX: usize = 16 * 1024;

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Which token is wanted. Tokens are cached by scope and claims.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TokenRequest {
    scope: String,
    claims: Option<String>,
}

impl TokenRequest {
    /// A token for `scope`: the resource followed by `/.default`, as `api://orders/.default`.
    pub fn new(scope: impl Into<String>) -> Self {
        Self {
            scope: scope.into(),
            claims: None,
        }
    }

    /// Asks for these claims, JSON text as a claims challenge carries it (see
    /// [`claims_challenge`](crate::claims_challenge)).
    #[must_use]
    pub fn claims(mut self, json: impl Into<String>) -> Self {
        self.claims = Some(json.into());
        self
    }

    /// The scope.
    pub fn scope(&self) -> &str {
        &self.scope
    }

    /// The claims asked for, if any.
    pub fn claims_json(&self) -> Option<&str> {
        self.claims.as_deref()
    }

    /// Refuses what no authority could answer, before anything is kept under it.
    pub(crate) fn check(&self) -> Result<(), Error> {
        let scope = self.scope.as_str();
        if scope.is_empty() || scope.len() > SCOPE_LENGTH_MAX || scope.contains(char::is_control) {
            return Err(Error::request(
                "the scope is empty, longer than 2048 bytes or has control characters; \
                 give the resource followed by `/.default`",
            ));
        }
        match &self.claims {
            Some(claims) if claims_object(claims).is_none() => Err(Error::request(
                "the claims are not a JSON object of at most 16 KiB; \
                 give the decoded `claims` of the challenge",
            )),
            _ => Ok(()),
        }
    }
}

/// How the client proves who it is, for one request.
#[derive(Clone, Debug)]
pub(crate) enum Proof {
    Secret(Secret),
    Assertion(Secret),
}

impl Proof {
    pub(crate) fn expose(&self) -> &str {
        match self {
            Self::Secret(text) | Self::Assertion(text) => text.expose(),
        }
    }
}

/// The form fields of a client-credentials request (RFC 6749 §4.4.2, RFC 7523 §2.2).
pub(crate) fn form<'a>(
    client_id: &'a str,
    request: &'a TokenRequest,
    capabilities: &[String],
    proof: &'a Proof,
) -> Vec<(&'static str, String)> {
    let mut fields = vec![
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", client_id.to_owned()),
        ("scope", request.scope.clone()),
    ];
    fields.extend(claims(request.claims.as_deref(), capabilities).map(|json| ("claims", json)));
    match proof {
        Proof::Secret(secret) => fields.push(("client_secret", secret.expose().to_owned())),
        Proof::Assertion(assertion) => {
            fields.push(("client_assertion_type", JWT_BEARER.to_owned()));
            fields.push(("client_assertion", assertion.expose().to_owned()));
        }
    }
    fields
}

/// The `claims` parameter: what a challenge asks for, and what this client is capable of.
fn claims(challenge: Option<&str>, capabilities: &[String]) -> Option<String> {
    if capabilities.is_empty() {
        return challenge.map(str::to_owned);
    }
    let mut claims = challenge.and_then(claims_object).unwrap_or_default();
    let access_token = claims.entry("access_token").or_insert_with(|| json!({}));
    if let Value::Object(wanted) = access_token {
        wanted.insert("xms_cc".to_owned(), json!({"values": capabilities}));
    }
    Some(Value::Object(claims).to_string())
}

pub(crate) fn claims_object(text: &str) -> Option<Map<String, Value>> {
    let fits = text.len() <= CLAIMS_LENGTH_MAX;
    fits.then(|| serde_json::from_str(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHALLENGE: &str = r#"{"access_token":{"nbf":{"essential":true,"value":"1700000000"}}}"#;

    fn secret() -> Proof {
        Proof::Secret(Secret::new("s~e+c&r%3D"))
    }

    #[test]
    fn a_secret_and_an_assertion_are_sent_in_their_fields() {
        let request = TokenRequest::new("api://x/.default");
        assert_eq!(
            form("client", &request, &[], &secret()),
            [
                ("grant_type", "client_credentials".to_owned()),
                ("client_id", "client".to_owned()),
                ("scope", "api://x/.default".to_owned()),
                ("client_secret", "s~e+c&r%3D".to_owned()),
            ]
        );
        let assertion = Proof::Assertion(Secret::new("a.b.c"));
        let fields = form("client", &request, &[], &assertion);
        assert_eq!(fields[3], ("client_assertion_type", JWT_BEARER.to_owned()));
        assert_eq!(fields[4], ("client_assertion", "a.b.c".to_owned()));
        assert_eq!(fields.len(), 5);
    }

    #[test]
    fn claims_are_those_of_the_challenge_with_the_capabilities_added() {
        let cp1 = ["cp1".to_owned()];
        assert_eq!(claims(None, &[]), None);
        assert_eq!(claims(Some(CHALLENGE), &[]).as_deref(), Some(CHALLENGE));
        assert_eq!(
            claims(None, &cp1).as_deref(),
            Some(r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#)
        );
        let both: Value = serde_json::from_str(&claims(Some(CHALLENGE), &cp1).expect("some"))
            .expect("it is JSON");
        assert_eq!(both["access_token"]["nbf"]["value"], "1700000000");
        assert_eq!(both["access_token"]["xms_cc"]["values"], json!(["cp1"]));
    }

    #[test]
    fn requests_that_nobody_could_answer_are_not_made() {
        let good = TokenRequest::new("api://x/.default");
        assert!(good.check().is_ok());
        assert!(good.clone().claims(CHALLENGE).check().is_ok());
        for scope in ["", "a\nb", "a\0", &"x".repeat(SCOPE_LENGTH_MAX + 1)] {
            assert!(TokenRequest::new(scope).check().is_err(), "{scope:?}");
        }
        let long = format!("{{\"a\":\"{}\"}}", "x".repeat(CLAIMS_LENGTH_MAX));
        for claims in ["", "null", "[]", "{", "\"text\"", &long] {
            let error = good.clone().claims(claims).check().expect_err("refused");
            assert!(!error.is_transient(), "{claims:?}");
        }
    }
}
