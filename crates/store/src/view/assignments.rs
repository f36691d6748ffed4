use countersign_domain::directory::AppRoleAssignment;
use countersign_domain::graph::selection::{AssignmentField, Page, Selection, Value};
use countersign_domain::graph::wire::read_assignment_id;
use countersign_domain::ids::{AssignmentId, ServicePrincipalId, TenantId};
use uuid::Uuid;

use super::{View, map, only};
use crate::StoreError;
use crate::assignments::{self, AssignmentRow, assignment};
use crate::selection::{Column, Listing, Param, page};

/// Whose assignments are listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssignmentsOf {
    /// What a service principal has been granted.
    Principal(ServicePrincipalId),
    /// What has been granted on a resource.
    Resource(ServicePrincipalId),
}

/// An assignment with the names of its two sides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignmentRecord {
    /// The assignment.
    pub assignment: AppRoleAssignment,
    /// The name of the one that has the role.
    pub principal_display_name: String,
    /// The name of the one whose role it is.
    pub resource_display_name: String,
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    #[sqlx(flatten)]
    assignment: AssignmentRow,
    principal_display_name: String,
    resource_display_name: String,
}

macro_rules! from {
    ($scope:literal) => {
        concat!(
            "FROM app_role_assignments g
             CROSS JOIN service_principals p CROSS JOIN applications pa
             CROSS JOIN service_principals r CROSS JOIN applications ra
             WHERE p.id = g.principal_id AND pa.app_id = p.app_id
               AND r.id = g.resource_id AND ra.app_id = r.app_id
               AND g.tenant_id = $1",
            $scope
        )
    };
}

const ALL: Listing<AssignmentField> = Listing {
    table: "app_role_assignments",
    columns: "g.id, g.tenant_id, g.principal_id, g.resource_id, g.app_role_id, g.created_at,
              pa.display_name AS principal_display_name,
              ra.display_name AS resource_display_name",
    from: from!(""),
    from_member: from!(""),
    id: "g.id",
    has_numbers: false,
    from_all: None,
    newest_by: None,
    column,
    words: |_| None,
};

impl View {
    /// The assignments of a service principal of this tenant, on one side.
    pub async fn assignments(
        &mut self,
        tenant_id: TenantId,
        of: AssignmentsOf,
        selection: &Selection<AssignmentField>,
    ) -> Result<Page<AssignmentRecord>, StoreError> {
        let (from, id) = match of {
            AssignmentsOf::Principal(id) => (from!(" AND g.principal_id = $2"), id),
            AssignmentsOf::Resource(id) => (from!(" AND g.resource_id = $2"), id),
        };
        let listing = Listing {
            from,
            from_member: from,
            ..ALL
        };
        let scope = [tenant_id.into(), id.uuid().into()];
        self.assigned(&listing, &scope, selection).await
    }

    /// One assignment in this tenant.
    pub async fn assignment(
        &mut self,
        tenant_id: TenantId,
        id: AssignmentId,
    ) -> Result<Option<AssignmentRecord>, StoreError> {
        let one = only(AssignmentField::Id, Value::Guid(id.uuid()));
        let page = self.assigned(&ALL, &[tenant_id.into()], &one).await?;
        Ok(page.items.into_iter().next())
    }

    /// Everything that a service principal of this tenant has been granted.
    pub async fn held(
        &mut self,
        tenant_id: TenantId,
        id: ServicePrincipalId,
    ) -> Result<Vec<AppRoleAssignment>, StoreError> {
        assignments::of_principal(&mut self.session, tenant_id, id).await
    }

    async fn assigned(
        &mut self,
        listing: &Listing<AssignmentField>,
        scope: &[Param],
        selection: &Selection<AssignmentField>,
    ) -> Result<Page<AssignmentRecord>, StoreError> {
        let page: Page<RecordRow> = page(&mut self.session, listing, scope, selection).await?;
        map(page, |rows| rows.into_iter().map(record).collect())
    }
}

fn record(row: RecordRow) -> Result<AssignmentRecord, StoreError> {
    Ok(AssignmentRecord {
        assignment: assignment(&row.assignment)?,
        principal_display_name: row.principal_display_name,
        resource_display_name: row.resource_display_name,
    })
}

fn column(field: AssignmentField) -> Column {
    match field {
        AssignmentField::Id => Column::Id("g.id", read_id),
        AssignmentField::AppRoleId => Column::Plain("g.app_role_id"),
        AssignmentField::PrincipalId => Column::Plain("g.principal_id"),
        AssignmentField::ResourceId => Column::Plain("g.resource_id"),
    }
}

/// The id as clients know it.
fn read_id(text: &str) -> Option<Uuid> {
    read_assignment_id(text).map(|(_, id)| id.uuid())
}
