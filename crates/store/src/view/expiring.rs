use countersign_domain::clock::Timestamp;
use countersign_domain::directory::ClientCredentialType;
use countersign_domain::ids::{AppId, ApplicationId, KeyId, ServicePrincipalId, TenantId};

use super::View;
use crate::StoreError;
use crate::row::{Guid, Place};

/// A secret or a certificate that ends soon, or has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpiringCredential {
    /// The application.
    pub application_id: ApplicationId,
    /// Its client id.
    pub app_id: AppId,
    /// What it is called.
    pub application_name: String,
    /// The service principal of this tenant, where the credential is of it alone.
    pub service_principal_id: Option<ServicePrincipalId>,
    /// A secret or a certificate: federated credentials have no end.
    pub kind: ClientCredentialType,
    /// The credential.
    pub key_id: KeyId,
    /// What the credential is called.
    pub display_name: Option<String>,
    /// Not accepted from this instant on.
    pub end_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct ExpiringRow {
    application_id: String,
    app_id: String,
    application_name: String,
    service_principal_id: Option<String>,
    key_id: String,
    display_name: Option<String>,
    end_at: i64,
}

/// By the index of ends: a tenant's own credentials are many, those that end are few.
macro_rules! expiring {
    ($table:literal) => {
        concat!(
            "SELECT c.application_id, a.app_id, a.display_name AS application_name,
                    c.service_principal_id, c.key_id, c.display_name, c.end_at
             FROM ",
            $table,
            " c JOIN applications a ON a.id = c.application_id
             WHERE c.end_at >= $2 AND c.end_at < $3 AND c.tenant_id = $1 AND a.deleted_at IS NULL
             ORDER BY c.end_at, c.key_id LIMIT $4"
        )
    };
}

pub(super) const EXPIRING: [(ClientCredentialType, &str, &str); 2] = [
    (
        ClientCredentialType::ClientSecret,
        "password_credentials",
        expiring!("password_credentials"),
    ),
    (
        ClientCredentialType::Certificate,
        "key_credentials",
        expiring!("key_credentials"),
    ),
];

impl View {
    /// The secrets and certificates of a tenant that end from one instant on and before another,
    /// the next to end first.
    pub async fn expiring_credentials(
        &mut self,
        tenant_id: TenantId,
        from: Timestamp,
        before: Timestamp,
        limit: u32,
    ) -> Result<Vec<ExpiringCredential>, StoreError> {
        let mut found = Vec::new();
        for (kind, table, sql) in EXPIRING {
            let rows = fetch_all!(
                self.session,
                table,
                ExpiringRow,
                sql,
                Guid(tenant_id.uuid()),
                from.micros(),
                before.micros(),
                i64::from(limit),
            )?;
            for row in rows {
                found.push(expiring(kind, table, row)?);
            }
        }
        found.sort_by_key(|credential| (credential.end_at, credential.key_id));
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(found)
    }
}

fn expiring(
    kind: ClientCredentialType,
    table: &'static str,
    row: ExpiringRow,
) -> Result<ExpiringCredential, StoreError> {
    let place = Place {
        table,
        id: &row.key_id,
    };
    Ok(ExpiringCredential {
        application_id: place.parse("application_id", &row.application_id)?,
        app_id: place.parse("app_id", &row.app_id)?,
        application_name: row.application_name,
        service_principal_id: place
            .parse_some("service_principal_id", row.service_principal_id.as_deref())?,
        kind,
        key_id: place.parse("key_id", &row.key_id)?,
        display_name: row.display_name,
        end_at: Timestamp::from_micros(row.end_at),
    })
}
