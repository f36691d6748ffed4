//! TEN-01, TEN-04 to TEN-06, TEN-08 and TEN-09: whose endpoint, whose client, whose resource. The
//! rest of the group needs a management API.

use std::fmt::Write;

use serde_json::Value;

use crate::answer::{Expected, e400, e401};
use crate::request::{get, post_v1, post_v2};
use crate::sample::{
    CONTOSO, DAEMON, FABRIKAM, FOREIGNER, FOREIGNER_SECRET, MULTI_TENANT, REFUSED_SECRET,
    UNINSTALLED, v1, v2,
};
use crate::stage::Stage;

const UNKNOWN_TENANT: Expected = e400("invalid_request", 90_002);
const NO_TENANT_NAME: Expected = e400("invalid_request", 900_023);
const UNKNOWN_CLIENT: Expected = e400("unauthorized_client", 700_016);

#[test]
fn ten_01_to_06_a_client_belongs_to_its_tenant() {
    let stage = Stage::new();
    let multi = v2()
        .with("client_id", MULTI_TENANT)
        .with("client_secret", REFUSED_SECRET);
    let uninstalled = multi.clone().with("client_id", UNINSTALLED);
    let foreigner = v2()
        .with("client_id", FOREIGNER)
        .with("client_secret", FOREIGNER_SECRET)
        .with("scope", "api://stock/.default");
    for (case, tenant, form, expected) in [
        ("TEN-01", FABRIKAM, &v2(), UNKNOWN_CLIENT),
        ("TEN-01 the other way", CONTOSO, &foreigner, UNKNOWN_CLIENT),
        ("TEN-01 at home", FABRIKAM, &foreigner, Expected::Token),
        ("TEN-01 multi-tenant", FABRIKAM, &multi, e401(7_000_229)),
        (
            "TEN-01 multi-tenant at home",
            CONTOSO,
            &multi,
            Expected::Token,
        ),
        (
            "TEN-01 no service principal",
            CONTOSO,
            &uninstalled,
            e401(7_000_229),
        ),
        (
            "TEN-04 upper case",
            &CONTOSO.to_uppercase(),
            &v2(),
            Expected::Token,
        ),
        ("TEN-04 domain", "contoso.example", &v2(), Expected::Token),
        (
            "TEN-04 second domain",
            "contoso.test",
            &v2(),
            Expected::Token,
        ),
        (
            "TEN-04 domain in other case",
            "Contoso.EXAMPLE",
            &v2(),
            Expected::Token,
        ),
        (
            "TEN-04 unverified domain",
            "contoso.invalid",
            &v2(),
            UNKNOWN_TENANT,
        ),
        (
            "TEN-04 subdomain",
            "www.contoso.example",
            &v2(),
            UNKNOWN_TENANT,
        ),
        (
            "TEN-04 parent domain",
            "example.example",
            &v2(),
            UNKNOWN_TENANT,
        ),
        (
            "TEN-04 domain of T2",
            "fabrikam.example",
            &v2(),
            UNKNOWN_CLIENT,
        ),
        (
            "TEN-04 unknown id",
            "33333333-cccc-4ccc-8ccc-000000000003",
            &v2(),
            UNKNOWN_TENANT,
        ),
        (
            "TEN-04 bare id",
            &CONTOSO.replace('-', ""),
            &v2(),
            NO_TENANT_NAME,
        ),
        (
            "TEN-05 zeros",
            "00000000-0000-0000-0000-000000000000",
            &v2(),
            e400("invalid_request", 900_021),
        ),
        ("TEN-05 long", &"a".repeat(300), &v2(), NO_TENANT_NAME),
        ("TEN-05 dots", "..", &v2(), NO_TENANT_NAME),
        ("TEN-05 NUL", "%00", &v2(), NO_TENANT_NAME),
        ("TEN-05 escaped slash", "..%2f..", &v2(), NO_TENANT_NAME),
        (
            "TEN-05 escaped domain",
            "contoso%2eexample",
            &v2(),
            NO_TENANT_NAME,
        ),
        // A Cyrillic letter in it, as browsers would send it.
        (
            "TEN-05 look-alike",
            "xn--cntoso-q8e.example",
            &v2(),
            UNKNOWN_TENANT,
        ),
        (
            "TEN-05 trailing dot",
            "contoso.example.",
            &v2(),
            NO_TENANT_NAME,
        ),
        ("TEN-05 braces", "%7B11111111%7D", &v2(), NO_TENANT_NAME),
        ("TEN-05 template", "%7Btenantid%7D", &v2(), NO_TENANT_NAME),
        ("TEN-06", "common", &v2(), e400("invalid_request", 50_059)),
        (
            "TEN-06",
            "Organizations",
            &v2(),
            e400("invalid_request", 50_059),
        ),
        (
            "TEN-06",
            "consumers",
            &v2(),
            e400("invalid_request", 9_001_023),
        ),
    ] {
        let case = format!("{case} {tenant:.40}");
        stage.check(&case, &post_v2(tenant, form), expected);
    }
    for (tenant, expected) in [
        (FABRIKAM, UNKNOWN_CLIENT),
        ("contoso.example", Expected::Token),
        ("common", e400("invalid_request", 50_059)),
    ] {
        let case = format!("TEN v1.0 {tenant}");
        stage.check(&case, &post_v1(tenant, &v1()), expected);
    }
    stage.finish();
}

/// TEN-08 in small: every client asks at every tenant for every resource; a token comes only
/// where all three are of one tenant, and names that tenant.
#[test]
fn ten_08_five_tenants_see_only_themselves() {
    const TENANTS: usize = 5;
    let id =
        |kind: char, number: usize| format!("{kind}0000000-0000-4000-8000-00000000000{number}");
    let mut directory = "tenants:\n".to_owned();
    for number in 0..TENANTS {
        write!(
            directory,
            "- id: {tenant}\n  displayName: Tenant {number}\n  applications:\n\
             \x20 - displayName: Same name\n    appId: {resource}\n    identifierUris: [api://same]\n\
             \x20 - displayName: Client\n    appId: {client}\n\
             \x20   passwordCredentials: [{{displayName: same, secretText: canary.same-secret~01}}]\n",
            tenant = id('a', number),
            resource = id('b', number),
            client = id('c', number),
        )
        .expect("a String takes everything");
    }
    let stage = Stage::with_directory(&directory);
    let form = |client: usize, scope: &str| {
        v2().with("client_id", &id('c', client))
            .with("client_secret", "canary.same-secret~01")
            .with("scope", scope)
    };
    stage.good_is(post_v2(&id('a', 0), &form(0, "api://same/.default")));
    let mut issued = 0;
    for tenant in 0..TENANTS {
        for client in 0..TENANTS {
            for resource in 0..=TENANTS {
                // The last one is a name that every tenant has for a resource of its own.
                let name = (resource < TENANTS).then(|| id('b', resource));
                let scope = format!("{}/.default", name.as_deref().unwrap_or("api://same"));
                let request = post_v2(&id('a', tenant), &form(client, &scope)).bytes();
                let response = stage.ask(&request).expect("an answer");
                let is_own = client == tenant && (resource == tenant || resource == TENANTS);
                let expected = match (client == tenant, is_own) {
                    (_, true) => Expected::Token,
                    (true, false) => e400("invalid_resource", 500_011),
                    (false, false) => UNKNOWN_CLIENT,
                };
                let case = format!("TEN-08 {tenant} {client} {resource}");
                stage.check_response(&case, &request, &response, expected);
                if is_own {
                    let claims = claims(&response.json());
                    assert_eq!(claims["tid"], id('a', tenant), "{case}");
                    assert_eq!(claims["appid"], id('c', client), "{case}");
                    issued += 1;
                }
            }
        }
    }
    assert_eq!(issued, 2 * TENANTS, "TEN-08");
    stage.finish();
}

#[test]
fn ten_09_documents_and_keys_name_their_tenant() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    for (segment, tenant) in [
        (CONTOSO, CONTOSO),
        ("contoso.example", CONTOSO),
        (FABRIKAM, FABRIKAM),
        ("FABRIKAM.example", FABRIKAM),
    ] {
        let document = |path: &str| {
            let response = stage
                .ask(&get(&format!("/{segment}/{path}")))
                .expect("an answer");
            assert_eq!(response.status, 200, "TEN-09 {segment}: {response:?}");
            response.json()
        };
        let v2 = document("v2.0/.well-known/openid-configuration");
        assert_eq!(v2["issuer"], format!("{base_url}/{tenant}/v2.0"), "TEN-09");
        let v1 = document(".well-known/openid-configuration");
        assert_eq!(v1["issuer"], format!("{base_url}/{tenant}/"), "TEN-09");
        for key in document("discovery/v2.0/keys")["keys"]
            .as_array()
            .expect("keys")
        {
            assert_eq!(key["issuer"], format!("{base_url}/{tenant}/v2.0"), "TEN-09");
        }
        for key in document("discovery/keys")["keys"].as_array().expect("keys") {
            assert!(key.get("issuer").is_none(), "TEN-09");
        }
    }
    let issued = stage.issued("TEN-09", &post_v2(CONTOSO, &v2()));
    assert_eq!(issued.claims["iss"], format!("{base_url}/{CONTOSO}/v2.0"));
    assert_eq!(issued.claims["azp"], DAEMON);
    stage.finish();
}

/// The claims of a token whose signature was checked already.
fn claims(reply: &Value) -> Value {
    let token = reply["access_token"].as_str().unwrap_or_default();
    let payload = token.split('.').nth(1).unwrap_or_default();
    let payload = countersign_token::base64url::decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("JSON")
}
