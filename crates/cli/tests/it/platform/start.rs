//! When the Graph resource is made: before a server ever ran, at its start, and for new tenants.

use std::time::{Duration, Instant};

use countersign_domain::directory::Write;
use countersign_domain::ids::{AppId, TenantId};
use countersign_server::SystemRandom;
use countersign_testkit::http1::Connection;
use countersign_testkit::server::Signal;
use serde_json::{Value, json};

use super::{
    GRAPH, ask_v2, claims, commit, latest_change, principal, resource, tenant, text, token,
};
use crate::commands::{Place, text as path};
use crate::serve::{Site, TLS, stop};

/// A tenant with a client that has a role of Graph.
const DIRECTORY: &str = "
tenants:
- id: 33333333-cccc-4ccc-8ccc-000000000003
  displayName: Zenith
  applications:
  - displayName: Reader
    appId: aaaaaaaa-0000-4000-8000-000000000009
    passwordCredentials: [{displayName: only, secretText: a secret for the tests}]
    grants:
    - resource: Microsoft Graph
      roles: [Application.Read.All]
";

fn reader() -> Value {
    json!({
        "tenantId": "33333333-cccc-4ccc-8ccc-000000000003",
        "appId": "aaaaaaaa-0000-4000-8000-000000000009",
        "clientSecret": "a secret for the tests",
    })
}

fn roles(connection: &mut Connection, scope: &str) -> Value {
    claims(&token(&ask_v2(connection, &reader(), scope)))["roles"].clone()
}

#[test]
fn a_file_grants_roles_of_graph_before_any_server_ran() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let file = site.place.write("directory.yaml", DIRECTORY);
    let dry = site.run(&["apply", path(&file), "--dry-run"]);
    assert_eq!(dry.code, Some(0), "{dry:?}");
    assert_eq!(site.run(&["export"]).stdout, "tenants: []\n");
    let applied = site.run(&["apply", path(&file)]);
    assert_eq!(applied.code, Some(0), "{applied:?}");
    let grant =
        "+ grant of Application.Read.All on \"Microsoft Graph\" to \"Reader\" in \"Zenith\"";
    assert!(applied.stdout.contains(grant), "{applied:?}");
    let again = site.run(&["apply", path(&file)]);
    assert!(again.stdout.starts_with("Nothing to do"), "{again:?}");
    let exported = site.run(&["export"]).stdout;
    assert!(
        exported.contains("https://graph.microsoft.com"),
        "{exported}"
    );

    let server = site.serve();
    let mut connection = site.tls(&server);
    let scope = "https://localhost:8443/.default";
    assert_eq!(
        roles(&mut connection, scope),
        json!(["Application.Read.All"])
    );
    // The grant goes when the file no longer has it; the resource stays.
    let without = DIRECTORY.replace("      roles: [Application.Read.All]\n", "");
    let without = without.replace("    grants:\n    - resource: Microsoft Graph\n", "");
    let file = site.place.write("directory.yaml", &without);
    let applied = site.run(&["apply", path(&file)]);
    assert!(
        applied.stdout.contains("0 added, 0 changed, 1 removed"),
        "{applied:?}"
    );
    becomes(|| roles(&mut connection, scope) == Value::Null);
    stop(server);
}

#[test]
fn the_resource_follows_the_public_url() {
    let place = Place::new();
    for url in ["https://one.contoso.test", "https://two.contoso.test:444"] {
        let server = place.dev_with(&["--listen", "127.0.0.1:0", "--public-url", url]);
        let mut connection = place.connect(&server);
        let document = place.document();
        let issued = ask_v2(
            &mut connection,
            &document["administrator"],
            &format!("{url}/.default"),
        );
        assert_eq!(claims(&token(&issued))["aud"], url);
        let former = "https://one.contoso.test/.default";
        let answered = ask_v2(&mut connection, &document["administrator"], former);
        assert_eq!(answered.status == 200, former.starts_with(url), "{url}");
        assert_eq!(server.stop(Signal::TERM).code, Some(0));
    }
}

#[test]
fn a_tenant_that_is_added_later_has_it_too() {
    let place = Place::new();
    let server = place.dev();
    let mut connection = place.connect(&server);
    let file = place.write("directory.yaml", DIRECTORY);
    place.succeed(&["apply", path(&file)]);
    becomes(|| ask_v2(&mut connection, &reader(), ".default").status == 200);

    // By a program that knows nothing of the platform, such as an older version.
    let tenant_id: TenantId = "44444444-dddd-4ddd-8ddd-000000000004"
        .parse()
        .expect("a GUID");
    commit(
        &format!("sqlite://{}", place.data().join("countersign.db").display()),
        &[Write::AddTenant(tenant(tenant_id, "Late"))],
    );
    let late = DIRECTORY
        .replace(
            "33333333-cccc-4ccc-8ccc-000000000003",
            &tenant_id.to_string(),
        )
        .replace("Zenith", "Late")
        .replace("000000000009", "00000000000a");
    let file = place.write("late.yaml", &late);
    let mut client = reader();
    client["tenantId"] = json!(tenant_id);
    client["appId"] = json!("aaaaaaaa-0000-4000-8000-00000000000a");
    becomes(|| {
        // Refused where the server adds the resource between its plan and its commit.
        let applied = place.run(&["apply", path(&file)]);
        applied.stdout.starts_with("Nothing to do")
    });
    becomes(|| ask_v2(&mut connection, &client, ".default").status == 200);
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

#[test]
fn an_application_with_the_client_id_of_graph_stops_the_start() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let tenant_id = TenantId::random(&SystemRandom);
    let app_id: AppId = GRAPH.parse().expect("a GUID");
    commit(
        &site.sqlite(),
        &[
            Write::AddTenant(tenant(tenant_id, "Contoso")),
            Write::AddApplication(resource(
                tenant_id,
                app_id,
                &[],
                "Application.ReadWrite.All",
            )),
            Write::AddServicePrincipal(principal(tenant_id, app_id)),
        ],
    );
    let said = site.refused();
    for reason in ["\"Impostor\"", GRAPH, &tenant_id.to_string(), "Graph API"] {
        assert!(said.contains(reason), "{reason}: {said}");
    }
}

#[test]
fn a_restart_changes_nothing() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    site.fill();
    stop(site.serve());
    let before = latest_change(&site.sqlite());
    stop(site.serve());
    assert_eq!(latest_change(&site.sqlite()), before);
}

/// Nodes that start on one new database at once.
#[test]
fn nodes_that_start_together_agree() {
    let site = Site::new();
    site.write(&site.config(&site.sqlite(), TLS));
    let id: TenantId = text(&reader()["tenantId"]).parse().expect("a GUID");
    commit(&site.sqlite(), &[Write::AddTenant(tenant(id, "Zenith"))]);
    let servers = std::thread::scope(|scope| {
        let starts: Vec<_> = (0..3).map(|_| scope.spawn(|| site.serve())).collect();
        let joined = starts.into_iter().map(std::thread::ScopedJoinHandle::join);
        joined
            .map(|server| server.expect("it starts"))
            .collect::<Vec<_>>()
    });
    for server in servers {
        let mut connection = site.tls(&server);
        let file = site.place.write("directory.yaml", DIRECTORY);
        let applied = site.run(&["apply", path(&file)]);
        assert_eq!(applied.code, Some(0), "{applied:?}");
        let wanted = json!(["Application.Read.All"]);
        becomes(|| ask_v2(&mut connection, &reader(), ".default").status == 200);
        becomes(|| roles(&mut connection, ".default") == wanted);
        stop(server);
    }
}

fn becomes(mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(
            start.elapsed() < Duration::from_secs(10),
            "it does not become so"
        );
        std::thread::sleep(Duration::from_millis(50));
    }
}
