//! The Graph API, called in the name of the person in front of the page. The same checks and records
//! as for any other caller; only the wire is left out.

use countersign_domain::graph::error::GraphError;
use countersign_domain::graph::wire::Object as Members;
use http::header::IF_MATCH;
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::visit::Visit;
use crate::graph::{self, Answer, Asked};

/// A page of a list.
pub(crate) struct Listed {
    /// The objects.
    pub(crate) rows: Vec<Members>,
    /// How many there are, where `$count=true` was asked.
    pub(crate) count: Option<u64>,
    /// The query of the next page.
    pub(crate) next: Option<String>,
}

impl Visit {
    /// One object: `/v1.0/applications/{id}`.
    pub(crate) async fn get(&self, target: &str) -> Result<Members, GraphError> {
        match self.call("GET", target, &HeaderMap::new(), None).await? {
            Answer::Object(object) => Ok(object.members),
            _ => Err(unexpected(target)),
        }
    }

    /// One object with its version, for changing it only as it was seen.
    pub(crate) async fn get_version(&self, target: &str) -> Result<(Members, String), GraphError> {
        match self.call("GET", target, &HeaderMap::new(), None).await? {
            Answer::Object(object) => {
                let etag = object.etag.map(|etag| etag.to_string());
                Ok((object.members, etag.unwrap_or_else(|| "*".to_owned())))
            }
            _ => Err(unexpected(target)),
        }
    }

    /// A page of a collection: `/v1.0/applications?$top=50`. Advanced queries are allowed.
    pub(crate) async fn list(&self, target: &str) -> Result<Listed, GraphError> {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static("consistencylevel"),
            HeaderValue::from_static("eventual"),
        );
        match self.call("GET", target, &headers, None).await? {
            Answer::List(list) => Ok(Listed {
                rows: list.rows,
                count: list.count,
                next: list
                    .next_link
                    .and_then(|link| link.split_once('?').map(|(_, query)| query.to_owned())),
            }),
            _ => Err(unexpected(target)),
        }
    }

    /// Makes something, or does something that answers with an object.
    pub(crate) async fn post(&self, target: &str, body: &Value) -> Result<Members, GraphError> {
        match self
            .call("POST", target, &HeaderMap::new(), Some(body))
            .await?
        {
            Answer::Object(object) => Ok(object.members),
            Answer::NoContent => Ok(Members::new()),
            _ => Err(unexpected(target)),
        }
    }

    /// Changes an object, if it is still the version `etag` where one is given.
    pub(crate) async fn patch(
        &self,
        target: &str,
        body: &Value,
        etag: Option<&str>,
    ) -> Result<(), GraphError> {
        let mut headers = HeaderMap::new();
        if let Some(etag) = etag.and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.insert(IF_MATCH, etag);
        }
        let call = self.call("PATCH", target, &headers, Some(body));
        call.await.map(drop)
    }

    /// Removes something.
    pub(crate) async fn delete(&self, target: &str) -> Result<(), GraphError> {
        let headers = HeaderMap::new();
        self.call("DELETE", target, &headers, None).await.map(drop)
    }

    async fn call(
        &self,
        method: &str,
        target: &str,
        headers: &HeaderMap,
        body: Option<&Value>,
    ) -> Result<Answer, GraphError> {
        let (path, query) = match target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (target, None),
        };
        let body = body.map_or_else(Vec::new, |body| body.to_string().into_bytes());
        let asked = Asked {
            method,
            path,
            query,
            headers,
            body: &body,
        };
        let (state, context) = (&self.browser.state, &self.browser.context);
        graph::call(state, context, &self.caller, &asked).await
    }
}

/// An object of the API as the fields that a page shows.
pub(crate) fn read<T: DeserializeOwned>(members: Members) -> Result<T, GraphError> {
    serde_json::from_value(Value::Object(members)).map_err(|error| {
        // An address that somebody made up may ask for other fields.
        tracing::debug!(%error, "the API answered with other fields than a page expects");
        GraphError::malformed("There is no such page.")
    })
}

/// The same of a list.
pub(crate) fn read_all<T: DeserializeOwned>(rows: Vec<Members>) -> Result<Vec<T>, GraphError> {
    rows.into_iter().map(read).collect()
}

fn unexpected(target: &str) -> GraphError {
    // An address that somebody made up may name another thing: `/portal/applications/$count`.
    tracing::debug!(
        target,
        "the API answered in another form than a page expects"
    );
    GraphError::not_found(target)
}
