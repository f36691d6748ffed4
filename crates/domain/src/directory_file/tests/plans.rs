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
    assert_eq!(lines(&again), Vec::<String>::new(), "applied twice {text}");
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

#[test]
fn changes_are_named() {
    check(
        &mut orders(),
        "Contoso\n",
        "Contoso Ltd\n",
        &[r#"~ tenant "Contoso Ltd": displayName "Contoso" -> "Contoso Ltd""#],
    );
    check(
        &mut orders(),
        "[contoso.example]",
        "[contoso.example, contoso.net]",
        &[r#"~ tenant "Contoso": domains +"contoso.net""#],
    );
    check(
        &mut orders(),
        "[api://orders]",
        "[api://orders, api://sales]",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": identifierUris +"api://sales""#,
        ],
    );
    check(
        &mut orders(),
        "- value: Orders.Write",
        "- {value: Orders.Write, isEnabled: false}",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": appRoles ~"Orders.Write""#,
        ],
    );
    check(
        &mut orders(),
        "Version: 2",
        "Version: 1",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": api.requestedAccessTokenVersion 2 -> 1"#,
        ],
    );
    check(
        &mut orders(),
        "appRoleAssignmentRequired: true",
        "accountEnabled: false",
        &[
            r#"~ service principal of "Orders API" in "Contoso": accountEnabled true -> false, appRoleAssignmentRequired true -> false"#,
        ],
    );
    check(
        &mut orders(),
        "displayName: Kim",
        "displayName: Kim, jobTitle: Clerk",
        &[r#"~ user "kim@contoso.example" in "Contoso": jobTitle none -> "Clerk""#],
    );
    check(
        &mut orders(),
        "roles: [Orders.Read]",
        "roles: [Orders.Write]",
        &[
            r#"+ grant of Orders.Write on "Orders API" to "Nightly job" in "Contoso""#,
            r#"- grant of Orders.Read on "Orders API" to "Nightly job" in "Contoso""#,
        ],
    );
    check(
        &mut orders(),
        "      roles: [Orders.Read]\n",
        "",
        &[
            r#"+ grant of default access on "Orders API" to "Nightly job" in "Contoso""#,
            r#"- grant of Orders.Read on "Orders API" to "Nightly job" in "Contoso""#,
        ],
    );
}

#[test]
fn what_is_not_named_is_removed() {
    check(
        &mut orders(),
        "    - value: Orders.Write\n",
        "",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": appRoles -"Orders.Write""#,
        ],
    );
    check(
        &mut orders(),
        "  users:\n  - {userPrincipalName: kim@contoso.example, displayName: Kim}\n",
        "",
        &[r#"- user "kim@contoso.example" in "Contoso""#],
    );
    check(
        &mut orders(),
        "    grants:\n    - resource: api://orders/\n      roles: [Orders.Read]\n",
        "",
        &[r#"- grant of Orders.Read on "Orders API" to "Nightly job" in "Contoso""#],
    );
    check(
        &mut orders(),
        "    - displayName: second\n",
        "",
        &[r#"- secret "second" (00000000-0000-4009-8000-000000000009) of "Nightly job""#],
    );
    let job = &ORDERS[ORDERS.find("  - displayName: Nightly").expect("the job")
        ..ORDERS.find("  users").expect("users")];
    check(
        &mut orders(),
        job,
        "",
        &[r#"- application "Nightly job" (00000000-0000-4005-8000-000000000005) in "Contoso""#],
    );
    check(
        &mut orders(),
        "    servicePrincipal: {appRoleAssignmentRequired: true}\n",
        "",
        &[
            r#"~ service principal of "Orders API" in "Contoso": appRoleAssignmentRequired true -> false"#,
        ],
    );
}

#[test]
fn a_renamed_application_keeps_its_identity_only_by_an_id() {
    check(
        &mut orders(),
        "displayName: Orders API",
        "displayName: Sales API",
        &[
            r#"~ application "Sales API" (11111111-1111-1111-1111-111111111111) in "Contoso": displayName "Orders API" -> "Sales API""#,
        ],
    );
    check(
        &mut orders(),
        "displayName: Nightly job",
        "displayName: Daily job",
        &[
            r#"+ application "Daily job" (00000000-0000-400e-8000-00000000000e) in "Contoso""#,
            r#"- application "Nightly job" (00000000-0000-4005-8000-000000000005) in "Contoso""#,
            r#"+ service principal of "Daily job" in "Contoso" (00000000-0000-400f-8000-00000000000f)"#,
            r#"+ secret "first" (00000000-0000-4010-8000-000000000010) of "Daily job""#,
            r#"+ secret "second" (00000000-0000-4011-8000-000000000011) of "Daily job""#,
            r#"+ grant of Orders.Read on "Orders API" to "Daily job" in "Contoso""#,
        ],
    );
}

#[test]
fn roles_are_known_by_value_and_secrets_by_name() {
    let mut world = orders();
    let role_ids = |world: &World| -> Vec<_> {
        world.tenants[0].applications[0]
            .app_roles
            .iter()
            .map(|role| role.id)
            .collect()
    };
    let before = role_ids(&world);
    check(
        &mut world,
        "- value: Orders.Write",
        "- {value: orders.WRITE, displayName: Write}",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": appRoles +"orders.WRITE" -"Orders.Write""#,
        ],
    );
    assert_eq!(role_ids(&world), before);
    check(
        &mut world,
        "displayName: first",
        "displayName: third",
        &[
            r#"~ application "Orders API" (11111111-1111-1111-1111-111111111111) in "Contoso": appRoles +"Orders.Write" -"orders.WRITE""#,
            r#"+ secret "third" (00000000-0000-400d-8000-00000000000d) of "Nightly job""#,
            r#"- secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job""#,
        ],
    );
}

#[test]
fn secrets_are_kept_replaced_and_left_alone() {
    let mut world = orders();
    let text = "      secretText: a secret for the tests\n";
    check(&mut world, text, "", &[]);
    check(
        &mut world,
        "a secret for the tests",
        "another secret for the tests",
        &[
            r#"~ secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job": secretText"#,
        ],
    );
    check(
        &mut world,
        text,
        "      secretTextFile: secret.txt\n",
        &[
            r#"~ secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job": secretText"#,
        ],
    );
    check(
        &mut world,
        "      secretText: a secret for the tests\n",
        "      secretText: secret from a file\n      endDateTime: 2030-01-01T00:00:00Z\n",
        &[
            r#"~ secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job": endDateTime "2028-11-21T09:00:00Z" -> "2030-01-01T00:00:00Z""#,
        ],
    );
    let passwords = &ORDERS[ORDERS.find("    passwordCredentials").expect("secrets")
        ..ORDERS.find("    grants").expect("grants")];
    check(&mut world, passwords, "", &[]);
    check(
        &mut world,
        passwords,
        "    passwordCredentials: []\n",
        &[
            r#"- secret "first" (00000000-0000-4008-8000-000000000008) of "Nightly job""#,
            r#"- secret "second" (00000000-0000-4009-8000-000000000009) of "Nightly job""#,
        ],
    );
    check(
        &mut world,
        passwords,
        "    passwordCredentials: [{secretText: a nameless secret}]\n",
        &[r#"+ secret (00000000-0000-400d-8000-00000000000d) of "Nightly job""#],
    );
    check(
        &mut world,
        passwords,
        "    passwordCredentials: [{secretText: a new nameless secret}]\n",
        &[
            r#"+ secret (00000000-0000-400e-8000-00000000000e) of "Nightly job""#,
            r#"- secret (00000000-0000-400d-8000-00000000000d) of "Nightly job""#,
        ],
    );
    check(
        &mut world,
        passwords,
        "    passwordCredentials: [{}]\n",
        &[],
    );
    check(
        &mut world,
        passwords,
        "    passwordCredentials: [{}, {}]\n",
        &[r#"+ secret (00000000-0000-400f-8000-00000000000f) of "Nightly job""#],
    );
}

#[test]
fn a_secret_lives_two_years_unless_told_otherwise() {
    let world = orders();
    let password = &world.tenants[0].passwords[0];
    assert_eq!(password.start_at, super::NOW);
    assert_eq!(password.end_at.to_string(), "2028-11-21T09:00:00Z");
}

/// Applies files one after the other, each with the lines that its plan has.
#[track_caller]
fn steps(steps: &[(&str, &[&str])]) -> World {
    let mut world = World::new(Vec::new());
    for (text, expected) in steps {
        let plan = world.apply(text).map_err(|errors| errors.to_string());
        let plan = plan.unwrap_or_else(|errors| panic!("{errors}\n{text}"));
        assert_eq!(lines(&plan), *expected, "{text}");
        let again = world.plan(text).expect("the same file");
        assert!(again.is_empty(), "{:?}", again.lines);
    }
    world
}

/// Plans a file that cannot be applied to this world, and checks its one error.
#[track_caller]
fn refused(world: &World, text: &str, expected: &str) {
    let errors = world
        .plan(text)
        .map(|plan| lines(&plan))
        .expect_err("it is refused");
    assert_eq!(errors.to_string(), expected);
}

const A: &str = "11111111-1111-1111-1111-111111111111";
const B: &str = "22222222-2222-2222-2222-222222222222";

#[test]
fn names_move_in_one_step() {
    steps(&[
        (
            "tenants: [{id: 11111111-1111-1111-1111-111111111111, displayName: A, domains: [a.example, x.example], isDefault: true}, {id: 22222222-2222-2222-2222-222222222222, displayName: B, domains: [b.example]}]",
            &[
                r#"+ tenant "A" (11111111-1111-1111-1111-111111111111)"#,
                r#"+ tenant "B" (22222222-2222-2222-2222-222222222222)"#,
            ],
        ),
        (
            "tenants: [{id: 11111111-1111-1111-1111-111111111111, displayName: A, domains: [a.example, b.example]}, {id: 22222222-2222-2222-2222-222222222222, displayName: B, domains: [x.example], isDefault: true}]",
            &[
                r#"~ tenant "A": domains +"b.example" -"x.example", isDefault true -> false"#,
                r#"~ tenant "B": domains +"x.example" -"b.example", isDefault false -> true"#,
            ],
        ),
    ]);
    let file = |a: &str, b: &str| {
        format!(
            "tenants: [{{displayName: T, applications: [{{displayName: A, identifierUris: [{a}]}}, {{displayName: B, identifierUris: [{b}]}}]}}]"
        )
    };
    steps(&[
        (
            &file("api://a", "api://b"),
            &[
                r#"+ tenant "T" (00000000-0000-4000-8000-000000000000)"#,
                r#"+ application "A" (00000000-0000-4002-8000-000000000002) in "T""#,
                r#"+ application "B" (00000000-0000-4004-8000-000000000004) in "T""#,
                r#"+ service principal of "A" in "T" (00000000-0000-4005-8000-000000000005)"#,
                r#"+ service principal of "B" in "T" (00000000-0000-4006-8000-000000000006)"#,
            ],
        ),
        (
            &file("api://B/", "api://a"),
            &[
                r#"~ application "A" (00000000-0000-4002-8000-000000000002) in "T": identifierUris +"api://B/" -"api://a""#,
                r#"~ application "B" (00000000-0000-4004-8000-000000000004) in "T": identifierUris +"api://a" -"api://b""#,
            ],
        ),
        (
            &file("", "api://b"),
            &[
                r#"~ application "A" (00000000-0000-4002-8000-000000000002) in "T": identifierUris -"api://B/""#,
                r#"~ application "B" (00000000-0000-4004-8000-000000000004) in "T": identifierUris +"api://b" -"api://a""#,
            ],
        ),
    ]);
}

#[test]
fn one_tenant_at_most_is_the_default() {
    let world = steps(&[
        (
            "tenants: [{displayName: A, isDefault: false}, {displayName: B}, {displayName: C}]",
            &[
                r#"+ tenant "A" (00000000-0000-4000-8000-000000000000)"#,
                r#"+ tenant "B" (00000000-0000-4001-8000-000000000001)"#,
                r#"+ tenant "C" (00000000-0000-4002-8000-000000000002)"#,
            ],
        ),
        ("tenants: [{displayName: C}]", &[]),
        (
            "tenants: [{displayName: C, isDefault: true}, {displayName: B, isDefault: false}]",
            &[
                r#"~ tenant "C": isDefault false -> true"#,
                r#"~ tenant "B": isDefault true -> false"#,
            ],
        ),
    ]);
    refused(
        &world,
        "tenants: [{displayName: A, isDefault: true}]",
        r#"d.yaml:1:39: tenants[0].isDefault: the tenant "C" (00000000-0000-4002-8000-000000000002) is the default already; name it in this file with `isDefault: false`"#,
    );
}

#[test]
fn applications_are_used_in_other_tenants() {
    let file = |more: &str| {
        format!("
tenants:
- displayName: Home
  applications:
  - {{displayName: Shared, appId: {A}, signInAudience: AzureADMultipleOrgs, identifierUris: [api://shared], appRoles: [{{value: Read}}]}}
- displayName: Guest
  applications:
  - {{displayName: Job, grants: [{{resource: api://shared, roles: [Read]}}]}}
{more}")
    };
    let world = steps(&[
        (
            &file(&format!(
                "  servicePrincipals: [{{appId: {A}, appRoleAssignmentRequired: true}}]"
            )),
            &[
                r#"+ tenant "Home" (00000000-0000-4000-8000-000000000000)"#,
                r#"+ application "Shared" (11111111-1111-1111-1111-111111111111) in "Home""#,
                r#"+ service principal of "Shared" in "Home" (00000000-0000-4006-8000-000000000006)"#,
                r#"+ tenant "Guest" (00000000-0000-4001-8000-000000000001)"#,
                r#"+ application "Job" (00000000-0000-4005-8000-000000000005) in "Guest""#,
                r#"+ service principal of "Job" in "Guest" (00000000-0000-4007-8000-000000000007)"#,
                r#"+ service principal of "Shared" in "Guest" (00000000-0000-4008-8000-000000000008)"#,
                r#"+ grant of Read on "Shared" to "Job" in "Guest""#,
            ],
        ),
        (
            "tenants: [{displayName: Home}]",
            &[r#"- application "Shared" (11111111-1111-1111-1111-111111111111) in "Home""#],
        ),
        (
            "tenants: [{displayName: Guest, applications: [{displayName: Job}]}]",
            &[r#"- service principal of 11111111-1111-1111-1111-111111111111 in "Guest""#],
        ),
    ]);
    assert_eq!(world.tenants[1].service_principals.len(), 1);
    refused(
        &World::new(Vec::new()),
        &file(""),
        r#"d.yaml:8:44: tenants[1].applications[0].grants[0].resource: no service principal of the tenant is known as "api://shared"; write an `appId`, an identifier URI or a displayName of an application of this tenant, or add the application to `servicePrincipals`"#,
    );
}

#[test]
fn what_is_taken_is_refused() {
    let mut world = steps(&[(
        &format!("
tenants:
- displayName: T
  domains: [t.example]
  applications:
  - {{displayName: A, appId: {A}, signInAudience: AzureADMultipleOrgs, identifierUris: [api://a]}}
  - {{displayName: B, uniqueName: b}}
  users: [{{id: {A}, userPrincipalName: kim@t.example, displayName: Kim}}, {{id: {B}, userPrincipalName: lee@t.example, displayName: Lee}}]
"), &[r#"+ tenant "T" (00000000-0000-4000-8000-000000000000)"#, r#"+ application "A" (11111111-1111-1111-1111-111111111111) in "T""#, r#"+ application "B" (00000000-0000-4003-8000-000000000003) in "T""#, r#"+ service principal of "A" in "T" (00000000-0000-4004-8000-000000000004)"#, r#"+ service principal of "B" in "T" (00000000-0000-4005-8000-000000000005)"#, r#"+ user "kim@t.example" in "T""#, r#"+ user "lee@t.example" in "T""#])]);
    world.deleted.insert(B.parse().expect("a GUID"));
    let other = |keys: &str| format!("tenants: [{{displayName: Other, {keys}}}]");
    refused(
        &world,
        &other("domains: [t.example, other.example], id: 33333333-3333-3333-3333-333333333333"),
        r#"d.yaml:1:42: tenants[0].domains[0]: `t.example` belongs to the tenant "T" (00000000-0000-4000-8000-000000000000); remove it there first"#,
    );
    refused(
        &world,
        &other(&format!("applications: [{{displayName: X, appId: {A}}}]")),
        r#"d.yaml:1:71: tenants[0].applications[0].appId: another application, in the tenant "T", has this id; choose another, or leave the key out and one is made"#,
    );
    refused(
        &world,
        &other(&format!("applications: [{{displayName: X, appId: {B}}}]")),
        "d.yaml:1:71: tenants[0].applications[0].appId: a deleted application has this appId and could be restored; choose another, or leave the key out and one is made",
    );
    refused(
        &world,
        &other("applications: [{displayName: X, identifierUris: [api://A/]}]"),
        r#"d.yaml:1:81: tenants[0].applications[0].identifierUris[0]: the application "A" (11111111-1111-1111-1111-111111111111) of another tenant has this URI, and one of the two is multi-tenant; choose another URI"#,
    );
    refused(
        &world,
        &other(&format!(
            "users: [{{id: {A}, userPrincipalName: kim@t.example, displayName: Kim}}]"
        )),
        r#"d.yaml:1:45: tenants[0].users[0].id: another user, in the tenant "T", has this id; choose another, or leave the key out and one is made"#,
    );
    let same = |keys: &str| format!("tenants: [{{displayName: T, domains: [t.example], {keys}}}]");
    refused(
        &world,
        &same(&format!(
            "applications: [{{displayName: A, appId: {A}, id: {B}}}]"
        )),
        "d.yaml:1:131: tenants[0].applications[0].id: the application has the object id 00000000-0000-4001-8000-000000000001; an id cannot be changed",
    );
    refused(
        &world,
        &same(&format!(
            "applications: [{{displayName: A, appId: {A}, servicePrincipal: {{id: {B}}}}}]"
        )),
        "d.yaml:1:150: tenants[0].applications[0].servicePrincipal.id: the service principal has the object id 00000000-0000-4004-8000-000000000004; an id cannot be changed",
    );
    refused(
        &world,
        &same(&format!(
            "applications: [{{displayName: A, id: 00000000-0000-4001-8000-000000000001}}, {{displayName: X, appId: {A}}}]"
        )),
        "d.yaml:1:125: tenants[0].applications[1]: is the same stored application as `tenants[0].applications[0]`; merge the two",
    );
    refused(
        &world,
        &same(
            "applications: [{displayName: B, appId: 00000000-0000-4003-8000-000000000003, uniqueName: c}]",
        ),
        r#"d.yaml:1:139: tenants[0].applications[0].uniqueName: the application has the uniqueName "b", which cannot be changed"#,
    );
    refused(
        &world,
        &same(&format!(
            "users: [{{id: {A}, userPrincipalName: lee@t.example, displayName: Kim}}, {{id: {B}, userPrincipalName: zoe@t.example, displayName: Lee}}]"
        )),
        "d.yaml:1:120: tenants[0].users[0].userPrincipalName: is still the name of the user 22222222-2222-2222-2222-222222222222; rename that one first, in a file of its own",
    );
    refused(
        &world,
        "tenants: [{displayName: T}, {displayName: U, domains: [t.example]}]",
        "d.yaml:1:29: tenants[1]: is the same stored tenant as `tenants[0]`; merge the two",
    );
}

#[test]
fn a_name_of_two_needs_an_id() {
    let world = steps(&[(
        &format!(
            "tenants: [{{displayName: T, applications: [{{displayName: A, appId: {A}, identifierUris: [api://1]}}, {{displayName: A, appId: {B}}}]}}]"
        ),
        &[
            r#"+ tenant "T" (00000000-0000-4000-8000-000000000000)"#,
            r#"+ application "A" (11111111-1111-1111-1111-111111111111) in "T""#,
            r#"+ application "A" (22222222-2222-2222-2222-222222222222) in "T""#,
            r#"+ service principal of "A" in "T" (00000000-0000-4003-8000-000000000003)"#,
            r#"+ service principal of "A" in "T" (00000000-0000-4004-8000-000000000004)"#,
        ],
    )]);
    refused(
        &world,
        "tenants: [{displayName: T, applications: [{displayName: A}]}]",
        "d.yaml:1:57: tenants[0].applications[0].displayName: could be the stored application 11111111-1111-1111-1111-111111111111 or 22222222-2222-2222-2222-222222222222; say which by its `appId`",
    );
    refused(
        &world,
        &format!(
            "tenants: [{{displayName: T, applications: [{{displayName: A, appId: {A}}}, {{displayName: A, appId: {B}, grants: [{{resource: A}}]}}]}}]"
        ),
        r#"d.yaml:1:188: tenants[0].applications[1].grants[0].resource: several applications are known as "A"; write the `appId` of one"#,
    );
}
