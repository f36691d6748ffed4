//! Carries out the proof that a client offers.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{ApplicationInTenant, PasswordCredential};
use countersign_domain::ids::AppId;
use countersign_domain::oauth::client_auth::check_secret;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::request::ClientCredential;
use countersign_domain::secret::{Pepper, SecretHash};
use countersign_token::Unverified;

/// A proof, made ready to compare.
///
/// It is made before the client is looked up, so an unknown client costs the same as a known one.
pub(super) enum Proof<'a> {
    Secret(SecretHash),
    Assertion(&'a str),
}

impl<'a> Proof<'a> {
    pub(super) fn new(pepper: &Pepper, client: AppId, credential: &ClientCredential<'a>) -> Self {
        match credential {
            ClientCredential::BodySecret(secret) => {
                Self::Secret(pepper.hash_bytes(client, secret.as_bytes()))
            }
            ClientCredential::BasicSecret(secret) => Self::Secret(pepper.hash(client, secret)),
            ClientCredential::Assertion(assertion) => Self::Assertion(assertion),
        }
    }
}

/// The credential that proves the client.
pub(super) fn authenticate<'d>(
    client: &'d ApplicationInTenant,
    proof: &Proof<'_>,
    now: Timestamp,
) -> Result<&'d PasswordCredential, OauthError> {
    match proof {
        Proof::Secret(offered) => check_secret(client, offered, now),
        Proof::Assertion(assertion) => Err(refuse_assertion(client, assertion)),
    }
}

/// Applications have neither certificates nor federated credentials yet, so no assertion can be
/// right; the answer says which of the two is missing.
fn refuse_assertion(client: &ApplicationInTenant, assertion: &str) -> OauthError {
    let Ok(unverified) = Unverified::parse(assertion) else {
        return error::ASSERTION_MALFORMED.plain();
    };
    let app_id = client.application.app_id.to_string();
    let Ok(issuer) = unverified.unverified_iss() else {
        return error::ASSERTION_MALFORMED.plain();
    };
    let is_own = issuer.is_some_and(|issuer| issuer.eq_ignore_ascii_case(&app_id));
    if is_own {
        return error::ASSERTION_KEY_NOT_FOUND.plain();
    }
    let name = &client.application.display_name;
    error::FEDERATED_CREDENTIAL_MISSING.with(&[("app_id", &app_id), ("name", name)])
}
