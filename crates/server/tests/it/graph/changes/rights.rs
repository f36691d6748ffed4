//! Nobody raises their own rights, by whatever route (GRA-05 to GRA-09).

use serde_json::{Value, json};

use super::super::api::{Api, As, caller_app_id, id};

const GRAPH: &str = "00000003-0000-0000-c000-000000000000";
const READ_WRITE_ALL: &str = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9";

async fn named(caller: &As<'_>, name: &str) -> Value {
    let filter = format!("displayName eq '{name}'");
    caller.find("/servicePrincipals", &filter).await
}

#[track_caller]
fn denied(answer: &crate::node::Answer) {
    let code = (403, "Authorization_RequestDenied".to_owned());
    assert_eq!(answer.refusal(), code, "{}", answer.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_of_graph_is_granted_only_with_the_privileged_permission() {
    let api = Api::start().await;
    let (admin, granter) = (api.caller("admin").await, api.caller("granter").await);
    let graph = granter
        .read(&format!("/servicePrincipals(appId='{GRAPH}')"))
        .await;
    let me = named(&granter, "granter").await;
    let body = json!({
        "principalId": id(&me), "resourceId": id(&graph), "appRoleId": READ_WRITE_ALL,
    });
    let through_me = format!("/servicePrincipals/{}/appRoleAssignments", id(&me));
    let through_graph = format!("/servicePrincipals/{}/appRoleAssignedTo", id(&graph));
    for path in [&through_me, &through_graph] {
        denied(&granter.post(path, body.clone()).await);
    }
    let batch = json!({"requests": [{
        "id": "1", "method": "POST", "url": through_me, "body": body,
        "headers": {"Content-Type": "application/json"},
    }]});
    let answer = granter
        .post("/$batch", batch)
        .await
        .expect_status(200)
        .json();
    assert_eq!(answer["responses"][0]["status"], 403, "{answer}");
    // Who may change applications, but grant nothing, cannot do it either.
    let writer = api.caller("writer").await;
    denied(&writer.post(&through_me, body.clone()).await);
    let made = admin.create(&through_graph, body).await;
    let audit = admin.get("/auditLogs/directoryAudits").await;
    assert!(
        audit
            .body
            .contains("Add app role assignment to service principal")
    );
    // Who could withdraw it could leave nobody who can grant it again.
    for path in [&through_me, &through_graph] {
        let path = format!("{path}/{}", id(&made));
        denied(&granter.delete(&path).await);
        denied(&granter.dry_run(&path).await);
    }
    let path = format!("{through_me}/{}", id(&made));
    admin.delete(&path).await.expect_status(204);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disabled_is_enabled_only_by_who_can_do_as_much() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    for (collection, off, on) in [
        (
            "applications",
            json!({"isDisabled": true}),
            json!({"isDisabled": false}),
        ),
        (
            "servicePrincipals",
            json!({"accountEnabled": false}),
            json!({"accountEnabled": true}),
        ),
    ] {
        let of = |name| format!("/{collection}(appId='{}')", caller_app_id(name));
        let (stronger, weaker) = (of("people"), of("nobody"));
        // To end it, or to say again what is so, gives nobody a right.
        writer.patch(&stronger, on.clone()).await.expect_status(204);
        for _ in 0..2 {
            writer
                .patch(&stronger, off.clone())
                .await
                .expect_status(204);
        }
        denied(&writer.patch(&stronger, on.clone()).await);
        admin.patch(&stronger, on.clone()).await.expect_status(204);
        for change in [off, on] {
            writer.patch(&weaker, change).await.expect_status(204);
        }
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_deleted_service_principal_had_counts_for_its_application() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    let strong = named(&admin, "people").await;
    let instance = format!("/servicePrincipals/{}", id(&strong));
    writer.delete(&instance).await.expect_status(204);
    let path = format!("/applications(appId='{}')", caller_app_id("people"));
    let owner = json!({
        "@odata.id":
            format!("https://id.example/v1.0/directoryObjects/{}", id(&named(&admin, "writer").await)),
    });
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    for (below, body) in [
        ("addPassword", json!({})),
        ("owners/$ref", owner),
        ("federatedIdentityCredentials", federated),
    ] {
        denied(&writer.post(&format!("{path}/{below}"), body).await);
    }
    // Gone for good, it gives nobody anything.
    let item = format!("/directory/deletedItems/{}", id(&strong));
    admin.delete(&item).await.expect_status(204);
    let add = format!("{path}/addPassword");
    writer.post(&add, json!({})).await.expect_status(200);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_into_an_application_that_can_do_more() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    let me = named(&writer, "writer").await;
    let app_id = caller_app_id("admin");
    let path = format!("/applications(appId='{app_id}')");
    let before = admin.read(&path).await;
    let federated = json!({
        "name": "build", "issuer": "https://i.example", "subject": "s", "audiences": ["a"],
    });
    let certificate = rcgen::generate_simple_self_signed(["a.example".to_owned()]);
    let certificate = certificate.expect("a certificate").cert.pem();
    let key = json!({"keyCredentials": [
        {"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64(&certificate)},
    ]});
    let owner = json!({
        "@odata.id": format!("https://id.example/v1.0/directoryObjects/{}", id(&me)),
    });
    let instance = format!("/servicePrincipals(appId='{app_id}')");
    let by_name = format!("{path}/federatedIdentityCredentials(name='build')");
    let prefer: &[_] = &[("Prefer", "create-if-missing")];
    for (method, path, headers, body) in [
        ("POST", format!("{path}/addPassword"), &[][..], json!({})),
        ("POST", format!("{instance}/addPassword"), &[], json!({})),
        ("PATCH", path.clone(), &[], key.clone()),
        ("PATCH", instance.clone(), &[], key),
        (
            "POST",
            format!("{path}/federatedIdentityCredentials"),
            &[],
            federated.clone(),
        ),
        ("PATCH", by_name, prefer, federated),
        ("POST", format!("{path}/owners/$ref"), &[], owner.clone()),
        ("POST", format!("{instance}/owners/$ref"), &[], owner),
    ] {
        let answer = writer
            .send(method, &path, headers, Some(body.clone()))
            .await;
        denied(&answer);
        assert!(
            answer
                .message()
                .contains("RoleManagement.ReadWrite.Directory")
        );
        let batch = json!({"requests": [{
            "id": "1", "method": method, "url": path, "body": body,
            "headers": {"Content-Type": "application/json", "Prefer": "create-if-missing"},
        }]});
        let answer = writer
            .post("/$batch", batch)
            .await
            .expect_status(200)
            .json();
        assert_eq!(answer["responses"][0]["status"], 403, "{answer}");
    }
    // When its secret was used last may have changed meanwhile, and is no part of the version.
    assert_eq!(
        admin.read(&path).await["@odata.etag"],
        before["@odata.etag"]
    );
    for collection in ["owners", "federatedIdentityCredentials"] {
        let list = admin.read(&format!("{path}/{collection}")).await;
        assert_eq!(list["value"], json!([]), "{collection}");
    }
    // What gives no way in is allowed, and so are applications that can do nothing more.
    let notes = json!({"notes": "seen"});
    writer.patch(&path, notes).await.expect_status(204);
    let weaker = format!(
        "/applications(appId='{}')/addPassword",
        caller_app_id("owner")
    );
    writer.post(&weaker, json!({})).await.expect_status(200);
    let stronger = format!(
        "/applications(appId='{}')/addPassword",
        caller_app_id("reader")
    );
    denied(&writer.post(&stronger, json!({})).await);
    admin.post(&stronger, json!({})).await.expect_status(200);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_owner_without_a_permission_may_do_nothing() {
    let api = Api::start().await;
    let (admin, nobody) = (api.caller("admin").await, api.caller("nobody").await);
    let me = named(&admin, "nobody").await;
    let application = admin
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let path = format!("/applications/{}", id(&application));
    let owner = json!({
        "@odata.id": format!("https://id.example/v1.0/directoryObjects/{}", id(&me)),
    });
    let owners = format!("{path}/owners/$ref");
    admin.post(&owners, owner.clone()).await.expect_status(204);
    let asks = json!({"requiredResourceAccess": [{
        "resourceAppId": GRAPH, "resourceAccess": [{"id": READ_WRITE_ALL, "type": "Role"}],
    }]});
    denied(&nobody.patch(&path, asks.clone()).await);
    denied(&nobody.post(&owners, owner).await);
    denied(&nobody.post(&format!("{path}/addPassword"), json!({})).await);
    denied(&nobody.delete(&path).await);
    // To ask for a permission is not to have it.
    admin.patch(&path, asks).await.expect_status(204);
    let held = format!("/servicePrincipals/{}/appRoleAssignments", id(&me));
    assert_eq!(admin.read(&held).await["value"], json!([]));
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_created_or_restored_brings_no_rights() {
    let api = Api::start().await;
    let (admin, writer) = (api.caller("admin").await, api.caller("writer").await);
    // Roles are no property of an application or a service principal.
    for body in [
        json!({"displayName": "A", "appRoleAssignments": [{"appRoleId": READ_WRITE_ALL}]}),
        json!({"displayName": "A", "roles": ["Application.ReadWrite.All"]}),
        json!({"displayName": "A", "appId": GRAPH}),
        json!({"displayName": "A", "identifierUris": ["https://graph.microsoft.com/"]}),
    ] {
        let answer = writer.post("/applications", body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
    }
    let application = writer
        .create("/applications", json!({"displayName": "A"}))
        .await;
    let body = json!({
        "appId": application["appId"],
        "appRoleAssignments": [{"appRoleId": READ_WRITE_ALL}],
    });
    assert_eq!(writer.post("/servicePrincipals", body).await.status, 400);

    // An application that could do more comes back only by who could give it that.
    let strong = admin.find("/applications", "displayName eq 'people'").await;
    let path = format!("/applications/{}", id(&strong));
    let instance = named(&admin, "people").await;
    admin.delete(&path).await.expect_status(204);
    let back = |id: &str| format!("/directory/deletedItems/{id}/restore");
    denied(&writer.post(&back(id(&strong)), json!({})).await);
    denied(&writer.post(&back(id(&instance)), json!({})).await);
    admin
        .post(&back(id(&strong)), json!({}))
        .await
        .expect_status(200);
    let held = format!("/servicePrincipals/{}/appRoleAssignments", id(&instance));
    let held = admin.read(&held).await;
    assert_eq!(held["value"].as_array().map(Vec::len), Some(1), "{held}");
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_as_strong_as_in_the_tenant_where_it_can_do_most() {
    let api = Api::start().await;
    let (writer, stranger) = (api.caller("writer").await, api.stranger().await);
    let body = json!({"displayName": "Shared", "signInAudience": "AzureADMultipleOrgs"});
    let application = writer.create("/applications", body).await;
    let add = format!("/applications/{}/addPassword", id(&application));
    writer.post(&add, json!({})).await.expect_status(200);
    let make = json!({"appId": application["appId"]});
    let there = stranger.create("/servicePrincipals", make).await;
    let graph = stranger
        .read(&format!("/servicePrincipals(appId='{GRAPH}')"))
        .await;
    let roles = graph["appRoles"].as_array().expect("roles");
    let role = roles.iter().find(|role| role["value"] == "User.Read.All");
    let grant = json!({
        "principalId": id(&there),
        "resourceId": id(&graph),
        "appRoleId": role.expect("a role")["id"],
    });
    let grants = format!("/servicePrincipals/{}/appRoleAssignments", id(&there));
    stranger.create(&grants, grant).await;
    denied(&writer.post(&add, json!({})).await);
    // A service principal's own credential is good in its tenant only.
    let make = json!({"appId": application["appId"]});
    let here = writer.create("/servicePrincipals", make).await;
    let here = format!("/servicePrincipals/{}", id(&here));
    let add = format!("{here}/addPassword");
    writer.post(&add, json!({})).await.expect_status(200);
    for is_enabled in [false, true] {
        let change = json!({"accountEnabled": is_enabled});
        writer.patch(&here, change).await.expect_status(204);
    }
    api.node.stop().await;
}

/// The base64 of a PEM text, as Terraform sends it.
fn base64(text: &str) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(text)
}
