//! `countersign admin`: what can only be done on the machine itself, because nobody may do it by
//! the Graph API yet.

mod invite;

use std::fmt::Write as _;

use anyhow::bail;
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, TenantState};
use countersign_domain::ids::CorrelationId;
use countersign_domain::secret::Secret;
use countersign_server::{SystemClock, SystemRandom, platform_writes};
use serde_json::json;

use crate::administrator::{Office, PERMISSIONS, Registration, administrators};
use crate::args::{AdminCommand, CreateAdministrator};
use crate::directory::{self, Directory};
use crate::output;

pub(crate) use self::invite::invite;

/// The longest display name, in characters.
const NAME_MAX: usize = 256;

pub(crate) async fn run(command: &AdminCommand) -> anyhow::Result<()> {
    match command {
        AdminCommand::CreateApp(arguments) => create_app(arguments).await,
        AdminCommand::Invite(arguments) => invite::run(arguments).await,
    }
}

async fn create_app(arguments: &CreateAdministrator) -> anyhow::Result<()> {
    check_name(&arguments.name)?;
    let directory = Directory::open(&arguments.place).await?;
    let now = SystemClock.now();
    let mut state = directory.whole_state().await?;
    let mut writes = match &directory.base_url {
        Some(base_url) => platform_writes(&mut state, base_url, now)?,
        None => Vec::new(),
    };
    directory::hide_platform(&mut state);
    let tenant = choose(&state, arguments.tenant.as_deref())?;
    if !arguments.another {
        refuse_second(tenant)?;
    }
    let office = Office {
        tenant,
        pepper: &directory.pepper,
        now,
    };
    let registration = office.register(&arguments.name, None)?;
    let (secret, add_password) = office.secret(&registration.application);
    writes.extend(registration.writes.iter().cloned());
    writes.push(add_password);
    let record = AuditRecord::of_command(
        now,
        "Create administrator application",
        CorrelationId::random(&SystemRandom),
        vec![change(tenant, &registration)],
    );
    directory.db.commit(&writes, &record).await?;
    directory.db.close().await;
    let base_url = directory.base_url.as_deref();
    let text = if arguments.json {
        as_json(tenant, &registration, &secret, base_url)
    } else {
        as_words(tenant, &registration, &secret, base_url)
    };
    output::print(&text)?;
    Ok(())
}

fn check_name(name: &str) -> anyhow::Result<()> {
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.chars().any(char::is_control) {
        bail!("--name: a name has 1 to {NAME_MAX} characters, none of them a control character");
    }
    Ok(())
}

/// The tenant by id, domain or name; the default one, or the only one, where none is named.
fn choose<'s>(state: &'s [TenantState], name: Option<&str>) -> anyhow::Result<&'s TenantState> {
    if state.is_empty() {
        bail!(
            "there is no tenant yet: describe one in a directory file and run `countersign apply`"
        );
    }
    let Some(name) = name else {
        let default = state.iter().find(|state| state.tenant.is_default);
        return match (default, state) {
            (Some(default), _) => Ok(default),
            (None, [one]) => Ok(one),
            (None, _) => bail!(
                "no tenant is the default: name one with --tenant; {}",
                list(state)
            ),
        };
    };
    let is_meant = |state: &&TenantState| {
        let tenant = &state.tenant;
        tenant.id.to_string().eq_ignore_ascii_case(name)
            || tenant.display_name == name
            || tenant
                .domains
                .iter()
                .any(|domain| domain.as_str().eq_ignore_ascii_case(name))
    };
    let mut found = state.iter().filter(is_meant);
    match (found.next(), found.next()) {
        (Some(tenant), None) => Ok(tenant),
        (Some(_), Some(_)) => bail!("several tenants are called {name:?}: name one by its id"),
        (None, _) => bail!("there is no tenant {name:?}; {}", list(state)),
    }
}

fn list(state: &[TenantState]) -> String {
    let name =
        |state: &TenantState| format!("{:?} ({})", state.tenant.display_name, state.tenant.id);
    let names: Vec<_> = state.iter().map(name).collect();
    format!("there are: {}", names.join(", "))
}

fn refuse_second(tenant: &TenantState) -> anyhow::Result<()> {
    let known = administrators(tenant)?;
    let Some(first) = known.first() else {
        return Ok(());
    };
    bail!(
        "the tenant {:?} has an administrator, {:?} ({}): use that one, or make one more with \
         --another",
        tenant.tenant.display_name,
        first.display_name,
        first.app_id
    )
}

fn change(tenant: &TenantState, registration: &Registration) -> String {
    let application = &registration.application;
    format!(
        "+ application {:?} ({}) in {:?} with {}",
        application.display_name,
        application.app_id,
        tenant.tenant.display_name,
        PERMISSIONS.join(", ")
    )
}

fn as_words(
    tenant: &TenantState,
    registration: &Registration,
    secret: &Secret,
    base_url: Option<&str>,
) -> String {
    let application = &registration.application;
    let tenant_id = tenant.tenant.id;
    let (name, app_id) = (&application.display_name, application.app_id);
    let mut text = format!(
        "Made the application {name:?} in {:?}. It may do everything that the Graph API can do \
         there.\n\n  tenant id      {tenant_id}\n  client id      {app_id}\n  client secret  {}\n\n\
         The secret is shown only this once; a running server honours it within a second.\n",
        tenant.tenant.display_name,
        secret.expose(),
    );
    if let Some(base_url) = base_url {
        let _ = write!(
            text,
            "\nAzure CLI signs in with it like this:\n\n  \
             az cloud register --name countersign --endpoint-resource-manager {base_url}\n  \
             az cloud set --name countersign\n  \
             az config set core.instance_discovery=false\n  \
             az login --service-principal --allow-no-subscriptions --tenant {tenant_id} \
             --username {app_id} --password SECRET\n",
        );
    }
    text.push_str(
        "\nA directory file is the whole truth for its tenants: before the next `countersign apply`, \
         take\nthis application into the file (`countersign export` with the same --config prints it), or it is removed.\n",
    );
    text
}

fn as_json(
    tenant: &TenantState,
    registration: &Registration,
    secret: &Secret,
    base_url: Option<&str>,
) -> String {
    let document = json!({
        "displayName": registration.application.display_name,
        "tenantId": tenant.tenant.id,
        "appId": registration.application.app_id,
        "servicePrincipalId": registration.principal.id,
        "clientSecret": secret.expose(),
        "baseUrl": base_url,
    });
    format!("{document:#}\n")
}
