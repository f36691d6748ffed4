//! Client assertions: whose they are, and the claims that every one of them must carry.

use countersign_token::AssertionClaims;

use super::claims::issuer;
use super::error::{self, OauthError};
use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{Tenant, TokenVersion};
use crate::ids::AppId;

/// Who signed an assertion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssertionOrigin {
    /// The application itself, with a registered certificate's key.
    Application,
    /// Another issuer.
    Federated,
}

/// Tells who signed, from claims that are not verified yet: only to choose the keys to verify with.
///
/// Issuers are URLs, applications are GUIDs; an assertion of another application is told here.
pub fn origin(claims: &AssertionClaims, client_id: AppId) -> Result<AssertionOrigin, OauthError> {
    let issuer = required("iss", claims.iss.as_deref())?;
    match issuer.parse::<AppId>() {
        Ok(signer) if signer == client_id => Ok(AssertionOrigin::Application),
        Ok(_) => Err(error::ASSERTION_CLIENT_MISMATCH.plain()),
        Err(_) => Ok(AssertionOrigin::Federated),
    }
}

/// A claim that must be there.
pub(super) fn required<T>(name: &str, claim: Option<T>) -> Result<T, OauthError> {
    claim.ok_or_else(|| error::FIELD_MISSING.with(&[("name", name)]))
}

/// The strings that `aud` of an application's own assertion may be, all of them: the issuers and
/// the token endpoints of the tenant, under its id, its domains, the name it was called by, and
/// `adfs` where that stands for it.
///
/// Compared exactly, never by prefix or host: an assertion for one service must not serve another
/// (CVE-2025-27370).
pub fn accepted_audiences(base_url: &str, tenant: &Tenant, segment: &str) -> Vec<String> {
    let mut audiences = issuers(base_url, tenant);
    let id = tenant.id.to_string();
    let domains = tenant.domains.iter().map(ToString::to_string);
    let adfs = tenant.is_default.then(|| "adfs".to_owned());
    for name in [id, segment.to_owned()]
        .into_iter()
        .chain(domains)
        .chain(adfs)
    {
        audiences.push(format!("{base_url}/{name}/oauth2/v2.0/token"));
        audiences.push(format!("{base_url}/{name}/oauth2/token"));
    }
    audiences
}

/// The issuers of a tenant, the only audiences under the strict profile (RFC 7523bis).
pub fn issuers(base_url: &str, tenant: &Tenant) -> Vec<String> {
    [TokenVersion::V2, TokenVersion::V1]
        .map(|version| issuer(base_url, tenant.id, version))
        .into()
}

/// What the times of an assertion are held against.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// The current time.
    pub now: Timestamp,
    /// How far ahead of it `nbf` and `iat` may be, in seconds.
    pub ahead_seconds_max: i64,
    /// How long an assertion may live from now on, in seconds.
    pub lifetime_seconds_max: Option<u32>,
}

/// Checks the times of an assertion: `exp` is required, `nbf` and `iat` count where present.
///
/// The edge belongs to the skew: an assertion is accepted until exactly five minutes after `exp`.
pub fn check_times(claims: &AssertionClaims, limits: TimeLimits) -> Result<(), OauthError> {
    let TimeLimits {
        now,
        ahead_seconds_max,
        lifetime_seconds_max,
    } = limits;
    let latest_start = now.plus_seconds(ahead_seconds_max);
    let until = Timestamp::from_micros(required("exp", claims.exp)?);
    let from = claims.nbf.map(Timestamp::from_micros);
    let made = claims.iat.map(Timestamp::from_micros);
    let is_current = now <= until.plus_seconds(SKEW_SECONDS)
        && from.is_none_or(|from| from <= latest_start)
        && made.is_none_or(|made| made <= latest_start);
    // Counted from now, not from `iat`: what matters is for how long a stolen one is good.
    let ends_in_time = lifetime_seconds_max
        .is_none_or(|seconds| until <= now.plus_seconds(i64::from(seconds) + SKEW_SECONDS));
    if is_current && ends_in_time {
        return Ok(());
    }
    Err(error::ASSERTION_NOT_CURRENT.with(&[
        ("now", &now.to_seven_digits()),
        (
            "from",
            &from.unwrap_or(Timestamp::from_micros(0)).to_seven_digits(),
        ),
        ("until", &until.to_seven_digits()),
    ]))
}
