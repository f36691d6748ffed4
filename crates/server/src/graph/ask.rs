//! What handlers are given: one request, alone or out of a batch.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::etag::IfMatch;
use countersign_domain::graph::policy::{self, Decision};
use countersign_domain::graph::query::{Query, QueryError};
use countersign_domain::graph::route::{
    Call, Method, Version, allowed_methods, segments, unknown_method,
};
use countersign_domain::ids::TenantId;
use countersign_domain::oauth::form;
use countersign_store::View;
use http::HeaderMap;
use http::header::IF_MATCH;

use super::auth::Caller;
use super::errors;
use crate::http::context::RequestContext;
use crate::state::AppState;

/// A request as it came.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) method: &'a str,
    /// With its version.
    pub(crate) path: &'a str,
    pub(crate) query: Option<&'a str>,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

/// A request of a known caller, with everything that its handler needs.
pub(crate) struct Ask<'a> {
    pub(crate) state: &'a AppState,
    pub(crate) context: &'a RequestContext,
    pub(crate) caller: &'a Caller,
    /// What the caller's roles are good for here; never `Denied`.
    pub(crate) decision: Decision,
    /// The version in its path.
    pub(crate) version: Version,
    /// The call's path behind the version, in its shortest spelling.
    pub(crate) path: String,
    /// The pairs of the query string, decoded.
    pub(crate) pairs: Vec<(String, String)>,
    /// The system query options among them.
    pub(crate) query: Query,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
}

impl<'a> Ask<'a> {
    /// Reads path and query, and asks the policy in between.
    pub(super) fn read(
        state: &'a AppState,
        context: &'a RequestContext,
        caller: &'a Caller,
        asked: &Asked<'a>,
    ) -> Result<(Self, Call), GraphError> {
        let (version, path) = split(asked.path)
            .ok_or_else(|| GraphError::malformed("The path does not begin with a version."))?;
        let segments = segments(path)?;
        let method = method(asked.method).ok_or_else(|| unknown_method(&segments))?;
        let call = Call::read(method, version, &segments)?;
        let decision = policy::check(call.operation(), &caller.permissions);
        if decision == Decision::Denied {
            return Err(GraphError::denied());
        }
        let pairs = pairs(asked.query.unwrap_or_default())?;
        let read = pairs
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        let query = Query::parse(read).map_err(|error| match error {
            QueryError::Unsupported(_) => GraphError::unsupported_query(error.to_string()),
            error => GraphError::malformed(error.to_string()),
        })?;
        let ask = Self {
            state,
            context,
            caller,
            decision,
            version,
            path: call.to_string(),
            pairs,
            query,
            headers: asked.headers,
            body: asked.body,
        };
        Ok((ask, call))
    }

    /// The tenant that everything is read from and written to.
    pub(crate) fn tenant_id(&self) -> TenantId {
        self.caller.tenant.id
    }

    /// `https://host/v1.0`
    pub(crate) fn service_root(&self) -> String {
        format!("{}/{}", self.state.base_url, self.version.as_str())
    }

    /// One state of the directory to read from.
    pub(crate) async fn view(&self) -> Result<View, GraphError> {
        self.state.db.view().await.map_err(errors::of_store)
    }

    /// Whether `$select` names a property, in any letter case.
    pub(crate) fn selects(&self, property: &str) -> bool {
        let mut names = self.query.select.iter();
        names.any(|name| name.eq_ignore_ascii_case(property))
    }

    /// Whether secrets and certificates are in the answer.
    pub(crate) fn shows_credentials(&self) -> bool {
        let credentials = ["*", "passwordCredentials", "keyCredentials"];
        self.query.select.is_empty() || credentials.into_iter().any(|name| self.selects(name))
    }

    /// What `If-Match` asks for.
    pub(crate) fn if_match(&self) -> Result<Option<IfMatch>, GraphError> {
        joined(self.headers, IF_MATCH.as_str())
            .map(|value| IfMatch::parse(&value))
            .transpose()
    }

    /// Refuses to make an object that `If-Match` takes for granted (RFC 9110 section 13.1.1).
    pub(crate) fn refuse_if_match(&self) -> Result<(), GraphError> {
        match self.if_match()? {
            None => Ok(()),
            Some(_) => Err(GraphError::new(
                412,
                "PreconditionFailed",
                "There is no such object, and If-Match asks for one. Leave the header out to \
                 create it.",
            )),
        }
    }

    /// Whether `Prefer` has this word: `create-if-missing`, `dry-run`.
    pub(crate) fn prefers(&self, word: &str) -> bool {
        let preferences = joined(self.headers, "prefer").unwrap_or_default();
        preferences
            .split([',', ';'])
            .any(|preference| preference.trim().eq_ignore_ascii_case(word))
    }

    /// `ConsistencyLevel: eventual`, which advanced queries must say.
    pub(crate) fn is_eventual(&self) -> bool {
        joined(self.headers, "consistencylevel")
            .is_some_and(|level| level.trim().eq_ignore_ascii_case("eventual"))
    }
}

/// The address of the signed-in user in the API of 2013, which had its version in the query.
const LEGACY_ME: &str = "/me";

/// The version of a path, and what follows it.
pub(super) fn split(path: &str) -> Option<(Version, &str)> {
    if path == LEGACY_ME {
        return Some((Version::V1, path));
    }
    [Version::V1, Version::Beta]
        .into_iter()
        .find_map(|version| {
            let rest = path.strip_prefix('/')?.strip_prefix(version.as_str())?;
            (rest.is_empty() || rest.starts_with('/')).then_some((version, rest))
        })
}

/// The methods that a path takes.
pub(super) fn allowed(path: &str) -> Vec<Method> {
    let segments = split(path).and_then(|(_, path)| segments(path).ok());
    segments.map_or_else(Vec::new, |segments| allowed_methods(&segments))
}

/// The request under the client's name for it; Azure CLI has a header of its own for that.
pub(super) fn named_by_client(mut context: RequestContext, headers: &HeaderMap) -> RequestContext {
    context.client_request_id = context.client_request_id.or_else(|| {
        let value = headers.get("x-ms-client-request-id")?.to_str().ok()?;
        value.parse().ok()
    });
    context
}

fn method(name: &str) -> Option<Method> {
    Method::parse(if name == "HEAD" { "GET" } else { name })
}

fn pairs(query: &str) -> Result<Vec<(String, String)>, GraphError> {
    form::pairs(query.as_bytes())
        .map(|pair| pair.map(|(name, value)| (name.into_owned(), value.into_owned())))
        .collect::<Result<_, _>>()
        .map_err(|_| GraphError::malformed("The query string is not percent-encoded UTF-8."))
}

/// The values of a header, with commas between them.
fn joined(headers: &HeaderMap, name: &str) -> Option<String> {
    let values: Vec<_> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .collect();
    (!values.is_empty()).then(|| values.join(","))
}
