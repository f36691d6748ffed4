//! What Azure CLI and Terraform read before and after they sign in.

use countersign_testkit::server::Signal;
use serde_json::json;

use super::{ask_v2, get, text, token};
use crate::commands::Place;

#[test]
fn the_endpoints_are_those_of_the_public_url() {
    let place = Place::new();
    let server = place.dev_with(&[
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://id.contoso.test:8443",
    ]);
    let mut connection = place.connect(&server);
    let base_url = "https://id.contoso.test:8443";
    let expected = json!({
        "name": "Countersign",
        "authentication": {
            "loginEndpoint": base_url,
            "audiences": [base_url],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base_url,
        "microsoftGraphResourceId": base_url,
        "graph": base_url,
        "graphAudience": base_url,
        "portal": base_url,
        "suffixes": {},
    });
    for (query, expected) in [
        ("?api-version=2022-09-01", expected.clone()),
        ("?api-version=2019-05-01", json!([expected])),
        ("?api-version=%00%ff", expected.clone()),
        ("", expected.clone()),
    ] {
        let path = format!("/metadata/endpoints{query}");
        let answered = get(&mut connection, &path, None);
        assert_eq!(answered.status, 200, "{query}");
        assert_eq!(answered.json(), expected, "{query}");
        let kind = answered.header("content-type").unwrap_or_default();
        assert!(kind.contains("application/json"), "{kind}");
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_login_finds_no_subscriptions_and_its_own_tenant() {
    let place = Place::new();
    let server = place.dev();
    let mut connection = place.connect(&server);
    let document = place.document();
    let client = &document["clients"][0];
    let scope = format!("{}/.default", text(&document["baseUrl"]));
    let issued = token(&ask_v2(&mut connection, client, &scope));

    let path = "/subscriptions?api-version=2022-12-01";
    let answered = get(&mut connection, path, Some(&issued));
    assert_eq!(
        (answered.status, answered.json()),
        (200, json!({"value": []}))
    );
    let answered = get(
        &mut connection,
        "/tenants?api-version=2022-12-01",
        Some(&issued),
    );
    let found = answered.json();
    assert_eq!(answered.status, 200, "{found}");
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1), "{found}");
    assert_eq!(found["value"][0]["tenantId"], client["tenantId"]);
    assert_eq!(found["value"][0]["defaultDomain"], "contoso.example");

    let of_orders = token(&ask_v2(&mut connection, client, "api://orders/.default"));
    let broken = format!("{issued}x");
    for path in [path, "/tenants?api-version=2022-12-01"] {
        for token in [
            None,
            Some(of_orders.as_str()),
            Some(broken.as_str()),
            Some("x"),
        ] {
            let refused = get(&mut connection, path, token);
            assert_eq!(refused.status, 401, "{token:?}");
            assert!(refused.header("www-authenticate").is_some(), "{token:?}");
            let error = &refused.json()["error"];
            assert_eq!(error["code"], "AuthenticationFailed", "{token:?}");
            assert!(!text(&error["message"]).is_empty());
        }
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}
