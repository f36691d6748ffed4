//! Where an application that every tenant should have is missing.

use countersign_domain::ids::{AppId, TenantId};

use crate::row::{Guid, Place};
use crate::{Db, StoreError};

const TABLE: &str = "tenants";

impl Db {
    /// The tenants, by id, that have no service principal of this application.
    pub async fn tenants_without_service_principal(
        &self,
        app_id: AppId,
    ) -> Result<Vec<TenantId>, StoreError> {
        let rows = fetch_all!(
            &mut self.reader().await?,
            TABLE,
            (String,),
            "SELECT t.id FROM tenants t
             WHERE NOT EXISTS (SELECT 1 FROM service_principals s
                               WHERE s.app_id = $1 AND s.tenant_id = t.id)
             ORDER BY t.id",
            Guid(app_id.uuid()),
        )?;
        rows.iter()
            .map(|(id,)| Place { table: TABLE, id }.parse("id", id))
            .collect()
    }
}
