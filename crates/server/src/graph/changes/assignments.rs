//! App roles: granted through the client or the resource, withdrawn through either.

use countersign_domain::directory::{AppRoleAssignment, Write};
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::body::{self, AssignmentSide};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::permission::GRAPH_APP_ID;
use countersign_domain::graph::policy;
use countersign_domain::graph::route::{ObjectKey, ServicePrincipalKey};
use countersign_domain::graph::wire::{app_role_assignment, read_assignment_id};
use countersign_domain::ids::{AppRoleId, ServicePrincipalId};

use super::dry_run;
use super::found::{About, Found};
use super::work::{Work, body_of};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;
use countersign_domain::graph::wire::Object as Members;

/// The collection of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// `appRoleAssignments`: the path names the client.
    Principal,
    /// `appRoleAssignedTo`: the path names the resource.
    Resource,
}

impl Side {
    fn as_str(self) -> &'static str {
        match self {
            Self::Principal => "appRoleAssignments",
            Self::Resource => "appRoleAssignedTo",
        }
    }

    fn of(self, id: ServicePrincipalId) -> AssignmentSide {
        match self {
            Self::Principal => AssignmentSide::Principal(id),
            Self::Resource => AssignmentSide::Resource(id),
        }
    }
}

/// Grants a role.
pub(super) async fn create(
    ask: &Ask<'_>,
    key: ServicePrincipalKey,
    side: Side,
) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let path_id = id_of(&mut work, key).await?;
    let asked = body::new_assignment(body, side.of(path_id))?;
    let principal = work.service_principal(asked.principal_id).await?;
    let principal = principal.ok_or_else(|| unknown("principalId", asked.principal_id))?;
    let resource = work.service_principal(asked.resource_id).await?;
    let resource = resource.ok_or_else(|| unknown("resourceId", asked.resource_id))?;
    let is_role_of_graph = is_power(&resource, asked.app_role_id);
    if !policy::may_grant(&ask.caller.permissions, is_role_of_graph) {
        return Err(privileged("granted"));
    }
    let held = work.held(asked.principal_id).await?;
    let exists = held
        .iter()
        .any(|one| one.resource_id == asked.resource_id && one.app_role_id == asked.app_role_id);
    let count = u64::try_from(held.len()).unwrap_or(u64::MAX);
    let context = work.context();
    let new = asked.checked(&resource.application, exists, count, &context)?;
    let shown = shown(&new, &principal, &resource);
    let context = format!("servicePrincipals('{path_id}')/{}/$entity", side.as_str());
    let id = shown.get("id").and_then(|id| id.as_str());
    let location = format!(
        "/servicePrincipals/{path_id}/{}/{}",
        side.as_str(),
        id.unwrap_or_default()
    );
    let role = role_value(&new, &resource).map(str::to_owned);
    let audit = work.audit(Activity::AddAppRoleAssignment).assignment(
        &resource.target(),
        &principal.target(),
        role.as_deref(),
        &shown,
        true,
    );
    work.commit(&[Write::AddAssignment(new)], audit).await?;
    if is_role_of_graph {
        tell_new_power(ask, &principal, role.as_deref());
    }
    Ok(Answer::created(context, shown, location))
}

/// Withdraws a role, if it is one of the service principal in the path.
pub(super) async fn delete(
    ask: &Ask<'_>,
    key: ServicePrincipalKey,
    assignment: &str,
    side: Side,
) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let path_id = id_of(&mut work, key).await?;
    let missing = || GraphError::not_found(assignment);
    let (principal_id, id) = read_assignment_id(assignment).ok_or_else(missing)?;
    let principal = work.service_principal(principal_id).await?;
    let principal = principal.ok_or_else(missing)?;
    let held = work.held(principal_id).await?;
    let old = held.iter().find(|one| one.id == id);
    let old = old.ok_or_else(missing)?;
    let is_of_path = match side {
        Side::Principal => old.principal_id == path_id,
        Side::Resource => old.resource_id == path_id,
    };
    if !is_of_path {
        return Err(missing());
    }
    let resource = work.service_principal(old.resource_id).await?;
    let resource = resource.ok_or_else(missing)?;
    if !policy::may_withdraw(
        &ask.caller.permissions,
        is_power(&resource, old.app_role_id),
    ) {
        return Err(privileged("withdrawn"));
    }
    let shown = shown(old, &principal, &resource);
    work.check_version(&shown)?;
    if ask.prefers("dry-run") {
        return dry_run::assignment(work, &principal, &resource, shown).await;
    }
    let remove = Write::RemoveAssignment {
        tenant_id: ask.tenant_id(),
        id,
    };
    let audit = work.audit(Activity::RemoveAppRoleAssignment).assignment(
        &resource.target(),
        &principal.target(),
        role_value(old, &resource),
        &shown,
        false,
    );
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

/// The object id of the service principal in the path. Its rights are the caller's own permissions:
/// owning it grants nothing.
async fn id_of(
    work: &mut Work<'_>,
    key: ServicePrincipalKey,
) -> Result<ServicePrincipalId, GraphError> {
    let key = ObjectKey::ServicePrincipal(key);
    let found = work
        .lookup(&key)
        .await?
        .ok_or_else(|| GraphError::not_found(&key))?;
    match found.about {
        About::ServicePrincipal(principal) => Ok(principal.id),
        About::Application => Err(GraphError::not_found(&key)),
    }
}

/// Whether a role is one of Graph itself. Default access to Graph is no permission: nothing of it
/// gets into a token.
fn is_power(resource: &Found, role: AppRoleId) -> bool {
    resource.application.app_id == GRAPH_APP_ID && role != AppRoleId::DEFAULT_ACCESS
}

fn privileged(done: &str) -> GraphError {
    GraphError::denied_because(format!(
        "Insufficient privileges to complete the operation. A role of Microsoft Graph itself is \
         {done} only by a caller with RoleManagement.ReadWrite.Directory.",
    ))
}

fn shown(assignment: &AppRoleAssignment, principal: &Found, resource: &Found) -> Members {
    app_role_assignment(
        assignment,
        &principal.application.display_name,
        &resource.application.display_name,
    )
}

fn role_value<'r>(assignment: &AppRoleAssignment, resource: &'r Found) -> Option<&'r str> {
    let mut roles = resource.application.app_roles.iter();
    roles
        .find(|role| role.id == assignment.app_role_id)?
        .value
        .as_deref()
}

/// Whoever watches the log should know of a new power over the directory itself.
fn tell_new_power(ask: &Ask<'_>, principal: &Found, role: Option<&str>) {
    tracing::warn!(
        tenant = %ask.tenant_id(),
        app_id = %principal.application.app_id,
        by = %ask.caller.object_id(),
        role,
        "an application was granted a permission on the directory API itself"
    );
}

/// Not a `404`: clients repeat that for minutes, as if the object were only late.
fn unknown(name: &str, id: ServicePrincipalId) -> GraphError {
    GraphError::bad_request(format!(
        "Invalid value specified for property '{name}' of resource 'AppRoleAssignment': there is \
         no service principal '{id}' in this tenant."
    ))
}

impl Work<'_> {
    /// A service principal of the tenant, whoever owns it.
    pub(super) async fn service_principal(
        &mut self,
        id: ServicePrincipalId,
    ) -> Result<Option<Found>, GraphError> {
        self.lookup(&ServicePrincipalKey::Id(id).into()).await
    }

    /// The name of a service principal, for the audit.
    pub(super) async fn named(&mut self, id: ServicePrincipalId) -> Result<Target, GraphError> {
        let found = self.service_principal(id).await?;
        found
            .map(|found| found.target())
            .ok_or_else(|| GraphError::not_found(id))
    }
}
