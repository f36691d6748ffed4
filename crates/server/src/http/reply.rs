//! The single place where an outcome becomes bytes.

use axum::body::Body;
use axum::response::Response;
use countersign_domain::oauth::error::OauthError;
use http::header::{CACHE_CONTROL, CONNECTION, CONTENT_TYPE, EXPIRES, PRAGMA, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

use super::context::RequestContext;
use crate::oauth::error_page;

/// Headers of an answer.
const HEADERS_GUESS: usize = 12;

/// The media type is the `typ` of the list (RFC 7515 section 4.1.9).
const LIST: HeaderValue = HeaderValue::from_static("application/revocations+jwt");

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// JSON that anyone may keep for a day: discovery and keys.
pub(crate) fn public_json(body: &impl Serialize) -> Response {
    let mut response = response(StatusCode::OK, to_json(body));
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("max-age=86400, private"),
    );
    headers.insert("access-control-allow-origin", HeaderValue::from_static("*"));
    headers.insert(
        "access-control-allow-methods",
        HeaderValue::from_static("GET, OPTIONS"),
    );
    response
}

/// JSON that nobody may keep: tokens and refusals (RFC 6749 section 5.1).
pub(crate) fn private_json(status: StatusCode, body: &impl Serialize) -> Response {
    private(status, to_json(body))
}

/// The same, for JSON that is made already.
pub(crate) fn private(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = response(status, json);
    let headers = response.headers_mut();
    headers.insert(
        CACHE_CONTROL,
        HeaderValue::from_static("no-store, no-cache"),
    );
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("-1"));
    response
}

/// A signed list in the compact form, which is asked for again soon.
pub(crate) fn signed_list(list: &str) -> Response {
    let mut response = Response::new(Body::from(list.to_owned()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, LIST);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// There is nothing new.
pub(crate) fn nothing_new() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let no_cache = HeaderValue::from_static("no-cache");
    response.headers_mut().insert(CACHE_CONTROL, no_cache);
    response
}

/// A refusal in the original's shape.
pub(crate) fn refusal(base_url: &str, context: &RequestContext, error: &OauthError) -> Response {
    let timestamp = context.now.to_error_format();
    let (trace_id, correlation_id) = (context.trace_id, context.correlation_id());
    let body = ErrorBody {
        error: error.code.as_str(),
        error_description: format!(
            "{error} Trace ID: {trace_id} Correlation ID: {correlation_id} Timestamp: {timestamp}"
        ),
        error_codes: [error.kind.number],
        timestamp,
        trace_id: trace_id.to_string(),
        correlation_id: correlation_id.to_string(),
        error_uri: error_page::uri(base_url, error.kind.number),
    };
    let status = StatusCode::from_u16(error.kind.status).unwrap_or(StatusCode::BAD_REQUEST);
    private_json(status, &body)
}

/// Adds the challenge that RFC 6749 section 5.2 asks for where the client used the header.
pub(crate) fn with_basic_challenge(mut response: Response) -> Response {
    if response.status() == StatusCode::UNAUTHORIZED {
        let challenge = HeaderValue::from_static("Basic realm=\"countersign\", charset=\"UTF-8\"");
        response.headers_mut().insert(WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Says that the connection ends with this answer.
pub(crate) fn closing(mut response: Response) -> Response {
    response
        .headers_mut()
        .insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// Adds a header whose value is made of digits and ASCII names.
pub(crate) fn with_header(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

/// An address at which there is nothing.
pub(crate) fn not_found() -> Response {
    let body = serde_json::json!({
        "error": "not_found",
        "error_description": "There is nothing at this address. Token endpoints are \
            /{tenant}/oauth2/token and /{tenant}/oauth2/v2.0/token.",
    });
    private_json(StatusCode::NOT_FOUND, &body)
}

fn to_json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("our own replies serialise")
}

fn response(status: StatusCode, json: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(json));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    // Room for these, those that every answer gets, and two more.
    headers.reserve(HEADERS_GUESS);
    headers.insert(CONTENT_TYPE, JSON);
    response
}

#[derive(Serialize)]
struct ErrorBody {
    error: &'static str,
    error_description: String,
    error_codes: [u32; 1],
    timestamp: String,
    trace_id: String,
    correlation_id: String,
    error_uri: String,
}
