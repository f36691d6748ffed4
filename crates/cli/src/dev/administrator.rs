//! The administrator of a development server: made at the first start, kept from then on, and no
//! matter of directory files.

use countersign_domain::clock::Clock;
use countersign_domain::directory::{Application, AuditRecord, TenantState, Write};
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_domain::ids::{CorrelationId, ServicePrincipalId};
use countersign_domain::secret::Secret;
use countersign_server::{SystemClock, SystemRandom, platform_writes};

use super::data::DataDirectory;
use super::document::DevAdministrator;
use super::secrets::KnownSecrets;
use crate::administrator::Office;
use crate::directory::Directory;

/// By this it is known, whatever it is called.
const UNIQUE_NAME: &str = "countersign-development-administrator";

const DISPLAY_NAME: &str = "Administrator";

/// Makes the administrator of the default tenant, or what it lacks, and hides it from `state`.
pub(super) async fn prepare(
    data: &DataDirectory,
    directory: &Directory,
    secrets: &mut KnownSecrets,
    state: &mut Vec<TenantState>,
) -> anyhow::Result<Option<DevAdministrator>> {
    let now = SystemClock.now();
    let mut writes = match &directory.base_url {
        Some(base_url) => platform_writes(state, base_url, now)?,
        None => Vec::new(),
    };
    let Some(tenant) = its_tenant(state) else {
        return Ok(None);
    };
    let office = Office {
        tenant,
        pepper: &directory.pepper,
        now,
    };
    let known = tenant.applications.iter().find(|one| is_administrator(one));
    let registration = match known {
        Some(application) => office.complete(application)?,
        None => office.register(DISPLAY_NAME, Some(UNIQUE_NAME))?,
    };
    let application = &registration.application;
    writes.extend(registration.writes);
    let current = secrets.current(std::slice::from_ref(tenant), &directory.pepper);
    let secret = match current.get(&application.app_id) {
        Some(secret) => secret.clone(),
        None => {
            let (secret, add) = office.secret(application);
            writes.extend(lost(tenant, application));
            writes.push(add);
            secrets.add(application.app_id, &secret);
            // Kept before its hash is, so that no secret is ever lost between the two.
            secrets.write(data)?;
            secret
        }
    };
    let administrator = document(tenant, application, registration.principal.id, &secret);
    if !writes.is_empty() {
        let record = AuditRecord::of_command(
            now,
            "Prepare development server",
            CorrelationId::random(&SystemRandom),
            vec![format!("~ application {DISPLAY_NAME:?} and what it may do")],
        );
        directory.db.commit(&writes, &record).await?;
    }
    hide(state);
    Ok(Some(administrator))
}

/// The default tenant, or the first where there is none.
fn its_tenant(state: &[TenantState]) -> Option<&TenantState> {
    let mut own = state
        .iter()
        .filter(|one| one.tenant.id != PLATFORM_TENANT_ID);
    let default = own.clone().find(|one| one.tenant.is_default);
    default.or_else(|| own.next())
}

/// Takes administrators out of what directory files and programs see.
pub(crate) fn hide(state: &mut [TenantState]) {
    for tenant in state {
        let found = tenant
            .applications
            .iter()
            .filter(|one| is_administrator(one));
        let found: Vec<_> = found.map(|one| (one.app_id, one.id)).collect();
        for (app_id, id) in found {
            let principals = tenant.service_principals.iter();
            let principals: Vec<_> = principals
                .filter(|principal| principal.app_id == app_id)
                .map(|principal| principal.id)
                .collect();
            tenant.applications.retain(|one| one.id != id);
            tenant.service_principals.retain(|one| one.app_id != app_id);
            tenant.passwords.retain(|one| one.application_id != id);
            tenant.keys.retain(|one| one.application_id != id);
            tenant.federated.retain(|one| one.application_id != id);
            tenant.assignments.retain(|one| {
                !principals.contains(&one.principal_id) && !principals.contains(&one.resource_id)
            });
        }
    }
}

fn is_administrator(application: &Application) -> bool {
    application.manifest.unique_name.as_deref() == Some(UNIQUE_NAME)
}

/// Secrets that nobody knows any more.
fn lost(tenant: &TenantState, application: &Application) -> Vec<Write> {
    let passwords = tenant.passwords.iter();
    let own = passwords.filter(|password| password.application_id == application.id);
    own.map(|password| Write::RemovePassword {
        tenant_id: tenant.tenant.id,
        application_id: application.id,
        key_id: password.key_id,
    })
    .collect()
}

fn document(
    tenant: &TenantState,
    application: &Application,
    service_principal_id: ServicePrincipalId,
    secret: &Secret,
) -> DevAdministrator {
    DevAdministrator {
        display_name: application.display_name.clone(),
        tenant_id: tenant.tenant.id,
        app_id: application.app_id,
        service_principal_id,
        client_secret: secret.expose().to_owned(),
        user_principal_name: None,
    }
}
