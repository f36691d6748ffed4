//! What the person in front of a page may do, so that no form is offered that only ends in a refusal.
//! Whether it is carried out, the API decides when it is sent.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::Operation;

use super::visit::Visit;

/// Whether the person's roles are good for an operation on every object.
pub(super) fn may(visit: &Visit, operation: Operation) -> bool {
    policy::check(operation, &visit.caller.permissions) == Decision::Allowed
}

/// Whether they are good for it on this object of the API, which the person may own.
pub(super) async fn may_on(
    visit: &Visit,
    operation: Operation,
    target: &str,
) -> Result<bool, GraphError> {
    let decision = policy::check(operation, &visit.caller.permissions);
    let is_owned = match decision {
        Decision::OnlyIfOwned | Decision::OnlyIfOwnedOrItself => owns(visit, target).await?,
        _ => false,
    };
    Ok(decision.permits(is_owned, false))
}

/// Whether the person may grant permissions, and take them away.
pub(super) fn may_grant(visit: &Visit) -> bool {
    [
        Operation::CreateAppRoleAssignment,
        Operation::DeleteAppRoleAssignment,
        Operation::DeletePermissionGrant,
    ]
    .into_iter()
    .all(|operation| may(visit, operation))
}

async fn owns(visit: &Visit, target: &str) -> Result<bool, GraphError> {
    let target = format!("{target}/owners?$select=id&$top=999");
    let own = visit.person.user.id.to_string();
    let mut owners = visit.list(&target).await?.rows.into_iter();
    Ok(owners.any(|owner| owner.get("id").and_then(|id| id.as_str()) == Some(&own)))
}
