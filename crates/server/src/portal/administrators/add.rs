//! `POST /portal/administrators`: gives somebody roles, and makes the user where there is none.

use axum::response::Response;
use countersign_domain::account::Person;
use countersign_domain::account::invitation::{Invitation, InvitationRefusal, Invited};
use countersign_domain::account::roles::{check_person, check_role};
use countersign_domain::directory::{DirectoryRole, User, Write};
use countersign_domain::graph::audit::{Activity, Audit, Target};
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::{Operation, UserKey};
use countersign_domain::graph::wire;

use super::address;
use super::change::{Change, refused};
use super::link::link_page;
use super::list::{Entered, list};
use super::role::read;
use crate::portal::form::Form;
use crate::portal::page::see_other;
use crate::portal::problem::Problem;
use crate::portal::recent::Recent;
use crate::portal::visit::Visit;

/// Why somebody was not added.
enum Refused {
    /// Something to correct in the form.
    Told(String),
    Problem(Problem),
}

impl<E: Into<Problem>> From<E> for Refused {
    fn from(error: E) -> Self {
        Self::Problem(error.into())
    }
}

/// Somebody who was added.
enum Added {
    /// With a link to be handed over.
    Invited(Invited),
    /// Who can sign in already.
    Known(User),
}

/// `POST /portal/administrators`
pub(super) async fn submit(Recent(visit): Recent, form: Form) -> Result<Response, Problem> {
    let entered = Entered {
        user_name: form.text("user_name").to_owned(),
        display_name: form.text("display_name").to_owned(),
        roles: form.all("role").into_iter().filter_map(read).collect(),
    };
    match add(&visit, &entered).await {
        Ok(Added::Invited(invited)) => Ok(link_page(&visit, &invited)),
        Ok(Added::Known(user)) => Ok(see_other(&address(&user.id.to_string(), ""))),
        Err(Refused::Told(text)) => Ok(visit.refused(&list(&visit, entered, text).await?)),
        Err(Refused::Problem(problem)) => Err(problem),
    }
}

async fn add(visit: &Visit, entered: &Entered) -> Result<Added, Refused> {
    let mut change = Change::begin(visit).await?;
    if entered.roles.is_empty() {
        return Err(Refused::Told("Choose at least one role.".to_owned()));
    }
    for role in &entered.roles {
        check_role(&change.actor.roles, *role).map_err(refused)?;
    }
    let known = named(&mut change, visit, &entered.user_name).await?;
    if let Some((person, true)) = known {
        give(change, &person, &entered.roles).await?;
        return Ok(Added::Known(person.user));
    }
    let known = known.map(|(person, _)| person);
    check_invitation(&change, known.as_ref())?;
    let invited = invite(visit, entered, known.as_ref()).map_err(Refused::Told)?;
    let missing = missing(known.as_ref(), &entered.roles);
    let activity = match missing.is_empty() {
        true => Activity::AdminRegisterSecurityInfo,
        false => Activity::AddRoleMember,
    };
    let mut audit = change.audit(activity);
    if known.is_none() {
        let shown = wire::user(&invited.user);
        audit = audit.object(&Target::user(&invited.user), None, Some(&shown));
    }
    let audit = with_roles(audit, &invited.user, &missing);
    let audit = audit.done(&Target::user(&invited.user), "setup link made");
    change.commit(&invited.writes, audit).await?;
    Ok(Added::Invited(invited))
}

/// The person with this user name in this tenant, and whether they can sign in.
async fn named(
    change: &mut Change<'_>,
    visit: &Visit,
    name: &str,
) -> Result<Option<(Person, bool)>, Refused> {
    let (tenant_id, key) = (visit.tenant.id, UserKey::UserPrincipalName(name.to_owned()));
    let view = change.view();
    let Some(user) = view.user(tenant_id, &key).await? else {
        return Ok(None);
    };
    let means = view.sign_in_means_of(tenant_id, user.id).await?;
    let person = view.person(tenant_id, user.id).await?;
    Ok(person.map(|person| (person, means.can_sign_in())))
}

/// A link is as good as the account: it must not be one of somebody above. A user is made only by
/// those who could make one through the API.
fn check_invitation(change: &Change<'_>, known: Option<&Person>) -> Result<(), Refused> {
    let actor = &change.actor.roles;
    if let Some(known) = known {
        return check_person(actor, &known.roles).map_err(|refusal| refused(refusal).into());
    }
    let permissions = policy::permissions_of_roles(actor);
    match policy::check(Operation::CreateUser, &permissions) {
        Decision::Allowed => Ok(()),
        _ => Err(Refused::Told(
            "There is no user with this name. A Global Administrator can add one.".to_owned(),
        )),
    }
}

fn invite(visit: &Visit, entered: &Entered, known: Option<&Person>) -> Result<Invited, String> {
    let (user_name, name) = (&entered.user_name, &entered.display_name);
    let state = &visit.browser.state;
    let invitation = Invitation {
        tenant: &visit.tenant,
        known,
        user_principal_name: user_name,
        display_name: if name.is_empty() { user_name } else { name },
        roles: &entered.roles,
    };
    let (now, random) = (visit.browser.context.now, state.random.as_ref());
    let invited = invitation.prepare(now, random);
    invited.map_err(|refusal: InvitationRefusal| refusal.to_string())
}

/// Gives roles to somebody who can sign in already.
async fn give(change: Change<'_>, person: &Person, roles: &[DirectoryRole]) -> Result<(), Problem> {
    let missing = missing(Some(person), roles);
    if missing.is_empty() {
        return Ok(());
    }
    let user = &person.user;
    let writes = missing.iter().map(|role| Write::AddRoleMember {
        tenant_id: user.tenant_id,
        user_id: user.id,
        role: *role,
    });
    let writes: Vec<_> = writes.collect();
    let audit = with_roles(change.audit(Activity::AddRoleMember), user, &missing);
    change.commit(&writes, audit).await
}

fn missing(known: Option<&Person>, roles: &[DirectoryRole]) -> Vec<DirectoryRole> {
    let held = known.map_or(&[][..], |known| &known.roles);
    let missing = roles.iter().filter(|role| !held.contains(role));
    missing.copied().collect()
}

fn with_roles(audit: Audit, user: &User, roles: &[DirectoryRole]) -> Audit {
    let target = Target::user(user);
    roles.iter().fold(audit, |audit, role| {
        audit.directory_role(&target, *role, true)
    })
}
