//! The platform's own tenant and the Graph resource are none of a file's business, except that
//! roles of Graph can be granted.

use super::{NOW, World, lines};
use crate::directory::{AssertionPolicy, Tenant, TenantState, Write};
use crate::directory_file::export;
use crate::graph::permission::{
    GRAPH_APP_ID, PLATFORM_TENANT_ID, graph_application, graph_service_principal,
};

const CONTOSO: &str = "
tenants:
- displayName: Contoso
  applications:
  - displayName: Reader
    grants:
    - resource: https://graph.microsoft.com
      roles: [Application.Read.All]
";

/// What a server makes at its start.
fn platform() -> TenantState {
    TenantState {
        administrators: Vec::new(),
        tenant: Tenant {
            id: PLATFORM_TENANT_ID,
            display_name: "Countersign platform".to_owned(),
            domains: Vec::new(),
            is_default: false,
            assertion_policy: AssertionPolicy::default(),
            created_at: NOW,
        },
        applications: vec![graph_application("https://login.contoso.example", NOW)],
        service_principals: Vec::new(),
        passwords: Vec::new(),
        keys: Vec::new(),
        federated: Vec::new(),
        assignments: Vec::new(),
        users: Vec::new(),
    }
}

#[test]
fn roles_of_graph_are_granted_by_any_of_its_names() {
    for name in [
        "https://graph.microsoft.com",
        "https://LOGIN.contoso.example/",
        "Microsoft Graph",
        "00000003-0000-0000-c000-000000000000",
    ] {
        let mut world = World::new(vec![platform()]);
        let text = CONTOSO.replace("https://graph.microsoft.com", name);
        let plan = world.apply(&text).expect("a valid file");
        let said = lines(&plan).join("\n");
        assert!(
            said.contains(
                "+ grant of Application.Read.All on \"Microsoft Graph\" to \"Reader\" in \"Contoso\""
            ),
            "{said}"
        );
        assert!(!said.contains("service principal of \"Microsoft Graph\""));
        let contoso = &world.tenants[1];
        let tenant_id = contoso.tenant.id;
        assert!(
            contoso
                .service_principals
                .contains(&graph_service_principal(tenant_id, NOW))
        );
        let again = world.plan(&text).expect("a valid file");
        assert!(again.is_empty(), "{:?}", again.lines);
    }
}

#[test]
fn what_the_platform_made_is_neither_exported_nor_removed() {
    let mut world = World::new(vec![platform()]);
    world.apply(CONTOSO).expect("a valid file");
    let exported = export(&world.tenants);
    for own in ["platform", &GRAPH_APP_ID.to_string(), "f8cdef31", "login."] {
        assert!(!exported.contains(own), "{own} in {exported}");
    }
    assert!(exported.contains("resource: https://graph.microsoft.com"));
    assert!(world.plan(&exported).expect("an export").is_empty());

    let without = "tenants:\n- displayName: Contoso\n  applications: []\n";
    let plan = world.apply(without).expect("a valid file");
    assert_eq!(plan.lines.len(), 1, "{:?}", plan.lines);
    assert_eq!(world.tenants[1].service_principals.len(), 1);
}

#[test]
fn a_file_may_close_the_graph_api_of_a_tenant() {
    let mut world = World::new(vec![platform()]);
    let closed = "tenants:\n- displayName: Contoso\n  servicePrincipals:\n  \
                  - {appId: 00000003-0000-0000-c000-000000000000, accountEnabled: false}\n";
    world.apply(closed).expect("a valid file");
    let exported = export(&world.tenants);
    assert!(exported.contains(&GRAPH_APP_ID.to_string()), "{exported}");
    let plan = world.plan("tenants:\n- displayName: Contoso\n");
    assert!(plan.expect("a valid file").is_empty(), "it stays closed");
}

#[test]
fn names_of_the_platform_are_refused() {
    let check = |from: &str, to: &str, path: &str| {
        let text = "tenants:\n- displayName: Contoso\n  id: 11111111-1111-1111-1111-111111111111\n  \
                    applications:\n  - displayName: Mine\n    \
                    appId: 22222222-2222-2222-2222-222222222222\n    \
                    identifierUris: [api://mine]\n";
        assert!(text.contains(from));
        // Also before the first server has run, when nothing of it is stored.
        for stored in [vec![platform()], Vec::new()] {
            let refused = World::new(stored).plan(&text.replace(from, to));
            let errors = refused.expect_err("a reserved name");
            assert_eq!(errors.errors()[0].path, path, "{errors}");
            assert_eq!(errors.errors().len(), 1, "{errors}");
        }
    };
    let uri = "tenants[0].applications[0].identifierUris[0]";
    for name in [
        "https://graph.microsoft.com",
        "https://Graph.Microsoft.com/",
        "https://login.contoso.example",
        "https://LOGIN.contoso.example/",
    ] {
        check("api://mine", name, uri);
    }
    let app_id = "22222222-2222-2222-2222-222222222222";
    let graph = GRAPH_APP_ID.to_string();
    check(app_id, &graph, "tenants[0].applications[0].appId");
    let tenant_id = "11111111-1111-1111-1111-111111111111";
    check(tenant_id, &PLATFORM_TENANT_ID.to_string(), "tenants[0].id");
}

#[test]
fn a_tenant_of_the_same_name_is_another() {
    let world = World::new(vec![platform()]);
    let plan = world.plan("tenants:\n- displayName: Countersign platform\n");
    let plan = plan.expect("a valid file");
    let is_new = |write: &Write| matches!(write, Write::AddTenant(tenant) if tenant.id != PLATFORM_TENANT_ID);
    assert!(plan.writes.iter().any(is_new), "{:?}", plan.writes);
}
