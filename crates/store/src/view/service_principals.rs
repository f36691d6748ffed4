use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{
    Application, DeletedServicePrincipal, KeyCredential, PasswordCredential, ServicePrincipal,
};
use countersign_domain::graph::route::ServicePrincipalKey;
use countersign_domain::graph::selection::{Page, Selection, ServicePrincipalField, Value};
use countersign_domain::ids::{ServicePrincipalId, TenantId};

use super::credentials::{Holders, keys, passwords};
use super::{View, map, only};
use crate::StoreError;
use crate::applications::{self, ApplicationRow, application};
use crate::selection::{Column, Listing, page};
use crate::service_principals::{self, ServicePrincipalRow, service_principal};

/// A service principal with its application and the credentials that it has alone.
#[derive(Debug, Clone)]
pub struct ServicePrincipalRecord {
    /// The instance in this tenant.
    pub principal: ServicePrincipal,
    /// Its definition, maybe of another tenant.
    pub application: Application,
    /// Its own secrets, oldest first; empty where credentials were not asked for.
    pub passwords: Vec<PasswordCredential>,
    /// Its own certificates, oldest first; empty where credentials were not asked for.
    pub keys: Vec<KeyCredential>,
}

#[derive(sqlx::FromRow)]
struct RecordRow {
    #[sqlx(flatten)]
    principal: ServicePrincipalRow,
    #[sqlx(flatten)]
    application: ApplicationRow,
}

#[derive(sqlx::FromRow)]
struct DeletedRow {
    #[sqlx(flatten)]
    record: RecordRow,
    principal_deleted_at: i64,
}

// CROSS JOIN keeps SQLite from beginning with the applications, which would mean to sort them.
pub(super) const LIVE: Listing<ServicePrincipalField> = Listing {
    table: "service_principals",
    columns: concat!(
        service_principals::columns!(),
        ", ",
        applications::columns!("a.")
    ),
    from: "FROM service_principals s CROSS JOIN applications a
           WHERE a.app_id = s.app_id AND s.tenant_id = $1",
    from_member: "FROM service_principals s CROSS JOIN applications a
                  WHERE a.app_id = s.app_id AND s.tenant_id || '' = $1",
    id: "s.id",
    has_numbers: false,
    // Each has its application: the tables see to that.
    from_all: Some("FROM service_principals s WHERE s.tenant_id = $1"),
    newest_by: None,
    column,
    words,
};

const DELETED_ONES: &str = "FROM deleted_service_principals s CROSS JOIN applications a
     WHERE a.app_id = s.app_id AND s.tenant_id = $1";

const DELETED: Listing<ServicePrincipalField> = Listing {
    columns: concat!(
        service_principals::columns!(),
        ", ",
        applications::columns!("a."),
        ", s.deleted_at AS principal_deleted_at"
    ),
    from: DELETED_ONES,
    from_member: DELETED_ONES,
    from_all: None,
    column: column_of_deleted,
    words: words_of_deleted,
    ..LIVE
};

impl View {
    /// A service principal of this tenant, with its application and its own credentials.
    pub async fn service_principal(
        &mut self,
        tenant_id: TenantId,
        key: &ServicePrincipalKey,
    ) -> Result<Option<ServicePrincipalRecord>, StoreError> {
        let one = match key {
            ServicePrincipalKey::Id(id) => only(ServicePrincipalField::Id, Value::Guid(id.uuid())),
            ServicePrincipalKey::AppId(id) => {
                only(ServicePrincipalField::AppId, Value::Guid(id.uuid()))
            }
        };
        let page = self.service_principals(tenant_id, &one, true).await?;
        Ok(page.items.into_iter().next())
    }

    /// Service principals of this tenant.
    pub async fn service_principals(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<ServicePrincipalField>,
        with_credentials: bool,
    ) -> Result<Page<ServicePrincipalRecord>, StoreError> {
        let page: Page<RecordRow> =
            page(&mut self.session, &LIVE, &[tenant_id.into()], selection).await?;
        let mut page = map(page, |rows| rows.into_iter().map(record).collect())?;
        if with_credentials {
            self.give_own_credentials(&mut page.items).await?;
        }
        Ok(page)
    }

    /// A deleted service principal of this tenant, which can be restored.
    pub async fn deleted_service_principal(
        &mut self,
        tenant_id: TenantId,
        id: ServicePrincipalId,
    ) -> Result<Option<DeletedServicePrincipal>, StoreError> {
        let one = only(ServicePrincipalField::Id, Value::Guid(id.uuid()));
        let page = self.deleted_service_principals(tenant_id, &one).await?;
        Ok(page.items.into_iter().next())
    }

    /// Deleted service principals of this tenant. They have no owners.
    pub async fn deleted_service_principals(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<ServicePrincipalField>,
    ) -> Result<Page<DeletedServicePrincipal>, StoreError> {
        let page: Page<DeletedRow> =
            page(&mut self.session, &DELETED, &[tenant_id.into()], selection).await?;
        map(page, |rows| rows.into_iter().map(deleted).collect())
    }

    /// Reads the credentials of all of them with one statement for each kind.
    async fn give_own_credentials(
        &mut self,
        records: &mut [ServicePrincipalRecord],
    ) -> Result<(), StoreError> {
        let ids: Vec<_> = records.iter().map(|r| r.principal.id.uuid()).collect();
        let mut passwords = passwords(&mut self.session, Holders::ServicePrincipals, &ids).await?;
        let mut keys = keys(&mut self.session, Holders::ServicePrincipals, &ids).await?;
        for record in records {
            let id = record.principal.id.uuid();
            record.passwords = passwords.remove(&id).unwrap_or_default();
            record.keys = keys.remove(&id).unwrap_or_default();
        }
        Ok(())
    }
}

fn record(row: RecordRow) -> Result<ServicePrincipalRecord, StoreError> {
    Ok(ServicePrincipalRecord {
        principal: service_principal(&row.principal)?,
        application: application(row.application)?,
        passwords: Vec::new(),
        keys: Vec::new(),
    })
}

fn deleted(row: DeletedRow) -> Result<DeletedServicePrincipal, StoreError> {
    Ok(DeletedServicePrincipal {
        principal: service_principal(&row.record.principal)?,
        application: application(row.record.application)?,
        deleted_at: Timestamp::from_micros(row.principal_deleted_at),
    })
}

fn column(field: ServicePrincipalField) -> Column {
    match field {
        ServicePrincipalField::Id => Column::Plain("s.id"),
        ServicePrincipalField::AppId => Column::Plain("s.app_id"),
        ServicePrincipalField::DisplayName | ServicePrincipalField::AppDisplayName => {
            Column::Folded("s.display_name_folded")
        }
        ServicePrincipalField::AccountEnabled => Column::Bool("s.account_enabled"),
        ServicePrincipalField::AppOwnerOrganizationId => Column::Plain("a.tenant_id"),
        ServicePrincipalField::ServicePrincipalType => Column::Words(&[("Application", "1 = 1")]),
        ServicePrincipalField::CreatedDateTime => Column::Instant("s.created_at"),
        ServicePrincipalField::ServicePrincipalNames => Column::Members {
            // Two lookups; with OR, PostgreSQL would read all service principals.
            pieces: &[
                (
                    "s.app_id IN (SELECT m.app_id FROM application_identifier_uris m WHERE ",
                    Column::Resource("m.folded"),
                ),
                (
                    " UNION ALL SELECT m.app_id FROM applications m WHERE ",
                    Column::Plain("m.app_id"),
                ),
            ],
            end: ")",
            count: "(SELECT COUNT(*) + 1 FROM application_identifier_uris m
                     WHERE m.app_id = s.app_id)",
        },
        ServicePrincipalField::Tags => Column::Members {
            pieces: &[(
                "s.id IN (SELECT m.object_id FROM object_tags m WHERE ",
                Column::Folded("m.folded"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM object_tags m WHERE m.object_id = s.id)",
        },
        ServicePrincipalField::Owners => Column::Members {
            pieces: &[(
                "s.id IN (SELECT m.object_id FROM owners m WHERE m.tenant_id = $1 AND ",
                Column::Plain("m.owner_id"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM owners m WHERE m.object_id = s.id)",
        },
    }
}

/// The names of deleted ones are their applications'.
fn column_of_deleted(field: ServicePrincipalField) -> Column {
    match field {
        ServicePrincipalField::DisplayName | ServicePrincipalField::AppDisplayName => {
            Column::Folded("a.display_name_folded")
        }
        other => column(other),
    }
}

fn words(field: ServicePrincipalField) -> Option<&'static str> {
    is_searchable(field).then_some("s.display_name_words")
}

fn words_of_deleted(field: ServicePrincipalField) -> Option<&'static str> {
    is_searchable(field).then_some("a.display_name_words")
}

fn is_searchable(field: ServicePrincipalField) -> bool {
    matches!(
        field,
        ServicePrincipalField::DisplayName | ServicePrincipalField::AppDisplayName
    )
}
