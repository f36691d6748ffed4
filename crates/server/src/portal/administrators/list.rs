//! `/portal/administrators`: everybody with a directory role.

use askama::Template;
use axum::response::Response;
use countersign_domain::account::Person;
use countersign_domain::account::roles::{check_person, manages_roles};
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::DirectoryRole;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::route::Operation;
use countersign_store::SignInMeans;

use super::address;
use super::role::RoleChoice;
use crate::portal::problem::Problem;
use crate::portal::span::shown;
use crate::portal::visit::{Shell, Visit};

const NOT_SHOWN: &str = "Not shown to you";

/// Somebody who administers.
pub(super) struct Row {
    pub(super) person: Person,
    /// What the person signs in with. Nothing for those who do not decide about it: who has a
    /// password alone, or nothing yet, is whom a stranger would try first.
    pub(super) means: Option<SignInMeans>,
    pub(super) now: Timestamp,
}

impl Row {
    fn address(&self) -> String {
        address(&self.person.user.id.to_string(), "")
    }

    fn roles(&self) -> String {
        let names: Vec<_> = self
            .person
            .roles
            .iter()
            .map(|role| role.display_name())
            .collect();
        names.join(", ")
    }

    /// The kind of the badge, and what it says.
    pub(super) fn state(&self) -> (&'static str, &'static str) {
        let is_open = |end: Timestamp| end > self.now;
        match self.means {
            _ if !self.person.user.account_enabled => ("neutral", "Disabled"),
            None => ("ok", "Enabled"),
            Some(means) if means.can_sign_in() => ("ok", "Can sign in"),
            Some(means) if means.link_expires_at.is_some_and(is_open) => {
                ("warning", "Has a setup link")
            }
            Some(_) => ("error", "Cannot sign in yet"),
        }
    }

    pub(super) fn badge(&self) -> &'static str {
        self.state().0
    }

    pub(super) fn label(&self) -> &'static str {
        self.state().1
    }

    /// What the person signs in with.
    pub(super) fn methods(&self) -> String {
        let Some(means) = self.means else {
            return NOT_SHOWN.to_owned();
        };
        let mut methods = Vec::new();
        match means.passkeys {
            0 => {}
            1 => methods.push("1 passkey".to_owned()),
            count => methods.push(format!("{count} passkeys")),
        }
        match (means.has_password, means.has_authenticator) {
            (true, true) => methods.push("password and code".to_owned()),
            (true, false) => methods.push("password alone".to_owned()),
            (false, _) => {}
        }
        match methods.is_empty() {
            true => "Nothing yet".to_owned(),
            false => methods.join(", "),
        }
    }

    pub(super) fn last_sign_in(&self) -> String {
        match self.means.map(|means| means.last_sign_in_at) {
            Some(Some(at)) => shown(&at.to_seven_digits()),
            Some(None) => "Not seen".to_owned(),
            None => NOT_SHOWN.to_owned(),
        }
    }
}

/// What was entered of somebody to be added.
#[derive(Default)]
pub(super) struct Entered {
    pub(super) user_name: String,
    pub(super) display_name: String,
    pub(super) roles: Vec<DirectoryRole>,
}

#[derive(Template)]
#[template(path = "administrators/list.html")]
pub(super) struct ListPage {
    shell: Shell,
    rows: Vec<Row>,
    /// Those that the reader may give; none for those who give none.
    offered: Vec<RoleChoice>,
    may_change: bool,
    entered: Entered,
    example: String,
    error: String,
}

/// `GET /portal/administrators`
pub(super) async fn show(visit: Visit) -> Result<Response, Problem> {
    let page = list(&visit, Entered::default(), String::new()).await?;
    Ok(visit.page(&page))
}

/// The page, with what could not be done.
pub(super) async fn list(
    visit: &Visit,
    entered: Entered,
    error: String,
) -> Result<ListPage, Problem> {
    check_may_see(visit)?;
    let (tenant_id, now) = (visit.tenant.id, visit.browser.context.now);
    let mut view = visit.browser.state.db.view().await?;
    let people = view.role_members(tenant_id).await?;
    let means = view.sign_in_means(tenant_id).await?;
    drop(view);
    let rows = people.into_iter().map(|person| Row {
        means: may_see_means(visit, &person)
            .then(|| means.get(&person.user.id).copied().unwrap_or_default()),
        person,
        now,
    });
    let domain = visit.tenant.domains.first();
    Ok(ListPage {
        shell: visit.shell("administrators", "Administrators"),
        rows: rows.collect(),
        offered: RoleChoice::offered(&visit.person.roles, &entered.roles),
        may_change: manages_roles(&visit.person.roles),
        entered,
        example: domain.map_or_else(String::new, |domain| format!("Such as admin@{domain}.")),
        error,
    })
}

/// Whether the reader decides how this person signs in, or is this person.
pub(super) fn may_see_means(visit: &Visit, person: &Person) -> bool {
    visit.person.user.id == person.user.id
        || check_person(&visit.person.roles, &person.roles).is_ok()
}

/// Who may not list users through the API does not see them here either.
pub(super) fn check_may_see(visit: &Visit) -> Result<(), Problem> {
    match policy::check(Operation::ListUsers, &visit.caller.permissions) {
        Decision::Allowed => Ok(()),
        _ => Err(Problem::forbidden(
            "None of your roles lets you see the people of this tenant.",
        )),
    }
}
