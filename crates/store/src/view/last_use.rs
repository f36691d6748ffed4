use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{AppId, ApplicationId, KeyId, ServicePrincipalId, TenantId};

use super::View;
use crate::StoreError;
use crate::row::{Guid, Place};

/// How far back the sign-in log of a tenant is searched: it has no index by whom it names, because
/// that would cost every sign-in.
const SEARCHED: i64 = 20_000;

/// Whose last use is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UseOf {
    /// Of any credential of an application of this tenant, in whichever tenant.
    Application(ApplicationId),
    /// Of a service principal as a client, among the tenant's last sign-ins.
    Client(ServicePrincipalId),
    /// Of an application as a resource in this tenant, among the tenant's last sign-ins.
    Resource(AppId),
    /// Of one credential, which belongs to an application or a service principal of this tenant. A
    /// federated credential is named by a [`KeyId`] with the same GUID.
    Credential(ApplicationId, KeyId),
}

/// The last time that a token was issued; to within ten minutes where it is known from a credential.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastUse {
    /// When.
    pub at: Timestamp,
    /// The client, where it is known from the sign-in log.
    pub app_id: Option<AppId>,
    /// The credential.
    pub key_id: Option<KeyId>,
    /// What people call the credential.
    pub key_name: Option<String>,
}

#[derive(sqlx::FromRow)]
struct UseRow {
    at: i64,
    app_id: Option<String>,
    key_id: Option<String>,
    key_name: Option<String>,
}

/// The uses of all credentials of an application or of one of them.
macro_rules! credential_uses {
    ($and:literal) => {
        concat!(
            "SELECT last_used_at AS at, NULL AS app_id, key_id, display_name AS key_name
             FROM password_credentials
             WHERE application_id = $1 AND tenant_id = $2 AND last_used_at IS NOT NULL",
            $and,
            " UNION ALL
             SELECT last_used_at, NULL, key_id, display_name FROM key_credentials
             WHERE application_id = $1 AND tenant_id = $2 AND last_used_at IS NOT NULL",
            $and,
            " UNION ALL
             SELECT last_used_at, NULL, key_id, name
             FROM (SELECT f.*, f.id AS key_id FROM federated_credentials f) f
             WHERE application_id = $1 AND tenant_id = $2 AND last_used_at IS NOT NULL",
            $and,
            " ORDER BY 1 DESC LIMIT 1"
        )
    };
}

/// The last token among the last sign-ins of a tenant.
macro_rules! sign_in_uses {
    ($column:literal) => {
        concat!(
            "SELECT i.at, i.app_id, i.credential_key_id AS key_id, NULL AS key_name
             FROM (SELECT * FROM sign_ins WHERE tenant_id = $2 ORDER BY at DESC LIMIT $3) i
             WHERE i.error_code = 0 AND i.",
            $column,
            " = $1 ORDER BY i.at DESC, i.id DESC LIMIT 1"
        )
    };
}

impl View {
    /// When something was last used to get a token; `None` where it was not, as far as is known.
    pub async fn last_use(
        &mut self,
        tenant_id: TenantId,
        of: UseOf,
    ) -> Result<Option<LastUse>, StoreError> {
        let tenant = Guid(tenant_id.uuid());
        let session = &mut self.session;
        let row = match of {
            UseOf::Application(id) => fetch_optional!(
                session,
                TABLE,
                UseRow,
                credential_uses!(""),
                Guid(id.uuid()),
                tenant,
            )?,
            UseOf::Credential(id, key_id) => fetch_optional!(
                session,
                TABLE,
                UseRow,
                credential_uses!(" AND key_id = $3"),
                Guid(id.uuid()),
                tenant,
                Guid(key_id.uuid()),
            )?,
            UseOf::Client(id) => fetch_optional!(
                session,
                TABLE,
                UseRow,
                sign_in_uses!("service_principal_id"),
                Guid(id.uuid()),
                tenant,
                SEARCHED,
            )?,
            UseOf::Resource(app_id) => fetch_optional!(
                session,
                TABLE,
                UseRow,
                sign_in_uses!("resource_app_id"),
                Guid(app_id.uuid()),
                tenant,
                SEARCHED,
            )?,
        };
        row.map(last_use).transpose()
    }
}

const TABLE: &str = "sign_ins";

fn last_use(row: UseRow) -> Result<LastUse, StoreError> {
    let place = Place {
        table: TABLE,
        id: row.key_id.as_deref().unwrap_or("unknown"),
    };
    Ok(LastUse {
        at: Timestamp::from_micros(row.at),
        app_id: place.parse_some("app_id", row.app_id.as_deref())?,
        key_id: place.parse_some("key_id", row.key_id.as_deref())?,
        key_name: row.key_name,
    })
}
