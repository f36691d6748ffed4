//! What clients read before they ask for a token: configuration, keys, instance discovery, and the
//! `adfs` paths of clients that know nothing but their environment.

use countersign_testkit::form::encode;
use serde_json::{Value, json};

use crate::answer::{Expected, e400, refusal};
use crate::request::{Request, get, post_v1, post_v2};
use crate::sample::{CONTOSO, FABRIKAM, ORDERS, v1, v2};
use crate::stage::Stage;

fn document(stage: &Stage, path: &str) -> Value {
    let response = stage.ask(&get(path)).expect("an answer");
    assert_eq!(response.status, 200, "{path}: {response:?}");
    let header = |name: &str| response.header(name).unwrap_or_default();
    assert_eq!(
        header("content-type"),
        "application/json; charset=utf-8",
        "{path}"
    );
    assert_eq!(header("cache-control"), "max-age=86400, private", "{path}");
    assert_eq!(header("access-control-allow-origin"), "*", "{path}");
    response.json()
}

#[test]
fn configurations_have_the_members_that_clients_check() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    for (segment, shown, issuer_tenant) in [
        (CONTOSO, CONTOSO, CONTOSO),
        (&CONTOSO.to_uppercase(), CONTOSO, CONTOSO),
        ("Contoso.Example", CONTOSO, CONTOSO),
        (FABRIKAM, FABRIKAM, FABRIKAM),
        ("common", "common", "{tenantid}"),
        ("organizations", "organizations", "{tenantid}"),
    ] {
        let at = |path: &str| json!(format!("{base_url}/{shown}/{path}"));
        let v2 = document(
            &stage,
            &format!("/{segment}/v2.0/.well-known/openid-configuration"),
        );
        assert_eq!(v2["issuer"], format!("{base_url}/{issuer_tenant}/v2.0"));
        assert_eq!(v2["token_endpoint"], at("oauth2/v2.0/token"));
        assert_eq!(v2["authorization_endpoint"], at("oauth2/v2.0/authorize"));
        assert_eq!(v2["jwks_uri"], at("discovery/v2.0/keys"));
        let v1 = document(
            &stage,
            &format!("/{segment}/.well-known/openid-configuration"),
        );
        assert_eq!(v1["issuer"], format!("{base_url}/{issuer_tenant}/"));
        assert_eq!(v1["token_endpoint"], at("oauth2/token"));
        assert_eq!(v1["authorization_endpoint"], at("oauth2/authorize"));
        assert_eq!(v1["jwks_uri"], at("discovery/keys"));
        for document in [v1, v2] {
            assert_eq!(
                document["token_endpoint_auth_methods_supported"],
                json!([
                    "client_secret_post",
                    "private_key_jwt",
                    "client_secret_basic"
                ])
            );
            assert_eq!(
                document["id_token_signing_alg_values_supported"],
                json!(["RS256"])
            );
            assert_eq!(document["subject_types_supported"], json!(["pairwise"]));
            for name in [
                "response_types_supported",
                "response_modes_supported",
                "scopes_supported",
            ] {
                assert!(document[name].is_array(), "{name}");
            }
        }
    }
    stage.finish();
}

#[test]
fn what_is_published_at_an_address_is_served_at_it() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    let config = document(
        &stage,
        &format!("/{CONTOSO}/v2.0/.well-known/openid-configuration"),
    );
    let path = |member: &str| {
        let url = config[member].as_str().unwrap_or_default();
        url.strip_prefix(&base_url)
            .expect("below the base URL")
            .to_owned()
    };
    let keys = document(&stage, &path("jwks_uri"));
    assert!(!keys["keys"].as_array().expect("keys").is_empty());
    let request = Request::post(&path("token_endpoint")).form(&v2());
    stage.check("the token endpoint", &request, Expected::Token);
    stage.finish();
}

#[test]
fn keys_are_named_by_their_certificate() {
    let stage = Stage::new();
    let v2 = document(&stage, &format!("/{CONTOSO}/discovery/v2.0/keys"));
    let v1 = document(&stage, &format!("/{CONTOSO}/discovery/keys"));
    let common = document(&stage, "/common/discovery/v2.0/keys");
    let list = |set: &Value| set["keys"].as_array().cloned().expect("keys");
    let names =
        |set: &Value| -> Vec<Value> { list(set).iter().map(|key| key["kid"].clone()).collect() };
    assert_eq!(names(&v1), names(&v2));
    assert_eq!(names(&v1), names(&common));
    for key in list(&v2) {
        assert_eq!(key["kid"], key["x5t"]);
        assert_eq!(key["use"], "sig");
        // The parser checks that the certificate holds this key.
        let chain = key["x5c"].as_array().expect("x5c");
        assert_eq!(chain.len(), 1);
        let certificate = chain[0].as_str().expect("text");
        let der = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, certificate);
        let certificate = countersign_token::Certificate::from_der(&der.expect("base64"));
        assert_eq!(key["kid"], certificate.expect("a certificate").key_id());
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private} is published");
        }
    }
    let rsa: Vec<_> = list(&v2)
        .into_iter()
        .filter(|key| key["kty"] == "RSA")
        .collect();
    assert_eq!(rsa.len(), 1);
    assert_eq!(rsa[0]["e"], "AQAB");
    let issued = stage.issued("kid", &post_v2(CONTOSO, &self::v2()));
    assert_eq!(issued.header["kid"], rsa[0]["kid"]);
    stage.finish();
}

#[test]
fn an_unknown_tenant_is_invalid_tenant() {
    let stage = Stage::new();
    for (segment, number) in [
        ("33333333-cccc-4ccc-8ccc-000000000003", 90_002),
        ("nobody.example", 90_002),
        ("consumers", 90_002),
        ("00000000-0000-0000-0000-000000000000", 900_021),
        ("nonsense", 900_023),
    ] {
        for path in [
            ".well-known/openid-configuration",
            "v2.0/.well-known/openid-configuration",
            "discovery/keys",
            "discovery/v2.0/keys",
        ] {
            let response = stage
                .ask(&get(&format!("/{segment}/{path}")))
                .expect("an answer");
            refusal(&response, e400("invalid_tenant", number))
                .unwrap_or_else(|error| panic!("{segment} {path}: {error:#}: {response:?}"));
        }
    }
    stage.finish();
}

#[test]
fn instance_discovery_knows_this_host_and_no_other() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    let host = base_url.strip_prefix("https://").expect("https");
    let ask = |endpoint: &str| {
        let path = format!(
            "/common/discovery/instance?api-version=1.1&authorization_endpoint={}",
            encode(endpoint)
        );
        stage.ask(&get(&path)).expect("an answer")
    };
    let of_contoso = format!("{base_url}/{CONTOSO}/v2.0/.well-known/openid-configuration");
    let of_common = format!("{base_url}/common/v2.0/.well-known/openid-configuration");
    for (endpoint, expected) in [
        (
            format!("{base_url}/{CONTOSO}/oauth2/v2.0/authorize"),
            &of_contoso,
        ),
        // MSAL for Python loses the port.
        (
            format!("https://localhost/{CONTOSO}/oauth2/v2.0/authorize"),
            &of_contoso,
        ),
        (
            format!("{base_url}/contoso.example/oauth2/authorize"),
            &of_contoso,
        ),
        (
            format!("{base_url}/common/oauth2/v2.0/authorize"),
            &of_common,
        ),
        (
            "https://login.microsoftonline.com/common/oauth2/authorize".to_owned(),
            &of_common,
        ),
    ] {
        let response = ask(&endpoint);
        assert_eq!(response.status, 200, "{endpoint}: {response:?}");
        let body = response.json();
        assert_eq!(
            body["tenant_discovery_endpoint"],
            expected.as_str(),
            "{endpoint}"
        );
        let metadata = json!([{
            "preferred_network": host, "preferred_cache": host, "aliases": [host]
        }]);
        assert_eq!(body["metadata"], metadata, "{endpoint}");
    }
    let unknown = e400("invalid_instance", 50_049);
    let malformed = e400("invalid_request", 50_050);
    for (endpoint, expected) in [
        ("https://evil.example/common/oauth2/authorize", unknown),
        (
            "https://localhost.evil.example/common/oauth2/authorize",
            unknown,
        ),
        ("https://localhost@evil.example/common", unknown),
        ("/common/oauth2/authorize", unknown),
        ("https://a b/", malformed),
        ("", malformed),
    ] {
        let response = ask(endpoint);
        refusal(&response, expected)
            .unwrap_or_else(|error| panic!("{endpoint}: {error:#}: {response:?}"));
    }
    for path in [
        "/common/discovery/instance",
        "/common/discovery/instance?authorization_endpoint=%zz",
    ] {
        let response = stage.ask(&get(path)).expect("an answer");
        refusal(&response, malformed).unwrap_or_else(|error| panic!("{path}: {error:#}"));
    }
    stage.finish();
}

#[test]
fn adfs_stands_for_the_default_tenant() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    let issuer = format!("{base_url}/{CONTOSO}/v2.0");
    for path in [
        "/adfs/.well-known/openid-configuration".to_owned(),
        format!("/adfs/{CONTOSO}/.well-known/openid-configuration"),
    ] {
        let config = document(&stage, &path);
        assert_eq!(config["issuer"], issuer, "{path}");
        for member in ["token_endpoint", "authorization_endpoint", "jwks_uri"] {
            let url = config[member].as_str().unwrap_or_default();
            assert!(url.starts_with(&base_url), "{path}: {member} {url}");
        }
        let endpoint = config["token_endpoint"].as_str().unwrap_or_default();
        let request = Request::post(&endpoint[base_url.len()..]).form(&v2());
        stage.check(&path, &request, Expected::Token);
    }
    let of_fabrikam = document(
        &stage,
        &format!("/adfs/{FABRIKAM}/.well-known/openid-configuration"),
    );
    assert_eq!(of_fabrikam["issuer"], format!("{base_url}/{FABRIKAM}/v2.0"));

    for segment in ["adfs", "ADFS"] {
        for request in [post_v1(segment, &v1()), post_v2(segment, &v2())] {
            let issued = stage.issued("adfs", &request);
            assert_eq!(issued.claims["tid"], CONTOSO);
            assert_eq!(issued.claims["iss"], issuer);
            assert_eq!(issued.claims["aud"], ORDERS);
        }
    }
    // MSAL for Java sends `scope` to the v1.0 path, and reads numbers.
    let request = post_v1("adfs", &v2()).bytes();
    let response = stage.ask(&request).expect("an answer");
    assert!(response.json()["expires_in"].is_u64(), "{response:?}");
    let elsewhere = e400("invalid_request", 900_144);
    stage.check(
        "scope at v1.0 elsewhere",
        &post_v1(CONTOSO, &v2()),
        elsewhere,
    );
    stage.finish();
}

#[test]
fn adfs_stands_for_nothing_without_a_default_tenant() {
    let directory = crate::sample::directory()
        .replace("isDefault: true", "isDefault: false")
        .replace(
            "displayName: Fabrikam",
            "displayName: Fabrikam\n  isDefault: false",
        );
    let stage = Stage::with_directory(&directory);
    stage.check(
        "adfs",
        &post_v2("adfs", &v2()),
        e400("invalid_request", 90_002),
    );
    let response = stage.ask(&get("/adfs/.well-known/openid-configuration"));
    let response = response.expect("an answer");
    refusal(&response, e400("invalid_tenant", 90_002)).expect("adfs");
    stage.finish();
}

#[test]
fn forged_hosts_move_nothing() {
    let stage = Stage::new();
    let base_url = stage.base_url();
    for forged in [
        "Host: evil.example\r\n",
        "Host: localhost\r\nX-Forwarded-Host: evil.example\r\nX-Forwarded-Proto: http\r\n",
        "Host: localhost\r\nForwarded: host=evil.example;proto=http;for=1.2.3.4\r\n",
    ] {
        let path = format!("/{CONTOSO}/v2.0/.well-known/openid-configuration");
        let request = format!("GET {path} HTTP/1.1\r\n{forged}\r\n");
        let response = stage.ask(request.as_bytes()).expect("an answer");
        assert!(!response.text().contains("evil.example"), "{forged}");
        assert_eq!(
            response.json()["issuer"],
            format!("{base_url}/{CONTOSO}/v2.0")
        );
    }
    stage.finish();
}
