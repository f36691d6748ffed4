//! A node with a tenant full of callers, and requests of each of them.

use std::time::Duration;

use countersign_testkit::postgres::Postgres;
use serde_json::Value;
use tempfile::TempDir;

use crate::node::{Answer, Node, apply, within_the_bound};

const DAY: Duration = Duration::from_secs(86_400);

/// Applications that call; each is called as its secret says, and has these permissions.
const CALLERS: &[(&str, &[&str])] = &[
    (
        "admin",
        &[
            "Application.ReadWrite.All",
            "AppRoleAssignment.ReadWrite.All",
            "DelegatedPermissionGrant.ReadWrite.All",
            "Directory.ReadWrite.All",
            "RoleManagement.ReadWrite.Directory",
            "AuditLog.Read.All",
        ],
    ),
    ("writer", &["Application.ReadWrite.All"]),
    ("owner", &["Application.ReadWrite.OwnedBy"]),
    ("reader", &["Directory.Read.All"]),
    (
        "granter",
        &["AppRoleAssignment.ReadWrite.All", "Application.Read.All"],
    ),
    ("people", &["User.ReadWrite.All"]),
    ("delegator", &["DelegatedPermissionGrant.ReadWrite.All"]),
    ("nobody", &[]),
];

/// A tenant beside that of the callers, with an administrator of its own.
const FABRIKAM: &str = "
- displayName: Fabrikam
  domains: [fabrikam.example]
  applications:
  - displayName: Fabrikam admin
    appId: 22222222-0000-4000-8000-000000000000
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-fabrikam-admin
    grants:
    - resource: 00000003-0000-0000-c000-000000000000
      roles:
      - Application.ReadWrite.All
      - Directory.ReadWrite.All
      - AppRoleAssignment.ReadWrite.All
      - RoleManagement.ReadWrite.Directory
  users:
  - userPrincipalName: ann@fabrikam.example
    displayName: Ann
";

/// A running server, and who calls it.
pub(crate) struct Api {
    pub(crate) node: Node,
    _folder: Option<TempDir>,
}

impl Api {
    /// Starts a node on a database of its own.
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self {
            _folder: Some(folder),
            ..Self::start_on(&url).await
        }
    }

    /// Starts two nodes that share a PostgreSQL.
    pub(crate) async fn start_two() -> [Self; 2] {
        let url = Postgres::shared().database();
        let first = Self::start_on(&url).await;
        let node = Node::start(&url, DAY).await;
        let second = Self {
            node,
            _folder: None,
        };
        [first, second]
    }

    async fn start_on(url: &str) -> Self {
        let node = Node::start(url, DAY).await;
        apply(&node.db, &directory()).await;
        Self {
            node,
            _folder: None,
        }
    }

    /// A caller of the tenant Contoso, by its name.
    pub(crate) async fn caller(&self, name: &str) -> As<'_> {
        let number = CALLERS.iter().position(|(known, _)| *known == name);
        let app_id = caller_id(number.expect("a caller"));
        self.signed_in(&app_id, &secret(name)).await
    }

    /// The administrator of the other tenant.
    pub(crate) async fn stranger(&self) -> As<'_> {
        let app_id = "22222222-0000-4000-8000-000000000000";
        let token = self.token("fabrikam.example", app_id, "a-secret-of-fabrikam-admin");
        As {
            api: self,
            token: token.await,
        }
    }

    /// A caller with this client id and secret.
    pub(crate) async fn signed_in(&self, app_id: &str, secret: &str) -> As<'_> {
        self.signed_in_at("contoso.example", app_id, secret).await
    }

    /// The same in this tenant.
    pub(crate) async fn signed_in_at(&self, tenant: &str, app_id: &str, secret: &str) -> As<'_> {
        As {
            api: self,
            token: self.token(tenant, app_id, secret).await,
        }
    }

    /// What the token endpoint answers to a client that asks for Graph.
    pub(crate) async fn token_answer(&self, tenant: &str, app_id: &str, secret: &str) -> Answer {
        let body = format!(
            "grant_type=client_credentials&client_id={app_id}&client_secret={secret}\
             &scope=https://graph.microsoft.com/.default"
        );
        let path = format!("/{tenant}/oauth2/v2.0/token");
        self.node.post(&path, &body).await
    }

    async fn token(&self, tenant: &str, app_id: &str, secret: &str) -> String {
        let mut token = String::new();
        within_the_bound(async || {
            let answer = self.token_answer(tenant, app_id, secret).await;
            token = answer.json()["access_token"]
                .as_str()
                .unwrap_or_default()
                .to_owned();
            !token.is_empty()
        })
        .await;
        token
    }
}

/// Requests with one caller's token.
pub(crate) struct As<'a> {
    api: &'a Api,
    token: String,
}

impl As<'_> {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, &[], None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Answer {
        self.send("POST", path, &[], Some(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Answer {
        self.send("PATCH", path, &[], Some(body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.send("DELETE", path, &[], None).await
    }

    /// What would be deleted.
    pub(crate) async fn dry_run(&self, path: &str) -> Answer {
        let headers = [("Prefer", "dry-run")];
        self.send("DELETE", path, &headers, None).await
    }

    /// The path is behind `/v1.0`.
    pub(crate) async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<Value>,
    ) -> Answer {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let headers: String = headers
            .iter()
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let (token, length) = (&self.token, body.len());
        self.api
            .node
            .exchange(&format!(
                "{method} /v1.0{path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
                 Authorization: Bearer {token}\r\n{headers}Content-Type: application/json\r\n\
                 Content-Length: {length}\r\n\r\n{body}"
            ))
            .await
    }

    /// Sends a body only after something else has happened; the token was looked at before.
    pub(crate) async fn post_slowly(
        &self,
        path: &str,
        meanwhile: impl Future<Output = ()>,
        body: Value,
    ) -> Answer {
        let (token, body) = (&self.token, body.to_string());
        let length = body.len();
        let head = format!(
            "POST /v1.0{path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
             Expect: 100-continue\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
        );
        let node = &self.api.node;
        node.exchange_slowly(&head, meanwhile, &body).await
    }

    /// Makes an object and gives it as it is shown.
    pub(crate) async fn create(&self, path: &str, body: Value) -> Value {
        self.post(path, body).await.expect_status(201).json()
    }

    /// The one object of a collection that a filter finds.
    pub(crate) async fn find(&self, collection: &str, filter: &str) -> Value {
        let filter = filter.replace(' ', "%20");
        let list = self.read(&format!("{collection}?$filter={filter}")).await;
        let rows = list["value"].as_array().expect("a list");
        assert_eq!(rows.len(), 1, "{filter}: {list}");
        rows[0].clone()
    }

    /// Reads an object that is there.
    pub(crate) async fn read(&self, path: &str) -> Value {
        self.get(path).await.expect_status(200).json()
    }
}

impl Answer {
    /// The answer itself, if it has this status.
    pub(crate) fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.body);
        self
    }

    /// The status with the code of the error.
    pub(crate) fn refusal(&self) -> (u16, String) {
        let code = self.json()["error"]["code"].as_str().map(str::to_owned);
        (self.status, code.expect("a code"))
    }

    /// The error's message.
    pub(crate) fn message(&self) -> String {
        let message = self.json()["error"]["message"].as_str().map(str::to_owned);
        message.unwrap_or_else(|| panic!("no error: {} {}", self.status, self.body))
    }
}

/// The `id` of an object.
pub(crate) fn id(object: &Value) -> &str {
    object["id"].as_str().expect("an id")
}

/// The client id of a caller.
pub(crate) fn caller_app_id(name: &str) -> String {
    let number = CALLERS.iter().position(|(known, _)| *known == name);
    caller_id(number.expect("a caller"))
}

fn caller_id(number: usize) -> String {
    format!("11111111-0000-4000-8000-{number:012}")
}

fn secret(name: &str) -> String {
    format!("a-secret-of-the-caller-{name}")
}

/// A tenant with the callers, a resource and a client of it, and another tenant.
fn directory() -> String {
    let mut text = String::from(
        "tenants:\n- displayName: Contoso\n  domains: [contoso.example]\n  users:\n  \
         - userPrincipalName: bea@contoso.example\n    displayName: Bea\n  applications:\n  \
         - displayName: Orders API\n    appId: 33333333-0000-4000-8000-000000000000\n    \
         identifierUris: [api://orders]\n    appRoles:\n    - value: Orders.Read\n    \
         - value: Orders.Write\n    - {value: Orders.Browse, allowedMemberTypes: [User]}\n",
    );
    for (number, (name, permissions)) in CALLERS.iter().enumerate() {
        text.push_str(&format!(
            "  - displayName: {name}\n    appId: {}\n    passwordCredentials:\n    \
             - {{displayName: one, secretText: {}}}\n",
            caller_id(number),
            secret(name)
        ));
        if !permissions.is_empty() {
            text.push_str(&format!(
                "    grants:\n    - resource: 00000003-0000-0000-c000-000000000000\n      \
                 roles: [{}]\n",
                permissions.join(", ")
            ));
        }
    }
    text.push_str(FABRIKAM.trim_start_matches('\n'));
    text
}
