//! Discovery documents and keys.

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use countersign_domain::clock::Timestamp;
use countersign_domain::directory::TokenVersion;
use countersign_domain::oauth::claims::issuer;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::form;
use countersign_domain::oauth::metadata::{self, Authority, TENANT_TEMPLATE};
use countersign_domain::oauth::tenant_name::TenantName;
use http::Uri;
use http::request::Parts;
use serde_json::Value;

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

/// A request for a document.
pub(crate) struct Call {
    state: Arc<AppState>,
    context: RequestContext,
    uri: Uri,
}

pub(crate) async fn configuration_v1(call: Call) -> Response {
    call.answer(call.asked(1), |asked| {
        if asked.is_adfs {
            return asked.adfs_configuration(call.base_url());
        }
        metadata::openid_configuration_v1(asked.authority(call.base_url()))
    })
}

pub(crate) async fn configuration_v2(call: Call) -> Response {
    call.answer(call.asked(1), |asked| {
        metadata::openid_configuration_v2(asked.authority(call.base_url()))
    })
}

/// `/adfs/{tenant}/...`: clients that put `adfs` before the real tenant.
pub(crate) async fn configuration_adfs(call: Call) -> Response {
    call.answer(call.asked(2), |asked| {
        asked.adfs_configuration(call.base_url())
    })
}

pub(crate) async fn keys_v1(call: Call) -> Response {
    call.answer(call.asked(1), |_| call.state.signing.published(None))
}

pub(crate) async fn keys_v2(call: Call) -> Response {
    call.answer(call.asked(1), |asked| {
        let issuer = issuer(call.base_url(), &asked.issuer_tenant, TokenVersion::V2);
        call.state.signing.published(Some(&issuer))
    })
}

/// `/common/discovery/instance`: whether an authority is one of ours.
pub(crate) async fn instance(call: Call) -> Response {
    call.answer(instance_segment(&call.state, call.uri.query()), |segment| {
        metadata::instance_discovery(call.base_url(), &segment)
    })
}

impl Call {
    fn base_url(&self) -> &str {
        self.state.base_url.as_str()
    }

    /// The tenant that the path names in this place.
    fn asked(&self, place: usize) -> Result<Asked, OauthError> {
        asked(&self.state, self.segment(place))
    }

    fn answer<A, B: serde::Serialize>(
        &self,
        asked: Result<A, OauthError>,
        document: impl FnOnce(A) -> B,
    ) -> Response {
        match asked {
            Ok(asked) => reply::public_json(&document(asked)),
            Err(refused) => self.refuse(refused),
        }
    }

    pub(super) fn refuse(&self, refused: OauthError) -> Response {
        reply::refusal(self.base_url(), &self.context, &refused.for_discovery())
    }

    pub(super) fn state(&self) -> &AppState {
        &self.state
    }

    /// When the request came.
    pub(super) fn now(&self) -> Timestamp {
        self.context.now
    }

    /// The part of the path in this place.
    pub(super) fn segment(&self, place: usize) -> &str {
        segment(&self.uri, place)
    }

    pub(super) fn query(&self) -> &str {
        self.uri.query().unwrap_or_default()
    }
}

impl FromRequestParts<Arc<AppState>> for Call {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        state: &Arc<AppState>,
    ) -> Result<Self, Infallible> {
        let context = parts
            .extensions
            .remove()
            .expect("the stack gives every request one");
        Ok(Self {
            state: state.clone(),
            context,
            uri: parts.uri.clone(),
        })
    }
}

impl Asked {
    fn authority<'a>(&'a self, base_url: &'a str) -> Authority<'a> {
        Authority {
            base_url,
            segment: &self.segment,
            issuer_tenant: &self.issuer_tenant,
        }
    }

    /// What clients read that are told that this is a private cloud: it names the v2.0 endpoint,
    /// since they speak it, and the tenant's real issuer.
    fn adfs_configuration(&self, base_url: &str) -> Value {
        metadata::openid_configuration_v2(self.authority(base_url))
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
