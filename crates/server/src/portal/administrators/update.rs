//! What is done with one person: roles, setup link, account, sessions. To end sessions needs no recent
//! proof: it only takes access away.

use axum::extract::Path;
use axum::response::Response;
use countersign_domain::account::Person;
use countersign_domain::account::invitation::Invitation;
use countersign_domain::account::roles::{check_person, check_role};
use countersign_domain::directory::{DirectoryRole, User, Write};
use countersign_domain::graph::audit::{Activity, Target};
use countersign_domain::graph::wire;

use super::change::{Change, refused};
use super::link::link_page;
use super::person::page;
use super::{address, role as roles};
use crate::graph::not_last;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::Visit;

/// `POST .../roles`: gives a role or takes it away.
pub(super) async fn role(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let mut change = Change::begin(&visit).await?;
    let person = change.person(&id).await?;
    let role = roles::read(form.text("role"));
    let role = role.ok_or_else(|| Problem::bad_form("It names no role."))?;
    check_role(&change.actor.roles, role).map_err(refused)?;
    let (has, is_added) = (
        person.roles.contains(&role),
        form.text("action") != "remove",
    );
    if has != is_added {
        set_role(change, &person, role, is_added).await?;
    }
    Ok(back(&id))
}

async fn set_role(
    mut change: Change<'_>,
    person: &Person,
    role: DirectoryRole,
    is_added: bool,
) -> Result<(), Problem> {
    let user = &person.user;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    if !is_added && role == DirectoryRole::GlobalAdministrator {
        not_last(change.view(), user).await?.map_err(refused)?;
    }
    let (activity, write) = match is_added {
        true => (
            Activity::AddRoleMember,
            Write::AddRoleMember {
                tenant_id,
                user_id,
                role,
            },
        ),
        false => (
            Activity::RemoveRoleMember,
            Write::RemoveRoleMember {
                tenant_id,
                user_id,
                role,
            },
        ),
    };
    let audit = change.audit(activity);
    let audit = audit.directory_role(&Target::user(user), role, is_added);
    change.commit(&[write], audit).await
}

/// `POST .../link`: a new setup link. What the person signs in with stays until the link is used.
pub(super) async fn link(
    Recent(visit): Recent,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let (change, person) = begin(&visit, &id).await?;
    let user = &person.user;
    let invitation = Invitation {
        tenant: &visit.tenant,
        known: Some(&person),
        user_principal_name: &user.user_principal_name,
        display_name: &user.display_name,
        roles: &[],
    };
    let state = &visit.browser.state;
    let invited = match invitation.prepare(visit.browser.context.now, state.random.as_ref()) {
        Ok(invited) => invited,
        Err(refusal) => {
            drop(change);
            let mut page = page(&visit, &id).await?;
            page.shell.problem = Some(refusal.to_string());
            return Ok(visit.refused(&page));
        }
    };
    let audit = change.audit(Activity::AdminRegisterSecurityInfo);
    let audit = audit.done(&Target::user(user), "setup link made");
    change.commit(&invited.writes, audit).await?;
    Ok(link_page(&visit, &invited))
}

/// `POST .../account`: disables the account, which ends its sessions, or enables it.
pub(super) async fn account(
    Recent(visit): Recent,
    Path(id): Path<String>,
    form: Form,
) -> Result<Response, Problem> {
    let (mut change, person) = begin(&visit, &id).await?;
    let account_enabled = form.text("action") == "enable";
    if !account_enabled {
        not_last(change.view(), &person.user)
            .await?
            .map_err(refused)?;
    }
    if person.user.account_enabled != account_enabled {
        let user = User {
            account_enabled,
            ..person.user.clone()
        };
        let (before, after) = (wire::user(&person.user), wire::user(&user));
        let audit = change.audit(Activity::UpdateUser);
        let audit = audit.object(&Target::user(&user), Some(&before), Some(&after));
        change.commit(&[Write::UpdateUser(user)], audit).await?;
    }
    Ok(back(&id))
}

/// `POST .../sessions`: signs the person out everywhere.
pub(super) async fn sessions(
    visit: Visit,
    Path(id): Path<String>,
    _form: Form,
) -> Result<Response, Problem> {
    let (change, person) = begin(&visit, &id).await?;
    let user = &person.user;
    let audit = change.audit(Activity::RevokeSessions);
    let audit = audit.done(&Target::user(user), "all sessions ended");
    let end = Write::EndSessions {
        tenant_id: user.tenant_id,
        user_id: user.id,
    };
    change.commit(&[end], audit).await?;
    Ok(back(&id))
}

/// A change of how a person signs in, by somebody who is not below them.
async fn begin<'v>(visit: &'v Visit, id: &str) -> Result<(Change<'v>, Person), Problem> {
    let mut change = Change::begin(visit).await?;
    let person = change.person(id).await?;
    check_person(&change.actor.roles, &person.roles).map_err(refused)?;
    Ok((change, person))
}

fn back(id: &str) -> Response {
    see_other(&address(id, ""))
}
