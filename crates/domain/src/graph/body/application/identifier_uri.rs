//! Which App ID URIs an application may take.
//!
//! A URI is what clients write to mean a resource, so nobody may take one that means somebody
//! else's. URIs that the application has already stay, however they came there, unless a change of
//! something else makes them mislead.

use std::collections::HashSet;

use super::{REPEATED, RESOURCE};
use crate::directory::{Application, Domain, ResourceName, TokenVersion};
use crate::graph::body::Context;
use crate::graph::body::object::invalid;
use crate::graph::error::GraphError;
use crate::graph::permission::{GRAPH_APP_ID, graph_names};

const PROPERTY: &str = "identifierUris";

/// Checks the URIs that are new, and that all of them name their owner if they must from now on.
pub(super) fn check(
    application: &Application,
    old: Option<&Application>,
    context: &Context<'_>,
) -> Result<(), GraphError> {
    let mut seen = HashSet::new();
    let (is_v2, is_shared) = (is_v2(application), is_shared(application));
    // A v2.0 token names its resource by its client id, so there a URI misleads nobody in its tenant;
    // of an application for every tenant, all other tenants would have to do without the name.
    let must_name_owner = !is_v2 || is_shared;
    let may_mislead =
        old.is_some_and(|old| (!is_v2 && self::is_v2(old)) || (is_shared && !self::is_shared(old)));
    for uri in &application.identifier_uris {
        if !seen.insert(ResourceName::fold(uri)) {
            return Err(GraphError::bad_request(REPEATED));
        }
        let is_new = !old.is_some_and(|old| old.identifier_uris.contains(uri));
        if is_new {
            check_new(uri, context)?;
        }
        if must_name_owner && (is_new || may_mislead) {
            check_owner(uri, application, context)?;
        }
    }
    Ok(())
}

fn is_v2(application: &Application) -> bool {
    application.token_version() == TokenVersion::V2
}

fn is_shared(application: &Application) -> bool {
    application.sign_in_audience.is_multi_tenant()
}

fn check_new(uri: &str, context: &Context<'_>) -> Result<(), GraphError> {
    if uri.ends_with('/') {
        return Err(invalid(PROPERTY, RESOURCE, "must not end with a slash"));
    }
    let folded = uri.to_lowercase();
    let (scheme, rest) = folded.split_once(':').unwrap_or_default();
    let rest = rest.strip_prefix("//").unwrap_or(rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    if is_reserved(&folded, authority, context) {
        let reason = "is a name of the platform itself; choose another";
        return Err(invalid(PROPERTY, RESOURCE, reason));
    }
    let domains = &context.tenant.domains;
    let host = authority.split(':').next().unwrap_or_default();
    let is_web = matches!(scheme, "http" | "https");
    if is_web && !is_within(host, domains) {
        return Err(GraphError::new(
            400,
            "HostNameNotOnVerifiedDomain",
            format!(
                "Values of identifierUris property must use a verified domain of the organization \
                 or its subdomain: '{uri}'"
            ),
        ));
    }
    Ok(())
}

fn check_owner(
    uri: &str,
    application: &Application,
    context: &Context<'_>,
) -> Result<(), GraphError> {
    let folded = uri.to_lowercase();
    let (_, rest) = folded.split_once(':').unwrap_or_default();
    let is_of_owner = |part: &str| {
        part.parse() == Ok(context.tenant.id)
            || part.parse() == Ok(application.app_id)
            || is_within(part, &context.tenant.domains)
    };
    if !rest.split(['/', ':', '?']).any(is_of_owner) {
        return Err(GraphError::bad_request(format!(
            "Failed to add identifier URI {uri}. All newly added URIs must contain a tenant \
             verified domain, tenant ID, or app ID, as per the default tenant policy of your \
             organization. An application of this tenant alone whose \
             api.requestedAccessTokenVersion is 2 may have others."
        )));
    }
    Ok(())
}

/// The names of the Graph resource: whoever else had one would be sent its tokens' requests.
fn is_reserved(folded: &str, authority: &str, context: &Context<'_>) -> bool {
    let is_of = |name: &String| {
        let (_, rest) = name.split_once("://").unwrap_or_default();
        authority == rest.trim_end_matches('/').to_lowercase()
    };
    graph_names(context.base_url).iter().any(is_of) || folded.contains(&GRAPH_APP_ID.to_string())
}

fn is_within(host: &str, domains: &[Domain]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain.as_str())
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}
