//! Refusals as gRPC clients read them: a status of their own, in the headers of an answer without
//! body ("trailers only"), while HTTP says 200.

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Response, StatusCode};

use crate::Rejection;

const GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");
const GRPC_MESSAGE: HeaderName = HeaderName::from_static("grpc-message");

/// Adds what gRPC needs; `WWW-Authenticate` stays, as metadata.
pub(crate) fn translate<B>(rejection: &Rejection, response: &mut Response<B>) {
    let (status, message) = match rejection {
        // PERMISSION_DENIED, UNAVAILABLE, UNAUTHENTICATED. Messages are percent-encoded.
        Rejection::InsufficientScope => ("7", "the%20caller%20lacks%20permission"),
        Rejection::KeysUnavailable => ("14", "signing%20keys%20are%20unavailable"),
        Rejection::RevocationsUnavailable => ("14", "revocations%20are%20unavailable"),
        _ => ("16", "a%20valid%20bearer%20token%20is%20needed"),
    };
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/grpc"));
    headers.insert(GRPC_STATUS, HeaderValue::from_static(status));
    headers.insert(GRPC_MESSAGE, HeaderValue::from_static(message));
}
