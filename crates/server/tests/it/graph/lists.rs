//! Filters, counts and pages: GRA-12 and GRA-13 through the front door.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{ADMINISTRATOR, READER, STRANGER, World, check_error};
use crate::node::{apply, within_the_bound};

/// The names on the pages, following the links.
async fn names(world: &World, token: &str, path: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut path = path.to_owned();
    loop {
        let answer = world.get(token, &path).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let json = answer.json();
        let rows = json["value"].as_array().expect("a list");
        let name = |row: &Value| row["displayName"].as_str().expect("a name").to_owned();
        names.extend(rows.iter().map(name));
        let Some(link) = json["@odata.nextLink"].as_str() else {
            return names;
        };
        path = below(link);
    }
}

/// A link without the service root.
fn below(link: &str) -> String {
    let path = link.strip_prefix("https://id.example/v1.0");
    path.unwrap_or_else(|| panic!("{link}")).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_everything_once() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let all = names(&world, &token, "/applications").await;
    assert_eq!(all.len(), 4, "{all:?}");
    for top in 1..5 {
        let paged = names(&world, &token, &format!("/applications?$top={top}")).await;
        assert_eq!(paged, all);
        let path = format!("/applications?$orderby=displayName&$top={top}");
        let sorted = names(&world, &token, &path).await;
        assert_eq!(sorted, ["Administrator", "Nobody", "Orders API", "Reader"]);
    }
    let counted = world
        .get(&token, "/applications?$count=true&$top=1")
        .await
        .json();
    assert_eq!(counted["@odata.count"], 4, "{counted}");
    let context = "https://id.example/v1.0/$metadata#applications(id,appId)";
    let selected = world
        .get(&token, "/applications?$select=id,appId")
        .await
        .json();
    assert_eq!(selected["@odata.context"], context);
    assert_eq!(
        selected["value"][0].as_object().map(serde_json::Map::len),
        Some(2),
        "{selected}"
    );
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_of_the_real_clients_find() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    for (path, found) in [
        (
            "/applications?$filter=appId%20eq%20'aaaaaaaa-0000-4000-8000-000000000002'",
            &["Reader"][..],
        ),
        (
            "/applications?$filter=startswith(displayName,'no')",
            &["Nobody"],
        ),
        (
            "/applications?$filter=displayName+eq+'Orders+API'",
            &["Orders API"],
        ),
        (
            "/applications?$filter=identifierUris/any(s:s+eq+'api://orders')",
            &["Orders API"],
        ),
        (
            "/servicePrincipals?$filter=servicePrincipalNames/any(c:c+eq+'api://orders')",
            &["Orders API"],
        ),
        (
            "/users?$filter=startsWith(displayName,'a')&$orderby=displayName",
            &["Adele Vance", "Alex Wilber"],
        ),
        ("/applications?$filter=displayName+eq+'''+or+1+eq+1'", &[]),
    ] {
        let eventual = [("ConsistencyLevel", "eventual")];
        let bearer = format!("Bearer {token}");
        let headers = [("Authorization", bearer.as_str()), eventual[0]];
        let path = if path.contains("$orderby") {
            format!("{path}&$count=true")
        } else {
            path.to_owned()
        };
        let answer = world
            .send("GET", &format!("/v1.0{path}"), &headers, None)
            .await;
        let json = answer.json();
        let rows = json["value"]
            .as_array()
            .unwrap_or_else(|| panic!("{path}: {json}"));
        let names: Vec<_> = rows
            .iter()
            .filter_map(|row| row["displayName"].as_str())
            .collect();
        assert_eq!(names, *found, "{path}");
    }
    let bearer = format!("Bearer {token}");
    let headers = [
        ("Authorization", bearer.as_str()),
        ("ConsistencyLevel", "eventual"),
    ];
    let count = world
        .send("GET", "/v1.0/applications/$count", &headers, None)
        .await;
    assert_eq!((count.status, count.body.as_str()), (200, "4"));
    assert_eq!(count.header("content-type"), Some("text/plain"));
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_asked_is_refused() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let deep = format!(
        "/applications?$filter={}appId+eq+'a'{}",
        "(".repeat(1000),
        ")".repeat(1000)
    );
    for path in [
        "/applications?$filter=secret+eq+'x'",
        "/applications?$filter=passwordCredentials/any(p:p/secretText+eq+'x')",
        "/applications?$filter='+or+1+eq+1",
        "/applications?$filter=displayName+ne+'x'",
        "/applications?$orderby=hash",
        "/applications?$top=0",
        "/applications?$top=-1",
        "/applications?$top=1000000000",
        "/applications?$skip=5",
        "/applications?$expand=secrets",
        "/applications?$select=secrets",
        "/applications?$search=%22displayName:x%22",
        "/applications/$count",
        "/applications?%ff",
        deep.as_str(),
    ] {
        let answer = world.get(&token, path).await;
        assert_eq!(answer.status, 400, "{path}: {}", answer.body);
        let code = answer.json()["error"]["code"]
            .as_str()
            .map(ToOwned::to_owned);
        let codes = [
            "BadRequest",
            "Request_BadRequest",
            "Request_UnsupportedQuery",
        ];
        assert!(
            code.is_some_and(|code| codes.contains(&code.as_str())),
            "{path}: {}",
            answer.body
        );
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_good_for_its_caller_and_its_query_only() {
    let world = World::start().await;
    let reader = world.token(READER).await;
    let first = world.get(&reader, "/applications?$top=1").await.json();
    let link = below(first["@odata.nextLink"].as_str().expect("a link"));
    assert_eq!(world.get(&reader, &link).await.status, 200);
    let (path, skip_token) = link.split_once("$skiptoken=").expect("a token");
    let other = if skip_token.starts_with('A') {
        'B'
    } else {
        'A'
    };
    let foreign = [
        format!("{path}$skiptoken={}", &skip_token[..skip_token.len() - 2]),
        format!("{path}$skiptoken={other}{}", &skip_token[1..]),
        format!("/applications?$top=2&$skiptoken={skip_token}"),
        format!("/applications?$top=1&$filter=appId+eq+'{READER}'&$skiptoken={skip_token}"),
        format!("/servicePrincipals?$top=1&$skiptoken={skip_token}"),
        "/applications?$skiptoken=x".to_owned(),
    ];
    for path in &foreign {
        check_error(&world.get(&reader, path).await, 400, "Request_BadRequest");
    }
    for client in [ADMINISTRATOR, STRANGER] {
        let token = world.token(client).await;
        check_error(&world.get(&token, &link).await, 400, "Request_BadRequest");
    }
    world.node.clock.advance_seconds(30 * 86_400);
    // The clock has jumped past the time that a node serves without having heard of its database.
    within_the_bound(async || world.ask_token(READER, super::GRAPH).await.status == 200).await;
    let renewed = world.token(READER).await;
    check_error(&world.get(&renewed, &link).await, 400, "Request_BadRequest");

    let again = world.get(&renewed, "/applications?$top=1").await.json();
    let link = below(again["@odata.nextLink"].as_str().expect("a link"));
    let role = "roles: [Application.Read.All]";
    apply(
        &world.node.db,
        &super::directory().replace(role, "roles: [User.Read.All]"),
    )
    .await;
    within_the_bound(async || world.get(&renewed, &link).await.status == 403).await;
    world.node.stop().await;
}

/// GRA-14 in small: what is there throughout is on the pages exactly once, whatever comes and goes.
#[tokio::test(flavor = "multi_thread")]
async fn pages_stay_in_step_while_objects_come_and_go() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let link = |json: &Value| json["@odata.nextLink"].as_str().map(below);
    let mut seen = BTreeSet::new();
    let mut next = Some("/applications?$top=1&$orderby=displayName".to_owned());
    let mut extra = 0;
    while let Some(path) = next {
        let json = world.get(&token, &path).await.json();
        for row in json["value"].as_array().expect("a list") {
            let name = row["displayName"].as_str().expect("a name").to_owned();
            assert!(seen.insert(name.clone()), "{name} is there twice");
        }
        extra += 1;
        let before = format!("  - displayName: AA {extra}\n  - displayName: Nobody\n");
        let text = super::directory().replace("  - displayName: Nobody\n", &before);
        apply(&world.node.db, &text).await;
        next = link(&json);
    }
    for name in ["Administrator", "Nobody", "Orders API", "Reader"] {
        assert!(seen.contains(name), "{name}: {seen:?}");
    }
    world.node.stop().await;
}
