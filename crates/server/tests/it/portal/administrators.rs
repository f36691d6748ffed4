//! Who administers a tenant: nobody gets above themselves, and the last one stays.

use countersign_domain::account::roles;
use countersign_domain::directory::{DirectoryRole, User, Write};

use super::{ADMIN, NOT_RECENT, PASSWORD, Site, add_user, again, hashed, is_signed_in, sign_in};
use crate::browser::{Browser, Page};
use crate::node::apply;

const LIST: &str = "/portal/administrators";

/// A person with roles and the password of these tests.
pub(super) async fn person(site: &Site, name: &str, roles: &[DirectoryRole]) -> User {
    let user = add_user(&site.node, name, None).await;
    let (tenant_id, user_id) = (user.tenant_id, user.id);
    let give = |role: &DirectoryRole| Write::AddRoleMember {
        tenant_id,
        user_id,
        role: *role,
    };
    let mut writes: Vec<_> = roles.iter().map(give).collect();
    writes.push(Write::SetUserPassword {
        tenant_id,
        user_id,
        hash: hashed(PASSWORD),
    });
    site.commit(&writes).await;
    user
}

/// Sends a form to the page about a person, whether or not that page offers it.
async fn send(
    browser: &mut Browser<'_>,
    user: &User,
    form: &str,
    entered: &[(&str, &str)],
) -> Page {
    let token = browser.open("/portal/account").await.hidden("form_token");
    let mut fields = vec![("form_token", token.as_str())];
    fields.extend(entered);
    browser
        .post(&format!("{LIST}/{}/{form}", user.id), &fields)
        .await
}

async fn roles_of(site: &Site, user: &User) -> Vec<DirectoryRole> {
    let person = site.node.db.person(user.tenant_id, user.id).await;
    let person = person.expect("it answers").expect("it is there");
    person.roles
}

fn id(role: DirectoryRole) -> String {
    role.template_id().to_string()
}

/// The link of a page that shows one.
fn link(page: &Page) -> String {
    assert_eq!(page.status(), 200, "{}", page.text());
    let link = page.html().split("https://id.example/portal/setup/").nth(1);
    let token = link.and_then(|link| link.split('"').next());
    format!("/portal/setup/{}", token.expect("a link"))
}

async fn activities(site: &Site) -> Vec<String> {
    let records = site.node.db.audit_records(None, 100).await;
    let records = records.expect("it answers");
    records.into_iter().map(|record| record.activity).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_new_gets_a_link_that_is_shown_once_and_works_once() {
    let site = Site::start().await;
    let mut admin = site.signed_in().await;
    let page = admin.open(LIST).await;
    let role = id(DirectoryRole::ApplicationAdministrator);
    let bad = [
        ("user_name", "new@fabrikam.example"),
        ("role", role.as_str()),
    ];
    let refused = admin.submit(&page, LIST, &bad).await;
    assert_eq!(refused.status(), 400);
    assert!(
        refused.text().contains("contoso.example"),
        "{}",
        refused.text()
    );
    let without = admin
        .submit(&page, LIST, &[("user_name", "new@contoso.example")])
        .await;
    assert_eq!(without.status(), 400);

    let good = [
        ("user_name", "new@contoso.example"),
        ("role", role.as_str()),
    ];
    let link = link(&admin.submit(&page, LIST, &good).await);
    let list = admin.open(LIST).await;
    assert!(
        list.text().contains("new@contoso.example") && list.text().contains("Has a setup link")
    );
    assert!(
        !list
            .html()
            .contains(link.rsplit('/').next().expect("a token"))
    );
    let found = activities(&site).await;
    assert!(
        found.contains(&"Add member to role".to_owned()),
        "{found:?}"
    );

    let mut new = site.browser();
    let page = new.open(&link).await;
    let chosen = "five loud geese guard the old mill";
    let entered = [("new_password", chosen), ("repeat_password", chosen)];
    assert_eq!(new.submit(&page, &link, &entered).await.status(), 200);
    assert!(is_signed_in(&new).await);
    assert_eq!(new.open("/portal/applications/new").await.status(), 200);
    assert_eq!(site.browser().open(&link).await.status(), 404);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_and_change_nothing() {
    let site = Site::start().await;
    let name = "reader@contoso.example";
    let reader = person(&site, name, &[DirectoryRole::GlobalReader]).await;
    let mut browser = site.browser();
    sign_in(&mut browser, name, PASSWORD).await;
    let page = browser.open(LIST).await;
    assert_eq!(page.status(), 200);
    assert!(page.text().contains(ADMIN) && !page.has_form(LIST));
    // How others sign in is nothing for readers; how they do themselves is.
    assert!(page.text().contains("Not shown to you"), "{}", page.text());
    assert_eq!(page.text().matches("password alone").count(), 1);
    let page = browser.open(&format!("{LIST}/{}", site.admin.id)).await;
    assert!(page.text().contains("Enabled"), "{}", page.text());
    for fact in [
        "Signs in with",
        "password alone",
        "Last sign-in",
        "Open sessions",
    ] {
        assert!(!page.text().contains(fact), "{fact}: {}", page.text());
    }
    let page = browser.open(&format!("{LIST}/{}", reader.id)).await;
    assert!(page.text().contains("password alone"), "{}", page.text());
    let before = activities(&site).await.len();
    let role = id(DirectoryRole::GlobalAdministrator);
    let forms: [(&str, &[(&str, &str)]); 4] = [
        ("roles", &[("role", &role), ("action", "add")]),
        ("link", &[]),
        ("account", &[("action", "disable")]),
        ("sessions", &[]),
    ];
    for user in [&reader, &site.admin] {
        for (form, entered) in forms {
            let answer = send(&mut browser, user, form, entered).await;
            assert_eq!(answer.status(), 403, "{form}: {}", answer.text());
        }
    }
    let token = browser.open("/portal/account").await.hidden("form_token");
    let fields = [
        ("form_token", token.as_str()),
        ("user_name", "other@contoso.example"),
        ("role", role.as_str()),
    ];
    assert_eq!(browser.post(LIST, &fields).await.status(), 403);
    assert_eq!(activities(&site).await.len(), before);
    assert_eq!(
        roles_of(&site, &reader).await,
        [DirectoryRole::GlobalReader]
    );
    // Somebody who sees no people of the tenant at all.
    let name = "creator@contoso.example";
    person(&site, name, &[DirectoryRole::TenantCreator]).await;
    let mut browser = site.browser();
    sign_in(&mut browser, name, PASSWORD).await;
    assert_eq!(browser.open(LIST).await.status(), 403);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_above_themselves() {
    let site = Site::start().await;
    let name = "privileged@contoso.example";
    let roles = [DirectoryRole::PrivilegedRoleAdministrator];
    let privileged = person(&site, name, &roles).await;
    let reader = person(
        &site,
        "reader@contoso.example",
        &[DirectoryRole::GlobalReader],
    )
    .await;
    let mut browser = site.browser();
    sign_in(&mut browser, name, PASSWORD).await;
    let global = id(DirectoryRole::GlobalAdministrator);
    for action in ["add", "remove"] {
        for user in [&privileged, &site.admin] {
            let entered = [("role", global.as_str()), ("action", action)];
            let answer = send(&mut browser, user, "roles", &entered).await;
            assert_eq!(answer.status(), 403, "{action}: {}", answer.text());
        }
    }
    for (form, entered) in [
        ("link", [("x", "")]),
        ("account", [("action", "disable")]),
        ("sessions", [("x", "")]),
    ] {
        let answer = send(&mut browser, &site.admin, form, &entered).await;
        assert_eq!(answer.status(), 403, "{form}: {}", answer.text());
        assert!(!answer.html().contains("/portal/setup/"));
    }
    assert!(is_signed_in(&site.signed_in().await).await);
    // Of those who are not above, all of it is possible.
    let developer = id(DirectoryRole::ApplicationDeveloper);
    let entered = [("role", developer.as_str()), ("action", "add")];
    assert_eq!(
        send(&mut browser, &reader, "roles", &entered)
            .await
            .status(),
        303
    );
    assert!(
        roles_of(&site, &reader)
            .await
            .contains(&DirectoryRole::ApplicationDeveloper)
    );
    link(&send(&mut browser, &reader, "link", &[]).await);
    // The administrators of a tenant cannot reach for the server.
    let mut admin = site.signed_in().await;
    let creator = id(DirectoryRole::TenantCreator);
    let entered = [("role", creator.as_str()), ("action", "add")];
    assert_eq!(
        send(&mut admin, &site.admin, "roles", &entered)
            .await
            .status(),
        403
    );
    assert_eq!(
        roles_of(&site, &site.admin).await,
        [DirectoryRole::GlobalAdministrator]
    );
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_was_lost_meanwhile_changes_nothing() {
    let site = Site::start().await;
    let mut admin = site.signed_in().await;
    let page = admin.open(&format!("{LIST}/{}", site.admin.id)).await;
    let take = Write::RemoveRoleMember {
        tenant_id: site.admin.tenant_id,
        user_id: site.admin.id,
        role: DirectoryRole::GlobalAdministrator,
    };
    site.commit(&[take]).await;
    let form = format!("{LIST}/{}/link", site.admin.id);
    assert_eq!(admin.submit(&page, &form, &[]).await.status(), 403);
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_administrator_stays() {
    let site = Site::start().await;
    let mut admin = site.signed_in().await;
    let global = id(DirectoryRole::GlobalAdministrator);
    // Somebody who has the role and cannot sign in is no replacement.
    add_user(
        &site.node,
        "idle@contoso.example",
        Some(DirectoryRole::GlobalAdministrator),
    )
    .await;
    let remove = [("role", global.as_str()), ("action", "remove")];
    for (form, entered) in [
        ("roles", &remove[..]),
        ("account", &[("action", "disable")]),
    ] {
        let answer = send(&mut admin, &site.admin, form, entered).await;
        assert_eq!(answer.status(), 409, "{form}: {}", answer.text());
        assert!(
            answer
                .text()
                .contains(&roles::RoleRefusal::Last.to_string())
        );
    }
    assert!(is_signed_in(&admin).await);
    let name = "second@contoso.example";
    let second = person(&site, name, &[DirectoryRole::GlobalAdministrator]).await;
    let mut other = site.browser();
    sign_in(&mut other, name, PASSWORD).await;
    // Sessions and accounts end at once.
    let ended = send(&mut admin, &second, "sessions", &[]).await;
    assert_eq!(ended.status(), 303, "{}", ended.text());
    assert!(!is_signed_in(&other).await);
    sign_in(&mut other, name, PASSWORD).await;
    let disabled = send(&mut other, &site.admin, "account", &[("action", "disable")]).await;
    assert_eq!(disabled.status(), 303, "{}", disabled.text());
    assert!(!is_signed_in(&admin).await);
    let enabled = send(&mut other, &site.admin, "account", &[("action", "enable")]).await;
    assert_eq!(enabled.status(), 303, "{}", enabled.text());
    let mut admin = site.signed_in().await;
    let removed = send(&mut admin, &site.admin, "roles", &remove).await;
    assert_eq!(removed.status(), 303, "{}", removed.text());
    assert!(roles_of(&site, &site.admin).await.is_empty());
    let found = activities(&site).await;
    for activity in [
        "Remove member from role",
        "Update StsRefreshTokenValidFrom Timestamp",
    ] {
        assert!(found.contains(&activity.to_owned()), "{found:?}");
    }
    site.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn people_of_another_tenant_are_not_found() {
    let site = Site::start().await;
    let fabrikam = "
tenants:
- displayName: Fabrikam
  domains: [fabrikam.example]
  users:
  - userPrincipalName: ann@fabrikam.example
    displayName: Ann
";
    apply(&site.node.db, fabrikam).await;
    let account = site.node.db.account_named("ann@fabrikam.example").await;
    let ann = account
        .expect("it answers")
        .expect("it is there")
        .person
        .user;
    let mut admin = site.signed_in().await;
    let page = admin.open(&format!("{LIST}/{}", ann.id)).await;
    assert_eq!(page.status(), 404);
    assert!(!page.text().contains("Ann"));
    let reader = id(DirectoryRole::GlobalReader);
    for (form, entered) in [
        ("roles", [("role", reader.as_str())]),
        ("link", [("x", "")]),
        ("account", [("action", "disable")]),
        ("sessions", [("x", "")]),
    ] {
        let answer = send(&mut admin, &ann, form, &entered).await;
        assert_eq!(answer.status(), 404, "{form}: {}", answer.text());
    }
    assert!(roles_of(&site, &ann).await.is_empty());
    site.node.stop().await;
}

/// Whoever finds a session open can take nothing that outlasts it.
#[tokio::test(flavor = "multi_thread")]
async fn an_old_session_changes_nobody() {
    let site = Site::start().await;
    let name = "reader@contoso.example";
    let reader = person(&site, name, &[DirectoryRole::GlobalReader]).await;
    let mut admin = site.signed_in().await;
    let before = activities(&site).await.len();
    site.node.clock.advance_seconds(NOT_RECENT);
    let global = id(DirectoryRole::GlobalAdministrator);
    let forms: [(&str, &[(&str, &str)]); 3] = [
        ("roles", &[("role", &global), ("action", "add")]),
        ("link", &[]),
        ("account", &[("action", "disable")]),
    ];
    for user in [&reader, &site.admin] {
        for (form, entered) in forms {
            let answer = send(&mut admin, user, form, entered).await;
            let expected = again(&format!("{LIST}/{}", user.id));
            assert_eq!(answer.location(), Some(expected.as_str()), "{form}");
        }
    }
    let page = admin.open(LIST).await;
    let new = [("user_name", "new@contoso.example"), ("role", &global)];
    let answer = admin.submit(&page, LIST, &new).await;
    assert_eq!(answer.location(), Some(again(LIST).as_str()));
    assert_eq!(activities(&site).await.len(), before);
    let kept = roles_of(&site, &reader).await;
    assert_eq!(kept, [DirectoryRole::GlobalReader]);

    // Once more who they are, and it works.
    let page = admin.open(&again(LIST)).await;
    let entered = [("password", PASSWORD)];
    let answer = admin.submit(&page, "/portal/sign-in", &entered).await;
    assert_eq!(answer.location(), Some(LIST));
    let page = admin.open(LIST).await;
    link(&admin.submit(&page, LIST, &new).await);
    site.node.stop().await;
}
