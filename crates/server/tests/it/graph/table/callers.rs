//! GRA-01 and GRA-03: who may do what, through the front door.

use countersign_domain::graph::openapi;
use countersign_domain::graph::permission::Permission;
use countersign_domain::graph::policy::{self, PermissionSet};
use countersign_domain::graph::route::{Method, Operation};
use serde_json::{Value, json};

use super::super::{ADMINISTRATOR, CONTOSO, World, access_token, check_error};
use super::objects::{As, Objects, text};
use super::samples::sample;

#[tokio::test(flavor = "multi_thread")]
async fn without_a_token_nothing_is_answered() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let admin = As {
        world: &world,
        token: Some(&token),
    };
    let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
    let before = state(admin, &objects).await;
    let nobody = As {
        world: &world,
        token: None,
    };
    for operation in Operation::ALL.iter().copied() {
        let (path, body) = sample(operation, &objects);
        let answer = nobody
            .send(operation.method().as_str(), &path, body.as_ref())
            .await;
        check_error(&answer, 401, "InvalidAuthenticationToken");
    }
    assert_eq!(state(admin, &objects).await, before);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_does_what_its_permission_allows_and_nothing_else() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let admin = As {
        world: &world,
        token: Some(&token),
    };
    let singles = Permission::ALL
        .into_iter()
        .map(|permission| vec![permission]);
    let none_and_all = [vec![], Permission::ALL.to_vec()];
    for permissions in none_and_all.into_iter().chain(singles) {
        let caller = Caller::make(admin, &permissions).await;
        let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
        caller.check(admin, &objects, false, false).await;
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_does_more_with_what_it_owns_and_with_itself() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let admin = As {
        world: &world,
        token: Some(&token),
    };
    for permission in [
        Permission::ApplicationReadWriteOwnedBy,
        Permission::ApplicationReadAll,
    ] {
        let caller = Caller::make(admin, &[permission]).await;
        let owners = [caller.id.as_str()];
        let objects = Objects::make(admin, CONTOSO, "contoso.example", &owners).await;
        caller.check(admin, &objects, true, false).await;
    }
    let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
    let itself = Caller::sign_in(admin, &objects, &[]).await;
    itself.check(admin, &objects, false, true).await;
    world.node.stop().await;
}

struct Caller {
    /// Its service principal.
    id: String,
    permissions: Vec<Permission>,
    token: String,
}

impl Caller {
    /// A new application with these permissions.
    async fn make(admin: As<'_>, permissions: &[Permission]) -> Self {
        let objects = Objects::make(admin, CONTOSO, "contoso.example", &[]).await;
        Self::sign_in(admin, &objects, permissions).await
    }

    /// The application among these objects as a caller.
    async fn sign_in(admin: As<'_>, objects: &Objects, permissions: &[Permission]) -> Self {
        let id = objects.get("servicePrincipal");
        for permission in permissions {
            let path = format!("/servicePrincipals/{id}/appRoleAssignments");
            let role = json!({"principalId": id, "resourceId": objects.get("graph"),
                              "appRoleId": permission.app_role_id()});
            admin.done("POST", &path, role).await;
        }
        let body = format!(
            "grant_type=client_credentials&client_id={}&client_secret={}\
             &scope=https://graph.microsoft.com/.default",
            objects.get("appId"),
            objects.get("applicationSecretText")
        );
        let path = format!("/{CONTOSO}/oauth2/v2.0/token");
        Self {
            id: id.to_owned(),
            permissions: permissions.to_vec(),
            token: access_token(&admin.world.node.post(&path, &body).await),
        }
    }

    /// Asks for everything: what is denied first, after which nothing may be changed.
    async fn check(&self, admin: As<'_>, objects: &Objects, is_owned: bool, is_itself: bool) {
        let roles: PermissionSet = self.permissions.iter().copied().collect();
        let may = |operation: &Operation| {
            let (is_owned, is_itself) = match operation {
                // These objects are neither its own nor itself.
                Operation::CreateServicePrincipal
                | Operation::RestoreDeletedItem
                | Operation::PurgeDeletedItem => (is_owned, false),
                _ => (is_owned, is_itself),
            };
            policy::check(*operation, &roles).permits(is_owned, is_itself)
        };
        let all = Operation::ALL.iter().copied();
        let (mut allowed, denied): (Vec<_>, Vec<_>) = all.partition(may);
        let before = state(admin, objects).await;
        for operation in denied {
            let answer = self.ask(admin, operation, objects).await;
            assert_eq!(
                answer.status, 403,
                "{self:?} {operation:?}: {}",
                answer.body
            );
            check_error(&answer, 403, "Authorization_RequestDenied");
        }
        for (after, before) in state(admin, objects).await.iter().zip(&before) {
            assert_eq!(after, before, "{self:?}");
        }
        allowed.sort_by_key(|operation| rank(*operation));
        let document = openapi::document("https://id.example");
        for operation in allowed {
            let answer = self.ask(admin, operation, objects).await;
            let status = answer.status;
            let documented = status < 300 && is_documented(&document, operation, status);
            let is_no_user = [Operation::Me, Operation::MeOwnedObjects].contains(&operation);
            assert!(
                documented || (is_no_user && status == 400),
                "{self:?} {operation:?}: {status} {}",
                answer.body
            );
        }
    }

    async fn ask(
        &self,
        admin: As<'_>,
        operation: Operation,
        objects: &Objects,
    ) -> crate::node::Answer {
        let caller = As {
            world: admin.world,
            token: Some(&self.token),
        };
        let (path, body) = sample(operation, objects);
        caller
            .send(operation.method().as_str(), &path, body.as_ref())
            .await
    }
}

/// A token is nobody's business.
impl std::fmt::Debug for Caller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.permissions.fmt(f)
    }
}

fn is_documented(document: &Value, operation: Operation, status: u16) -> bool {
    let method = operation.method().as_str().to_ascii_lowercase();
    let responses = &document["paths"][operation.template()][method]["responses"];
    responses.get(status.to_string()).is_some()
}

/// Parts go before the whole, so that each request finds what it is about.
fn rank(operation: Operation) -> u8 {
    match operation {
        Operation::DeleteApplication => 4,
        Operation::DeleteServicePrincipal => 3,
        Operation::DeleteUser => 2,
        _ if operation.method() == Method::Delete => 1,
        _ if operation.name().starts_with("Remove") => 1,
        _ => 0,
    }
}

/// Everything about the objects that a refused request could have changed.
pub(super) async fn state(admin: As<'_>, objects: &Objects) -> Vec<Value> {
    let of = |name| objects.get(name);
    let application = format!("/applications/{}", of("application"));
    let principal = format!("/servicePrincipals/{}", of("servicePrincipal"));
    let mut state = Vec::new();
    for path in [
        application.clone(),
        format!("{application}/federatedIdentityCredentials"),
        format!("{application}/owners/$ref"),
        principal.clone(),
        format!("{principal}/owners/$ref"),
        format!("{principal}/appRoleAssignments"),
        format!("{principal}/oauth2PermissionGrants"),
        format!(
            "/users/{}?$select=displayName,jobTitle,accountEnabled",
            of("user")
        ),
        format!("/directory/deletedItems/{}", of("deleted")),
        format!("/directory/deletedItems/{}", of("purged")),
        format!(
            "/servicePrincipals?$filter=appId%20eq%20'{}'",
            of("bareAppId")
        ),
        "/applications?$count=true&$top=1&$select=id".to_owned(),
        "/users?$count=true&$top=1&$select=id".to_owned(),
    ] {
        let mut shown = admin.read(&path).await;
        forget_times(&mut shown);
        state.push(shown);
    }
    assert_eq!(text(&state[0], "id"), of("application"));
    state
}

/// A link to the next page is good for a time, and names it; the last use of a secret is known some
/// moments after it.
fn forget_times(shown: &mut Value) {
    match shown {
        Value::Object(members) => {
            members.retain(|name, _| {
                !["@odata.nextLink", "lastUsedDateTime"].contains(&name.as_str())
            });
            members.values_mut().for_each(forget_times);
        }
        Value::Array(items) => items.iter_mut().for_each(forget_times),
        _ => {}
    }
}
