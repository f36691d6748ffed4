//! What is known of a request before anything of it is believed.

use std::net::IpAddr;

use countersign_domain::clock::Timestamp;
use countersign_domain::ids::{CorrelationId, TraceId};
use http::Request;

use crate::state::AppState;

/// The identity of one request.
#[derive(Debug, Clone)]
pub(crate) struct RequestContext {
    /// Our name for it.
    pub(crate) trace_id: TraceId,
    /// The client's name for it, where it sent one.
    pub(crate) client_request_id: Option<CorrelationId>,
    /// The client wants its own name back.
    pub(crate) returns_client_request_id: bool,
    /// Where it came from.
    pub(crate) source: IpAddr,
    /// When it came.
    pub(crate) now: Timestamp,
}

impl RequestContext {
    pub(crate) fn new<B>(state: &AppState, source: IpAddr, request: &Request<B>) -> Self {
        let header = |name: &str| {
            request
                .headers()
                .get(name)
                .and_then(|value| value.to_str().ok())
        };
        let now = state.clock.now();
        Self {
            trace_id: TraceId::at(now, state.random.as_ref()),
            client_request_id: header("client-request-id")
                .or_else(|| query_value(request.uri().query(), "client-request-id"))
                .and_then(|id| id.parse().ok()),
            returns_client_request_id: header("return-client-request-id")
                .is_some_and(|value| value.eq_ignore_ascii_case("true")),
            source,
            now,
        }
    }

    /// The name under which both sides can find the request; ours where the client gave none.
    pub(crate) fn correlation_id(&self) -> CorrelationId {
        self.client_request_id
            .unwrap_or(CorrelationId::new(self.trace_id.uuid()))
    }
}

/// A query parameter whose values need no decoding.
fn query_value<'q>(query: Option<&'q str>, name: &str) -> Option<&'q str> {
    let pairs = query?.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .into_iter()
        .find_map(|(found, value)| (found == name).then_some(value))
}
