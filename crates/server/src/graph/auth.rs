//! Who calls: the token by our own resource-side library, the rights by the directory of this
//! moment.

use std::sync::Arc;

use countersign_domain::account::Person;
use countersign_domain::directory::{Actor, ApplicationInTenant, Owner, ServicePrincipal, Tenant};
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::permission::{GRAPH_APP_ID, graph_names};
use countersign_domain::graph::policy::{self, PermissionSet};
use countersign_domain::ids::{AppId, AppRoleId, ServicePrincipalId, TenantId, UserId};
use countersign_token::Unverified;
use countersign_validate::{
    Caller as Proven, InvalidToken, Rejection, TimeError, Validator, bearer_token,
};
use http::HeaderMap;
use quick_cache::sync::Cache;
use uuid::Uuid;

use super::errors;
use crate::http::context::RequestContext;
use crate::signing::Keyring;
use crate::state::AppState;

/// Tenants whose validators are kept; making one parses the keys.
const VALIDATORS_MAX: usize = 1_000;

/// Who is behind a request.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    /// The tenant that the request is about: the caller's, and no other.
    pub(crate) tenant: Arc<Tenant>,
    /// What the caller may do by the directory of this moment.
    pub(crate) permissions: PermissionSet,
    identity: Identity,
}

#[derive(Debug, Clone)]
enum Identity {
    /// By a token: it may do what the token says and the directory still grants.
    Application {
        app_id: AppId,
        service_principal_id: ServicePrincipalId,
        proven: Arc<Proven>,
    },
    /// By a session of the pages for people: it may do what its directory roles are worth.
    Person(UserId),
}

impl Caller {
    /// A person of this tenant.
    pub(crate) fn person(tenant: Arc<Tenant>, person: &Person) -> Self {
        Self {
            tenant,
            permissions: policy::permissions_of_roles(&person.roles),
            identity: Identity::Person(person.user.id),
        }
    }

    /// The caller's object in the tenant.
    pub(crate) fn object_id(&self) -> Uuid {
        match self.as_owner() {
            Owner::ServicePrincipal(id) => id.uuid(),
            Owner::User(id) => id.uuid(),
        }
    }

    /// The caller as an owner.
    pub(crate) fn as_owner(&self) -> Owner {
        match self.identity {
            Identity::Application {
                service_principal_id,
                ..
            } => Owner::ServicePrincipal(service_principal_id),
            Identity::Person(id) => Owner::User(id),
        }
    }

    /// The caller in a record of what it did.
    pub(crate) fn actor(&self) -> Actor {
        match self.identity {
            Identity::Application {
                app_id,
                service_principal_id,
                ..
            } => Actor::Application {
                app_id,
                service_principal_id: Some(service_principal_id),
            },
            Identity::Person(id) => Actor::User(id),
        }
    }

    /// Whether the caller is this application.
    pub(crate) fn is_application(&self, id: AppId) -> bool {
        matches!(self.identity, Identity::Application { app_id, .. } if app_id == id)
    }
}

/// Validators by tenant, each with the keys that it was made of: after a rotation it is made anew.
pub(crate) struct Validators(Cache<TenantId, (Arc<Keyring>, Validator)>);

impl Validators {
    pub(crate) fn new() -> Self {
        Self(Cache::new(VALIDATORS_MAX))
    }

    fn of(&self, state: &AppState, tenant_id: TenantId) -> Result<Validator, GraphError> {
        let keyring = state.signing.current();
        match self.0.get(&tenant_id) {
            Some((made_of, validator)) if Arc::ptr_eq(&made_of, &keyring) => return Ok(validator),
            _ => {}
        }
        let base_url = state.base_url.as_str();
        let mut builder = Validator::builder()
            .authority(base_url)
            .tenant(tenant_id.to_string())
            // There may be a thousand of these; what they would remember adds up.
            .token_cache(0)
            .audience(GRAPH_APP_ID.to_string());
        for name in graph_names(base_url) {
            builder = builder.audience(format!("{name}/")).audience(name);
        }
        let validator = builder
            .keys(keyring.published())
            .build()
            .map_err(|error| errors::internal(&error))?;
        self.0.insert(tenant_id, (keyring, validator.clone()));
        Ok(validator)
    }
}

/// Finds out who calls. The token comes in one `Authorization` header: in a query string or a body
/// it would end up in logs (RFC 6750 section 5.3).
pub(crate) async fn authenticate(
    state: &AppState,
    context: &RequestContext,
    headers: &HeaderMap,
) -> Result<Caller, GraphError> {
    let token = bearer_token(headers).map_err(|rejection| refusal(&rejection))?;
    let tenant = named_tenant(state, token)?;
    let validator = state.validators.of(state, tenant.id)?;
    let now = context.now.unix_seconds();
    let proven = validator.validate_at(token, now).await;
    let proven = Arc::new(proven.map_err(|rejection| refusal(&rejection))?);
    identify(state, context, tenant, &proven).await
}

/// What the caller is and may do by the directory of this moment; asked again for each part of a
/// batch, since the part before it may have taken rights away.
pub(super) async fn renewed(
    state: &AppState,
    context: &RequestContext,
    caller: &Caller,
) -> Result<Caller, GraphError> {
    match &caller.identity {
        Identity::Application { proven, .. } => {
            identify(state, context, caller.tenant.clone(), proven).await
        }
        // Asked at the beginning of each of its requests, which have one part.
        Identity::Person(_) => Ok(caller.clone()),
    }
}

async fn identify(
    state: &AppState,
    context: &RequestContext,
    tenant: Arc<Tenant>,
    proven: &Arc<Proven>,
) -> Result<Caller, GraphError> {
    if state.directory.is_too_stale(context.now) {
        return Err(errors::unavailable());
    }
    let app_id: AppId = proven.application_id.parse().map_err(|_| unknown())?;
    let client = application(state, tenant.id, app_id).await?;
    let client = client.ok_or_else(unknown)?;
    let principal = client.service_principal.as_ref().ok_or_else(unknown)?;
    if principal.id.to_string() != proven.object_id || !client.is_visible() {
        return Err(unknown());
    }
    if !principal.account_enabled || client.application.is_disabled {
        return Err(disabled());
    }
    let graph = application(state, tenant.id, GRAPH_APP_ID).await?;
    let granted = graph
        .map(|graph| granted(&client, &graph))
        .unwrap_or_default();
    let of_token = proven.roles.iter().map(String::as_str);
    Ok(Caller {
        permissions: PermissionSet::effective(of_token, granted),
        identity: Identity::Application {
            app_id,
            service_principal_id: principal.id,
            proven: proven.clone(),
        },
        tenant,
    })
}

/// The tenant that the token says it is of: the choice of the validator, which then checks it.
fn named_tenant(state: &AppState, token: &str) -> Result<Arc<Tenant>, GraphError> {
    let unverified = Unverified::parse(token).map_err(|_| {
        GraphError::unauthenticated(
            "Access token validation failure. The token is not a signed JSON Web Token.",
        )
    })?;
    let tid = unverified.unverified_tid().ok().flatten();
    let tenant_id: Option<TenantId> = tid.and_then(|tid| tid.parse().ok());
    tenant_id
        .and_then(|id| state.directory.tenant(&id.to_string()).ok())
        .ok_or_else(|| refusal(&InvalidToken::Issuer.into()))
}

async fn application(
    state: &AppState,
    tenant_id: TenantId,
    app_id: AppId,
) -> Result<Option<Arc<ApplicationInTenant>>, GraphError> {
    let found = state.directory.application(tenant_id, app_id).await;
    found.map_err(errors::of_store)
}

/// What the client holds on the Graph resource now: a token may be an hour older than a revocation.
fn granted(client: &ApplicationInTenant, graph: &ApplicationInTenant) -> Vec<AppRoleId> {
    let is_usable =
        |principal: &&ServicePrincipal| principal.account_enabled && !graph.application.is_disabled;
    let Some(resource) = graph.service_principal.as_ref().filter(is_usable) else {
        return Vec::new();
    };
    let assignments = client.assignments_on(resource.id);
    assignments
        .map(|assignment| assignment.app_role_id)
        .collect()
}

/// The messages of the original, as far as it says anything.
fn refusal(rejection: &Rejection) -> GraphError {
    let cause = match rejection {
        Rejection::NoToken => return GraphError::unauthenticated("Access token is empty."),
        Rejection::InvalidToken(cause) => cause,
        Rejection::InsufficientScope => return GraphError::denied(),
        _ => return errors::unavailable(),
    };
    GraphError::unauthenticated(match cause {
        InvalidToken::AuthorizationRepeated => {
            "Access token validation failure. There is more than one Authorization header."
        }
        InvalidToken::AuthorizationMalformed => "Access token is empty.",
        InvalidToken::Audience => "Access token validation failure. Invalid audience.",
        InvalidToken::Issuer | InvalidToken::Tenant | InvalidToken::KeyIssuer => {
            "Access token validation failure. Invalid issuer."
        }
        InvalidToken::Time(TimeError::Expired) => {
            "Lifetime validation failed, the token is expired."
        }
        InvalidToken::Time(_) => "Lifetime validation failed, the token is not yet valid.",
        InvalidToken::NoApplication => {
            "Access token validation failure. The token names no application."
        }
        _ => "Access token validation failure. Invalid signature.",
    })
}

fn unknown() -> GraphError {
    GraphError::new(
        403,
        "Authorization_IdentityNotFound",
        "The identity of the calling application could not be established.",
    )
}

fn disabled() -> GraphError {
    GraphError::new(
        403,
        "Authorization_IdentityDisabled",
        "The identity of the calling application has been disabled.",
    )
}
