//! `countersign app`, `sp`, `role` and `credential add-secret` against a running server.

use std::fs;
use std::path::Path;
use std::process::Command;

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine};
use countersign_testkit::form::Form;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::Signal;
use serde_json::{Value, json};

use super::Place;
use crate::request::post_v2;

const API: &str = "Ledger API";
const URI: &str = "api://ledger.contoso.example";
const DAEMON: &str = "Night Daemon";

fn json_of(place: &Place, arguments: &[&str]) -> Value {
    let said = place.succeed(&[arguments, &["--json"]].concat());
    serde_json::from_str(&said).expect("JSON")
}

fn member(value: &Value, name: &str) -> String {
    value[name].as_str().expect("text").to_owned()
}

/// An application that the commands made, asking for tokens.
struct Client {
    tenant: String,
    app_id: String,
    secret: String,
}

impl Client {
    /// The claims of the token, or the AADSTS number.
    fn ask(&self, connection: &mut Connection) -> Result<Value, Value> {
        let form = Form::new(&[
            ("grant_type", "client_credentials"),
            ("client_id", &self.app_id),
            ("client_secret", &self.secret),
            ("scope", &format!("{URI}/.default")),
        ]);
        let request = post_v2(&self.tenant, &form).bytes();
        let response = connection.exchange(&request).expect("an answer");
        let body = response.json();
        let Some(token) = body["access_token"].as_str() else {
            return Err(body["error_codes"][0].clone());
        };
        let claims = token.split('.').nth(1).expect("three parts");
        let claims = BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        Ok(serde_json::from_slice(&claims).expect("JSON"))
    }
}

#[test]
fn an_api_and_its_client_are_made_and_unmade_by_command() {
    let place = Place::new();
    let server = place.dev();
    let mut connection = place.connect(&server);
    let api = json_of(
        &place,
        &[
            "app",
            "create",
            API,
            "--identifier-uri",
            URI,
            "--role",
            "Ledger.Read",
        ],
    );
    let daemon = json_of(&place, &["app", "create", DAEMON]);
    let add = [
        "credential",
        "add-secret",
        "--application",
        DAEMON,
        "--days",
        "7",
    ];
    let secret = json_of(&place, &add);
    let client = Client {
        tenant: member(&place.document()["administrator"], "tenantId"),
        app_id: member(&daemon, "appId"),
        secret: member(&secret, "secretText"),
    };
    // Each change is honoured by the very next request: nothing here waits.
    let claims = client.ask(&mut connection).expect("a token");
    assert_eq!(claims["roles"], Value::Null);

    let said = place.succeed(&["role", "grant", DAEMON, URI, "Ledger.Read"]);
    assert!(said.contains("has Ledger.Read on Ledger API"), "{said}");
    let claims = client.ask(&mut connection).expect("a token");
    assert_eq!(claims["roles"], json!(["Ledger.Read"]));
    let again = place.fail(&["role", "grant", DAEMON, URI, "Ledger.Read"]);
    assert!(again.contains("already exists"), "{again}");
    let granted = place.succeed(&["role", "granted", DAEMON]);
    assert!(granted.contains("Ledger.Read"), "{granted}");
    let holders = json_of(&place, &["role", "holders", API]);
    assert_eq!(holders[0]["principalDisplayName"], DAEMON);

    place.succeed(&["sp", "update", API, "--assignment-required", "true"]);
    let revoke = ["role", "revoke", DAEMON, API, "Ledger.Read"];
    place.succeed(&[&revoke[..], &["--yes"]].concat());
    assert_eq!(client.ask(&mut connection), Err(json!(501_051)));
    place.succeed(&["role", "grant", DAEMON, API, "default"]);
    client.ask(&mut connection).expect("a token");

    place.succeed(&["app", "update", API, "--token-version", "2"]);
    let claims = client.ask(&mut connection).expect("a token");
    assert_eq!(claims["ver"], "2.0");
    place.succeed(&["sp", "update", DAEMON, "--disable"]);
    assert_eq!(client.ask(&mut connection), Err(json!(7_000_112)));
    place.succeed(&["sp", "update", DAEMON, "--enable"]);

    place.succeed(&["role", "add", API, "Ledger.Write"]);
    place.succeed(&["role", "remove", API, "Ledger.Write"]);
    place.succeed(&["role", "grant", DAEMON, API, "Ledger.Read"]);
    let held = place.fail(&["role", "remove", API, "Ledger.Read"]);
    assert!(held.contains("Night Daemon has it"), "{held}");
    let roles = json_of(&place, &["role", "list", API]);
    assert_eq!(roles.as_array().map(Vec::len), Some(1), "{roles}");

    let list = place.succeed(&["app", "list", "--search", "ledger"]);
    assert!(
        list.contains(&member(&api, "appId")) && !list.contains(DAEMON),
        "{list}"
    );
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn what_was_used_lately_is_deleted_only_with_yes_and_can_be_restored() {
    let place = Place::new();
    let server = place.dev();
    let mut connection = place.connect(&server);
    place.succeed(&["app", "create", API, "--identifier-uri", URI]);
    let daemon = json_of(&place, &["app", "create", DAEMON]);
    let add = ["credential", "add-secret", "--application", DAEMON];
    let secret = json_of(&place, &add);
    let client = Client {
        tenant: member(&place.document()["administrator"], "tenantId"),
        app_id: member(&daemon, "appId"),
        secret: member(&secret, "secretText"),
    };
    let unused = place.succeed(&["app", "delete", DAEMON, "--dry-run"]);
    assert!(unused.contains("No use of the application"), "{unused}");
    assert!(unused.contains("servicePrincipal Night Daemon"), "{unused}");
    client.ask(&mut connection).expect("a token");
    // The sign-in log is written in batches, a moment later.
    let start = std::time::Instant::now();
    let refused = loop {
        let said = place.run(&["app", "delete", DAEMON, "--dry-run"]);
        if said.stdout.contains("Last uses of") {
            break place.fail(&["app", "delete", DAEMON]);
        }
        assert!(start.elapsed().as_secs() < 10, "{said:?}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    };
    assert!(refused.contains("--yes"), "{refused}");
    client.ask(&mut connection).expect("nothing was deleted");

    place.succeed(&["app", "delete", DAEMON, "--yes"]);
    assert_eq!(client.ask(&mut connection), Err(json!(700_016)));
    let deleted = place.succeed(&["app", "deleted"]);
    assert!(deleted.contains(DAEMON), "{deleted}");
    place.succeed(&["app", "restore", &member(&daemon, "id")]);
    client.ask(&mut connection).expect("all is back");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn commands_at_the_same_time_lose_nothing() {
    let place = Place::new();
    let server = place.dev();
    place.succeed(&["app", "create", API]);
    let values: Vec<_> = (0..6)
        .map(|number| format!("Ledger.Part{number}"))
        .collect();
    std::thread::scope(|scope| {
        for value in &values {
            scope.spawn(|| place.succeed(&["role", "add", API, value]));
        }
    });
    let roles = json_of(&place, &["role", "list", API]);
    let roles = roles.as_array().expect("a list");
    let mut found: Vec<_> = roles.iter().map(|role| member(role, "value")).collect();
    found.sort();
    assert_eq!(found, values);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn what_readme_and_guide_show_works_when_it_is_pasted() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for (page, heading) in [
        ("README.md", "## Manage it while it runs"),
        ("docs/guide/managing.md", "An API and a client of it"),
    ] {
        let place = Place::new();
        let server = place.dev();
        std::os::unix::fs::symlink(place.data(), place.path(".countersign")).expect("a link");
        let text = fs::read_to_string(root.join(page)).expect("it is there");
        let (_, after) = text.split_once(heading).expect("the heading");
        let (_, block) = after.split_once("```sh\n").expect("a block");
        let (block, _) = block.split_once("```").expect("its end");
        let binary = Path::new(env!("CARGO_BIN_EXE_countersign"));
        let folder = binary.parent().expect("it lies in a folder");
        let ended = Command::new("sh")
            .args(["-e", "-c", block])
            .current_dir(place.path("."))
            .env("PATH", format!("{}:/usr/bin:/bin", folder.display()))
            .output()
            .expect("a shell");
        let said = String::from_utf8_lossy(&ended.stderr);
        assert!(ended.status.success(), "{page}: {said}");
        assert_eq!(server.stop(Signal::TERM).code, Some(0));
    }
}

#[test]
fn mistakes_are_told_apart_and_change_nothing() {
    let place = Place::new();
    let without = place.fail(&["app", "list"]);
    assert!(without.contains("--server"), "{without}");
    let server = place.dev();
    for (arguments, reason) in [
        (vec!["app", "show", "Nobody"], "no application \"Nobody\""),
        (vec!["app", "show", "O'Neil"], "no application \"O'Neil\""),
        (vec!["app", "update", "Nobody"], "nothing to change"),
        (vec!["app", "create", ""], "displayName"),
        (vec!["app", "list", "--filter", "secret eq 'x'"], "secret"),
        (vec!["app", "restore", "x"], "does not exist"),
        (vec!["sp", "create", "x"], "appId"),
        (
            vec!["role", "grant", "Nobody", "Nobody", "x"],
            "no service principal \"Nobody\"",
        ),
    ] {
        let said = place.fail(&arguments);
        assert!(said.contains(reason), "{arguments:?}: {said}");
    }
    place.succeed(&["app", "create", API]);
    place.succeed(&["app", "create", API]);
    let twice = place.fail(&["app", "delete", API, "--yes"]);
    assert!(twice.contains("several objects"), "{twice}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
    let gone = place.fail(&["app", "list"]);
    assert!(gone.contains("is the server running"), "{gone}");
}
