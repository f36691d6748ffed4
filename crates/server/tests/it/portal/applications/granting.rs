//! What an administrator grants is what the page showed, by somebody who has just proved who they are.

use countersign_domain::clock::Clock;
use countersign_domain::directory::{AppRole, AuditRecord, Write};
use countersign_domain::ids::CorrelationId;
use countersign_server::SystemRandom;

use super::registering::{application, register};
use super::{DAEMON, Person, World};
use crate::browser::Page;
use crate::portal::{NOT_RECENT, again};

/// What is entered in a form.
type Fields<'f> = &'f [(&'f str, &'f str)];

/// An API with one role.
async fn api(world: &World, admin: &mut Person<'_>, name: &str, role: &str) -> AppRole {
    let api = register(admin, name).await;
    let fields = [
        ("display_name", role),
        ("value", role),
        ("description", "A role."),
    ];
    admin.send(&format!("{api}/expose/roles"), &fields).await;
    let state = world.contoso().await;
    application(&state, name).app_roles[0].clone()
}

async fn request(world: &World, admin: &mut Person<'_>, client: &str, api: &str, role: &AppRole) {
    let state = world.contoso().await;
    let (app_id, role) = (application(&state, api).app_id, role.id);
    let fields = [("api", app_id.to_string()), ("role", role.to_string())];
    let fields = fields.each_ref().map(|(name, value)| (*name, &value[..]));
    let form = format!("{client}/permissions/request");
    let answer = admin.send(&form, &fields).await;
    assert_eq!(answer.status(), 303, "{}", answer.text());
}

/// The names of the APIs whose roles the client has.
async fn granted(world: &World, client: &str) -> Vec<String> {
    let state = world.contoso().await;
    let principal = |name: &str| {
        let app_id = application(&state, name).app_id;
        let mut known = state.service_principals.iter();
        known.find(|one| one.app_id == app_id).map(|one| one.id)
    };
    let held = state.assignments.iter();
    let held = held.filter(|one| Some(one.principal_id) == principal(client));
    let mut names: Vec<_> = held
        .filter_map(|one| {
            let mut known = state.applications.iter();
            known.find(|known| principal(&known.display_name) == Some(one.resource_id))
        })
        .map(|resource| resource.display_name.clone())
        .collect();
    names.sort();
    names
}

/// What "Grant all" of this page sends.
fn all_of(page: &Page) -> Vec<String> {
    let mut forms = page.html().split("<form");
    let form = forms.find(|form| form.contains("Grant all"));
    let fields = form
        .expect("it is offered")
        .split("name=\"grant\" value=\"");
    let values = fields.skip(1).filter_map(|field| field.split('"').next());
    values.map(str::to_owned).collect()
}

async fn change_role_id(world: &World, name: &str, role: &AppRole) {
    let state = world.contoso().await;
    let mut changed = application(&state, name).clone();
    changed.app_roles[0].id = role.id;
    let id = CorrelationId::random(&SystemRandom);
    let now = world.node.clock.now();
    let record = AuditRecord::of_command(now, "Update application", id, Vec::new());
    let writes = [Write::UpdateApplication(changed)];
    let done = world.node.db.commit(&writes, &record).await;
    done.expect("it commits");
}

/// Whoever owns an API chooses the ids of its roles, that of somebody else's role too.
#[tokio::test(flavor = "multi_thread")]
async fn a_role_with_the_id_of_another_apis_is_not_granted_with_it() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let role = api(&world, &mut admin, "Own API", "Own.Read").await;
    api(&world, &mut admin, "Payroll", "Payroll.Write").await;
    change_role_id(&world, "Payroll", &role).await;
    let client = register(&mut admin, "Nightly").await;
    request(&world, &mut admin, &client, "Own API", &role).await;
    request(&world, &mut admin, &client, "Payroll", &role).await;

    let (tab, grant) = (
        format!("{client}/permissions"),
        format!("{client}/permissions/grant"),
    );
    let page = admin.browser.open(&tab).await;
    assert_eq!(all_of(&page).len(), 2, "{}", page.html());
    // The first line's own form.
    let answer = admin.browser.submit(&page, &grant, &[]).await;
    assert_eq!(answer.location(), Some(tab.as_str()), "{}", answer.text());
    assert_eq!(granted(&world, "Nightly").await, ["Own API"]);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn granting_all_grants_what_the_page_showed() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let client = register(&mut admin, "Nightly").await;
    let (tab, grant) = (
        format!("{client}/permissions"),
        format!("{client}/permissions/grant"),
    );
    for (name, value) in [("First", "First.Read"), ("Second", "Second.Read")] {
        let role = api(&world, &mut admin, name, value).await;
        request(&world, &mut admin, &client, name, &role).await;
    }
    let page = admin.browser.open(&tab).await;
    let shown = all_of(&page);
    assert_eq!(shown.len(), 2, "{}", page.html());
    let late = api(&world, &mut admin, "Late", "Late.Write").await;
    request(&world, &mut admin, &client, "Late", &late).await;

    // Nothing named is not everything.
    let nothing = admin.send(&grant, &[]).await;
    assert_eq!(nothing.status(), 400, "{}", nothing.text());
    assert!(granted(&world, "Nightly").await.is_empty());
    let fields: Vec<_> = shown.iter().map(|pair| ("grant", pair.as_str())).collect();
    let answer = admin.send(&grant, &fields).await;
    assert_eq!(answer.location(), Some(tab.as_str()), "{}", answer.text());
    assert_eq!(granted(&world, "Nightly").await, ["First", "Second"]);

    // What is not requested any more is not granted either.
    let page = admin.browser.open(&tab).await;
    let forget = format!("{client}/permissions/forget");
    admin.browser.submit(&page, &forget, &[]).await;
    let answer = admin.browser.submit(&page, &grant, &[]).await;
    assert_eq!(answer.location(), Some(tab.as_str()), "{}", answer.text());
    assert_eq!(granted(&world, "Nightly").await, ["First", "Second"]);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_session_grants_nothing() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let role = api(&world, &mut admin, "Billing API", "Billing.Read").await;
    let client = register(&mut admin, "Nightly").await;
    request(&world, &mut admin, &client, "Billing API", &role).await;
    let tab = format!("{client}/permissions");
    let shown = all_of(&admin.browser.open(&tab).await);
    let state = world.contoso().await;
    let principal = |name: &str| {
        let app_id = application(&state, name).app_id;
        let mut known = state.service_principals.iter();
        let found = known.find(|one| one.app_id == app_id);
        found.expect("it is there").id.to_string()
    };
    let assigned = format!(
        "/portal/enterprise-applications/{}/assigned",
        principal("Billing API")
    );
    let (client_id, role_id) = (principal("Nightly"), role.id.to_string());
    world.node.clock.advance_seconds(NOT_RECENT);

    let fields = [("grant", shown[0].as_str())];
    let answer = admin.send(&format!("{tab}/grant"), &fields).await;
    assert_eq!(answer.location(), Some(again(&tab).as_str()));
    let fields = [("client", client_id.as_str()), ("role", role_id.as_str())];
    let answer = admin.send(&assigned, &fields).await;
    assert_eq!(answer.location(), Some(again(&assigned).as_str()));
    assert!(granted(&world, "Nightly").await.is_empty());

    // The forms are good, and the proof alone was missing.
    world.node.clock.advance_seconds(-NOT_RECENT);
    let answer = admin.send(&assigned, &fields).await;
    assert_eq!(answer.location(), Some(assigned.as_str()));
    assert_eq!(granted(&world, "Nightly").await, ["Billing API"]);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_session_adds_no_credential_and_no_owner() {
    let world = World::start().await;
    let mut admin = world.administrator().await;
    let application = world.page_of(DAEMON, "").await;
    let application = application.trim_end_matches('/');
    let before = world.credentials().await;
    let forms: [(&str, &str, Fields<'_>); 4] = [
        (
            "credentials",
            "/secrets",
            &[("description", "two"), ("lifetime", "90")],
        ),
        ("credentials", "/certificates", &[("certificate", "x")]),
        (
            "federated",
            "",
            &[
                ("template", "other"),
                ("name", "two"),
                ("issuer", "https://issuer.example"),
                ("audience", "api://AzureADTokenExchange"),
                ("subject", "two"),
            ],
        ),
        ("owners", "", &[("owner", "admin@contoso.example")]),
    ];
    world.node.clock.advance_seconds(NOT_RECENT);
    for (tab, form, fields) in forms {
        let page = format!("{application}/{tab}");
        let answer = admin.send(&format!("{page}{form}"), fields).await;
        assert_eq!(answer.location(), Some(again(&page).as_str()), "{tab}");
        assert_eq!(admin.browser.open(&page).await.status(), 200, "{tab}");
    }
    assert_eq!(world.credentials().await, before);
    let owners = admin.browser.open(&format!("{application}/owners")).await;
    assert!(!owners.has_form(&format!("{application}/owners/remove")));

    // The forms are good, and the proof alone was missing.
    world.node.clock.advance_seconds(-NOT_RECENT);
    for (tab, form, fields) in forms.into_iter().filter(|form| form.1 != "/certificates") {
        let page = format!("{application}/{tab}{form}");
        let answer = admin.send(&page, fields).await;
        assert!([200, 303].contains(&answer.status()), "{}", answer.text());
    }
    let [secrets, certificates, federated] = before;
    let after = [secrets + 1, certificates, federated + 1];
    assert_eq!(world.credentials().await, after);
    let owners = admin.browser.open(&format!("{application}/owners")).await;
    assert!(owners.has_form(&format!("{application}/owners/remove")));
    world.node.stop().await;
}
