use std::collections::HashMap;

use countersign_domain::directory::{
    FederatedIdentityCredential, KeyCredential, PasswordCredential,
};
use countersign_domain::ids::{ApplicationId, TenantId};
use uuid::Uuid;

use super::View;
use crate::db::Session;
use crate::key_credentials::{self, KeyRow, key_credential};
use crate::passwords::{self, PasswordRow, password};
use crate::selection::{Param, Sql, fetch};
use crate::{StoreError, federated_credentials};

/// Whose own credentials are read.
#[derive(Clone, Copy)]
pub(super) enum Holders {
    Applications,
    ServicePrincipals,
}

impl View {
    /// The federated credentials of an application of this tenant, by name.
    pub async fn federated_credentials(
        &mut self,
        tenant_id: TenantId,
        id: ApplicationId,
    ) -> Result<Vec<FederatedIdentityCredential>, StoreError> {
        federated_credentials::of_application(&mut self.session, tenant_id, id).await
    }
}

/// The secrets of each, oldest first.
pub(super) async fn passwords(
    session: &mut Session,
    holders: Holders,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<PasswordCredential>>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(&[]);
    sql.push(concat!(
        "SELECT ",
        passwords::columns!(),
        " FROM password_credentials p WHERE "
    ));
    sql.push(match holders {
        Holders::Applications => "p.service_principal_id IS NULL AND p.application_id IN (",
        Holders::ServicePrincipals => "p.service_principal_id IN (",
    });
    sql.bind_list(ids.iter().map(|id| Param::from(*id)));
    sql.push(") ORDER BY p.start_at, p.key_id");
    let rows: Vec<PasswordRow> = fetch(session, "password_credentials", sql).await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let password = password(row)?;
        let holder = password.service_principal_id.map_or(
            password.application_id.uuid(),
            countersign_domain::ids::ServicePrincipalId::uuid,
        );
        found.entry(holder).or_default().push(password);
    }
    Ok(found)
}

/// The certificates of each, oldest first.
pub(super) async fn keys(
    session: &mut Session,
    holders: Holders,
    ids: &[Uuid],
) -> Result<HashMap<Uuid, Vec<KeyCredential>>, StoreError> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let mut sql = Sql::new(&[]);
    sql.push(concat!(
        "SELECT ",
        key_credentials::columns!(),
        " FROM key_credentials k WHERE "
    ));
    sql.push(match holders {
        Holders::Applications => "k.service_principal_id IS NULL AND k.application_id IN (",
        Holders::ServicePrincipals => "k.service_principal_id IN (",
    });
    sql.bind_list(ids.iter().map(|id| Param::from(*id)));
    sql.push(") ORDER BY k.start_at, k.key_id");
    let rows: Vec<KeyRow> = fetch(session, "key_credentials", sql).await?;
    let mut found: HashMap<_, Vec<_>> = HashMap::new();
    for row in rows {
        let key = key_credential(row)?;
        let holder = key.service_principal_id.map_or(
            key.application_id.uuid(),
            countersign_domain::ids::ServicePrincipalId::uuid,
        );
        found.entry(holder).or_default().push(key);
    }
    Ok(found)
}
