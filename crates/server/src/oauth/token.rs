//! `POST /{tenant}/oauth2/token` and `POST /{tenant}/oauth2/v2.0/token`: path and form in, reply
//! out. What the request means is decided in [`super::issue`].

use std::net::IpAddr;

use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use countersign_domain::directory::{ClientCredentialType, SignIn};
use countersign_domain::ids::{AppId, KeyId, ServicePrincipalId, TenantId};
use countersign_domain::oauth::basic::BasicCredentials;
use countersign_domain::oauth::error::{self, OauthError};
use countersign_domain::oauth::request::{Endpoint, Parameters};
use http::header::{ALLOW, AUTHORIZATION, RETRY_AFTER};
use http::{HeaderMap, Method, Request, StatusCode};
use hyper::body::Incoming;
use tokio::time::Instant;

use super::body::{self, Encoding};
use super::issue::{Issued, issue};
use crate::http::context::RequestContext;
use crate::http::reply;
use crate::state::AppState;

/// What a request turned out to be, as far as it came: material for its sign-in record.
#[derive(Default)]
pub(super) struct Attempt {
    pub(super) tenant_id: Option<TenantId>,
    pub(super) app_id: Option<AppId>,
    pub(super) service_principal_id: Option<ServicePrincipalId>,
    pub(super) resource_app_id: Option<AppId>,
    pub(super) credential_type: Option<ClientCredentialType>,
    pub(super) credential_key_id: Option<KeyId>,
    pub(super) is_assertion_reused: bool,
    /// Seconds until the client may try again.
    pub(super) retry_after: Option<i64>,
}

/// The token endpoint that a path names. Letter case, slashes and escapes count.
pub(crate) fn endpoint(path: &str) -> Option<Endpoint> {
    let (tenant, rest) = path.strip_prefix('/')?.split_once('/')?;
    match rest {
        "oauth2/token" if !tenant.is_empty() => Some(Endpoint::V1),
        "oauth2/v2.0/token" if !tenant.is_empty() => Some(Endpoint::V2),
        _ => None,
    }
}

/// Answers a request to a token endpoint.
pub(crate) async fn answer(
    state: &AppState,
    endpoint: Endpoint,
    mut context: RequestContext,
    request: Request<Incoming>,
) -> Response {
    let (head, body) = request.into_parts();
    if head.method == Method::OPTIONS {
        return reply::with_header(no_content(), ALLOW, "POST, OPTIONS");
    }
    if head.method != Method::POST {
        let refused = error::METHOD_NOT_ALLOWED
            .with(&[("verbs", "POST, OPTIONS"), ("verb", head.method.as_str())]);
        return reply::with_header(
            reply::refusal(state.base_url.as_str(), &context, &refused),
            ALLOW,
            "POST, OPTIONS",
        );
    }
    let began = Instant::now();
    let segment = head.uri.path().split('/').nth(1).unwrap_or_default();
    let mut attempt = Attempt::default();
    let read = body::read(&head.headers, body).await;
    let is_unread = read.is_err();
    let outcome = match read {
        Ok(body) => {
            read_and_issue(
                state,
                endpoint,
                segment,
                &head.headers,
                body,
                &mut context,
                &mut attempt,
            )
            .await
        }
        Err(refused) => Err(refused),
    };
    let record = sign_in(&context, &attempt, outcome.as_ref().err());
    state.metrics.token_request(
        endpoint,
        record.credential_type,
        record.error_code,
        began.elapsed(),
    );
    state.sign_ins.record(record);
    match outcome {
        Ok(issued) => reply::private(StatusCode::OK, issued.to_json()),
        Err(refused) => {
            let mut response = reply::refusal(state.base_url.as_str(), &context, &refused);
            if head.headers.contains_key(AUTHORIZATION) {
                response = reply::with_basic_challenge(response);
            }
            if is_unread {
                // Without this, the client would send its next request into a connection that is
                // about to be closed on the rest of the body.
                response = reply::closing(response);
            }
            match attempt.retry_after {
                Some(seconds) => reply::with_header(response, RETRY_AFTER, &seconds.to_string()),
                None => response,
            }
        }
    }
}

async fn read_and_issue(
    state: &AppState,
    endpoint: Endpoint,
    segment: &str,
    headers: &HeaderMap,
    body: Bytes,
    context: &mut RequestContext,
    attempt: &mut Attempt,
) -> Result<Issued, OauthError> {
    let parameters = match Encoding::of(headers) {
        Encoding::Form => Parameters::parse(&body)?,
        // On the heap, because it is rare and big.
        Encoding::Multipart(boundary) => Box::pin(body::multipart(body.clone(), boundary)).await?,
        Encoding::Unknown => Parameters::default(),
    };
    if context.client_request_id.is_none() {
        context.client_request_id = parameters
            .client_request_id()
            .and_then(|id| id.parse().ok());
    }
    issue(
        state,
        endpoint,
        segment,
        &parameters,
        basic(headers),
        context,
        attempt,
    )
    .await
}

/// The credentials of the `Authorization` header. Two headers are as wrong as a malformed one.
fn basic(headers: &HeaderMap) -> Result<Option<BasicCredentials>, OauthError> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let parsed = BasicCredentials::parse(value.as_bytes());
    match (parsed, values.next()) {
        (Ok(basic), None) => Ok(Some(basic)),
        (Ok(_), Some(_)) => Err(error::SEVERAL_CREDENTIALS.plain()),
        (Err(reason), _) => Err(error::MALFORMED.with(&[("reason", &reason.to_string())])),
    }
}

fn no_content() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

fn sign_in(context: &RequestContext, attempt: &Attempt, refused: Option<&OauthError>) -> SignIn {
    SignIn {
        id: context.trace_id,
        at: context.now,
        tenant_id: attempt.tenant_id,
        correlation_id: context.correlation_id(),
        app_id: attempt.app_id,
        service_principal_id: attempt.service_principal_id,
        resource_app_id: attempt.resource_app_id,
        credential_type: attempt
            .credential_type
            .unwrap_or(ClientCredentialType::None),
        credential_key_id: attempt.credential_key_id,
        error_code: refused.map_or(0, |refused| refused.kind.number),
        reason: refused.map(recorded_reason),
        ip_address: text(context.source),
        is_assertion_reused: attempt.is_assertion_reused,
        user_id: None,
    }
}

/// Why a request was refused, for its record. What was sent as a client id may be a secret in the
/// wrong field, so that one value is left out.
fn recorded_reason(refused: &OauthError) -> String {
    if refused.kind == &error::CLIENT_ID_INVALID {
        return "The client id is not a GUID.".to_owned();
    }
    refused.message.clone()
}

fn text(address: IpAddr) -> String {
    address.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_exactly() {
        assert_eq!(
            endpoint("/contoso.example/oauth2/token"),
            Some(Endpoint::V1)
        );
        assert_eq!(endpoint("/a/oauth2/v2.0/token"), Some(Endpoint::V2));
        for path in [
            "*",
            "/",
            "//oauth2/token",
            "/oauth2/token",
            "/a/oauth2/token/",
            "/a/OAuth2/token",
            "/a/oauth2/v2.0%2Ftoken",
            "/a/b/oauth2/token",
            "/a//oauth2/token",
            "/a/oauth2/v1.0/token",
        ] {
            assert_eq!(endpoint(path), None, "{path}");
        }
    }
}
