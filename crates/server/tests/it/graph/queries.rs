//! Queries that ask for more than they may have, or for very much (GRA-12).

use serde_json::{Value, json};

use super::api::{Api, As, caller_app_id, id};
use super::{ADMINISTRATOR, READER, World};

async fn names(caller: &As<'_>, query: &str) -> Vec<String> {
    let path = format!("/applications?$count=true&$select=displayName&{query}");
    let headers = [("ConsistencyLevel", "eventual")];
    let answer = caller.send("GET", &path, &headers, None).await;
    let list = answer.expect_status(200).json();
    let rows = list["value"].as_array().expect("a list").iter();
    rows.map(|row| row["displayName"].as_str().expect("a name").to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn wildcards_are_characters() {
    let api = Api::start().await;
    let admin = api.caller("admin").await;
    for name in ["50% off", "snake_case", "star*fish", "back\\slash", "plain"] {
        admin
            .create("/applications", json!({"displayName": name}))
            .await;
    }
    for (text, expected) in [
        ("50%25", Some("50% off")),
        ("snake_", Some("snake_case")),
        ("star*", Some("star*fish")),
        ("back%5C", Some("back\\slash")),
        ("%25", None),
        ("_nake", None),
        ("s_ake", None),
        ("p%25n", None),
        ("*", None),
        ("%5C", None),
        ("%27%27%20or%201%20eq%201", None),
    ] {
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        let filter = format!("$filter=startswith(displayName,'{text}')");
        assert_eq!(names(&admin, &filter).await, expected, "{text}");
    }
    for (text, expected) in [
        ("%25off", None),
        ("_case", Some("snake_case")),
        ("%25", None),
        ("*fish", Some("star*fish")),
        ("_lash", None),
    ] {
        let expected: Vec<_> = expected.into_iter().map(str::to_owned).collect();
        let filter = format!("$filter=endswith(displayName,'{text}')");
        assert_eq!(names(&admin, &filter).await, expected, "{text}");
    }
    // A search for nothing but wildcards finds nothing, and never everything.
    for text in ["%25", "_", "*", "%3F", "pl_in"] {
        let path = format!("/applications?$search=%22displayName:{text}%22");
        let headers = [("ConsistencyLevel", "eventual")];
        let answer = admin.send("GET", &path, &headers, None).await;
        assert!(matches!(answer.status, 200 | 400), "{}", answer.body);
        let found = answer.json()["value"].as_array().map_or(0, Vec::len);
        let plain = answer.body.contains("\"plain\"");
        assert!(found <= 1 && !plain, "{text}: {}", answer.body);
    }
    api.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_owns_comes_in_pages() {
    let api = Api::start().await;
    let owner = api.caller("owner").await;
    let mut made = Vec::new();
    for number in 0..5 {
        let body = json!({"displayName": format!("Mine {number}")});
        made.push(id(&owner.create("/applications", body).await).to_owned());
    }
    let me = format!(
        "/servicePrincipals(appId='{}')/ownedObjects",
        caller_app_id("owner")
    );
    let (mut next, mut found, mut pages) = (format!("{me}?$top=2&$select=id"), Vec::new(), 0);
    loop {
        let page = owner.read(&next).await;
        let rows = page["value"].as_array().expect("a list");
        assert!(rows.len() <= 2, "{page}");
        found.extend(rows.iter().map(|row| id(row).to_owned()));
        pages += 1;
        let Some(link) = page["@odata.nextLink"].as_str() else {
            break;
        };
        let link = link.strip_prefix("https://id.example/v1.0");
        next = link.expect("an address of ours").to_owned();
    }
    made.sort_unstable();
    assert_eq!((found, pages), (made, 3));
    let whole = owner.read(&me).await;
    assert_eq!(whole["value"].as_array().map(Vec::len), Some(5));
    assert_eq!(whole["@odata.nextLink"], Value::Null);
    // A link is good for its own list only.
    let token = next.split("$skiptoken=").nth(1).expect("a token");
    let other = format!("/servicePrincipals?$top=2&$select=id&$skiptoken={token}");
    assert_eq!(owner.get(&other).await.status, 400);
    api.node.stop().await;
}

/// Who may read applications sees whose they are, and reads no profiles by that.
#[tokio::test(flavor = "multi_thread")]
async fn owners_are_shown_as_far_as_users_may_be_read() {
    let world = World::start().await;
    let admin = world.token(ADMINISTRATOR).await;
    let user = world.get(&admin, "/users/adele@contoso.example").await;
    let application = format!("/applications(appId='{READER}')");
    let user = user.json();
    let owner = json!({
        "@odata.id": format!("https://id.example/v1.0/directoryObjects/{}", id(&user)),
    });
    let owners = format!("{application}/owners");
    let added = world.post(&admin, &format!("{owners}/$ref"), &owner).await;
    assert_eq!(added.status, 204, "{}", added.body);
    let reader = world.token(READER).await;
    for select in [
        "",
        "?$select=id,displayName,userPrincipalName,mail,givenName",
    ] {
        let path = format!("{owners}{select}");
        let row = world.find(&admin, &path).await;
        assert_eq!(row["userPrincipalName"], "adele@contoso.example", "{row}");
        let row = world.find(&reader, &path).await;
        assert_eq!(row["@odata.type"], "#microsoft.graph.user");
        let named = json!([user["id"], "Adele Vance"]);
        assert_eq!(json!([row["id"], row["displayName"]]), named);
        for hidden in [
            "userPrincipalName",
            "mail",
            "givenName",
            "surname",
            "jobTitle",
        ] {
            assert_eq!(row[hidden], Value::Null, "{hidden}");
        }
    }
    let path = format!("{application}?$expand=owners");
    let expanded = world.get(&reader, &path).await;
    assert_eq!(expanded.json()["owners"][0]["displayName"], "Adele Vance");
    assert!(!expanded.body.contains("adele@"), "{}", expanded.body);
    world.node.stop().await;
}
