//! `$batch`: several requests in one body.

use std::collections::{BTreeMap, HashSet};

use serde_json::{Map, Value};

use super::object::Members;
use crate::graph::error::GraphError;
use crate::graph::route::segments;
use crate::graph::wire::Object;

/// Requests of one batch.
pub const REQUESTS_MAX: usize = 20;

const RESOURCE: &str = "BatchRequest";

const ID_LENGTH_MAX: usize = 128;

/// Headers of one request: more than any client sends.
const HEADERS_MAX: usize = 50;

/// One request of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchRequest {
    /// The client's name for it, unique in the batch.
    pub id: String,
    /// The method, in capitals.
    pub method: String,
    /// Path and query behind the version: `/applications?$top=1`. Never another host's, never a
    /// batch.
    pub url: String,
    /// Headers of its own.
    pub headers: BTreeMap<String, String>,
    /// The body, as it was sent.
    pub body: Option<Value>,
    /// The requests that must have succeeded before. They exist, and there is no loop.
    pub depends_on: Vec<String>,
}

/// Reads a batch.
pub fn read(body: &[u8]) -> Result<Vec<BatchRequest>, GraphError> {
    let mut body = super::read(body)?;
    let requests = body.remove("requests");
    Members::new(body, RESOURCE).finish()?;
    let Some(Value::Array(items)) = requests else {
        return Err(invalid("it has no list `requests`"));
    };
    if items.is_empty() || items.len() > REQUESTS_MAX {
        return Err(invalid(format!(
            "it has {} requests, and 1 to {REQUESTS_MAX} are allowed; send the others in another \
             batch",
            items.len()
        )));
    }
    let requests = items.into_iter().map(request);
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    check_ids(&requests)?;
    check_order(&requests)?;
    Ok(requests)
}

fn request(item: Value) -> Result<BatchRequest, GraphError> {
    let Value::Object(mut members) = item else {
        return Err(invalid("a request is no JSON object"));
    };
    // Taken out before annotations are: the body of a `$ref` is one.
    let body = members.remove("body").filter(|body| !body.is_null());
    let mut members = Members::new(members, RESOURCE);
    let id: String = members.required("id")?;
    if id.is_empty() || id.chars().count() > ID_LENGTH_MAX {
        return Err(invalid(format!(
            "an id has 1 to {ID_LENGTH_MAX} characters"
        )));
    }
    let method: String = members.required("method")?;
    let url: String = members.required("url")?;
    check_url(&url)?;
    let headers: BTreeMap<_, _> = members.read("headers")?.value().unwrap_or_default();
    if headers.len() > HEADERS_MAX {
        return Err(invalid(format!(
            "a request has more than {HEADERS_MAX} headers"
        )));
    }
    let depends_on = members.read("dependsOn")?.value().unwrap_or_default();
    members.finish()?;
    Ok(BatchRequest {
        id,
        method: method.to_ascii_uppercase(),
        url,
        headers,
        body,
        depends_on,
    })
}

/// The address of a resource of this API. Nothing is ever fetched, so that no address of another
/// host is useful; and a batch inside a batch would be a way around the limit.
fn check_url(url: &str) -> Result<(), GraphError> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let is_relative = !path.is_empty()
        && !path.contains([':', '\\'])
        && !path.starts_with("//")
        && !url.chars().any(char::is_control);
    if !is_relative {
        return Err(invalid(
            "a url must be relative to the version, e.g. `/applications?$top=1`",
        ));
    }
    let is_batch = |segment: &String| segment.eq_ignore_ascii_case("$batch");
    match segments(path)?.iter().any(is_batch) {
        true => Err(invalid("a batch cannot be inside a batch")),
        false => Ok(()),
    }
}

fn check_ids(requests: &[BatchRequest]) -> Result<(), GraphError> {
    let mut ids = HashSet::new();
    if !requests.iter().all(|request| ids.insert(&request.id)) {
        return Err(invalid("two requests have the same id"));
    }
    let mut named = requests.iter().flat_map(|request| &request.depends_on);
    match named.all(|id| ids.contains(id)) {
        true => Ok(()),
        false => Err(invalid(
            "a `dependsOn` names a request that is not in the batch",
        )),
    }
}

/// Takes away what depends on nothing that is left, until nothing is: in a loop something stays.
fn check_order(requests: &[BatchRequest]) -> Result<(), GraphError> {
    let mut left: Vec<_> = requests.iter().collect();
    loop {
        let ids: HashSet<_> = left.iter().map(|request| &request.id).collect();
        let waits = |request: &&BatchRequest| request.depends_on.iter().any(|id| ids.contains(id));
        let still: Vec<_> = left.iter().copied().filter(waits).collect();
        if still.is_empty() {
            return Ok(());
        }
        if still.len() == left.len() {
            return Err(invalid("requests depend on each other in a circle"));
        }
        left = still;
    }
}

/// One answer of a batch.
#[derive(Debug, Clone)]
pub struct BatchResponse {
    /// The request's id.
    pub id: String,
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body, where there is one.
    pub body: Option<Value>,
}

/// The answer to a batch.
pub fn responses(responses: Vec<BatchResponse>) -> Object {
    let response = |response: BatchResponse| {
        let headers = response.headers.into_iter();
        let headers = headers.map(|(name, value)| (name, Value::from(value)));
        let mut members = Map::from_iter([
            ("id".to_owned(), Value::from(response.id)),
            ("status".to_owned(), Value::from(response.status)),
            ("headers".to_owned(), Value::Object(headers.collect())),
        ]);
        members.extend(response.body.map(|body| ("body".to_owned(), body)));
        Value::Object(members)
    };
    let list = responses.into_iter().map(response).collect();
    Object::from_iter([("responses".to_owned(), Value::Array(list))])
}

fn invalid(reason: impl std::fmt::Display) -> GraphError {
    GraphError::malformed(format!("Invalid batch payload: {reason}."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(requests: &Value) -> Result<Vec<BatchRequest>, GraphError> {
        read(json!({"requests": requests}).to_string().as_bytes())
    }

    #[test]
    fn what_sdks_send_is_read() {
        let requests = of(&json!([
            {"id": "1", "method": "get", "url": "/users?$top=1&$filter=mail eq 'a://b'"},
            {
                "id": "2",
                "dependsOn": ["1"],
                "method": "POST",
                "url": "applications/00000000-0000-0000-0000-000000000001/owners/$ref",
                "headers": {"Content-Type": "application/json"},
                "body": {"@odata.id": "https://id.contoso.example/v1.0/directoryObjects/x"},
            },
        ]))
        .expect("a batch");
        assert_eq!(requests[0].method, "GET");
        assert_eq!(requests[1].depends_on, ["1"]);
        assert_eq!(requests[1].headers["Content-Type"], "application/json");
        // A `$ref` in a batch keeps its address.
        assert!(
            requests[1]
                .body
                .as_ref()
                .is_some_and(|body| body.get("@odata.id").is_some())
        );
    }

    #[test]
    fn what_is_no_batch_is_refused() {
        let get = |id: &str, url: &str| json!({"id": id, "method": "GET", "url": url});
        let many: Vec<_> = (0..21).map(|n| get(&n.to_string(), "/users")).collect();
        let flood: Object = (0..51).map(|n| (format!("x-{n}"), json!(""))).collect();
        let after = |id: &str, on: &str| json!({"id": id, "method": "GET", "url": "/users", "dependsOn": [on]});
        for (requests, reason) in [
            (json!([]), "0 requests"),
            (json!(many), "21 requests"),
            (json!({}), "no list"),
            (json!([1]), "no JSON object"),
            (json!([get("1", "/users"), get("1", "/users")]), "same id"),
            (json!([get("", "/users")]), "characters"),
            (json!([get("1", "https://evil.example/users")]), "relative"),
            (json!([get("1", "//evil.example/users")]), "relative"),
            (json!([get("1", "\\\\evil.example/users")]), "relative"),
            (json!([get("1", "/users\r\nx: y")]), "relative"),
            (json!([get("1", "")]), "relative"),
            (json!([get("1", "/$batch")]), "inside a batch"),
            (json!([get("1", "%24BATCH?x")]), "inside a batch"),
            (json!([after("1", "2")]), "not in the batch"),
            (json!([after("1", "1")]), "circle"),
            (
                json!([after("1", "2"), after("2", "3"), after("3", "1")]),
                "circle",
            ),
            (json!([{"id": "1", "method": "GET"}]), "'url'"),
            (json!([{"id": 1, "method": "GET", "url": "/users"}]), "'id'"),
            (
                json!([{"id": "1", "method": "GET", "url": "/users", "x": 1}]),
                "'x'",
            ),
            (
                json!([{"id": "1", "method": "GET", "url": "/users", "headers": {"a": 1}}]),
                "'headers'",
            ),
            (
                json!([{"id": "1", "method": "GET", "url": "/users", "headers": flood}]),
                "50 headers",
            ),
        ] {
            let error = of(&requests).expect_err("no batch");
            assert_eq!(error.status, 400);
            assert!(error.message.contains(reason), "{error} for {reason}");
        }
    }

    #[test]
    fn what_a_request_needs_may_stand_behind_it() {
        let requests = json!([
            {"id": "1", "method": "GET", "url": "/users", "dependsOn": ["2"]},
            {"id": "2", "method": "GET", "url": "/users"},
        ]);
        assert!(of(&requests).is_ok());
    }

    #[test]
    fn an_answer_without_a_body_has_none() {
        let responses = responses(vec![BatchResponse {
            id: "1".into(),
            status: 204,
            headers: BTreeMap::new(),
            body: None,
        }]);
        assert_eq!(
            Value::Object(responses),
            json!({"responses": [{"id": "1", "status": 204, "headers": {}}]})
        );
    }

    proptest! {
        #[test]
        fn no_url_makes_it_panic(url in "[\\PC/$%:\\\\?#]{0,40}") {
            let _ = of(&json!([{"id": "1", "method": "GET", "url": url}]));
        }

        #[test]
        fn no_body_makes_it_panic(body: Vec<u8>) {
            let _ = read(&body);
        }
    }
}
