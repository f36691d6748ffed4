//! The consent endpoints at a node, with a browser in which somebody is signed in.

mod forms;
mod grants;
mod limits;
mod people;
mod requests;

use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_domain::clock::Clock;
use countersign_domain::consent::answer::AnswerForm;
use countersign_domain::directory::{Application, AuditRecord, DirectoryRole, User, Write};
use countersign_domain::graph::route::{ApplicationKey, ServicePrincipalKey, UserKey};
use countersign_domain::ids::{CorrelationId, TenantId};
use countersign_server::SystemRandom;
use countersign_store::ServicePrincipalRecord;
use countersign_testkit::postgres::Postgres;

use crate::browser::{Browser, Page, SESSION_COOKIE};
use crate::node::{Answer, Node, apply};

const CONTOSO: &str = "c0000000-0000-4000-8000-00000000000c";
const FABRIKAM: &str = "f0000000-0000-4000-8000-00000000000f";

const DAEMON: &str = "aaaaaaaa-0000-4000-8000-000000000001";
const READER_OF_GRAPH: &str = "aaaaaaaa-0000-4000-8000-000000000002";
const UNREACHABLE: &str = "aaaaaaaa-0000-4000-8000-000000000003";
const BELOW: &str = "aaaaaaaa-0000-4000-8000-000000000004";
const NASTY: &str = "aaaaaaaa-0000-4000-8000-000000000005";
const ORDERS: &str = "aaaaaaaa-0000-4000-8000-000000000009";
const SHARED: &str = "bbbbbbbb-0000-4000-8000-000000000001";

const SECRET: &str = "a-secret-of-these-tests-1";

const GLOBAL: &str = "global@contoso.example";
const APPLICATION: &str = "application@contoso.example";
const READER: &str = "reader@contoso.example";
const DEVELOPER: &str = "developer@contoso.example";
const NOBODY: &str = "nobody@contoso.example";
const STRANGER: &str = "global@fabrikam.example";

/// `good.example/back`, encoded.
const BACK: &str = "https%3A%2F%2Fgood.example%2Fback";

const DIRECTORY: &str = r#"
tenants:
- displayName: Contoso
  id: c0000000-0000-4000-8000-00000000000c
  domains: [contoso.example]
  users:
  - {userPrincipalName: global@contoso.example, displayName: Global Administrator}
  - {userPrincipalName: application@contoso.example, displayName: Application Administrator}
  - {userPrincipalName: reader@contoso.example, displayName: Global Reader}
  - {userPrincipalName: developer@contoso.example, displayName: Application Developer}
  - {userPrincipalName: nobody@contoso.example, displayName: Nobody}
  applications:
  - displayName: Orders API
    appId: aaaaaaaa-0000-4000-8000-000000000009
    identifierUris: [api://orders]
    appRoles:
    - id: 11111111-0000-4000-8000-000000000001
      value: Orders.Read
      displayName: Read orders
      description: See every order.
    - id: 11111111-0000-4000-8000-000000000002
      value: Orders.Write
      displayName: Write orders
      description: Change every order.
    api:
      oauth2PermissionScopes:
      - id: 11111111-0000-4000-8000-000000000003
        value: Orders.Show
        type: Admin
        isEnabled: true
        adminConsentDisplayName: Show orders
        adminConsentDescription: See the person's orders.
  - displayName: Daemon
    appId: aaaaaaaa-0000-4000-8000-000000000001
    servicePrincipal: null
    web: {redirectUris: ["https://good.example/back", "http://localhost/myapp"]}
    requiredResourceAccess: &orders
    - resourceAppId: aaaaaaaa-0000-4000-8000-000000000009
      resourceAccess:
      - {id: 11111111-0000-4000-8000-000000000001, type: Role}
      - {id: 11111111-0000-4000-8000-000000000002, type: Role}
      - {id: 11111111-0000-4000-8000-000000000003, type: Scope}
      - {id: 11111111-0000-4000-8000-00000000000f, type: Role}
    passwordCredentials: [{displayName: one, secretText: a-secret-of-these-tests-1}]
  - displayName: Reader of Graph
    appId: aaaaaaaa-0000-4000-8000-000000000002
    web: {redirectUris: ["https://good.example/back"]}
    requiredResourceAccess:
    - resourceAppId: 00000003-0000-0000-c000-000000000000
      resourceAccess: [{id: 7ab1d382-f21e-4acd-a863-ba3e13f7da61, type: Role}]
  - displayName: Unreachable
    appId: aaaaaaaa-0000-4000-8000-000000000003
  - displayName: Below
    appId: aaaaaaaa-0000-4000-8000-000000000004
    web: {redirectUris: ["https://good.example/back"]}
    countersign: {redirectUriMatching: subPaths}
  - displayName: "<img src=x onerror=alert(1)>\"><script>alert(2)</script>"
    appId: aaaaaaaa-0000-4000-8000-000000000005
    web: {redirectUris: ["https://good.example/back"]}
    info: {marketingUrl: "https://good.example/"}
- displayName: Fabrikam
  id: f0000000-0000-4000-8000-00000000000f
  domains: [fabrikam.example]
  users:
  - {userPrincipalName: global@fabrikam.example, displayName: Global Administrator}
  applications:
  - displayName: Shared
    appId: bbbbbbbb-0000-4000-8000-000000000001
    signInAudience: AzureADMultipleOrgs
    web: {redirectUris: ["https://shared.example/back"]}
    requiredResourceAccess:
    - resourceAppId: aaaaaaaa-0000-4000-8000-000000000009
      resourceAccess:
      - {id: 11111111-0000-4000-8000-000000000001, type: Role}
    passwordCredentials: [{displayName: one, secretText: a-secret-of-these-tests-1}]
"#;

const ROLES: [(&str, &str, DirectoryRole); 5] = [
    (CONTOSO, GLOBAL, DirectoryRole::GlobalAdministrator),
    (
        CONTOSO,
        APPLICATION,
        DirectoryRole::ApplicationAdministrator,
    ),
    (CONTOSO, READER, DirectoryRole::GlobalReader),
    (CONTOSO, DEVELOPER, DirectoryRole::ApplicationDeveloper),
    (FABRIKAM, STRANGER, DirectoryRole::GlobalAdministrator),
];

/// A node with the directory of these tests.
struct World {
    node: Node,
    _folder: Option<tempfile::TempDir>,
}

impl World {
    async fn start() -> Self {
        Self::start_answering(AnswerForm::Documented).await
    }

    async fn start_answering(answer: AnswerForm) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = format!("sqlite://{}", folder.path().join("test.db").display());
        Self::start_on(&url, answer, Some(folder)).await
    }

    async fn on_postgres() -> Self {
        let url = Postgres::shared().database();
        Self::start_on(&url, AnswerForm::Documented, None).await
    }

    async fn start_on(url: &str, answer: AnswerForm, folder: Option<tempfile::TempDir>) -> Self {
        let node = Node::start_answering(url, answer).await;
        apply(&node.db, DIRECTORY).await;
        let world = Self {
            node,
            _folder: folder,
        };
        for (tenant, name, role) in ROLES {
            world.give(tenant, name, role).await;
        }
        crate::node::within_the_bound(async || {
            world.token(CONTOSO, DAEMON, ORDERS).await.number() == 7_000_229
        })
        .await;
        world
    }

    async fn stop(self) {
        self.node.stop().await;
    }

    async fn user(&self, tenant: &str, name: &str) -> User {
        let mut view = self.node.db.view().await.expect("a view");
        let key = UserKey::UserPrincipalName(name.to_owned());
        let user = view.user(tenant_id(tenant), &key).await.expect("it reads");
        user.expect("there is such a user")
    }

    async fn give(&self, tenant: &str, name: &str, role: DirectoryRole) {
        let user_id = self.user(tenant, name).await.id;
        let tenant_id = tenant_id(tenant);
        self.write(&[Write::AddRoleMember {
            tenant_id,
            user_id,
            role,
        }])
        .await;
    }

    async fn write(&self, writes: &[Write]) {
        let now = self.node.clock.now();
        let id = CorrelationId::random(&SystemRandom);
        let record = AuditRecord::of_command(now, "Prepare a test", id, Vec::new());
        self.node
            .db
            .commit(writes, &record)
            .await
            .expect("it is written");
    }

    /// A browser in which this person has just signed in.
    async fn browser(&self, name: &str) -> Browser<'_> {
        let tenant = if name == STRANGER { FABRIKAM } else { CONTOSO };
        let user = self.user(tenant, name).await;
        let token = SessionToken::generate(&SystemRandom);
        let now = self.node.clock.now();
        let session = Session {
            id: token.hash(),
            tenant_id: user.tenant_id,
            user_id: user.id,
            method: AuthenticationMethod::Passkey,
            created_at: now,
            authenticated_at: now,
            seen_at: now,
        };
        self.node
            .db
            .begin_session(&session, 0)
            .await
            .expect("it begins");
        let mut browser = Browser::new(&self.node);
        browser.set_cookie(SESSION_COOKIE, token.expose());
        browser
    }

    async fn token(&self, tenant: &str, client: &str, resource: &str) -> Answer {
        let body = format!(
            "grant_type=client_credentials&client_id={client}&client_secret={SECRET}\
             &scope={resource}/.default"
        );
        let path = format!("/{tenant}/oauth2/v2.0/token");
        self.node.post(&path, &body).await
    }

    /// The roles in the very next token, sorted; none where there is no token.
    async fn roles(&self, tenant: &str, client: &str) -> Vec<String> {
        let answer = self.token(tenant, client, ORDERS).await;
        if answer.status != 200 {
            return Vec::new();
        }
        let roles = answer.claims()["roles"].clone();
        let mut roles: Vec<String> = serde_json::from_value(roles).unwrap_or_default();
        roles.sort();
        roles
    }

    async fn principal(&self, tenant: &str, client: &str) -> Option<ServicePrincipalRecord> {
        let mut view = self.node.db.view().await.expect("a view");
        let key = ServicePrincipalKey::AppId(client.parse().expect("a GUID"));
        let found = view.service_principal(tenant_id(tenant), &key).await;
        found.expect("it reads")
    }

    /// The registration of an application of Contoso.
    async fn application(&self, app_id: &str) -> Application {
        let mut view = self.node.db.view().await.expect("a view");
        let key = ApplicationKey::AppId(app_id.parse().expect("a GUID"));
        let found = view.application(tenant_id(CONTOSO), &key).await;
        found.expect("it reads").expect("it is there").application
    }

    /// How many app roles a client has been assigned in a tenant.
    async fn assigned(&self, tenant: &str, client: &str) -> usize {
        let Some(record) = self.principal(tenant, client).await else {
            return 0;
        };
        let mut view = self.node.db.view().await.expect("a view");
        let held = view.held(tenant_id(tenant), record.principal.id).await;
        held.expect("it reads").len()
    }

    /// The tenant's records of consents, newest first.
    async fn consents(&self, tenant: &str) -> Vec<AuditRecord> {
        let tenant_id = Some(tenant_id(tenant));
        let records = self.node.db.audit_records(tenant_id, 100).await;
        let mut records = records.expect("they are read");
        records.retain(|record| record.activity == "Consent to application");
        records
    }
}

fn tenant_id(text: &str) -> TenantId {
    text.parse().expect("a GUID")
}

fn path(tenant: &str, query: &str) -> String {
    format!("/{tenant}/adminconsent?{query}")
}

fn asks(client: &str) -> String {
    path(
        CONTOSO,
        &format!("client_id={client}&redirect_uri={BACK}&state=12345"),
    )
}

/// Opens the page and presses a button of it.
async fn press(browser: &mut Browser<'_>, path: &str, answer: &str) -> Page {
    let page = browser.open(path).await;
    assert!(matches!(page.status(), 200 | 403), "{page:?}");
    let action = path.split('?').next().unwrap_or_default();
    browser.submit(&page, action, &[("answer", answer)]).await
}

/// Checks that a request ends on a page about this error, with what finds it in a log, and goes
/// nowhere.
#[track_caller]
fn check_refused(page: &Page, number: u32) {
    // For people: no marks of code, and no command of whoever operates the server.
    assert!(!page.text().contains(['`']), "{}", page.text());
    assert!(!page.text().contains("countersign "), "{}", page.text());
    assert_eq!(page.answer.header("location"), None, "{page:?}");
    assert!(matches!(page.status(), 400 | 403), "{page:?}");
    let text = page.text();
    assert!(text.contains(&format!("AADSTS{number}: ")), "{text}");
    let trace_id = page.answer.header("x-ms-request-id").expect("an id");
    assert!(text.contains(trace_id), "{text}");
    for label in ["Correlation ID", "Timestamp"] {
        assert!(text.contains(label), "{text}");
    }
}
