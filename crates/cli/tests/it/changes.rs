//! SEC-05, SEC-11, SEC-12, ROL-02 and ROL-03: what another process changes in the directory is
//! honoured by a running server within the bound.

use serde_json::json;

use crate::answer::{Expected, e400, e401};
use crate::request::{Request, post_v1, post_v2};
use crate::sample::{self, CONTOSO, DAEMON, DAEMON_SECRET, VISITOR, VISITOR_SECRET, v1, v2};
use crate::stage::Stage;

const DISABLED: Expected = e400("unauthorized_client", 7_000_112);
const UNKNOWN: Expected = e400("unauthorized_client", 700_016);

/// The line that every client's credentials are on.
fn only(secret: &str) -> String {
    format!("passwordCredentials: [{{displayName: only, secretText: \"{secret}\"}}]")
}

fn replaced(directory: &str, from: &str, to: &str) -> String {
    assert_eq!(directory.matches(from).count(), 1, "{from}");
    directory.replace(from, to)
}

fn daemon(secret: &str) -> Request {
    post_v2(CONTOSO, &v2().with("client_secret", secret))
}

/// A client that no test here touches.
fn visitor() -> Request {
    let form = v2()
        .with("client_id", VISITOR)
        .with("client_secret", VISITOR_SECRET);
    post_v2(CONTOSO, &form)
}

#[test]
fn sec_05_a_removed_secret_ends_and_the_other_stays() {
    let directory = sample::directory();
    let stage = Stage::with_directory(&directory);
    stage.good_is(visitor());
    let second = "Hh1Q~canary.second-of-the-daemon~012";
    let both = format!(
        "passwordCredentials:\n    - {{displayName: only, secretText: \"{DAEMON_SECRET}\"}}\n    - {{displayName: second, secretText: \"{second}\"}}"
    );
    stage.apply(&replaced(&directory, &only(DAEMON_SECRET), &both));
    stage.becomes("SEC-05 added", &daemon(second), Expected::Token);
    stage.check("SEC-05 both", &daemon(DAEMON_SECRET), Expected::Token);
    let one = format!("passwordCredentials: [{{displayName: second, secretText: \"{second}\"}}]");
    stage.apply(&replaced(&directory, &only(DAEMON_SECRET), &one));
    let removed = daemon(DAEMON_SECRET);
    stage.becomes("SEC-05 removed", &removed, e401(7_000_215));
    stage.check("SEC-05 other", &daemon(second), Expected::Token);
    stage.finish();
}

#[test]
fn sec_11_a_disabled_client_gets_nothing() {
    let directory = sample::directory();
    let stage = Stage::with_directory(&directory);
    stage.good_is(visitor());
    let v1 = post_v1(CONTOSO, &v1());
    let wrong = daemon("wrong");
    let right = daemon(DAEMON_SECRET);
    for (case, line) in [
        (
            "SEC-11 service principal",
            "servicePrincipal: {accountEnabled: false}",
        ),
        ("SEC-11 application", "isDisabled: true"),
    ] {
        let disabled = format!("appId: {DAEMON}\n    {line}");
        let changed = replaced(&directory, &format!("appId: {DAEMON}"), &disabled);
        stage.apply(&changed);
        stage.becomes(case, &right, DISABLED);
        stage.check(case, &v1, DISABLED);
        stage.check(case, &wrong, DISABLED);
        stage.apply(&directory);
        stage.becomes(case, &right, Expected::Token);
        stage.check(case, &v1, Expected::Token);
    }
    stage.finish();
}

#[test]
fn sec_12_a_deleted_application_is_unknown_and_its_successor_another() {
    let directory = sample::directory();
    let stage = Stage::with_directory(&directory);
    stage.good_is(visitor());
    let right = daemon(DAEMON_SECRET);
    let before = stage.issued("SEC-12 before", &right);
    let start = directory
        .find("  - displayName: Daemon")
        .expect("it is there");
    let end = directory
        .find("  - displayName: Auditor")
        .expect("it is there");
    let without = format!("{}{}", &directory[..start], &directory[end..]);
    stage.apply(&without);
    stage.becomes("SEC-12 deleted", &right, UNKNOWN);

    // The same name gets a new client id, and the old secret goes with the old id.
    let successor = "aaaaaaaa-0000-4000-8000-0000000000dd";
    let fresh = "Ii1Q~canary.of-the_successor~0123456";
    let entry = directory[start..end]
        .replace(DAEMON, successor)
        .replace(DAEMON_SECRET, fresh);
    stage.apply(&format!(
        "{}{entry}{}",
        &directory[..start],
        &directory[end..]
    ));
    let as_successor = |secret: &str| {
        let form = v2()
            .with("client_id", successor)
            .with("client_secret", secret);
        post_v2(CONTOSO, &form)
    };
    stage.becomes("SEC-12 successor", &as_successor(fresh), Expected::Token);
    stage.check(
        "SEC-12 old secret",
        &as_successor(DAEMON_SECRET),
        e401(7_000_215),
    );
    stage.check("SEC-12 old id", &right, UNKNOWN);
    let after = stage.issued("SEC-12 successor", &as_successor(fresh));
    assert_ne!(before.claims["oid"], after.claims["oid"], "SEC-12");
    stage.finish();
}

#[test]
fn rol_02_and_03_grants_and_roles_end_in_the_next_token() {
    let directory = sample::directory();
    let stage = Stage::with_directory(&directory);
    stage.good_is(visitor());
    let request = post_v2(CONTOSO, &v2());
    let all = json!(["Orders.Read", "Orders.Write", "Orders.Export"]);
    assert_eq!(stage.issued("ROL-02", &request).claims["roles"], all);

    let fewer = replaced(
        &directory,
        "roles: [Orders.Export, Orders.Read, Orders.Write]",
        "roles: [Orders.Read, Orders.Write]",
    );
    stage.apply(&fewer);
    let left = json!(["Orders.Read", "Orders.Write"]);
    stage.roles_become("ROL-02", &request, Some(&left));

    // A grant of a disabled role may be kept, and means nothing.
    let disabled = replaced(
        &fewer,
        "{value: Orders.Write, displayName: Write}",
        "{value: Orders.Write, displayName: Write, isEnabled: false}",
    );
    stage.apply(&disabled);
    stage.roles_become("ROL-03 disabled", &request, Some(&json!(["Orders.Read"])));

    let start = disabled
        .find("    grants:\n    - resource: api://orders")
        .expect("there");
    let end = disabled.find("  - displayName: Auditor").expect("there");
    stage.apply(&format!("{}{}", &disabled[..start], &disabled[end..]));
    stage.roles_become("ROL-03 none left", &request, None);
    stage.finish();
}
