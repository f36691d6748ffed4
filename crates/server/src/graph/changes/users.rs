//! People of the tenant.

use countersign_domain::directory::Write;
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::body;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::UserKey;
use countersign_domain::graph::wire;

use super::dry_run;
use super::work::{Work, body_of, context};
use crate::graph::answer::Answer;
use crate::graph::ask::Ask;

/// Adds a user.
pub(super) async fn create(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let new = body::new_user(body_of(ask)?, &context(ask))?;
    let mut work = Work::begin(ask).await?;
    if work.user_named(&new.user_principal_name).await?.is_some() {
        return Err(GraphError::bad_request(body::USER_PRINCIPAL_NAME_TAKEN));
    }
    let shown = wire::user(&new);
    let audit = work
        .audit(Activity::AddUser)
        .object(&Target::user(&new), None, Some(&shown));
    let location = format!("/users/{}", new.id);
    work.commit(&[Write::AddUser(new)], audit).await?;
    let etag = ETag::of(&shown);
    Ok(Answer::created("users/$entity", shown, location).with_etag(etag))
}

/// Changes a user.
pub(super) async fn update(ask: &Ask<'_>, key: &UserKey) -> Result<Answer, GraphError> {
    let body = body_of(ask)?;
    let mut work = Work::begin(ask).await?;
    let current = work.user(key).await?;
    let before = wire::user(&current);
    work.check_version(&before)?;
    let new = body::change_user(body, &current, &ask.caller.tenant)?;
    if new == current {
        return Ok(Answer::NoContent);
    }
    let is_disabled = current.account_enabled && !new.account_enabled;
    if new.account_enabled != current.account_enabled
        || new.user_principal_name != current.user_principal_name
    {
        work.check_administrator(&current).await?;
    }
    if is_disabled {
        work.check_not_last(&current).await?;
    }
    let holder = work.user_named(&new.user_principal_name).await?;
    if holder.is_some_and(|holder| holder.id != new.id) {
        return Err(GraphError::bad_request(body::USER_PRINCIPAL_NAME_TAKEN));
    }
    let after = wire::user(&new);
    let audit =
        work.audit(Activity::UpdateUser)
            .object(&Target::user(&new), Some(&before), Some(&after));
    work.commit(&[Write::UpdateUser(new)], audit).await?;
    Ok(Answer::NoContent)
}

/// Deletes a user for good.
pub(super) async fn delete(ask: &Ask<'_>, key: &UserKey) -> Result<Answer, GraphError> {
    let mut work = Work::begin(ask).await?;
    let current = work.user(key).await?;
    let before = wire::user(&current);
    work.check_version(&before)?;
    work.check_administrator(&current).await?;
    work.check_not_last(&current).await?;
    if ask.prefers("dry-run") {
        return Ok(dry_run::unused(before));
    }
    let audit =
        work.audit(Activity::DeleteUser)
            .object(&Target::user(&current), Some(&before), None);
    let remove = Write::RemoveUser {
        tenant_id: current.tenant_id,
        id: current.id,
    };
    work.commit(&[remove], audit).await?;
    Ok(Answer::NoContent)
}
