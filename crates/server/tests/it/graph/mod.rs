//! The Graph API at a node: two tenants, and callers with different rights.

mod api;
mod auth;
mod batch;
mod changes;
mod contention;
mod costs;
mod deleted_abroad;
mod everything_once;
mod foreign_tokens;
mod isolation;
mod lists;
mod queries;
mod reads;
mod table;

use std::time::Duration;

use countersign_domain::graph::permission::Permission;
use serde_json::Value;

use crate::node::{Answer, Node, apply, within_the_bound};

/// Holds every right of the API.
pub(crate) const ADMINISTRATOR: &str = "aaaaaaaa-0000-4000-8000-000000000001";
/// May read applications, and nothing else.
pub(crate) const READER: &str = "aaaaaaaa-0000-4000-8000-000000000002";
/// Has no right at all.
pub(crate) const NOBODY: &str = "aaaaaaaa-0000-4000-8000-000000000003";
/// The administrator of the other tenant.
pub(crate) const STRANGER: &str = "bbbbbbbb-0000-4000-8000-000000000001";

pub(crate) const SECRET: &str = "a-secret-of-these-tests-1";

pub(crate) const CONTOSO: &str = "c0000000-0000-4000-8000-00000000000c";
pub(crate) const FABRIKAM: &str = "f0000000-0000-4000-8000-00000000000f";

/// `{roles}` is every permission.
const DIRECTORY: &str = "
tenants:
- displayName: Contoso
  id: c0000000-0000-4000-8000-00000000000c
  domains: [contoso.example]
  users:
  - userPrincipalName: adele@contoso.example
    displayName: Adele Vance
    givenName: Adele
    surname: Vance
  - userPrincipalName: alex@contoso.example
    displayName: Alex Wilber
  - userPrincipalName: diego@contoso.example
    displayName: Diego Siciliani
  applications:
  - displayName: Orders API
    identifierUris: [api://orders]
    appRoles:
    - value: Orders.Read
    - value: Orders.Write
  - displayName: Administrator
    appId: aaaaaaaa-0000-4000-8000-000000000001
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-these-tests-1
    federatedIdentityCredentials:
    - name: build
      issuer: https://issuer.example
      subject: repo:contoso/build
      audiences: [api://AzureADTokenExchange]
    grants:
    - resource: https://graph.microsoft.com
      roles: [{roles}]
    - resource: api://orders
      roles: [Orders.Read]
  - displayName: Reader
    appId: aaaaaaaa-0000-4000-8000-000000000002
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-these-tests-1
    grants:
    - resource: https://graph.microsoft.com
      roles: [Application.Read.All]
  - displayName: Nobody
    appId: aaaaaaaa-0000-4000-8000-000000000003
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-these-tests-1
- displayName: Fabrikam
  id: f0000000-0000-4000-8000-00000000000f
  domains: [fabrikam.example]
  users:
  - userPrincipalName: irene@fabrikam.example
    displayName: Irene Fabrikam
  applications:
  - displayName: Stranger
    appId: bbbbbbbb-0000-4000-8000-000000000001
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-these-tests-1
    federatedIdentityCredentials:
    - name: build
      issuer: https://issuer.example
      subject: repo:fabrikam/build
      audiences: [api://AzureADTokenExchange]
    grants:
    - resource: https://graph.microsoft.com
      roles: [{roles}]
  - displayName: Fabrikam API
    identifierUris: [api://fabrikam]
";

/// The directory file of these tests.
pub(crate) fn directory() -> String {
    let roles: Vec<_> = Permission::ALL.into_iter().map(Permission::value).collect();
    DIRECTORY.replace("{roles}", &roles.join(", "))
}

/// A node with the directory of these tests, on a database of its own.
pub(crate) struct World {
    pub(crate) node: Node,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let mut world = Self::start_on(&url).await;
        world._folder = Some(folder);
        world
    }

    /// The same on this database.
    pub(crate) async fn start_on(url: &str) -> Self {
        let node = Node::start(url, Duration::from_secs(86_400)).await;
        apply(&node.db, &directory()).await;
        let world = Self {
            node,
            _folder: None,
        };
        within_the_bound(async || world.ask_token(ADMINISTRATOR, GRAPH).await.status == 200).await;
        world
    }

    /// A token request for a resource.
    pub(crate) async fn ask_token(&self, client: &str, resource: &str) -> Answer {
        let tenant = if client == STRANGER {
            FABRIKAM
        } else {
            CONTOSO
        };
        let body = format!(
            "grant_type=client_credentials&client_id={client}&client_secret={SECRET}\
             &scope={resource}/.default"
        );
        self.node
            .post(&format!("/{tenant}/oauth2/v2.0/token"), &body)
            .await
    }

    /// An access token for the Graph API.
    pub(crate) async fn token(&self, client: &str) -> String {
        access_token(&self.ask_token(client, GRAPH).await)
    }

    /// A request with a token, behind the version.
    pub(crate) async fn call(&self, token: &str, method: &str, path: &str) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [("Authorization", authorization.as_str())];
        self.send(method, &format!("/v1.0{path}"), &headers, None)
            .await
    }

    /// Sends a request with these headers; the body, where there is one, with its length.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&str>,
    ) -> Answer {
        let mut request =
            format!("{method} {path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n");
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = body {
            request.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        request.push_str("\r\n");
        request.push_str(body.unwrap_or_default());
        self.node.exchange(&request).await
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Answer {
        self.call(token, "GET", path).await
    }

    /// A request with a JSON body and a token.
    pub(crate) async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        let authorization = format!("Bearer {token}");
        let headers = [
            ("Authorization", authorization.as_str()),
            ("Content-Type", "application/json"),
        ];
        let path = format!("/v1.0{path}");
        self.send("POST", &path, &headers, Some(&body.to_string()))
            .await
    }

    /// The only object of a list.
    pub(crate) async fn find(&self, token: &str, path: &str) -> Value {
        let answer = self.get(token, path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let json = answer.json();
        let rows = json["value"].as_array().expect("a list");
        assert_eq!(rows.len(), 1, "{path}: {json}");
        rows[0].clone()
    }
}

pub(crate) const GRAPH: &str = "https://graph.microsoft.com";

pub(crate) fn access_token(answer: &Answer) -> String {
    let json = answer.json();
    json["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{json}"))
        .to_owned()
}

/// Checks that an answer is an error in Graph's shape.
#[track_caller]
pub(crate) fn check_error(answer: &Answer, status: u16, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.body);
    let json = answer.json();
    assert_eq!(json["error"]["code"], code, "{json}");
    let message = json["error"]["message"].as_str().unwrap_or_default();
    assert!(!message.is_empty(), "{json}");
    let inner = &json["error"]["innerError"];
    assert_eq!(inner["request-id"].as_str(), answer.header("request-id"));
    assert_eq!(
        inner["client-request-id"].as_str(),
        answer.header("client-request-id")
    );
    assert_eq!(inner["date"].as_str().map(str::len), Some(19), "{json}");
}
