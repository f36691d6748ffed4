//! Tokens that are signed well and mean something else (GRA-02, TEN-03).

use countersign_token::base64url;
use serde_json::{Value, json};

use super::api::{Api, id};
use super::{ADMINISTRATOR, CONTOSO, FABRIKAM, NOBODY, World, access_token, check_error};

const READ_WRITE_ALL: &str = "1bfefb4e-e0b5-418b-a88f-73c46d2cc8e9";
const NAME: &str = "Application.ReadWrite.All";

/// Whoever may make a resource can name its roles as they like, even with Graph's ids.
#[tokio::test(flavor = "multi_thread")]
async fn roles_of_another_resource_with_names_of_graph_open_nothing() {
    let world = World::start().await;
    let admin = world.token(ADMINISTRATOR).await;
    let client = format!("/servicePrincipals?$filter=appId%20eq%20'{NOBODY}'");
    let client = world.find(&admin, &client).await;
    for version in [1, 2] {
        let uri = format!("api://contoso.example/fake{version}");
        let resource = json!({
            "displayName": "Microsoft Graph",
            "identifierUris": [uri],
            "api": {"requestedAccessTokenVersion": version},
            "appRoles": [{
                "id": READ_WRITE_ALL, "value": NAME, "displayName": NAME, "description": NAME,
                "allowedMemberTypes": ["Application"], "isEnabled": true,
            }],
        });
        let made = world.post(&admin, "/applications", &resource).await.json();
        let make = json!({"appId": made["appId"]});
        let made = world.post(&admin, "/servicePrincipals", &make).await.json();
        let grant = json!({
            "principalId": id(&client), "resourceId": id(&made), "appRoleId": READ_WRITE_ALL,
        });
        let grants = format!("/servicePrincipals/{}/appRoleAssignedTo", id(&made));
        let granted = world.post(&admin, &grants, &grant).await;
        assert_eq!(granted.status, 201, "{}", granted.body);

        let token = access_token(&world.ask_token(NOBODY, &uri).await);
        assert_eq!(claims(&token)["roles"], json!([NAME]));
        for path in ["/applications", "/organization", "/$batch"] {
            let answer = world.get(&token, path).await;
            check_error(&answer, 401, "InvalidAuthenticationToken");
            let message = "Access token validation failure. Invalid audience.";
            assert_eq!(answer.json()["error"]["message"], message);
        }
        let body = json!({"displayName": "Mine"});
        let made = world.post(&token, "/applications", &body).await;
        check_error(&made, 401, "InvalidAuthenticationToken");
    }
    // Nor do they count in a token that is for Graph.
    let token = world.token(NOBODY).await;
    assert_eq!(claims(&token)["roles"], Value::Null);
    let denied = world.get(&token, "/applications").await;
    check_error(&denied, 403, "Authorization_RequestDenied");
    world.node.stop().await;
}

/// No address leads a token of one tenant into another.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_one_tenant_reaches_nothing_of_another() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    for (path, status) in [
        (format!("/v1.0/organization/{FABRIKAM}"), 404),
        ("/v1.0/domains/fabrikam.example".to_owned(), 404),
        ("/v1.0/users/irene@fabrikam.example".to_owned(), 404),
        (format!("/v1.0/{FABRIKAM}/applications"), 400),
        (format!("/{FABRIKAM}/v1.0/applications"), 404),
        ("/fabrikam.example/v1.0/applications".to_owned(), 404),
    ] {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", authorization.as_str())];
        let answer = world.send("GET", &path, &headers, None).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.body);
        assert!(!answer.body.contains("Fabrikam"), "{path}: {}", answer.body);
    }
    // No option of a query names a tenant either.
    let own = "/organization?tenant=fabrikam.example&tenantId=x&tid=x";
    let own = world.find(&token, own).await;
    assert_eq!(own["id"], CONTOSO);
    world.node.stop().await;
}

/// One application, two tenants: each token has the rights of its own tenant, there.
#[tokio::test(flavor = "multi_thread")]
async fn an_application_of_two_tenants_has_in_each_what_it_was_granted_there() {
    let api = Api::start().await;
    let (admin, stranger) = (api.caller("admin").await, api.stranger().await);
    let body = json!({"displayName": "Shared", "signInAudience": "AzureADMultipleOrgs"});
    let application = admin.create("/applications", body).await;
    let make = json!({"appId": application["appId"]});
    admin.create("/servicePrincipals", make.clone()).await;
    let there = stranger.create("/servicePrincipals", make).await;
    let add = format!("/applications/{}/addPassword", id(&application));
    let secret = admin.post(&add, json!({})).await.expect_status(200).json();
    let graph = "/servicePrincipals(appId='00000003-0000-0000-c000-000000000000')";
    let graph = stranger.read(graph).await;
    let roles = graph["appRoles"].as_array().expect("roles");
    let role = roles.iter().find(|r| r["value"] == "Directory.Read.All");
    let grant = json!({
        "principalId": id(&there),
        "resourceId": id(&graph),
        "appRoleId": role.expect("a role")["id"],
    });
    let grants = format!("/servicePrincipals/{}/appRoleAssignments", id(&there));
    stranger.create(&grants, grant).await;

    let app_id = application["appId"].as_str().expect("a client id");
    let secret = secret["secretText"].as_str().expect("a secret");
    let here = api.signed_in(app_id, secret).await;
    let denied = here.get("/organization").await;
    assert_eq!(denied.status, 403, "{}", denied.body);
    let there = api.signed_in_at("fabrikam.example", app_id, secret).await;
    let list = there.read("/organization").await;
    assert_eq!(list["value"][0]["displayName"], "Fabrikam", "{list}");
    let other = format!("/applications/{}", id(&application));
    assert_eq!(there.get(&other).await.status, 404);
    api.node.stop().await;
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).expect("three parts");
    let payload = base64url::decode(payload).expect("base64url");
    serde_json::from_slice(&payload).expect("claims")
}
