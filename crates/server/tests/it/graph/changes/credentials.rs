//! Secrets and certificates. What is added opens at once, what is removed no longer does.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use countersign_token::{Algorithm, HeaderFields, Signer, SigningKey};
use serde_json::{Value, json};

use super::super::api::{Api, As, caller_app_id, id};

/// A certificate in DER, and what signs with its key.
pub(crate) fn certificate() -> (Vec<u8>, Signer) {
    let pair = rcgen::KeyPair::generate().expect("a key");
    let mut params = rcgen::CertificateParams::default();
    params.not_after = rcgen::date_time_ymd(2099, 1, 1);
    let certificate = params.self_signed(&pair).expect("a certificate");
    let key = SigningKey::from_pkcs8(Algorithm::Es256, pair.serialized_der()).expect("a key");
    let fields = HeaderFields {
        kid: "k",
        x5t: None,
    };
    let signer = Signer::new(std::sync::Arc::new(key), fields);
    (certificate.der().to_vec(), signer)
}

pub(crate) fn entry(der: &[u8]) -> Value {
    json!({"type": "AsymmetricX509Cert", "usage": "Verify", "key": STANDARD.encode(der)})
}

async fn application(admin: &As<'_>) -> Value {
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let principal = json!({"appId": application["appId"]});
    admin.create("/servicePrincipals", principal).await;
    application
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_shown_once_and_works_from_the_next_request_on() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = application(&admin).await;
    let app_id = application["appId"].as_str().expect("a client id");
    let path = format!("/applications/{}", id(&application));
    let body = json!({"passwordCredential": {"displayName": "ci"}});
    let added = admin.post(&format!("{path}/addPassword"), body).await;
    let added = added.expect_status(200).json();
    assert_eq!(
        added["@odata.context"],
        "https://id.example/v1.0/$metadata#microsoft.graph.passwordCredential"
    );
    let secret = added["secretText"].as_str().expect("a secret");
    assert_eq!(added["hint"], secret[..3]);
    let token = async || api.token_answer("contoso.example", app_id, secret).await;
    assert_eq!(token().await.number(), 0, "at once, on this node");

    let read = admin.get(&path).await;
    assert!(
        !read.body.contains(secret),
        "only the answer to addPassword shows it"
    );
    let stored = &read.json()["passwordCredentials"][0];
    assert_eq!(stored["keyId"], added["keyId"]);
    assert_eq!(stored["secretText"], Value::Null);
    let audits = admin.get("/auditLogs/directoryAudits").await;
    assert!(!audits.body.contains(secret));

    let remove = format!("{path}/removePassword");
    let unknown = json!({"keyId": "00000000-0000-4000-8000-000000000001"});
    let refused = admin.post(&remove, unknown).await;
    assert_eq!(refused.refusal(), (400, "Request_BadRequest".to_owned()));
    let key_id = json!({"keyId": added["keyId"]});
    admin.post(&remove, key_id.clone()).await.expect_status(204);
    assert_eq!(token().await.number(), 7_000_215, "at once, on this node");
    assert_eq!(admin.post(&remove, key_id).await.status, 400);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patch_keeps_the_certificates_that_it_names() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let (first, second) = (certificate().0, certificate().0);
    let body = json!({"displayName": "A", "keyCredentials": [entry(&first)]});
    let application = admin.create("/applications", body).await;
    let path = format!("/applications/{}", id(&application));
    let kept = admin.read(&path).await["keyCredentials"][0].clone();
    assert_eq!(kept["key"], Value::Null);
    assert_eq!(kept["keyId"], application["keyCredentials"][0]["keyId"]);
    let own_id = "00000000-0000-4000-8000-0000000000aa";
    let mut added = entry(&second);
    added["keyId"] = json!(own_id);
    // As Terraform sends it: what was read, and one more.
    let both = json!({"id": id(&application), "keyCredentials": [kept, added]});
    admin.patch(&path, both).await.expect_status(204);
    let read = admin.read(&path).await;
    let ids: Vec<_> = read["keyCredentials"]
        .as_array()
        .into_iter()
        .flatten()
        .collect();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().any(|key| key["keyId"] == own_id), "{read}");
    assert!(
        ids.iter().any(|key| key["keyId"] == kept["keyId"]),
        "{read}"
    );
    let shown = admin.read(&format!("{path}?$select=keyCredentials")).await;
    let shown = shown["keyCredentials"].to_string();
    assert!(shown.contains(&STANDARD.encode(&first)), "its bytes stayed");
    admin
        .patch(&path, json!({"keyCredentials": [kept]}))
        .await
        .expect_status(204);
    let left = admin.read(&path).await;
    assert_eq!(left["keyCredentials"].as_array().map(Vec::len), Some(1));
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_rolls_its_own_key_without_a_permission() {
    let api = Api::start().await;
    let (admin, nobody) = (api.caller("admin").await, api.caller("nobody").await);
    let app_id = caller_app_id("nobody");
    let own = admin
        .read(&format!("/applications(appId='{app_id}')"))
        .await;
    let path = format!("/applications/{}", id(&own));
    let (first, signer) = certificate();
    let body = json!({"keyCredentials": [entry(&first)]});
    admin.patch(&path, body).await.expect_status(204);
    let now = crate::node::START.unix_seconds();
    let proof_of = |signer: &Signer, object: &str| {
        let claims = json!({
            "aud": "00000002-0000-0000-c000-000000000000",
            "iss": object,
            "nbf": now,
            "exp": now + 600,
        });
        signer.sign_claims(&claims).expect("signed")
    };
    let (second, other) = certificate();
    let add = |proof: String| json!({"keyCredential": entry(&second), "proof": proof});
    let add_key = format!("{path}/addKey");
    let forged = add(proof_of(&other, id(&own)));
    assert_eq!(nobody.post(&add_key, forged.clone()).await.status, 403);
    assert_eq!(
        admin.post(&add_key, forged).await.status,
        403,
        "permissions are no proof"
    );
    let good = add(proof_of(&signer, id(&own)));
    let added = nobody.post(&add_key, good).await.expect_status(200).json();
    assert_eq!(added["key"], Value::Null);
    // Of another application it can roll nothing, whatever it can prove.
    let elsewhere = application(&admin).await;
    let foreign = format!("/applications/{}", id(&elsewhere));
    let body = json!({"keyCredentials": [entry(&first)]});
    admin.patch(&foreign, body).await.expect_status(204);
    let proof = add(proof_of(&signer, id(&elsewhere)));
    assert_eq!(
        nobody
            .post(&format!("{foreign}/addKey"), proof)
            .await
            .status,
        403
    );

    let listed = admin.read(&path).await["keyCredentials"].clone();
    let listed = listed.as_array().cloned().expect("a list");
    let first_id = listed.iter().find(|key| key["keyId"] != added["keyId"]);
    let first_id = &first_id.expect("the first")["keyId"];
    let remove = json!({"keyId": first_id, "proof": proof_of(&other, id(&own))});
    nobody
        .post(&format!("{path}/removeKey"), remove.clone())
        .await
        .expect_status(204);
    assert_eq!(
        nobody
            .post(&format!("{path}/removeKey"), remove)
            .await
            .status,
        400
    );
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_principals_secret_opens_only_its_tenant() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    let body = json!({"displayName": "Shared", "signInAudience": "AzureADMultipleOrgs"});
    let application = admin.create("/applications", body).await;
    let app_id = application["appId"].as_str().expect("a client id");
    let make = json!({"appId": app_id});
    admin.create("/servicePrincipals", make.clone()).await;
    let there = stranger.create("/servicePrincipals", make).await;
    let path = format!("/servicePrincipals/{}", id(&there));
    let added = stranger
        .post(&format!("{path}/addPassword"), json!({}))
        .await;
    let added = added.expect_status(200).json();
    let secret = added["secretText"].as_str().expect("a secret");
    let number = async |tenant| api.token_answer(tenant, app_id, secret).await.number();
    assert_eq!(number("fabrikam.example").await, 0);
    assert_eq!(number("contoso.example").await, 7_000_215);
    let at_home = admin
        .read(&format!("/applications/{}", id(&application)))
        .await;
    assert_eq!(at_home["passwordCredentials"], json!([]));
    let shown = stranger.read(&path).await;
    assert_eq!(shown["passwordCredentials"][0]["keyId"], added["keyId"]);
    let remove = json!({"keyId": added["keyId"]});
    stranger
        .post(&format!("{path}/removePassword"), remove)
        .await
        .expect_status(204);
    assert_eq!(number("fabrikam.example").await, 7_000_215);
    api.node.stop().await;
}
