//! Protected resource metadata (RFC 9728): where a client learns whom to ask for a token.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use http::header::{ALLOW, CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use reqwest::Url;
use serde::Serialize;
use tower_service::Service;

use crate::Validator;

const WELL_KNOWN: &str = "/.well-known/oauth-protected-resource";

/// The document of one API.
///
/// ```
/// # use countersign_validate::Validator;
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let validator = Validator::builder()
/// #     .authority("https://login.example.com")
/// #     .tenant("11111111-2222-3333-4444-555555555555")
/// #     .audience("api://orders")
/// #     .build()?;
/// let metadata = validator
///     .resource_metadata("https://api.example.com/orders")?
///     .name("Orders")
///     .scope("api://orders/.default");
/// assert_eq!(
///     metadata.url(),
///     "https://api.example.com/.well-known/oauth-protected-resource/orders"
/// );
/// let router: axum::Router =
///     axum::Router::new().route_service(metadata.path(), metadata.service());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResourceMetadata {
    resource: String,
    authorization_servers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    scopes_supported: Vec<String>,
    bearer_methods_supported: [&'static str; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    resource_name: Option<String>,
    #[serde(skip)]
    url: String,
    #[serde(skip)]
    origin_length: usize,
}

/// The identifier of the resource is not usable.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the resource must be an https URL without query, fragment or user: {0}")]
pub struct ResourceError(String);

impl Validator {
    /// The metadata of the API that clients reach as `resource`, an https URL. They compare it with
    /// the URL that they know (RFC 9728 §3.3), so write it as they do.
    ///
    /// # Errors
    /// [`ResourceError`] where no document can be found by such a name.
    pub fn resource_metadata(&self, resource: &str) -> Result<ResourceMetadata, ResourceError> {
        ResourceMetadata::new(resource, self.issuers_shown().to_vec())
    }
}

impl ResourceMetadata {
    fn new(resource: &str, issuers: Vec<String>) -> Result<Self, ResourceError> {
        let refused = || ResourceError(resource.to_owned());
        let url = Url::parse(resource).map_err(|_| refused())?;
        let is_plain = url.scheme() == "https"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !is_plain {
            return Err(refused());
        }
        let origin = url.origin().ascii_serialization();
        let path = url.path().trim_end_matches('/');
        Ok(Self {
            resource: resource.to_owned(),
            authorization_servers: issuers,
            scopes_supported: Vec::new(),
            bearer_methods_supported: ["header"],
            resource_name: None,
            url: format!("{origin}{WELL_KNOWN}{path}"),
            origin_length: origin.len(),
        })
    }

    /// Adds a scope that tokens can be asked for with.
    #[must_use]
    pub fn scope(mut self, scope: impl Into<String>) -> Self {
        self.scopes_supported.push(scope.into());
        self
    }

    /// The API's name for people.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.resource_name = Some(name.into());
        self
    }

    /// Where clients look for the document (RFC 9728 §3.1), for
    /// [`Challenge::resource_metadata`](crate::Challenge::resource_metadata).
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The path of [`Self::url`].
    pub fn path(&self) -> &str {
        &self.url[self.origin_length..]
    }

    /// The document.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("it is all strings")
    }

    /// Serves the document, to be mounted at [`Self::path`] and open to everybody.
    pub fn service(&self) -> MetadataService {
        MetadataService {
            json: self.to_json().into(),
        }
    }
}

/// Answers GET and HEAD with the document, on whatever path it is mounted.
#[derive(Clone, Debug)]
pub struct MetadataService {
    json: Arc<str>,
}

impl<B> Service<Request<B>> for MetadataService {
    type Response = Response<String>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut response = Response::new(String::new());
        if matches!(*request.method(), Method::GET | Method::HEAD) {
            let json = HeaderValue::from_static("application/json");
            response.headers_mut().insert(CONTENT_TYPE, json);
            *response.body_mut() = self.json.to_string();
        } else {
            *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
            let allow = HeaderValue::from_static("GET, HEAD");
            response.headers_mut().insert(ALLOW, allow);
        }
        ready(Ok(response))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(resource: &str, url: &str, path: &str) {
        let metadata = ResourceMetadata::new(resource, Vec::new()).expect("good");
        assert_eq!((metadata.url(), metadata.path()), (url, path));
    }

    #[test]
    fn the_well_known_part_comes_between_host_and_path() {
        let well_known = "/.well-known/oauth-protected-resource";
        check("https://h", &format!("https://h{well_known}"), well_known);
        check("https://h/", &format!("https://h{well_known}"), well_known);
        check(
            "https://h:8443/a/b",
            &format!("https://h:8443{well_known}/a/b"),
            &format!("{well_known}/a/b"),
        );
    }

    #[test]
    fn the_document_has_the_registered_members() {
        let metadata = ResourceMetadata::new("https://h/a", vec!["https://i/t/v2.0".into()]);
        let metadata = metadata.expect("good").scope("api://a/.default").name("A");
        assert_eq!(
            metadata.to_json(),
            concat!(
                r#"{"resource":"https://h/a","authorization_servers":["https://i/t/v2.0"],"#,
                r#""scopes_supported":["api://a/.default"],"bearer_methods_supported":["header"],"#,
                r#""resource_name":"A"}"#
            )
        );
    }

    #[test]
    fn other_identifiers_are_refused() {
        for resource in [
            "",
            "api://a",
            "http://h",
            "https://h?x",
            "https://h#x",
            "https://u@h",
        ] {
            assert!(
                ResourceMetadata::new(resource, Vec::new()).is_err(),
                "{resource}"
            );
        }
    }
}
