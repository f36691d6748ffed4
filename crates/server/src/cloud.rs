//! What makes this server a *cloud* to Azure CLI and to Terraform: the document that names its
//! endpoints, and the few answers that a login expects of a resource manager, which there is none of.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use countersign_domain::oauth::form;
use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue, StatusCode, Uri};
use serde_json::{Value, json};

use crate::graph::{Caller, authenticate};
use crate::http::context::RequestContext;
use crate::http::reply;
use crate::state::AppState;

/// From this year's versions on, the document is an object; before, a list of clouds.
const OBJECT_FROM_YEAR: u16 = 2022;

/// `/metadata/endpoints`: no token, because it is read before there is one.
pub(crate) async fn endpoints(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    uri: Uri,
) -> Response {
    let document = document(state.base_url.as_str());
    let document = match takes_list(&uri) {
        true => json!([document]),
        false => document,
    };
    named(&context, reply::public_json(&document))
}

/// `/subscriptions`: there are none. Azure CLI asks for them at every login.
pub(crate) async fn subscriptions(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
) -> Response {
    answer(&state, &context, &headers, |_| json!({ "value": [] })).await
}

/// `/tenants`: the caller's own.
pub(crate) async fn tenants(
    State(state): State<Arc<AppState>>,
    Extension(context): Extension<RequestContext>,
    headers: HeaderMap,
) -> Response {
    answer(&state, &context, &headers, |caller| {
        let tenant = &caller.tenant;
        let domains: Vec<_> = tenant.domains.iter().map(ToString::to_string).collect();
        json!({ "value": [{
            "id": format!("/tenants/{}", tenant.id),
            "tenantId": tenant.id,
            "tenantCategory": "Home",
            "tenantType": "AAD",
            "displayName": tenant.display_name,
            "defaultDomain": domains.first(),
            "domains": domains,
        }] })
    })
    .await
}

fn document(base_url: &str) -> Value {
    json!({
        "name": "Countersign",
        "authentication": {
            // Without a slash: clients put one between it and the tenant.
            "loginEndpoint": base_url,
            "audiences": [base_url],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "resourceManager": base_url,
        "microsoftGraphResourceId": base_url,
        "graph": base_url,
        "graphAudience": base_url,
        "portal": base_url,
        "suffixes": {},
    })
}

/// An `api-version` begins with its year.
fn takes_list(uri: &Uri) -> bool {
    let query = uri.query().unwrap_or_default();
    form::pairs(query.as_bytes())
        .filter_map(Result::ok)
        .find(|(name, _)| name == "api-version")
        .and_then(|(_, version)| version.get(..4)?.parse::<u16>().ok())
        .is_some_and(|year| year < OBJECT_FROM_YEAR)
}

async fn answer(
    state: &AppState,
    context: &RequestContext,
    headers: &HeaderMap,
    body: impl FnOnce(&Caller) -> Value,
) -> Response {
    let answer = match authenticate(state, context, headers).await {
        Ok(caller) => reply::private_json(StatusCode::OK, &body(&caller)),
        Err(error) => refusal(&error),
    };
    named(context, answer)
}

/// The request's name, where clients of Graph and of resource managers look for it.
fn named(context: &RequestContext, mut response: Response) -> Response {
    if let Ok(id) = HeaderValue::from_str(&context.trace_id.to_string()) {
        response.headers_mut().insert("request-id", id);
    }
    response
}

/// A refusal in the resource manager's shape.
fn refusal(error: &GraphError) -> Response {
    let status = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let code = match status {
        StatusCode::UNAUTHORIZED => "AuthenticationFailed",
        StatusCode::FORBIDDEN => "AuthorizationFailed",
        StatusCode::SERVICE_UNAVAILABLE => "ServiceUnavailable",
        _ => "InternalServerError",
    };
    let body = json!({ "error": { "code": code, "message": error.message } });
    let mut response = reply::private_json(status, &body);
    if status == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_before_2022_take_a_list() {
        for (uri, expected) in [
            ("/metadata/endpoints?api-version=2019-05-01", true),
            ("/metadata/endpoints?x=1&api-version=2020%2D06-01", true),
            ("/metadata/endpoints?api-version=2022-09-01", false),
            ("/metadata/endpoints?api-version=", false),
            ("/metadata/endpoints?api-version=%C3%A9%C3%A9%C3%A9", false),
            ("/metadata/endpoints?api-version=%ff", false),
            ("/metadata/endpoints?api-version=latest", false),
            ("/metadata/endpoints", false),
        ] {
            let parsed: Uri = uri.parse().expect("a URI");
            assert_eq!(takes_list(&parsed), expected, "{uri}");
        }
    }
}
