//! The pages: what is asked for, with *Accept* or with whom to ask; and what is wrong.

use askama::Template;
use axum::response::Response;
use countersign_domain::consent::offer::{Offer, OfferedPermission, OfferedResource};
use countersign_domain::directory::{Application, DirectoryRole, ResourceAccessType, Tenant};
use countersign_domain::graph::permission::{PLATFORM_TENANT_ID, Permission};
use countersign_domain::oauth::error::{self, OauthError};
use countersign_store::View;
use http::StatusCode;

use super::text::{destination, form_targets, visible};
use super::world::World;
use super::{Call, End};
use crate::portal::{Policy, Visit, page};
use crate::state::AppState;

/// Administrators that are named to somebody who has to ask one.
const NAMED_MAX: usize = 10;

/// The page for somebody who may accept.
#[derive(Template)]
#[template(path = "consent.html")]
struct OfferPage<'a> {
    asks: Asks<'a>,
    notice: Option<&'a str>,
    fingerprint: String,
}

/// The page for somebody who may not.
#[derive(Template)]
#[template(path = "consent_approval.html")]
struct ApprovalPage<'a> {
    asks: Asks<'a>,
    refusal: OauthError,
    roles: Vec<&'static str>,
    /// Who has one of the roles, for those who may know.
    administrators: Option<Vec<String>>,
    link: String,
}

/// The page about a request that cannot be answered.
#[derive(Template)]
#[template(path = "consent_refused.html")]
struct RefusedPage<'a> {
    refusal: &'a OauthError,
    advice: &'static str,
    trace_id: String,
    correlation_id: String,
    timestamp: String,
}

/// Who asks whom for what. All texts of applications are made [`visible`] here.
struct Asks<'a> {
    person_name: &'a str,
    user_principal_name: &'a str,
    tenant: String,
    client: Client,
    resources: Vec<Resource>,
    unknown: Vec<Unknown>,
    is_granted: bool,
    destination: String,
    redirect_uri: String,
    form_token: String,
    /// This request's own address.
    address: String,
}

struct Client {
    name: String,
    app_id: String,
    publisher: String,
    is_foreign: bool,
    is_new: bool,
}

struct Resource {
    name: String,
    app_id: String,
    is_new: bool,
    permissions: Vec<Shown>,
}

struct Shown {
    name: String,
    value: String,
    description: String,
    is_delegated: bool,
    is_granted: bool,
}

struct Unknown {
    resource: String,
    kind: &'static str,
    id: String,
}

/// Shows what is asked for, to whoever it is.
pub(super) async fn offer(
    call: &Call,
    visit: &Visit,
    world: &World<'_>,
    view: &mut View,
    notice: Option<&str>,
) -> Result<Response, End> {
    let resources = world.instances();
    let offer = world.offer(&resources)?;
    let asks = Asks::of(call, visit, world, &offer);
    let Err(refusal) = offer.check_roles(&visit.person.roles) else {
        let page_of_offer = OfferPage {
            asks,
            notice,
            fingerprint: offer.fingerprint(),
        };
        let status = match notice {
            Some(_) => StatusCode::CONFLICT,
            None => StatusCode::OK,
        };
        let targets = form_targets(world.asked.redirect_uri.as_str());
        return Ok(page(status, Policy::AndThenTo(&targets), &page_of_offer));
    };
    let base_url = call.browser.state.base_url.as_str();
    let approval = ApprovalPage {
        refusal,
        roles: offer
            .sufficient_roles()
            .map(DirectoryRole::display_name)
            .collect(),
        administrators: administrators(visit, view, &offer).await?,
        link: format!("{base_url}{}", asks.address),
        asks,
    };
    let targets = form_targets(world.asked.redirect_uri.as_str());
    Ok(page(
        StatusCode::FORBIDDEN,
        Policy::AndThenTo(&targets),
        &approval,
    ))
}

/// Says what is wrong. No address of the request is followed or linked.
pub(super) fn refused(call: &Call, refusal: &OauthError) -> Response {
    let context = &call.browser.context;
    let status = StatusCode::from_u16(refusal.kind.status).unwrap_or(StatusCode::BAD_REQUEST);
    page(
        status,
        Policy::Own,
        &RefusedPage {
            refusal,
            advice: advice(refusal),
            trace_id: context.trace_id.to_string(),
            correlation_id: context.correlation_id().to_string(),
            timestamp: context.now.to_error_format(),
        },
    )
}

/// What the person in front of the page can do, who has only followed a link.
fn advice(refusal: &OauthError) -> &'static str {
    match refusal.kind {
        kind if kind.status == 429 || kind.status >= 500 => {
            "You have done nothing wrong. Try again in a minute."
        }
        kind if *kind == error::ACCOUNT_OF_OTHER_DIRECTORY => {
            "You are signed in with an account of another organization than the one that is asked."
        }
        _ => {
            "The link that brought you here is not right, or the application is not set up for it. \
             You cannot mend that here: tell whoever sent you."
        }
    }
}

impl RefusedPage<'_> {
    /// What to do, for whoever runs the application, in pieces: every second one is code.
    fn remedy(&self) -> impl Iterator<Item = (usize, &'static str)> {
        self.refusal.kind.remedy.split('`').enumerate()
    }
}

/// Whom to ask, if the person may know who administers the tenant.
async fn administrators(
    visit: &Visit,
    view: &mut View,
    offer: &Offer<'_>,
) -> Result<Option<Vec<String>>, End> {
    let permissions = &visit.caller.permissions;
    let may_know = [Permission::DirectoryReadAll, Permission::UserReadAll]
        .into_iter()
        .any(|permission| permissions.contains(permission));
    if !may_know {
        return Ok(None);
    }
    let members = view.role_members(visit.tenant.id).await?;
    let named = members
        .iter()
        .filter(|person| person.user.account_enabled && offer.check_roles(&person.roles).is_ok())
        .map(|person| {
            let user = &person.user;
            format!(
                "{} ({})",
                visible(&user.display_name),
                user.user_principal_name
            )
        });
    Ok(Some(named.take(NAMED_MAX).collect()))
}

impl<'a> Asks<'a> {
    fn of(call: &Call, visit: &'a Visit, world: &World<'_>, offer: &Offer<'_>) -> Self {
        let redirect_uri = world.asked.redirect_uri.as_str();
        let mut permissions = offer.permissions();
        Self {
            person_name: &visit.person.user.display_name,
            user_principal_name: &visit.person.user.user_principal_name,
            tenant: titled(offer.tenant),
            client: Client {
                name: visible(&offer.client.application.display_name),
                app_id: offer.client.application.app_id.to_string(),
                publisher: publisher(&call.browser.state, offer.client.application),
                is_foreign: offer.client.application.tenant_id != offer.tenant.id,
                is_new: offer.client.service_principal.is_none(),
            },
            is_granted: offer.client.service_principal.is_some()
                && permissions.all(|(_, permission)| permission.is_granted),
            resources: offer.resources.iter().map(resource).collect(),
            unknown: offer
                .unknown
                .iter()
                .map(|unknown| Unknown {
                    resource: visible(&unknown.resource.display_name),
                    kind: match unknown.kind {
                        ResourceAccessType::Role => "Application permission",
                        ResourceAccessType::Scope => "Delegated permission",
                    },
                    id: unknown.id.to_string(),
                })
                .collect(),
            destination: visible(destination(redirect_uri)),
            redirect_uri: visible(redirect_uri),
            form_token: visit.browser.token.form_token(),
            address: call.address(),
        }
    }
}

fn resource(offered: &OfferedResource<'_>) -> Resource {
    let application = offered.instance.application;
    Resource {
        name: visible(&application.display_name),
        app_id: application.app_id.to_string(),
        is_new: offered.instance.service_principal.is_none(),
        permissions: offered.permissions.iter().map(shown).collect(),
    }
}

fn shown(permission: &OfferedPermission<'_>) -> Shown {
    let text = |text: Option<&str>| visible(text.unwrap_or_default());
    let value = text(permission.value);
    let name = text(permission.display_name);
    Shown {
        name: [name, value.clone(), permission.id.to_string()]
            .into_iter()
            .find(|name| !name.trim().is_empty())
            .unwrap_or_default(),
        value,
        description: text(permission.description),
        is_delegated: permission.kind == ResourceAccessType::Scope,
        is_granted: permission.is_granted,
    }
}

/// The tenant that registered an application. Its domains are its own: no two tenants have the same.
fn publisher(state: &AppState, application: &Application) -> String {
    if application.tenant_id == PLATFORM_TENANT_ID {
        return "This platform".to_owned();
    }
    match state.directory.tenant(&application.tenant_id.to_string()) {
        Ok(tenant) => titled(&tenant),
        Err(_) => application.tenant_id.to_string(),
    }
}

/// A tenant's name, which it chose itself, with its domain, which is its own.
fn titled(tenant: &Tenant) -> String {
    let name = visible(&tenant.display_name);
    match tenant.domains.first() {
        Some(domain) => format!("{name} ({domain})"),
        None => format!("{name} ({})", tenant.id),
    }
}
