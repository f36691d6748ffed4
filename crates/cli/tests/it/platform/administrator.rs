//! Who may use the Graph API first: the administrator of a development server, and the one that is
//! made on the machine of a production server.

use countersign_testkit::server::Signal;
use serde_json::Value;

use super::{ask_v2, claims, get, text, token};
use crate::commands::{Place, Said, text as path};
use crate::sample;
use crate::serve::{Site, TLS, stop};

const PERMISSIONS: [&str; 10] = [
    "AppRoleAssignment.ReadWrite.All",
    "Application.ReadWrite.All",
    "AuditLog.Read.All",
    "DelegatedPermissionGrant.ReadWrite.All",
    "Directory.ReadWrite.All",
    "Domain.Read.All",
    "Organization.Read.All",
    "Policy.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "User.ReadWrite.All",
];

fn sorted_roles(token: &str) -> Vec<String> {
    let found = claims(token)["roles"].clone();
    let mut roles: Vec<String> = serde_json::from_value(found).expect("roles");
    roles.sort();
    roles
}

#[test]
fn a_development_server_has_an_administrator() {
    let place = Place::new();
    let server = place.dev();
    let document = place.document();
    let administrator = &document["administrator"];
    assert_eq!(administrator["displayName"], "Administrator");
    assert_eq!(administrator["tenantId"], document["tenants"][0]["id"]);
    let clients = document["clients"].as_array().expect("a list");
    assert!(
        clients
            .iter()
            .all(|client| client["appId"] != administrator["appId"])
    );
    let mut connection = place.connect(&server);
    let issued = token(&ask_v2(&mut connection, administrator, ".default"));
    assert_eq!(sorted_roles(&issued), PERMISSIONS);
    let listed = get(&mut connection, "/v1.0/applications", Some(&issued));
    assert_eq!(listed.status, 200, "{}", listed.text());

    let printed = place.succeed(&["env", "--administrator", "--format", "json"]);
    let variables: Value = serde_json::from_str(&printed).expect("JSON");
    assert_eq!(variables["AZURE_CLIENT_ID"], administrator["appId"]);
    assert_eq!(
        variables["AZURE_CLIENT_SECRET"],
        administrator["clientSecret"]
    );
    assert_eq!(variables["AZURE_TENANT_ID"], administrator["tenantId"]);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn it_survives_restarts_and_directory_files() {
    let place = Place::new();
    assert_eq!(place.dev().stop(Signal::TERM).code, Some(0));
    let before = place.document()["administrator"].clone();
    let tenant = text(&before["tenantId"]).to_owned();
    // A file that knows nothing of it, for its tenant.
    let alone = format!(
        "tenants:\n- id: {tenant}\n  displayName: Contoso\n  isDefault: true\n  domains: [contoso.example]\n"
    );
    let file = place.write("alone.yaml", &alone);
    let dry = place.succeed(&["apply", path(&file), "--dry-run"]);
    assert!(
        dry.contains("Daemon") && !dry.contains("Administrator"),
        "{dry}"
    );
    place.succeed(&["apply", path(&file)]);
    for arguments in [&[][..], &["--directory", path(&file)]] {
        let all = [&["--listen", "127.0.0.1:0"], arguments].concat();
        let server = place.dev_with(&all);
        assert_eq!(place.document()["administrator"], before, "{arguments:?}");
        let mut connection = place.connect(&server);
        let issued = token(&ask_v2(&mut connection, &before, ".default"));
        assert_eq!(sorted_roles(&issued), PERMISSIONS);
        assert_eq!(server.stop(Signal::TERM).code, Some(0));
    }
    // The secret is kept beside the database; without it there is a new one.
    std::fs::remove_file(place.data().join("secrets.json")).expect("our own");
    let server = place.dev();
    let after = place.document()["administrator"].clone();
    assert_eq!(after["appId"], before["appId"]);
    assert_ne!(after["clientSecret"], before["clientSecret"]);
    let mut connection = place.connect(&server);
    token(&ask_v2(&mut connection, &after, ".default"));
    assert_eq!(ask_v2(&mut connection, &before, ".default").status, 401);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn another_default_tenant_has_one_too() {
    let place = Place::new();
    let file = place.write("directory.yaml", &sample::directory());
    let arguments = ["--listen", "127.0.0.1:0", "--directory", path(&file)];
    assert_eq!(place.dev_with(&arguments).stop(Signal::TERM).code, Some(0));
    let first = place.document()["administrator"].clone();
    assert_eq!(first["tenantId"], sample::CONTOSO);
    let moved = sample::directory().replace("isDefault: true", "isDefault: false");
    let moved = moved.replace(
        "displayName: Fabrikam",
        "displayName: Fabrikam\n  isDefault: true",
    );
    let file = place.write("directory.yaml", &moved);
    let arguments = ["--listen", "127.0.0.1:0", "--directory", path(&file)];
    let server = place.dev_with(&arguments);
    let second = place.document()["administrator"].clone();
    assert_eq!(second["tenantId"], sample::FABRIKAM);
    let mut connection = place.connect(&server);
    for administrator in [&first, &second] {
        let issued = token(&ask_v2(&mut connection, administrator, ".default"));
        assert_eq!(sorted_roles(&issued), PERMISSIONS);
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

fn created(said: &Said) -> Value {
    assert_eq!((said.code, said.stderr.as_str()), (Some(0), ""), "{said:?}");
    serde_json::from_str(&said.stdout).expect("JSON")
}

#[test]
fn a_production_server_gets_its_first_administrator_on_the_machine() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let refused = site.run(&["admin", "create-app"]);
    assert_eq!(refused.code, Some(1), "{refused:?}");
    assert!(
        refused.stderr.contains("there is no tenant yet"),
        "{refused:?}"
    );
    site.fill();
    let server = site.serve();
    let mut connection = site.tls(&server);

    let made = created(&site.run(&["admin", "create-app", "--json"]));
    assert_eq!(made["tenantId"], sample::CONTOSO, "the default tenant");
    assert_eq!(made["displayName"], "Administrator");
    assert_eq!(made["baseUrl"], "https://localhost:8443");
    assert_works(&mut connection, &made);

    let refused = site.run(&["admin", "create-app"]);
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(1), ""));
    for words in ["Administrator", text(&made["appId"]), "--another"] {
        assert!(refused.stderr.contains(words), "{refused:?}");
    }
    let another = [
        "admin",
        "create-app",
        "--another",
        "--name",
        "Terraform",
        "--json",
    ];
    let another = created(&site.run(&another));
    assert_eq!(another["displayName"], "Terraform");
    assert_ne!(another["appId"], made["appId"]);
    // Another tenant, by any of its names.
    for (name, arguments) in [
        (sample::FABRIKAM, &[][..]),
        ("FABRIKAM.example", &["--another"]),
        ("Fabrikam", &["--another"]),
    ] {
        let all = [
            &["admin", "create-app", "--json", "--tenant", name],
            arguments,
        ]
        .concat();
        let made = created(&site.run(&all));
        assert_eq!(made["tenantId"], sample::FABRIKAM, "{name}");
        assert_works(&mut connection, &made);
    }

    let unknown = site.run(&["admin", "create-app", "--tenant", "Nowhere"]);
    assert_eq!(unknown.code, Some(1));
    for name in ["Nowhere", "Contoso", "Fabrikam"] {
        assert!(unknown.stderr.contains(name), "{unknown:?}");
    }
    assert!(!unknown.stderr.contains("platform"), "{unknown:?}");
    for name in ["", "a\nb", &"x".repeat(257)] {
        let refused = site.run(&["admin", "create-app", "--another", "--name", name]);
        assert_eq!(refused.code, Some(1), "{name:?}");
    }
    // It is an application like any other: exported, and with an end.
    let exported = site.run(&["export"]).stdout;
    assert!(exported.contains("displayName: Terraform"), "{exported}");
    for role in PERMISSIONS {
        assert!(exported.contains(role), "{role}");
    }
    assert!(!exported.contains(text(&made["clientSecret"])));
    stop(server);
}

#[test]
fn what_it_says_is_what_there_is_to_do() {
    let place = Place::new();
    let server = place.dev();
    let tenant = place.document()["tenants"][0]["id"].clone();
    let said = place.fail(&["admin", "create-app"]);
    assert!(said.contains("--another"), "dev has one: {said}");
    let said = place.succeed(&["admin", "create-app", "--another", "--name", "Second"]);
    for words in [
        "\"Second\"",
        "tenant id",
        text(&tenant),
        "client secret",
        "only this once",
        "az login --service-principal",
        server.base_url(),
        "countersign export",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

fn assert_works(connection: &mut countersign_testkit::http1::Connection, made: &Value) {
    let start = std::time::Instant::now();
    while ask_v2(connection, made, ".default").status != 200 {
        assert!(start.elapsed().as_secs() < 10, "{}", made["appId"]);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    let issued = token(&ask_v2(connection, made, ".default"));
    assert_eq!(sorted_roles(&issued), PERMISSIONS);
    assert_eq!(claims(&issued)["oid"], made["servicePrincipalId"]);
    let listed = get(connection, "/v1.0/applications", Some(&issued));
    assert_eq!(listed.status, 200, "{}", listed.text());
}
