//! What secrets, certificates and federated credentials have in common.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, ClientCredentialType};
use countersign_domain::ids::{AppId, ApplicationId, KeyId, ServicePrincipalId, TenantId};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::hit;
use crate::row::{Guid, Place};
use crate::{Db, StoreError, View, applications};

/// A kind of credential, in the order in which their tables are locked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    Secret,
    Certificate,
    Federated,
}

/// The same statements for each kind's own table.
struct Statements {
    table: &'static str,
    id: &'static str,
    /// What one of them is called in errors.
    noun: &'static str,
    last_used: &'static str,
    /// None where credentials of this kind have no end.
    ending: Option<&'static str>,
    touch: &'static str,
    /// Whose client id a credential of a service principal stands behind; none for kinds that belong
    /// to applications only.
    holder: Option<&'static str>,
    remove: &'static str,
    remove_all: &'static str,
}

macro_rules! ending {
    ($table:literal) => {
        concat!(
            "SELECT c.tenant_id, a.app_id, c.key_id, c.end_at FROM ",
            $table,
            " c JOIN applications a ON a.id = c.application_id
             WHERE c.end_at >= $1 AND a.deleted_at IS NULL
             ORDER BY c.end_at, c.key_id LIMIT $2"
        )
    };
}

macro_rules! statements {
    ($table:literal, $id:literal, $noun:literal, $own:literal, $ending:expr, $holder:expr) => {
        Statements {
            table: $table,
            id: $id,
            noun: $noun,
            last_used: concat!(
                "SELECT ",
                $id,
                ", last_used_at FROM ",
                $table,
                " WHERE application_id = $1 AND tenant_id = $2",
                $own
            ),
            ending: $ending,
            // The home tenant of the application is not the sign-in's; the client id leads to it.
            touch: concat!(
                "UPDATE ",
                $table,
                " SET last_used_at = $3
                 WHERE application_id = (SELECT id FROM applications WHERE app_id = $1)
                   AND ",
                $id,
                " = $2 AND (last_used_at IS NULL OR last_used_at < $3)"
            ),
            holder: $holder,
            remove: concat!(
                "DELETE FROM ",
                $table,
                " WHERE application_id = $1 AND ",
                $id,
                " = $2 AND tenant_id = $3"
            ),
            remove_all: concat!("DELETE FROM ", $table, " WHERE application_id = $1"),
        }
    };
}

macro_rules! holder {
    ($table:literal) => {
        concat!(
            "SELECT a.app_id FROM ",
            $table,
            " c JOIN applications a ON a.id = c.application_id
             WHERE c.application_id = $1 AND c.key_id = $2 AND c.tenant_id = $3
               AND c.service_principal_id IS NOT NULL"
        )
    };
}

static SECRETS: Statements = statements!(
    "password_credentials",
    "key_id",
    "secret",
    " AND service_principal_id IS NULL",
    Some(ending!("password_credentials")),
    Some(holder!("password_credentials"))
);
static CERTIFICATES: Statements = statements!(
    "key_credentials",
    "key_id",
    "certificate",
    " AND service_principal_id IS NULL",
    Some(ending!("key_credentials")),
    Some(holder!("key_credentials"))
);
static FEDERATED: Statements = statements!(
    "federated_credentials",
    "id",
    "federated credential",
    "",
    None,
    None
);

impl Kind {
    const ALL: [Self; 3] = [Self::Secret, Self::Certificate, Self::Federated];

    /// The kind that proved a client; `None` where nothing did.
    pub(crate) fn of(credential_type: ClientCredentialType) -> Option<Self> {
        match credential_type {
            ClientCredentialType::ClientSecret => Some(Self::Secret),
            ClientCredentialType::Certificate => Some(Self::Certificate),
            ClientCredentialType::FederatedIdentityCredential => Some(Self::Federated),
            ClientCredentialType::None | ClientCredentialType::ClientAssertion => None,
        }
    }

    fn credential_type(self) -> ClientCredentialType {
        match self {
            Self::Secret => ClientCredentialType::ClientSecret,
            Self::Certificate => ClientCredentialType::Certificate,
            Self::Federated => ClientCredentialType::FederatedIdentityCredential,
        }
    }

    fn statements(self) -> &'static Statements {
        match self {
            Self::Secret => &SECRETS,
            Self::Certificate => &CERTIFICATES,
            Self::Federated => &FEDERATED,
        }
    }
}

/// When a credential ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialEnd {
    /// The tenant of the application, or of the service principal that has it alone.
    pub tenant_id: TenantId,
    /// The application.
    pub app_id: AppId,
    /// The credential.
    pub key_id: KeyId,
    /// A secret or a certificate: federated credentials have no end.
    pub credential_type: ClientCredentialType,
    /// Not accepted from this instant on.
    pub end_at: Timestamp,
}

impl Db {
    /// The secrets and certificates of all tenants that end from an instant on, the next to end
    /// first.
    pub async fn credentials_ending(
        &self,
        from: Timestamp,
        limit: u32,
    ) -> Result<Vec<CredentialEnd>, StoreError> {
        let mut session = self.reader().await?;
        let mut ends = Vec::new();
        for kind in Kind::ALL {
            let statements = kind.statements();
            let Some(ending) = statements.ending else {
                continue;
            };
            let table = statements.table;
            let rows = fetch_all!(
                session,
                table,
                (String, String, String, i64),
                ending,
                from.micros(),
                i64::from(limit),
            )?;
            for (tenant_id, app_id, key_id, end_at) in &rows {
                let place = Place { table, id: key_id };
                ends.push(CredentialEnd {
                    tenant_id: place.parse("tenant_id", tenant_id)?,
                    app_id: place.parse("app_id", app_id)?,
                    key_id: place.parse("key_id", key_id)?,
                    credential_type: kind.credential_type(),
                    end_at: Timestamp::from_micros(*end_at),
                });
            }
        }
        ends.sort_by_key(|end| (end.end_at, end.key_id));
        ends.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(ends)
    }
}

impl View {
    /// When each credential of an application (not those that one service principal has alone) last
    /// got a token, by id; `None` where it never did.
    /// A federated credential's id is given as a [`KeyId`] with the same GUID.
    pub async fn credentials_last_used(
        &mut self,
        tenant_id: TenantId,
        application_id: ApplicationId,
    ) -> Result<Vec<(KeyId, Option<Timestamp>)>, StoreError> {
        let mut uses = Vec::new();
        for kind in Kind::ALL {
            let statements = kind.statements();
            let table = statements.table;
            let rows = fetch_all!(
                self.session,
                table,
                (String, Option<i64>),
                statements.last_used,
                Guid(application_id.uuid()),
                Guid(tenant_id.uuid()),
            )?;
            for (id, at) in &rows {
                let key_id = Place { table, id }.parse(statements.id, id)?;
                uses.push((key_id, at.map(Timestamp::from_micros)));
            }
        }
        uses.sort();
        Ok(uses)
    }
}

/// Writes down that a credential got a token, unless a later use is written down already.
pub(crate) async fn touch(
    session: &mut Session,
    kind: Kind,
    app_id: AppId,
    key_id: KeyId,
    at: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        session,
        kind.statements().touch,
        Guid(app_id.uuid()),
        Guid(key_id.uuid()),
        at.micros(),
    )?;
    Ok(())
}

/// Removes a credential. A federated credential's id is given as a [`KeyId`] with the same GUID.
pub(crate) async fn remove(
    commit: &mut Commit,
    kind: Kind,
    tenant_id: TenantId,
    application_id: ApplicationId,
    key_id: KeyId,
) -> Result<(), StoreError> {
    match holder(commit, kind, tenant_id, application_id, key_id).await? {
        Some(app_id) => commit.note(&Change::Application(app_id)),
        None => note_owner(commit, tenant_id, (application_id, None)).await?,
    }
    let rows = execute!(
        commit.view.session,
        kind.statements().remove,
        Guid(application_id.uuid()),
        Guid(key_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    hit(
        rows,
        format_args!("the {} {key_id}", kind.statements().noun),
    )
}

/// Removes every credential of the application with this stored id.
pub(crate) async fn remove_all(commit: &mut Commit, id: &str) -> Result<(), StoreError> {
    for kind in Kind::ALL {
        execute!(commit.view.session, kind.statements().remove_all, id)?;
    }
    Ok(())
}

/// The client id behind a credential that a service principal of this tenant has alone.
async fn holder(
    commit: &mut Commit,
    kind: Kind,
    tenant_id: TenantId,
    application_id: ApplicationId,
    key_id: KeyId,
) -> Result<Option<AppId>, StoreError> {
    let statements = kind.statements();
    let Some(holder) = statements.holder else {
        return Ok(None);
    };
    let row = fetch_optional!(
        commit.view.session,
        statements.table,
        (String,),
        holder,
        Guid(application_id.uuid()),
        Guid(key_id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    row.map(|(app_id,)| {
        let id = &key_id.to_string();
        let table = statements.table;
        Place { table, id }.parse("app_id", &app_id)
    })
    .transpose()
}

/// Notes that the credentials of an application, or of its service principal in this tenant, change.
/// The application or the service principal must be one of this tenant: the ids alone would let one
/// tenant give credentials to another's.
pub(crate) async fn note_owner(
    commit: &mut Commit,
    tenant_id: TenantId,
    (id, principal): (ApplicationId, Option<ServicePrincipalId>),
) -> Result<(), StoreError> {
    let app_id = match principal {
        None => {
            applications::registered(commit, tenant_id, id)
                .await?
                .app_id
        }
        Some(principal) => instance(commit, tenant_id, id, principal).await?,
    };
    commit.note(&Change::Application(app_id));
    Ok(())
}

/// The client id of an application whose service principal in this tenant this is. Its home tenant
/// may have deleted the application: the service principal stays, and is changed like any other.
async fn instance(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
    principal: ServicePrincipalId,
) -> Result<AppId, StoreError> {
    let row = fetch_optional!(
        commit.view.session,
        "service_principals",
        (String,),
        "SELECT s.app_id FROM service_principals s JOIN applications a ON a.app_id = s.app_id
         WHERE s.id = $1 AND s.tenant_id = $2 AND a.id = $3",
        Guid(principal.uuid()),
        Guid(tenant_id.uuid()),
        Guid(id.uuid()),
    )?;
    let (app_id,) = row.ok_or_else(|| {
        // Without the application's id, which is its home tenant's affair.
        StoreError::not_found(format!(
            "the service principal {principal} in the tenant {tenant_id} does not exist"
        ))
    })?;
    let place = Place {
        table: "service_principals",
        id: &principal.to_string(),
    };
    place.parse("app_id", &app_id)
}

/// An id for comparing with a column that is empty where there is none.
pub(crate) fn id_or_empty(id: Option<ServicePrincipalId>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}
