//! Service principals: switched, assigned, revoked and deleted on pages.

use countersign_domain::directory::DirectoryRole;

use super::administrators::person;
use super::{PASSWORD, Site, sign_in};
use crate::browser::Browser;
use crate::node::{CLIENT, SECRET, apply, within_the_bound};

const FABRIKAM: &str = "
tenants:
- displayName: Fabrikam
  domains: [fabrikam.example]
  applications:
  - displayName: Secret project
    identifierUris: [api://secret]
    appRoles:
    - value: Secret.Read
";

/// A caller has no role of an API that requires one.
const NOT_ASSIGNED: u64 = 501_051;

/// The path of the page about a service principal.
async fn path(site: &Site, tenant: &str, name: &str) -> String {
    let tenants = site.node.db.tenants().await.expect("tenants");
    let tenant = tenants.iter().find(|one| one.display_name == tenant);
    let state = site
        .node
        .db
        .tenant_state(tenant.expect("it is there").id)
        .await;
    let state = state.expect("it answers").expect("it is there");
    let mut applications = state.applications.iter();
    let application = applications.find(|one| one.display_name == name);
    let app_id = application.expect("it is there").app_id;
    let mut principals = state.service_principals.iter();
    let principal = principals.find(|one| one.app_id == app_id);
    let id = principal.expect("it is there").id;
    format!("/portal/enterprise-applications/{id}")
}

async fn token_ends_with(site: &Site, number: u64) {
    within_the_bound(async || site.node.token(CLIENT, SECRET).await.number() == number).await;
}

async fn press(browser: &mut Browser<'_>, page: &str, form: &str, entered: &[(&str, &str)]) {
    let shown = browser.open(page).await;
    assert_eq!(shown.status(), 200, "{}", shown.text());
    let done = browser.submit(&shown, form, entered).await;
    assert_eq!(done.status(), 303, "{}", done.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn they_are_found_and_say_where_they_are_registered() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let list = browser.open("/portal/enterprise-applications").await.text();
    for shown in [
        "Orders API",
        "Daemon",
        "Microsoft Graph",
        "Platform",
        "This tenant",
    ] {
        assert!(list.contains(shown), "{shown}: {list}");
    }
    let address = format!("/portal/enterprise-applications?search={CLIENT}");
    let found = browser.open(&address).await.text();
    assert!(
        found.contains("Daemon") && !found.contains("Orders API"),
        "{found}"
    );
    // What has no word in it names nothing.
    let address = "/portal/enterprise-applications?search=%22";
    assert_eq!(browser.open(address).await.status(), 200);
    let page = browser
        .open(&path(&site, "Contoso", "Orders API").await)
        .await;
    assert!(page.text().contains("AADSTS501051"), "{}", page.text());
    assert!(page.html().contains("href=\"/portal/applications/"));
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_assignment_can_be_required_revoked_and_given() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let orders = path(&site, "Contoso", "Orders API").await;
    press(
        &mut browser,
        &orders,
        &format!("{orders}/required"),
        &[("action", "on")],
    )
    .await;
    token_ends_with(&site, 0).await;

    let (assigned, revoke) = (
        format!("{orders}/assigned"),
        format!("{orders}/assigned/revoke"),
    );
    press(&mut browser, &assigned, &revoke, &[]).await;
    token_ends_with(&site, NOT_ASSIGNED).await;

    let found = browser.open(&format!("{assigned}?search=Daemon")).await;
    let link = found
        .html()
        .split("href=\"?client=")
        .nth(1)
        .expect("a client");
    let client = link.split('"').next().expect("an id");
    let page = browser.open(&format!("{assigned}?client={client}")).await;
    let role = page
        .html()
        .split("name=\"role\" value=\"")
        .nth(1)
        .expect("a role");
    let role = role.split('"').next().expect("an id").to_owned();
    let none = browser.submit(&page, &assigned, &[]).await;
    assert_eq!(none.status(), 400);
    assert!(none.text().contains("at least one role"), "{}", none.text());
    let done = browser.submit(&page, &assigned, &[("role", &role)]).await;
    assert_eq!(done.status(), 303, "{}", done.text());
    token_ends_with(&site, 0).await;
    let twice = browser.submit(&page, &assigned, &[("role", &role)]).await;
    assert_eq!(twice.status(), 400, "{}", twice.text());

    let daemon = path(&site, "Contoso", "Daemon").await;
    let permissions = format!("{daemon}/permissions");
    let shown = browser.open(&permissions).await.text();
    assert!(
        shown.contains("Orders API") && shown.contains("Orders.Read"),
        "{shown}"
    );
    press(
        &mut browser,
        &permissions,
        &format!("{permissions}/revoke"),
        &[],
    )
    .await;
    token_ends_with(&site, NOT_ASSIGNED).await;
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_disabled_or_deleted_gets_no_tokens() {
    let site = Site::start().await;
    let mut browser = site.signed_in().await;
    let daemon = path(&site, "Contoso", "Daemon").await;
    let enabled = format!("{daemon}/enabled");
    press(&mut browser, &daemon, &enabled, &[("action", "off")]).await;
    within_the_bound(async || site.node.token(CLIENT, SECRET).await.number() != 0).await;
    press(&mut browser, &daemon, &enabled, &[("action", "on")]).await;
    token_ends_with(&site, 0).await;
    press(&mut browser, &daemon, &format!("{daemon}/delete"), &[]).await;
    within_the_bound(async || site.node.token(CLIENT, SECRET).await.number() != 0).await;
    assert_eq!(browser.open(&daemon).await.status(), 404);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_change_nothing_and_nobody_reaches_another_tenant() {
    let site = Site::start().await;
    apply(&site.node.db, FABRIKAM).await;
    let orders = path(&site, "Contoso", "Orders API").await;
    let secret = path(&site, "Fabrikam", "Secret project").await;
    let name = "reader@contoso.example";
    person(&site, name, &[DirectoryRole::GlobalReader]).await;
    let mut reader = site.browser();
    sign_in(&mut reader, name, PASSWORD).await;
    let mut admin = site.signed_in().await;
    let forms = [
        ("enabled", "action", "off"),
        ("required", "action", "on"),
        ("delete", "x", "x"),
        ("assigned", "role", "00000000-0000-0000-0000-000000000000"),
        ("assigned/revoke", "assignment", "x"),
        ("permissions/revoke", "assignment", "x"),
        ("permissions/revoke-delegated", "grant", "x"),
    ];
    for (browser, target, allowed) in [
        (&mut reader, &orders, [403, 404]),
        (&mut admin, &secret, [404, 404]),
    ] {
        let token = browser
            .open("/portal/applications")
            .await
            .hidden("form_token");
        for (form, field, value) in forms {
            let fields = [("form_token", token.as_str()), (field, value)];
            let answer = browser.post(&format!("{target}/{form}"), &fields).await;
            assert!(
                allowed.contains(&answer.status()),
                "{form}: {}",
                answer.text()
            );
        }
    }
    for tab in ["", "/assigned", "/permissions"] {
        assert_eq!(reader.open(&format!("{orders}{tab}")).await.status(), 200);
        let foreign = admin.open(&format!("{secret}{tab}")).await;
        assert_eq!(foreign.status(), 404);
        assert!(!foreign.text().contains("Secret project"));
    }
    assert_eq!(site.node.token(CLIENT, SECRET).await.number(), 0);
    site.node.stop().await;
}
