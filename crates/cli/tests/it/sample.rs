//! The directory that most tests here run against: two tenants, and in them an application in
//! every state that a refusal speaks of.

use countersign_domain::clock::{Clock, Timestamp};
use countersign_server::SystemClock;
use countersign_testkit::form::Form;

/// Tenant T.
pub(crate) const CONTOSO: &str = "11111111-aaaa-4aaa-8aaa-000000000001";
/// Tenant T2.
pub(crate) const FABRIKAM: &str = "22222222-bbbb-4bbb-8bbb-000000000002";

/// Application A, which has three of the five roles of R.
pub(crate) const DAEMON: &str = "aaaaaaaa-0000-4000-8000-000000000001";
pub(crate) const DAEMON_SECRET: &str = "Aa1Q~canary.of-the_daemon~0123456789";
/// The secret is one that is easily spoilt on its way.
pub(crate) const AUDITOR: &str = "aaaaaaaa-0000-4000-8000-000000000002";
pub(crate) const AUDITOR_SECRET: &str = "canary+of&the=auditor%41: ü/%3Dend";
/// Application B, without any role.
pub(crate) const VISITOR: &str = "aaaaaaaa-0000-4000-8000-000000000003";
pub(crate) const VISITOR_SECRET: &str = "Bb1Q~canary.of-the_visitor~987654321";
/// Has secrets that are current, ended and yet to come.
pub(crate) const ROTATING: &str = "aaaaaaaa-0000-4000-8000-000000000004";
pub(crate) const ROTATING_CURRENT: &str = "Cc1Q~canary.rotating-current_0123456";
pub(crate) const ROTATING_ENDED: &str = "Dd1Q~canary.rotating-ended_012345678";
pub(crate) const ROTATING_FUTURE: &str = "Ee1Q~canary.rotating-future_01234567";
pub(crate) const ROTATING_KEY_ID: &str = "dddddddd-0000-4000-8000-000000000001";
pub(crate) const DISABLED: &str = "aaaaaaaa-0000-4000-8000-000000000005";
pub(crate) const PUBLIC: &str = "aaaaaaaa-0000-4000-8000-000000000006";
/// May be used in any tenant, but has a service principal only at home.
pub(crate) const MULTI_TENANT: &str = "aaaaaaaa-0000-4000-8000-000000000007";
pub(crate) const UNINSTALLED: &str = "aaaaaaaa-0000-4000-8000-000000000008";
/// The secret of all clients whose state refuses them.
pub(crate) const REFUSED_SECRET: &str = "Ff1Q~canary.of-those-refused~0123456";
/// The only client of T2.
pub(crate) const FOREIGNER: &str = "bbbbbbbb-0000-4000-8000-000000000001";
pub(crate) const FOREIGNER_SECRET: &str = "Gg1Q~canary.of-the_foreigner~0123456";

/// Resource R; its tokens are v2.0.
pub(crate) const ORDERS: &str = "cccccccc-0000-4000-8000-000000000001";
/// Its tokens are v1.0.
pub(crate) const LEDGER: &str = "cccccccc-0000-4000-8000-000000000002";
pub(crate) const LOCKED: &str = "cccccccc-0000-4000-8000-000000000003";
pub(crate) const RETIRED: &str = "cccccccc-0000-4000-8000-000000000004";
pub(crate) const SLASHED: &str = "cccccccc-0000-4000-8000-000000000005";

/// Every secret of the directory: none of them may ever be found in an answer, a log or the
/// database.
pub(crate) const SECRETS: [&str; 8] = [
    DAEMON_SECRET,
    AUDITOR_SECRET,
    VISITOR_SECRET,
    ROTATING_CURRENT,
    ROTATING_ENDED,
    ROTATING_FUTURE,
    REFUSED_SECRET,
    FOREIGNER_SECRET,
];

/// The directory file.
pub(crate) fn directory() -> String {
    let now = SystemClock.now();
    let ended = now.plus_seconds(-1);
    let future = now.plus_seconds(3_600);
    contoso(ended, future) + &fabrikam()
}

fn contoso(ended: Timestamp, future: Timestamp) -> String {
    format!(
        r#"
tenants:
- id: {CONTOSO}
  displayName: Contoso
  domains: [contoso.example, contoso.test]
  isDefault: true
  applications:
  - displayName: Orders API
    appId: {ORDERS}
    identifierUris: [api://orders, "api://{ORDERS}", "https://orders.contoso.example/v1"]
    api: {{requestedAccessTokenVersion: 2}}
    appRoles:
    - {{value: Orders.Read, displayName: Read}}
    - {{value: Orders.Approve, displayName: Approve}}
    - {{value: Orders.Write, displayName: Write}}
    - {{value: Orders.Delete, displayName: Delete}}
    - {{value: Orders.Export, displayName: Export}}
  - displayName: Ledger API
    appId: {LEDGER}
    identifierUris: ["https://ledger.contoso.example"]
    api: {{requestedAccessTokenVersion: 1}}
  - displayName: Locked API
    appId: {LOCKED}
    identifierUris: [api://locked]
    appRoles:
    - {{value: Vault.Open, displayName: Open}}
    servicePrincipal: {{appRoleAssignmentRequired: true}}
  - displayName: Retired API
    appId: {RETIRED}
    identifierUris: [api://retired]
    servicePrincipal: {{accountEnabled: false}}
  - displayName: Slashed API
    appId: {SLASHED}
    identifierUris: ["https://slashed.contoso.example/"]
    api: {{requestedAccessTokenVersion: 1}}
  - displayName: Daemon
    appId: {DAEMON}
    passwordCredentials: [{{displayName: only, secretText: "{DAEMON_SECRET}"}}]
    grants:
    - resource: api://orders
      roles: [Orders.Export, Orders.Read, Orders.Write]
  - displayName: Auditor
    appId: {AUDITOR}
    passwordCredentials: [{{displayName: only, secretText: "{AUDITOR_SECRET}"}}]
    grants:
    - resource: api://locked
      roles: [Vault.Open]
  - displayName: Visitor
    appId: {VISITOR}
    passwordCredentials: [{{displayName: only, secretText: "{VISITOR_SECRET}"}}]
  - displayName: Rotating
    appId: {ROTATING}
    passwordCredentials:
    - {{displayName: current, secretText: "{ROTATING_CURRENT}", keyId: {ROTATING_KEY_ID}}}
    - displayName: ended
      secretText: "{ROTATING_ENDED}"
      startDateTime: "2020-01-01T00:00:00Z"
      endDateTime: "{ended}"
    - displayName: future
      secretText: "{ROTATING_FUTURE}"
      startDateTime: "{future}"
  - displayName: Disabled
    appId: {DISABLED}
    passwordCredentials: [{{displayName: only, secretText: "{REFUSED_SECRET}"}}]
    servicePrincipal: {{accountEnabled: false}}
  - displayName: Public
    appId: {PUBLIC}
    isFallbackPublicClient: true
    passwordCredentials: [{{displayName: former, secretText: "{REFUSED_SECRET}"}}]
  - displayName: Multi-tenant
    appId: {MULTI_TENANT}
    signInAudience: AzureADMultipleOrgs
    passwordCredentials: [{{displayName: only, secretText: "{REFUSED_SECRET}"}}]
  - displayName: Uninstalled
    appId: {UNINSTALLED}
    passwordCredentials: [{{displayName: only, secretText: "{REFUSED_SECRET}"}}]
    servicePrincipal: null
"#
    )
}

fn fabrikam() -> String {
    format!(
        r#"
- id: {FABRIKAM}
  displayName: Fabrikam
  domains: [fabrikam.example]
  applications:
  - displayName: Stock API
    appId: cccccccc-0000-4000-8000-000000000006
    identifierUris: [api://stock]
  - displayName: Foreigner
    appId: {FOREIGNER}
    passwordCredentials: [{{displayName: only, secretText: "{FOREIGNER_SECRET}"}}]
"#
    )
}

/// What A sends to the v2.0 endpoint for a token of R.
pub(crate) fn v2() -> Form {
    Form::new(&[
        ("grant_type", "client_credentials"),
        ("client_id", DAEMON),
        ("client_secret", DAEMON_SECRET),
        ("scope", "api://orders/.default"),
    ])
}

/// What A sends to the v1.0 endpoint for a token of R.
pub(crate) fn v1() -> Form {
    v2().without("scope").and("resource", "api://orders")
}
