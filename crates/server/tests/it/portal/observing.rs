//! People of two tenants who look at the logs.

use countersign_domain::account::{AuthenticationMethod, Session, SessionToken};
use countersign_domain::clock::Clock;
use countersign_domain::directory::{DirectoryRole, User, Write};
use countersign_domain::ids::{TenantId, UserId};
use countersign_server::SystemRandom;

use super::{Site, add_user, commit};
use crate::browser::{Browser, SESSION_COOKIE};
use crate::node::{Answer, Node, apply, within_the_bound};

pub(crate) const FABRIKAM: &str = "f0000000-0000-4000-8000-00000000000f";

/// A tenant in which nothing was done yet.
pub(crate) const NORTHWIND: &str = "d0000000-0000-4000-8000-00000000000d";

pub(crate) const STRANGER: &str = "bbbbbbbb-0000-4000-8000-000000000001";

pub(crate) const STRANGER_SECRET: &str = "a-secret-of-the-stranger-1";

const OTHERS: &str = "
tenants:
- displayName: Fabrikam
  id: f0000000-0000-4000-8000-00000000000f
  domains: [fabrikam.example]
  applications:
  - displayName: Secret Project
    appId: bbbbbbbb-0000-4000-8000-000000000001
    identifierUris: [api://project]
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-the-stranger-1
- displayName: Northwind
  id: d0000000-0000-4000-8000-00000000000d
  domains: [northwind.example]
";

/// The tenants of [`Site`], and another one with an application of its own.
pub(crate) async fn site() -> Site {
    let site = Site::start().await;
    apply(&site.node.db, OTHERS).await;
    let request = "grant_type=client_credentials&client_id=bbbbbbbb-0000-4000-8000-000000000001\
                   &client_secret=a-secret-of-the-stranger-1&scope=api://project/.default";
    within_the_bound(async || stranger_token(&site.node, request).await.number() == 0).await;
    site
}

pub(crate) async fn stranger_token(node: &Node, body: &str) -> Answer {
    let path = format!("/{FABRIKAM}/oauth2/v2.0/token");
    node.post(&path, body).await
}

/// A browser in which this person is signed in.
pub(crate) async fn browser_of<'n>(node: &'n Node, user: &User) -> Browser<'n> {
    let token = SessionToken::generate(&SystemRandom);
    let now = node.clock.now();
    let session = Session {
        id: token.hash(),
        tenant_id: user.tenant_id,
        user_id: user.id,
        method: AuthenticationMethod::Password,
        created_at: now,
        authenticated_at: now,
        seen_at: now,
    };
    let account = node.db.account_of(user.tenant_id, user.id).await;
    let account = account.expect("it answers").expect("it is there");
    let begun = node.db.begin_session(&session, account.sessions_ended);
    begun.await.expect("it begins");
    let mut browser = Browser::new(node);
    browser.set_cookie(SESSION_COOKIE, token.expose());
    browser
}

/// A browser of somebody who may read the directory and no logs.
pub(crate) async fn reader(site: &Site) -> Browser<'_> {
    let role = Some(DirectoryRole::DirectoryReaders);
    let user = add_user(&site.node, "reader@contoso.example", role).await;
    browser_of(&site.node, &user).await
}

/// A browser of the administrator of the other tenant.
pub(crate) async fn stranger(site: &Site) -> Browser<'_> {
    admin_of(site, FABRIKAM).await
}

/// A browser of a Global Administrator of a tenant.
pub(crate) async fn admin_of<'s>(site: &'s Site, tenant: &str) -> Browser<'s> {
    let tenant_id: TenantId = tenant.parse().expect("a GUID");
    let user = User {
        id: UserId::random(&SystemRandom),
        tenant_id,
        user_principal_name: "admin@elsewhere.example".to_owned(),
        ..site.admin.clone()
    };
    let role = Write::AddRoleMember {
        tenant_id,
        user_id: user.id,
        role: DirectoryRole::GlobalAdministrator,
    };
    commit(&site.node, &[Write::AddUser(user.clone()), role]).await;
    browser_of(&site.node, &user).await
}
