//! A person who has signed in, at one of our pages.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use countersign_domain::account::{Person, Session};
use countersign_domain::directory::{DirectoryRole, Tenant};
use http::Method;
use http::StatusCode;
use http::request::Parts;

use super::address::encoded;
use super::browser::Browser;
use super::next::Next;
use super::page::{Policy, page};
use super::problem::Problem;
use crate::graph::Caller;
use crate::state::AppState;

/// A request of a person whose session counts at this moment. Roles are those of this moment too: who
/// loses one has lost it at the next click.
#[derive(Clone)]
pub(crate) struct Visit {
    pub(crate) browser: Browser,
    pub(crate) session: Session,
    pub(crate) person: Arc<Person>,
    pub(crate) tenant: Arc<Tenant>,
    /// The person, as the API knows callers.
    pub(crate) caller: Caller,
}

/// What stands in the address of a page whose form was carried out.
pub(crate) const SAVED: &str = "saved=1";

/// What the frame around every page of the portal shows.
pub(crate) struct Shell {
    /// The page's name.
    pub(crate) title: String,
    /// The part of the portal that it is in.
    pub(crate) section: &'static str,
    pub(crate) tenant_name: String,
    pub(crate) person_name: String,
    /// For the page's forms.
    pub(crate) form_token: String,
    /// What was done just now.
    pub(crate) notice: Option<String>,
    /// What went wrong just now.
    pub(crate) problem: Option<String>,
    pub(crate) may_create_tenants: bool,
}

impl Visit {
    /// The frame of a page.
    pub(crate) fn shell(&self, section: &'static str, title: &str) -> Shell {
        Shell {
            title: title.to_owned(),
            section,
            tenant_name: self.tenant.display_name.clone(),
            person_name: self.person.user.display_name.clone(),
            form_token: self.browser.token.form_token(),
            notice: self.is_saved().then(|| "Saved.".to_owned()),
            problem: None,
            may_create_tenants: self.has_role(DirectoryRole::TenantCreator),
        }
    }

    /// Whether the page was come to from a form that was carried out.
    fn is_saved(&self) -> bool {
        let query = self.browser.target.split_once('?');
        query.is_some_and(|(_, query)| query == SAVED)
    }

    /// A page of the portal.
    pub(crate) fn page(&self, template: &impl askama::Template) -> Response {
        page(StatusCode::OK, Policy::Own, template)
    }

    /// The page once more, because its form could not be carried out.
    pub(crate) fn refused(&self, template: &impl askama::Template) -> Response {
        page(StatusCode::BAD_REQUEST, Policy::Own, template)
    }

    /// Whether the person has a role.
    pub(crate) fn has_role(&self, role: DirectoryRole) -> bool {
        self.person.roles.contains(&role)
    }

    /// The visit of a browser, if somebody is signed in there.
    pub(crate) async fn of(browser: &Browser) -> Result<Option<Self>, Problem> {
        if browser.is_new {
            return Ok(None);
        }
        let (state, now) = (&browser.state, browser.context.now);
        let id = browser.token.hash();
        let Some((session, person)) = state.db.session(&id).await? else {
            return Ok(None);
        };
        if !session.is_alive(now) || !person.user.account_enabled {
            state.db.end_session(&id).await?;
            return Ok(None);
        }
        let Ok(tenant) = state.directory.tenant(&session.tenant_id.to_string()) else {
            return Ok(None);
        };
        if session.wants_touch(now) {
            state.db.touch_session(&id, now).await?;
        }
        Ok(Some(Self {
            browser: browser.clone(),
            caller: Caller::person(tenant.clone(), &person),
            session,
            person: Arc::new(person),
            tenant,
        }))
    }
}

impl FromRequestParts<Arc<AppState>> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &Arc<AppState>) -> Result<Self, Problem> {
        let Ok(browser) = Browser::from_request_parts(parts, state).await;
        if let Some(visit) = Self::of(&browser).await? {
            return Ok(visit);
        }
        // A form cannot be sent again after signing in; its page can be opened.
        let next = match parts.method {
            Method::GET => Next::parse(&browser.target),
            _ => Next::home(),
        };
        Err(Problem::SignIn(sign_in_address(&next)))
    }
}

/// The address of the sign-in page from which a person goes on to `next`.
pub(crate) fn sign_in_address(next: &Next) -> String {
    if next.is_home() {
        return "/portal/sign-in".to_owned();
    }
    format!("/portal/sign-in?next={}", encoded(next.as_str()))
}
