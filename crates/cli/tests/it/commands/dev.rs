//! `countersign dev`: what the first start makes, and what every later one keeps.

use std::collections::HashMap;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use countersign_testkit::endpoint::Endpoint;
use countersign_testkit::form::Form;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::{Program, Server, Signal};
use serde_json::{Value, json};

use super::{Place, said, text};
use crate::answer;
use crate::request::{get, post_v2};
use crate::stage::countersign;

/// The mode of every file, and of every folder with a slash behind its name.
fn modes(folder: &Path) -> HashMap<String, u32> {
    let mut modes = HashMap::new();
    for entry in fs::read_dir(folder).expect("made at the first start") {
        let entry = entry.expect("readable");
        let metadata = entry.metadata().expect("readable");
        let mut name = entry.file_name().to_string_lossy().into_owned();
        if metadata.is_dir() {
            modes.extend(self::modes(&entry.path()));
            name.push('/');
        }
        modes.insert(name, metadata.permissions().mode() & 0o777);
    }
    modes
}

/// Gives a document the address of another: it listens on a free port at each start.
fn move_to(document: &mut Value, other: &Value) {
    document["baseUrl"] = other["baseUrl"].clone();
    let clients = document["clients"].as_array_mut().expect("a list");
    for (client, other) in clients
        .iter_mut()
        .zip(other["clients"].as_array().expect("a list"))
    {
        client["federated"]["issuer"] = other["federated"]["issuer"].clone();
    }
}

/// What the first client of `dev.json` sends for a token of the first resource.
fn request(document: &Value) -> Vec<u8> {
    let client = &document["clients"][0];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let scope = format!("{}/.default", text(&document["resources"][0]["appId"]));
    let form = Form::new(&[
        ("grant_type", "client_credentials"),
        ("client_id", &text(&client["appId"])),
        ("client_secret", &text(&client["clientSecret"])),
        ("scope", &scope),
    ]);
    post_v2(&text(&client["tenantId"]), &form).bytes()
}

/// The key id of a token that is issued now, after its signature held.
fn kid(connection: &mut Connection, document: &Value) -> String {
    let keys = connection.exchange(&get("/common/discovery/keys"));
    let keys = serde_json::from_value(keys.expect("an answer").json()).expect("keys");
    let response = connection.exchange(&request(document)).expect("an answer");
    let issued = answer::token(&response, &keys, false).expect("a token");
    issued.header["kid"].as_str().expect("text").to_owned()
}

#[test]
fn a_first_start_makes_private_files() {
    let place = Place::new();
    // Whatever the user's mask would allow.
    let script = "umask 0; exec \"$0\" \"$@\"";
    let binary = env!("CARGO_BIN_EXE_countersign");
    let data = place.data();
    let arguments = [
        "-c",
        script,
        binary,
        "dev",
        "--listen",
        "127.0.0.1:0",
        "--data",
        text(&data),
    ];
    let server = Program::new("/bin/sh").serve(&arguments, &place.path("stderr"));
    let mut connection = place.connect(&server);
    connection
        .exchange(&request(&place.document()))
        .expect("an answer");
    let modes = modes(&place.data());
    for name in [
        "countersign.db",
        "countersign.db-wal",
        "master.key",
        "pepper.key",
        "ca.key",
    ] {
        assert!(modes.contains_key(name), "{name} is not in {modes:?}");
    }
    for name in [
        "server.key",
        "dev.json",
        "secrets.json",
        "ca.pem",
        "server.pem",
        "dev-issuer.key",
        "clients/",
    ] {
        assert!(modes.contains_key(name), "{name} is not in {modes:?}");
    }
    for (name, mode) in modes {
        let is_certificate = name.ends_with(".pem") && !name.ends_with(".pair.pem");
        let expected = match () {
            () if name.ends_with('/') => 0o700,
            () if is_certificate => 0o644,
            () => 0o600,
        };
        assert_eq!(mode, expected, "{name}: {mode:o}");
    }
    let mode = fs::metadata(place.data())
        .expect("made")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn the_first_line_is_the_base_url_and_the_rest_works_when_pasted() {
    let place = Place::new();
    let server = place.dev();
    let base_url = server.base_url().to_owned();
    let port = base_url
        .strip_prefix("https://localhost:")
        .expect("localhost");
    assert_ne!(port.parse::<u16>().expect("a port"), 0);
    assert_eq!(place.document()["baseUrl"], base_url);

    let greeting = wait_for(&server, "Ctrl-C stops the server");
    let pasted = |start: &str| {
        let line = greeting.lines().find(|line| line.trim().starts_with(start));
        line.unwrap_or_else(|| panic!("no {start} in {greeting}"))
            .trim()
            .to_owned()
    };
    let curl = format!("{} --silent --show-error", pasted("curl"));
    let output = Command::new("sh")
        .args(["-c", &curl])
        .output()
        .expect("a shell");
    let answered = said(output);
    let reply: Value = serde_json::from_str(&answered.stdout)
        .unwrap_or_else(|error| panic!("{error}: {answered:?}"));
    assert_eq!(reply["token_type"], "Bearer");

    let document = place.document();
    let exports = format!(
        "{}\n{}\nprintf '%s %s %s %s %s' \"$AZURE_AUTHORITY_HOST\" \"$AZURE_TENANT_ID\" \"$AZURE_CLIENT_ID\" \"$AZURE_CLIENT_SECRET\" \"$SSL_CERT_FILE\"",
        pasted("export AZURE_AUTHORITY_HOST"),
        pasted("export SSL_CERT_FILE"),
    );
    let output = Command::new("sh")
        .args(["-c", &exports])
        .output()
        .expect("a shell");
    let client = &document["clients"][0];
    let expected: Vec<_> = [
        &document["baseUrl"],
        &client["tenantId"],
        &client["appId"],
        &client["clientSecret"],
        &document["caFile"],
    ]
    .iter()
    .map(|value| value.as_str().expect("text"))
    .collect();
    assert_eq!(said(output).stdout, expected.join(" "));
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn dev_json_has_the_members_that_other_programs_read() {
    let place = Place::new();
    let server = place.dev();
    let document = place.document();
    let members = |value: &Value| -> Vec<String> {
        value
            .as_object()
            .expect("an object")
            .keys()
            .cloned()
            .collect()
    };
    assert_eq!(
        members(&document),
        [
            "administrator",
            "baseUrl",
            "caFile",
            "clients",
            "resources",
            "tenants"
        ]
    );
    let tenant = &document["tenants"][0];
    assert_eq!(tenant["displayName"], "Contoso");
    assert_eq!(tenant["domains"], json!(["contoso.example"]));
    assert!(answer::is_guid(tenant["id"].as_str().expect("text")));
    let resource = &document["resources"][0];
    assert_eq!(resource["displayName"], "Orders API");
    assert_eq!(resource["tenantId"], tenant["id"]);
    assert_eq!(resource["identifierUris"], json!(["api://orders"]));
    assert_eq!(resource["tokenVersion"], 2);
    assert_eq!(
        resource["appRoles"],
        json!(["Orders.Read.All", "Orders.ReadWrite.All"])
    );
    for client in document["clients"].as_array().expect("a list") {
        assert_eq!(client["tenantId"], tenant["id"]);
        for id in ["appId", "servicePrincipalId"] {
            assert!(answer::is_guid(client[id].as_str().expect("text")));
        }
        assert!(client["clientSecret"].is_string());
    }
    let ca_file = document["caFile"].as_str().expect("text");
    assert!(ca_file.starts_with('/'), "{ca_file}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_restart_keeps_ids_keys_and_secrets() {
    let place = Place::new();
    let ports = free_port();
    let listen = format!("127.0.0.1:{ports}");
    let server = place.dev_with(&["--listen", &listen]);
    let before = place.document();
    let key = kid(&mut place.connect(&server), &before);
    let authority = fs::read(place.data().join("ca.pem")).expect("made");
    let certificate = fs::read(place.data().join("server.pem")).expect("made");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));

    let server = place.dev();
    let mut after = place.document();
    assert_eq!(kid(&mut place.connect(&server), &after), key);
    move_to(&mut after, &before);
    assert_eq!(after, before);
    assert_eq!(
        fs::read(place.data().join("ca.pem")).expect("kept"),
        authority
    );
    assert_eq!(
        fs::read(place.data().join("server.pem")).expect("kept"),
        certificate
    );
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_start_after_a_kill_keeps_them_too() {
    let place = Place::new();
    let server = place.dev();
    let before = place.document();
    let key = kid(&mut place.connect(&server), &before);
    assert_eq!(server.stop(Signal::KILL).code, None);
    let server = place.dev();
    let mut after = place.document();
    move_to(&mut after, &before);
    assert_eq!(after, before);
    assert_eq!(kid(&mut place.connect(&server), &after), key);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn a_public_url_is_what_is_published_and_certified() {
    let place = Place::new();
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://ID.Contoso.test:8443/",
    ];
    let server = place.dev_with(&arguments);
    assert_eq!(server.base_url(), "https://id.contoso.test:8443");
    let document = place.document();
    assert_eq!(document["baseUrl"], "https://id.contoso.test:8443");
    let endpoint = Endpoint::tls(server.address(), &place.data().join("ca.pem"));
    for name in ["id.contoso.test", "localhost", "127.0.0.1"] {
        let mut connection = Connection::open(&endpoint.clone().named(name));
        let path = "/contoso.example/v2.0/.well-known/openid-configuration";
        let config = connection.exchange(&get(path)).expect("an answer").json();
        let issuer = config["issuer"].as_str().expect("text");
        assert!(
            issuer.starts_with("https://id.contoso.test:8443/"),
            "{issuer}"
        );
    }
    assert!(endpoint.named("evil.example").connect(b"http/1.1").is_err());
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn what_cannot_work_is_refused_before_anything_is_made() {
    let place = Place::new();
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("bound").to_string();
    let bad = place.write("bad.yaml", "tenants:\n- displayNam: Contoso\n");
    let missing = place.path("missing.yaml");
    for (arguments, reasons) in [
        (
            vec!["dev", "--listen", &address],
            vec![
                "cannot listen on",
                address.as_str(),
                "port 0 takes a free one",
            ],
        ),
        (
            vec![
                "dev",
                "--listen",
                "127.0.0.1:0",
                "--public-url",
                "http://localhost",
            ],
            vec!["--public-url", "must start with https://"],
        ),
        (
            vec![
                "dev",
                "--listen",
                "127.0.0.1:0",
                "--public-url",
                "https://localhost/path",
            ],
            vec!["--public-url", "may not have a path"],
        ),
        (
            vec!["dev", "--listen", "127.0.0.1:0", "--directory", text(&bad)],
            vec!["bad.yaml:2:", "displayNam"],
        ),
        (
            vec![
                "dev",
                "--listen",
                "127.0.0.1:0",
                "--directory",
                text(&missing),
            ],
            vec!["missing.yaml", "cannot read"],
        ),
    ] {
        let said = place.fail(&arguments);
        for reason in reasons {
            assert!(said.contains(reason), "{arguments:?}: {said}");
        }
        assert!(!place.data().exists(), "{arguments:?}");
    }
    let usage = said(countersign().run(&["dev", "--listen", "nonsense"]));
    assert_eq!(usage.code, Some(2), "{usage:?}");
}

#[test]
fn a_key_that_others_may_read_is_refused() {
    for name in ["master.key", "pepper.key"] {
        let place = Place::new();
        assert_eq!(place.dev().stop(Signal::TERM).code, Some(0));
        let key = place.data().join(name);
        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("our own");
        let said = place.fail(&["dev", "--listen", "127.0.0.1:0"]);
        assert!(said.contains(name) && said.contains("chmod 600"), "{said}");
    }
}

#[test]
fn another_master_key_does_not_open_the_database() {
    let place = Place::new();
    assert_eq!(place.dev().stop(Signal::TERM).code, Some(0));
    fs::remove_file(place.data().join("master.key")).expect("our own");
    let said = place.fail(&["dev", "--listen", "127.0.0.1:0"]);
    assert!(said.contains("master key"), "{said}");
}

fn wait_for(server: &Server, words: &str) -> String {
    let start = Instant::now();
    loop {
        let stdout = server.stdout();
        if stdout.contains(words) {
            return stdout;
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{stdout}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("bound").port()
}
