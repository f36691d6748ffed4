//! Registering applications, and what they expose, ask for and belong to.

use countersign_domain::directory::{Application, TenantState};

use super::credentials::new_secret;
use super::{DAEMON, Person, STRANGER, World, check_name};

const NEW: &str = "/portal/applications/new";

/// Registers an application and answers the address of its first page.
pub(super) async fn register(admin: &mut Person<'_>, name: &str) -> String {
    let fields = [("display_name", name), ("audience", "single")];
    let answer = admin.send(NEW, &fields).await;
    answer.location().expect("it is registered").to_owned()
}

pub(super) fn application<'s>(state: &'s TenantState, name: &str) -> &'s Application {
    let mut known = state.applications.iter();
    known
        .find(|known| known.display_name == name)
        .expect("the application")
}

#[tokio::test(flavor = "multi_thread")]
async fn applications_are_found_by_name_and_id() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let list = admin.browser.open("/portal/applications").await;
    check_name(&list);
    assert!(list.text().contains("Orders API"), "{}", list.text());
    assert!(!list.text().contains("Stranger"), "of the other tenant");
    for (search, found) in [
        ("orders", "Orders API"),
        (DAEMON, "Daemon"),
        ("nothing", "No application has such a name or id."),
        ("\"", "No application has such a name or id."),
    ] {
        let encoded: String = search.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let page = admin
            .browser
            .open(&format!("/portal/applications?search={encoded}"))
            .await;
        assert_eq!(page.status(), 200, "{search}");
        assert!(page.text().contains(found), "{search}: {}", page.text());
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn long_lists_come_in_pages() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    for number in 0..51 {
        register(&mut admin, &format!("Service {number:02}")).await;
    }
    let first = admin.browser.open("/portal/applications").await;
    assert!(first.text().contains("53 applications"), "{}", first.text());
    assert!(!first.text().contains("Service 50"));
    let next = first
        .html()
        .split("href=\"")
        .filter_map(|rest| rest.split('"').next())
        .find(|link| link.contains("page="))
        .expect("a next page")
        .replace("&#38;", "&");
    let second = admin.browser.open(&next).await;
    assert!(second.text().contains("Service 50"), "{}", second.text());
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_is_none_is_refused_with_what_was_entered() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let long = "n".repeat(257);
    let page = admin
        .send(NEW, &[("display_name", &long), ("audience", "multiple")])
        .await;
    assert_eq!(page.status(), 400, "{}", page.html());
    assert!(page.html().contains(&long), "what was entered is kept");
    assert!(page.html().contains("field-error"), "{}", page.html());
    assert_eq!(world.contoso().await.applications.len(), 2);
    world.node.stop().await;
}

/// The whole way from nothing to a role in a token, on pages alone.
#[tokio::test(flavor = "multi_thread")]
async fn an_api_and_its_client_are_set_up_on_pages() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let api = register(&mut admin, "Billing API").await;
    let client = register(&mut admin, "Nightly").await;
    let role = [
        ("display_name", "Read bills"),
        ("value", "Billing.Read"),
        ("description", "Reads every bill."),
    ];
    admin.send(&format!("{api}/expose/roles"), &role).await;
    let tokens = [("version", "2"), ("lifetime", "15")];
    admin.send(&format!("{api}/expose/tokens"), &tokens).await;
    let uris = [("uris", "api://billing")];
    let saved = admin.send(&format!("{api}/expose/uris"), &uris).await;
    assert_eq!(
        saved.location(),
        Some(format!("{api}/expose?saved=1").as_str())
    );
    let state = world.contoso().await;
    let registered = application(&state, "Billing API");
    let (api_id, role_id) = (
        registered.app_id.to_string(),
        registered.app_roles[0].id.to_string(),
    );

    let fields = [("api", api_id.as_str()), ("role", role_id.as_str())];
    admin
        .send(&format!("{client}/permissions/request"), &fields)
        .await;
    let page = admin.browser.open(&format!("{client}/permissions")).await;
    assert!(page.text().contains("Not granted"), "{}", page.text());
    let grant = format!("{client}/permissions/grant");
    admin.browser.submit(&page, &grant, &[]).await;
    let page = admin.browser.open(&format!("{client}/permissions")).await;
    assert!(page.text().contains("Granted"), "{}", page.text());

    let tab = format!("{client}/credentials");
    let secret = new_secret(&mut admin, &tab, &[("lifetime", "90")]).await;
    let state = world.contoso().await;
    let app_id = application(&state, "Nightly").app_id.to_string();
    let body = format!(
        "grant_type=client_credentials&client_id={app_id}&client_secret={secret}\
         &scope=api://billing/.default"
    );
    let endpoint = "/contoso.example/oauth2/v2.0/token";
    let claims = world.node.post(endpoint, &body).await.claims();
    assert_eq!(claims["roles"], serde_json::json!(["Billing.Read"]));
    assert_eq!(claims["ver"], "2.0");
    // A token begins five minutes before it is made, for clocks that are behind.
    let seconds = |name: &str| claims[name].as_i64().expect("a number");
    assert_eq!(seconds("exp") - seconds("iat"), 900 + 300);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_settings_are_told_beside_their_form() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let api = register(&mut admin, "Billing API").await;
    for (form, fields, part) in [
        ("expose/uris", vec![("uris", "not a uri")], "identifierUris"),
        ("expose/tokens", vec![("lifetime", "9")], "600 to 86400"),
        ("expose/tokens", vec![("lifetime", "ten")], "600 to 86400"),
        (
            "expose/roles",
            vec![
                ("display_name", "a"),
                ("value", "a b"),
                ("description", "c"),
            ],
            "value",
        ),
        (
            "owners",
            vec![("owner", "nobody@contoso.example")],
            "no such person",
        ),
        ("owners", vec![("owner", "' or 1 eq 1")], "no such person"),
    ] {
        let page = admin.send(&format!("{api}/{form}"), &fields).await;
        assert_eq!(page.status(), 400, "{form}: {}", page.text());
        assert!(page.text().contains(part), "{form}: {}", page.text());
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_is_disabled_before_it_is_deleted() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let state = world.contoso().await;
    let orders = application(&state, "Orders API");
    let (id, role) = (orders.id, orders.app_roles[0].id);
    let address = format!("/portal/applications/{id}/expose/roles/{role}");
    let refused = admin.send(&address, &[("action", "delete")]).await;
    assert_eq!(refused.status(), 400, "{}", refused.text());
    for (action, left) in [("disable", 1), ("enable", 1), ("disable", 1), ("delete", 0)] {
        admin.send(&address, &[("action", action)]).await;
        let state = world.contoso().await;
        let roles = &application(&state, "Orders API").app_roles;
        assert_eq!(roles.len(), left, "{action}");
        if let [role] = &roles[..] {
            assert_eq!(role.is_enabled, action == "enable", "{action}");
        }
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn owners_come_and_go() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let tab = world.page_of(DAEMON, "owners").await;
    for owner in ["admin@contoso.example", DAEMON] {
        let added = admin.send(&tab, &[("owner", owner)]).await;
        assert_eq!(added.location(), Some(tab.as_str()), "{}", added.text());
    }
    let page = admin.browser.open(&tab).await;
    assert!(page.text().contains("admin@contoso.example"));
    let id = page.hidden("owner");
    admin
        .send(&format!("{tab}/remove"), &[("owner", &id)])
        .await;
    let page = admin.browser.open(&tab).await;
    assert_eq!(page.html().matches("name=\"owner\" value=").count(), 1);
    world.node.stop().await;
}

/// R-39, and readers who change nothing.
#[tokio::test(flavor = "multi_thread")]
async fn other_tenants_and_readers_get_nowhere() {
    let world = World::start().await;
    let before = format!("{:?}", world.contoso().await.applications);
    let mut admin = world.administrator().await;
    let mut reader = world.reader().await;
    for tab in ["", "expose", "permissions", "owners"] {
        let stranger = world.page_of(STRANGER, tab).await;
        let page = admin.browser.open(stranger.trim_end_matches('/')).await;
        assert_eq!(page.status(), 404, "{tab}");
    }
    for (form, fields) in [
        ("properties", vec![("display_name", "taken")]),
        ("delete", vec![]),
        ("expose/uris", vec![("uris", "api://taken")]),
        ("expose/tokens", vec![("version", "2")]),
        (
            "permissions/request",
            vec![("api", DAEMON), ("role", DAEMON)],
        ),
        ("owners", vec![("owner", "admin@contoso.example")]),
    ] {
        let stranger = world.page_of(STRANGER, form).await;
        let page = admin.send(&stranger, &fields).await;
        assert_eq!(page.status(), 404, "{form}: {}", page.text());
        let own = world.page_of(DAEMON, form).await;
        let page = reader.send(&own, &fields).await;
        assert!(matches!(page.status(), 400 | 403), "{form}: {page:?}");
        assert!(
            page.text()
                .to_lowercase()
                .contains("insufficient privileges"),
            "{form}"
        );
    }
    let page = reader.send(NEW, &[("display_name", "x")]).await;
    assert_eq!(page.status(), 403);
    assert_eq!(format!("{:?}", world.contoso().await.applications), before);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_application_is_gone_from_the_list() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let delete = world.page_of(DAEMON, "delete").await;
    let answer = admin.send(&delete, &[]).await;
    assert_eq!(answer.location(), Some("/portal/applications"));
    let list = admin.browser.open("/portal/applications").await;
    assert!(!list.text().contains("Daemon"), "{}", list.text());
    world.node.stop().await;
}
