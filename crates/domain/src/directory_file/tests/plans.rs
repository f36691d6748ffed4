//! What plans say and do, on one small directory.

use super::{World, lines};

const ORDERS: &str = "
tenants:
- displayName: Contoso
  domains: [contoso.example]
  applications:
  - displayName: Orders API
    appId: 11111111-1111-1111-1111-111111111111
    identifierUris: [api://orders]
    appRoles:
    - value: Orders.Read
    - value: Orders.Write
    api: {requestedAccessTokenVersion: 2}
    servicePrincipal: {appRoleAssignmentRequired: true}
  - displayName: Nightly job
    passwordCredentials:
    - displayName: first
      secretText: a secret for the tests
    - displayName: second
    grants:
    - resource: api://orders/
      roles: [Orders.Read]
  users:
  - {userPrincipalName: kim@contoso.example, displayName: Kim}
";

fn orders() -> World {
    let mut world = World::new(Vec::new());
    world.apply(ORDERS).expect("a valid file");
    world
}

/// Applies ORDERS with one text in the stead of another, and checks the plan's lines.
#[track_caller]
fn check(world: &mut World, from: &str, to: &str, expected: &[&str]) {
    assert!(ORDERS.contains(from), "{from:?} is in the file");
    let text = ORDERS.replace(from, to);
    let plan = world
        .apply(&text)
        .map_err(|errors| errors.to_string())
        .expect("a valid file");
    assert_eq!(lines(&plan), expected);
    let again = world.plan(&text).expect("a valid file");
    assert_eq!(lines(&again), Vec::<String>::new(), "applied twice");
    assert!(again.is_empty());
}

#[test]
fn a_new_directory_is_added_whole() {
    let mut world = World::new(Vec::new());
    let plan = world.apply(ORDERS).expect("a valid file");
    insta::assert_snapshot!(lines(&plan).join("\n"), @r#"
    + tenant "Contoso" (00000000-0000-4000-8000-000000000000)
    + application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso"
    + application "Nightly job" (00000000-0000-4005-8000-000000000005) in "Contoso"
    + service principal of "Orders API" in "Contoso" (00000000-0000-4006-8000-000000000006)
    + service principal of "Nightly job" in "Contoso" (00000000-0000-4007-8000-000000000007)
    + secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job"
    + secret "second" (00000000-0000-4009-8000-000000000009) of "Nightly job"
    + grant of Orders.Read on "Orders API" to "Nightly job" in "Contoso"
    + user "kim@contoso.example" in "Contoso"
    "#);
    assert!(world.tenants[0].tenant.is_default);
    assert_eq!(plan.generated_secrets.len(), 1);
    assert_eq!(plan.given_secrets.len(), 1);
    let again = world.plan(ORDERS).expect("a valid file");
    assert!(again.is_empty(), "{:?}", again.lines);
    assert_eq!(again.given_secrets.len(), 1, "also where nothing changes");
}
