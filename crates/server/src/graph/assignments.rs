//! Reading who has which app role, from either side.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::ETag;
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::selection::AssignmentField;
use countersign_domain::graph::wire::{self, Object as Members};
use countersign_domain::ids::ServicePrincipalId;
use countersign_store::{AssignmentRecord, AssignmentsOf, View};

use super::answer::Answer;
use super::ask::Ask;
use super::collection::{self, context, entity};
use super::{errors, principals};

/// The side of an assignment from which it is addressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// `appRoleAssignments`: of the one that has the role.
    Principal,
    /// `appRoleAssignedTo`: of the one whose role it is.
    Resource,
}

impl Side {
    pub(super) fn navigation(self) -> &'static str {
        match self {
            Self::Principal => "appRoleAssignments",
            Self::Resource => "appRoleAssignedTo",
        }
    }

    /// Whether an assignment is on this side of an object.
    pub(super) fn has(self, id: ServicePrincipalId, record: &AssignmentRecord) -> bool {
        match self {
            Self::Principal => record.assignment.principal_id == id,
            Self::Resource => record.assignment.resource_id == id,
        }
    }

    fn of(self, id: ServicePrincipalId) -> AssignmentsOf {
        match self {
            Self::Principal => AssignmentsOf::Principal(id),
            Self::Resource => AssignmentsOf::Resource(id),
        }
    }
}

pub(super) async fn list(
    ask: &Ask<'_>,
    side: Side,
    key: &ServicePrincipalKey,
) -> Result<Answer, GraphError> {
    let selection = collection::selection::<AssignmentField>(ask)?;
    let mut view = ask.view().await?;
    let id = principals::id(ask, &mut view, key).await?;
    let page = view
        .assignments(ask.tenant_id(), side.of(id), &selection)
        .await
        .map_err(errors::of_store)?;
    let rows = page.items.iter().map(|record| select(ask, record));
    let rows = rows.collect::<Result<_, _>>()?;
    let context = context(ask, &below(side, id));
    Ok(collection::answer(ask, context, rows, &page))
}

pub(super) async fn get(
    ask: &Ask<'_>,
    side: Side,
    key: &ServicePrincipalKey,
    name: &str,
) -> Result<Answer, GraphError> {
    let mut view = ask.view().await?;
    let id = principals::id(ask, &mut view, key).await?;
    let record = find(ask, &mut view, side, id, name).await?;
    let etag = ETag::of(&shown(&record));
    let found = select(ask, &record)?;
    Ok(Answer::object(entity(ask, &below(side, id)), found).with_etag(etag))
}

/// The assignment of this id that is on this side of the object: another's is not there.
pub(super) async fn find(
    ask: &Ask<'_>,
    view: &mut View,
    side: Side,
    id: ServicePrincipalId,
    name: &str,
) -> Result<AssignmentRecord, GraphError> {
    let not_found = || GraphError::not_found(name);
    let (principal_id, assignment_id) = wire::read_assignment_id(name).ok_or_else(not_found)?;
    let found = view.assignment(ask.tenant_id(), assignment_id).await;
    found
        .map_err(errors::of_store)?
        .filter(|record| record.assignment.principal_id == principal_id && side.has(id, record))
        .ok_or_else(not_found)
}

/// A whole assignment.
pub(super) fn shown(record: &AssignmentRecord) -> Members {
    wire::app_role_assignment(
        &record.assignment,
        &record.principal_display_name,
        &record.resource_display_name,
    )
}

/// What stands behind `$metadata#`.
pub(super) fn below(side: Side, id: ServicePrincipalId) -> String {
    format!("servicePrincipals('{id}')/{}", side.navigation())
}

fn select(ask: &Ask<'_>, record: &AssignmentRecord) -> Result<Members, GraphError> {
    wire::select(shown(record), &ask.query.select, "appRoleAssignment")
}
