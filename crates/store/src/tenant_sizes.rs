//! How much there is in each tenant, for whoever runs the server: numbers, and nothing of the inside.

use std::collections::HashMap;

use countersign_domain::ids::TenantId;

use crate::row::Place;
use crate::{Db, StoreError};

/// How many objects a tenant has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TenantSize {
    /// Its applications that are not deleted.
    pub applications: u64,
    /// Its users.
    pub users: u64,
}

#[derive(sqlx::FromRow)]
struct SizeRow {
    tenant_id: String,
    applications: i64,
    users: i64,
}

impl Db {
    /// The size of every tenant.
    pub async fn tenant_sizes(&self) -> Result<HashMap<TenantId, TenantSize>, StoreError> {
        let mut session = self.reader().await?;
        let rows = fetch_all!(
            session,
            "tenants",
            SizeRow,
            "SELECT t.id AS tenant_id,
                    (SELECT COUNT(*) FROM applications a
                     WHERE a.tenant_id = t.id AND a.deleted_at IS NULL) AS applications,
                    (SELECT COUNT(*) FROM users u WHERE u.tenant_id = t.id) AS users
             FROM tenants t",
        )?;
        rows.iter().map(size).collect()
    }
}

fn size(row: &SizeRow) -> Result<(TenantId, TenantSize), StoreError> {
    let place = Place {
        table: "tenants",
        id: &row.tenant_id,
    };
    let size = TenantSize {
        applications: row.applications.unsigned_abs(),
        users: row.users.unsigned_abs(),
    };
    Ok((place.parse("id", &row.tenant_id)?, size))
}
