//! Names of the Graph resource: what they stand for, and that they stand for nothing else.

use countersign_domain::directory::Write;
use countersign_domain::ids::{AppId, TenantId};
use countersign_server::SystemRandom;
use countersign_testkit::server::Signal;
use serde_json::{Value, json};

use super::{GRAPH, ask_v1, ask_v2, claims, commit, get, grant, principal, resource, text, token};
use crate::commands::{Place, text as path};

const APPLICATIONS: &str = "/v1.0/applications";

#[test]
fn every_name_of_graph_gives_a_token_with_the_granted_roles() {
    let place = Place::new();
    let server = place.dev();
    let document = place.document();
    let administrator = &document["administrator"];
    let mut connection = place.connect(&server);
    let base_url = text(&document["baseUrl"]).to_owned();
    let upper = base_url.to_uppercase().replace("HTTPS", "https");
    for (scope, audience) in [
        (format!("{base_url}/.default"), base_url.clone()),
        // Azure CLI puts one more slash.
        (format!("{base_url}//.default"), format!("{base_url}/")),
        (format!("{upper}/.default"), upper),
        (
            "https://graph.microsoft.com/.default".to_owned(),
            "https://graph.microsoft.com".to_owned(),
        ),
        (format!("{GRAPH}/.default"), GRAPH.to_owned()),
        (".default".to_owned(), GRAPH.to_owned()),
    ] {
        let issued = token(&ask_v2(&mut connection, administrator, &scope));
        let found = claims(&issued);
        assert_eq!(found["aud"], json!(audience), "{scope}");
        let roles = found["roles"].as_array().expect("roles");
        assert_eq!(roles.len(), 10, "{scope}: {roles:?}");
        assert!(roles.contains(&json!("RoleManagement.ReadWrite.Directory")));
        assert_eq!(found["idtyp"], "app");
        assert_eq!(found["tid"], administrator["tenantId"]);
    }
    let issued = token(&ask_v1(&mut connection, administrator, &base_url));
    let answered = get(&mut connection, APPLICATIONS, Some(&issued));
    assert_eq!(answered.status, 200, "{}", answered.text());
    // A client that was granted nothing gets a token, and may do nothing.
    let client = &document["clients"][0];
    let issued = token(&ask_v2(&mut connection, client, ".default"));
    assert!(claims(&issued).get("roles").is_none());
    let refused = get(&mut connection, APPLICATIONS, Some(&issued));
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

/// An application with the name of this server, in the database since before names were reserved,
/// with roles called like those of Graph.
#[test]
fn an_impostor_never_yields_a_token_that_the_graph_api_takes() {
    let place = Place::new();
    let listen = "127.0.0.1:0";
    let server = place.dev_with(&["--listen", listen]);
    let document = place.document();
    let base_url = text(&document["baseUrl"]).to_owned();
    let client = &document["clients"][0];
    let tenant_id: TenantId = text(&client["tenantId"]).parse().expect("a GUID");
    let app_id = AppId::random(&SystemRandom);
    let names = [
        base_url.clone(),
        "https://graph.microsoft.com/".to_owned(),
        format!("{base_url}//"),
        format!("{base_url}/v1.0"),
    ];
    let role = "Application.ReadWrite.All";
    let impostor = resource(tenant_id, app_id, &names, role);
    let instance = principal(tenant_id, app_id);
    let client_id = text(&client["servicePrincipalId"]).parse().expect("a GUID");
    let role_id = impostor.app_roles[0].id;
    commit(
        &format!("sqlite://{}", place.data().join("countersign.db").display()),
        &[
            Write::AddApplication(impostor),
            Write::AddServicePrincipal(instance.clone()),
            grant(tenant_id, client_id, instance.id, role_id),
        ],
    );
    let mut connection = place.connect(&server);
    let impostor = app_id.to_string();
    // It is there: by its own id its role is granted.
    let start = std::time::Instant::now();
    let of_impostor = loop {
        let answered = ask_v1(&mut connection, client, &impostor);
        let found = (answered.status == 200).then(|| token(&answered));
        match found.filter(|found| claims(found)["roles"] == json!([role])) {
            Some(found) => break found,
            None => assert!(start.elapsed().as_secs() < 10, "{}", answered.text()),
        }
    };
    let refused = get(&mut connection, APPLICATIONS, Some(&of_impostor));
    assert_eq!(refused.status, 401, "{}", refused.text());

    let spelled = [
        base_url.clone(),
        format!("{base_url}/"),
        format!("{base_url}//"),
        format!("{base_url}///"),
        format!("{base_url}/v1.0"),
        base_url.to_uppercase(),
        base_url.replace("localhost", "LocalHost"),
        format!("spn:{base_url}"),
        format!("spn:{base_url}//"),
        format!("spn:spn:{base_url}"),
        format!(" {base_url}"),
        format!("{base_url} "),
        "https://graph.microsoft.com".to_owned(),
        "https://graph.microsoft.com/".to_owned(),
        "HTTPS://GRAPH.microsoft.com/".to_owned(),
        "https://graph.microsoft.com//".to_owned(),
        GRAPH.to_owned(),
        GRAPH.to_uppercase(),
        format!("spn:{GRAPH}"),
        format!("{GRAPH}/"),
    ];
    let mut graph_tokens = 0;
    for name in spelled {
        let answers = [
            ask_v1(&mut connection, client, &name),
            ask_v2(&mut connection, client, &format!("{name}/.default")),
        ];
        for answered in answers.iter().filter(|answered| answered.status == 200) {
            let issued = token(answered);
            let found = claims(&issued);
            let tried = get(&mut connection, APPLICATIONS, Some(&issued));
            assert!([401, 403].contains(&tried.status), "{name:?}: {found}");
            // What the API takes as a token of its own says nothing that the impostor granted.
            let is_taken = tried.status == 403;
            graph_tokens += u32::from(is_taken);
            assert!(
                !is_taken || found.get("roles").is_none(),
                "{name:?}: {found}"
            );
        }
    }
    assert!(graph_tokens > 10, "{graph_tokens}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));

    // The directory with it can be exported, and then says what has to change.
    let exported = place.succeed(&["export"]);
    let file = place.write("exported.yaml", &exported);
    let said = place.fail(&["apply", path(&file)]);
    assert!(said.contains("stands for the Graph API"), "{said}");
}

#[test]
fn names_of_the_platform_are_refused_in_files() {
    let place = Place::new();
    let server = place.dev();
    let base_url = server.base_url().to_owned();
    for (key, value) in [
        ("identifierUris", json!(["https://graph.microsoft.com"])),
        ("identifierUris", json!([base_url])),
        (
            "identifierUris",
            json!([format!(
                "{}/",
                base_url.to_uppercase().replace("HTTPS", "https")
            )]),
        ),
        ("appId", json!(GRAPH)),
    ] {
        let mut application = json!({"displayName": "Mine"});
        application[key] = value.clone();
        let tenant = json!({"displayName": "New", "applications": [application]});
        let file = place.write("mine.json", &json!({"tenants": [tenant]}).to_string());
        let said = place.fail(&["apply", path(&file)]);
        assert!(said.contains("Graph API"), "{value}: {said}");
    }
    let platform = json!({"displayName": "P", "id": "f8cdef31-a31e-4b4a-93e4-5f571e91255a"});
    let file = place.write("platform.json", &json!({"tenants": [platform]}).to_string());
    let said = place.fail(&["apply", path(&file)]);
    assert!(said.contains("platform"), "{said}");
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}

/// Nobody finds the platform's tenant, by id or in a list.
#[test]
fn the_platform_has_no_endpoints_of_its_own() {
    let place = Place::new();
    let server = place.dev();
    let mut connection = place.connect(&server);
    let mut administrator = place.document()["administrator"].clone();
    administrator["tenantId"] = json!("f8cdef31-a31e-4b4a-93e4-5f571e91255a");
    let refused: Value = ask_v2(&mut connection, &administrator, ".default").json();
    assert_eq!(refused["error_codes"], json!([90_002]));
    // Graph itself is no client.
    let mut graph = place.document()["administrator"].clone();
    graph["appId"] = json!(GRAPH);
    let refused: Value = ask_v2(&mut connection, &graph, ".default").json();
    assert_eq!(refused["error"], "invalid_client");
    let document = place.document().to_string();
    assert!(!document.contains("f8cdef31") && !document.contains("Microsoft Graph"));
    let exported = place.succeed(&["export"]);
    assert!(
        !exported.contains("f8cdef31") && !exported.contains(GRAPH),
        "{exported}"
    );
    assert!(!exported.contains("Administrator"), "{exported}");
    // The registration is the platform's, its instance the tenant's.
    let issued = token(&ask_v2(
        &mut connection,
        &place.document()["administrator"],
        ".default",
    ));
    for (kind, status) in [("applications", 404), ("servicePrincipals", 200)] {
        let path = format!("/v1.0/{kind}(appId='{GRAPH}')");
        let answered = get(&mut connection, &path, Some(&issued));
        assert_eq!(answered.status, status, "{kind}: {}", answered.text());
    }
    assert_eq!(server.stop(Signal::TERM).code, Some(0));
}
