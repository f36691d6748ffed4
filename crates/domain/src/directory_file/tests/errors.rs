//! What is wrong with a file, where, and what to do: one row per rule.

use super::super::DirectoryFile;
use super::World;

/// Checks every error of a text, each as `line:column path: reason`, where `@` stands for
/// the first application.
#[track_caller]
pub(super) fn check(text: &str, expected: &[&str]) {
    let found: Vec<_> = match World::new(Vec::new()).plan(text) {
        Ok(_) => Vec::new(),
        Err(errors) => errors
            .errors()
            .iter()
            .map(|e| format!("{}:{} {}: {}", e.line, e.column, e.path, e.reason))
            .map(|line| line.replace("tenants[0].applications[0]", "@"))
            .collect(),
    };
    assert_eq!(found, expected, "{text}");
}

/// A file with one application, whose further keys are the text.
pub(super) fn application(keys: &str) -> String {
    let keys = keys.replace('\n', "\n    ");
    format!(
        "tenants:\n- displayName: Contoso\n  applications:\n  - displayName: Orders\n    {keys}\n"
    )
}

#[test]
fn shape() {
    check(
        "",
        &["1:1 : the file is empty; it needs at least `tenants: []`"],
    );
    check("[]", &["1:1 : must be an object (the file), not a list"]);
    check(
        "tenants: null",
        &["1:10 tenants: must be a list, each an object (a tenant), not null"],
    );
    check("{}", &["1:1 : `tenants` is missing; add it"]);
    check(
        "tenants: {}",
        &["1:10 tenants: must be a list, each an object (a tenant), not an object"],
    );
    check(
        "tenants:\n- displayname: Contoso\n",
        &[
            r#"2:3 tenants[0].displayname: unknown key "displayname"; did you mean `displayName`?"#,
            "2:3 tenants[0]: `displayName` is missing; add it",
        ],
    );
    check(
        "tenants:\n- displayName: 2024\n  domain: [contoso.example]\n  flavour: mint\n",
        &[
            "2:16 tenants[0].displayName: must be text of 1 to 256 characters, not a number; put it in quotes",
            r#"3:3 tenants[0].domain: unknown key "domain"; did you mean `domains`?"#,
            r#"4:3 tenants[0].flavour: unknown key "flavour"; a tenant takes id, displayName, domains, isDefault, assertionPolicy, applications, servicePrincipals, users"#,
        ],
    );
    check(
        &application("accountEnabled: true"),
        &[
            r#"5:5 @.accountEnabled: unknown key "accountEnabled"; an application takes id, appId, displayName, uniqueName, description, notes, tags, signInAudience, identifierUris, appRoles, api, isFallbackPublicClient, isDisabled, web, spa, publicClient, info, requiredResourceAccess, optionalClaims, groupMembershipClaims, countersign, assertionPolicy, passwordCredentials, keyCredentials, federatedIdentityCredentials, servicePrincipal, grants"#,
        ],
    );
    check(
        &application("isDisabled: yes"),
        &["5:17 @.isDisabled: must be true or false, not text"],
    );
    check(
        &application("tags: [a, 1]"),
        &["5:15 @.tags[1]: must be text, not a number; put it in quotes"],
    );
    check(
        &application("appRoles:\n- value: Orders.Read\n  isEnabled: null"),
        &[
            "7:18 @.appRoles[0].isEnabled: must be true or false, not null; leave the key out instead",
        ],
    );
    check(
        &application("appId: 1234"),
        &["5:12 @.appId: must be a GUID, not a number"],
    );
    check(
        &application("appId: '{11111111-1111-1111-1111-111111111111}'"),
        &[
            r#"5:12 @.appId: "{11111111-1111-1111-1111-111111111111}" is not a GUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"#,
        ],
    );
    check(
        &application("signInAudience: azureadmyorg"),
        &[
            r#"5:21 @.signInAudience: is "azureadmyorg"; use `AzureADMyOrg` or `AzureADMultipleOrgs` or `AzureADandPersonalMicrosoftAccount` or `PersonalMicrosoftAccount`"#,
        ],
    );
    check(
        &application("api: {requestedAccessTokenVersion: 3}"),
        &["5:40 @.api.requestedAccessTokenVersion: is 3; use 1 or 2"],
    );
    check(
        &application("countersign: {accessTokenLifetimeSeconds: 599}"),
        &["5:47 @.countersign.accessTokenLifetimeSeconds: is 599; use 600 to 86400"],
    );
    check(
        &application("countersign: {accessTokenLifetimeSeconds: 3600.5}"),
        &[
            "5:47 @.countersign.accessTokenLifetimeSeconds: must be a whole number, 600 to 86400, not a fraction or a number of more than 64 bits",
        ],
    );
    check(
        &application("countersign: {accessTokenSigningAlgorithm: none}"),
        &[
            r#"5:48 @.countersign.accessTokenSigningAlgorithm: is "none"; use `RS256` or `ES256` or `EdDSA`"#,
        ],
    );
    check(
        &application("requiredResourceAccess:\n- resourceAccess: []"),
        &["6:7 @.requiredResourceAccess[0]: `resourceAppId` is missing; add it"],
    );
}

#[test]
fn every_error_is_found_in_one_run() {
    check(
        "tenants:\n- displayName: ' '\n  domains: [contoso]\n  applications:\n  - appId: x\n    identifierUris: [orders, 'api://a b']\n  users: [{}]\n",
        &[
            r#"2:16 tenants[0].displayName: " " must not begin or end with a space; remove it"#,
            r#"3:13 tenants[0].domains[0]: "contoso" is not a domain name: letters, digits and hyphens in parts joined by dots, at least two parts, e.g. `contoso.example`; write an international name in its xn-- form"#,
            "5:5 @: `displayName` is missing; add it",
            r#"5:12 @.appId: "x" is not a GUID of the form xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"#,
            r#"6:22 @.identifierUris[0]: "orders" must be an absolute URI; write e.g. `api://orders` or `https://orders.contoso.example`"#,
            r#"6:30 @.identifierUris[1]: "api://a b" must not contain a space; percent-encode it as %20"#,
            "7:11 tenants[0].users[0]: `userPrincipalName` is missing; add it",
            "7:11 tenants[0].users[0]: `displayName` is missing; add it",
        ],
    );
}

#[test]
fn texts() {
    check(
        &application("identifierUris: [orders]"),
        &[
            r#"5:22 @.identifierUris[0]: "orders" must be an absolute URI; write e.g. `api://orders` or `https://orders.contoso.example`"#,
        ],
    );
    check(
        &application("appRoles: [{value: .Read}]"),
        &[
            r#"5:24 @.appRoles[0].value: ".Read" must not begin with a dot, which is kept for `.default`; remove it"#,
        ],
    );
    check(
        &application(
            "web: {redirectUris: ['javascript:alert(1)', 'http://orders.contoso.example']}",
        ),
        &[
            r#"5:26 @.web.redirectUris[0]: "javascript:alert(1)" must not use the scheme `javascript`, which runs in the browser; use https"#,
            r#"5:49 @.web.redirectUris[1]: "http://orders.contoso.example" must use https; http is only for http://localhost and http://127.0.0.1"#,
        ],
    );
    check(
        &application("info: {logoUrl: 'javascript:alert(1)'}"),
        &[
            r#"5:21 @.info.logoUrl: "javascript:alert(1)" must be the address of a page; write e.g. `https://contoso.example/terms`"#,
        ],
    );
    check(
        &application("description: \"\\e[2J\""),
        &[r#"5:18 @.description: "\u{1b}[2J" contains the control character U+001B; remove it"#],
    );
    check(
        &application(&format!("identifierUris: ['api://{}']", "x".repeat(250))),
        &[
            r#"5:22 @.identifierUris[0]: "api://xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"... has 256 characters; use at most 255"#,
        ],
    );
}

#[test]
fn secrets() {
    check(
        &application("passwordCredentials: [{secretText: hunter2}]"),
        &[
            "5:40 @.passwordCredentials[0].secretText: has 7 characters; a secret of fewer than 16 can be guessed: use at least 16, or leave the key out and one is made",
        ],
    );
    check(
        &application("passwordCredentials: [{secretText: 123456789012345678}]"),
        &["5:40 @.passwordCredentials[0].secretText: must be text, not a number; put it in quotes"],
    );
    check(
        &application("passwordCredentials: [{secretTextFile: short.txt}]"),
        &[
            r#"5:44 @.passwordCredentials[0].secretTextFile: the secret in "short.txt" has 5 characters; a secret of fewer than 16 can be guessed: use at least 16, or leave the key out and one is made"#,
        ],
    );
    check(
        &application("passwordCredentials: [{secretTextFile: missing.txt}]"),
        &[
            "5:44 @.passwordCredentials[0].secretTextFile: there is no file missing.txt; make it, or correct the path",
        ],
    );
    check(
        &application(
            "passwordCredentials:\n- secretText: a secret for the tests\n  secretTextFile: secret.txt",
        ),
        &[
            "7:23 @.passwordCredentials[0].secretTextFile: `secretText` and `secretTextFile` both say the secret; remove one",
        ],
    );
    check(
        &application(
            "passwordCredentials:\n- startDateTime: 2026-01-02T00:00:00Z\n  endDateTime: 2026-01-01T00:00:00Z",
        ),
        &[
            "7:20 @.passwordCredentials[0].endDateTime: the secret ends at 2026-01-01T00:00:00Z, not after its start at 2026-01-02T00:00:00Z",
        ],
    );
    check(
        &application("passwordCredentials:\n- endDateTime: 2020-01-01T00:00:00Z"),
        &[
            "6:20 @.passwordCredentials[0].endDateTime: the secret ends at 2020-01-01T00:00:00Z, not after its start at 2026-11-21T09:00:00Z; choose a later end",
        ],
    );
    check(
        &application("passwordCredentials:\n- endDateTime: tomorrow"),
        &[
            r#"6:20 @.passwordCredentials[0].endDateTime: "tomorrow" is not a time of the form 2026-11-21T09:00:00Z"#,
        ],
    );
    check(
        &application(
            "passwordCredentials:\n- keyId: 11111111-1111-1111-1111-111111111111\n- keyId: 11111111-1111-1111-1111-111111111111",
        ),
        &[
            "7:14 @.passwordCredentials[1].keyId: is the same keyId as `@.passwordCredentials[0].keyId` (line 6); choose another, or leave the key out and one is made",
        ],
    );
}

#[test]
fn what_must_be_unique() {
    check(
        "tenants:\n- {displayName: A, domains: [a.example]}\n- {displayName: B, domains: [A.example]}\n",
        &[
            "3:30 tenants[1].domains[0]: is the same domain as `tenants[0].domains[0]` (line 2); a domain belongs to one tenant",
        ],
    );
    check(
        "tenants:\n- displayName: A\n- displayName: A\n",
        &[
            "3:16 tenants[1].displayName: is the same name as `tenants[0].displayName` (line 2); give one of the two an `id` or a domain",
        ],
    );
    check(
        "tenants:\n- {displayName: A, isDefault: true}\n- {displayName: B, isDefault: true}\n",
        &[
            "3:31 tenants[1].isDefault: is a second default beside `tenants[0].isDefault` (line 2); one tenant at most is the default",
        ],
    );
    check(
        &application("appRoles:\n- value: Orders.Read\n- value: orders.read"),
        &[
            "7:14 @.appRoles[1].value: is, letter case aside, the same value as `@.appRoles[0].value` (line 6); choose another",
        ],
    );
    check(
        &application(
            "appRoles:\n- description: nothing else\n- id: 00000000-0000-0000-0000-000000000000\n  allowedMemberTypes: []",
        ),
        &[
            "6:7 @.appRoles[0]: needs a `value` or an `id` to be known by; add one",
            "7:11 @.appRoles[1].id: all zeros means default access; choose another id",
            "8:27 @.appRoles[1].allowedMemberTypes: nobody could be assigned; write `[Application]` or leave the key out",
        ],
    );
    check(
        &application("identifierUris: ['api://orders', 'API://Orders/']"),
        &[
            "5:38 @.identifierUris[1]: is, letter case and a trailing slash aside, the same URI as `@.identifierUris[0]` (line 5); a name stands for one application",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  applications:\n  - {displayName: X, appId: 11111111-1111-1111-1111-111111111111, identifierUris: [api://x]}\n- displayName: B\n  applications:\n  - {displayName: Y, appId: 11111111-1111-1111-1111-111111111111, signInAudience: AzureADMultipleOrgs, identifierUris: [api://x]}\n",
        &[
            "7:29 tenants[1].applications[0].appId: is the same appId as `@.appId` (line 4); choose another, or leave the key out and one is made",
            "7:121 tenants[1].applications[0].identifierUris[0]: is, letter case and a trailing slash aside, the same URI as `@.identifierUris[0]` (line 4); a name stands for one application",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  applications:\n  - {displayName: X, identifierUris: [api://x]}\n- displayName: B\n  applications:\n  - {displayName: X, identifierUris: [api://x]}\n",
        &[],
    );
    check(
        "tenants:\n- displayName: A\n  applications: [{displayName: X}, {displayName: X}]\n",
        &[
            "3:50 tenants[0].applications[1].displayName: is the same name as `@.displayName` (line 3); give both an `appId` or a `uniqueName`",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  users:\n  - {userPrincipalName: kim@a.example, displayName: Kim}\n  - {userPrincipalName: Kim@a.example, displayName: Kim}\n",
        &[
            "5:25 tenants[0].users[1].userPrincipalName: is, letter case aside, the same name as `tenants[0].users[0].userPrincipalName` (line 4); choose another",
        ],
    );
}

#[test]
fn what_excludes_what() {
    check(
        &application("signInAudience: AzureADandPersonalMicrosoftAccount"),
        &[
            "5:21 @.signInAudience: this audience takes version 2 tokens only; set `api.requestedAccessTokenVersion` to 2",
        ],
    );
    check(
        &application("servicePrincipal: null\ngrants: [{resource: Orders}]"),
        &[
            "6:13 @.grants: a grant needs a service principal, and `servicePrincipal` is null; remove one of the two",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  applications:\n  - {displayName: X, appId: 11111111-1111-1111-1111-111111111111}\n  servicePrincipals:\n  - appId: 11111111-1111-1111-1111-111111111111\n",
        &[
            "6:12 tenants[0].servicePrincipals[0].appId: is an application that has its service principal in this tenant by `@` (line 4); remove one",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  servicePrincipals:\n  - appId: 11111111-1111-1111-1111-111111111111\n",
        &[
            "4:12 tenants[0].servicePrincipals[0].appId: no application has this appId; add it to its home tenant first",
        ],
    );
    check(
        "tenants:\n- displayName: A\n  servicePrincipals:\n  - appId: 11111111-1111-1111-1111-111111111111\n- displayName: B\n  applications: [{displayName: X, appId: 11111111-1111-1111-1111-111111111111}]\n",
        &[
            r#"4:12 tenants[0].servicePrincipals[0].appId: the application "X" is for its own tenant only; set its `signInAudience` to AzureADMultipleOrgs, or leave it out of "A""#,
        ],
    );
}

#[test]
fn grants() {
    let roles = "appRoles:\n- value: Read\n- {value: Off, isEnabled: false}\n- {value: People, allowedMemberTypes: [User]}\n";
    let check = |grants: &str, expected: &[&str]| {
        check(
            &application(&format!(
                "{roles}identifierUris: [api://orders]\ngrants: {grants}"
            )),
            expected,
        );
    };
    check(
        "[{resource: api://nothing}]",
        &[
            r#"10:25 @.grants[0].resource: no service principal of the tenant is known as "api://nothing"; write an `appId`, an identifier URI or a displayName of an application of this tenant, or add the application to `servicePrincipals`"#,
        ],
    );
    check(
        "[{resource: 11111111-1111-1111-1111-111111111111}]",
        &[
            r#"10:25 @.grants[0].resource: no service principal of the tenant is known as "11111111-1111-1111-1111-111111111111"; write an `appId`, an identifier URI or a displayName of an application of this tenant, or add the application to `servicePrincipals`"#,
        ],
    );
    check(
        "[{resource: API://orders/, roles: [read]}]",
        &[r#"10:48 @.grants[0].roles[0]: "Orders" has no role "read"; it has Read"#],
    );
    check(
        "[{resource: Orders, roles: [Off, People]}]",
        &[
            r#"10:41 @.grants[0].roles[0]: the role is disabled; set its `isEnabled` to true in "Orders", or remove the grant"#,
            r#"10:46 @.grants[0].roles[1]: the role is for users only; add `Application` to its `allowedMemberTypes` in "Orders""#,
        ],
    );
    check(
        "[{resource: Orders, roles: [Read]}, {resource: api://orders, roles: [Read]}]",
        &["10:82 @.grants[1].roles[0]: is granted already by `@.grants[0].roles[0]`; remove one"],
    );
    check(
        "[{resource: Orders}, {resource: Orders, roles: [00000000-0000-0000-0000-000000000000]}]",
        &["10:61 @.grants[1].roles[0]: is granted already by `@.grants[0]`; remove one"],
    );
    check(
        "[{roles: [Read]}]",
        &["10:14 @.grants[0]: `resource` is missing; add it"],
    );
    check(
        "[{resource: Orders, roles: [Read]}, {resource: Orders}]",
        &[],
    );
}

#[test]
fn json_is_accepted_and_has_places_too() {
    let text = "{\n  \"tenants\": [{\n    \"displayName\": \"Contoso\",\n    \"domains\": [\"contoso\"]\n  }]\n}\n";
    check(
        text,
        &[
            r#"4:17 tenants[0].domains[0]: "contoso" is not a domain name: letters, digits and hyphens in parts joined by dots, at least two parts, e.g. `contoso.example`; write an international name in its xn-- form"#,
        ],
    );
    assert!(
        DirectoryFile::parse("d.json", &text.replace("contoso\"", "contoso.example\"")).is_ok()
    );
}
