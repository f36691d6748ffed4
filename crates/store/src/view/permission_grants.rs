use countersign_domain::directory::PermissionGrant;
use countersign_domain::graph::selection::{Page, PermissionGrantField, Selection, Value};
use countersign_domain::graph::wire::read_permission_grant_id;
use countersign_domain::ids::{PermissionGrantId, TenantId};
use uuid::Uuid;

use super::{View, map, only};
use crate::StoreError;
use crate::permission_grants::{GrantRow, columns, permission_grant};
use crate::selection::{Column, Listing, page};

const GRANTS: Listing<PermissionGrantField> = Listing {
    table: "permission_grants",
    columns: columns!(),
    from: "FROM permission_grants g WHERE g.tenant_id = $1",
    from_member: "FROM permission_grants g WHERE g.tenant_id = $1",
    id: "g.id",
    has_numbers: false,
    from_all: None,
    newest_by: None,
    column,
    words: |_| None,
};

impl View {
    /// Grants of delegated permissions in this tenant.
    pub async fn permission_grants(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<PermissionGrantField>,
    ) -> Result<Page<PermissionGrant>, StoreError> {
        let page: Page<GrantRow> =
            page(&mut self.session, &GRANTS, &[tenant_id.into()], selection).await?;
        map(page, |rows| rows.iter().map(permission_grant).collect())
    }

    /// One grant of delegated permissions in this tenant.
    pub async fn permission_grant(
        &mut self,
        tenant_id: TenantId,
        id: PermissionGrantId,
    ) -> Result<Option<PermissionGrant>, StoreError> {
        let one = only(PermissionGrantField::Id, Value::Guid(id.uuid()));
        let page = self.permission_grants(tenant_id, &one).await?;
        Ok(page.items.into_iter().next())
    }
}

fn column(field: PermissionGrantField) -> Column {
    match field {
        PermissionGrantField::Id => Column::Id("g.id", read_id),
        PermissionGrantField::ClientId => Column::Plain("g.client_id"),
        PermissionGrantField::ConsentType => Column::Words(&[
            ("AllPrincipals", "g.principal_id IS NULL"),
            ("Principal", "g.principal_id IS NOT NULL"),
        ]),
        PermissionGrantField::PrincipalId => Column::Plain("g.principal_id"),
        PermissionGrantField::ResourceId => Column::Plain("g.resource_id"),
    }
}

/// The id as clients know it.
fn read_id(text: &str) -> Option<Uuid> {
    read_permission_grant_id(text).map(|(_, id)| id.uuid())
}
