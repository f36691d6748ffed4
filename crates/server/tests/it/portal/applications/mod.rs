//! The pages about one application, as an administrator's browser meets them.

mod credentials;
mod federated;
mod granting;
mod quickstart;
mod registering;
mod rights;

use std::net::Ipv4Addr;

use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, DirectoryRole, TenantState, User, Write};
use countersign_domain::ids::{CorrelationId, TenantId, UserId};
use countersign_server::{Limits, OutboundPolicy, SystemRandom};

use crate::browser::{Browser, Page, SESSION_COOKIE};
use crate::node::{Answer, Node, SECRET, apply, within_the_bound};

/// An application of the first tenant, with a name that somebody thought clever.
pub(crate) const DAEMON: &str = "11111111-1111-4111-8111-111111111111";

/// What its name looks like in a page.
pub(crate) const DAEMON_NAME: &str = "Daemon <script>alert(1)</script>";

/// An application of the other tenant.
pub(crate) const STRANGER: &str = "22222222-2222-4222-8222-222222222222";

const DIRECTORY: &str = "
tenants:
- displayName: Contoso
  id: c0000000-0000-4000-8000-00000000000c
  domains: [contoso.example]
  applications:
  - displayName: Orders API
    identifierUris: [api://orders]
    appRoles:
    - value: Orders.Read
  - displayName: Daemon <script>alert(1)</script>
    appId: 11111111-1111-4111-8111-111111111111
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-the-daemon-1
    grants:
    - resource: api://orders
      roles: [Orders.Read]
- displayName: Fabrikam
  id: f0000000-0000-4000-8000-00000000000f
  domains: [fabrikam.example]
  applications:
  - displayName: Stranger
    appId: 22222222-2222-4222-8222-222222222222
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-the-daemon-1
";

/// A node with two tenants.
pub(crate) struct World {
    pub(crate) node: Node,
    _folder: tempfile::TempDir,
}

/// Somebody's browser, signed in.
pub(crate) struct Person<'w> {
    pub(crate) browser: Browser<'w>,
    node: &'w Node,
    token: SessionToken,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::asking(OutboundPolicy::default()).await
    }

    /// One that may reach other issuers so.
    pub(crate) async fn asking(policy: OutboundPolicy) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        let node = Node::start_asking(&url, policy, Limits::default()).await;
        apply(&node.db, DIRECTORY).await;
        within_the_bound(async || node.token(DAEMON, SECRET).await.number() == 0).await;
        Self {
            node,
            _folder: folder,
        }
    }

    pub(crate) async fn administrator(&self) -> Person<'_> {
        self.person("admin", DirectoryRole::GlobalAdministrator)
            .await
    }

    pub(crate) async fn reader(&self) -> Person<'_> {
        self.person("reader", DirectoryRole::GlobalReader).await
    }

    pub(crate) async fn developer(&self) -> Person<'_> {
        self.person("developer", DirectoryRole::ApplicationDeveloper)
            .await
    }

    /// Somebody of the first tenant with this role, who has just signed in.
    async fn person(&self, name: &str, role: DirectoryRole) -> Person<'_> {
        let (node, now) = (&self.node, self.node.clock.now());
        let tenant_id = self.contoso().await.tenant.id;
        let user_id = UserId::random(&SystemRandom);
        let user = User {
            id: user_id,
            tenant_id,
            user_principal_name: format!("{name}@contoso.example"),
            display_name: role.display_name().to_owned(),
            given_name: None,
            surname: None,
            mail: None,
            job_title: None,
            account_enabled: true,
            created_at: now,
        };
        let writes = [
            Write::AddUser(user),
            Write::AddRoleMember {
                tenant_id,
                user_id,
                role,
            },
        ];
        let id = CorrelationId::random(&SystemRandom);
        let record = AuditRecord::of_command(now, "Add user", id, Vec::new());
        node.db.commit(&writes, &record).await.expect("it commits");
        let token = SessionToken::generate(&SystemRandom);
        let session = Session {
            id: token.hash(),
            tenant_id,
            user_id,
            method: AuthenticationMethod::Passkey,
            created_at: now,
            authenticated_at: now,
            seen_at: now,
        };
        node.db.begin_session(&session, 0).await.expect("a session");
        let mut browser = Browser::new(node);
        browser.set_cookie(SESSION_COOKIE, token.expose());
        Person {
            browser,
            node,
            token,
        }
    }

    /// What the first tenant has.
    pub(crate) async fn contoso(&self) -> TenantState {
        self.tenant("c0000000-0000-4000-8000-00000000000c").await
    }

    async fn tenant(&self, id: &str) -> TenantState {
        let id: TenantId = id.parse().expect("an id");
        let state = self.node.db.tenant_state(id).await.expect("it is read");
        state.expect("the tenant")
    }

    /// The address of a page about an application.
    pub(crate) async fn page_of(&self, app_id: &str, tab: &str) -> String {
        let mut applications = self.contoso().await.applications;
        let fabrikam = self.tenant("f0000000-0000-4000-8000-00000000000f").await;
        applications.extend(fabrikam.applications);
        let mut known = applications.iter();
        let found = known.find(|known| known.app_id.to_string() == app_id);
        let id = found.expect("an application").id;
        format!("/portal/applications/{id}/{tab}")
    }

    /// How many secrets, certificates and federated credentials there are in both tenants.
    pub(crate) async fn credentials(&self) -> [usize; 3] {
        let one = self.contoso().await;
        let other = self.tenant("f0000000-0000-4000-8000-00000000000f").await;
        [
            one.passwords.len() + other.passwords.len(),
            one.keys.len() + other.keys.len(),
            one.federated.len() + other.federated.len(),
        ]
    }
}

impl Person<'_> {
    /// Sends a form of our own pages with these fields.
    pub(crate) async fn send(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let token = self.token.form_token();
        let mut all = vec![("form_token", token.as_str())];
        all.extend_from_slice(fields);
        self.browser.post(path, &all).await
    }

    /// Sends a form with a file in it, as browsers do.
    pub(crate) async fn upload(&self, path: &str, file: &[u8]) -> Answer {
        let part = |name: &str, head: &str| {
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"{head}\r\n\r\n")
        };
        let mut body = part("form_token", "").into_bytes();
        body.extend(self.token.form_token().bytes());
        body.extend(format!("\r\n{}\r\n", part("certificate", "")).bytes());
        let head = "; filename=\"a.cer\"\r\nContent-Type: application/octet-stream";
        body.extend(part("file", head).bytes());
        body.extend(file);
        body.extend(b"\r\n--x--\r\n");
        let mut request = format!(
            "POST {path} HTTP/1.1\r\nHost: id.example\r\nConnection: close\r\n\
             Origin: https://id.example\r\nCookie: {SESSION_COOKIE}={}\r\n\
             Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n\r\n",
            self.token.expose(),
            body.len()
        )
        .into_bytes();
        request.extend(body);
        self.node.exchange_from(Ipv4Addr::LOCALHOST, request).await
    }
}

/// Checks that a page shows the application's name, and not what the name tries.
#[track_caller]
pub(crate) fn check_name(page: &Page) {
    assert_eq!(page.status(), 200, "{}", page.html());
    assert!(page.text().contains(DAEMON_NAME), "{}", page.html());
    assert!(!page.html().contains("<script>alert"), "{}", page.html());
}
