//! Tenants are added by those who have the role for it, and are nobody else's business.

use countersign_domain::directory::DirectoryRole;

use super::administrators::person;
use super::{NOT_RECENT, PASSWORD, Site, again, is_signed_in, sign_in};
use crate::browser::Browser;
use crate::node::{apply, within_the_bound};

const NEW: &str = "/portal/tenants/new";

async fn creator(site: &Site) -> Browser<'_> {
    let name = "creator@contoso.example";
    person(site, name, &[DirectoryRole::TenantCreator]).await;
    let mut browser = site.browser();
    let answer = sign_in(&mut browser, name, PASSWORD).await;
    assert_eq!(answer.location(), Some("/portal"), "{}", answer.text());
    browser
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_tenant_creator_sees_tenants_and_adds_one() {
    let site = Site::start().await;
    let mut admin = site.signed_in().await;
    let page = admin.open("/portal/applications").await;
    assert!(!page.html().contains("/portal/tenants"));
    for path in ["/portal/tenants", NEW] {
        let refused = admin.open(path).await;
        assert_eq!(refused.status(), 403, "{}", refused.text());
    }
    let fields = [
        ("form_token", page.hidden("form_token")),
        ("display_name", "Fabrikam".to_owned()),
        ("domain", "fabrikam.example".to_owned()),
        ("administrator", "admin".to_owned()),
    ];
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let before = site.node.db.tenants().await.expect("tenants").len();
    assert_eq!(admin.post(NEW, &fields).await.status(), 403);
    assert_eq!(site.node.db.tenants().await.expect("tenants").len(), before);

    let mut browser = creator(&site).await;
    let list = browser.open("/portal/tenants").await;
    assert!(
        list.text().contains("Contoso") && !list.text().contains("platform"),
        "{}",
        list.text()
    );
    // The role over tenants is none inside of one.
    assert_eq!(browser.open("/portal/applications").await.status(), 403);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_is_said_and_adds_nothing() {
    let site = Site::start().await;
    let mut browser = creator(&site).await;
    let page = browser.open(NEW).await;
    let before = site.node.db.tenants().await.expect("tenants").len();
    for (name, domain, administrator, told) in [
        ("", "fabrikam.example", "admin", "Enter a name"),
        ("Fabrikam", "fabrikam", "admin", "not a domain name"),
        ("Fabrikam", "fäbrikam.example", "admin", "xn--"),
        (
            "Fabrikam",
            "Contoso.example",
            "admin",
            "belongs to a tenant",
        ),
        (
            "Fabrikam",
            "fabrikam.example",
            "",
            "not a user principal name",
        ),
        (
            "Fabrikam",
            "fabrikam.example",
            "a b",
            "not a user principal name",
        ),
        (
            "Fabrikam",
            "fabrikam.example",
            "admin@contoso.example",
            "fabrikam.example",
        ),
    ] {
        let entered = [
            ("display_name", name),
            ("domain", domain),
            ("administrator", administrator),
        ];
        let refused = browser.submit(&page, NEW, &entered).await;
        assert_eq!(refused.status(), 400, "{}", refused.text());
        assert!(refused.text().contains(told), "{told}: {}", refused.text());
        assert!(refused.html().contains(&format!("value=\"{domain}\"")));
    }
    assert_eq!(site.node.db.tenants().await.expect("tenants").len(), before);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tenant_is_its_administrators_own_and_issues_tokens() {
    let site = Site::start().await;
    let mut browser = creator(&site).await;
    let page = browser.open(NEW).await;
    let entered = [
        ("display_name", "Fabrikam"),
        ("domain", "fabrikam.example"),
        ("administrator", "admin"),
    ];
    let made = browser.submit(&page, NEW, &entered).await;
    assert_eq!(made.status(), 200, "{}", made.text());
    let link = made.html().split("https://id.example/portal/setup/").nth(1);
    let token = link
        .and_then(|link| link.split('"').next())
        .expect("a link");
    let list = browser.open("/portal/tenants").await;
    assert!(list.text().contains("Fabrikam") && !list.html().contains(token));
    let records = site
        .node
        .db
        .audit_records(None, 1)
        .await
        .expect("it answers");
    assert_eq!(records[0].activity, "Create company");

    // Who added it has no way in.
    let account = site.node.db.account_named("admin@fabrikam.example").await;
    let user = account
        .expect("it answers")
        .expect("it is there")
        .person
        .user;
    let inside = browser
        .open(&format!("/portal/administrators/{}", user.id))
        .await;
    assert!(matches!(inside.status(), 403 | 404), "{}", inside.text());

    let mut admin = site.browser();
    let link = format!("/portal/setup/{token}");
    let page = admin.open(&link).await;
    let chosen = "five loud geese guard the old mill";
    let entered = [("new_password", chosen), ("repeat_password", chosen)];
    let set = admin.submit(&page, &link, &entered).await;
    assert_eq!(set.status(), 200, "{}", set.text());
    assert!(is_signed_in(&admin).await);
    let applications = admin.open("/portal/applications").await.text();
    assert!(applications.contains("Fabrikam") && !applications.contains("Orders API"));
    let principals = admin.open("/portal/enterprise-applications").await.text();
    assert!(principals.contains("Microsoft Graph"), "{principals}");
    assert!(!principals.contains("Daemon"));
    let people = admin.open("/portal/administrators").await.text();
    assert!(people.contains("admin@fabrikam.example") && !people.contains("contoso.example"));

    let applications = "
tenants:
- displayName: Fabrikam
  domains: [fabrikam.example]
  applications:
  - displayName: Daemon
    appId: 22222222-2222-4222-8222-222222222222
    identifierUris: [api://fabrikam.example/daemon]
    passwordCredentials:
    - displayName: one
      secretText: a-secret-of-fabrikam-1
";
    apply(&site.node.db, applications).await;
    let body = "grant_type=client_credentials&client_id=22222222-2222-4222-8222-222222222222\
                &client_secret=a-secret-of-fabrikam-1\
                &scope=api://fabrikam.example/daemon/.default";
    let path = "/fabrikam.example/oauth2/v2.0/token";
    within_the_bound(async || site.node.post(path, body).await.number() == 0).await;
    assert!(
        is_signed_in(&admin).await,
        "a directory file takes no administrator away"
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_session_adds_no_tenant() {
    let site = Site::start().await;
    let mut browser = creator(&site).await;
    let before = site.node.db.tenants().await.expect("tenants").len();
    site.node.clock.advance_seconds(NOT_RECENT);
    let page = browser.open(NEW).await;
    let entered = [
        ("display_name", "Fabrikam"),
        ("domain", "fabrikam.example"),
        ("administrator", "admin"),
    ];
    let answer = browser.submit(&page, NEW, &entered).await;
    assert_eq!(answer.location(), Some(again(NEW).as_str()));
    assert_eq!(site.node.db.tenants().await.expect("tenants").len(), before);
    site.node.stop().await;
}
