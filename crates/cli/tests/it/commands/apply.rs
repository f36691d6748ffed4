//! `countersign apply`: a plan in words, all of it or nothing, and nothing the second time.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use countersign_testkit::server::Signal;
use serde_json::{Value, json};

use super::{Place, text};
use crate::sample::{self, DAEMON, DAEMON_SECRET, VISITOR};
use crate::stage::start_dev;

const NOTHING: &str = "Nothing to do: the directory is as the file says.\n";

/// A data directory with the sample of these tests in it, and no server.
fn filled() -> (Place, String) {
    let place = Place::new();
    let directory = sample::directory();
    let file = place.write("directory.yaml", &directory);
    let server = start_dev(&place.data(), &file, &place.path("stderr"));
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    (place, directory)
}

/// The sample with one thing added, one changed and one removed.
fn changed(directory: &str) -> String {
    directory
        .replace("displayName: Visitor\n", "displayName: Guest\n")
        .replace("    - {value: Orders.Delete, displayName: Delete}\n", "")
        .replace(
            "- displayName: Foreigner",
            "- displayName: Newcomer\n  - displayName: Foreigner",
        )
}

#[test]
fn the_same_file_changes_nothing() {
    let (place, _) = filled();
    let file = place.path("directory.yaml");
    assert_eq!(place.succeed(&["apply", text(&file)]), NOTHING);
    assert_eq!(place.succeed(&["apply", text(&file), "--dry-run"]), NOTHING);
}

#[test]
fn a_plan_says_what_is_added_changed_and_removed() {
    let (place, directory) = filled();
    let file = place.write("changed.yaml", &changed(&directory));
    let before = place.succeed(&["export"]);
    let dry = place.succeed(&["apply", text(&file), "--dry-run"]);
    assert_eq!(
        place.succeed(&["export"]),
        before,
        "a dry run changes nothing"
    );
    assert!(dry.contains("Nothing was changed"), "{dry}");
    let lines = |sign: &str| -> Vec<String> {
        let lines = dry
            .lines()
            .filter(|line| line.starts_with(&format!("  {sign} ")));
        lines.map(ToOwned::to_owned).collect()
    };
    let is_in = |lines: &[String], words: &str| lines.iter().any(|line| line.contains(words));
    assert!(is_in(&lines("+"), "Newcomer"), "{dry}");
    assert!(is_in(&lines("~"), "Guest"), "{dry}");
    assert!(dry.contains("Orders.Delete"), "{dry}");

    let applied = place.succeed(&["apply", text(&file)]);
    assert_eq!(applied.lines().next(), dry.lines().next());
    assert!(applied.contains("Applied: "), "{applied}");
    assert_ne!(place.succeed(&["export"]), before);
    assert_eq!(place.succeed(&["apply", text(&file)]), NOTHING);
}

#[test]
fn a_plan_for_programs_is_json() {
    let (place, directory) = filled();
    let file = place.write("changed.yaml", &changed(&directory));
    let plan = |arguments: &[&str]| -> Value {
        let all = [&["apply", text(&file), "--json"], arguments].concat();
        serde_json::from_str(&place.succeed(&all)).expect("JSON")
    };
    let dry = plan(&["--dry-run"]);
    assert_eq!(dry["dryRun"], true);
    for kind in ["added", "changed", "removed"] {
        let lines = dry[kind].as_array().map_or(0, Vec::len);
        assert_eq!(dry["counts"][kind], lines, "{dry}");
    }
    let applied = plan(&[]);
    assert_eq!(
        (&applied["dryRun"], &applied["counts"]),
        (&json!(false), &dry["counts"])
    );
    let none = json!({"added": 0, "changed": 0, "removed": 0});
    assert_eq!(plan(&[])["counts"], none);
}

#[test]
fn a_file_with_any_error_changes_nothing() {
    let (place, directory) = filled();
    let before = place.succeed(&["export"]);
    let line_of = |text: &str, words: &str| {
        let index = text.lines().position(|line| line.contains(words));
        index.map(|index| index + 1).expect("it is there")
    };
    let good = changed(&directory);
    for (from, to, reasons) in [
        // Each of these beside changes that would be right.
        (
            "displayName: Auditor",
            "displayNam: Auditor",
            &["unknown key", "displayNam"][..],
        ),
        (
            "resource: api://locked",
            "resource: api://nowhere",
            &["api://nowhere"],
        ),
        (
            "roles: [Vault.Open]",
            "roles: [Vault.Shut]",
            &["Vault.Shut"],
        ),
        (
            "requestedAccessTokenVersion: 1",
            "requestedAccessTokenVersion: 3",
            &["3"],
        ),
        (
            "identifierUris: [api://locked]",
            "identifierUris: [api://orders]",
            &["the same URI"],
        ),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good, "{from}");
        let file = place.write("bad.yaml", &bad);
        for arguments in [
            vec!["apply", text(&file)],
            vec!["apply", text(&file), "--dry-run"],
        ] {
            let said = place.fail(&arguments);
            let place_of_error = format!("bad.yaml:{}:", line_of(&bad, to));
            assert!(said.contains(&place_of_error), "{to}: {said}");
            for reason in reasons {
                assert!(said.contains(reason), "{to}: {said}");
            }
        }
        assert_eq!(place.succeed(&["export"]), before, "{to}");
    }
    let two = good
        .replacen("displayName: Auditor", "displayNam: Auditor", 1)
        .replacen("accountEnabled: false", "accountEnabled: 7", 1);
    let file = place.write("bad.yaml", &two);
    let said = place.fail(&["apply", text(&file)]);
    assert_eq!(
        said.matches("bad.yaml:").count(),
        3,
        "all errors at once: {said}"
    );
    for bytes in [&b"\xff\xfe"[..], b"", b"tenants: [", b"[1, 2]"] {
        fs::write(&file, bytes).expect("our own folder");
        place.fail(&["apply", text(&file)]);
    }
    assert_eq!(place.succeed(&["export"]), before);
}

#[test]
fn a_secret_that_is_refused_is_not_shown() {
    let (place, directory) = filled();
    let canary = "short-canary";
    let file = place.write("bad.yaml", &directory.replace(DAEMON_SECRET, canary));
    let said = place.fail(&["apply", text(&file)]);
    assert!(said.contains("secretText") && said.contains("16"), "{said}");
    assert!(!said.contains(canary), "{said}");
}

#[test]
fn a_secret_may_be_in_a_file_of_its_own_that_is_private() {
    let (place, directory) = filled();
    let line = format!("secretText: \"{DAEMON_SECRET}\"");
    let elsewhere = directory.replace(&line, "secretTextFile: daemon.secret");
    let file = place.write("elsewhere.yaml", &elsewhere);
    let secret = place.write("daemon.secret", &format!("{DAEMON_SECRET}\n"));
    let mode = |mode| fs::set_permissions(&secret, fs::Permissions::from_mode(mode));
    mode(0o644).expect("our own");
    let said = place.fail(&["apply", text(&file)]);
    assert!(
        said.contains("chmod 600") && said.contains("elsewhere.yaml:"),
        "{said}"
    );
    mode(0o600).expect("our own");
    // The same secret from another place: nothing to do.
    assert_eq!(place.succeed(&["apply", text(&file)]), NOTHING);
    fs::remove_file(&secret).expect("our own");
    let said = place.fail(&["apply", text(&file)]);
    assert!(said.contains("daemon.secret"), "{said}");
}

#[test]
fn other_tenants_are_left_alone() {
    let (place, directory) = filled();
    let before = place.succeed(&["export"]);
    let fabrikam = directory.find("- id: 2222").expect("the second tenant");
    let alone = format!("tenants:\n{}", &directory[fabrikam..]);
    let file = place.write("alone.yaml", &alone);
    assert_eq!(place.succeed(&["apply", text(&file)]), NOTHING);
    assert_eq!(place.succeed(&["export"]), before);
    assert!(before.contains(DAEMON) && before.contains(VISITOR));
}

#[test]
fn without_a_directory_it_says_what_to_do() {
    let place = Place::new();
    let file = place.write("directory.yaml", &sample::directory());
    for arguments in [vec!["apply", text(&file)], vec!["export"]] {
        let said = place.fail(&arguments);
        assert!(said.contains("countersign dev"), "{said}");
        assert!(!place.data().exists());
    }
}
