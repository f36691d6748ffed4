//! What is read, by whom, in the original's shape.

use serde_json::{Value, json};

use super::{ADMINISTRATOR, CONTOSO, READER, STRANGER, World, check_error};
use crate::node::apply;

#[tokio::test(flavor = "multi_thread")]
async fn an_application_is_found_by_each_of_its_keys() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let by_app_id = format!("/applications(appId='{ADMINISTRATOR}')");
    let answer = world.get(&token, &by_app_id).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let found = answer.json();
    assert_eq!(
        found["@odata.context"],
        "https://id.example/v1.0/$metadata#applications/$entity"
    );
    assert_eq!(found["displayName"], "Administrator");
    assert_eq!(found["@odata.etag"].as_str(), answer.header("etag"));
    let id = found["id"].as_str().expect("an id");
    let by_id = world.get(&token, &format!("/applications/{id}")).await;
    assert_eq!(by_id.json(), found);
    let in_beta = format!("/beta/applications/{id}?$select=oauth2RequirePostResponse");
    let bearer = format!("Bearer {token}");
    let headers = [("Authorization", bearer.as_str())];
    let in_beta = world.send("GET", &in_beta, &headers, None).await;
    assert_eq!(in_beta.json()["oauth2RequirePostResponse"], false);
    let context = in_beta.json()["@odata.context"].clone();
    let context = context.as_str().expect("a context");
    assert!(
        context.starts_with("https://id.example/beta/$metadata#applications("),
        "{context}"
    );

    let secrets = found["passwordCredentials"].as_array().expect("a list");
    assert_eq!(secrets.len(), 1);
    assert_eq!(
        (&secrets[0]["secretText"], &secrets[0]["hint"]),
        (&Value::Null, &json!("a-s"))
    );
    assert!(!answer.body.contains("hash"), "{}", answer.body);

    let selected = world
        .get(&token, &format!("/applications/{id}?$select=id,appId"))
        .await;
    assert_eq!(
        selected.json(),
        json!({
            "@odata.context": "https://id.example/v1.0/$metadata#applications(id,appId)/$entity",
            "@odata.etag": found["@odata.etag"],
            "id": id,
            "appId": ADMINISTRATOR,
        })
    );
    let unknown = world
        .get(&token, &format!("/applications/{id}?$select=id,secret"))
        .await;
    check_error(&unknown, 400, "BadRequest");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_belongs_to_an_application_is_read_below_it() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let path = format!("/applications(appId='{ADMINISTRATOR}')/federatedIdentityCredentials");
    let credential = world.find(&token, &path).await;
    assert_eq!(credential["name"], "build");
    assert_eq!(credential["subject"], "repo:contoso/build");
    let id = credential["id"].as_str().expect("an id");
    for key in [id, "build"] {
        let one = world.get(&token, &format!("{path}/{key}")).await;
        assert_eq!(one.json()["id"], id, "{key}: {}", one.body);
    }
    check_error(
        &world.get(&token, &format!("{path}/other")).await,
        404,
        "Request_ResourceNotFound",
    );
    // GRA-04: an object of one application is none of another's.
    let other = format!("/applications(appId='{READER}')/federatedIdentityCredentials/{id}");
    check_error(
        &world.get(&token, &other).await,
        404,
        "Request_ResourceNotFound",
    );

    let expanded = world
        .get(
            &token,
            &format!("/applications(appId='{ADMINISTRATOR}')?$expand=federatedIdentityCredentials"),
        )
        .await;
    assert_eq!(expanded.json()["federatedIdentityCredentials"][0]["id"], id);
    for navigation in [
        "owners",
        "owners/$ref",
        "tokenLifetimePolicies",
        "extensionProperties",
    ] {
        let path = format!("/applications(appId='{ADMINISTRATOR}')/{navigation}");
        let answer = world.get(&token, &path).await;
        assert_eq!(answer.json()["value"], json!([]), "{path}: {}", answer.body);
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_principal_shows_its_roles_from_both_sides() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let path =
        format!("/servicePrincipals?$filter=servicePrincipalNames/any(n:n+eq+'{ADMINISTRATOR}')");
    let principal = world.find(&token, &path).await;
    let resource = world
        .find(
            &token,
            "/servicePrincipals?$filter=servicePrincipalNames/any(n:n+eq+'api://orders')",
        )
        .await;
    let (id, resource_id) = (principal["id"].as_str(), resource["id"].as_str());
    let (id, resource_id) = (id.expect("an id"), resource_id.expect("an id"));

    let path = format!("/servicePrincipals/{resource_id}/appRoleAssignedTo");
    let assignment = world.find(&token, &path).await;
    assert_eq!(assignment["principalId"], id);
    assert_eq!(assignment["principalDisplayName"], "Administrator");
    assert_eq!(assignment["resourceDisplayName"], "Orders API");
    let assignment_id = assignment["id"].as_str().expect("an id");
    let one = world.get(&token, &format!("{path}/{assignment_id}")).await;
    assert_eq!(
        one.json()["appRoleId"],
        assignment["appRoleId"],
        "{}",
        one.body
    );
    let path = format!("/servicePrincipals/{id}/appRoleAssignments");
    let from_client = world.get(&token, &format!("{path}/{assignment_id}")).await;
    assert_eq!(from_client.json()["appRoleId"], assignment["appRoleId"]);
    let filtered = world
        .find(
            &token,
            &format!("{path}?$filter=resourceId+eq+{resource_id}"),
        )
        .await;
    assert_eq!(filtered["id"], assignment_id);
    // It is not an assignment of another principal.
    let graph = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let of_other = world
        .get(
            &token,
            &format!("{graph}/appRoleAssignments/{assignment_id}"),
        )
        .await;
    check_error(&of_other, 404, "Request_ResourceNotFound");
    let expanded = world
        .get(
            &token,
            &format!("/servicePrincipals/{resource_id}?$expand=appRoleAssignedTo"),
        )
        .await;
    assert_eq!(expanded.json()["appRoleAssignedTo"][0]["id"], assignment_id);

    for navigation in [
        "owners",
        "ownedObjects",
        "memberOf",
        "federatedIdentityCredentials",
        "oauth2PermissionGrants",
    ] {
        let path = format!("/servicePrincipals/{id}/{navigation}");
        let answer = world.get(&token, &path).await;
        assert_eq!(answer.json()["value"], json!([]), "{path}: {}", answer.body);
    }
    let member_of = world
        .get(&token, &format!("/servicePrincipals/{id}/memberOf"))
        .await;
    assert_eq!(
        member_of.json()["@odata.context"],
        format!("https://id.example/v1.0/$metadata#servicePrincipals('{id}')/memberOf")
    );
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tenant_domains_users_and_objects_are_read() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let organization = world.find(&token, "/organization").await;
    assert_eq!(organization["id"], CONTOSO);
    assert_eq!(
        organization["verifiedDomains"][0]["name"],
        "contoso.example"
    );
    let one = world.get(&token, &format!("/organization/{CONTOSO}")).await;
    assert_eq!(one.json()["displayName"], "Contoso");
    assert_eq!(
        world.find(&token, "/domains").await["id"],
        "contoso.example"
    );
    let domain = world.get(&token, "/domains/contoso.example").await;
    assert_eq!(domain.json()["isVerified"], true, "{}", domain.body);

    let users = world.get(&token, "/users").await.json();
    let rows = users["value"].as_array().expect("a list");
    assert_eq!(rows.len(), 3);
    assert_eq!(
        users["@odata.context"],
        "https://id.example/v1.0/$metadata#users"
    );
    assert!(
        rows.iter().all(|row| row.get("accountEnabled").is_none()),
        "{users}"
    );
    let by_name = world
        .get(
            &token,
            "/users/adele@contoso.example?$select=accountEnabled,id",
        )
        .await;
    let adele = by_name.json();
    assert_eq!(adele["accountEnabled"], true, "{adele}");
    let id = adele["id"].as_str().expect("an id");

    let object = world
        .get(&token, &format!("/directoryObjects/{id}"))
        .await
        .json();
    assert_eq!(object["@odata.type"], "#microsoft.graph.user", "{object}");
    let principal = world
        .find(
            &token,
            &format!("/servicePrincipals?$filter=appId+eq+'{READER}'"),
        )
        .await;
    let ids = json!({"ids": [id, principal["id"], CONTOSO]});
    let found = world
        .post(&token, "/directoryObjects/getByIds", &ids)
        .await
        .json();
    let types: Vec<_> = found["value"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["@odata.type"].clone())
        .collect();
    assert_eq!(types.len(), 2, "{found}");
    let ids = json!({"ids": [id, principal["id"]], "types": ["user"]});
    let found = world
        .post(&token, "/directoryObjects/getByIds", &ids)
        .await
        .json();
    assert_eq!(found["value"].as_array().map(Vec::len), Some(1), "{found}");

    for body in [
        "",
        "{",
        "[]",
        "\u{feff}{}",
        r#"{"ids":[],"ids":[]}"#,
        r#"{"ids":"x"}"#,
    ] {
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str())];
        let path = "/v1.0/directoryObjects/getByIds";
        let answer = world.send("POST", path, &headers, Some(body)).await;
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert!(answer.json()["error"]["innerError"]["request-id"].is_string());
    }

    for empty in [
        "/directory/deletedItems/microsoft.graph.application",
        "/oauth2PermissionGrants",
        "/policies/tokenLifetimePolicies",
    ] {
        let answer = world.get(&token, empty).await;
        assert_eq!(
            answer.json()["value"],
            json!([]),
            "{empty}: {}",
            answer.body
        );
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_ins_and_changes_are_in_the_logs() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let path = format!("/auditLogs/signIns?$filter=appId+eq+'{ADMINISTRATOR}'&$top=1");
    crate::node::within_the_bound(async || {
        let json = world.get(&token, &path).await.json();
        json["value"].as_array().is_some_and(|rows| rows.len() == 1)
    })
    .await;
    let entry = world.get(&token, &path).await.json()["value"][0].clone();
    assert_eq!(entry["status"]["errorCode"], 0, "{entry}");
    assert_eq!(entry["appDisplayName"], "Administrator");
    let id = entry["id"].as_str().expect("an id");
    let one = world.get(&token, &format!("/auditLogs/signIns/{id}")).await;
    assert_eq!(one.json()["id"], id, "{}", one.body);

    // What was done to several tenants at once is in nobody's log.
    let audits = world.get(&token, "/auditLogs/directoryAudits").await.json();
    assert_eq!(audits["value"], json!([]), "{audits}");
    let name = "displayName: Orders API";
    apply(
        &world.node.db,
        &super::directory().replace(name, "displayName: Orders"),
    )
    .await;
    let audits = world.get(&token, "/auditLogs/directoryAudits").await.json();
    let rows = audits["value"].as_array().expect("a list");
    assert!(
        rows.iter()
            .any(|row| row["activityDisplayName"] == "Apply directory file"),
        "{audits}"
    );
    let id = rows[0]["id"].as_str().expect("an id");
    let one = world
        .get(&token, &format!("/auditLogs/directoryAudits/{id}"))
        .await;
    assert_eq!(one.json()["id"], id, "{}", one.body);
    world.node.stop().await;
}

/// TEN-02: with every right in one tenant, nothing of another is there.
#[tokio::test(flavor = "multi_thread")]
async fn objects_of_another_tenant_are_not_there() {
    let world = World::start().await;
    let (ours, theirs) = (
        world.token(ADMINISTRATOR).await,
        world.token(STRANGER).await,
    );
    let id = async |path: &str| {
        let found = world.find(&theirs, path).await;
        found["id"].as_str().expect("an id").to_owned()
    };
    let application = id(&format!("/applications?$filter=appId+eq+'{STRANGER}'")).await;
    let principal = id(&format!("/servicePrincipals?$filter=appId+eq+'{STRANGER}'")).await;
    let user = id("/users").await;
    let credential = id(&format!(
        "/applications/{application}/federatedIdentityCredentials"
    ))
    .await;
    let assignments = format!("/servicePrincipals/{principal}/appRoleAssignments");
    let assignments = world.get(&theirs, &assignments).await.json();
    let assignment = assignments["value"][0]["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let own = world
        .find(
            &ours,
            &format!("/applications?$filter=appId+eq+'{ADMINISTRATOR}'"),
        )
        .await;
    let own = own["id"].as_str().expect("an id");
    let own_principal = world
        .find(
            &ours,
            &format!("/servicePrincipals?$filter=appId+eq+'{ADMINISTRATOR}'"),
        )
        .await;
    let own_principal = own_principal["id"].as_str().expect("an id");

    let random = "99999999-9999-4999-8999-999999999999";
    let foreign = [
        ("/applications/{}", &application),
        ("/applications/{}/owners", &application),
        (
            "/applications/{}/federatedIdentityCredentials",
            &application,
        ),
        ("/applications/{}/tokenLifetimePolicies", &application),
        ("/servicePrincipals/{}", &principal),
        ("/servicePrincipals/{}/owners", &principal),
        ("/servicePrincipals/{}/ownedObjects", &principal),
        ("/servicePrincipals/{}/memberOf", &principal),
        ("/servicePrincipals/{}/appRoleAssignments", &principal),
        ("/servicePrincipals/{}/appRoleAssignedTo", &principal),
        ("/servicePrincipals/{}/oauth2PermissionGrants", &principal),
        ("/users/{}", &user),
        ("/users/{}/memberOf", &user),
        ("/directoryObjects/{}", &application),
        ("/directoryObjects/{}", &principal),
        ("/directoryObjects/{}", &user),
        ("/directory/deletedItems/{}", &application),
        (
            "/organization/{}",
            &"f0000000-0000-4000-8000-00000000000f".to_owned(),
        ),
    ];
    for (path, id) in foreign {
        let answer = world.get(&ours, &path.replace("{}", id)).await;
        check_error(&answer, 404, "Request_ResourceNotFound");
        let other = world.get(&ours, &path.replace("{}", random)).await;
        let message = |json: Value| json["error"]["message"].as_str().map(ToOwned::to_owned);
        assert_eq!(
            message(answer.json()).map(|text| text.replace(id.as_str(), random)),
            message(other.json()),
            "{path}"
        );
    }
    for path in [
        format!("/applications(appId='{STRANGER}')"),
        format!("/servicePrincipals(appId='{STRANGER}')"),
        format!("/applications/{own}/federatedIdentityCredentials/{credential}"),
        format!("/servicePrincipals/{own_principal}/appRoleAssignments/{assignment}"),
        "/users/irene@fabrikam.example".to_owned(),
        "/domains/fabrikam.example".to_owned(),
    ] {
        check_error(
            &world.get(&ours, &path).await,
            404,
            "Request_ResourceNotFound",
        );
    }
    for path in [
        "/applications?$filter=displayName+eq+'Stranger'",
        "/servicePrincipals?$filter=displayName+eq+'Stranger'",
        "/users?$filter=displayName+eq+'Irene+Fabrikam'",
    ] {
        assert_eq!(
            world.get(&ours, path).await.json()["value"],
            json!([]),
            "{path}"
        );
    }
    let ids = json!({"ids": [application, principal, user]});
    let found = world.post(&ours, "/directoryObjects/getByIds", &ids).await;
    assert_eq!(found.json()["value"], json!([]), "{}", found.body);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_read_names_of_users_reads_names_only() {
    let world = World::start().await;
    let role = "roles: [Application.Read.All]";
    let basic = super::directory().replace(role, "roles: [User.ReadBasic.All]");
    let basic = basic.replace(
        "displayName: Adele Vance\n",
        "displayName: Adele Vance\n    jobTitle: Manager\n",
    );
    apply(&world.node.db, &basic).await;
    let (basic, full) = (world.token(READER).await, world.token(ADMINISTRATOR).await);
    let path = "/users/adele@contoso.example?$select=displayName,jobTitle,accountEnabled";
    crate::node::within_the_bound(async || world.get(&basic, path).await.status == 200).await;
    let shown = world.get(&basic, path).await.json();
    assert_eq!(
        (
            &shown["displayName"],
            &shown["jobTitle"],
            &shown["accountEnabled"]
        ),
        (&json!("Adele Vance"), &Value::Null, &Value::Null)
    );
    assert_eq!(world.get(&full, path).await.json()["jobTitle"], "Manager");
    // Nor can it be found out by asking.
    let path = "/users?$filter=jobTitle+eq+'Manager'";
    check_error(
        &world.get(&basic, path).await,
        403,
        "Authorization_RequestDenied",
    );
    assert_eq!(world.find(&full, path).await["displayName"], "Adele Vance");
    world.node.stop().await;
}
