//! App roles are granted and withdrawn; the next token says so.

use serde_json::{Value, json};

use super::super::api::{Api, As, caller_app_id, id};

struct World<'a> {
    granter: As<'a>,
    client: Value,
    resource: Value,
}

impl<'a> World<'a> {
    async fn of(api: &'a Api) -> Self {
        let granter = api.caller("granter").await;
        let client = granter
            .find("/servicePrincipals", "displayName eq 'nobody'")
            .await;
        let resource = granter
            .find("/servicePrincipals", "displayName eq 'Orders API'")
            .await;
        Self {
            granter,
            client,
            resource,
        }
    }

    fn role(&self, value: &str) -> &Value {
        let roles = self.resource["appRoles"].as_array().expect("roles");
        let role = roles.iter().find(|role| role["value"] == value);
        &role.expect("a role")["id"]
    }

    fn body(&self, role: &Value) -> Value {
        json!({
            "principalId": id(&self.client),
            "resourceId": id(&self.resource),
            "appRoleId": role,
        })
    }

    fn of_client(&self) -> String {
        format!("/servicePrincipals/{}/appRoleAssignments", id(&self.client))
    }

    fn of_resource(&self) -> String {
        format!(
            "/servicePrincipals/{}/appRoleAssignedTo",
            id(&self.resource)
        )
    }
}

async fn roles(api: &Api) -> Value {
    let client = caller_app_id("nobody");
    let answer = api
        .node
        .token(&client, "a-secret-of-the-caller-nobody")
        .await;
    answer.claims()["roles"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_granted_through_either_side() {
    let api = Api::start().await;
    let world = World::of(&api).await;
    assert_eq!(roles(&api).await, Value::Null);
    let read = world.body(world.role("Orders.Read"));
    let made = world.granter.create(&world.of_client(), read.clone()).await;
    assert_eq!(id(&made).len(), 43);
    assert_eq!(made["principalDisplayName"], "nobody");
    assert_eq!(made["resourceDisplayName"], "Orders API");
    assert_eq!(roles(&api).await, json!(["Orders.Read"]));
    let write = world.body(world.role("Orders.Write"));
    let other = world.granter.create(&world.of_resource(), write).await;
    let path = format!("{}/{}", world.of_resource(), id(&other));
    assert_eq!(
        world.granter.read(&path).await["appRoleId"],
        other["appRoleId"]
    );
    assert_eq!(roles(&api).await, json!(["Orders.Read", "Orders.Write"]));

    let twice = world.granter.post(&world.of_resource(), read).await;
    assert_eq!(twice.status, 400);
    assert_eq!(
        twice.message(),
        "Permission being assigned already exists on the object"
    );

    let first = format!("{}/{}", world.of_resource(), id(&made));
    world.granter.delete(&first).await.expect_status(204);
    assert_eq!(world.granter.delete(&first).await.status, 404);
    assert_eq!(roles(&api).await, json!(["Orders.Write"]));
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_grant_is_a_400() {
    let api = Api::start().await;
    let world = World::of(&api).await;
    let role = world.role("Orders.Read").clone();
    let nothing = "00000000-0000-4000-8000-000000000001";
    let with = |name: &str, value: Value| {
        let mut body = world.body(&role);
        body[name] = value;
        body
    };
    let bea = api.caller("admin").await;
    let bea = bea.find("/users", "displayName eq 'Bea'").await;
    for body in [
        with("appRoleId", json!(nothing)),
        with("appRoleId", world.role("Orders.Browse").clone()),
        with("appRoleId", json!("x")),
        with("resourceId", json!(nothing)),
        with("principalId", json!(nothing)),
        with("principalId", bea["id"].clone()),
        with("principalId", Value::Null),
        with("extra", json!(1)),
        json!({}),
    ] {
        for path in [world.of_client(), world.of_resource()] {
            let answer = world.granter.post(&path, body.clone()).await;
            assert_eq!(answer.status, 400, "{path} {body}: {}", answer.body);
        }
    }
    let missing = format!("/servicePrincipals/{nothing}/appRoleAssignments");
    let answer = world.granter.post(&missing, world.body(&role)).await;
    assert_eq!(answer.status, 404);
    // Default access adds no role, and can be granted where roles are declared, too.
    let default = json!("00000000-0000-0000-0000-000000000000");
    world
        .granter
        .create(&world.of_client(), world.body(&default))
        .await;
    assert_eq!(roles(&api).await, Value::Null);
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_is_withdrawn_only_where_it_belongs() {
    let api = Api::start().await;
    let world = World::of(&api).await;
    let body = world.body(world.role("Orders.Read"));
    let made = world.granter.create(&world.of_client(), body).await;
    let other = world
        .granter
        .find("/servicePrincipals", "displayName eq 'reader'")
        .await;
    for path in [
        format!("/servicePrincipals/{}/appRoleAssignments", id(&other)),
        format!("/servicePrincipals/{}/appRoleAssignedTo", id(&other)),
        format!("/servicePrincipals/{}/appRoleAssignedTo", id(&world.client)),
        format!(
            "/servicePrincipals/{}/appRoleAssignments",
            id(&world.resource)
        ),
    ] {
        let answer = world.granter.delete(&format!("{path}/{}", id(&made))).await;
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    for id in ["x", "0", &"A".repeat(43), &format!("{}=", id(&made))] {
        let answer = world
            .granter
            .delete(&format!("{}/{id}", world.of_client()))
            .await;
        assert_eq!(answer.status, 404, "{id}: {}", answer.body);
    }
    assert_eq!(roles(&api).await, json!(["Orders.Read"]));
    api.node.stop().await;
}
