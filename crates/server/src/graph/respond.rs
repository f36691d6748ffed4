//! The single place where an answer becomes bytes.

use axum::body::{Body, HttpBody};
use axum::response::Response;
use countersign_domain::graph::body::batch::BatchResponse;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::{Method, Version};
use http::header::{
    ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG, LOCATION, RETRY_AFTER,
    WWW_AUTHENTICATE,
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value, json};

use super::answer::{Answer, List, Object};
use crate::http::context::RequestContext;
use crate::state::AppState;

const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;\
    IEEE754Compatible=false;charset=utf-8";

const TEXT: &str = "text/plain";

/// Which node of the original's data centres answered. Ours does not name any.
const DIAGNOSTIC: &str = r#"{"ServerInfo":{"DataCenter":"Countersign","Slice":"E","Ring":"1","ScaleUnit":"000","RoleInstance":"000"}}"#;

/// Seconds until a request that could not be served is worth another try.
const RETRY_SECONDS: &str = "5";

/// An answer before it is bytes: of its own, or a part of a batch.
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) headers: Vec<(HeaderName, String)>,
    pub(super) body: Content,
}

/// The body of a reply.
pub(super) enum Content {
    Empty,
    Text(String),
    Json(Value),
}

/// Makes the bytes.
pub(super) fn response(
    state: &AppState,
    context: &RequestContext,
    version: Version,
    outcome: Result<Answer, GraphError>,
) -> Response {
    let reply = reply(state, context, version, outcome);
    let (content_type, body) = match reply.body {
        Content::Empty => (None, Body::empty()),
        Content::Text(text) => (Some(TEXT), Body::from(text)),
        Content::Json(value) => (Some(JSON), Body::from(value.to_string())),
    };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(content_type) = content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    }
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store, private"));
    headers.insert("odata-version", HeaderValue::from_static("4.0"));
    headers.insert("x-ms-ags-diagnostic", HeaderValue::from_static(DIAGNOSTIC));
    let ids = [
        ("request-id", context.trace_id.to_string()),
        ("client-request-id", context.correlation_id().to_string()),
    ]
    .map(|(name, id)| (HeaderName::from_static(name), id));
    for (name, value) in reply.headers.into_iter().chain(ids) {
        // Nothing that a client wrote reaches a header undecoded; what no header can hold is left out.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

/// Status, headers and body of an outcome.
pub(super) fn reply(
    state: &AppState,
    context: &RequestContext,
    version: Version,
    outcome: Result<Answer, GraphError>,
) -> Reply {
    let root = format!("{}/{}", state.base_url, version.as_str());
    match outcome {
        Ok(Answer::Object(object)) => of_object(&root, object),
        Ok(Answer::List(list)) => Reply::new(200, Content::Json(of_list(&root, list))),
        Ok(Answer::Count(count)) => Reply::new(200, Content::Text(count.to_string())),
        Ok(Answer::NoContent) => Reply::new(204, Content::Empty),
        Ok(Answer::DryRun(members)) => {
            let mut reply = Reply::new(200, Content::Json(Value::Object(members)));
            let applied = HeaderName::from_static("preference-applied");
            reply.headers.push((applied, "dry-run".to_owned()));
            reply
        }
        Err(error) => of_error(state, context, &error),
    }
}

/// What `OPTIONS` is answered, for every path.
pub(super) fn options() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(
        ALLOW,
        HeaderValue::from_static("GET, HEAD, POST, PATCH, DELETE, OPTIONS"),
    );
    response
}

/// What `HEAD` is answered: everything but the body.
pub(super) fn without_body(mut response: Response) -> Response {
    let length = response.body().size_hint().exact().unwrap_or_default();
    let headers = response.headers_mut();
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    response.map(|_| Body::empty())
}

/// A `405` says which methods there are (RFC 9110 section 15.5.6).
pub(super) fn with_allowed(mut response: Response, methods: &[Method]) -> Response {
    let names: Vec<_> = methods.iter().map(|method| method.as_str()).collect();
    if let Ok(value) = HeaderValue::from_str(&names.join(", ")) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}

impl Reply {
    /// What a batch says of one of its requests.
    pub(super) fn part(self, id: &str) -> BatchResponse {
        let (content_type, body) = match self.body {
            Content::Empty => (None, None),
            Content::Text(text) => (Some(TEXT), Some(Value::String(text))),
            Content::Json(body) => (Some(JSON), Some(body)),
        };
        let content_type = content_type.map(|value| (CONTENT_TYPE, value.to_owned()));
        let headers = self.headers.into_iter().chain(content_type);
        BatchResponse {
            id: id.to_owned(),
            status: self.status,
            headers: headers
                .map(|(name, value)| (name.to_string(), value))
                .collect(),
            body,
        }
    }

    fn new(status: u16, body: Content) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body,
        }
    }
}

fn of_object(root: &str, object: Object) -> Reply {
    let mut members = Map::new();
    if let Some(context) = object.context {
        members.insert("@odata.context".into(), metadata(root, &context));
    }
    let etag = object.etag.map(|etag| etag.to_string());
    if let Some(etag) = &etag {
        members.insert("@odata.etag".into(), etag.as_str().into());
    }
    members.extend(object.members);
    let mut reply = Reply::new(object.status, Content::Json(Value::Object(members)));
    reply.headers.extend(etag.map(|etag| (ETAG, etag)));
    let location = object.location.map(|path| format!("{root}{path}"));
    reply.headers.extend(location.map(|url| (LOCATION, url)));
    reply
}

fn of_list(root: &str, list: List) -> Value {
    let mut members = Map::new();
    members.insert("@odata.context".into(), metadata(root, &list.context));
    if let Some(count) = list.count {
        members.insert("@odata.count".into(), count.into());
    }
    if let Some(link) = list.next_link {
        members.insert("@odata.nextLink".into(), link.into());
    }
    let rows = list.rows.into_iter().map(Value::Object).collect();
    members.insert("value".into(), Value::Array(rows));
    Value::Object(members)
}

fn metadata(root: &str, context: &str) -> Value {
    format!("{root}/$metadata#{context}").into()
}

fn of_error(state: &AppState, context: &RequestContext, error: &GraphError) -> Reply {
    // Without a zone, as in the original: `2024-03-20T13:36:24`.
    let date: String = context.now.to_seven_digits().chars().take(19).collect();
    let body = json!({"error": {
        "code": error.code,
        "message": error.message,
        "innerError": {
            "date": date,
            "request-id": context.trace_id.to_string(),
            "client-request-id": context.correlation_id().to_string(),
        },
    }});
    let mut reply = Reply::new(error.status, Content::Json(body));
    match error.status {
        401 => reply.headers.push((WWW_AUTHENTICATE, challenge(state))),
        503 => reply.headers.push((RETRY_AFTER, RETRY_SECONDS.to_owned())),
        _ => {}
    }
    reply
}

/// Where tokens are to be had.
fn challenge(state: &AppState) -> String {
    format!(
        "Bearer realm=\"\", authorization_uri=\"{}/common/oauth2/authorize\", \
         client_id=\"{}\"",
        state.base_url,
        countersign_domain::graph::permission::GRAPH_APP_ID
    )
}
