use countersign_domain::clock::Timestamp;
use countersign_domain::directory::{Application, Change, Manifest, TokenVersion};
use countersign_domain::ids::{ApplicationId, TenantId};

use super::{TABLE, columns, registered};
use crate::StoreError;
use crate::commit::Commit;
use crate::error::{hit, writing};
use crate::folded::{fold, words};
use crate::row::{Guid, to_json};
use crate::{deleted, names, service_principals, tags};

/// Adds an application.
///
/// The client id of a deleted application may be registered again in the same tenant, which ends
/// that one for good; in another tenant it stays taken.
pub(crate) async fn add(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    if insert(commit, application).await? == 0 {
        replace_deleted(commit, application).await?;
    } else {
        tags::add(commit, application.id.uuid(), &application.manifest.tags).await?;
    }
    let taken = match application.deleted_at {
        None => names::fold(&application.identifier_uris),
        Some(_) => Vec::new(),
    };
    names::take(commit, application.tenant_id, application.app_id, &taken).await?;
    names::note(commit, &taken);
    commit.note(&Change::Application(application.app_id));
    commit.added.remember(application);
    Ok(())
}

async fn insert(commit: &mut Commit, application: &Application) -> Result<u64, StoreError> {
    execute!(
        commit.view.session,
        concat!(
            "INSERT INTO applications (",
            columns!(),
            ", display_name_folded, display_name_words, unique_name)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                     $18, $19)
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
        to_json(&application.assertion_policy)?,
        manifest_text(&application.manifest)?,
        application.created_at.micros(),
        application.deleted_at.map(Timestamp::micros),
        fold(&application.display_name),
        words(&application.display_name),
        application.manifest.unique_name.as_deref().map(fold),
    )
    .map_err(writing(format_args!("the application {}", application.id)))
}

/// Makes room for an application whose ids are taken, where the one that has them is deleted and of
/// the same tenant. Its credentials go first: they must not open the new application.
async fn replace_deleted(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    let conflict = || StoreError::Conflict {
        what: format!(
            "an application with the client id {} or the object id {} exists already",
            application.app_id, application.id
        ),
    };
    let old = fetch_optional!(
        commit.view.session,
        TABLE,
        (String,),
        "SELECT id FROM applications
         WHERE app_id = $1 AND tenant_id = $2 AND deleted_at IS NOT NULL",
        Guid(application.app_id.uuid()),
        Guid(application.tenant_id.uuid()),
    )?;
    let Some((old,)) = old else {
        unique_name_is_free(commit, application).await?;
        return Err(conflict());
    };
    deleted::forget_all(commit, &old, application.app_id).await?;
    let rows = execute!(
        commit.view.session,
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

/// Says so if what is taken is the unique name.
async fn unique_name_is_free(
    commit: &mut Commit,
    application: &Application,
) -> Result<(), StoreError> {
    let Some(unique_name) = &application.manifest.unique_name else {
        return Ok(());
    };
    let row = fetch_optional!(
        commit.view.session,
        TABLE,
        (String,),
        "SELECT id FROM applications WHERE tenant_id = $1 AND unique_name = $2",
        Guid(application.tenant_id.uuid()),
        fold(unique_name),
    )?;
    match row {
        Some((id,)) if id != application.id.to_string() => Err(StoreError::Conflict {
            what: unique_name_taken(application),
        }),
        _ => Ok(()),
    }
}

/// Deleted applications count: they can be restored.
fn unique_name_taken(application: &Application) -> String {
    format!(
        "an application with the unique name {} in the tenant {}, deleted or not, exists already",
        application.manifest.unique_name.as_deref().unwrap_or(""),
        application.tenant_id
    )
}

/// Notes the names that an application holds and gives them up, so that a list of writes can move a
/// URI between applications in any order.
pub(crate) async fn release(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    if commit.released.contains_key(&id) {
        return Ok(());
    }
    let old = registered(commit, tenant_id, id).await?;
    let held = names::fold(&old.identifier_uris);
    names::release(commit, tenant_id, old.app_id, &held).await?;
    commit.released.insert(id, held);
    Ok(())
}

/// Replaces an application's properties, except its ids and the time it was made.
pub(crate) async fn update(
    commit: &mut Commit,
    application: &Application,
) -> Result<(), StoreError> {
    // Released already, unless this list updates it twice.
    release(commit, application.tenant_id, application.id).await?;
    commit.added.forget(application.id);
    set(commit, application).await?;
    let held = commit.released.remove(&application.id).unwrap_or_default();
    let wanted = names::fold(&application.identifier_uris);
    names::take(commit, application.tenant_id, application.app_id, &wanted).await?;
    names::note(commit, held.iter().filter(|name| !wanted.contains(name)));
    names::note(commit, wanted.iter().filter(|name| !held.contains(name)));
    commit.note(&Change::Application(application.app_id));
    Ok(())
}

async fn set(commit: &mut Commit, application: &Application) -> Result<(), StoreError> {
    let rows = execute!(
        commit.view.session,
        "UPDATE applications SET
             display_name = $4, sign_in_audience = $5, identifier_uris = $6, app_roles = $7,
             requested_access_token_version = $8, is_fallback_public_client = $9,
             is_disabled = $10, access_token_lifetime_seconds = $11,
             access_token_signing_algorithm = $12, assertion_policy = $13, manifest = $14,
             display_name_folded = $15, display_name_words = $16, unique_name = $17
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
        to_json(&application.assertion_policy)?,
        manifest_text(&application.manifest)?,
        fold(&application.display_name),
        words(&application.display_name),
        application.manifest.unique_name.as_deref().map(fold),
    )
    .map_err(|error| match &error {
        sqlx::Error::Database(database) if database.is_unique_violation() => StoreError::Conflict {
            what: unique_name_taken(application),
        },
        _ => error.into(),
    })?;
    hit(
        rows,
        format_args!(
            "the application {} with the client id {} in the tenant {}",
            application.id, application.app_id, application.tenant_id
        ),
    )?;
    tags::set(commit, application.id.uuid(), &application.manifest.tags).await?;
    service_principals::rename(commit, application.app_id, &application.display_name).await
}

/// Marks an application as deleted, frees its names and removes its service principal at home.
pub(crate) async fn delete(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
    at: Timestamp,
) -> Result<(), StoreError> {
    let old = registered(commit, tenant_id, id).await?;
    commit.added.forget(id);
    let held = names::fold(&old.identifier_uris);
    names::release(commit, tenant_id, old.app_id, &held).await?;
    names::note(commit, &held);
    if let Some(principal) =
        service_principals::find(&mut commit.view.session, tenant_id, old.app_id).await?
    {
        deleted::move_away(commit, tenant_id, principal.id, at, true).await?;
    }
    mark_deleted(commit, tenant_id, id, at).await?;
    commit.note(&Change::Application(old.app_id));
    Ok(())
}

/// Brings a deleted application back with its names, and with the service principal at home that was
/// deleted together with it.
pub(crate) async fn restore(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    let old = registered::deleted(commit, tenant_id, id).await?;
    let held = names::fold(&old.identifier_uris);
    names::take(commit, tenant_id, old.app_id, &held).await?;
    names::note(commit, &held);
    execute!(
        commit.view.session,
        "UPDATE applications SET deleted_at = NULL WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
    commit.note(&Change::Application(old.app_id));
    deleted::restore_with_application(commit, tenant_id, old.app_id).await
}

/// Ends a deleted application for good, with its credentials and its service principals in every
/// tenant. Its client id is free again.
pub(crate) async fn purge(
    commit: &mut Commit,
    tenant_id: TenantId,
    id: ApplicationId,
) -> Result<(), StoreError> {
    let old = registered::deleted(commit, tenant_id, id).await?;
    for (tenant_id, id) in service_principals::everywhere(commit, old.app_id).await? {
        service_principals::remove(commit, tenant_id, id).await?;
        tags::remove(commit, &id.to_string()).await?;
    }
    deleted::forget_all(commit, &id.to_string(), old.app_id).await?;
    execute!(
        commit.view.session,
        "DELETE FROM applications WHERE id = $1 AND tenant_id = $2",
        Guid(id.uuid()),
        Guid(tenant_id.uuid()),
    )?;
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
        commit.view.session,
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
