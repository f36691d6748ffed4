//! Client assertions: whose they are, and the claims that every one of them must carry.

use countersign_token::AssertionClaims;

use super::claims::issuer;
use super::error::{self, OauthError};
use crate::clock::Timestamp;
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

/// Whether `aud` of an application's own assertion is one of a closed list: the issuers and the token
/// endpoints of the tenant, under its id, its domains, the name it was called by, and `adfs` where
/// that stands for it.
///
/// Compared exactly, never by prefix or host: an assertion for one service must not serve another
/// (CVE-2025-27370).
pub fn is_accepted_audience(
    audience: &str,
    base_url: &str,
    tenant: &Tenant,
    segment: &str,
) -> bool {
    is_token_endpoint(audience, base_url, tenant, segment) || is_issuer(audience, base_url, tenant)
}

/// Whether `aud` is an issuer of the tenant, the only audiences under the strict profile (RFC
/// 7523bis).
pub fn is_issuer(audience: &str, base_url: &str, tenant: &Tenant) -> bool {
    [TokenVersion::V2, TokenVersion::V1]
        .into_iter()
        .any(|version| audience == issuer(base_url, tenant.id, version))
}

/// The audience is taken apart: to put every name of a tenant together for each request costs more
/// than all other checks of claims.
fn is_token_endpoint(audience: &str, base_url: &str, tenant: &Tenant, segment: &str) -> bool {
    let path = audience.strip_prefix(base_url);
    let names = path.and_then(|path| path.strip_prefix('/')?.split_once('/'));
    let Some((name, "oauth2/v2.0/token" | "oauth2/token")) = names else {
        return false;
    };
    name == segment
        || name == tenant.id.to_string()
        || tenant.domains.iter().any(|domain| domain.as_str() == name)
        || (tenant.is_default && name == "adfs")
}

/// What the times of an assertion are held against.
#[derive(Debug, Clone, Copy)]
pub struct TimeLimits {
    /// The current time.
    pub now: Timestamp,
    /// How far the signer's clock may be from ours, in seconds. Every time is given so much.
    pub skew_seconds: i64,
    /// How long an assertion may live from now on, in seconds, beside the skew.
    pub lifetime_seconds_max: Option<u32>,
}

/// Checks the times of an assertion: `exp` is required, `nbf` and `iat` count where present.
///
/// The edges belong to the skew: an assertion is accepted at exactly `exp` and the skew, and from
/// exactly `nbf` and `iat` less the skew.
pub fn check_times(claims: &AssertionClaims, limits: TimeLimits) -> Result<(), OauthError> {
    let TimeLimits {
        now,
        skew_seconds,
        lifetime_seconds_max,
    } = limits;
    let latest_start = now.plus_seconds(skew_seconds);
    let until = Timestamp::from_micros(required("exp", claims.exp)?);
    let from = claims.nbf.map(Timestamp::from_micros);
    let made = claims.iat.map(Timestamp::from_micros);
    let is_current = now <= until.plus_seconds(skew_seconds)
        && from.is_none_or(|from| from <= latest_start)
        && made.is_none_or(|made| made <= latest_start);
    // Counted from now, not from `iat`: what matters is for how long a stolen one is good. A signer
    // whose clock is ahead writes a later `exp` for the same lifetime.
    let ends_in_time = lifetime_seconds_max
        .is_none_or(|seconds| until <= now.plus_seconds(i64::from(seconds) + skew_seconds));
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

#[cfg(test)]
pub(super) mod tests {
    use countersign_token::{Assertion, base64url};
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::directory::Domain;
    use crate::oauth::grant::tests::tenant;

    /// The claims of an assertion that nobody signed.
    pub(in crate::oauth) fn claims(payload: &Value) -> AssertionClaims {
        let segment = |part: &Value| base64url::encode(part.to_string().as_bytes());
        let text = format!(
            "{}.{}.AAAA",
            segment(&json!({"alg": "ES256"})),
            segment(payload)
        );
        let assertion = Assertion::parse(&text).expect("well-formed");
        let claims = assertion.unverified_claims();
        claims.expect("of the right types").clone()
    }

    #[test]
    fn the_edges_of_times_belong_to_the_skew() {
        let now = Timestamp::from_unix_seconds(1_795_251_600);
        let check = |exp: i64, nbf: Option<i64>, iat: Option<i64>, skew, lifetime| {
            let absolute = |micros: i64| now.micros() + micros;
            let claims = AssertionClaims {
                exp: Some(absolute(exp)),
                nbf: nbf.map(absolute),
                iat: iat.map(absolute),
                ..claims(&json!({}))
            };
            let limits = TimeLimits {
                now,
                skew_seconds: skew,
                lifetime_seconds_max: lifetime,
            };
            check_times(&claims, limits).map_err(|error| error.kind.number)
        };
        let refused = Err(700_024);
        for skew in [0, 60, 300] {
            let edge = skew * 1_000_000;
            assert_eq!(check(-edge, None, None, skew, None), Ok(()));
            assert_eq!(check(-edge - 1, None, None, skew, None), refused);
            assert_eq!(check(0, Some(edge), None, skew, None), Ok(()));
            assert_eq!(check(0, Some(edge + 1), None, skew, None), refused);
            assert_eq!(check(0, None, Some(edge), skew, None), Ok(()));
            assert_eq!(check(0, None, Some(edge + 1), skew, None), refused);
            let last = 600_000_000 + edge;
            assert_eq!(check(last, None, None, skew, Some(600)), Ok(()));
            assert_eq!(check(last + 1, None, None, skew, Some(600)), refused);
        }
        let century = 100 * 365 * 86_400 * 1_000_000;
        assert_eq!(check(century, None, None, 300, None), Ok(()));
        assert_eq!(check(century, None, None, 300, Some(86_400)), refused);
        // A claim that was made long ago, or ends before it begins, is only as good as its end.
        assert_eq!(
            check(1, Some(-century / 10), Some(-century / 10), 0, None),
            Ok(())
        );
    }

    #[test]
    fn a_refusal_says_the_times() {
        let limits = TimeLimits {
            now: Timestamp::from_unix_seconds(1_795_251_600),
            skew_seconds: 300,
            lifetime_seconds_max: None,
        };
        let refusal = |payload: &Value| {
            let error = check_times(&claims(payload), limits).expect_err("refused");
            (error.kind.number, error.message.to_string())
        };
        assert_eq!(refusal(&json!({})).0, 90_014);
        assert_eq!(
            refusal(&json!({"exp": 1_795_251_000, "nbf": 1_795_250_000})),
            (
                700_024,
                "Client assertion is not within its valid time range. Current time: \
                 2026-11-21T09:00:00.0000000Z, assertion valid from 2026-11-21T08:33:20.0000000Z, \
                 expiry time of assertion 2026-11-21T08:50:00.0000000Z."
                    .to_owned()
            )
        );
    }

    #[test]
    fn the_issuer_tells_who_signed() {
        let client_id = AppId::new(Uuid::from_u128(10));
        let check = |issuer: Option<&str>| {
            let payload = issuer.map_or(json!({}), |issuer| json!({"iss": issuer}));
            origin(&claims(&payload), client_id).map_err(|error| error.kind.number)
        };
        let own = client_id.to_string();
        assert_eq!(check(Some(&own)), Ok(AssertionOrigin::Application));
        assert_eq!(
            check(Some(&own.to_uppercase())),
            Ok(AssertionOrigin::Application)
        );
        let other = Uuid::from_u128(11).to_string();
        assert_eq!(check(Some(&other)), Err(700_021));
        for issuer in [
            "https://issuer.example",
            "",
            &format!("{own}/"),
            "kubernetes",
        ] {
            assert_eq!(
                check(Some(issuer)),
                Ok(AssertionOrigin::Federated),
                "{issuer}"
            );
        }
        assert_eq!(check(None), Err(90_014));
    }

    #[test]
    fn audiences_are_a_closed_list() {
        let mut tenant = tenant(1);
        tenant.domains = vec![Domain::parse("contoso.example").expect("a domain")];
        let base_url = "https://login.example";
        let accepts = |tenant: &Tenant, path: &str| {
            is_accepted_audience(&format!("{base_url}/{path}"), base_url, tenant, "called")
        };
        let id = tenant.id;
        let issuers = [format!("{id}/v2.0"), format!("{id}/")];
        for path in &issuers {
            assert!(accepts(&tenant, path), "{path}");
            assert!(is_issuer(&format!("{base_url}/{path}"), base_url, &tenant));
        }
        for name in [&*id.to_string(), "contoso.example", "called"] {
            for path in ["oauth2/v2.0/token", "oauth2/token"] {
                let path = format!("{name}/{path}");
                assert!(accepts(&tenant, &path), "{path}");
                assert!(!is_issuer(&format!("{base_url}/{path}"), base_url, &tenant));
            }
        }
        for path in [
            "",
            "/oauth2/token",
            "adfs/oauth2/token",
            "other.example/oauth2/token",
            "contoso.example",
            "contoso.example/",
            "contoso.example/v2.0",
            "contoso.example//oauth2/token",
            "contoso.example/oauth2/token/",
            "contoso.example/oauth2/token?x",
            "contoso.example/OAuth2/token",
            "CONTOSO.example/oauth2/token",
            "x/contoso.example/oauth2/token",
        ] {
            assert!(!accepts(&tenant, path), "{path}");
        }
        let elsewhere = format!("https://login.example.evil/{id}/oauth2/token");
        assert!(!is_accepted_audience(
            &elsewhere, base_url, &tenant, "called"
        ));
        tenant.is_default = true;
        assert!(accepts(&tenant, "adfs/oauth2/token"));
    }
}
