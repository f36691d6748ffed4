//! More than one tenant: lists of them, all of an authority's, and the Microsoft platform's names.

use countersign_token::{Algorithm, Jwk, JwkSet};
use countersign_validate::{Caller, InvalidToken, Rejection, TokenVersion, Validator};
use serde_json::{Value, json};

use crate::issuer::{
    API, API_URI, Answer, Issuer, KEYS_COMMON, METADATA_COMMON, NOW, OTHER_TENANT, TENANT, TestKey,
};

const THIRD_TENANT: &str = "77777777-2222-3333-4444-555555555555";

/// The same claims as another tenant issues them.
fn of_tenant(claims: &Value, tenant: &str) -> Value {
    let text = claims.to_string().replace(TENANT, tenant);
    serde_json::from_str(&text).expect("still JSON")
}

async fn outcome(validator: &Validator, token: &str) -> Result<Caller, Rejection> {
    validator.validate_at(token, NOW).await
}

fn refused(cause: InvalidToken) -> Result<Caller, Rejection> {
    Err(Rejection::InvalidToken(cause))
}

/// Accepts any tenant, at an authority with these common keys.
async fn any_tenant(keys: impl FnOnce(&str) -> Vec<Jwk>) -> (Issuer, Validator) {
    let issuer = Issuer::start(&[]).await;
    issuer.publish_common(&keys(&issuer.base));
    let builder = issuer.builder_without_tenant().any_tenant();
    let validator = builder.audience(API).audience(API_URI).build();
    (issuer, validator.expect("complete"))
}

fn for_any(key: &TestKey, base: &str) -> Jwk {
    key.jwk
        .clone()
        .with_issuer(format!("{base}/{{tenantid}}/v2.0"))
}

#[tokio::test]
async fn res_07_each_listed_tenant_is_proven_by_its_own_keys() {
    let (ours, theirs) = (
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
    );
    let issuer = Issuer::start(&[]).await;
    issuer.publish_tenant(TENANT, &[&ours]);
    issuer.publish_tenant(OTHER_TENANT, &[&theirs]);
    let builder = issuer.builder_without_tenant();
    let builder = builder.tenants([TENANT.to_uppercase(), OTHER_TENANT.to_owned()]);
    let validator = builder
        .audience(API)
        .audience(API_URI)
        .build()
        .expect("complete");
    for claims in [issuer.claims_v1(), issuer.claims_v2()] {
        let other_claims = of_tenant(&claims, OTHER_TENANT);
        let caller = outcome(&validator, &ours.token(&claims))
            .await
            .expect("good");
        assert_eq!(caller.tenant_id, TENANT);
        let caller = outcome(&validator, &theirs.token(&other_claims))
            .await
            .expect("good");
        assert_eq!(caller.tenant_id, OTHER_TENANT);
        for forged in [ours.token(&other_claims), theirs.token(&claims)] {
            let outcome = outcome(&validator, &forged).await;
            assert_eq!(outcome, refused(InvalidToken::UnknownKey));
        }
        let stranger = ours.token(&of_tenant(&claims, THIRD_TENANT));
        let outcome = outcome(&validator, &stranger).await;
        assert_eq!(outcome, refused(InvalidToken::Issuer));
    }
    let third = |path: &String| path.contains(THIRD_TENANT);
    assert!(
        !issuer.requests().iter().any(third),
        "strangers' tokens cost no request"
    );
}

#[tokio::test]
async fn res_01_any_tenant_of_the_authority_is_taken_in_both_versions() {
    let key = TestKey::new(Algorithm::EdDsa);
    let (issuer, validator) = any_tenant(|base| vec![for_any(&key, base)]).await;
    for tenant in [TENANT, OTHER_TENANT, THIRD_TENANT] {
        for claims in [issuer.claims_v1(), issuer.claims_v2()] {
            let token = key.token(&of_tenant(&claims, tenant));
            let caller = outcome(&validator, &token).await.expect("good");
            assert_eq!(caller.tenant_id, tenant);
        }
    }
    assert_eq!(issuer.requests(), [METADATA_COMMON, KEYS_COMMON]);
}

#[tokio::test]
async fn res_06_among_common_keys_each_says_whose_tokens_it_may_sign() {
    let (any, bound, silent, foreign) = (
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
        TestKey::new(Algorithm::EdDsa),
    );
    let (issuer, validator) = any_tenant(|base| {
        let bound_to = format!("{base}/{OTHER_TENANT}/v2.0");
        let elsewhere = "https://attacker.example/{tenantid}/v2.0";
        vec![
            for_any(&any, base),
            bound.jwk.clone().with_issuer(bound_to),
            silent.jwk.clone(),
            foreign.jwk.clone().with_issuer(elsewhere),
        ]
    })
    .await;
    for claims in [issuer.claims_v1(), issuer.claims_v2()] {
        let of_other = of_tenant(&claims, OTHER_TENANT);
        assert!(outcome(&validator, &bound.token(&of_other)).await.is_ok());
        for key in [&bound, &silent, &foreign] {
            let outcome = outcome(&validator, &key.token(&claims)).await;
            assert_eq!(outcome, refused(InvalidToken::KeyIssuer));
        }
    }
}

#[tokio::test]
async fn res_04_any_tenant_means_that_tid_and_issuer_still_agree() {
    let key = TestKey::new(Algorithm::EdDsa);
    let (issuer, validator) = any_tenant(|base| vec![for_any(&key, base)]).await;
    for claims in [issuer.claims_v1(), issuer.claims_v2()] {
        let mut other_tid = claims.clone();
        other_tid["tid"] = json!(OTHER_TENANT);
        let token = key.token(&other_tid);
        assert_eq!(
            outcome(&validator, &token).await,
            refused(InvalidToken::Tenant)
        );
        for tenant in [
            "{tenantid}",
            "organizations",
            "contoso.com",
            "",
            &TENANT[1..],
        ] {
            let token = key.token(&of_tenant(&claims, tenant));
            assert_eq!(
                outcome(&validator, &token).await,
                refused(InvalidToken::Issuer),
                "{tenant}"
            );
        }
    }
    let letters = "aaaaaaaa-2222-3333-4444-555555555555";
    let token = key.token(&of_tenant(&issuer.claims_v2(), &letters.to_uppercase()));
    assert_eq!(
        outcome(&validator, &token).await,
        refused(InvalidToken::Issuer)
    );
    let token = key.token(&of_tenant(&issuer.claims_v2(), letters));
    assert!(outcome(&validator, &token).await.is_ok());
}

#[tokio::test]
async fn res_10_invented_tenants_cost_no_request() {
    let key = TestKey::new(Algorithm::EdDsa);
    let (issuer, validator) = any_tenant(|base| vec![for_any(&key, base)]).await;
    let forger = TestKey::new(Algorithm::EdDsa);
    for n in 0..500 {
        let tenant = format!("{n:08}-2222-3333-4444-555555555555");
        let token = forger.token(&of_tenant(&issuer.claims_v2(), &tenant));
        assert_eq!(
            outcome(&validator, &token).await,
            refused(InvalidToken::UnknownKey)
        );
    }
    assert_eq!(
        issuer.requests().len(),
        4,
        "one fetch at first, one for the unknown key"
    );
}

#[tokio::test]
async fn common_metadata_must_name_the_template() {
    let key = TestKey::new(Algorithm::EdDsa);
    let (issuer, _) = any_tenant(|base| vec![for_any(&key, base)]).await;
    let token = key.token(&issuer.claims_v2());
    for named in [
        issuer.issuer_v2(),
        "https://attacker.example/{tenantid}/v2.0".to_owned(),
    ] {
        let keys_url = format!("{}{KEYS_COMMON}", issuer.base);
        let metadata = json!({"issuer": named, "jwks_uri": keys_url});
        issuer.set(METADATA_COMMON, Answer::Json(metadata));
        let builder = issuer.builder_without_tenant().any_tenant().audience(API);
        let outcome = outcome(&builder.build().expect("complete"), &token).await;
        assert_eq!(outcome, Err(Rejection::KeysUnavailable), "{named}");
    }
}

/// The forms of the real platform, with keys given, since tests talk to loopback only.
#[test]
fn tokens_of_the_microsoft_identity_platform_are_known_by_their_issuers() {
    let key = TestKey::new(Algorithm::EdDsa);
    let published = key
        .jwk
        .clone()
        .with_issuer("https://login.microsoftonline.com/{tenantid}/v2.0");
    let keys = JwkSet {
        keys: vec![published],
    };
    let builder = || {
        Validator::builder()
            .authority("https://login.microsoftonline.com")
            .audience(API_URI)
            .audience(API)
            .keys(keys.clone())
    };
    let claims = |version: &str, iss: String| {
        let (azp, acr) = if version == "1.0" {
            ("appid", "appidacr")
        } else {
            ("azp", "azpacr")
        };
        json!({
            "aud": API, "iss": iss, "iat": NOW, "nbf": NOW, "exp": NOW + 3600, "tid": TENANT,
            "oid": "o", "sub": "o", "ver": version, azp: "c", acr: "2",
        })
    };
    let v1 = claims("1.0", format!("https://sts.windows.net/{TENANT}/"));
    let v2 = claims(
        "2.0",
        format!("https://login.microsoftonline.com/{TENANT}/v2.0"),
    );
    let usable = Validator::usable_keys(&keys);
    for builder in [builder().tenant(TENANT), builder().any_tenant()] {
        let validator = builder.build().expect("complete");
        for (claims, version) in [(&v1, TokenVersion::V1), (&v2, TokenVersion::V2)] {
            let caller = validator
                .verify(&key.token(claims), &usable, NOW)
                .expect("good");
            assert_eq!(
                (caller.version, caller.tenant_id.as_str()),
                (version, TENANT)
            );
        }
        for iss in [
            format!("https://login.microsoftonline.com/{TENANT}/"),
            format!("https://sts.windows.net/{TENANT}"),
            format!("https://sts.windows.net/{TENANT}/v2.0"),
        ] {
            let outcome = validator.verify(&key.token(&claims("1.0", iss.clone())), &usable, NOW);
            assert_eq!(outcome, Err(InvalidToken::Issuer), "{iss}");
        }
    }
    let other = builder().tenant(OTHER_TENANT).build().expect("complete");
    let outcome = other.verify(&key.token(&v2), &usable, NOW);
    assert_eq!(outcome, Err(InvalidToken::Issuer));
}
