//! GRA-16: requests in one.

use serde_json::{Value, json};

use super::{ADMINISTRATOR, READER, World};

async fn batch(world: &World, token: &str, requests: Value) -> Vec<Value> {
    let answer = world
        .post(token, "/$batch", &json!({"requests": requests}))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    let json = answer.json();
    json["responses"].as_array().expect("a list").clone()
}

fn find<'r>(responses: &'r [Value], id: &str) -> &'r Value {
    let found = responses.iter().find(|response| response["id"] == id);
    found.unwrap_or_else(|| panic!("{id}: {responses:?}"))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_request_is_judged_by_itself() {
    let world = World::start().await;
    let token = world.token(READER).await;
    let requests = json!([
        {"id": "1", "method": "GET", "url": "/applications?$top=1&$select=id"},
        {"id": "2", "method": "GET", "url": "users"},
        {"id": "3", "method": "GET", "url": "/applications/$count",
         "headers": {"ConsistencyLevel": "eventual"}},
        {"id": "4", "method": "GET", "url": "/nothing"},
        {"id": "5", "method": "GET", "url": "/applications", "dependsOn": ["2"]},
        {"id": "6", "method": "GET", "url": "/applications", "dependsOn": ["1"]},
        {"id": "7", "method": "GET", "url": "/me"},
    ]);
    let responses = batch(&world, &token, requests).await;
    let status = |id| find(&responses, id)["status"].clone();
    assert_eq!(
        ["1", "2", "3", "4", "5", "6", "7"].map(status),
        [200, 403, 200, 400, 424, 200, 400].map(Value::from),
        "{responses:?}"
    );
    let first = &find(&responses, "1")["body"];
    let link = first["@odata.nextLink"].as_str().expect("a link");
    let link = link
        .strip_prefix("https://id.example/v1.0")
        .expect("a link of ours");
    assert_eq!(world.get(&token, link).await.status, 200);
    assert_eq!(find(&responses, "3")["body"], "4");
    let denied = &find(&responses, "2")["body"]["error"]["code"];
    assert_eq!(denied, "Authorization_RequestDenied");
    world.node.stop().await;
}

/// Everything of a batch is in memory at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_when_its_answers_become_too_large() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let role = |number: u32| {
        json!({
            "id": format!("00000000-0000-4000-8000-{number:012}"),
            "displayName": "d", "description": "d".repeat(1_000), "value": format!("R{number}"),
            "allowedMemberTypes": ["Application"], "isEnabled": true,
        })
    };
    let roles: Vec<_> = (0..200).map(role).collect();
    for name in ["A", "B", "C", "D", "E"] {
        let body = json!({"displayName": name, "appRoles": roles});
        let made = world.post(&token, "/applications", &body).await;
        assert_eq!(made.status, 201, "{}", made.body);
    }
    let get = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": "/applications"});
    let requests: Vec<_> = (0..20).map(get).collect();
    let responses = batch(&world, &token, json!(requests)).await;
    let statuses: Vec<_> = responses.iter().map(|one| one["status"].as_u64()).collect();
    assert_eq!(statuses.len(), 20);
    assert_eq!(statuses[0], Some(200));
    assert_eq!(statuses[19], Some(413), "{}", responses[19]);
    let refused = &responses[19]["body"]["error"]["code"];
    assert_eq!(refused, "RequestEntityTooLarge");
    let whole = json!({"responses": responses}).to_string().len();
    assert!(whole < 18 * 1024 * 1024, "{whole} bytes");
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_no_batch_may_hold_is_refused() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let get = |id: usize| json!({"id": id.to_string(), "method": "GET", "url": "/domains"});
    // A map of headers holds 32,768 at most.
    let flood: serde_json::Map<_, _> = (0..40_000)
        .map(|number| (format!("x{number}"), json!("")))
        .collect();
    let bad = [
        json!({"requests": (0..21).map(get).collect::<Vec<_>>()}),
        json!({"requests": []}),
        json!({"requests": [get(1), get(1)]}),
        json!({"requests": [{"id": "1", "method": "GET", "url": "/domains", "dependsOn": ["2"]},
                            {"id": "2", "method": "GET", "url": "/domains", "dependsOn": ["1"]}]}),
        json!({"requests": [{"id": "1", "method": "GET", "url": "/domains", "dependsOn": ["9"]}]}),
        json!({"requests": [{"id": "1", "method": "GET"}]}),
        json!({"requests": [{"id": "1", "method": "GET", "url": "/domains", "headers": flood}]}),
        json!({"requests": "x"}),
        json!([]),
    ];
    for body in &bad {
        let answer = world.post(&token, "/$batch", body).await;
        assert_eq!(answer.status, 400, "{}", answer.body);
    }
    // Another address than ours is never asked, and a batch holds no batch.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener
        .set_nonblocking(true)
        .expect("it can be asked without waiting");
    let elsewhere = format!(
        "http://{}/v1.0/domains",
        listener.local_addr().expect("it is bound")
    );
    for url in [
        elsewhere.as_str(),
        "//elsewhere.example/domains",
        "/$batch",
        "/../domains",
    ] {
        let requests = json!([{"id": "1", "method": "POST", "url": url, "body": {"requests": []},
            "headers": {"Content-Type": "application/json"}}]);
        let answer = world
            .post(&token, "/$batch", &json!({"requests": requests}))
            .await;
        let status = match answer.status {
            200 => answer.json()["responses"][0]["status"].as_u64(),
            status => Some(u64::from(status)),
        };
        assert_eq!(status, Some(400), "{url}: {}", answer.body);
    }
    let asked = listener.accept().map(drop).map_err(|error| error.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock));
    world.node.stop().await;
}
