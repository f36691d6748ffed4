use countersign_domain::directory::{AuditRecord, SignIn};
use countersign_domain::graph::selection::{AuditField, Page, Selection, SignInField, Value};
use countersign_domain::ids::{ServicePrincipalId, TenantId, TraceId};

use super::{View, map, only};
use crate::StoreError;
use crate::audit::{self, AuditRow, audit_record};
use crate::row::Place;
use crate::selection::{Column, Listing, page};
use crate::sign_ins::{self, SignInRow, sign_in};

/// A sign-in, with what the directory knows now of those it names. Applications of other tenants are
/// known only through a service principal in this one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInRecord {
    /// The entry.
    pub sign_in: SignIn,
    /// What the client is called.
    pub app_display_name: Option<String>,
    /// The home tenant of the client's application.
    pub app_tenant_id: Option<TenantId>,
    /// What the resource is called.
    pub resource_display_name: Option<String>,
    /// The home tenant of the resource's application.
    pub resource_tenant_id: Option<TenantId>,
    /// The resource's service principal in this tenant.
    pub resource_service_principal_id: Option<ServicePrincipalId>,
    /// The person's user principal name.
    pub user_principal_name: Option<String>,
    /// The person's name.
    pub user_display_name: Option<String>,
}

/// An entry of the audit log.
#[derive(Debug, Clone)]
pub struct StoredAuditRecord {
    /// Later entries have greater numbers.
    pub number: i64,
    /// The entry.
    pub record: AuditRecord,
    /// What the application that did it is called now, or the person's user principal name.
    pub actor_display_name: Option<String>,
}

#[derive(sqlx::FromRow)]
struct SignInRecordRow {
    #[sqlx(flatten)]
    sign_in: SignInRow,
    app_display_name: Option<String>,
    app_tenant_id: Option<String>,
    resource_display_name: Option<String>,
    resource_tenant_id: Option<String>,
    resource_service_principal_id: Option<String>,
    user_principal_name: Option<String>,
    user_display_name: Option<String>,
}

#[derive(sqlx::FromRow)]
struct AuditRecordRow {
    #[sqlx(flatten)]
    record: AuditRow,
    actor_display_name: Option<String>,
}

const SIGN_INS: Listing<SignInField> = Listing {
    table: "sign_ins",
    columns: concat!(
        sign_ins::columns!("i."),
        ", c.display_name AS app_display_name, c.tenant_id AS app_tenant_id,
         r.display_name AS resource_display_name, r.tenant_id AS resource_tenant_id,
         rs.id AS resource_service_principal_id, u.user_principal_name,
         u.display_name AS user_display_name"
    ),
    from: "FROM sign_ins i
           LEFT JOIN service_principals cs ON cs.app_id = i.app_id AND cs.tenant_id = $1
           LEFT JOIN applications c
               ON c.app_id = i.app_id AND (c.tenant_id = $1 OR cs.id IS NOT NULL)
           LEFT JOIN service_principals rs
               ON rs.app_id = i.resource_app_id AND rs.tenant_id = $1
           LEFT JOIN applications r
               ON r.app_id = i.resource_app_id AND (r.tenant_id = $1 OR rs.id IS NOT NULL)
           LEFT JOIN users u ON u.id = i.user_id AND u.tenant_id = $1
           WHERE i.tenant_id = $1",
    from_member: "FROM sign_ins i
           LEFT JOIN service_principals cs ON cs.app_id = i.app_id AND cs.tenant_id = $1
           LEFT JOIN applications c
               ON c.app_id = i.app_id AND (c.tenant_id = $1 OR cs.id IS NOT NULL)
           LEFT JOIN service_principals rs
               ON rs.app_id = i.resource_app_id AND rs.tenant_id = $1
           LEFT JOIN applications r
               ON r.app_id = i.resource_app_id AND (r.tenant_id = $1 OR rs.id IS NOT NULL)
           LEFT JOIN users u ON u.id = i.user_id AND u.tenant_id = $1
           WHERE i.tenant_id = $1",
    id: "i.id",
    has_numbers: false,
    from_all: None,
    newest_by: Some("i.at"),
    column: sign_in_column,
    words: |_| None,
};

const AUDIT_RECORDS: Listing<AuditField> = Listing {
    table: "audit_records",
    columns: concat!(
        audit::columns!(),
        ",
        COALESCE(u.user_principal_name, c.display_name) AS actor_display_name"
    ),
    from: "FROM audit_records d
           LEFT JOIN service_principals cs ON cs.app_id = d.actor_app_id AND cs.tenant_id = $1
           LEFT JOIN applications c
               ON c.app_id = d.actor_app_id AND (c.tenant_id = $1 OR cs.id IS NOT NULL)
           LEFT JOIN users u ON u.id = d.actor_user_id AND u.tenant_id = $1
           WHERE d.tenant_id = $1",
    from_member: "FROM audit_records d
           LEFT JOIN service_principals cs ON cs.app_id = d.actor_app_id AND cs.tenant_id = $1
           LEFT JOIN applications c
               ON c.app_id = d.actor_app_id AND (c.tenant_id = $1 OR cs.id IS NOT NULL)
           LEFT JOIN users u ON u.id = d.actor_user_id AND u.tenant_id = $1
           WHERE d.tenant_id || '' = $1",
    id: "d.number",
    has_numbers: true,
    from_all: None,
    newest_by: Some(""),
    column: audit_column,
    words: |_| None,
};

impl View {
    /// Sign-ins in this tenant, newest first unless another order is asked for.
    pub async fn sign_ins(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<SignInField>,
    ) -> Result<Page<SignInRecord>, StoreError> {
        let page: Page<SignInRecordRow> =
            page(&mut self.session, &SIGN_INS, &[tenant_id.into()], selection).await?;
        map(page, |rows| rows.into_iter().map(sign_in_record).collect())
    }

    /// One sign-in in this tenant.
    pub async fn sign_in(
        &mut self,
        tenant_id: TenantId,
        id: TraceId,
    ) -> Result<Option<SignInRecord>, StoreError> {
        let one = only(SignInField::Id, Value::Guid(id.uuid()));
        let page = self.sign_ins(tenant_id, &one).await?;
        Ok(page.items.into_iter().next())
    }

    /// Entries of the audit log that are about this tenant alone, newest first unless another order
    /// is asked for.
    pub async fn audit_records(
        &mut self,
        tenant_id: TenantId,
        selection: &Selection<AuditField>,
    ) -> Result<Page<StoredAuditRecord>, StoreError> {
        let scope = [tenant_id.into()];
        let page: Page<AuditRecordRow> =
            page(&mut self.session, &AUDIT_RECORDS, &scope, selection).await?;
        map(page, |rows| rows.into_iter().map(stored_record).collect())
    }

    /// One entry of the audit log that is about this tenant alone.
    pub async fn audit_record(
        &mut self,
        tenant_id: TenantId,
        number: i64,
    ) -> Result<Option<StoredAuditRecord>, StoreError> {
        let one = only(AuditField::Id, Value::Number(number));
        let page = self.audit_records(tenant_id, &one).await?;
        Ok(page.items.into_iter().next())
    }
}

fn sign_in_record(row: SignInRecordRow) -> Result<SignInRecord, StoreError> {
    let sign_in = sign_in(row.sign_in)?;
    let place = Place {
        table: "sign_ins",
        id: &sign_in.id.to_string(),
    };
    Ok(SignInRecord {
        app_display_name: row.app_display_name,
        app_tenant_id: place.parse_some("app_tenant_id", row.app_tenant_id.as_deref())?,
        resource_display_name: row.resource_display_name,
        resource_tenant_id: place
            .parse_some("resource_tenant_id", row.resource_tenant_id.as_deref())?,
        resource_service_principal_id: place.parse_some(
            "resource_service_principal_id",
            row.resource_service_principal_id.as_deref(),
        )?,
        user_principal_name: row.user_principal_name,
        user_display_name: row.user_display_name,
        sign_in,
    })
}

fn stored_record(row: AuditRecordRow) -> Result<StoredAuditRecord, StoreError> {
    Ok(StoredAuditRecord {
        number: row.record.number,
        record: audit_record(row.record)?,
        actor_display_name: row.actor_display_name,
    })
}

fn sign_in_column(field: SignInField) -> Column {
    match field {
        SignInField::Id => Column::Plain("i.id"),
        SignInField::CreatedDateTime => Column::Instant("i.at"),
        SignInField::AppId => Column::Plain("i.app_id"),
        SignInField::ServicePrincipalId => Column::Plain("i.service_principal_id"),
        SignInField::ResourceId => Column::Plain("i.resource_app_id"),
        SignInField::CorrelationId => Column::Plain("i.correlation_id"),
        SignInField::IpAddress => Column::Plain("i.ip_address"),
        SignInField::ErrorCode => Column::Number("i.error_code"),
        SignInField::ClientCredentialType => Column::Words(CREDENTIAL_TYPES),
        SignInField::SignInEventTypes => Column::Words(&[
            ("servicePrincipal", "i.user_id IS NULL"),
            ("interactiveUser", "i.user_id IS NOT NULL"),
        ]),
    }
}

const CREDENTIAL_TYPES: &[(&str, &str)] = &[
    ("none", "i.credential_type = 'none'"),
    ("clientSecret", "i.credential_type = 'clientSecret'"),
    ("certificate", "i.credential_type = 'certificate'"),
    (
        "federatedIdentityCredential",
        "i.credential_type = 'federatedIdentityCredential'",
    ),
    ("clientAssertion", "i.credential_type = 'clientAssertion'"),
];

fn audit_column(field: AuditField) -> Column {
    match field {
        AuditField::Id => Column::EntryNumber("d.number"),
        AuditField::ActivityDateTime => Column::Instant("d.at"),
        AuditField::ActivityDisplayName => Column::Folded("d.activity_folded"),
        AuditField::CorrelationId => Column::Plain("d.correlation_id"),
        AuditField::InitiatedByAppId => Column::Plain("d.actor_app_id"),
        AuditField::InitiatedByUserId => Column::Plain("d.actor_user_id"),
        AuditField::LoggedByService => Column::Words(&[("Core Directory", "1 = 1")]),
        AuditField::TargetResourceId => Column::Members {
            pieces: &[(
                "d.number IN (SELECT m.number FROM audit_targets m WHERE ",
                Column::Plain("m.object_id"),
            )],
            end: ")",
            count: "(SELECT COUNT(*) FROM audit_targets m WHERE m.number = d.number)",
        },
    }
}
