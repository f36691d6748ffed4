//! Applications: reading them, changing them, and what a change needs to know of them first.

mod change;
mod registered;

use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Application, TokenLifetime, TokenVersion};
use countersign_domain::ids::{AppId, TenantId};

use crate::db::Session;
use crate::row::{Guid, Place};
use crate::{Db, StoreError};

pub(crate) use change::{add, delete, purge, release, restore, update};
pub(crate) use registered::{Added, named, registered};

const TABLE: &str = "applications";

macro_rules! columns {
    () => {
        crate::applications::columns!("")
    };
    ($prefix:literal) => {
        concat!(
            $prefix,
            "id, ",
            $prefix,
            "tenant_id, ",
            $prefix,
            "app_id, ",
            $prefix,
            "display_name, ",
            $prefix,
            "sign_in_audience, ",
            $prefix,
            "identifier_uris, ",
            $prefix,
            "app_roles, ",
            $prefix,
            "requested_access_token_version, ",
            $prefix,
            "is_fallback_public_client, ",
            $prefix,
            "is_disabled, ",
            $prefix,
            "access_token_lifetime_seconds, ",
            $prefix,
            "access_token_signing_algorithm, ",
            $prefix,
            "assertion_policy, ",
            $prefix,
            "manifest, ",
            $prefix,
            "created_at, ",
            $prefix,
            "deleted_at"
        )
    };
}

pub(crate) use columns;

#[derive(sqlx::FromRow)]
pub(crate) struct ApplicationRow {
    id: String,
    tenant_id: String,
    app_id: String,
    display_name: String,
    sign_in_audience: String,
    identifier_uris: String,
    app_roles: String,
    requested_access_token_version: Option<i64>,
    is_fallback_public_client: bool,
    is_disabled: bool,
    access_token_lifetime_seconds: Option<i64>,
    access_token_signing_algorithm: String,
    assertion_policy: String,
    manifest: String,
    created_at: i64,
    deleted_at: Option<i64>,
}

impl Db {
    /// The application with this client id that is not deleted, whichever its home tenant is: a
    /// client id is one name for all tenants.
    pub async fn application_by_app_id(
        &self,
        app_id: AppId,
    ) -> Result<Option<Application>, StoreError> {
        find(&mut self.reader().await?, app_id).await
    }

    /// The client ids of deleted applications, which can be restored and so are not free.
    pub async fn deleted_app_ids(&self) -> Result<Vec<AppId>, StoreError> {
        let rows = fetch_all!(
            &mut self.reader().await?,
            TABLE,
            (String,),
            "SELECT app_id FROM applications WHERE deleted_at IS NOT NULL ORDER BY app_id",
        )?;
        rows.iter()
            .map(|(app_id,)| {
                Place {
                    table: TABLE,
                    id: app_id,
                }
                .parse("app_id", app_id)
            })
            .collect()
    }
}

/// The application with this client id that is not deleted.
pub(crate) async fn find(
    session: &mut Session,
    app_id: AppId,
) -> Result<Option<Application>, StoreError> {
    let row = fetch_optional!(
        session,
        TABLE,
        ApplicationRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM applications WHERE app_id = $1 AND deleted_at IS NULL"
        ),
        Guid(app_id.uuid()),
    )?;
    row.map(application).transpose()
}

/// The applications of a tenant that are not deleted, by display name, then object id.
pub(crate) async fn of_tenant(
    session: &mut Session,
    tenant_id: TenantId,
) -> Result<Vec<Application>, StoreError> {
    let rows = fetch_all!(
        session,
        TABLE,
        ApplicationRow,
        concat!(
            "SELECT ",
            columns!(),
            " FROM applications WHERE tenant_id = $1 AND deleted_at IS NULL
             ORDER BY display_name, id"
        ),
        Guid(tenant_id.uuid()),
    )?;
    rows.into_iter().map(application).collect()
}

pub(crate) fn application(row: ApplicationRow) -> Result<Application, StoreError> {
    let place = Place {
        table: TABLE,
        id: &row.id,
    };
    Ok(Application {
        id: place.parse("id", &row.id)?,
        tenant_id: place.parse("tenant_id", &row.tenant_id)?,
        app_id: place.parse("app_id", &row.app_id)?,
        display_name: row.display_name,
        sign_in_audience: place.parse("sign_in_audience", &row.sign_in_audience)?,
        identifier_uris: place.json("identifier_uris", &row.identifier_uris)?,
        app_roles: place.json("app_roles", &row.app_roles)?,
        requested_access_token_version: row
            .requested_access_token_version
            .map(|number| token_version(place, number))
            .transpose()?,
        is_fallback_public_client: row.is_fallback_public_client,
        is_disabled: row.is_disabled,
        access_token_lifetime: row
            .access_token_lifetime_seconds
            .map(|seconds| token_lifetime(place, seconds))
            .transpose()?,
        access_token_signing_algorithm: place.parse(
            "access_token_signing_algorithm",
            &row.access_token_signing_algorithm,
        )?,
        assertion_policy: place.json("assertion_policy", &row.assertion_policy)?,
        manifest: place.json("manifest", &row.manifest)?,
        created_at: Timestamp::from_micros(row.created_at),
        deleted_at: row.deleted_at.map(Timestamp::from_micros),
    })
}

fn token_version(place: Place<'_>, number: i64) -> Result<TokenVersion, StoreError> {
    TokenVersion::from_number(number)
        .ok_or_else(|| place.damaged("requested_access_token_version", number))
}

fn token_lifetime(place: Place<'_>, seconds: i64) -> Result<TokenLifetime, StoreError> {
    u32::try_from(seconds)
        .ok()
        .and_then(|seconds| TokenLifetime::try_from(seconds).ok())
        .ok_or_else(|| place.damaged("access_token_lifetime_seconds", seconds))
}
