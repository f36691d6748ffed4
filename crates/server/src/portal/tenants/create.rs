//! `/portal/tenants/new`: a tenant, and a link for its first administrator.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::Person;
use countersign_domain::account::invitation::{Invitation, Invited, setup_path};
use countersign_domain::directory::{
    Actor, AssertionPolicy, AuditRecord, DirectoryRole, Domain, Tenant, Write,
};
use countersign_domain::graph::audit::{Activity, Audit, Target};
use countersign_domain::graph::permission::graph_service_principal;
use countersign_domain::graph::wire;
use countersign_domain::ids::TenantId;
use countersign_store::StoreError;
use zeroize::Zeroizing;

use super::{check_may_create, forbidden};
use crate::portal::form::Form;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::span::shown;
use crate::portal::visit::{Shell, Visit};

/// The form, with what is wrong in it.
#[derive(Debug, Default)]
struct Entered {
    name: String,
    domain: String,
    administrator: String,
    name_error: String,
    domain_error: String,
    administrator_error: String,
}

#[derive(Template)]
#[template(path = "tenants/new.html")]
struct NewPage {
    shell: Shell,
    entered: Entered,
}

#[derive(Template)]
#[template(path = "tenants/created.html")]
struct CreatedPage {
    shell: Shell,
    tenant: Tenant,
    tenant_id: String,
    user_name: String,
    link: Zeroizing<String>,
    expires: String,
}

/// `GET /portal/tenants/new`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    check_may_create(&visit)?;
    Ok(visit.page(&NewPage {
        shell: visit.shell("tenants", "Add a tenant"),
        entered: Entered::default(),
    }))
}

/// `POST /portal/tenants/new`: everything in one commit. Whoever adds the tenant has no role in it.
pub(super) async fn submit(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    check_may_create(&visit)?;
    let mut entered = Entered {
        name: form.text("display_name").to_owned(),
        domain: form.text("domain").to_owned(),
        administrator: form.text("administrator").to_owned(),
        ..Entered::default()
    };
    match create(&visit, &mut entered).await? {
        Some((tenant, invited)) => Ok(created(&visit, tenant, &invited)),
        None => Ok(visit.refused(&NewPage {
            shell: visit.shell("tenants", "Add a tenant"),
            entered,
        })),
    }
}

/// Nothing where something in the form is wrong, which it then says.
async fn create(
    visit: &Visit,
    entered: &mut Entered,
) -> Result<Option<(Tenant, Invited)>, Problem> {
    let Some((tenant, invited)) = prepare(visit, entered) else {
        return Ok(None);
    };
    let state = &visit.browser.state;
    let mut change = state.db.change().await?;
    // The role of this moment: the form may have waited for the change that took it away.
    let (tenant_id, user_id) = (visit.tenant.id, visit.person.user.id);
    let actor = change.view().person(tenant_id, user_id).await?;
    let may = |actor: &Person| {
        actor.user.account_enabled && actor.roles.contains(&DirectoryRole::TenantCreator)
    };
    if !actor.as_ref().is_some_and(may) {
        return Err(forbidden());
    }
    let now = visit.browser.context.now;
    let mut writes = vec![
        Write::AddTenant(tenant.clone()),
        Write::AddServicePrincipal(graph_service_principal(tenant.id, now)),
    ];
    writes.extend(invited.writes.iter().cloned());
    match change
        .commit(&writes, &record(visit, &tenant, &invited))
        .await
    {
        Ok(()) => {}
        Err(StoreError::Conflict { .. }) => {
            let domain = &entered.domain;
            entered.domain_error = format!(
                "The domain {domain} belongs to a tenant of this server already. Take another."
            );
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    }
    if let Err(error) = state.directory.poll(state.clock.now()).await {
        tracing::warn!(%error, "a new tenant could not be honoured at once");
    }
    Ok(Some((tenant, invited)))
}

fn prepare(visit: &Visit, entered: &mut Entered) -> Option<(Tenant, Invited)> {
    if entered.name.is_empty() {
        entered.name_error = "Enter a name.".to_owned();
    } else if let Err(reason) = Tenant::check_name(&entered.name) {
        entered.name_error = format!("The name {reason}.");
    }
    let domain = match Domain::parse(&entered.domain) {
        Ok(domain) => Some(domain),
        Err(error) => {
            entered.domain_error = format!(
                "This is {error}, such as contoso.example. Write an international name in its \
                 xn-- form."
            );
            None
        }
    };
    let random = visit.browser.state.random.as_ref();
    let tenant = Tenant {
        id: TenantId::random(random),
        display_name: entered.name.clone(),
        domains: vec![domain?],
        is_default: false,
        assertion_policy: AssertionPolicy::default(),
        created_at: visit.browser.context.now,
    };
    let user_name = match entered.administrator.contains('@') {
        true => entered.administrator.clone(),
        false => format!("{}@{}", entered.administrator, tenant.domains[0]),
    };
    let invitation = Invitation {
        tenant: &tenant,
        known: None,
        user_principal_name: &user_name,
        display_name: &user_name,
        roles: &[DirectoryRole::GlobalAdministrator],
    };
    match invitation.prepare(visit.browser.context.now, random) {
        Ok(invited) if entered.name_error.is_empty() => Some((tenant, invited)),
        Ok(_) => None,
        Err(refusal) => {
            entered.administrator_error = refusal.to_string();
            None
        }
    }
}

fn record(visit: &Visit, tenant: &Tenant, invited: &Invited) -> AuditRecord {
    let (context, actor) = (&visit.browser.context, Actor::User(visit.person.user.id));
    let (target, user) = (Target::tenant(tenant), Target::user(&invited.user));
    let shown = wire::user(&invited.user);
    Audit::new(
        Activity::CreateTenant,
        context.now,
        actor,
        context.correlation_id(),
    )
    .done(&target, "made")
    .object(&user, None, Some(&shown))
    .directory_role(&user, DirectoryRole::GlobalAdministrator, true)
    .done(&user, "setup link made")
    .record()
}

fn created(visit: &Visit, tenant: Tenant, invited: &Invited) -> Response {
    let base_url = &visit.browser.state.base_url;
    let path = Zeroizing::new(setup_path(&invited.token));
    visit.page(&CreatedPage {
        shell: visit.shell("tenants", "The tenant was added"),
        tenant_id: tenant.id.to_string(),
        tenant,
        user_name: invited.user.user_principal_name.clone(),
        link: Zeroizing::new(format!("{base_url}{}", path.as_str())),
        expires: shown(&invited.expires_at.to_seven_digits()),
    })
}
