use uuid::Uuid;

use super::*;
use crate::clock::Timestamp;
use crate::consent::fixtures::{
    FABRIKAM, World, application, contoso, orders, principal, required, scope_named,
};
use crate::consent::request::{ConsentEndpoint, ConsentRequest};
use crate::directory::SignInAudience;
use crate::graph::permission::{GRAPH_APP_ID, Permission};
use crate::ids::{ServicePrincipalId, UserId};

fn shown(text: &str, unknown: usize) -> Result<(String, usize), u32> {
    Ok((text.to_owned(), unknown))
}

#[test]
fn everything_registered_is_offered_once_per_resource() {
    let orders = orders();
    let world = World::new(vec![
        required(&orders, &[1, 1], &[5]),
        required(&orders, &[1], &[4]),
    ]);
    let expected = "Orders:Orders.Read Orders:Orders.Edit Orders:Orders.Show";
    assert_eq!(world.values(None), shown(expected, 0));
    assert_eq!(
        world.values(Some("api://orders/.default")),
        shown(expected, 0)
    );
    assert_eq!(world.values(Some(".default")), shown(expected, 0));
    let count = world.offer(None, |offer| offer.resources.len());
    assert_eq!(count, Ok(1));
    let first = world.offer(None, |offer| {
        let permission = offer.resources[0].permissions[0];
        let owned = |text: Option<&str>| text.map(str::to_owned);
        (
            owned(permission.display_name),
            owned(permission.description),
        )
    });
    let name = Some("Read orders".to_owned());
    assert_eq!(first, Ok((name, Some("See every order.".to_owned()))));
}

#[test]
fn what_no_resource_defines_is_unknown() {
    let orders = orders();
    // A disabled role, a role for people, a scope's id as a role, a role's as a scope, nothing.
    let world = World::new(vec![required(&orders, &[2, 3, 4, 1, 2], &[1, 9])]);
    assert_eq!(world.values(None), shown("Orders:Orders.Read", 5));
    assert_eq!(World::new(Vec::new()).values(None), shown("", 0));
}

#[test]
fn what_is_granted_for_everybody_is_marked() {
    let orders = orders();
    let mut world = World::new(vec![required(&orders, &[1], &[4, 5])]);
    world.grant_all();
    let expected = "Orders:Orders.Read* Orders:Orders.Show* Orders:Orders.Edit";
    assert_eq!(world.values(None), shown(expected, 0));
    // One person's grant, another client's and another resource's are none of these.
    world.grants[0].principal_id = Some(UserId::new(Uuid::nil()));
    world.assignments[0].principal_id = ServicePrincipalId::new(Uuid::nil());
    let expected = "Orders:Orders.Read Orders:Orders.Show Orders:Orders.Edit";
    assert_eq!(world.values(None), shown(expected, 0));
    world.grant_all();
    world.assignments[1].resource_id = ServicePrincipalId::new(Uuid::nil());
    world.grants[1].resource_id = ServicePrincipalId::new(Uuid::nil());
    assert_eq!(world.values(None), shown(expected, 0));
}

#[test]
fn delegated_permissions_are_offered_by_name() {
    let world = World::new(Vec::new());
    assert_eq!(
        world.values(Some("openid+api://orders/Orders.Show+User.Read")),
        shown(
            "Microsoft Graph:openid Microsoft Graph:User.Read Orders:Orders.Show",
            0
        )
    );
    let by_id = format!("{}/Orders.Show", orders().app_id);
    assert_eq!(world.values(Some(&by_id)), shown("Orders:Orders.Show", 0));
    for (scope, number) in [
        // An application permission has no name here.
        ("api://orders/Orders.Read", 650_053),
        ("api://orders/Orders.None", 650_053),
        ("api://orders/orders.show", 650_053),
        ("api://none/Orders.Show", 500_011),
        ("api://none/.default", 500_011),
    ] {
        assert_eq!(world.values(Some(scope)), Err(number), "{scope}");
    }
    let mut world = World::new(Vec::new());
    let scopes = &mut world.resources[0].0.manifest.api.oauth2_permission_scopes;
    scopes[0].is_enabled = false;
    assert_eq!(world.values(Some("api://orders/Orders.Show")), Err(650_053));
}

#[test]
fn a_resource_must_be_in_the_tenant() {
    let orders = orders();
    let check = |change: fn(&mut World), expected: Result<(String, usize), u32>| {
        let mut world = World::new(vec![required(&orders, &[1], &[])]);
        change(&mut world);
        assert_eq!(world.values(None), expected);
    };
    let found = || shown("Orders:Orders.Read", 0);
    check(|_| {}, found());
    check(|world| world.resources.clear(), Err(650_052));
    check(|world| world.resources[0].1 = None, Err(650_052));
    check(
        |world| world.resources[0].0.sign_in_audience = SignInAudience::AzureADMyOrg,
        Err(650_052),
    );
    check(
        |world| world.resources[0].0.deleted_at = Some(Timestamp::from_micros(0)),
        Err(650_052),
    );
    check(
        |world| world.resources[0].0.is_disabled = true,
        Err(500_014),
    );
    check(
        |world| {
            let principal = world.resources[0].1.as_mut().expect("it has one");
            principal.account_enabled = false;
        },
        Err(500_014),
    );
    // The API knows the client as a part of itself: both get their service principals.
    check(
        |world| {
            let (api, principal) = &mut world.resources[0];
            *principal = None;
            api.manifest.api.known_client_applications = vec![world.client.app_id];
        },
        found(),
    );
}

#[test]
fn a_client_can_be_its_own_resource() {
    let mut world = World::new(Vec::new());
    world.client.manifest.api.oauth2_permission_scopes = vec![scope_named(4, "Own")];
    world.client.manifest.required_resource_access = vec![required(&world.client, &[], &[4])];
    assert_eq!(world.values(None), shown("Daemon:Own", 0));
    assert_eq!(
        world.values(Some("api://daemon/Own")),
        shown("Daemon:Own", 0)
    );
    // Calling itself like a resource of the tenant, it is not asked in its place.
    world.client.identifier_uris = vec!["api://orders".to_owned()];
    let asked = world.values(Some("api://orders/Orders.Show"));
    assert_eq!(asked, shown("Orders:Orders.Show", 0));
}

#[test]
fn names_to_look_up_are_those_that_the_offer_needs() {
    let mut client = application(0xc1, "Daemon");
    let graph = application(GRAPH_APP_ID.uuid().as_u128(), "Graph");
    let orders = orders();
    client.manifest.required_resource_access =
        vec![required(&orders, &[1], &[]), required(&orders, &[1], &[])];
    let names = |scope: &str| -> Vec<String> {
        let query = format!("client_id={}&scope={scope}", client.app_id);
        let request = ConsentRequest::parse(ConsentEndpoint::V2, &query).expect("a good request");
        let names = resource_names(&client, &request.permissions);
        names.iter().map(ToString::to_string).collect()
    };
    let (orders, graph) = (orders.app_id.to_string(), graph.app_id.to_string());
    assert_eq!(names("API://Orders/.default"), [&orders, "api://orders"]);
    assert_eq!(names("User.Read+api://a/b+openid"), [&graph, "api://a"]);
}

#[test]
fn the_client_must_be_usable_in_the_tenant() {
    let (tenant, client) = (contoso(), application(0xc1, "Daemon"));
    let check = |change: fn(&mut Application, &mut ServicePrincipal)| {
        let (mut client, mut principal) = (client.clone(), principal(&client));
        change(&mut client, &mut principal);
        let instance = Instance {
            application: &client,
            service_principal: Some(&principal),
        };
        let found = usable_client(&tenant, client.app_id, Some(instance));
        found.map(drop).map_err(|error| error.kind.number)
    };
    assert_eq!(check(|_, _| {}), Ok(()));
    let unknown = usable_client(&tenant, client.app_id, None).expect_err("there is none");
    assert_eq!(unknown.kind.number, 700_016);
    assert_eq!(
        check(|client, _| client.sign_in_audience = SignInAudience::AzureADMyOrg),
        Err(700_016)
    );
    assert_eq!(
        check(|client, _| client.sign_in_audience = SignInAudience::PersonalMicrosoftAccount),
        Err(700_016)
    );
    assert_eq!(
        check(|client, _| client.deleted_at = Some(Timestamp::from_micros(0))),
        Err(700_016)
    );
    assert_eq!(check(|client, _| client.is_disabled = true), Err(7_000_112));
    assert_eq!(
        check(|_, principal| principal.account_enabled = false),
        Err(7_000_112)
    );
}

#[test]
fn only_administrators_whose_role_grants_all_of_it_may_accept() {
    use DirectoryRole::{
        ApplicationAdministrator, ApplicationDeveloper, CloudApplicationAdministrator,
        GlobalAdministrator, GlobalReader, PrivilegedRoleAdministrator,
    };
    let mut graph_role = required(&orders(), &[], &[]);
    graph_role.resource_app_id = GRAPH_APP_ID;
    graph_role.resource_access = vec![ResourceAccess {
        id: Permission::DirectoryReadAll.app_role_id(),
        kind: ResourceAccessType::Role,
    }];
    let check = |world: &World, roles: &[DirectoryRole], expected: Result<(), u32>| {
        let found = world.offer(None, |offer| {
            let checked = offer.check_roles(roles);
            checked.map_err(|error| error.kind.number)
        });
        assert_eq!(found, Ok(expected), "{roles:?}");
    };
    let of_api = World::new(vec![required(&orders(), &[1], &[4])]);
    let of_graph = World::new(vec![required(&orders(), &[1], &[]), graph_role]);
    let of_nothing = World::new(Vec::new());
    for world in [&of_api, &of_graph, &of_nothing] {
        check(world, &[], Err(90_094));
        check(world, &[GlobalReader, ApplicationDeveloper], Err(90_094));
        check(world, &[GlobalAdministrator], Ok(()));
        check(world, &[GlobalReader, PrivilegedRoleAdministrator], Ok(()));
    }
    check(&of_api, &[CloudApplicationAdministrator], Ok(()));
    check(&of_nothing, &[ApplicationAdministrator], Ok(()));
    check(&of_graph, &[ApplicationAdministrator], Err(90_093));
    check(
        &of_graph,
        &[ApplicationAdministrator, CloudApplicationAdministrator],
        Err(90_093),
    );
    let sufficient = of_graph.offer(None, |offer| offer.sufficient_roles().collect::<Vec<_>>());
    assert_eq!(
        sufficient,
        Ok(vec![GlobalAdministrator, PrivilegedRoleAdministrator])
    );
}

#[test]
fn a_changed_list_has_another_fingerprint() {
    let orders = orders();
    let print = |world: &World| {
        let mut print = String::new();
        let read = world.offer(None, |offer| print = offer.fingerprint());
        read.expect("an offer");
        print
    };
    let base = World::new(vec![required(&orders, &[1], &[4])]);
    assert_eq!(print(&base), print(&base));
    let more = World::new(vec![required(&orders, &[1], &[4, 5])]);
    let fewer = World::new(vec![required(&orders, &[1], &[])]);
    let mut elsewhere = World::new(vec![required(&orders, &[1], &[4])]);
    elsewhere.tenant.id = FABRIKAM;
    for other in [more, fewer, elsewhere] {
        assert_ne!(print(&base), print(&other));
    }
    // Granted meanwhile, it is the same list: accepting twice at once is no conflict.
    let mut granted = World::new(vec![required(&orders, &[1], &[4])]);
    granted.grant_all();
    assert_eq!(print(&base), print(&granted));
}
