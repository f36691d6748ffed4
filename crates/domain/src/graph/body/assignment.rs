use super::Context;
use super::object::{Given, Members, invalid};
use crate::directory::{AppRoleAssignment, Application, MemberType};
use crate::graph::error::GraphError;
use crate::graph::wire::Object;
use crate::ids::{AppRoleId, AssignmentId, ServicePrincipalId};

const RESOURCE: &str = "AppRoleAssignment";

/// App roles that one principal can have.
pub const ASSIGNMENTS_MAX: u64 = 1_500;

/// The message where the principal has the role already. Clients compare it.
pub const ASSIGNMENT_EXISTS: &str = "Permission being assigned already exists on the object";

/// An app role to be granted, its sides not looked up yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestedAssignment {
    /// Who gets it.
    pub principal_id: ServicePrincipalId,
    /// Whose role it is.
    pub resource_id: ServicePrincipalId,
    /// The role.
    pub app_role_id: AppRoleId,
}

/// Under which of its two sides an assignment is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentSide {
    /// `../appRoleAssignments`
    Principal(ServicePrincipalId),
    /// `../appRoleAssignedTo`
    Resource(ServicePrincipalId),
}

/// Reads an app role assignment to be added. The body has to name the same object as the path:
/// rights were checked for that one.
pub fn new_assignment(
    body: Object,
    side: AssignmentSide,
) -> Result<RequestedAssignment, GraphError> {
    let mut members = Members::new(body, RESOURCE);
    let requested = RequestedAssignment {
        principal_id: members.required("principalId")?,
        resource_id: members.required("resourceId")?,
        app_role_id: members.required("appRoleId")?,
    };
    let kind: Given<String> = members.read("principalType")?;
    members.finish()?;
    if kind.value().is_some_and(|kind| kind != "ServicePrincipal") {
        return Err(only_service_principals());
    }
    let (name, is_of_path) = match side {
        AssignmentSide::Principal(id) => ("principalId", id == requested.principal_id),
        AssignmentSide::Resource(id) => ("resourceId", id == requested.resource_id),
    };
    match is_of_path {
        true => Ok(requested),
        false => Err(invalid(
            name,
            RESOURCE,
            "is not the service principal of the path",
        )),
    }
}

/// A role can be granted to service principals only, because only workloads sign in here.
pub fn only_service_principals() -> GraphError {
    GraphError::bad_request(
        "App roles are granted to service principals only: the principalId must be the object id \
         of a service principal of this tenant, and principalType, if it is given, \
         'ServicePrincipal'.",
    )
}

impl RequestedAssignment {
    /// Checks the role against the resource's application, and makes the assignment.
    /// `assignment_count`: what the principal has on all resources.
    pub fn checked(
        &self,
        resource: &Application,
        exists: bool,
        assignment_count: u64,
        context: &Context<'_>,
    ) -> Result<AppRoleAssignment, GraphError> {
        if !is_grantable(resource, self.app_role_id) {
            return Err(GraphError::bad_request(format!(
                "Permission being assigned was not found on application '{}'.",
                resource.app_id
            )));
        }
        if exists {
            return Err(GraphError::bad_request(ASSIGNMENT_EXISTS));
        }
        if assignment_count >= ASSIGNMENTS_MAX {
            return Err(GraphError::new(
                400,
                "Directory_QuotaExceeded",
                format!(
                    "The principal has {ASSIGNMENTS_MAX} app role assignments, which is the most: \
                     remove one first."
                ),
            ));
        }
        Ok(AppRoleAssignment {
            id: AssignmentId::random(context.random),
            tenant_id: context.tenant.id,
            principal_id: self.principal_id,
            resource_id: self.resource_id,
            app_role_id: self.app_role_id,
            created_at: context.now,
        })
    }
}

/// Default access is there without being defined. A role for people only is none for a workload.
fn is_grantable(resource: &Application, id: AppRoleId) -> bool {
    let mut roles = resource.app_roles.iter();
    id == AppRoleId::DEFAULT_ACCESS
        || roles.any(|role| {
            role.id == id
                && role.is_enabled
                && role.allowed_member_types.contains(&MemberType::Application)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};
    use uuid::Uuid;

    use super::*;
    use crate::graph::body::fixtures::{NOW, context};
    use crate::graph::permission::{GRAPH_APP_ID, Permission, graph_application};
    use crate::graph::wire::object;

    const DAEMON: ServicePrincipalId = ServicePrincipalId::new(Uuid::from_u128(1));
    const RESOURCE_ID: ServicePrincipalId = ServicePrincipalId::new(Uuid::from_u128(2));

    fn read(body: Value, side: AssignmentSide) -> Result<RequestedAssignment, String> {
        new_assignment(object(body), side).map_err(|error| error.message)
    }

    fn body(role: AppRoleId) -> Value {
        json!({"principalId": DAEMON, "resourceId": RESOURCE_ID, "appRoleId": role})
    }

    #[test]
    fn the_body_names_the_object_of_the_path() {
        let body = || body(AppRoleId::DEFAULT_ACCESS);
        let requested = read(body(), AssignmentSide::Principal(DAEMON)).expect("a body");
        assert_eq!(requested.principal_id, DAEMON);
        assert!(read(body(), AssignmentSide::Resource(RESOURCE_ID)).is_ok());
        let error = read(body(), AssignmentSide::Principal(RESOURCE_ID)).expect_err("another");
        assert!(error.contains("'principalId'"), "{error}");
        let error = read(body(), AssignmentSide::Resource(DAEMON)).expect_err("another");
        assert!(error.contains("'resourceId'"), "{error}");
    }

    #[test]
    fn what_is_no_assignment_is_refused() {
        let with = |name: &str, value: Value| {
            let mut body = body(AppRoleId::DEFAULT_ACCESS);
            body[name] = value;
            read(body, AssignmentSide::Principal(DAEMON)).expect_err("a refusal")
        };
        assert!(with("principalType", json!("User")).contains("service principals only"));
        assert_eq!(with("xyz", json!(1)), "Invalid property 'xyz'.");
        assert!(with("appRoleId", Value::Null).contains("required for property 'appRoleId'"));
        assert!(with("appRoleId", json!("Orders.Read")).contains("'appRoleId'"));
        assert!(with("id", json!("a")).contains("'id'"));
    }

    #[test]
    fn only_enabled_roles_of_the_resource_are_granted() {
        let mut resource = graph_application("https://id.contoso.example", NOW);
        let role = Permission::ApplicationReadAll.app_role_id();
        let check = |resource: &Application, role, exists, count| {
            let requested = RequestedAssignment {
                principal_id: DAEMON,
                resource_id: RESOURCE_ID,
                app_role_id: role,
            };
            requested
                .checked(resource, exists, count, &context())
                .map(|assignment| assignment.app_role_id)
                .map_err(|error| error.message)
        };
        assert_eq!(check(&resource, role, false, 0), Ok(role));
        let default = AppRoleId::DEFAULT_ACCESS;
        assert_eq!(check(&resource, default, false, 1_499), Ok(default));
        assert_eq!(
            check(&resource, role, true, 0),
            Err("Permission being assigned already exists on the object".into())
        );
        assert!(check(&resource, role, false, 1_500).is_err_and(|m| m.contains("1500")));
        let not_found =
            format!("Permission being assigned was not found on application '{GRAPH_APP_ID}'.");
        let other = AppRoleId::new(Uuid::from_u128(9));
        assert_eq!(check(&resource, other, false, 0), Err(not_found.clone()));
        resource.app_roles[0].is_enabled = false;
        assert_eq!(check(&resource, role, false, 0), Err(not_found.clone()));
        resource.app_roles[0].is_enabled = true;
        resource.app_roles[0].allowed_member_types = vec![MemberType::User];
        assert_eq!(check(&resource, role, false, 0), Err(not_found));
    }

    proptest! {
        #[test]
        fn no_value_makes_it_panic(name in "principalId|principalType|x", text in "\\PC{0,40}") {
            let mut body = body(AppRoleId::DEFAULT_ACCESS);
            body[name] = text.into();
            let _ = read(body, AssignmentSide::Principal(DAEMON));
        }
    }
}
