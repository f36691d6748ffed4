//! GRA-02: who is let in, and who is not.

use countersign_token::base64url;
use serde_json::json;

use super::{
    ADMINISTRATOR, CONTOSO, FABRIKAM, GRAPH, NOBODY, READER, SECRET, STRANGER, World, access_token,
    check_error, directory,
};
use crate::node::{Answer, apply, within_the_bound};

const LIST: &str = "/v1.0/applications";

async fn with(world: &World, headers: &[(&str, &str)]) -> Answer {
    world.send("GET", LIST, headers, None).await
}

#[track_caller]
fn check_refused(answer: &Answer, message: &str) {
    check_error(answer, 401, "InvalidAuthenticationToken");
    assert_eq!(answer.json()["error"]["message"], message);
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(
        challenge.starts_with(
            "Bearer realm=\"\", authorization_uri=\"https://id.example/common/oauth2/authorize\""
        ),
        "{challenge}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_one_header_with_a_token_is_taken() {
    let world = World::start().await;
    let token = world.token(ADMINISTRATOR).await;
    let bearer = format!("Bearer {token}");
    let good = with(&world, &[("Authorization", &bearer)]).await;
    assert_eq!(good.status, 200, "{}", good.body);
    let lower = format!("bearer {token}");
    assert_eq!(with(&world, &[("authorization", &lower)]).await.status, 200);

    check_refused(&with(&world, &[]).await, "Access token is empty.");
    let empty = "Access token is empty.";
    check_refused(&with(&world, &[("Authorization", "Bearer ")]).await, empty);
    check_refused(
        &with(&world, &[("Authorization", "Basic YTpi")]).await,
        empty,
    );
    check_refused(&with(&world, &[("Authorization", &token)]).await, empty);
    let twice = [
        ("Authorization", bearer.as_str()),
        ("Authorization", &bearer),
    ];
    let message = "Access token validation failure. There is more than one Authorization header.";
    check_refused(&with(&world, &twice).await, message);

    // In a query string or in a form a token would end up in logs.
    let in_query = format!("{LIST}?access_token={token}");
    check_refused(&world.node.get(&in_query).await, empty);
    let in_form = format!("access_token={token}");
    check_refused(&world.node.post(LIST, &in_form).await, empty);
    // Who has no token learns nothing, not even which paths there are.
    for path in [
        "/v1.0",
        "/v1.0/",
        "/v1.0/nothing",
        "/beta/x",
        "/v1.0/$batch",
    ] {
        check_refused(&world.node.get(path).await, empty);
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_of_both_forms_and_all_names_of_the_resource_are_taken() {
    let world = World::start().await;
    let names = [
        "https://id.example",
        "https://id.example/",
        GRAPH,
        "https://graph.microsoft.com/",
        "00000003-0000-0000-c000-000000000000",
    ];
    for name in names {
        let v2 = access_token(&world.ask_token(READER, name).await);
        assert_eq!(world.get(&v2, "/applications").await.status, 200, "{name}");
        let body = format!(
            "grant_type=client_credentials&client_id={READER}&client_secret={SECRET}&resource={name}"
        );
        let v1 = world
            .node
            .post(&format!("/{CONTOSO}/oauth2/token"), &body)
            .await;
        let answer = world.get(&access_token(&v1), "/applications").await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
    }
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_for_others_expired_unsigned_or_changed_ones_are_refused() {
    let world = World::start().await;
    let for_another = access_token(&world.ask_token(ADMINISTRATOR, "api://orders").await);
    check_refused(
        &world.get(&for_another, "/applications").await,
        "Access token validation failure. Invalid audience.",
    );

    let token = world.token(ADMINISTRATOR).await;
    let parts: Vec<_> = token.split('.').collect();
    let claims = base64url::decode(parts[1]).expect("base64url");
    let claims: serde_json::Value = serde_json::from_slice(&claims).expect("claims");
    let with_claim = |name: &str, value: &str| {
        let mut claims = claims.clone();
        claims[name] = json!(value);
        let payload = base64url::encode(claims.to_string().as_bytes());
        format!("{}.{payload}.{}", parts[0], parts[2])
    };
    let none = base64url::encode(br#"{"alg":"none","typ":"JWT"}"#);
    let forged = [
        format!("{none}.{}.", parts[1]),
        format!("{none}.{}.AAAA", parts[1]),
        format!("{}.{}.AAAA", parts[0], parts[1]),
        with_claim("oid", CONTOSO),
        with_claim("iss", "https://elsewhere.example/"),
        with_claim("tid", FABRIKAM),
        with_claim("tid", "f0000000-0000-4000-8000-0000000000ff"),
        with_claim("tid", "contoso.example"),
        with_claim("tid", "common"),
        "a.b.c".to_owned(),
        "a".repeat(20_000),
    ];
    for token in &forged {
        let answer = world.get(token, "/applications").await;
        check_error(&answer, 401, "InvalidAuthenticationToken");
    }

    world.node.clock.advance_seconds(2 * 3_600);
    check_refused(
        &world.get(&token, "/applications").await,
        "Lifetime validation failed, the token is expired.",
    );
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rights_are_those_of_the_token_that_are_still_granted() {
    let world = World::start().await;
    let nobody = world.token(NOBODY).await;
    let denied = world.get(&nobody, "/applications").await;
    check_error(&denied, 403, "Authorization_RequestDenied");
    let reader = world.token(READER).await;
    assert_eq!(world.get(&reader, "/applications").await.status, 200);
    let users = world.get(&reader, "/users").await;
    check_error(&users, 403, "Authorization_RequestDenied");

    // What is granted after the token was issued is not in it; what is revoked no longer counts.
    let role = "roles: [Application.Read.All]";
    apply(
        &world.node.db,
        &directory().replace(role, "roles: [User.Read.All]"),
    )
    .await;
    within_the_bound(async || world.get(&reader, "/applications").await.status == 403).await;
    assert_eq!(world.get(&reader, "/users").await.status, 403);
    let renewed = world.token(READER).await;
    assert_eq!(world.get(&renewed, "/users").await.status, 200);
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_caller_must_be_there_and_enabled() {
    let world = World::start().await;
    let (reader, stranger) = (world.token(READER).await, world.token(STRANGER).await);
    let name = "  - displayName: Reader\n";
    let disabled = format!("{name}    servicePrincipal: {{accountEnabled: false}}\n");
    apply(&world.node.db, &directory().replace(name, &disabled)).await;
    within_the_bound(async || world.get(&reader, "/applications").await.status == 403).await;
    let answer = world.get(&reader, "/applications").await;
    check_error(&answer, 403, "Authorization_IdentityDisabled");
    assert_eq!(world.get(&stranger, "/applications").await.status, 200);

    let grants = "    grants:\n    - resource: https://graph.microsoft.com\n      roles: [Application.Read.All]\n";
    let gone = format!("{name}    servicePrincipal: null\n");
    apply(
        &world.node.db,
        &directory().replace(grants, "").replace(name, &gone),
    )
    .await;
    within_the_bound(async || {
        let answer = world.get(&reader, "/applications").await;
        answer.json()["error"]["code"] == "Authorization_IdentityNotFound"
    })
    .await;
    world.node.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_has_its_headers() {
    let world = World::start().await;
    let bearer = format!("Bearer {}", world.token(READER).await);
    let id = "0e1b5e3c-8d1d-4e3a-9f0a-0123456789ab";
    for name in ["client-request-id", "x-ms-client-request-id"] {
        let headers = [("Authorization", bearer.as_str()), (name, id)];
        let answer = with(&world, &headers).await;
        assert_eq!(answer.header("client-request-id"), Some(id));
        assert_ne!(answer.header("request-id"), None);
        assert_eq!(answer.header("odata-version"), Some("4.0"));
        assert_eq!(
            answer.header("content-type"),
            Some(
                "application/json;odata.metadata=minimal;odata.streaming=true;\
                 IEEE754Compatible=false;charset=utf-8"
            )
        );
        let diagnostic = answer.header("x-ms-ags-diagnostic").expect("a diagnostic");
        assert!(serde_json::from_str::<serde_json::Value>(diagnostic).is_ok());
        assert_eq!(answer.header("cache-control"), Some("no-store, private"));
    }
    let head = world
        .send("HEAD", LIST, &[("Authorization", &bearer)], None)
        .await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    let length = head
        .header("content-length")
        .and_then(|length| length.parse().ok());
    assert!(
        length.is_some_and(|length: usize| length > 100),
        "{}",
        head.head
    );
    let options = world.send("OPTIONS", LIST, &[], None).await;
    assert_eq!(options.status, 204);
    let headers = [("Authorization", bearer.as_str())];
    let put = world.send("PUT", LIST, &headers, None).await;
    check_error(&put, 405, "Request_BadRequest");
    assert!(put.body.contains("Allowed: GET, POST."), "{}", put.body);
    assert_eq!(put.header("allow"), Some("GET, POST"));
    let root = world.send("GET", "/v1.0", &headers, None).await;
    check_error(&root, 400, "BadRequest");
    assert!(root.body.contains("/v1.0/applications"), "{}", root.body);
    for path in ["/subscriptions", "/tenants", "/metadata/endpoints"] {
        let answer = world.send("GET", path, &headers, None).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let id = answer.header("x-ms-request-id");
        assert_eq!(answer.header("request-id"), id, "{path}");
    }
    let long = "x".repeat(1024 * 1024 + 1);
    let long = world.send("POST", LIST, &headers, Some(&long)).await;
    check_error(&long, 413, "RequestEntityTooLarge");
    // An application is no user, in the API of today and in the one of 2013.
    for path in [
        "/v1.0/me",
        "/v1.0/me/ownedObjects",
        "/me?api-version=2013-11-08",
    ] {
        let answer = world.send("GET", path, &headers, None).await;
        check_error(&answer, 400, "BadRequest");
        assert_eq!(
            answer.json()["error"]["message"],
            "/me request is only valid with delegated authentication flow."
        );
        check_refused(&world.node.get(path).await, "Access token is empty.");
    }
    world.node.stop().await;
}
