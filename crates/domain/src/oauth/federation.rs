//! Tokens of other issuers as proof: which credential a token meets, and its checks.

use countersign_token::{Assertion, AssertionClaims, Audience, VerifyError};

use super::assertion::{TimeLimits, check_times, required};
use super::error::{self, OauthError};
use crate::clock::{SKEW_SECONDS, Timestamp};
use crate::directory::{
    ASSERTION_ALGORITHMS, ApplicationInTenant, FederatedIdentityCredential, SubjectMatcher,
};
use crate::ids::TenantId;

/// Header types of other issuers' tokens: Kubernetes sends none, SPIFFE may send `JOSE`.
const TYPES: [&str; 2] = ["JWT", "JOSE"];

/// The credential that a token claims to meet: by issuer, then subject, then audience, each
/// compared exactly. Each miss has a number of its own.
///
/// The claims are not verified yet. They only choose whose keys to verify with; what is compared
/// here is what the signature covers.
///
/// The first that is met is the one: credentials of one issuer that a token meets at once are not
/// tried in turn, even where each has uploaded keys of its own. Give every key of the issuer to each.
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

/// Checks the header's algorithm, before a key is fetched for it. The key narrows it further.
pub fn check_algorithm(assertion: &Assertion<'_>) -> Result<(), OauthError> {
    let algorithm = assertion.unverified_alg();
    if ASSERTION_ALGORITHMS
        .iter()
        .any(|one| one.name() == algorithm)
    {
        return Ok(());
    }
    Err(signature_refused(&VerifyError::AlgorithmNotAllowed))
}

/// Checks the times of a token. Its lifetime is its issuer's affair.
pub fn check_current(claims: &AssertionClaims, now: Timestamp) -> Result<(), OauthError> {
    let limits = TimeLimits {
        now,
        skew_seconds: SKEW_SECONDS,
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

/// What of a credential a token's claims meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Met {
    /// `iss` is the credential's issuer.
    pub issuer: bool,
    /// `sub` is the credential's subject, or its expression holds.
    pub subject: bool,
    /// `aud` is or contains one of the credential's audiences.
    pub audience: bool,
}

/// Compares a token's claims with one credential, as [`choose`] does with all of them: to tell
/// people which of its conditions fails. It decides nothing.
pub fn met(credential: &FederatedIdentityCredential, claims: &AssertionClaims) -> Met {
    let subject = claims.sub.as_deref();
    Met {
        issuer: claims.iss.as_deref() == Some(credential.issuer.as_str()),
        subject: subject.is_some_and(|subject| is_subject(credential, subject, claims)),
        audience: (claims.aud.as_ref()).is_some_and(|audience| is_audience(credential, audience)),
    }
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

#[cfg(test)]
mod tests {
    use countersign_token::base64url;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::ids::FederatedCredentialId;
    use crate::oauth::assertion::tests::claims;
    use crate::oauth::grant::tests::{application, instance, tenant};

    const BASE_URL: &str = "https://login.example";
    const ISSUER: &str = "https://issuer.example";

    fn credential(
        id: u128,
        subject: SubjectMatcher,
        audience: &str,
    ) -> FederatedIdentityCredential {
        FederatedIdentityCredential {
            id: FederatedCredentialId::new(Uuid::from_u128(id)),
            application_id: application(1, 10).id,
            name: format!("name-{id}"),
            issuer: ISSUER.into(),
            subject,
            audiences: vec![audience.into(), "second".into()],
            description: None,
            keys: None,
        }
    }

    fn subject(text: &str) -> SubjectMatcher {
        SubjectMatcher::Subject(text.into())
    }

    fn expression(text: &str) -> SubjectMatcher {
        SubjectMatcher::Expression(text.parse().expect("an expression"))
    }

    /// The id of the credential that is chosen, or the number of the refusal.
    fn check(credentials: &[FederatedIdentityCredential], payload: &Value) -> Result<u128, u32> {
        let mut client = instance(&tenant(1), application(1, 10));
        client.federated = credentials.to_vec();
        choose(&client, BASE_URL, &claims(payload))
            .map(|credential| credential.id.uuid().as_u128())
            .map_err(|error| error.kind.number)
    }

    fn token(sub: &str, aud: &Value) -> Value {
        json!({"iss": ISSUER, "sub": sub, "aud": aud})
    }

    #[test]
    fn each_miss_has_its_number() {
        let all = [
            credential(1, subject("Repo:a"), "first"),
            credential(2, expression("claims['sub'] matches 'b:*'"), "first"),
        ];
        let first = json!("first");
        assert_eq!(check(&all, &token("Repo:a", &first)), Ok(1));
        assert_eq!(
            check(&all, &token("b:1", &json!(["other", "second"]))),
            Ok(2)
        );
        assert_eq!(check(&[], &token("Repo:a", &first)), Err(70_025));
        for (name, value, number) in [
            ("iss", json!("https://issuer.example/"), 700_211),
            ("iss", json!("https://Issuer.example"), 700_211),
            ("iss", json!(""), 700_211),
            ("sub", json!("Repo:b"), 700_213),
            ("sub", json!("Repo:a "), 700_213),
            ("sub", json!(""), 700_213),
            ("sub", json!("repo:A"), 7_002_138),
            // An expression has no other case to point to.
            ("sub", json!("B:1"), 700_213),
            ("aud", json!("First"), 700_212),
            ("aud", json!(["first/"]), 700_212),
            ("iss", Value::Null, 90_014),
            ("sub", Value::Null, 90_014),
            ("aud", Value::Null, 90_014),
        ] {
            let mut payload = token("Repo:a", &first);
            let members = payload.as_object_mut().expect("an object");
            let what = format!("{name} {value}");
            match value {
                Value::Null => members.remove(name),
                value => members.insert(name.into(), value),
            };
            assert_eq!(check(&all, &payload), Err(number), "{what}");
        }
    }

    #[test]
    fn the_audience_decides_among_credentials_of_one_subject() {
        let all = [
            credential(1, subject("a"), "one"),
            credential(2, expression("claims['sub'] matches 'a*'"), "two"),
            credential(3, expression("claims['sub'] eq 'a'"), "two"),
        ];
        assert_eq!(check(&all, &token("a", &json!("one"))), Ok(1));
        assert_eq!(
            check(&all, &token("a", &json!("two"))),
            Ok(2),
            "the first of two"
        );
        assert_eq!(
            check(&all, &token("a", &json!(["three", "two", "one"]))),
            Ok(1)
        );
        assert_eq!(check(&all, &token("ab", &json!("one"))), Err(700_212));
    }

    #[test]
    fn what_is_met_is_told_of_each_condition() {
        let credential = credential(1, subject("a"), "first");
        for (changed, value, expected) in [
            ("jti", json!("1"), (true, true, true)),
            ("iss", json!("https://other.example"), (false, true, true)),
            ("sub", json!("A"), (true, false, true)),
            ("aud", json!(["third"]), (true, true, false)),
            ("sub", Value::Null, (true, false, true)),
            ("aud", Value::Null, (true, true, false)),
        ] {
            let mut payload = token("a", &json!(["first"]));
            payload[changed] = value.clone();
            if value.is_null() {
                payload.as_object_mut().expect("an object").remove(changed);
            }
            let met = met(&credential, &claims(&payload));
            let found = (met.issuer, met.subject, met.audience);
            assert_eq!(found, expected, "{changed} {value}");
        }
    }

    #[test]
    fn tokens_of_this_platform_are_no_proof() {
        let tenant = tenant(1).id;
        for (issuer, own) in [
            (format!("{BASE_URL}/{tenant}/v2.0"), true),
            (format!("{BASE_URL}/{tenant}/"), true),
            (format!("{BASE_URL}/{tenant}"), true),
            (format!("{BASE_URL}/{}", Uuid::from_u128(9)), true),
            (format!("{BASE_URL}/issuer"), false),
            (BASE_URL.to_owned(), false),
            (format!("{BASE_URL}.other.example/{tenant}"), false),
        ] {
            assert_eq!(is_own(BASE_URL, &issuer), own, "{issuer}");
            let mut trusting = credential(1, subject("a"), "first");
            trusting.issuer.clone_from(&issuer);
            let payload = json!({"iss": issuer, "sub": "a", "aud": "first"});
            let expected = if own { Err(700_222) } else { Ok(1) };
            assert_eq!(check(&[trusting], &payload), expected, "{issuer}");
        }
    }

    #[test]
    fn types_are_those_of_other_issuers() {
        let check = |header: &Value| {
            let header = base64url::encode(header.to_string().as_bytes());
            let text = format!("{header}.e30.AAAA");
            let assertion = Assertion::parse(&text).expect("well-formed");
            check_type(&assertion).map_err(|error| error.kind.number)
        };
        assert_eq!(check(&json!({"alg": "RS256"})), Ok(()));
        for typ in ["JWT", "jwt", "JOSE"] {
            assert_eq!(check(&json!({"alg": "RS256", "typ": typ})), Ok(()), "{typ}");
        }
        for typ in [
            "",
            "at+jwt",
            "logout+jwt",
            "JWT ",
            "client-authentication+jwt",
        ] {
            let outcome = check(&json!({"alg": "RS256", "typ": typ}));
            assert_eq!(outcome, Err(5_002_727), "{typ:?}");
        }
        // An odd thumbprint is the issuer's affair: the key is found by `kid`.
        let odd = json!({"alg": "RS256", "typ": "JWT", "x5t": "one", "kid": "k"});
        assert_eq!(check(&odd), Ok(()));
    }

    #[test]
    fn a_token_is_current_with_five_minutes_of_skew_and_no_cap() {
        let now = 1_795_251_600;
        let check = |payload: Value| {
            check_current(&claims(&payload), Timestamp::from_unix_seconds(now))
                .map_err(|error| error.kind.number)
        };
        let end = now + 60;
        for (payload, expected) in [
            (json!({"exp": now - 300}), Ok(())),
            (
                json!({"exp": format!("{}.999999", now - 301)}),
                Err(700_024),
            ),
            (json!({"exp": end, "nbf": now + 300}), Ok(())),
            (
                json!({"exp": end, "nbf": format!("{}.000001", now + 300)}),
                Err(700_024),
            ),
            (json!({"exp": end, "iat": now + 300}), Ok(())),
            (
                json!({"exp": end, "iat": format!("{}.000001", now + 300)}),
                Err(700_024),
            ),
            (json!({"exp": now + 100 * 365 * 86_400}), Ok(())),
            (json!({"iat": now}), Err(90_014)),
        ] {
            assert_eq!(check(payload.clone()), expected, "{payload}");
        }
    }

    #[test]
    fn a_bad_signature_is_told_from_a_bad_token() {
        let number = |cause| signature_refused(&cause).kind.number;
        assert_eq!(number(VerifyError::Signature), 700_027);
        assert_eq!(number(VerifyError::AlgorithmNotAllowed), 700_027);
        assert_eq!(number(VerifyError::Malformed("why")), 50_027);
    }
}
