//! `countersign admin invite`: a person who may administer a tenant on the pages, and the link with
//! which that person sets up how to sign in.

use anyhow::{Context, bail};
use countersign_domain::account::Person;
use countersign_domain::account::invitation::{Invitation, Invited, setup_path};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, DirectoryRole, Domain, Tenant};
use countersign_domain::graph::permission::PLATFORM_TENANT_ID;
use countersign_domain::ids::CorrelationId;
use countersign_server::{SystemClock, SystemRandom};
use countersign_store::Db;
use serde_json::json;

use crate::args::InviteArguments;
use crate::directory::Directory;
use crate::output;

pub(super) async fn run(arguments: &InviteArguments) -> anyhow::Result<()> {
    let directory = Directory::open(&arguments.place).await?;
    let base_url = directory
        .base_url
        .as_deref()
        .context("the server's address is not known yet: start it once, then invite")?;
    let roles = arguments
        .roles
        .iter()
        .map(|name| role(name))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let invited = invite(
        &directory.db,
        &arguments.user_name,
        &arguments.name,
        &roles,
        "Invite administrator",
    )
    .await?;
    directory.db.close().await;
    let text = match arguments.json {
        true => as_json(&invited, &roles, base_url),
        false => as_words(&invited, &roles, base_url),
    };
    output::print(&text)?;
    Ok(())
}

/// Makes the user if there is none, gives it the roles that it lacks, and makes a new link, all in
/// one commit.
pub(crate) async fn invite(
    db: &Db,
    user_name: &str,
    display_name: &str,
    roles: &[DirectoryRole],
    activity: &str,
) -> anyhow::Result<Invited> {
    let tenants = db.tenants().await?;
    let tenant = tenant(&tenants, user_name)?;
    let known = db.account_named(user_name).await?;
    let known = known.map(|account| account.person);
    let now = SystemClock.now();
    let invitation = Invitation {
        tenant,
        known: known.as_ref(),
        user_principal_name: user_name,
        display_name,
        roles,
    };
    let invited = invitation.prepare(now, &SystemRandom)?;
    let record = AuditRecord::of_command(
        now,
        activity,
        CorrelationId::random(&SystemRandom),
        vec![change(&invited, known.as_ref(), tenant, roles)],
    );
    db.commit(&invited.writes, &record).await?;
    Ok(invited)
}

/// The tenant that has the name's domain.
fn tenant<'t>(tenants: &'t [Tenant], user_name: &str) -> anyhow::Result<&'t Tenant> {
    let domain = user_name.rsplit_once('@').map_or("", |(_, domain)| domain);
    let own = || tenants.iter().filter(|one| one.id != PLATFORM_TENANT_ID);
    let has_domain = |tenant: &&Tenant| {
        let mut domains = tenant.domains.iter();
        domains.any(|known| known.as_str().eq_ignore_ascii_case(domain))
    };
    if let Some(found) = own().find(has_domain) {
        return Ok(found);
    }
    let domains: Vec<&str> = own()
        .flat_map(|tenant| &tenant.domains)
        .map(Domain::as_str)
        .collect();
    if domains.is_empty() {
        bail!(
            "no tenant has a domain yet, and user names end in one: give the tenant `domains` in a \
             directory file and run `countersign apply`"
        );
    }
    bail!(
        "{user_name:?} is of no tenant here: write it as someone@DOMAIN, where DOMAIN is one of {}",
        domains.join(", ")
    )
}

fn role(name: &str) -> anyhow::Result<DirectoryRole> {
    let mut all = DirectoryRole::ALL.into_iter();
    let found = all.find(|role| role.display_name().eq_ignore_ascii_case(name.trim()));
    found.with_context(|| {
        let names: Vec<_> = DirectoryRole::ALL
            .into_iter()
            .map(DirectoryRole::display_name)
            .collect();
        format!("there is no role {name:?}; there are: {}", names.join(", "))
    })
}

fn change(
    invited: &Invited,
    known: Option<&Person>,
    tenant: &Tenant,
    roles: &[DirectoryRole],
) -> String {
    let sign = if known.is_some() { '~' } else { '+' };
    format!(
        "{sign} user {:?} ({}) in {:?}: {}, and a link to set up how to sign in",
        invited.user.user_principal_name,
        invited.user.id,
        tenant.display_name,
        names(roles)
    )
}

fn names(roles: &[DirectoryRole]) -> String {
    let names: Vec<_> = roles.iter().map(|role| role.display_name()).collect();
    names.join(", ")
}

fn as_words(invited: &Invited, roles: &[DirectoryRole], base_url: &str) -> String {
    format!(
        "{name} may administer the tenant as {roles}.\n\n  {base_url}{path}\n\n\
         Open this link, or send it over a way you trust: whoever opens it first chooses how {name} \
         signs in.\nIt works once, until {end}; a new invitation ends it.\n",
        name = invited.user.user_principal_name,
        roles = names(roles),
        path = setup_path(&invited.token),
        end = invited.expires_at,
    )
}

fn as_json(invited: &Invited, roles: &[DirectoryRole], base_url: &str) -> String {
    let roles: Vec<_> = roles.iter().map(|role| role.display_name()).collect();
    let document = json!({
        "id": invited.user.id,
        "tenantId": invited.user.tenant_id,
        "userPrincipalName": invited.user.user_principal_name,
        "roles": roles,
        "setupLink": format!("{base_url}{}", setup_path(&invited.token)),
        "expiresDateTime": invited.expires_at.to_string(),
    });
    format!("{document:#}\n")
}
