//! The directory as an API, in Microsoft Graph's own shape.
//!
//! [`endpoint`] is the story of one request. Reading operations are in files of their own by what
//! they read; [`changes`] has those that write. What a path, a filter, a body or a permission means
//! is decided in the domain; here is what needs a database, a clock or a connection.

mod answer;
mod applications;
mod ask;
mod assignments;
mod auth;
mod batch;
mod body;
mod changes;
mod collection;
mod dispatch;
mod errors;
mod expand;
mod find;
mod grants;
mod last_used;
mod logs;
mod objects;
mod owners;
mod principals;
mod respond;
mod shown;
mod tenant;
mod users;

use axum::response::Response;
use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::route::{Call, Version};
use http::request::Parts;
use http::{Method, Request, StatusCode};
use hyper::body::Incoming;

pub(crate) use self::answer::Answer;
use self::ask::Ask;
pub(crate) use self::ask::Asked;
pub(crate) use self::auth::{Caller, Validators, authenticate};
pub(crate) use self::changes::not_last;
use crate::http::context::RequestContext;
use crate::state::AppState;

/// Whether a path is of this API.
pub(crate) fn is_path(path: &str) -> bool {
    ask::split(path).is_some()
}

/// Answers a request.
pub(crate) async fn endpoint(
    state: &AppState,
    context: RequestContext,
    request: Request<Incoming>,
) -> Response {
    let (head, body) = request.into_parts();
    let context = ask::named_by_client(context, &head.headers);
    if head.method == Method::OPTIONS {
        return respond::options();
    }
    let outcome = answer(state, &context, &head, body).await;
    let version = ask::split(head.uri.path()).map_or(Version::V1, |(version, _)| version);
    let response = respond::response(state, &context, version, outcome);
    match (response.status(), head.method) {
        (StatusCode::METHOD_NOT_ALLOWED, _) => {
            respond::with_allowed(response, &ask::allowed(head.uri.path()))
        }
        (_, Method::HEAD) => respond::without_body(response),
        _ => response,
    }
}

/// The token first: who has none learns nothing, not even which paths there are.
async fn answer(
    state: &AppState,
    context: &RequestContext,
    head: &Parts,
    body: Incoming,
) -> Result<Answer, GraphError> {
    let caller = auth::authenticate(state, context, &head.headers).await?;
    let body = body::read(&head.headers, body).await?;
    // A slow body is no way to keep rights that are withdrawn meanwhile.
    let caller = auth::renewed(state, context, &caller).await?;
    let asked = Asked {
        method: head.method.as_str(),
        path: head.uri.path(),
        query: head.uri.query(),
        headers: &head.headers,
        body: &body,
    };
    let (ask, call) = Ask::read(state, context, &caller, &asked)?;
    match call {
        Call::Batch => batch::answer(&ask).await,
        call => dispatch::dispatch(&ask, call).await,
    }
}

/// Answers a request that another part of this server makes in the name of a caller it knows. The
/// caller's rights and the rules are those of any other request.
pub(crate) async fn call(
    state: &AppState,
    context: &RequestContext,
    caller: &Caller,
    asked: &Asked<'_>,
) -> Result<Answer, GraphError> {
    let (ask, call) = Ask::read(state, context, caller, asked)?;
    dispatch::dispatch(&ask, call).await
}
