//! Bodies that would set what is not theirs to set, or lead somewhere bad (GRA-10, GRA-11).

use serde_json::{Value, json};

use super::super::api::{Api, As, id};

const ID: &str = "00000000-0000-4000-8000-000000000001";

/// Every body is refused and changes nothing, also as part of one that would be good otherwise.
async fn check(caller: &As<'_>, path: &str, bodies: Vec<Value>) {
    let before = caller.read(path).await;
    for body in bodies {
        let mut mixed = body.clone();
        if let Some(members) = mixed.as_object_mut() {
            members.entry("notes").or_insert_with(|| "changed".into());
        }
        for body in [body, mixed] {
            let refused = caller.patch(path, body.clone()).await;
            assert_eq!(refused.status, 400, "{path} {body}: {}", refused.body);
            assert!(!refused.message().is_empty());
            assert_eq!(caller.read(path).await, before, "{path} {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_takes_no_property_that_is_not_to_be_set() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let role = json!({
        "id": ID, "value": "Read", "displayName": "d", "description": "d",
        "allowedMemberTypes": ["Application"], "isEnabled": true,
    });
    let body = json!({
        "displayName": "A", "appRoles": [role], "web": {"redirectUris": ["https://a.example/b"]},
    });
    let application = admin.create("/applications", body).await;
    let path = format!("/applications/{}", id(&application));
    let added = admin.post(&format!("{path}/addPassword"), json!({})).await;
    let mut password = added.expect_status(200).json();
    password["secretText"] = "a secret that somebody else made up".into();
    let swapped = |name: &str, value: Value| {
        let mut role = role.clone();
        role[name] = value;
        json!({"appRoles": [role]})
    };
    let mut web = application["web"].clone();
    web["implicitGrantSettings"]["enableIdTokenIssuance"] = "yes".into();
    check(
        &admin,
        &path,
        vec![
            json!({"id": ID}),
            json!({"appId": ID}),
            json!({"tenantId": ID}),
            json!({"createdDateTime": "2020-01-01T00:00:00Z"}),
            json!({"deletedDateTime": "2020-01-01T00:00:00Z"}),
            json!({"publisherDomain": "fabrikam.example"}),
            json!({"owners": [ID]}),
            json!({"owners@odata.bind": [format!("https://id.example/v1.0/users/{ID}")]}),
            json!({"passwordCredentials": [password]}),
            json!({"passwordCredentials": [{"keyId": ID, "hint": "abc"}]}),
            json!({"federatedIdentityCredentials": []}),
            json!({"unknown": 1}),
            json!({"web": {"unknown": 1}}),
            json!({"web": web}),
            json!({"displayName": null}),
            json!({"displayName": ["A"]}),
            json!({"tags": "a"}),
            json!({"signInAudience": "Everybody"}),
            swapped("value", json!("Write")),
            swapped("allowedMemberTypes", json!(["User"])),
            swapped("allowedMemberTypes", json!([])),
            swapped("isEnabled", json!("true")),
            swapped("origin", json!("ServicePrincipal")),
        ],
    )
    .await;
    // As it was read, it may be sent back.
    admin
        .patch(&path, json!({"appRoles": application["appRoles"]}))
        .await
        .expect_status(204);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_principal_takes_no_property_that_is_not_to_be_set() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let make = json!({"appId": application["appId"]});
    let principal = admin.create("/servicePrincipals", make).await;
    let path = format!("/servicePrincipals/{}", id(&principal));
    check(
        &admin,
        &path,
        vec![
            json!({"id": ID}),
            json!({"appId": ID}),
            json!({"appOwnerOrganizationId": ID}),
            json!({"servicePrincipalType": "ManagedIdentity"}),
            json!({"appRoleAssignments": [{"appRoleId": ID}]}),
            json!({"owners": []}),
            json!({"passwordCredentials": [{"secretText": "a secret that somebody made up"}]}),
            json!({"accountEnabled": null}),
            json!({"accountEnabled": "false"}),
            json!({"unknown": null}),
            json!({"loginUrl": "javascript:alert(1)"}),
        ],
    )
    .await;
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_address_leads_somewhere_bad() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let long = format!("https://contoso.example/{}", "a".repeat(233));
    let mut bodies = Vec::new();
    for uri in [
        "javascript:alert(1)",
        "data:text/html,x",
        "http://x",
        "https://contoso.example/#fragment",
        "https://user@contoso.example",
        &long,
    ] {
        for platform in ["web", "spa", "publicClient"] {
            bodies.push(json!({platform: {"redirectUris": [uri]}}));
        }
    }
    let many = |count: usize| {
        let uri = |number| format!("https://contoso.example/{number}");
        json!({"web": {"redirectUris": (0..count).map(uri).collect::<Vec<_>>()}})
    };
    bodies.push(many(257));
    let version_2 = json!({"requestedAccessTokenVersion": 2});
    for uri in [
        "https://fabrikam.example/api",
        "https://graph.microsoft.com",
        "https://id.example",
        "api://orders",
    ] {
        bodies.push(json!({"identifierUris": [uri]}));
        bodies.push(json!({"identifierUris": [uri], "api": version_2}));
    }
    for page in ["javascript:alert(1)", "data:text/html,x"] {
        bodies.push(json!({"web": {"homePageUrl": page}}));
        bodies.push(json!({"web": {"logoutUrl": page}}));
        for name in ["logoUrl", "supportUrl", "marketingUrl"] {
            bodies.push(json!({"info": {name: page}}));
        }
    }
    for body in &bodies {
        let mut new = body.clone();
        new["displayName"] = "Not made".into();
        let refused = admin.post("/applications", new).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
    }
    check(&admin, &path, bodies).await;
    let made = "/applications?$filter=displayName%20eq%20'Not%20made'";
    assert_eq!(admin.read(made).await["value"], json!([]));
    admin.patch(&path, many(256)).await.expect_status(204);
    api.node.stop().await;
}
