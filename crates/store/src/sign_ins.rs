use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{ClientCredentialType, SignIn};
use countersign_domain::ids::{TenantId, TraceId};

use crate::credentials::Kind;
use crate::db::Session;
use crate::recent_uses::Credential;
use crate::row::{Guid, Place};
use crate::values::{Insert, chunks};
use crate::{Db, StoreError, credentials};

const TABLE: &str = "sign_ins";

macro_rules! columns {
    () => {
        crate::sign_ins::columns!("")
    };
    ($prefix:literal) => {
        concat!(
            $prefix,
            "id, ",
            $prefix,
            "at, ",
            $prefix,
            "tenant_id, ",
            $prefix,
            "correlation_id, ",
            $prefix,
            "app_id, ",
            $prefix,
            "service_principal_id, ",
            $prefix,
            "resource_app_id, ",
            $prefix,
            "credential_type, ",
            $prefix,
            "credential_key_id, ",
            $prefix,
            "error_code, ",
            $prefix,
            "reason, ",
            $prefix,
            "ip_address, ",
            $prefix,
            "is_assertion_reused, ",
            $prefix,
            "user_id"
        )
    };
}

pub(crate) use columns;

static INSERT: LazyLock<Insert> = LazyLock::new(|| {
    let head = concat!("INSERT INTO sign_ins (", columns!(), ")");
    Insert::new(head, 14, " ON CONFLICT DO NOTHING")
});

#[derive(sqlx::FromRow)]
pub(crate) struct SignInRow {
    id: String,
    at: i64,
    tenant_id: Option<String>,
    correlation_id: String,
    app_id: Option<String>,
    service_principal_id: Option<String>,
    resource_app_id: Option<String>,
    credential_type: String,
    credential_key_id: Option<String>,
    error_code: i64,
    reason: Option<String>,
    ip_address: String,
    is_assertion_reused: bool,
    user_id: Option<String>,
}

impl Db {
    /// Writes down a batch of sign-ins, all or none, and when each credential was last used, to
    /// within ten minutes.
    ///
    /// What is written already is left as it is, so a batch may be sent again when its fate is
    /// unknown. The log is indexed by trace id: ids that begin with the time ([`TraceId::at`]) are
    /// written several times faster than random ones.
    pub async fn record_sign_ins(&self, sign_ins: &[SignIn]) -> Result<(), StoreError> {
        if sign_ins.is_empty() {
            return Ok(());
        }
        let mut session = self.transaction().await?;
        for chunk in chunks(sign_ins) {
            insert(&mut session, chunk).await?;
        }
        // In the order of their keys, as on every other node: PostgreSQL locks each row.
        let mut uses = last_uses(sign_ins);
        self.recent_uses.retain_due(&mut uses);
        for ((kind, app_id, key_id), at) in &uses {
            credentials::touch(&mut session, *kind, *app_id, *key_id, *at).await?;
        }
        session.commit().await?;
        self.recent_uses.remember(uses);
        Ok(())
    }

    /// The last sign-ins of one tenant, or of all and of none, newest first.
    pub async fn sign_ins(
        &self,
        tenant_id: Option<TenantId>,
        limit: u32,
    ) -> Result<Vec<SignIn>, StoreError> {
        let mut session = self.reader().await?;
        let rows = match tenant_id {
            Some(tenant_id) => fetch_all!(
                session,
                TABLE,
                SignInRow,
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM sign_ins WHERE tenant_id = $1 ORDER BY at DESC, id DESC LIMIT $2"
                ),
                Guid(tenant_id.uuid()),
                i64::from(limit),
            )?,
            None => fetch_all!(
                session,
                TABLE,
                SignInRow,
                concat!(
                    "SELECT ",
                    columns!(),
                    " FROM sign_ins ORDER BY id DESC LIMIT $1"
                ),
                i64::from(limit),
            )?,
        };
        rows.into_iter().map(sign_in).collect()
    }

    /// The sign-in with this trace id, in whichever tenant it was.
    pub async fn sign_in(&self, id: TraceId) -> Result<Option<SignIn>, StoreError> {
        let mut session = self.reader().await?;
        let row = fetch_optional!(
            session,
            TABLE,
            SignInRow,
            concat!("SELECT ", columns!(), " FROM sign_ins WHERE id = $1"),
            Guid(id.uuid()),
        )?;
        row.map(sign_in).transpose()
    }
}

async fn insert(session: &mut Session, chunk: &[SignIn]) -> Result<(), StoreError> {
    insert_rows!(session, INSERT, chunk, sign_in => [
        Guid(sign_in.id.uuid()),
        sign_in.at.micros(),
        sign_in.tenant_id.map(|id| Guid(id.uuid())),
        Guid(sign_in.correlation_id.uuid()),
        sign_in.app_id.map(|id| Guid(id.uuid())),
        sign_in.service_principal_id.map(|id| Guid(id.uuid())),
        sign_in.resource_app_id.map(|id| Guid(id.uuid())),
        sign_in.credential_type.as_str(),
        sign_in.credential_key_id.map(|id| Guid(id.uuid())),
        i64::from(sign_in.error_code),
        sign_in.reason.as_deref().map(storable),
        storable(&sign_in.ip_address),
        sign_in.is_assertion_reused,
        sign_in.user_id.map(|id| Guid(id.uuid())),
    ])?;
    Ok(())
}

/// A reason may quote what a client sent, and PostgreSQL has no text with a NUL in it.
fn storable(text: &str) -> Cow<'_, str> {
    if !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace('\0', "\u{fffd}"))
}

/// The last use of each credential that brought a token. One that matched in a sign-in which was
/// refused, say because its assertion was used before, was not used by who may.
fn last_uses(sign_ins: &[SignIn]) -> BTreeMap<Credential, Timestamp> {
    let mut uses = BTreeMap::new();
    for sign_in in sign_ins.iter().filter(|sign_in| sign_in.error_code == 0) {
        let kind = Kind::of(sign_in.credential_type);
        let (Some(kind), Some(app_id), Some(key_id)) =
            (kind, sign_in.app_id, sign_in.credential_key_id)
        else {
            continue;
        };
        let last = uses.entry((kind, app_id, key_id)).or_insert(sign_in.at);
        *last = sign_in.at.max(*last);
    }
    uses
}

pub(crate) fn sign_in(row: SignInRow) -> Result<SignIn, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(SignIn {
        id: place.parse("id", &row.id)?,
        at: Timestamp::from_micros(row.at),
        tenant_id: place.parse_some("tenant_id", row.tenant_id.as_deref())?,
        correlation_id: place.parse("correlation_id", &row.correlation_id)?,
        app_id: place.parse_some("app_id", row.app_id.as_deref())?,
        service_principal_id: place
            .parse_some("service_principal_id", row.service_principal_id.as_deref())?,
        resource_app_id: place.parse_some("resource_app_id", row.resource_app_id.as_deref())?,
        credential_type: credential_type(place, &row.credential_type)?,
        credential_key_id: place
            .parse_some("credential_key_id", row.credential_key_id.as_deref())?,
        error_code: u32::try_from(row.error_code)
            .map_err(|error| place.damaged("error_code", error))?,
        reason: row.reason,
        ip_address: row.ip_address,
        is_assertion_reused: row.is_assertion_reused,
        user_id: place.parse_some("user_id", row.user_id.as_deref())?,
    })
}

fn credential_type(place: Place<'_>, text: &str) -> Result<ClientCredentialType, StoreError> {
    [
        ClientCredentialType::None,
        ClientCredentialType::ClientSecret,
        ClientCredentialType::Certificate,
        ClientCredentialType::FederatedIdentityCredential,
        ClientCredentialType::ClientAssertion,
    ]
    .into_iter()
    .find(|kind| kind.as_str() == text)
    .ok_or_else(|| place.damaged("credential_type", format_args!("unknown value {text:?}")))
}
