//! Assertions that an application signs with a registered certificate's key.

use std::fmt::Write;

use aws_lc_rs::digest;
use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_token::{
    Algorithm, Assertion, AssertionClaims, CertificateNames, Thumbprint, VerifiedClaims,
    VerifyError, verify_assertion,
};

use super::assertion::{TimeLimits, check_times, is_accepted_audience, is_issuer, required};
use super::error::{self, OauthError};
use super::leaf::{self, KnownLeaves};
use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{
    ASSERTION_ALGORITHMS, ApplicationInTenant, AssertionPolicy, AssertionProfile,
    CertificateSubject, KeyCredential, KeyTrust, RegisteredCertificate, Tenant,
};
use crate::ids::AppId;

/// Header types of an application's own assertions.
const TYPES: [&str; 3] = [
    "JWT",
    "client-authentication+jwt",
    "http://openid.net/specs/jwt/1.0",
];

/// Algorithms of the strict profile.
const ALGORITHMS_STRICT: [Algorithm; 2] = [Algorithm::Ps256, Algorithm::Es256];

/// How far clocks may differ under the strict profile: FAPI 2.0 section 5.3.2.1 allows no more for
/// `nbf` and `iat`, and ten minutes stay nearly ten with the same for `exp`.
const SKEW_SECONDS_STRICT: i64 = 60;

/// Characters of a `jti` that single use takes.
const JTI_LENGTH_MAX: usize = 256;

/// What an assertion is checked against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The public base URL.
    pub base_url: &'a str,
    /// The tenant of the request.
    pub tenant: &'a Tenant,
    /// The name the tenant was called by in the URL.
    pub segment: &'a str,
    /// The client.
    pub client_id: AppId,
    /// What tenant and application ask for together.
    pub policy: AssertionPolicy,
    /// The current time.
    pub now: Timestamp,
    /// Certificates under registered authorities that were verified before.
    pub known_leaves: &'a dyn KnownLeaves,
}

/// An assertion that proves the client.
#[derive(Debug)]
pub struct CertificateProof<'d> {
    /// The credential that it was verified with.
    pub credential: &'d KeyCredential,
    /// Its `exp`. A long life is allowed, but worth a word to whoever runs the client.
    pub expires_at: Timestamp,
    /// Where the policy is single use: what has to be remembered, and refused the second time.
    pub single_use: Option<SingleUse>,
}

/// An assertion to be remembered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SingleUse {
    /// Names the assertion: a hash of its `jti`.
    pub digest: String,
    /// Until when: its own end plus the skew that it is given, as it would be accepted until then.
    pub until: Timestamp,
}

/// Verifies an assertion that names the client as its issuer.
pub fn check<'d>(
    assertion: &Assertion<'_>,
    client: &'d ApplicationInTenant,
    expected: &Expected<'_>,
) -> Result<CertificateProof<'d>, OauthError> {
    check_header(assertion, expected.policy.profile)?;
    let (credential, verified) = match find(assertion, client, expected.now)? {
        Some(credential) => (
            credential,
            verify(assertion, credential, &credential.certificate, expected.now)?,
        ),
        None => verify_by_authority(assertion, client, expected)?,
    };
    let claims = verified.claims();
    let skew_seconds = match expected.policy.profile {
        AssertionProfile::Compatible => SKEW_SECONDS,
        AssertionProfile::Strict => SKEW_SECONDS_STRICT,
    };
    check_claims(claims, expected, skew_seconds)?;
    let expires_at = Timestamp::from_micros(required("exp", claims.exp)?);
    let single_use = expected
        .policy
        .single_use
        .then(|| single_use(claims, expires_at.plus_seconds(skew_seconds)))
        .transpose()?;
    Ok(CertificateProof {
        credential,
        expires_at,
        single_use,
    })
}

fn check_header(assertion: &Assertion<'_>, profile: AssertionProfile) -> Result<(), OauthError> {
    let typ = assertion.unverified_typ();
    if typ.is_some_and(|typ| {
        !TYPES
            .iter()
            .any(|allowed| typ.eq_ignore_ascii_case(allowed))
    }) {
        let types = "'JWT','http://openid.net/specs/jwt/1.0'";
        return Err(error::ASSERTION_TYPE_INVALID.with(&[("types", types)]));
    }
    let algorithm = assertion.unverified_alg();
    let supported: &[Algorithm] = match profile {
        AssertionProfile::Compatible => &ASSERTION_ALGORITHMS,
        AssertionProfile::Strict => &ALGORITHMS_STRICT,
    };
    if !supported.iter().any(|one| one.name() == algorithm) {
        let names: Vec<_> = supported.iter().map(|one| one.name()).collect();
        let names = names.join(",");
        let blanks = [("algorithm", algorithm), ("algorithms", &names)];
        return Err(error::ASSERTION_ALGORITHM_UNSUPPORTED.with(&blanks));
    }
    Ok(())
}

/// The registered certificate that the header names. Every thumbprint that is there has to name
/// the same one; `kid` counts where there is no thumbprint.
///
/// A certificate may be registered twice, with other dates: one that is current now comes first.
fn find<'d>(
    assertion: &Assertion<'_>,
    client: &'d ApplicationInTenant,
    now: Timestamp,
) -> Result<Option<&'d KeyCredential>, OauthError> {
    let hints = assertion.unverified_key_hints();
    if hints.has_unreadable_thumbprint {
        return Err(error::ASSERTION_MALFORMED.plain());
    }
    let has_thumbprint = hints.x5t.is_some() || hints.x5t_s256.is_some();
    if !has_thumbprint && hints.kid.is_none() {
        return Err(error::ASSERTION_KEY_UNNAMED.plain());
    }
    let is_named = |key: &&KeyCredential| {
        let certificate = key.certificate.certificate();
        if has_thumbprint {
            return hints
                .x5t
                .is_none_or(|hint| hint == certificate.thumbprint_sha1())
                && hints
                    .x5t_s256
                    .is_none_or(|hint| hint == certificate.thumbprint_sha256());
        }
        match hints.kid_thumbprint {
            Some(Thumbprint::Sha1(hint)) => hint == certificate.thumbprint_sha1(),
            Some(Thumbprint::Sha256(hint)) => hint == certificate.thumbprint_sha256(),
            None => hints.kid.as_deref().and_then(|kid| kid.parse().ok()) == Some(key.key_id),
        }
    };
    let certificates = client
        .keys
        .iter()
        .filter(|key| key.trust == KeyTrust::Certificate);
    let named: Vec<_> = certificates.filter(is_named).collect();
    let current = named.iter().find(|key| key.is_valid_at(now));
    Ok(current.or(named.first()).copied())
}

fn verify<'a>(
    assertion: &'a Assertion<'_>,
    credential: &KeyCredential,
    certificate: &RegisteredCertificate,
    now: Timestamp,
) -> Result<VerifiedClaims<'a>, OauthError> {
    let refused = |reason: &str| {
        let used = thumbprint_text(certificate);
        let reason = format!("{reason}, Thumbprint of key used by client: '{used}'");
        error::ASSERTION_SIGNATURE_INVALID.with(&[("reason", &reason)])
    };
    let verified = verify_assertion(assertion, certificate.key()).map_err(|cause| match cause {
        VerifyError::Signature => {
            refused("The provided signature value did not match the expected signature value.")
        }
        VerifyError::AlgorithmNotAllowed => {
            refused("Key was found, but use of the key to verify the signature failed.")
        }
        _ => error::ASSERTION_MALFORMED.plain(),
    })?;
    if !credential.is_valid_at(now) {
        let (not_before, not_after) = certificate.validity();
        let start = credential.start_at.max(not_before).to_american();
        let end = credential.end_at.min(not_after).to_american();
        return Err(refused(&format!(
            "The key used is expired., Found key 'Start={start}, End={end}'"
        )));
    }
    Ok(verified)
}

/// Verifies with a certificate from `x5c` that chains to a registered authority and carries the
/// registered subject. Nothing else of `x5c` is ever believed.
fn verify_by_authority<'d, 'a>(
    assertion: &'a Assertion<'_>,
    client: &'d ApplicationInTenant,
    expected: &Expected<'_>,
) -> Result<(&'d KeyCredential, VerifiedClaims<'a>), OauthError> {
    let now = expected.now;
    let chain = &assertion.unverified_key_hints().x5c;
    let authorities: Vec<_> = client
        .keys
        .iter()
        .filter_map(|key| match &key.trust {
            KeyTrust::Authority(subject) => Some((key, subject)),
            KeyTrust::Certificate => None,
        })
        .collect();
    if chain.is_empty() || authorities.is_empty() {
        let thumbprint = hinted_thumbprint(assertion);
        let reason =
            format!("The key was not found., Thumbprint of key used by client: '{thumbprint}'");
        return Err(error::ASSERTION_SIGNATURE_INVALID.with(&[("reason", &reason)]));
    }
    let mut names = None;
    for (key, subject) in authorities {
        if !key.is_valid_at(now) {
            continue;
        }
        let authority = key.certificate.certificate();
        let Some(found) = leaf::find(authority, chain, now, expected.known_leaves) else {
            continue;
        };
        if carries(found.leaf.names(), subject) {
            let verified = verify(assertion, key, found.leaf.certificate(), now)?;
            found.keep(expected.known_leaves);
            return Ok((key, verified));
        }
        names = Some(list(found.leaf.names()));
    }
    Err(match names {
        Some(names) => error::CERTIFICATE_SUBJECT_UNKNOWN.with(&[("names", &names)]),
        None => error::CERTIFICATE_CHAIN_INVALID.plain(),
    })
}

fn carries(names: &CertificateNames, subject: &CertificateSubject) -> bool {
    match subject {
        CertificateSubject::CommonName(name) => names.common_name.as_ref() == Some(name),
        CertificateSubject::DnsName(name) => names.dns_names.contains(name),
        CertificateSubject::Uri(uri) => names.uris.contains(uri),
    }
}

fn list(names: &CertificateNames) -> String {
    let all = names
        .common_name
        .iter()
        .chain(&names.dns_names)
        .chain(&names.uris);
    all.take(10)
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join(", ")
}

fn check_claims(
    claims: &AssertionClaims,
    expected: &Expected<'_>,
    skew_seconds: i64,
) -> Result<(), OauthError> {
    let issuer = required("iss", claims.iss.as_deref())?;
    let subject = required("sub", claims.sub.as_deref())?;
    if issuer.parse() != Ok(expected.client_id) {
        return Err(error::ASSERTION_CLIENT_MISMATCH.plain());
    }
    if subject.parse() != Ok(expected.client_id) {
        return Err(error::ASSERTION_SUBJECT_MISMATCH.plain());
    }
    let audience = required("aud", claims.aud.as_ref())?;
    let is_strict = expected.policy.profile == AssertionProfile::Strict;
    let is_accepted = match audience.values.as_slice() {
        [single] if is_strict => {
            !audience.is_list && is_issuer(single, expected.base_url, expected.tenant)
        }
        [single] => {
            let (tenant, segment) = (expected.tenant, expected.segment);
            is_accepted_audience(single, expected.base_url, tenant, segment)
        }
        _ => false,
    };
    if !is_accepted {
        return Err(error::ASSERTION_AUDIENCE_MISMATCH.plain());
    }
    let limits = TimeLimits {
        now: expected.now,
        skew_seconds,
        lifetime_seconds_max: Some(expected.policy.lifetime_seconds_max),
    };
    check_times(claims, limits)
}

fn single_use(claims: &AssertionClaims, until: Timestamp) -> Result<SingleUse, OauthError> {
    let jti = claims
        .jti
        .as_deref()
        .filter(|jti| (1..=JTI_LENGTH_MAX).contains(&jti.len()));
    let jti = jti.ok_or_else(|| {
        let reason =
            "Each client assertion of this application needs a 'jti' of 1 to 256 characters.";
        error::ASSERTION_REFUSED.with(&[("reason", reason)])
    })?;
    let hash = digest::digest(&digest::SHA256, jti.as_bytes());
    Ok(SingleUse {
        digest: BASE64_URL_SAFE_NO_PAD.encode(hash),
        until,
    })
}

/// The refusal of an assertion that was used before.
pub fn used_before() -> OauthError {
    let reason = "The client assertion was used before, and this application takes each one once.";
    error::ASSERTION_REFUSED.with(&[("reason", reason)])
}

fn thumbprint_text(certificate: &RegisteredCertificate) -> String {
    hex(&certificate.certificate().thumbprint_sha1())
}

fn hinted_thumbprint(assertion: &Assertion<'_>) -> String {
    let hints = assertion.unverified_key_hints();
    match (hints.x5t, hints.x5t_s256, hints.kid_thumbprint) {
        (Some(sha1), _, _) | (None, None, Some(Thumbprint::Sha1(sha1))) => hex(&sha1[..]),
        (None, Some(sha256), _) | (None, None, Some(Thumbprint::Sha256(sha256))) => {
            hex(&sha256[..])
        }
        (None, None, None) => hints.kid.clone().unwrap_or_default(),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02X}");
            text
        })
}

#[cfg(test)]
mod tests;
