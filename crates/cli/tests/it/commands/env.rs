//! `countersign env`: what it prints must mean the same to those who read it.

use std::collections::BTreeMap;
use std::process::Command;

use countersign_testkit::server::{Server, Signal};
use serde_json::Value;

use super::{Place, said, text};
use crate::sample::{self, AUDITOR, AUDITOR_SECRET, CONTOSO, DAEMON, DAEMON_SECRET};
use crate::stage::start_dev;

const NAMES: [&str; 7] = [
    "AZURE_AUTHORITY_HOST",
    "AZURE_CLIENT_ID",
    "AZURE_CLIENT_SECRET",
    "AZURE_TENANT_ID",
    "NODE_EXTRA_CA_CERTS",
    "REQUESTS_CA_BUNDLE",
    "SSL_CERT_FILE",
];

fn start(place: &Place) -> Server {
    let directory = place.write("directory.yaml", &sample::directory());
    start_dev(&place.data(), &directory, &place.path("stderr"))
}

/// The variables as a real shell reads them.
fn in_shell(exports: &str) -> BTreeMap<String, String> {
    let print: String = NAMES
        .iter()
        .map(|name| format!("printf '%s=%s\\n' {name} \"${name}\"\n"))
        .collect();
    let script = format!("set -eu\neval \"$1\"\n{print}");
    let output = Command::new("sh")
        .args(["-c", &script, "sh", exports])
        .output();
    let said = said(output.expect("a shell"));
    assert_eq!(
        (said.code, said.stderr.as_str()),
        (Some(0), ""),
        "{exports}"
    );
    lines(&said.stdout)
}

fn lines(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .map(|line| {
            let (name, value) = line.split_once('=').expect("NAME=value");
            (name.to_owned(), value.to_owned())
        })
        .collect()
}

#[test]
fn all_formats_say_the_same() {
    let place = Place::new();
    let server = start(&place);
    let document = place.document();
    let value = |value: &Value| value.as_str().expect("text").to_owned();
    for (client, app_id, secret) in [
        ("Daemon", DAEMON, DAEMON_SECRET),
        ("Auditor", AUDITOR, AUDITOR_SECRET),
        (AUDITOR, AUDITOR, AUDITOR_SECRET),
        (&AUDITOR.to_uppercase(), AUDITOR, AUDITOR_SECRET),
    ] {
        let print = |format: &str| place.succeed(&["env", "--client", client, "--format", format]);
        let expected: BTreeMap<String, String> = NAMES
            .into_iter()
            .map(ToOwned::to_owned)
            .zip([
                value(&document["baseUrl"]),
                app_id.to_owned(),
                secret.to_owned(),
                CONTOSO.to_owned(),
                value(&document["caFile"]),
                value(&document["caFile"]),
                value(&document["caFile"]),
            ])
            .collect();
        assert_eq!(in_shell(&print("sh")), expected, "{client}");
        assert_eq!(lines(&print("dotenv")), expected, "{client}");
        let json: BTreeMap<String, String> =
            serde_json::from_str(&print("json")).expect("an object of texts");
        assert_eq!(json, expected, "{client}");
        let plain = place.succeed(&["env", "--client", client]);
        assert_eq!(plain, print("sh"), "sh is the default");

        let adfs = place.succeed(&["env", "--client", client, "--adfs", "--format", "json"]);
        let mut adfs: BTreeMap<String, String> = serde_json::from_str(&adfs).expect("an object");
        let tenant = adfs.insert("AZURE_TENANT_ID".to_owned(), CONTOSO.to_owned());
        assert_eq!(
            (tenant.as_deref(), adfs),
            (Some("adfs"), expected),
            "{client}"
        );
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn the_first_client_is_the_default_and_others_are_named_in_the_error() {
    let place = Place::new();
    let server = start(&place);
    let first = in_shell(&place.succeed(&["env"]));
    let clients = place.document()["clients"]
        .as_array()
        .cloned()
        .expect("a list");
    let with_secret = clients
        .iter()
        .find(|client| client["clientSecret"].is_string());
    let expected = with_secret.expect("one has")["appId"].as_str();
    assert_eq!(first.get("AZURE_CLIENT_ID").map(String::as_str), expected);

    let unknown = place.fail(&["env", "--client", "Nobody"]);
    assert!(unknown.contains("no client \"Nobody\""), "{unknown}");
    for name in ["Daemon", "Auditor", "Visitor"] {
        assert!(unknown.contains(name), "{unknown}");
    }
    let elsewhere = place.fail(&["env", "--client", "Foreigner", "--adfs"]);
    assert!(elsewhere.contains("isDefault: true"), "{elsewhere}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    // The document stays, so the variables can be had while the server is down.
    assert_eq!(in_shell(&place.succeed(&["env"])), first);
}

#[test]
fn without_a_server_it_says_what_to_do() {
    let place = Place::new();
    let said = place.fail(&["env"]);
    assert!(said.contains("start the server first"), "{said}");
    assert!(said.contains(text(&place.data())), "{said}");
}
