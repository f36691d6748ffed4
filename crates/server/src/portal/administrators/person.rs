//! `/portal/administrators/{id}`: one person's roles, and how they sign in.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use countersign_domain::account::Session;
use countersign_domain::account::roles::{check_person, check_role};
use countersign_domain::directory::DirectoryRole;
use countersign_domain::ids::UserId;

use super::list::{Row, check_may_see, may_see_means};
use super::role::{RoleChoice, hint};
use super::{address, role};
use crate::portal::problem::Problem;
use crate::portal::span::shown;
use crate::portal::visit::{Shell, Visit};

/// A role that the person has.
struct Held {
    role: DirectoryRole,
    is_removable: bool,
}

impl Held {
    fn name(&self) -> &'static str {
        self.role.display_name()
    }

    fn hint(&self) -> &'static str {
        hint(self.role)
    }

    fn value(&self) -> String {
        self.role.template_id().to_string()
    }
}

#[derive(Template)]
#[template(path = "administrators/person.html")]
pub(super) struct PersonPage {
    pub(super) shell: Shell,
    id: String,
    row: Row,
    held: Vec<Held>,
    /// Roles that can be added.
    offered: Vec<role::RoleChoice>,
    /// The reader may decide how this person signs in.
    may_manage: bool,
    sessions: usize,
}

impl PersonPage {
    fn form(&self, form: &str) -> String {
        address(&self.id, form)
    }

    fn link(&self) -> String {
        match self.row.means.and_then(|means| means.link_expires_at) {
            Some(end) if end > self.row.now => {
                format!("Open until {}", shown(&end.to_seven_digits()))
            }
            _ => "None".to_owned(),
        }
    }
}

/// `GET /portal/administrators/{id}`
pub(super) async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response, Problem> {
    Ok(visit.page(&page(&visit, &id).await?))
}

/// The page, as it is now.
pub(super) async fn page(visit: &Visit, id: &str) -> Result<PersonPage, Problem> {
    check_may_see(visit)?;
    let user_id: UserId = id.parse().map_err(|_| Problem::not_found())?;
    let (state, now) = (&visit.browser.state, visit.browser.context.now);
    let tenant_id = visit.tenant.id;
    let mut view = state.db.view().await?;
    let person = view.person(tenant_id, user_id).await?;
    let person = person.ok_or_else(Problem::not_found)?;
    let means = match may_see_means(visit, &person) {
        true => Some(view.sign_in_means_of(tenant_id, user_id).await?),
        false => None,
    };
    drop(view);
    let sessions = state.db.sessions_of(tenant_id, user_id).await?;
    let is_alive = |session: &&Session| session.is_alive(now);
    let actor = &visit.person.roles;
    let held = person.roles.iter().map(|role| Held {
        role: *role,
        is_removable: check_role(actor, *role).is_ok(),
    });
    let mut offered = RoleChoice::offered(actor, &person.roles);
    offered.retain(|choice| !choice.is_chosen);
    Ok(PersonPage {
        shell: visit.shell("administrators", &person.user.display_name),
        id: user_id.to_string(),
        held: held.collect(),
        offered,
        may_manage: check_person(actor, &person.roles).is_ok(),
        sessions: sessions.iter().filter(is_alive).count(),
        row: Row { means, person, now },
    })
}
