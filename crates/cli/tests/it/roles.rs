//! ROL-01 and ROL-04 to ROL-07: the roles in a token. Those that change while the server runs are
//! in `changes.rs`.

use std::fmt::Write;

use serde_json::json;

use crate::answer::{Expected, e400};
use crate::request::{post_v1, post_v2};
use crate::sample::{self, AUDITOR, AUDITOR_SECRET, CONTOSO, VISITOR, VISITOR_SECRET, v1, v2};
use crate::stage::{Stage, countersign};

#[test]
fn rol_01_and_04_and_05_exactly_the_granted_roles() {
    let stage = Stage::new();
    for _ in 0..3 {
        for request in [post_v2(CONTOSO, &v2()), post_v1(CONTOSO, &v1())] {
            let issued = stage.issued("ROL-01", &request);
            let granted = json!(["Orders.Read", "Orders.Write", "Orders.Export"]);
            assert_eq!(issued.claims["roles"], granted, "ROL-01");
        }
    }
    let visitor = v2()
        .with("client_id", VISITOR)
        .with("client_secret", VISITOR_SECRET);
    let issued = stage.issued("ROL-05", &post_v2(CONTOSO, &visitor));
    assert!(issued.claims.get("roles").is_none(), "ROL-05");
    let locked = visitor.with("scope", "api://locked/.default");
    let unassigned = e400("invalid_grant", 501_051);
    stage.check("ROL-04", &post_v2(CONTOSO, &locked), unassigned);
    let daemon = v1().with("resource", "api://locked");
    stage.check("ROL-04 v1.0", &post_v1(CONTOSO, &daemon), unassigned);
    let auditor = locked
        .with("client_id", AUDITOR)
        .with("client_secret", AUDITOR_SECRET);
    let issued = stage.issued("ROL-04 assigned", &post_v2(CONTOSO, &auditor));
    assert_eq!(issued.claims["roles"], json!(["Vault.Open"]), "ROL-04");
    stage.finish();
}

#[test]
fn rol_06_role_values_have_a_form() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let stage = Stage::new();
    let long = "r".repeat(120);
    let too_long = "r".repeat(121);
    let apply = |values: &[&str]| {
        let roles: Vec<_> = values
            .iter()
            .map(|value| json!({"value": value, "displayName": "A role"}))
            .collect();
        let application = json!({"displayName": "R", "appRoles": roles});
        let tenant = json!({"displayName": "New", "applications": [application]});
        let file = folder.path().join("directory.json");
        let text = json!({"tenants": [tenant]}).to_string();
        std::fs::write(&file, text).expect("our own folder");
        let data = stage.data();
        let output = countersign().run(&[
            "apply".as_ref(),
            "--dry-run".as_ref(),
            file.as_os_str(),
            "--data".as_ref(),
            data.as_os_str(),
        ]);
        let said = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.success(), said)
    };
    for good in [long.as_str(), "Orders:Read", "Orders.Read.All", "a", "~x!"] {
        assert_eq!(apply(&[good]), (true, String::new()), "ROL-06 {good}");
    }
    for (bad, reason) in [
        (&["Orders Read"][..], "space"),
        (&[".Read"], "dot"),
        (&["Orders\nRead"], "must not contain"),
        (&["Ördérs"], "must not contain"),
        (&["\"Read\""], "must not contain"),
        (&[too_long.as_str()], "120"),
        (&[""], "empty"),
        (&["Read", "Read"], "same value"),
        (&["Read", "READ"], "same value"),
    ] {
        let (is_applied, said) = apply(bad);
        assert!(!is_applied, "ROL-06 {bad:?}");
        assert!(said.contains("directory.json:1:"), "ROL-06 {bad:?}: {said}");
        assert!(said.contains("appRoles["), "ROL-06 {bad:?}: {said}");
        assert!(said.contains(reason), "ROL-06 {bad:?}: {said}");
    }
    stage.finish();
}

#[test]
fn rol_07_a_thousand_roles_are_a_thousand_roles() {
    let (mut defined, mut granted) = (String::new(), String::new());
    for number in 0..1_000 {
        let value = format!("Orders.Part{number:04}.Read");
        writeln!(defined, "    - {{value: {value}, displayName: Read}}").expect("a String");
        write!(granted, "{value}, ").expect("a String");
    }
    let directory = sample::directory()
        .replace(
            "    - {value: Vault.Open, displayName: Open}\n",
            &format!("    - {{value: Vault.Open, displayName: Open}}\n{defined}"),
        )
        .replace(
            "      roles: [Orders.Export",
            &format!("      roles: []\n    - resource: api://locked\n      roles: [{granted}]\n    - resource: api://orders\n      roles: [Orders.Export"),
        );
    let stage = Stage::with_directory(&directory);
    let request = post_v2(CONTOSO, &v2().with("scope", "api://locked/.default"));
    let issued = stage.issued("ROL-07", &request);
    let roles = issued.claims["roles"].as_array().expect("ROL-07");
    assert_eq!(roles.len(), 1_000, "ROL-07");
    assert_eq!(roles.last(), Some(&json!("Orders.Part0999.Read")), "ROL-07");
    let size = issued.reply["access_token"].as_str().map_or(0, str::len);
    assert!(size < 64 * 1024, "ROL-07: a token of {size} bytes");
    stage.check("ROL-07", &request, Expected::Token);
    stage.finish();
}
