//! What secrets, certificates and federated credentials have in common.

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Change, ClientCredentialType};
use countersign_domain::ids::{AppId, ApplicationId, KeyId, TenantId};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::hit;
use crate::row::{Guid, Place};
use crate::{Db, StoreError, applications};

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
    ($table:literal, $id:literal, $noun:literal, $ending:expr) => {
        Statements {
            table: $table,
            id: $id,
            noun: $noun,
            last_used: concat!(
                "SELECT ",
                $id,
                ", last_used_at FROM ",
                $table,
                " WHERE application_id = $1 AND tenant_id = $2"
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

static SECRETS: Statements = statements!(
    "password_credentials",
    "key_id",
    "secret",
    Some(ending!("password_credentials"))
);
static CERTIFICATES: Statements = statements!(
    "key_credentials",
    "key_id",
    "certificate",
    Some(ending!("key_credentials"))
);
static FEDERATED: Statements =
    statements!("federated_credentials", "id", "federated credential", None);

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
    /// The home tenant of the application.
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

    /// When each credential of an application last got a token, by id; `None` where it never did.
    /// A federated credential's id is given as a [`KeyId`] with the same GUID.
    pub async fn credentials_last_used(
        &self,
        tenant_id: TenantId,
        application_id: ApplicationId,
    ) -> Result<Vec<(KeyId, Option<Timestamp>)>, StoreError> {
        let mut session = self.reader().await?;
        let mut uses = Vec::new();
        for kind in Kind::ALL {
            let statements = kind.statements();
            let table = statements.table;
            let rows = fetch_all!(
                session,
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
    note_owner(commit, tenant_id, application_id).await?;
    let rows = execute!(
        commit.session,
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
        execute!(commit.session, kind.statements().remove_all, id)?;
    }
    Ok(())
}

/// Notes that an application's credentials change. It must be one of this tenant: the id alone
/// would let one tenant give credentials to another's application.
pub(crate) async fn note_owner(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    let owner = applications::registered(commit, tenant_id, id).await?;
    commit.note(&Change::Application(owner.app_id));
    Ok(())
}
