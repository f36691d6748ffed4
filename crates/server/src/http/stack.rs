//! What happens to every request before and after its handler.

use std::net::SocketAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use axum::routing::get;
use countersign_domain::oauth::error;
use countersign_token::JwkSet;
use futures_util::FutureExt;
use http::header::{
    CONTENT_LENGTH, HOST, STRICT_TRANSPORT_SECURITY, TRANSFER_ENCODING, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderMap, HeaderValue, Request, Version};
use hyper::body::Incoming;
use tower::Service;

use super::client_address::client_address;
use super::context::RequestContext;
use super::reply;
use crate::cloud;
use crate::development_issuer;
use crate::graph;
use crate::health;
use crate::metrics;
use crate::oauth::{admin_consent, discovery, error_page, revocations, token};
use crate::portal;
use crate::state::AppState;

/// Every address of this server but the token endpoints. Paths are matched exactly: letter case,
/// slashes and escapes count.
pub(crate) fn router(state: Arc<AppState>, development_issuer: Option<JwkSet>) -> Router {
    let routes = Router::new()
        .route(
            "/{tenant}/.well-known/openid-configuration",
            get(discovery::configuration_v1),
        )
        .route(
            "/{tenant}/v2.0/.well-known/openid-configuration",
            get(discovery::configuration_v2),
        )
        .route(
            "/adfs/v2.0/.well-known/openid-configuration",
            get(discovery::configuration_v2),
        )
        .route(
            "/adfs/{tenant}/.well-known/openid-configuration",
            get(discovery::configuration_adfs),
        )
        .route("/{tenant}/discovery/keys", get(discovery::keys_v1))
        .route("/{tenant}/discovery/v2.0/keys", get(discovery::keys_v2))
        .route("/{tenant}/discovery/revocations", get(revocations::show))
        .route("/common/discovery/instance", get(discovery::instance))
        .route("/metadata/endpoints", get(cloud::endpoints))
        .route("/subscriptions", get(cloud::subscriptions))
        .route("/tenants", get(cloud::tenants))
        .route("/error", get(error_page::show))
        .route("/health", get(health::health))
        .route("/ready", get(health::ready))
        .route("/metrics", get(metrics::show))
        .merge(admin_consent::routes())
        .merge(portal::routes())
        .fallback(async || reply::not_found());
    match development_issuer {
        Some(keys) => routes.merge(development_issuer::routes(keys)),
        None => routes,
    }
    .with_state(state)
}

/// Answers one request. A panic in a handler ends that request, not the process.
pub(crate) async fn serve(
    state: Arc<AppState>,
    router: Router,
    peer: SocketAddr,
    request: Request<Incoming>,
) -> Response {
    let source = client_address(peer, request.headers(), state.proxies.as_ref());
    let context = RequestContext::new(&state, source, &request);
    let has_transfer_encoding = request.headers().contains_key(TRANSFER_ENCODING);
    let mut response = match ambiguity(&request) {
        Some(reason) => {
            let refused = error::MALFORMED.with(&[("reason", reason)]);
            reply::closing(reply::refusal(state.base_url.as_str(), &context, &refused))
        }
        None => {
            let handled = handle(&state, router, context.clone(), request);
            AssertUnwindSafe(handled)
                .catch_unwind()
                .await
                .unwrap_or_else(|_| {
                    tracing::error!(trace_id = %context.trace_id, "a request handler panicked");
                    reply::refusal(state.base_url.as_str(), &context, &error::INTERNAL.plain())
                })
        }
    };
    if has_transfer_encoding {
        // RFC 9112 section 6.1: what follows such a request on the connection is not to be trusted
        // where a Content-Length may have been sent with it.
        response = reply::closing(response);
    }
    add_common_headers(response.headers_mut(), &context, state.proxies.is_none());
    response
}

async fn handle(
    state: &AppState,
    mut router: Router,
    context: RequestContext,
    request: Request<Incoming>,
) -> Response {
    // Nearly every request is for a token, and these few are found faster without the router: what
    // it boxes and copies for one costs as much as all the rest of HTTP.
    if let Some(endpoint) = token::endpoint(request.uri().path()) {
        return token::answer(state, endpoint, context, request).await;
    }
    if graph::is_path(request.uri().path()) {
        // On the heap: in place, every token request would carry the room for the SQL.
        return Box::pin(graph::endpoint(state, context, request)).await;
    }
    let mut request = request.map(Body::new);
    request.extensions_mut().insert(context);
    match router.call(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

/// Requests that two parties could understand differently (RFC 9112 sections 3.2 and 6.3).
fn ambiguity(request: &Request<Incoming>) -> Option<&'static str> {
    let headers = request.headers();
    let hosts = headers.get_all(HOST).iter().count();
    if hosts > 1 || (hosts == 0 && request.version() == Version::HTTP_11) {
        return Some("A request has exactly one Host header.");
    }
    if headers.contains_key(TRANSFER_ENCODING) && headers.contains_key(CONTENT_LENGTH) {
        return Some("A request has Transfer-Encoding or Content-Length, not both.");
    }
    None
}

fn add_common_headers(headers: &mut HeaderMap, context: &RequestContext, is_tls: bool) {
    let id = |text: &str| HeaderValue::from_str(text).expect("a GUID is ASCII");
    headers.insert("x-ms-request-id", id(&context.trace_id.to_string()));
    if let (true, Some(client)) = (context.returns_client_request_id, context.client_request_id) {
        headers.insert("client-request-id", id(&client.to_string()));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert("x-xss-protection", HeaderValue::from_static("0"));
    if is_tls {
        let year = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(STRICT_TRANSPORT_SECURITY, year);
    }
}
