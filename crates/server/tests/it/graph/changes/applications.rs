//! Registrations.

use serde_json::{Value, json};

use super::super::api::{Api, id};

#[tokio::test(flavor = "multi_thread")]
async fn an_application_lives_from_creation_to_deletion() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let body = json!({
        "displayName": "Shop",
        "identifierUris": ["api://contoso.example/shop"],
        "api": {"requestedAccessTokenVersion": 2},
    });
    let created = admin.post("/applications", body).await.expect_status(201);
    let application = created.json();
    let path = format!("/applications/{}", id(&application));
    assert_eq!(
        created.header("location"),
        Some(format!("https://id.example/v1.0{path}").as_str())
    );
    assert_eq!(
        application["@odata.context"],
        "https://id.example/v1.0/$metadata#applications/$entity"
    );
    let read = admin.read(&path).await;
    assert_eq!(read, application, "what was answered is what is read");

    let change = json!({"displayName": "Store", "notes": "ours"});
    admin.patch(&path, change).await.expect_status(204);
    let changed = admin.read(&path).await;
    assert_eq!(changed["displayName"], "Store");
    assert_eq!(changed["notes"], "ours");
    assert_eq!(changed["identifierUris"], application["identifierUris"]);
    admin
        .patch(&path, json!({"notes": null}))
        .await
        .expect_status(204);
    assert_eq!(admin.read(&path).await["notes"], Value::Null);

    let app_id = application["appId"].as_str().expect("a client id");
    let by_app_id = format!("/applications(appId='{app_id}')");
    let other_way = json!({"tags": ["a"]});
    admin.patch(&by_app_id, other_way).await.expect_status(204);
    assert_eq!(admin.read(&path).await["tags"], json!(["a"]));

    admin.delete(&path).await.expect_status(204);
    for gone in [&path, &by_app_id] {
        let code = (404, "Request_ResourceNotFound".to_owned());
        assert_eq!(admin.get(gone).await.refusal(), code);
        assert_eq!(admin.delete(gone).await.refusal(), code);
        assert_eq!(admin.patch(gone, json!({})).await.refusal(), code);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_or_unknown_is_a_400_and_changes_nothing() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let taken = "Another object with the same value for property identifierUris already exists.";
    let version_2 = json!({"requestedAccessTokenVersion": 2});
    let twice = json!({
        "displayName": "Second", "identifierUris": ["api://orders"], "api": version_2,
    });
    let refused = admin.post("/applications", twice).await;
    assert_eq!(refused.refusal(), (400, "Request_BadRequest".to_owned()));
    assert_eq!(refused.message(), taken);

    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let change = json!({
        "displayName": "B", "identifierUris": ["API://Orders"], "api": version_2,
    });
    let refused = admin.patch(&path, change).await;
    assert_eq!((refused.status, refused.message().as_str()), (400, taken));
    for body in [
        json!({"id": "00000000-0000-0000-0000-000000000001"}),
        json!({"appId": "00000000-0000-0000-0000-000000000001"}),
        json!({"createdDateTime": "2020-01-01T00:00:00Z"}),
        json!({"signInAudience": "Nope"}),
        json!({"displayName": null}),
        json!({"displayName": 7}),
        json!({"shown": true}),
        json!({"identifierUris": ["https://graph.microsoft.com"]}),
        json!({"identifierUris": ["https://id.example"]}),
        json!({"web": {"redirectUris": ["javascript:alert(1)"]}}),
        json!({"passwordCredentials": [{"secretText": "a secret that I made up"}]}),
        json!({"owners": []}),
        json!({"owners@odata.bind": ["https://id.example/v1.0/users/x"]}),
        json!({"keyCredentials": [{"keyId": "00000000-0000-4000-8000-000000000001"}]}),
        json!([]),
    ] {
        let refused = admin.patch(&path, body.clone()).await;
        assert_eq!(refused.status, 400, "{body}: {}", refused.body);
    }
    assert_eq!(admin.read(&path).await, application);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_for_every_tenant_is_free_in_every_tenant() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    // Names both tenants, so that both may have it.
    let own = |list: Value| list["value"][0]["id"].as_str().expect("an id").to_owned();
    let here = own(admin.read("/organization").await);
    let there = own(stranger.read("/organization").await);
    let uri = format!("api://{here}/{there}");
    let body = |audience: &str| {
        json!({
            "displayName": "Mine",
            "signInAudience": audience,
            "identifierUris": [uri],
            "api": {"requestedAccessTokenVersion": 2},
        })
    };
    admin.create("/applications", body("AzureADMyOrg")).await;
    let refused = stranger
        .post("/applications", body("AzureADMultipleOrgs"))
        .await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("identifierUris already exists"));
    // Within its own tenant the name is free, as long as it stays there.
    let own = stranger.create("/applications", body("AzureADMyOrg")).await;
    let path = format!("/applications/{}", id(&own));
    let share = json!({"signInAudience": "AzureADMultipleOrgs"});
    assert_eq!(stranger.patch(&path, share.clone()).await.status, 400);
    let first = admin.find("/applications", "displayName eq 'Mine'").await;
    let first = format!("/applications/{}", id(&first));
    assert_eq!(admin.patch(&first, share.clone()).await.status, 400);
    // A name that says nothing of its owner would be taken from all other tenants.
    let orders = admin
        .find("/applications", "displayName eq 'Orders API'")
        .await;
    let orders = format!("/applications/{}", id(&orders));
    let refused = admin.patch(&orders, share).await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("Failed to add identifier URI"));
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_creates_once_and_then_changes() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let path = "/applications(uniqueName='shop')";
    let prefer = [("Prefer", "create-if-missing")];
    let body = |name: &str| Some(json!({"displayName": name}));
    let missing = admin.send("PATCH", path, &[], body("One")).await;
    assert_eq!(missing.status, 404);
    let created = admin.send("PATCH", path, &prefer, body("One")).await;
    let created = created.expect_status(201).json();
    assert_eq!(created["uniqueName"], "shop");
    let changed = admin.send("PATCH", path, &prefer, body("Two")).await;
    changed.expect_status(204);
    let read = admin.read(path).await;
    assert_eq!(
        (id(&read), &read["displayName"]),
        (id(&created), &json!("Two"))
    );

    let second = json!({"displayName": "Other", "uniqueName": "shop"});
    let refused = admin.post("/applications", second).await;
    assert_eq!(refused.status, 400);
    assert!(refused.message().contains("uniqueName"), "{}", refused.body);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_disabled_before_it_goes() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let role = |is_enabled: bool| {
        json!({
            "id": "00000000-0000-4000-8000-00000000000a",
            "allowedMemberTypes": ["Application"],
            "displayName": "Read",
            "description": "Read",
            "value": "Read",
            "isEnabled": is_enabled,
        })
    };
    let body = json!({"displayName": "A", "appRoles": [role(true)]});
    let application = admin.create("/applications", body).await;
    let path = format!("/applications/{}", id(&application));
    let refused = admin.patch(&path, json!({"appRoles": []})).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused.message().contains(
            "Permission (scope or role) cannot be deleted or updated unless disabled first"
        ),
        "{}",
        refused.body
    );
    let disable = json!({"appRoles": [role(false)]});
    admin.patch(&path, disable).await.expect_status(204);
    admin
        .patch(&path, json!({"appRoles": []}))
        .await
        .expect_status(204);
    assert_eq!(admin.read(&path).await["appRoles"], json!([]));
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn terraform_creates_as_it_does() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let me = admin
        .find("/servicePrincipals", "displayName eq 'admin'")
        .await;
    let (me, root) = (id(&me), "https://id.example/v1.0/directoryObjects");
    let body = json!({
        "@odata.type": "#microsoft.graph.application",
        "displayName": "Shop",
        "owners@odata.bind": [format!("{root}/{me}")],
        "api": {"@odata.type": "#microsoft.graph.apiApplication", "knownClientApplications": []},
        "appRoles": [],
        "signInAudience": "AzureADMyOrg",
    });
    let application = admin.create("/applications", body).await;
    let path = format!("/applications/{}", id(&application));
    for name in ["TERRAFORM_UPDATE_1", "Shop"] {
        let body = json!({"id": id(&application), "displayName": name});
        admin.patch(&path, body).await.expect_status(204);
    }
    let owners = format!("{path}/owners");
    let listed = admin.read(&owners).await;
    assert_eq!(listed["value"][0]["id"], me);
    // The last owner too: it was not asked for.
    admin
        .delete(&format!("{owners}/{me}/$ref"))
        .await
        .expect_status(204);
    assert_eq!(admin.read(&owners).await["value"], json!([]));
    let again = admin.delete(&format!("{owners}/{me}/$ref")).await;
    assert_eq!(again.status, 404);
    api.node.stop().await;
}

/// A deleted application keeps its unique name, because it can be restored.
#[tokio::test(flavor = "multi_thread")]
async fn a_unique_name_is_of_one_application() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    let taken = "Another object with the same value for property uniqueName already exists.";
    let named = json!({"displayName": "A", "uniqueName": "Invoices"});
    let same = json!({"displayName": "B", "uniqueName": "invoices"});
    let first = admin.create("/applications", named).await;
    let other = admin
        .create("/applications", json!({"displayName": "B"}))
        .await;
    let other = format!("/applications/{}", id(&other));
    let check = async || {
        for refused in [
            admin.post("/applications", same.clone()).await,
            admin.patch(&other, json!({"uniqueName": "INVOICES"})).await,
        ] {
            assert_eq!(refused.refusal(), (400, "Request_BadRequest".to_owned()));
            assert_eq!(refused.message(), taken);
        }
    };
    check().await;
    let path = format!("/applications/{}", id(&first));
    admin.delete(&path).await.expect_status(204);
    check().await;
    let restored = format!("/directory/deletedItems/{}/restore", id(&first));
    admin.post(&restored, json!({})).await.expect_status(200);
    api.node.stop().await;
}
