//! Delegated permissions: kept because clients manage them.

use countersign_domain::directory::{PermissionGrant, Write};
use countersign_domain::graph::audit::Activity;
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire::{permission_grant, read_permission_grant_id};

use super::dry_run;
use super::work::{Work, body_of, context};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Grants delegated permissions.
pub(super) async fn create(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let new = body::new_permission_grant(body_of(ask)?, &context(ask))?;
    let mut work = Work::begin(ask).await?;
    for (name, id) in [("clientId", new.client_id), ("resourceId", new.resource_id)] {
        if work.service_principal(id).await?.is_none() {
            return Err(unknown(name, id, "service principal"));
        }
    }
    if let Some(id) = new.principal_id
        && !work.has_user(id).await?
    {
        return Err(unknown("principalId", id, "user"));
    }
    if work.has_permission_grant(&new).await? {
        return Err(GraphError::bad_request(body::PERMISSION_GRANT_EXISTS));
    }
    let shown = permission_grant(&new);
    let id = shown.get("id").and_then(|id| id.as_str());
    let location = format!("/oauth2PermissionGrants/{}", id.unwrap_or_default());
    let (resource, client) = (
        work.named(new.resource_id).await?,
        work.named(new.client_id).await?,
    );
    let audit = work.audit(Activity::AddPermissionGrant).permission_grant(
        &resource,
        &client,
        None,
        Some(&shown),
    );
    work.commit(&[Write::AddPermissionGrant(new)], audit)
        .await?;
    Ok(Answer::created(
        "oauth2PermissionGrants/$entity",
        shown,
        location,
    ))
}

/// Replaces the scopes of a grant.
pub(super) async fn update(ask: &Ask<'_>, id: &str) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let current = work.permission_grant(id).await?;
    let before = permission_grant(&current);
    work.check_version(&before)?;
    let new = body::change_permission_grant(body, &current)?;
    if new == current {
        return Ok(Answer::NoContent);
    }
    let after = permission_grant(&new);
    let (resource, client) = (
        work.named(new.resource_id).await?,
        work.named(new.client_id).await?,
    );
    let audit = work
        .audit(Activity::UpdatePermissionGrant)
        .permission_grant(&resource, &client, Some(&before), Some(&after));
    work.commit(&[Write::UpdatePermissionGrant(new)], audit)
        .await?;
    Ok(Answer::NoContent)
}

/// Withdraws delegated permissions.
pub(super) async fn delete(ask: &Ask<'_>, id: &str) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let current = work.permission_grant(id).await?;
    let before = permission_grant(&current);
    work.check_version(&before)?;
    if ask.prefers("dry-run") {
        return Ok(dry_run::unused(before));
    }
    let (resource, client) = (
        work.named(current.resource_id).await?,
        work.named(current.client_id).await?,
    );
    let audit = work
        .audit(Activity::RemovePermissionGrant)
        .permission_grant(&resource, &client, Some(&before), None);
    let remove = Write::RemovePermissionGrant {
        tenant_id: ask.tenant_id(),
        id: current.id,
    };
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}

impl Work<'_> {
    /// The grant with this id as it is shown.
    async fn permission_grant(&mut self, text: &str) -> Result<PermissionGrant, GraphError> {
        let missing = || GraphError::not_found(text);
        let (client_id, id) = read_permission_grant_id(text).ok_or_else(missing)?;
        let found = self.find_permission_grant(id).await?;
        found
            .filter(|grant| grant.client_id == client_id)
            .ok_or_else(missing)
    }
}

fn unknown(name: &str, id: impl std::fmt::Display, what: &str) -> GraphError {
    GraphError::bad_request(format!(
        "Invalid value specified for property '{name}' of resource 'OAuth2PermissionGrant': there \
         is no {what} '{id}' in this tenant."
    ))
}
