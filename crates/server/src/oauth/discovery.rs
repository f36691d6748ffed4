//! Discovery documents and keys.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use countersign_domain::directory::TokenVersion;
use countersign_domain::oauth::claims::issuer;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::form;
use countersign_domain::oauth::metadata::{self, Authority, TENANT_TEMPLATE};
use countersign_domain::oauth::tenant_name::TenantName;
use http::Uri;

use crate::http::context::RequestContext;
use crate::http::reply;
use crate::state::AppState;

/// Whose document is asked for.
struct Asked {
    /// The segment that the document's addresses keep.
    segment: String,
    /// The tenant of its issuer: an id, or the template.
    issuer_tenant: String,
    /// Asked for as `adfs`.
    is_adfs: bool,
}

pub(crate) async fn configuration_v1(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    answer(&state, &context, asked(&state, segment(&uri, 1)), |asked| {
        let base_url = state.base_url.as_str();
        if asked.is_adfs {
            return metadata::openid_configuration_adfs(
                base_url,
                &asked.segment,
                &asked.issuer_tenant,
            );
        }
        metadata::openid_configuration_v1(asked.authority(base_url))
    })
}

pub(crate) async fn configuration_v2(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    answer(&state, &context, asked(&state, segment(&uri, 1)), |asked| {
        metadata::openid_configuration_v2(asked.authority(state.base_url.as_str()))
    })
}

/// `/adfs/{tenant}/...`: clients that put `adfs` before the real tenant.
pub(crate) async fn configuration_adfs(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    answer(&state, &context, asked(&state, segment(&uri, 2)), |asked| {
        let (segment, tenant) = (&asked.segment, &asked.issuer_tenant);
        metadata::openid_configuration_adfs(state.base_url.as_str(), segment, tenant)
    })
}

pub(crate) async fn keys_v1(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    answer(&state, &context, asked(&state, segment(&uri, 1)), |_| {
        state.signing.published(None)
    })
}

pub(crate) async fn keys_v2(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    answer(&state, &context, asked(&state, segment(&uri, 1)), |asked| {
        let base_url = state.base_url.as_str();
        state.signing.published(Some(&issuer(
            base_url,
            &asked.issuer_tenant,
            TokenVersion::V2,
        )))
    })
}

/// `/common/discovery/instance`: whether an authority is one of ours.
pub(crate) async fn instance(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    RawQuery(query): RawQuery,
) -> Response {
    let base_url = state.base_url.as_str();
    answer(
        &state,
        &context,
        instance_segment(&state, query.as_deref()),
        |segment| metadata::instance_discovery(base_url, &segment),
    )
}

impl Asked {
    fn authority<'a>(&'a self, base_url: &'a str) -> Authority<'a> {
        Authority {
            base_url,
            segment: &self.segment,
            issuer_tenant: &self.issuer_tenant,
        }
    }
}

fn answer<A, B: serde::Serialize>(
    state: &AppState,
    context: &RequestContext,
    asked: Result<A, OauthError>,
    document: impl FnOnce(A) -> B,
) -> Response {
    match asked {
        Ok(asked) => reply::public_json(&document(asked)),
        Err(refused) => reply::refusal(state.base_url.as_str(), context, &refused.for_discovery()),
    }
}

fn segment(uri: &Uri, place: usize) -> &str {
    uri.path().split('/').nth(place).unwrap_or_default()
}

/// Documents of a tenant always name its id, whatever name it was asked by.
fn asked(state: &AppState, segment: &str) -> Result<Asked, OauthError> {
    match TenantName::parse(segment)? {
        TenantName::AnyOrganization => Ok(Asked {
            segment: segment.to_ascii_lowercase(),
            issuer_tenant: TENANT_TEMPLATE.to_owned(),
            is_adfs: false,
        }),
        TenantName::Consumers => Err(error::TENANT_NOT_FOUND.with(&[("tenant", segment)])),
        TenantName::Default => Ok(Asked {
            segment: "adfs".to_owned(),
            issuer_tenant: state.directory.tenant(segment)?.id.to_string(),
            is_adfs: true,
        }),
        TenantName::Id(_) | TenantName::Domain(_) => {
            let id = state.directory.tenant(segment)?.id.to_string();
            Ok(Asked {
                segment: id.clone(),
                issuer_tenant: id,
                is_adfs: false,
            })
        }
    }
}

/// The tenant segment of the `authorization_endpoint` that is asked about, if that is ours.
///
/// MSAL for Python loses the port there, so hosts are compared without it; the answer is built
/// from our own base URL in any case.
fn instance_segment(state: &AppState, query: Option<&str>) -> Result<String, OauthError> {
    let malformed = |reason| error::DISCOVERY_MALFORMED.with(&[("reason", reason)]);
    let pairs: Vec<_> = form::pairs(query.unwrap_or_default().as_bytes())
        .collect::<Result<_, _>>()
        .map_err(|_| malformed("The query cannot be decoded."))?;
    let endpoint = pairs
        .iter()
        .find_map(|(name, value)| (name == "authorization_endpoint").then_some(value))
        .ok_or_else(|| malformed("The parameter 'authorization_endpoint' is missing."))?;
    let endpoint: Uri = endpoint
        .parse()
        .map_err(|_| malformed("The parameter 'authorization_endpoint' is not a URL."))?;
    let own_host = state.base_url.host();
    let is_own = endpoint.host().is_some_and(|host| {
        host.trim_matches(['[', ']']).eq_ignore_ascii_case(own_host)
            || WELL_KNOWN_HOSTS
                .iter()
                .any(|known| host.eq_ignore_ascii_case(known))
    });
    if !is_own {
        return Err(error::INSTANCE_UNKNOWN.plain());
    }
    let segment = segment(&endpoint, 1);
    Ok(if segment.is_empty() {
        "common".to_owned()
    } else {
        asked(state, segment)?.segment
    })
}

/// Names of the original under which this server can be reached in a closed network: a lab points
/// them here, and unmodified clients ask about them.
const WELL_KNOWN_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.windows.net",
    "login.microsoft.com",
    "sts.windows.net",
];
