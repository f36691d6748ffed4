//! `countersign admin invite`, and the link that a development server prints.

use countersign_testkit::server::Signal;
use serde_json::Value;

use super::Place;

/// The setup link in what a server printed.
fn link(text: &str) -> Option<&str> {
    let mut words = text.split_whitespace();
    words.find(|word| word.contains("/portal/setup/"))
}

#[test]
fn an_invitation_prints_a_link_and_a_new_one_ends_it() {
    let place = Place::new();
    place.dev().stop(Signal::TERM);
    let name = "auditor@contoso.example";
    let arguments = ["admin", "invite", name, "--role", "Global Reader", "--json"];
    let first: Value = serde_json::from_str(&place.succeed(&arguments)).expect("JSON");
    let second: Value = serde_json::from_str(&place.succeed(&arguments)).expect("JSON");
    assert_eq!(first["userPrincipalName"], name);
    assert_eq!(first["roles"], serde_json::json!(["Global Reader"]));
    assert_eq!(first["id"], second["id"], "the second found the user");
    assert_ne!(first["setupLink"], second["setupLink"]);
    let words = place.succeed(&["admin", "invite", name]);
    let shown = link(&words).expect("a link");
    assert!(shown.starts_with("https://localhost:"), "{shown}");
    assert!(words.contains("works once"), "{words}");
}

#[test]
fn who_cannot_be_invited_is_told_why() {
    let place = Place::new();
    place.dev().stop(Signal::TERM);
    let refused = |arguments: &[&str], part: &str| {
        let mut all = vec!["admin", "invite"];
        all.extend(arguments);
        let said = place.run(&all);
        assert_ne!(said.code, Some(0), "{arguments:?}");
        assert!(said.stderr.contains(part), "{}", said.stderr);
    };
    refused(&["someone@nowhere.example"], "contoso.example");
    refused(&["contoso.example"], "someone@DOMAIN");
    refused(&["a b@contoso.example"], "user principal name");
    refused(
        &["a@contoso.example", "--role", "King"],
        "Global Administrator",
    );
}

/// The administrator of a development server is no matter of directory files, and no default
/// password stands behind the name.
#[test]
fn a_development_server_invites_until_somebody_came() {
    let place = Place::new();
    let greeting = place.dev().stop(Signal::TERM).stdout;
    let link_of_first = link(&greeting).expect("a link").to_owned();
    let second = place.dev().stop(Signal::TERM).stdout;
    assert_ne!(link(&second), Some(link_of_first.as_str()));
    let exported = place.succeed(&["export"]);
    assert!(!exported.contains("admin@contoso.example"), "{exported}");
    let file = place.write("directory.yaml", &exported);
    let plan = place.succeed(&["apply", super::text(&file), "--dry-run"]);
    assert!(!plan.contains("admin@contoso.example"), "{plan}");
}
