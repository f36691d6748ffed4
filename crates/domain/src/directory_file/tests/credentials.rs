//! Certificates, federated credentials and assertion policies: what is wrong, and what plans say.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::super::export;
use super::errors::{application, check};
use super::{World, fixtures, lines};

const ORDERS_APP: &str = "11111111-1111-1111-1111-111111111111";
const KEY_ID: &str = "22222222-2222-2222-2222-222222222222";

/// An application with a client id and these further keys.
fn app(keys: &str) -> String {
    application(&format!("appId: {ORDERS_APP}\n{keys}"))
}

fn key(pem: &str) -> String {
    STANDARD.encode(fixtures::der(pem))
}

/// Applies a text, checks that applying it again changes nothing, that its export changes
/// nothing, and answers the plan's lines about credentials and policies.
#[track_caller]
fn apply(world: &mut World, text: &str) -> String {
    let apply = |world: &mut World, text: &str| {
        let plan = world.apply(text).map_err(|errors| errors.to_string());
        lines(&plan.expect("a valid file"))
    };
    let said = apply(world, text);
    assert_eq!(apply(world, text), Vec::<String>::new(), "applied twice");
    let exported = export(&world.tenants);
    assert_eq!(apply(world, &exported), Vec::<String>::new(), "{exported}");
    let is_about = |line: &&String| !line.starts_with("+ tenant") && !line.contains("principal");
    let said: Vec<_> = said.iter().filter(is_about).map(String::as_str).collect();
    said.join("\n")
}

#[test]
fn certificates_that_cannot_be_taken() {
    let one = |keys: &str| app(&format!("keyCredentials:\n- {keys}"));
    let at = "@.keyCredentials[0]";
    let rows = [
        (
            "{}",
            format!("7:7 {at}: needs a `certificateFile` or a `key`; add one"),
        ),
        (
            "{certificateFile: orders.pem, key: AAAA}",
            format!(
                "7:42 {at}.key: is not one X.509 certificate in DER or PEM; make one from a key with `openssl req -x509 -key key.pem -subj /CN=name -out certificate.pem`"
            ),
        ),
        (
            "{certificateFile: nothing.pem}",
            format!(
                "7:25 {at}.certificateFile: there is no file nothing.pem; make it, or correct the path"
            ),
        ),
        (
            "{certificateFile: weak.pem}",
            format!(
                "7:25 {at}.certificateFile: \"weak.pem\": an RSA key of 1024 bits is refused; 2048 to 8192 bits are taken; make a larger key"
            ),
        ),
        (
            "{key: '-----BEGIN PRIVATE KEY-----'}",
            format!(
                "7:13 {at}.key: this is a private key: never put it here; it stays with the client. Give the certificate, which begins with `-----BEGIN CERTIFICATE-----`"
            ),
        ),
        (
            "{certificateFile: orders.pem, type: Symmetric}",
            format!("7:43 {at}.type: is \"Symmetric\"; use `AsymmetricX509Cert`"),
        ),
        (
            "{certificateFile: orders.pem, usage: Sign}",
            format!("7:44 {at}.usage: is \"Sign\"; use `Verify`"),
        ),
        (
            "{certificateFile: orders.pem, startDateTime: 2025-12-31T23:59:59Z}",
            format!(
                "7:52 {at}.startDateTime: the certificate is valid from 2026-01-01T00:00:00Z to 2036-01-01T00:00:00Z; choose a later start, or leave the key out"
            ),
        ),
        (
            "{certificateFile: orders.pem, endDateTime: 2036-01-01T00:00:01Z}",
            format!(
                "7:50 {at}.endDateTime: the certificate is valid from 2026-01-01T00:00:00Z to 2036-01-01T00:00:00Z; choose an earlier end, or leave the key out"
            ),
        ),
        (
            "{certificateFile: orders.pem, endDateTime: 2025-01-01T00:00:00Z}",
            format!(
                "7:50 {at}.endDateTime: the certificate ends at 2025-01-01T00:00:00Z, not after its start at 2026-01-01T00:00:00Z; choose a later end"
            ),
        ),
        (
            "{certificateFile: orders.pem, trustedSubject: {commonName: a}}",
            format!(
                "7:53 {at}.trustedSubject: the certificate is not a certificate authority, so no chain could lead to it: it needs the basic constraint CA and, where it has key usages, keyCertSign. Give the authority's own certificate, or trust this one without a subject"
            ),
        ),
        (
            "{certificateFile: no_cert_sign.pem, trustedSubject: {commonName: a}}",
            format!(
                "7:59 {at}.trustedSubject: the certificate is not a certificate authority, so no chain could lead to it: it needs the basic constraint CA and, where it has key usages, keyCertSign. Give the authority's own certificate, or trust this one without a subject"
            ),
        ),
        (
            "{certificateFile: sha1.pem}",
            format!(
                "7:25 {at}.certificateFile: \"sha1.pem\": is signed with SHA-1, which can be forged; have a new one made with SHA-256"
            ),
        ),
        (
            "{certificateFile: orders.pem, trustedSubject: {}}",
            format!(
                "7:53 {at}.trustedSubject: needs exactly one of `commonName`, `dnsName` and `uri`"
            ),
        ),
        (
            "{certificateFile: orders.pem, trustedSubject: {commonName: a, uri: b}}",
            format!(
                "7:53 {at}.trustedSubject: needs exactly one of `commonName`, `dnsName` and `uri`"
            ),
        ),
        (
            "{keyId: 22222222-2222-2222-2222-222222222222}",
            format!(
                "7:15 {at}.keyId: no stored certificate of the application has this id; add a `certificateFile` or a `key`"
            ),
        ),
    ];
    for (keys, expected) in &rows {
        check(&one(keys), &[expected]);
    }
    check(
        &one(&format!(
            "{{certificateFile: orders.pem, key: {}}}",
            key(fixtures::EC)
        )),
        &[
            "7:25 @.keyCredentials[0].certificateFile: `key` and `certificateFile` both say the certificate; remove one",
        ],
    );
    check(
        &app("keyCredentials: [{certificateFile: orders.pem}, {certificateFile: orders.pem}]"),
        &["6:53 @.keyCredentials[1]: is the same certificate as `@.keyCredentials[0]`; remove one"],
    );
    check(
        &app(&format!(
            "passwordCredentials: [{{keyId: {KEY_ID}}}]\nkeyCredentials: [{{keyId: {KEY_ID}, certificateFile: orders.pem}}]"
        )),
        &[
            "7:30 @.keyCredentials[0].keyId: is the same keyId as `@.passwordCredentials[0].keyId` (line 6); choose another, or leave the key out and one is made",
        ],
    );
}

#[test]
fn an_error_never_shows_a_private_key() {
    let pem =
        "-----BEGIN EC PRIVATE KEY-----\n      c2VjcmV0\n      -----END EC PRIVATE KEY-----\n";
    let text = app(&format!("keyCredentials:\n- key: |\n      {pem}"));
    let errors = World::new(Vec::new())
        .plan(&text)
        .expect_err("a private key");
    assert!(
        errors.to_string().contains("this is a private key"),
        "{errors}"
    );
    assert!(
        !format!("{errors} {errors:?}").contains("c2VjcmV0"),
        "{errors}"
    );
}

#[test]
fn certificates_are_added_changed_and_removed() {
    let mut world = World::new(Vec::new());
    let both = app(
        "keyCredentials:\n- certificateFile: authority.pem\n- certificateFile: nightly.der\n  displayName: nightly\n  endDateTime: 2027-01-01T00:00:00Z",
    );
    insta::assert_snapshot!(apply(&mut world, &both), @r#"
    + application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso"
    + certificate "CN=authority" (00000000-0000-4003-8000-000000000003) of "Orders"
    + certificate "nightly" (00000000-0000-4004-8000-000000000004) of "Orders"
    "#);
    let authority = world.tenants[0].keys[0].clone();
    assert_eq!(authority.display_name.as_deref(), Some("CN=authority"));
    assert_eq!(
        (authority.start_at, authority.end_at),
        authority.certificate.validity()
    );

    // The order and the way of giving a certificate say nothing.
    let inline = app(&format!(
        "keyCredentials:\n- {{key: {}, displayName: nightly}}\n- key: {}",
        key(fixtures::EC_384),
        STANDARD.encode(fixtures::AUTHORITY)
    ));
    insta::assert_snapshot!(apply(&mut world, &inline), @"");
    insta::assert_snapshot!(apply(&mut world, &app("notes: left alone")), @r#"~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": notes none -> "left alone""#);

    let kept = app(&format!(
        "keyCredentials:\n- {{keyId: {}, trustedSubject: {{dnsName: orders.contoso.example}}}}",
        authority.key_id
    ));
    insta::assert_snapshot!(apply(&mut world, &kept), @r#"
    ~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": notes "left alone" -> none
    ~ certificate "CN=authority" (00000000-0000-4003-8000-000000000003) of "Orders": trustedSubject.dnsName none -> "orders.contoso.example"
    - certificate "nightly" (00000000-0000-4004-8000-000000000004) of "Orders"
    "#);

    let replaced = app(&format!(
        "keyCredentials:\n- {{keyId: {}, certificateFile: endless.pem}}",
        authority.key_id
    ));
    insta::assert_snapshot!(apply(&mut world, &replaced), @r#"~ certificate "CN=endless" (00000000-0000-4003-8000-000000000003) of "Orders": displayName "CN=authority" -> "CN=endless", endDateTime "2036-01-01T00:00:00Z" -> "9999-12-30T22:00:00Z", trustedSubject.dnsName "orders.contoso.example" -> none, key"#);
    insta::assert_snapshot!(apply(&mut world, &app("keyCredentials: []")), @r#"- certificate "CN=endless" (00000000-0000-4003-8000-000000000003) of "Orders""#);
}

#[test]
fn a_certificate_without_a_subject_or_an_end_is_taken() {
    let mut world = World::new(Vec::new());
    let text =
        app("keyCredentials:\n- certificateFile: endless.pem\n- certificateFile: nameless.pem");
    apply(&mut world, &text);
    let [endless, nameless] = &world.tenants[0].keys[..] else {
        panic!("two certificates");
    };
    assert_eq!(endless.end_at.to_string(), "9999-12-30T22:00:00Z");
    assert_eq!(nameless.display_name, None);
}

#[test]
fn federated_credentials_that_cannot_be_taken() {
    let one = |keys: &str| {
        app(&format!(
            "federatedIdentityCredentials:\n- {{name: build, issuer: 'https://a.example', {keys}}}"
        ))
    };
    let at = "@.federatedIdentityCredentials[0]";
    let rows = [
        (
            "audiences: [a]",
            format!("7:7 {at}: needs a `subject` or a `claimsMatchingExpression`; add one"),
        ),
        (
            "subject: a",
            format!("7:7 {at}: `audiences` is missing; add it"),
        ),
        (
            "subject: a, audiences: []",
            format!(
                "7:73 {at}.audiences: no token could match; write e.g. `[api://AzureADTokenExchange]`"
            ),
        ),
        (
            "subject: a, audiences: [a, b, a]",
            format!(
                "7:80 {at}.audiences[2]: is the same audience as `{at}.audiences[0]` (line 7); remove one"
            ),
        ),
        (
            "subject: 'a ', audiences: [a]",
            format!(
                "7:59 {at}.subject: \"a \" must not begin or end with a space, as no token's would; remove it"
            ),
        ),
        (
            "subject: a, claimsMatchingExpression: \"claims['sub'] eq 'a'\", audiences: [a]",
            format!(
                "7:88 {at}.claimsMatchingExpression: `subject` and `claimsMatchingExpression` exclude each other; remove one"
            ),
        ),
        (
            "claimsMatchingExpression: \"claims['sub'] is 'a'\", audiences: [a]",
            format!(
                "7:76 {at}.claimsMatchingExpression: \"claims['sub'] is 'a'\" is no expression: expected `eq ` or `matches ` (at character 15); write e.g. `claims['sub'] matches 'repo:contoso/*'`"
            ),
        ),
        (
            "claimsMatchingExpression: {value: a, languageVersion: 2}, audiences: [a]",
            format!(
                "7:84 {at}.claimsMatchingExpression.value: \"a\" is no expression: expected `claims['` (at character 1); write e.g. `claims['sub'] matches 'repo:contoso/*'`"
            ),
        ),
        (
            "claimsMatchingExpression: [], audiences: [a]",
            format!(
                "7:76 {at}.claimsMatchingExpression: must be an expression, or an object (an expression), not a list"
            ),
        ),
        (
            "subject: a, audiences: [a], keysFile: empty.json",
            format!(
                "7:88 {at}.keysFile: \"empty.json\" has no key that can verify a token; it needs an RSA key of at least 2048 bits or a key on P-256 or P-384, with a `kid` where there are several"
            ),
        ),
        (
            "subject: a, audiences: [a], keysFile: nothing.json",
            format!(
                "7:88 {at}.keysFile: there is no file nothing.json; make it, or correct the path"
            ),
        ),
        (
            "subject: a, audiences: [a], keys: {keys: [{kty: EC, d: c2VjcmV0}]}",
            format!(
                "7:84 {at}.keys: has a private key or a secret at `keys[0]`: never put it here; give the public keys that the issuer publishes"
            ),
        ),
        (
            "subject: a, audiences: [a], keys: []",
            format!("7:84 {at}.keys: must be an object (a JWK set), not a list"),
        ),
    ];
    for (keys, expected) in &rows {
        let found = if keys.contains("languageVersion: 2") {
            vec![
                expected.clone(),
                format!("7:104 {at}.claimsMatchingExpression.languageVersion: is 2; use 1"),
            ]
        } else {
            vec![expected.clone()]
        };
        check(
            &one(keys),
            &found.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    check(
        &app(
            "federatedIdentityCredentials: [{name: a/b, issuer: 'http://a.example', subject: a, audiences: [a]}]",
        ),
        &[
            "6:43 @.federatedIdentityCredentials[0].name: \"a/b\" must have 3 to 120 letters, digits, `_` and `-` and begin with a letter or digit",
            "6:56 @.federatedIdentityCredentials[0].issuer: \"http://a.example\" must be an https URL; write e.g. `https://issuer.contoso.example`",
        ],
    );
    let keys = json!({"keys": [fixtures::jwk("a")]});
    check(
        &one(&format!(
            "subject: a, audiences: [a], keysFile: jwks.json, keys: {keys}"
        )),
        &[
            "7:88 @.federatedIdentityCredentials[0].keysFile: `keys` and `keysFile` both say the keys; remove one",
        ],
    );
}

#[test]
fn federated_credentials_must_be_told_apart() {
    let two = |first: &str, second: &str| {
        app(&format!(
            "federatedIdentityCredentials:\n- {{issuer: 'https://a.example', audiences: [a], {first}}}\n- {{issuer: 'https://a.example', audiences: [a], {second}}}"
        ))
    };
    check(
        &two("name: build, subject: a", "name: build, subject: b"),
        &[
            "8:59 @.federatedIdentityCredentials[1].name: is the same name as `@.federatedIdentityCredentials[0].name` (line 7); choose another",
        ],
    );
    check(
        &two("name: build, subject: a", "name: Build, subject: a"),
        &[
            "8:75 @.federatedIdentityCredentials[1].subject: is, with the issuer, the same as `@.federatedIdentityCredentials[0].subject` (line 7); remove one of the two",
        ],
    );
    check(
        &two("name: build, subject: a", "name: Build, subject: A"),
        &[],
    );
    check(
        &two(
            "name: build, claimsMatchingExpression: \"claims['sub'] eq 'a'\"",
            "name: Build, claimsMatchingExpression: {value: \"claims['sub'] eq 'a'\"}",
        ),
        &[
            "8:92 @.federatedIdentityCredentials[1].claimsMatchingExpression: is, with the issuer, the same as `@.federatedIdentityCredentials[0].claimsMatchingExpression` (line 7); remove one of the two",
        ],
    );
}

#[test]
fn our_own_tokens_cannot_be_made_a_credential() {
    let own = "33333333-3333-3333-3333-333333333333";
    for (path, is_refused) in [
        (format!("https://login.contoso.example/{own}/v2.0"), true),
        (format!("https://login.contoso.example/{own}/"), true),
        (format!("https://login.contoso.example/{own}"), true),
        (
            format!("https://login.contoso.example.evil.example/{own}/v2.0"),
            false,
        ),
        (
            format!("https://login.microsoftonline.com/{own}/v2.0"),
            false,
        ),
    ] {
        let text = app(&format!(
            "federatedIdentityCredentials: [{{name: own, issuer: '{path}', subject: a, audiences: [a]}}]"
        ));
        let expected = "6:56 @.federatedIdentityCredentials[0].issuer: is this platform itself: its access tokens are for resources, and whoever receives one must not become the client with it; name the other issuer";
        check(&text, &[expected][..usize::from(is_refused)]);
    }
}

#[test]
fn federated_credentials_are_added_changed_and_removed() {
    const FILE: &str = "federatedIdentityCredentials:
- name: build
  issuer: https://token.actions.githubusercontent.com
  subject: repo:contoso/orders:ref:refs/heads/main
  audiences: [api://AzureADTokenExchange]
- name: cluster
  issuer: https://cluster.contoso.example
  claimsMatchingExpression: claims['sub'] matches 'system:serviceaccount:orders:*'
  audiences: [api://AzureADTokenExchange, orders]
  keysFile: jwks.json";
    let mut world = World::new(Vec::new());
    insta::assert_snapshot!(apply(&mut world, &app(FILE)), @r#"
    + application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso"
    + federated credential "build" (00000000-0000-4003-8000-000000000003) of "Orders"
    + federated credential "cluster" (00000000-0000-4004-8000-000000000004) of "Orders"
    "#);
    insta::assert_snapshot!(apply(&mut world, &app("notes: left alone")), @r#"~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": notes none -> "left alone""#);
    let changed = FILE
        .replace("/orders:ref", "/shop:ref")
        .replace(", orders]", "]")
        .replace("\n  keysFile: jwks.json", "");
    insta::assert_snapshot!(apply(&mut world, &app(&changed)), @r#"
    ~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": notes "left alone" -> none
    ~ federated credential "build" (00000000-0000-4003-8000-000000000003) of "Orders": subject "repo:contoso/orders:ref:refs/heads/main" -> "repo:contoso/shop:ref:refs/heads/main"
    ~ federated credential "cluster" (00000000-0000-4004-8000-000000000004) of "Orders": audiences -"orders", keys.keys ... -> none
    "#);
    let exchanged = FILE
        .replace("name: build", "name: x")
        .replace("cluster\n", "build\n");
    insta::assert_snapshot!(apply(&mut world, &app(&exchanged.replace("name: x", "name: cluster"))), @r#"
    ~ federated credential "cluster" (00000000-0000-4004-8000-000000000004) of "Orders": claimsMatchingExpression.languageVersion 1 -> none, claimsMatchingExpression.value "claims['sub'] matches 'system:serviceaccount:orders:*'" -> none, issuer "https://cluster.contoso.example" -> "https://token.actions.githubusercontent.com", subject none -> "repo:contoso/orders:ref:refs/heads/main"
    ~ federated credential "build" (00000000-0000-4003-8000-000000000003) of "Orders": audiences +"orders", claimsMatchingExpression.languageVersion none -> 1, claimsMatchingExpression.value none -> "claims['sub'] matches 'system:serviceaccount:orders:*'", issuer "https://token.actions.githubusercontent.com" -> "https://cluster.contoso.example", keys.keys none -> ..., subject "repo:contoso/shop:ref:refs/heads/main" -> none
    "#);
    let renamed = app(&format!(
        "federatedIdentityCredentials: [{{id: {}, name: other, issuer: 'https://a.example', subject: a, audiences: [a]}}]",
        world.tenants[0].federated[0].id
    ));
    let errors = world.plan(&renamed).expect_err("a name cannot be changed");
    insta::assert_snapshot!(errors.to_string(), @r#"d.yaml:6:85: tenants[0].applications[0].federatedIdentityCredentials[0].name: the credential has the name "cluster", which cannot be changed; leave its `id` out to make a new one"#);
    insta::assert_snapshot!(apply(&mut world, &app("federatedIdentityCredentials: []")), @r#"
    - federated credential "cluster" (00000000-0000-4004-8000-000000000004) of "Orders"
    - federated credential "build" (00000000-0000-4003-8000-000000000003) of "Orders"
    "#);
}

#[test]
fn credentials_stay_with_their_application() {
    let mut world = World::new(Vec::new());
    let text = |first: &str, second: &str| {
        format!(
            "tenants:\n- displayName: Contoso\n  applications:\n  - {{displayName: A, appId: {ORDERS_APP}{first}}}\n  - {{displayName: B, appId: {KEY_ID}{second}}}\n"
        )
    };
    let id = "44444444-4444-4444-4444-444444444444";
    let keys = format!(
        ", keyCredentials: [{{keyId: {id}, certificateFile: orders.pem}}], federatedIdentityCredentials: [{{id: {id}, name: build, issuer: 'https://a.example', subject: a, audiences: [a]}}]"
    );
    apply(&mut world, &text(&keys, ""));
    let errors = world
        .plan(&text("", &keys))
        .expect_err("ids of another application");
    insta::assert_snapshot!(errors.to_string(), @r#"
    d.yaml:5:92: tenants[0].applications[1].keyCredentials[0].keyId: a credential of another application has this id; choose another
    d.yaml:5:197: tenants[0].applications[1].federatedIdentityCredentials[0].id: a credential of another application has this id; choose another
    "#);
}

#[test]
fn policies_are_changed_and_go_back() {
    let mut world = World::new(Vec::new());
    apply(&mut world, &app("notes: as it was"));
    let strict = app("assertionPolicy: {profile: strict, lifetimeSecondsMax: 60}").replace(
        "  applications:",
        "  assertionPolicy: {singleUse: true}\n  applications:",
    );
    insta::assert_snapshot!(apply(&mut world, &strict), @r#"
    ~ tenant "Contoso": assertionPolicy.singleUse false -> true
    ~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": assertionPolicy.lifetimeSecondsMax 86400 -> 60, assertionPolicy.profile "compatible" -> "strict", notes "as it was" -> none
    "#);
    assert!(world.tenants[0].tenant.assertion_policy.single_use);
    insta::assert_snapshot!(apply(&mut world, &app("notes: as it was")), @r#"
    ~ tenant "Contoso": assertionPolicy.singleUse true -> false
    ~ application "Orders" (11111111-1111-1111-1111-111111111111) in "Contoso": assertionPolicy.lifetimeSecondsMax 60 -> 86400, assertionPolicy.profile "strict" -> "compatible", notes none -> "as it was"
    "#);
    assert!(!export(&world.tenants).contains("assertionPolicy"));
    check(
        &app("assertionPolicy: {profile: lax, singleUse: 1, lifetimeSecondsMax: 59}"),
        &[
            "6:32 @.assertionPolicy.profile: is \"lax\"; use `compatible` or `strict`",
            "6:48 @.assertionPolicy.singleUse: must be true or false, not a number",
            "6:71 @.assertionPolicy.lifetimeSecondsMax: is 59; use 60 to 86400",
        ],
    );
}
