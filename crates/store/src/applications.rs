use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Application, Change, Manifest, TokenLifetime, TokenVersion};
use countersign_domain::ids::{AppId, ApplicationId, TenantId};

use crate::commit::Commit;
use crate::db::Session;
use crate::error::{hit, writing};
use crate::row::{Guid, Place, to_json};
use crate::{Db, StoreError, names, service_principals};

const TABLE: &str = "applications";

macro_rules! columns {
    () => {
        "id, tenant_id, app_id, display_name, sign_in_audience, identifier_uris, app_roles,
         requested_access_token_version, is_fallback_public_client, is_disabled,
         access_token_lifetime_seconds, access_token_signing_algorithm, manifest, created_at,
         deleted_at"
    };
}

#[derive(sqlx::FromRow)]
struct ApplicationRow {
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
    manifest: String,
    created_at: i64,
    deleted_at: Option<i64>,
}

/// What a write needs to know of an application before it changes it.
pub(crate) struct Registered {
    pub(crate) app_id: AppId,
    pub(crate) identifier_uris: Vec<String>,
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

/// An application of this tenant that is not deleted.
pub(crate) async fn registered(
    session: &mut Session,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<Registered, StoreError> {
    let row = fetch_optional!(
        session,
        TABLE,
        (String, String),
        "SELECT app_id, identifier_uris FROM applications
         WHERE id = $1 AND tenant_id = $2 AND deleted_at IS NULL",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    let (app_id, identifier_uris) = row.ok_or_else(|| {
        StoreError::not_found(format!(
            "the application {id} in the tenant {tenant_id} does not exist"
        ))
    })?;
    let id = id.to_string();
    let place = Place {
        table: TABLE,
        id: &id,
    };
    Ok(Registered {
        app_id: place.parse("app_id", &app_id)?,
        identifier_uris: place.json("identifier_uris", &identifier_uris)?,
    })
}

/// The URIs of the application with this client id; `None` where there is none that is not deleted.
pub(crate) async fn identifier_uris(
    session: &mut Session,
    app_id: AppId,
) -> Result<Option<Vec<String>>, StoreError> {
    let row = fetch_optional!(
        session,
        TABLE,
        (String, String),
        "SELECT id, identifier_uris FROM applications WHERE app_id = $1 AND deleted_at IS NULL",
        Guid(app_id.uuid()),
    )?;
    row.map(|(id, uris)| {
        let place = Place {
            table: TABLE,
            id: &id,
        };
        place.json("identifier_uris", &uris)
    })
    .transpose()
}

/// Adds an application.
///
/// The client id of a deleted application may be registered again in the same tenant, which ends
/// that one for good; in another tenant it stays taken.
pub(crate) async fn add(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    if insert(commit, application).await? == 0 {
        replace_deleted(commit, application).await?;
    }
    let taken = match application.deleted_at {
        None => names::fold(&application.identifier_uris),
        Some(_) => Vec::new(),
    };
    names::take(commit, application.tenant_id, application.id, &taken).await?;
    names::note(commit, &taken);
    commit.note(&Change::Application(application.app_id));
    Ok(())
}

async fn insert(commit: &mut Commit, application: &Application) -> Result<u64, StoreError> {
    execute!(
        commit.session,
        concat!(
            "INSERT INTO applications (",
            columns!(),
            ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
             ON CONFLICT DO NOTHING"
        ),
        Guid(application.id.uuid()),
        Guid(application.tenant_id.uuid()),
        Guid(application.app_id.uuid()),
        application.display_name.as_str(),
        application.sign_in_audience.as_str(),
        to_json(&application.identifier_uris)?,
        to_json(&application.app_roles)?,
        application
            .requested_access_token_version
            .map(TokenVersion::number),
        application.is_fallback_public_client,
        application.is_disabled,
        lifetime_seconds(application),
        application.access_token_signing_algorithm.as_str(),
        manifest_text(&application.manifest)?,
        application.created_at.micros(),
        application.deleted_at.map(Timestamp::micros),
    )
    .map_err(writing(format_args!("the application {}", application.id)))
}

/// Makes room for an application whose ids are taken, where the one that has them is deleted and of
/// the same tenant. Its secrets go first: they must not open the new application.
async fn replace_deleted(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    let conflict = || StoreError::Conflict {
        what: format!(
            "an application with the client id {} or the object id {} exists already",
            application.app_id, application.id
        ),
    };
    let old = fetch_optional!(
        commit.session,
        TABLE,
        (String,),
        "SELECT id FROM applications
         WHERE app_id = $1 AND tenant_id = $2 AND deleted_at IS NOT NULL",
        Guid(application.app_id.uuid()),
        Guid(application.tenant_id.uuid()),
    )?;
    let (old,) = old.ok_or_else(conflict)?;
    execute!(
        commit.session,
        "DELETE FROM password_credentials WHERE application_id = $1",
        old.as_str(),
    )?;
    let rows = execute!(
        commit.session,
        "UPDATE applications SET id = $2, created_at = $3, deleted_at = NULL
         WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM applications WHERE id = $2 AND id <> $1)",
        old.as_str(),
        Guid(application.id.uuid()),
        application.created_at.micros(),
    )?;
    if rows == 0 {
        return Err(conflict());
    }
    set(commit, application).await?;
    if let Some(at) = application.deleted_at {
        mark_deleted(commit, application.tenant_id, application.id, at).await?;
    }
    Ok(())
}

/// Notes the names that an application holds and gives them up, so that a list of writes can move a
/// URI between applications in any order.
pub(crate) async fn release(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    let old = registered(&mut commit.session, tenant_id, id).await?;
    let held = names::fold(&old.identifier_uris);
    names::release(commit, tenant_id, id, &held).await?;
    commit.released.entry(id).or_insert(held);
    Ok(())
}

/// Replaces a released application's properties, except its ids and the time it was made.
pub(crate) async fn update(
    commit: &mut Commit,
    application: &Application,
) -> Result<(), StoreError> {
    set(commit, application).await?;
    let held = commit.released.remove(&application.id).unwrap_or_default();
    let wanted = names::fold(&application.identifier_uris);
    names::release(commit, application.tenant_id, application.id, &wanted).await?;
    names::take(commit, application.tenant_id, application.id, &wanted).await?;
    names::note(commit, held.iter().filter(|name| !wanted.contains(name)));
    names::note(commit, wanted.iter().filter(|name| !held.contains(name)));
    commit.note(&Change::Application(application.app_id));
    Ok(())
}

async fn set(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    let rows = execute!(
        commit.session,
        "UPDATE applications SET
             display_name = $4, sign_in_audience = $5, identifier_uris = $6, app_roles = $7,
             requested_access_token_version = $8, is_fallback_public_client = $9,
             is_disabled = $10, access_token_lifetime_seconds = $11,
             access_token_signing_algorithm = $12, manifest = $13
         WHERE id = $1 AND tenant_id = $2 AND app_id = $3 AND deleted_at IS NULL",
        Guid(application.id.uuid()),
        Guid(application.tenant_id.uuid()),
        Guid(application.app_id.uuid()),
        application.display_name.as_str(),
        application.sign_in_audience.as_str(),
        to_json(&application.identifier_uris)?,
        to_json(&application.app_roles)?,
        application
            .requested_access_token_version
            .map(TokenVersion::number),
        application.is_fallback_public_client,
        application.is_disabled,
        lifetime_seconds(application),
        application.access_token_signing_algorithm.as_str(),
        manifest_text(&application.manifest)?,
    )?;
    hit(
        rows,
        format_args!(
            "the application {} with the client id {} in the tenant {}",
            application.id, application.app_id, application.tenant_id
        ),
    )
}

/// Marks an application as deleted, frees its names and removes its service principal at home.
pub(crate) async fn delete(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let old = registered(&mut commit.session, tenant_id, id).await?;
    let held = names::fold(&old.identifier_uris);
    names::release(commit, tenant_id, id, &held).await?;
    names::note(commit, &held);
    if let Some(principal) =
        service_principals::find(&mut commit.session, tenant_id, old.app_id).await?
    {
        service_principals::remove(commit, tenant_id, principal.id).await?;
    }
    mark_deleted(commit, tenant_id, id, at).await?;
    commit.note(&Change::Application(old.app_id));
    Ok(())
}

async fn mark_deleted(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows = execute!(
        commit.session,
        "UPDATE applications SET deleted_at = $3 WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
        at.micros(),
    )?;
    hit(rows, format_args!("the application {id}"))
}

fn lifetime_seconds(application: &Application) -> Option<i64> {
    application
        .access_token_lifetime
        .map(|lifetime| i64::from(lifetime.seconds()))
}

/// Most applications set nothing here; a million empty manifests need not fill a disk.
fn manifest_text(manifest: &Manifest) -> Result<String, StoreError> {
    if *manifest == Manifest::default() {
        return Ok("{}".to_owned());
    }
    to_json(manifest)
}

fn application(row: ApplicationRow) -> Result<Application, StoreError> {
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
