//! The pages for people, as a browser meets them.

mod account;
mod administrators;
mod applications;
mod audit;
mod enterprise;
mod health;
mod inspector;
mod observing;
mod passkeys;
mod sessions;
mod setup;
mod sign_in;
mod sign_ins;
mod tenants;
mod throttle;

use std::path::Path;
use std::time::Duration;

use countersign_domain::account::{NewPassword, PasswordContext, PasswordHash, RecoveryCode};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{AuditRecord, DirectoryRole, SignIn, User, Write};
use countersign_domain::ids::{CorrelationId, UserId};
use countersign_server::SystemRandom;

use crate::browser::{Browser, Page};
use crate::node::{CLIENT, DIRECTORY, Node, SECRET, apply, within_the_bound};

pub(crate) const ADMIN: &str = "admin@contoso.example";

pub(crate) const PASSWORD: &str = "seven grey herons wait by the lock";

/// Longer than a proof is recent, shorter than a session is idle.
pub(crate) const NOT_RECENT: i64 = 16 * 60;

/// Where somebody proves once more who they are, and goes back to `page`.
pub(crate) fn again(page: &str) -> String {
    let next = page.replace('/', "%2F");
    format!("/portal/sign-in?again=1&next={next}")
}

/// A node with a tenant, and an administrator of it who has a password.
pub(crate) struct Site {
    pub(crate) node: Node,
    pub(crate) admin: User,
    folder: tempfile::TempDir,
}

const DAY: Duration = Duration::from_secs(86_400);

fn database(folder: &Path) -> String {
    format!("sqlite://{}", folder.join("test.db").display())
}

impl Site {
    pub(crate) async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let node = Node::start(&database(folder.path()), DAY).await;
        apply(&node.db, DIRECTORY).await;
        within_the_bound(async || node.token(CLIENT, SECRET).await.number() == 0).await;
        let admin = add_user(&node, ADMIN, Some(DirectoryRole::GlobalAdministrator)).await;
        let site = Self {
            node,
            admin,
            folder,
        };
        site.set_password(PASSWORD).await;
        site
    }

    /// Another node on the same database.
    pub(crate) async fn another_node(&self) -> Node {
        Node::start(&database(self.folder.path()), DAY).await
    }

    pub(crate) fn browser(&self) -> Browser<'_> {
        Browser::new(&self.node)
    }

    /// A browser in which the administrator has signed in.
    pub(crate) async fn signed_in(&self) -> Browser<'_> {
        let mut browser = self.browser();
        let answer = sign_in(&mut browser, ADMIN, PASSWORD).await;
        assert_eq!(answer.location(), Some("/portal"), "{}", answer.html());
        browser
    }

    /// Sets the administrator's password, as on another machine.
    pub(crate) async fn set_password(&self, password: &str) {
        let write = Write::SetUserPassword {
            tenant_id: self.admin.tenant_id,
            user_id: self.admin.id,
            hash: hashed(password),
        };
        self.commit(&[write]).await;
    }

    /// Gives the administrator fresh recovery codes.
    pub(crate) async fn recovery_codes(&self) -> Vec<RecoveryCode> {
        let codes = RecoveryCode::generate_set(&SystemRandom);
        let write = Write::SetRecoveryCodes {
            tenant_id: self.admin.tenant_id,
            user_id: self.admin.id,
            hashes: codes.iter().map(RecoveryCode::hash).collect(),
        };
        self.commit(&[write]).await;
        codes
    }

    pub(crate) async fn commit(&self, writes: &[Write]) {
        commit(&self.node, writes).await;
    }

    /// The newest entries of the sign-in log that are of people, once there are so many.
    pub(crate) async fn people_log(&self, count: usize) -> Vec<SignIn> {
        let mut found = Vec::new();
        within_the_bound(async || {
            found = self.node.db.sign_ins(None, 1_000).await.expect("a log");
            found.retain(|entry| entry.app_id.is_some_and(|id| id.to_string() == PORTAL));
            found.len() >= count
        })
        .await;
        found
    }

    /// How many passwords were compared or hashed.
    pub(crate) async fn password_checks(&self) -> u32 {
        let text = self.node.get("/metrics").await.body;
        let series = "countersign_password_checks_total ";
        let line = text.lines().find_map(|line| line.strip_prefix(series));
        line.expect("it is counted").parse().expect("a number")
    }
}

const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";

/// Adds a user to the tenant of these tests, without a password.
pub(crate) async fn add_user(node: &Node, name: &str, role: Option<DirectoryRole>) -> User {
    let tenant_id = node.db.tenants().await.expect("tenants")[0].id;
    let user = User {
        id: UserId::random(&SystemRandom),
        tenant_id,
        user_principal_name: name.to_owned(),
        display_name: "Administrator".to_owned(),
        given_name: None,
        surname: None,
        mail: None,
        job_title: None,
        account_enabled: true,
        created_at: node.clock.now(),
    };
    let mut writes = vec![Write::AddUser(user.clone())];
    writes.extend(role.map(|role| Write::AddRoleMember {
        tenant_id,
        user_id: user.id,
        role,
    }));
    commit(node, &writes).await;
    user
}

pub(crate) async fn commit(node: &Node, writes: &[Write]) {
    let id = CorrelationId::random(&SystemRandom);
    let record = AuditRecord::of_command(node.clock.now(), "Update user", id, Vec::new());
    node.db.commit(writes, &record).await.expect("it commits");
}

pub(crate) fn hashed(password: &str) -> PasswordHash {
    let about = PasswordContext {
        tenant_name: "Contoso",
        user_principal_name: ADMIN,
        display_name: "Administrator",
    };
    let password = NewPassword::check(password, &about).expect("a good password");
    password.hash(&SystemRandom)
}

/// Fills in the sign-in page.
pub(crate) async fn sign_in(browser: &mut Browser<'_>, name: &str, password: &str) -> Page {
    let page = browser.open("/portal/sign-in").await;
    assert_eq!(page.status(), 200, "{page:?}");
    let entered = [("username", name), ("password", password)];
    browser.submit(&page, "/portal/sign-in", &entered).await
}

/// Whether the browser's session opens the portal.
pub(crate) async fn is_signed_in(browser: &Browser<'_>) -> bool {
    let page = browser.clone().open("/portal").await;
    match page.location() {
        None => page.status() == 200,
        Some(location) => {
            assert_eq!(location, "/portal/sign-in");
            false
        }
    }
}
