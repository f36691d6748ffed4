//! Tokens of other issuers as proof: which credential a token meets, and its checks.

use countersign_token::{Assertion, AssertionClaims, Audience, VerifyError};

use super::assertion::{TimeLimits, check_times, required};
use super::error::{self, OauthError};
use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{ApplicationInTenant, FederatedIdentityCredential, SubjectMatcher};
use crate::ids::TenantId;

/// Header types of other issuers' tokens: Kubernetes sends none, SPIFFE may send `JOSE`.
const TYPES: [&str; 2] = ["JWT", "JOSE"];

/// The credential that a token claims to meet: by issuer, then subject, then audience, each
/// compared exactly. Each miss has a number of its own.
///
/// The claims are not verified yet. They only choose whose keys to verify with; what is compared
/// here is what the signature covers.
pub fn choose<'d>(
    client: &'d ApplicationInTenant,
    base_url: &str,
    claims: &AssertionClaims,
) -> Result<&'d FederatedIdentityCredential, OauthError> {
    let issuer = required("iss", claims.iss.as_deref())?;
    if is_own(base_url, issuer) {
        return Err(error::FEDERATED_OWN_TOKEN.plain());
    }
    let subject = required("sub", claims.sub.as_deref())?;
    let audience = required("aud", claims.aud.as_ref())?;
    if client.federated.is_empty() {
        let app_id = client.application.app_id.to_string();
        let name = &client.application.display_name;
        let blanks = [("app_id", app_id.as_str()), ("name", name)];
        return Err(error::FEDERATED_CREDENTIAL_MISSING.with(&blanks));
    }
    let of_issuer: Vec<_> = client
        .federated
        .iter()
        .filter(|c| c.issuer == issuer)
        .collect();
    if of_issuer.is_empty() {
        return Err(error::FEDERATED_ISSUER_UNKNOWN.with(&[("issuer", issuer)]));
    }
    let of_subject: Vec<_> = of_issuer
        .iter()
        .copied()
        .filter(|c| is_subject(c, subject, claims))
        .collect();
    if of_subject.is_empty() {
        let blanks = [("subject", subject)];
        let differs_in_case = of_issuer.iter().any(|credential| {
            matches!(&credential.subject, SubjectMatcher::Subject(s) if s.eq_ignore_ascii_case(subject))
        });
        return Err(if differs_in_case {
            error::FEDERATED_SUBJECT_CASE.with(&blanks)
        } else {
            error::FEDERATED_SUBJECT_UNKNOWN.with(&blanks)
        });
    }
    of_subject
        .into_iter()
        .find(|credential| is_audience(credential, audience))
        .ok_or_else(|| {
            error::FEDERATED_AUDIENCE_UNKNOWN.with(&[("audience", &audience.values.join(", "))])
        })
}

/// Checks the header's type, before a key is fetched for it.
pub fn check_type(assertion: &Assertion<'_>) -> Result<(), OauthError> {
    let typ = assertion.unverified_typ();
    if typ.is_none_or(|typ| {
        TYPES
            .iter()
            .any(|allowed| typ.eq_ignore_ascii_case(allowed))
    }) {
        return Ok(());
    }
    Err(error::ASSERTION_TYPE_INVALID.with(&[("types", "'JWT','JOSE'")]))
}

/// Checks the times of a verified token. Its lifetime is its issuer's affair.
pub fn check_current(claims: &AssertionClaims, now: Timestamp) -> Result<(), OauthError> {
    let limits = TimeLimits {
        now,
        ahead_seconds_max: SKEW_SECONDS,
        lifetime_seconds_max: None,
    };
    check_times(claims, limits)
}

/// The refusal of a token whose signature does not hold.
pub fn signature_refused(cause: &VerifyError) -> OauthError {
    let reason = match cause {
        VerifyError::Signature => {
            "The provided signature value did not match the expected signature value."
        }
        VerifyError::AlgorithmNotAllowed => {
            "Key was found, but use of the key to verify the signature failed."
        }
        _ => return error::ASSERTION_MALFORMED.plain(),
    };
    error::ASSERTION_SIGNATURE_INVALID.with(&[("reason", reason)])
}

/// Whether an issuer is one of this platform's tenants. Its access tokens are made for resources,
/// and a resource that receives one must not be able to become the client with it.
pub fn is_own(base_url: &str, issuer: &str) -> bool {
    let path = issuer
        .strip_prefix(base_url)
        .and_then(|rest| rest.strip_prefix('/'));
    let segment = path.and_then(|path| path.split('/').next());
    segment.is_some_and(|segment| segment.parse::<TenantId>().is_ok())
}

fn is_subject(
    credential: &FederatedIdentityCredential,
    subject: &str,
    claims: &AssertionClaims,
) -> bool {
    match &credential.subject {
        SubjectMatcher::Subject(wanted) => wanted == subject,
        SubjectMatcher::Expression(expression) => expression.matches(&claims.all),
    }
}

fn is_audience(credential: &FederatedIdentityCredential, audience: &Audience) -> bool {
    audience
        .values
        .iter()
        .any(|value| credential.audiences.contains(value))
}
