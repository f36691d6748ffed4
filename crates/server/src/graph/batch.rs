//! `POST /$batch`: up to twenty requests in one, each judged as if it had come alone.

use std::collections::HashMap;
use std::io;

use countersign_domain::graph::body::batch::{self, BatchRequest, BatchResponse};
use countersign_domain::graph::error::GraphError;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::answer::{Answer, Object};
use super::ask::{Ask, Asked};
use super::{auth, dispatch, respond};

/// Bytes of answers after which no more requests are carried out: pages of twenty lists may hold
/// very much, and all of it would be in memory at once.
const BYTES_MAX: usize = 16 * 1024 * 1024;

/// Carries out the requests of a batch one after the other, each after those that it depends on.
pub(super) async fn answer(ask: &Ask<'_>) -> Result<Answer, GraphError> {
    let mut waiting = batch::read(ask.body)?;
    let mut statuses: HashMap<String, u16> = HashMap::new();
    let mut responses = Vec::with_capacity(waiting.len());
    let mut size = Size(0);
    // The reader has refused loops and unknown ids, so each round finds one that is ready.
    while let Some(ready) = waiting
        .iter()
        .position(|request| is_ready(request, &statuses))
    {
        let request = waiting.remove(ready);
        let is_failed = |id: &String| statuses.get(id).is_none_or(|status| *status >= 400);
        let outcome = match request.depends_on.iter().find(|id| is_failed(id)) {
            Some(id) => Err(failed_dependency(id)),
            None if size.0 > BYTES_MAX => Err(too_large()),
            None => carry_out(ask, &request).await,
        };
        let reply = respond::reply(ask.state, ask.context, ask.version, outcome);
        let response: BatchResponse = reply.part(&request.id);
        size.add(response.body.as_ref());
        statuses.insert(request.id, response.status);
        responses.push(response);
    }
    Ok(Answer::Object(Object {
        status: 200,
        context: None,
        members: batch::responses(responses),
        location: None,
        etag: None,
    }))
}

fn is_ready(request: &BatchRequest, statuses: &HashMap<String, u16>) -> bool {
    request
        .depends_on
        .iter()
        .all(|id| statuses.contains_key(id))
}

/// No connection is made for it: the path is read by the same grammar, under the same root.
async fn carry_out(ask: &Ask<'_>, request: &BatchRequest) -> Result<Answer, GraphError> {
    let caller = auth::renewed(ask.state, ask.context, ask.caller).await?;
    let (path, query) = match request.url.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (request.url.as_str(), None),
    };
    let path = format!("/{}/{}", ask.version.as_str(), path.trim_start_matches('/'));
    let headers = headers(request)?;
    let body = request
        .body
        .as_ref()
        .map(Value::to_string)
        .unwrap_or_default();
    let asked = Asked {
        method: &request.method,
        path: &path,
        query,
        headers: &headers,
        body: body.as_bytes(),
    };
    let (part, call) = Ask::read(ask.state, ask.context, &caller, &asked)?;
    dispatch::dispatch(&part, call).await
}

fn headers(request: &BatchRequest) -> Result<HeaderMap, GraphError> {
    let invalid = || GraphError::malformed("A header of a request in the batch is invalid.");
    let mut headers = HeaderMap::new();
    for (name, value) in &request.headers {
        let name: HeaderName = name.parse().map_err(|_| invalid())?;
        let value: HeaderValue = value.parse().map_err(|_| invalid())?;
        // The number is limited where batches are read; this one never panics.
        headers.try_append(name, value).map_err(|_| invalid())?;
    }
    Ok(headers)
}

/// Counts the bytes of JSON without keeping them.
struct Size(usize);

impl Size {
    fn add(&mut self, body: Option<&Value>) {
        // A number cannot fail to take them.
        let _ = serde_json::to_writer(self, &body);
    }
}

impl io::Write for Size {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self.0.saturating_add(bytes.len());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_large() -> GraphError {
    GraphError::new(
        413,
        "RequestEntityTooLarge",
        "The answers to the requests before this one are too large together, so it was not carried \
         out. Send it in another batch, or ask for smaller pages with $top and $select.",
    )
}

fn failed_dependency(id: &str) -> GraphError {
    GraphError::new(
        424,
        "FailedDependency",
        format!("The request '{id}' that this one depends on was not successful."),
    )
}
